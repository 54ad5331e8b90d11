"""Stated times in which the root user may be used: a test of the way in for emergencies, a task that only root can do.

Each has an end, so none has to be remembered and taken back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rootguard.kit.errors import InvalidParameters

LONGEST_WINDOW = timedelta(days=7)

_MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z"  # not \d, which takes the digits of every script
_ENTRY = rf"[0-9]{{12}}:{_MINUTE}/{_MINUTE}"
ALLOWED_USES_PATTERN = rf"{_ENTRY}(\s*,\s*{_ENTRY})*"


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` to `end`, both included, in UTC."""

    begin: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.begin <= moment <= self.end

    def __str__(self) -> str:
        return f"{self.begin:%Y-%m-%dT%H:%MZ}/{self.end:%Y-%m-%dT%H:%MZ}"


def allowed_windows(allowed_uses: str, account_id: str) -> tuple[Window, ...]:
    """The windows of an account, in the order given.

    Args:
        allowed_uses: The value of AllowedUses, `123456789012:2026-11-20T08:00Z/2026-11-20T12:00Z,…`; "" has none. AWS
            Config takes 1,024 characters for all parameters of a rule together, room for about eighteen windows.
        account_id: Twelve digits.

    Raises:
        InvalidParameters: Also for another account's entry: a time that no calendar has, an end that is not after the
            begin, more than LONGEST_WINDOW.
    """
    return tuple(window for account, window in _entries(allowed_uses) if account == account_id)


def _entries(allowed_uses: str) -> Iterator[tuple[str, Window]]:
    for entry in filter(None, re.split(r"\s*,\s*", allowed_uses.strip())):
        account, _, times = entry.partition(":")
        begin, _, end = times.partition("/")
        window = Window(_moment(begin, entry), _moment(end, entry))
        if not timedelta() < window.end - window.begin <= LONGEST_WINDOW:
            raise InvalidParameters(
                f"AllowedUses: {entry!r} must end after it begins, at most {LONGEST_WINDOW.days} days later"
            )
        yield account, window


def _moment(text: str, entry: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidParameters(
            f"AllowedUses: {entry!r} has no time {text!r}; expected account:begin/end, each YYYY-MM-DDTHH:MMZ"
        ) from None
