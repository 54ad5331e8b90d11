"""What keeps AWS from reaching a contact, as far as the contact itself tells; "" where nothing does."""

from collections.abc import Collection

from rootguard.kit.email_domain import domain_of, is_reserved
from rootguard.kit.verdict import shortened

NAME_BLANK = "its name is blank"
NAME_PLACEHOLDER = "its name is a placeholder"
NO_DOMAIN = "its e-mail address has no valid domain"
RESERVED_DOMAIN = "its e-mail address is on the reserved domain {domain}"
FOREIGN_DOMAIN = "its e-mail address is on {domain}, which AllowedEmailDomains does not list"
PHONE_BLANK = "its phone number has no digits"
PHONE_SHORT = "its phone number has fewer than seven digits"
PHONE_PLACEHOLDER = "its phone number is one digit repeated"

CONTACT_FAULTS = (
    NAME_BLANK,
    NAME_PLACEHOLDER,
    NO_DOMAIN,
    RESERVED_DOMAIN,
    FOREIGN_DOMAIN,
    PHONE_BLANK,
    PHONE_SHORT,
    PHONE_PLACEHOLDER,
)
"""All of them, as `str.format` takes them."""

_PLACEHOLDERS = frozenset(
    {
        "change me",
        "changeme",
        "n/a",
        "none",
        "not applicable",
        "not set",
        "null",
        "placeholder",
        "tba",
        "tbc",
        "tbd",
        "test",
        "todo",
        "undefined",
        "unknown",
        "xxx",
    }
)
_FEWEST_DIGITS = 7  # with the country code, in the smallest numbering plans of ITU-T E.164 (+247, +683)
_DOMAIN_SHOWN = 64


def name_fault(name: str) -> str:
    """A name has a letter and is none of the words that people write where they have no name to give."""
    if not name:
        return NAME_BLANK
    nameless = not any(character.isalpha() for character in name)
    return NAME_PLACEHOLDER if nameless or name.lower() in _PLACEHOLDERS else ""


def email_fault(email_address: str, allowed_domains: Collection[str]) -> str:
    """An address is on a domain that somebody can own, and on one of those that are listed, if any are."""
    domain = domain_of(email_address)
    if not domain:
        return NO_DOMAIN
    if is_reserved(domain):
        return RESERVED_DOMAIN.format(domain=shown_domain(email_address))
    foreign = allowed_domains and domain not in allowed_domains
    return FOREIGN_DOMAIN.format(domain=shown_domain(email_address)) if foreign else ""


def shown_domain(email_address: str) -> str:
    """The domain of an address, shortened for a reason; the only part of it that may be shown."""
    return shortened(domain_of(email_address), _DOMAIN_SHOWN)


def phone_fault(phone_number: str) -> str:
    """A phone number has as many digits as the shortest ones that can be called from abroad, not all the same."""
    digits = [character for character in phone_number if character.isdecimal()]
    if not digits:
        return PHONE_BLANK
    if len(digits) < _FEWEST_DIGITS:
        return PHONE_SHORT
    return PHONE_PLACEHOLDER if len(set(digits)) == 1 else ""
