"""What became of the violations since an earlier audit, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from rootguard.audit.comparison import Comparison
from rootguard.audit.results import Compliance, Result
from rootguard.kit.facts import timestamp

_UNCHANGED = "unchanged"
_LOST = "not seen now, so not known to be fixed"


@dataclass(frozen=True, slots=True)
class Change:
    """Violations that became the same.

    Attributes:
        kind: `new`, `fixed`, `unchanged` or `lost`.
        words: The kind as a list has it before each of them.
        meaning: The kind in a sentence.
        compliance: What they are now.
        rules: Their results by the rule's name, the most severe rule first, each in the order of the accounts.
    """

    kind: str
    words: str
    meaning: str
    compliance: Compliance
    rules: Mapping[str, tuple[Result, ...]]

    @property
    def count(self) -> int:
        """How many violations."""
        return sum(map(len, self.rules.values()))


def summary(comparison: Comparison) -> str:
    """How many violations have become what."""
    kinds = {"new": comparison.new, "fixed": comparison.fixed, "unchanged": comparison.unchanged}
    told = [f"{len(results)} {kind}" for kind, results in kinds.items()]
    told += [f"{len(comparison.lost)} {_LOST}"] if comparison.lost else []
    return f"Violations since {timestamp(comparison.since)}: {', '.join(told)}"


def every_change(comparison: Comparison) -> tuple[Change, ...]:
    """What is new, fixed, unchanged, lost from sight."""
    kept = _by_rule(comparison.unchanged)
    return (
        Change("new", "new", "violated now, and not then", Compliance.NON_COMPLIANT, _by_rule(comparison.new)),
        Change("fixed", "fixed", "violated then, in order now", Compliance.COMPLIANT, _by_rule(comparison.fixed)),
        Change(_UNCHANGED, _UNCHANGED, "violated then and now", Compliance.NON_COMPLIANT, kept),
        Change(
            "lost",
            "not seen now",
            "violated then, without a verdict now: not seen, or not looked at; not known to be fixed",
            Compliance.ERROR,
            _by_rule(comparison.lost),
        ),
    )


def changes(comparison: Comparison) -> tuple[Change, ...]:
    """The same without what is unchanged."""
    return tuple(change for change in every_change(comparison) if change.kind != _UNCHANGED)


def _by_rule(results: Iterable[Result]) -> Mapping[str, tuple[Result, ...]]:
    ordered = sorted(results, key=lambda result: (result.severity.rank, result.rule))  # stable: accounts keep theirs
    return {name: tuple(found) for name, found in groupby(ordered, attrgetter("rule"))}
