"""What is shown of a value that a decision looked at, without telling texts that are nobody's business.

A value is looked at when it decides and told later, because only the whole trail shows which texts may be told: those
that `rootguard.kit.facts` tells, the rule's parameters, the words of our own source, and what stands in the reason. A
text that AWS answered with and that is no fact is never told, whatever else it equals.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from rootguard.kit.account import Account
from rootguard.kit.alerting.chain import Chain
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import timestamp
from rootguard.kit.verdict import Verdict, shortened

LENGTH = 72
"""The longest text that stands for a value, but for reasons, which are told whole."""
_ITEMS = 3
_SHORTEST_QUOTE = 4
"""Shorter texts stand in the reason by chance."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")
"""Says nothing of anybody, and stands in many answers."""
NOT_SHOWN = "(text, not shown)"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may have to be withheld."""

    raw: str


type Glimpse = tuple[str | Text, ...]
"""What is shown of a value, in pieces."""


class Reason(tuple[str]):
    """A reason as a glimpse, which is not shortened."""

    __slots__ = ()


def is_worth_a_look(value: object) -> bool:
    """Whether a value says more than its type does: not a module, a function, a class or an answer as a whole."""
    return not callable(value) and glimpse(value) != (type(value).__name__,)


def glimpse(value: object) -> Glimpse:
    """A value as far as it is shown, to be told by `Discretion`."""
    reason = _reason(value)
    if reason:
        return Reason((reason,))
    match value:
        case Enum():
            return (f"{type(value).__name__}.{value.name}",)
        case str():
            return (Text(value),) if value else ("''",)
        case None | bool() | int() | float() | date() | timedelta() | Account():
            return (_plain(value),)
        case Mapping():
            return (_counted(len(value), "entry", "entries"),)
        case Sequence() | AbstractSet() if not isinstance(value, bytes | bytearray):
            return _items(value)
    return _members(value) if is_dataclass(value) else (type(value).__name__,)


def _reason(value: object) -> str:
    """What is made to be read: a verdict, a judged way, an error; "" for anything else."""
    match value:
        case Verdict():
            return f"{value.compliance}: {value.reason}"
        case Chain():
            return f"{value.link.name}: {value.reason}"
        case EvidenceUnavailable():
            return f"not seen: {value}"
    return ""


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, float):
        return f"{value:g}"
    return f"account {value.id}" if isinstance(value, Account) else str(value)


def _items(value: Sequence[object] | AbstractSet[object]) -> Glimpse:
    if not value:
        return ("empty",)
    simple = all(isinstance(item, str | Enum | int | float | date) for item in value)
    if len(value) > _ITEMS or not simple:
        return (_counted(len(value), "item", "items"),)
    ordered = sorted(value, key=str) if isinstance(value, AbstractSet) else value
    pieces: list[str | Text] = []
    for item in ordered:
        pieces += [", " if pieces else "[", *glimpse(item)]
    return (*pieces, "]")


def _members(value: object) -> Glimpse:
    """A dataclass by those of its members that are numbers, dates, names of ours or texts."""
    pieces: list[str | Text] = [f"{type(value).__name__}("]
    for each in fields(value):  # type: ignore[arg-type]  # a dataclass, which the caller saw
        member = getattr(value, each.name, None)
        if member is None or isinstance(member, str | Enum | int | float | date):
            pieces += [", " if len(pieces) > 1 else "", f"{each.name}=", *glimpse(member)]
    return (*pieces, ")") if len(pieces) > 1 else (type(value).__name__,)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


class Discretion:
    """Which texts may be told.

    Args:
        facts: Texts that are facts, or that the user gave.
        ours: The words of the product itself.
        withheld: What AWS answered; a text among them is told only if it is a fact as well.
        secrets: What must not stand anywhere, not even within another text.
        reason: What the verdict says anyway.
    """

    def __init__(
        self, facts: Iterable[str], ours: Iterable[str], withheld: Iterable[str], secrets: Iterable[str], reason: str
    ) -> None:
        self._facts = frozenset(facts)
        self._ours = frozenset(text for text in ours if len(text) > 1)  # single characters are pieces of others
        self._withheld = frozenset(map(_plainest, withheld))
        self._secrets = frozenset(filter(None, secrets))
        self._reason = reason

    def told(self, seen: Glimpse) -> str:
        """What is shown of a value."""
        text = "".join(map(self._piece, seen))
        return self.clean(text if isinstance(seen, Reason) else shortened(text, LENGTH))

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, NOT_SHOWN)
        return text

    def _piece(self, piece: str | Text) -> str:
        if isinstance(piece, str):
            return piece
        return repr(piece.raw) if self._may_tell(piece.raw) else NOT_SHOWN

    def _may_tell(self, text: str) -> bool:
        if text in self._facts or _REGION.fullmatch(text):
            return True
        if _plainest(text) in self._withheld:
            return False
        return text in self._ours or (len(text) >= _SHORTEST_QUOTE and text in self._reason)


def _plainest(text: str) -> str:
    """A text as readers compare it."""
    return text.strip().lower()
