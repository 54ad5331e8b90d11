"""The compliance view as a person reads it: accounts down, rules across, and the reasons of what is wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from textwrap import wrap

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rootguard.demo.compliance_view import ERROR, OPEN, Cell
from rootguard.demo.printable import printable
from rootguard.kit.verdict import shortened
from rootguard.process_check import ConfigRule

_MOST_ROWS = 40
_HEADING_WIDTH = 9
_PROBLEM_LENGTH, _FIX_LENGTH = 80, 110
"""Of an error; its middle says who was refused: the role of the rule's function, which goes without saying here."""
_MOST_NAMED = 5
_MARKS = {
    "COMPLIANT": ("✔", "compliant", "green"),
    "NON_COMPLIANT": ("✘", "non-compliant", "bold red"),
    ERROR: ("!", "could not be seen", "bold yellow"),
    OPEN: ("?", "to attest", "cyan"),
    "NOT_APPLICABLE": ("·", "not applicable", "dim"),
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
    console.print(_fitting_matrix(console, by_account[:_MOST_ROWS], rules))
    if len(by_account) > _MOST_ROWS:
        rest = len(by_account) - _MOST_ROWS
        console.print(f"… and {rest} more accounts; --output writes all of them to compliance.json", highlight=False)
    console.print(_legend(), end="\n\n")
    console.print(_totals(cells, rules))
    order = {rule.name: position for position, rule in enumerate(rules)}
    console.print(Group(*(block for account in by_account[:_MOST_ROWS] for block in _account_reasons(account, order))))


def _fitting_matrix(console: Console, by_account: Sequence[tuple[Cell, ...]], rules: Sequence[ConfigRule]) -> Table:
    """Rules are named above their columns where that fits, and known by their number elsewhere."""
    numbers = [str(number) for number, _ in enumerate(rules, 1)]
    named = ["\n".join((*_wrapped(rule.name), number)) for number, rule in zip(numbers, rules, strict=True)]
    table = _matrix(by_account, rules, named)
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
        return table
    return _matrix(by_account, rules, numbers)


def _wrapped(name: str) -> list[str]:
    return wrap(name, _HEADING_WIDTH, break_long_words=False)


def _matrix(by_account: Sequence[tuple[Cell, ...]], rules: Sequence[ConfigRule], headings: Iterable[str]) -> Table:
    table = _table("AWS Config compliance")
    table.add_column("account", no_wrap=True, min_width=13)
    table.add_column("name", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="center", no_wrap=True, min_width=2)
    for cells in by_account:
        found = {cell.rule: cell for cell in cells}
        marks = (_mark(found[rule.name].compliance) if rule.name in found else Text("") for rule in rules)
        table.add_row(cells[0].account_id, _text(cells[0].account_name), *marks)
    return table


def _text(said: str, style: str = "") -> Text:
    return Text(printable(said), style)


def _mark(compliance: str) -> Text:
    sign, _, style = _MARKS[compliance]
    return Text(sign, style)


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )


def _legend() -> Text:
    return Text("  ").join(Text(f"{sign} {words}", style) for sign, words, style in _MARKS.values())


def _totals(cells: Sequence[Cell], rules: Sequence[ConfigRule]) -> Table:
    """The rules with their numbers, which the matrix has above its columns, and in how many accounts they say what."""
    table = _table("By rule")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column(" rule", no_wrap=True)
    table.add_column(" severity", no_wrap=True)
    for compliance in _WORST_FIRST:
        sign, _, style = _MARKS[compliance]
        table.add_column(sign, justify="right", style=style, min_width=4)
    counts = Counter((cell.rule, cell.compliance) for cell in cells)
    for number, rule in enumerate(rules, 1):
        found = (str(counts[rule.name, compliance]) for compliance in _WORST_FIRST)
        table.add_row(str(number), f" {rule.name}", f" {rule.severity}", *found)
    return table


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
