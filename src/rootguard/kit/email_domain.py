"""Whether mail can arrive at a domain, as far as its name tells."""

import re

# Host names of RFC 1123 with a top-level domain that is not a number; under 254 characters by AWS's limit on addresses.
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]*[a-z0-9])")

_RESERVED = (
    # RFC 2606 and RFC 6761: for examples and tests, never to be registered by anybody.
    "example",
    "example.com",
    "example.net",
    "example.org",
    "invalid",
    "localhost",
    "test",
    # RFC 6762, and ICANN's resolution 2024.07.29.06: names within one network.
    "local",
    "internal",
)


def domain_of(email_address: str) -> str:
    """The domain of an address in lower case, "" for one that is no host name."""
    domain = email_address.rpartition("@")[2].lower()
    return domain if _DOMAIN.fullmatch(domain) else ""


def is_reserved(domain: str) -> bool:
    """Whether a domain, or one above it, is in nobody's hands, so that no mail from outside arrives there."""
    return any(f".{domain}".endswith(f".{reserved}") for reserved in _RESERVED)
