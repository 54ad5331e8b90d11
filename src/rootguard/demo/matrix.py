"""The compliance view as a person reads it: accounts down, rules across, and the reasons of what is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rootguard.demo.compliance_view import ERROR, OPEN, Cell
from rootguard.kit.verdict import shortened
from rootguard.printable import printable
from rootguard.process_check import ConfigRule
from rootguard.report.marks import MARKS, Mark
from rootguard.report.matrix import Row, fitting_matrix, legend, totals

_MOST_ROWS = 40
_PROBLEM_LENGTH, _FIX_LENGTH = 80, 110
"""Of an error; its middle says who was refused: the role of the rule's function, which goes without saying here."""
_MOST_NAMED = 5
_MARKS = {
    "COMPLIANT": MARKS["COMPLIANT"],
    "NON_COMPLIANT": MARKS["NON_COMPLIANT"],
    ERROR: MARKS["ERROR"],
    OPEN: Mark("?", "to attest", "cyan"),
    "NOT_APPLICABLE": MARKS["NOT_APPLICABLE"],
}
_WORST_FIRST = ("NON_COMPLIANT", ERROR, OPEN, "NOT_APPLICABLE", "COMPLIANT")
_TOLD = ("NON_COMPLIANT", ERROR)
"""What is told in full; the matrix shows the rest, and compliance.json says why."""


def show(console: Console, cells: Sequence[Cell], rules: Sequence[ConfigRule]) -> None:
    """Print the matrix and the reasons; a large organization is counted instead of listed.

    Args:
        console: Where to.
        cells: Those of an account one after another.
        rules: The columns, in this order.
    """
    by_account = [tuple(group) for _, group in groupby(cells, attrgetter("account_id"))]
    rows = [_row(account) for account in by_account[:_MOST_ROWS]]
    names = [rule.name for rule in rules]
    console.print(fitting_matrix(console, "AWS Config compliance", rows, names, _MARKS))
    if len(by_account) > _MOST_ROWS:
        rest = len(by_account) - _MOST_ROWS
        console.print(f"… and {rest} more accounts; --output writes all of them to compliance.json", highlight=False)
    console.print(legend(_MARKS.values()), end="\n\n")
    counts = Counter((cell.rule, cell.compliance) for cell in cells)
    console.print(totals(console, rules, counts, {each: _MARKS[each] for each in _WORST_FIRST}))
    order = {rule.name: position for position, rule in enumerate(rules)}
    console.print(Group(*(block for account in by_account[:_MOST_ROWS] for block in _account_reasons(account, order))))


def _row(cells: Sequence[Cell]) -> Row:
    return Row(cells[0].account_id, cells[0].account_name, {cell.rule: cell.compliance for cell in cells})


def _text(said: str, style: str = "") -> Text:
    return Text(printable(said), style)


def _account_reasons(cells: Sequence[Cell], order: Mapping[str, int]) -> Iterator[RenderableType]:
    told = [(cell.compliance, _told(cell)) for cell in cells if cell.compliance in _TOLD]
    if exempt := _said_of_all_that_does_not_apply(cells):
        told.append(("NOT_APPLICABLE", exempt))
    if not told:
        return
    yield Text("\n") + _text(f"{cells[0].account_name} ({cells[0].account_id})", "bold")
    for compliance, reason in sorted(dict.fromkeys(told), key=lambda said: _WORST_FIRST.index(said[0])):
        rules = sorted(
            (cell.rule for cell in cells if (cell.compliance, _told(cell)) == (compliance, reason)),
            key=order.__getitem__,
        )
        sign, _, style = _MARKS[compliance]
        yield _entry(Text(sign, style), rules, reason)


def _entry(mark: Text, rules: Sequence[str], reason: str) -> RenderableType:
    """A mark, the rules that say the same, and what they say, hanging below itself."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    named = ", ".join(rules) if len(rules) <= _MOST_NAMED else f"{len(rules)} rules"
    grid.add_row(mark, Text.assemble((named, "bold"), ": ", _text(reason)))
    return Padding(grid, (0, 0, 0, 2))


def _told(cell: Cell) -> str:
    """The reason as it is; of an error, whose text has no bounds, both ends and what to do."""
    if cell.compliance != ERROR:
        return cell.reason
    problem, arrow, fix = cell.reason.replace(f" in account {cell.account_id}", "").partition(" -> ")
    return f"{shortened(problem, _PROBLEM_LENGTH)}{arrow}{shortened(fix, _FIX_LENGTH)}"


def _said_of_all_that_does_not_apply(cells: Sequence[Cell]) -> str | None:
    """The one reason why several rules do not apply to the account, such as its exemption."""
    reasons = [cell.reason for cell in cells if cell.compliance == "NOT_APPLICABLE"]
    return reasons[0] if len(reasons) > 1 and len(set(reasons)) == 1 else None
