"""What AWS answered, read by keys that are required unless the reader says otherwise."""

from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any, Self

from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import Fact, Facts


class Answer:
    """What AWS answered: a structure whose members must be there and of the right type, unless a default is given.

    Every method raises EvidenceUnavailable for a member that is missing or of another type. What is read becomes a
    fact, see `rootguard.kit.facts`; a default does not.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what, where, when
        self,
        members: Mapping[str, Any],
        action: str,
        account_id: str,
        region: str,
        facts: Facts | None = None,
        answered: datetime | None = None,
    ) -> None:
        self._members = members
        self._origin = (action, account_id, region)
        self._facts = Facts() if facts is None else facts
        self._answered = answered or datetime.now(UTC)
        self._path = ""

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def text(self, name: str, default: str | None = None) -> str:
        """A string member."""
        return str(self._fact(name, str, default))

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """A boolean member."""
        return bool(self._fact(name, bool, default))

    def number(self, name: str, default: float | None = None) -> float:
        """A numeric member."""
        return float(self._fact(name, (int, float), default))

    def raw(self, name: str) -> Any:  # noqa: ANN401 - the reader knows
        """A member of any type; a date becomes a fact."""
        return self._fact(name, object, None)

    def structure(self, name: str) -> Self:
        """A member with members."""
        return self._below(name, self._member(name, dict, None))

    def structures(self, name: str, default: list[Any] | None = None) -> tuple[Self, ...]:
        """A list of structures."""
        items = self._member(name, list, default)
        if name in self._members and not items:
            self.observed(name, ())
        return tuple(self._below(f"{name}[{n}]", self._checked(item, name, dict)) for n, item in enumerate(items))

    def texts(self, name: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        found = tuple(self._checked(item, name, str) for item in self._member(name, list, default))
        if name in self._members:
            self.observed(name, ", ".join(found) or ())
        return found

    @property
    def unnoted(self) -> Self:
        """The same members, of which none becomes a fact: the reader says by `observed` what they come to."""
        other = self._with(self._members, self._path)
        other._facts = Facts()  # noqa: SLF001 - its own kind
        return other

    def merged(self, other: "Answer") -> Self:
        """The members of both, where AWS spreads one thing over two structures."""
        return self._with({**self._members, **other._members}, self._path)  # noqa: SLF001 - its own kind

    def observed(self, name: str, value: object) -> None:
        """Keep a fact that a reader found inside a member which is none itself, as a column of a report."""
        if isinstance(value, (str, int, float, datetime)) or value == ():
            action, account_id, region = self._origin
            self._facts.add(Fact(action, account_id, region, f"{self._path}{name}", value, self._answered))

    def unavailable(self, problem: str) -> EvidenceUnavailable:
        """The error to raise for an answer that says less than the verdict needs."""
        action, account_id, region = self._origin
        return EvidenceUnavailable(action, account_id, region, problem)

    def _below(self, name: str, members: Mapping[str, Any]) -> Self:
        return self._with(members, f"{self._path}{name}.")

    def _with(self, members: Mapping[str, Any], path: str) -> Self:
        """Other members of the same answer."""
        other = copy(self)
        other._members, other._path = members, path  # noqa: SLF001 - its own kind
        return other

    def _fact(self, name: str, kind: type | tuple[type, ...], default: Any) -> Any:  # noqa: ANN401 - typed above
        value = self._member(name, kind, default)
        if name in self._members:
            self.observed(name, value)
        return value

    def _member(self, name: str, kind: type | tuple[type, ...], default: Any) -> Any:  # noqa: ANN401 - typed above
        value = self._members.get(name, default)
        if value is None:
            raise self.unavailable(f"the answer has no {name}")
        return self._checked(value, name, kind)

    def _checked(self, value: Any, name: str, kind: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - typed above
        if not isinstance(value, kind):
            raise self.unavailable(f"{name} has {type(value).__name__} {value!r:.60}")
        return value
