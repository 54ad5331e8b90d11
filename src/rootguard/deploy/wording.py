"""Numbers and lists in a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Sized

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


def together(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    """The accounts of which the same can be said, and what: one line for what may be so in hundreds.

    Args:
        texts: Account id, and a text, in which the id may occur.

    Yields:
        Account ids, and their text, in which `<account>` stands for each; where it is one only, its own text.
    """
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for account, text in texts:
        groups[text.replace(account, "<account>")].append((account, text))
    for shared, group in groups.items():
        yield [account for account, _ in group], shared if len(group) > 1 else group[0][1]
