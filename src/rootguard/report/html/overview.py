"""What a reader learns first: how many accounts are safe, and which rules are violated most."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rootguard.kit.rule import AnyRule
from rootguard.report.html.matrix import WORST_FIRST, Row, counted
from rootguard.report.priorities import Fix, what_to_fix
from rootguard.report.report import Report

BAR_WIDTH = 1000
"""Of a bar, in its own units."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: whose style it has, where it begins and how wide it is."""

    code: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Accounts counted by a mark's code.

    Attributes:
        counts: How many there are of each code.
    """

    counts: Mapping[str, int]

    def __getitem__(self, code: str) -> int:
        return self.counts.get(code, 0)

    @property
    def total(self) -> int:
        """Of all codes."""
        return sum(self.counts.values())

    @property
    def bar(self) -> tuple[Segment, ...]:
        """The shares as a bar, the worst first; what there is at all can be seen."""
        return tuple(self._segments()) if self.total else ()

    @property
    def words(self) -> str:
        """The same in words, for whoever does not see the bar."""
        return ", ".join(f"{self[mark.code]} {mark.word}" for mark in WORST_FIRST if self[mark.code])

    def _segments(self) -> Iterator[Segment]:
        before = 0
        for mark in WORST_FIRST:
            x = before * BAR_WIDTH // self.total
            before += self[mark.code]
            if self[mark.code]:
                yield Segment(mark.code, x, before * BAR_WIDTH // self.total - x)


@dataclass(frozen=True, slots=True)
class Headline:
    """How the organization stands.

    Attributes:
        tally: Its active accounts by their standing.
        inactive: The accounts that are not active: listed, and not counted.
    """

    tally: Tally
    inactive: tuple[Row, ...]

    @property
    def share(self) -> int | None:
        """Per cent of the active accounts whose root is safe, rounded down: 100 means all; None if there are none."""
        return self.tally["p"] * 100 // self.tally.total if self.tally.total else None


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """A rule over all accounts.

    Attributes:
        rule: Which.
        column: Its place in the heat map, from 0.
        tally: The active accounts by what it says of them.
        fix: What is to be fixed; None where nothing violates it.
    """

    rule: AnyRule
    column: int
    tally: Tally
    fix: Fix | None


def headline(rows: Sequence[Row]) -> Headline:
    """Count the accounts by their standing."""
    judged = Counter(row.code for row in rows if row.is_judged)
    return Headline(Tally(judged), tuple(row for row in rows if not row.is_judged))


def rule_totals(report: Report, rows: Sequence[Row]) -> tuple[RuleTotal, ...]:
    """Every rule, in the order of the columns."""
    fixes = {fix.rule.name: fix for fix in what_to_fix(report)}
    judged = [row for row in rows if row.is_judged]
    return tuple(
        RuleTotal(report.rules[name], column, Tally(counted([row.marks[column] for row in judged])), fixes.get(name))
        for column, name in enumerate(report.audit.scope.rules)
    )


def worst_first(totals: Sequence[RuleTotal]) -> tuple[RuleTotal, ...]:
    """The rules that are violated, the most severe first, and of one severity those with the most accounts."""
    violated = [total for total in totals if total.fix]
    return tuple(sorted(violated, key=lambda total: (total.rule.severity.rank, -total.tally["n"], total.rule.name)))
