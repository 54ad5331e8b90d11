"""Timestamps as the AWS Security Finding Format writes them.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html, "Timestamps": `2019-01-31T23:00:00Z`, up to nine
digits of a second, an offset of at most 18 hours in place of `Z`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_FORM = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[Tt](?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,9}))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))"
)
_LARGEST_OFFSET = timedelta(hours=18)


def parse(text: str) -> datetime | None:
    """The time that a timestamp tells, None for what is no timestamp; finer than a microsecond is cut off."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    if offset > _LARGEST_OFFSET:
        return None
    zone = timezone(-offset if found["sign"] == "-" else offset)
    microseconds = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        whole = datetime.fromisoformat(f"{found['day']}T{found['time']}")
    except ValueError:
        return None
    return whole.replace(microsecond=microseconds, tzinfo=zone).astimezone(UTC)


def moment(text: str) -> datetime:
    """The time that a timestamp tells which was checked before.

    Raises:
        ValueError: It is none.
    """
    time = parse(text)
    if time is None:
        raise ValueError(f"{text!r} is no timestamp")
    return time


def text(time: datetime) -> str:
    """A timestamp, to the millisecond: `2017-03-22T13:22:13.933Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rounded(timestamp: str) -> str:
    """The timestamp without what is finer than a millisecond.

    "We round 2024-10-31T23:00:00.123456789Z to 2024-10-31T23:00:00.123Z", that is, cut.
    """
    return re.sub(r"(\.\d{3})\d+", r"\1", timestamp)
