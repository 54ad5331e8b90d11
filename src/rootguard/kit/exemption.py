"""Accounts that are not judged until a stated day."""

from collections.abc import Iterator
from datetime import date

from rootguard.kit.errors import InvalidParameters

_ENTRY = r"[0-9]{12}:[0-9]{4}-[0-9]{2}-[0-9]{2}"  # not \d, which takes the digits of every script
EXEMPT_ACCOUNTS_PATTERN = rf"{_ENTRY}(\s*,\s*{_ENTRY})*"


def exempt_until(exempt_accounts: str, account_id: str) -> date | None:
    """The last exempt day (UTC) of an account, None for an account that the parameter does not name.

    Args:
        exempt_accounts: The value of ExemptAccounts, `123456789012:2027-01-31,…`; "" names nobody.
        account_id: Twelve digits.

    Raises:
        InvalidParameters: A day that no calendar has, or an account named twice.
    """
    days = dict[str, date]()
    for account, day in _entries(exempt_accounts):
        if account in days:
            raise InvalidParameters(f"ExemptAccounts names account {account} twice")
        days[account] = day
    return days.get(account_id)


def _entries(exempt_accounts: str) -> Iterator[tuple[str, date]]:
    for entry in filter(None, map(str.strip, exempt_accounts.split(","))):
        account, _, day = entry.partition(":")
        try:
            yield account, date.fromisoformat(day)
        except ValueError:
            raise InvalidParameters(f"ExemptAccounts: {entry!r} ends in no date; expected account:YYYY-MM-DD") from None
