"""Whose access key is it: an index from key to account, kept beside moto's.

moto scans every account and partition at each request (`get_account_id_from`), which halves its speed at a thousand
accounts, and takes an unknown key for the management account's; `authorization` refuses such a key.
"""

import secrets
import string
from dataclasses import dataclass, field

import moto.iam.models
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from rootguard.sandbox.state import state

_KEY_ALPHABET = string.ascii_uppercase + "234567"


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials as the SDK takes them; `session_token` only for temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass
class KeyIndex:
    """Access key id -> account id, and the keys that belong to the sandbox's own operators."""

    accounts: dict[str, str] = field(default_factory=dict)
    operators: dict[str, Keys] = field(default_factory=dict)


def operator(account_id: str) -> Keys:
    """The keys of an account's administrator, who stands outside IAM and is never refused."""
    index = state(KeyIndex)
    if account_id not in index.operators:
        key = "AKIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
        index.operators[account_id] = Keys(key, secrets.token_urlsafe(30))
        index.accounts[key] = account_id
    return index.operators[account_id]


def is_operator(access_key: str) -> bool:
    """Whether the key is one that the sandbox itself gave out."""
    return any(keys.access_key_id == access_key for keys in state(KeyIndex).operators.values())


def account_of(access_key: str) -> str | None:
    """The account that a key belongs to, None for a key that nobody has."""
    known = state(KeyIndex).accounts
    if access_key not in known:
        for account_id, partitions in list(iam_backends.items()):
            for backend in list(partitions.values()):
                if access_key in backend.access_keys:
                    known[access_key] = account_id
    return known.get(access_key)


def install() -> None:
    """Let moto resolve accounts through the index."""
    moto.iam.models.get_account_id_from = _account_of_request


def _account_of_request(access_key: str) -> str:
    return account_of(access_key) or DEFAULT_ACCOUNT_ID
