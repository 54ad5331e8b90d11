"""How reports put what comes again and again: accounts, some of many, counts, controls."""

from collections.abc import Sequence

from rootguard.kit.rule import AnyRule
from rootguard.printable import printable


def called(account_id: str, name: str) -> str:
    """An account by name and id, by its id alone where the name is not known."""
    return f"{printable(name)} ({account_id})" if name.strip() else account_id


def few(items: Sequence[str], most: int) -> str:
    """The first ones, and how many more there are; one more is named rather than counted."""
    if len(items) <= most + 1:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"


def counted(number: int, noun: str) -> str:
    """`1 account`, `2 accounts`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def controls(rule: AnyRule) -> str:
    """The rule's controls on one line; "" where it has none."""
    return "; ".join(" ".join(control) for control in rule.controls)
