"""The heat map: a row for each account of the scope, the worst first, and a mark for each rule."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rootguard.audit.results import Audit, AuditedAccount, Compliance, Result, Standing
from rootguard.report.marks import MARKS, STANDINGS
from rootguard.report.priorities import accounts_at_risk


class Mark(NamedTuple):
    """How an outcome looks: its class in the style sheet, its sign, and its word for whoever does not see signs."""

    code: str
    sign: str
    word: str


FAILS = Mark("n", *MARKS[Compliance.NON_COMPLIANT][:2])
UNSEEN = Mark("e", MARKS[Compliance.ERROR].sign, STANDINGS[Standing.UNSEEN].words)
NOT_APPLICABLE = Mark("a", *MARKS[Compliance.NOT_APPLICABLE][:2])
PASSES = Mark("p", *MARKS[Compliance.COMPLIANT][:2])
NOT_LOOKED_INTO = Mark("m", "?", "not looked into")
NOT_ACTIVE = Mark("x", "-", "not active")

_MARKS: Mapping[Compliance, Mark] = {
    Compliance.NON_COMPLIANT: FAILS,
    Compliance.ERROR: UNSEEN,
    Compliance.NOT_APPLICABLE: NOT_APPLICABLE,
    Compliance.COMPLIANT: PASSES,
}
WORST_FIRST = (FAILS, UNSEEN, NOT_LOOKED_INTO, PASSES, NOT_APPLICABLE)
"""The marks of accounts that could have been looked into, in the order of bars."""
EVERY = (*WORST_FIRST, NOT_ACTIVE)
_STANDINGS = {Standing.AT_RISK: FAILS, Standing.UNSEEN: UNSEEN, Standing.SAFE: PASSES}


@dataclass(frozen=True, slots=True)
class Row:
    """An account of the heat map.

    Attributes:
        account: Which.
        code: The style of its standing, a mark's.
        standing: In a word or two; of an account that is not active its state.
        marks: One for each rule, in the order of the columns.
    """

    account: AuditedAccount
    code: str
    standing: str
    marks: tuple[Mark, ...]

    @property
    def is_judged(self) -> bool:
        """Whether it belongs to those that the headline counts: it is active."""
        return self.account.is_active

    @property
    def codes(self) -> str:
        """The codes of its marks, a letter each."""
        return "".join(mark.code for mark in self.marks)


def rows(audit: Audit) -> tuple[Row, ...]:
    """The worst first; then those that were not looked into, the safe ones, and those that are not active."""
    ranks = {each.account.id: rank for rank, each in enumerate(accounts_at_risk(audit))}
    found = [_row(audit, account) for account in audit.scope.accounts]
    return tuple(sorted(found, key=lambda row: (_group(row), ranks.get(row.account.id, 0))))


def counted(marks: Iterator[Mark] | Sequence[Mark]) -> Counter[str]:
    """How many there are of each code."""
    return Counter(mark.code for mark in marks)


def _group(row: Row) -> int:
    if row.code == NOT_ACTIVE.code:
        return 3
    if row.code == PASSES.code:
        return 2
    return 1 if row.code == NOT_LOOKED_INTO.code else 0


def _row(audit: Audit, account: AuditedAccount) -> Row:
    columns = len(audit.scope.rules)
    if not account.is_active:
        return Row(account, NOT_ACTIVE.code, account.state.lower().replace("_", " "), (NOT_ACTIVE,) * columns)
    found = {result.rule: result for result in audit.by_account.get(account.id, ())}
    if not found:
        return Row(account, NOT_LOOKED_INTO.code, NOT_LOOKED_INTO.word, (NOT_LOOKED_INTO,) * columns)
    standing = audit.standing(account.id)
    return Row(
        account,
        _STANDINGS[standing].code,
        STANDINGS[standing].words,
        tuple(_mark(found.get(rule)) for rule in audit.scope.rules),
    )


def _mark(result: Result | None) -> Mark:
    return _MARKS[result.compliance] if result else NOT_LOOKED_INTO
