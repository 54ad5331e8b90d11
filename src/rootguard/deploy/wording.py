"""Numbers and lists in a sentence."""

from collections.abc import Sequence, Sized

_NAMED = 5
"""So many are named; of the rest, the number."""


def counted(things: Sized, noun: str) -> str:
    """`1 account`, `2 accounts`."""
    number = len(things)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`a, b` or, of many, `a, b, c, d, e and 7 more`."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
