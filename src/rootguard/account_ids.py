"""Account ids as people give them."""

import re
from collections.abc import Iterable

from rootguard.errors import RootguardError

_ACCOUNT_ID = re.compile(r"[0-9]{12}")  # not \d, which takes the digits of every script


def check_account_ids(option: str, given: Iterable[str]) -> None:
    """See that they are some.

    Args:
        option: The option that gave them, `--exclude`.
        given: What it was given.

    Raises:
        RootguardError: One is none.
    """
    for account_id in given:
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise RootguardError(f"{option} {account_id}: an account id has 12 digits")
