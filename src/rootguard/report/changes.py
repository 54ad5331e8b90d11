"""What became of the violations since an earlier audit, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rootguard.audit.comparison import Comparison
from rootguard.audit.results import Compliance, Result
from rootguard.kit.facts import timestamp

_LOST = "not seen now, so not known to be fixed"


@dataclass(frozen=True, slots=True)
class Change:
    """What became alike of a rule's violations.

    Attributes:
        words: `new`, `fixed`, `not seen now`.
        compliance: What it amounts to.
        results: Of one rule, in the order of the accounts.
    """

    words: str
    compliance: Compliance
    results: tuple[Result, ...]


def summary(comparison: Comparison) -> str:
    """How many violations have become what."""
    kinds = {"new": comparison.new, "fixed": comparison.fixed, "unchanged": comparison.unchanged}
    told = [f"{len(results)} {kind}" for kind, results in kinds.items()]
    told += [f"{len(comparison.lost)} {_LOST}"] if comparison.lost else []
    return f"Violations since {timestamp(comparison.since)}: {', '.join(told)}"


def changes(comparison: Comparison) -> tuple[tuple[Change, ...], ...]:
    """What is new, what is fixed, what was lost from sight; of each the most severe rule first."""
    kinds = (
        ("new", Compliance.NON_COMPLIANT, comparison.new),
        ("fixed", Compliance.COMPLIANT, comparison.fixed),
        ("not seen now", Compliance.ERROR, comparison.lost),
    )
    return tuple(tuple(_by_rule(*kind)) for kind in kinds)


def _by_rule(words: str, compliance: Compliance, results: tuple[Result, ...]) -> Iterator[Change]:
    ordered = sorted(results, key=lambda result: (result.severity.rank, result.rule))
    for _, found in groupby(ordered, lambda result: result.rule):
        yield Change(words, compliance, tuple(found))
