"""The compliance view as a person reads it: accounts down, rules across, and the reasons of what is not compliant."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from textwrap import wrap

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from rootguard.demo.compliance_view import ERROR, Cell

_MOST_ROWS = 40
_HEADING_WIDTH = 9
_MARKS = {
    "COMPLIANT": ("✔", "compliant", "green"),
    "NON_COMPLIANT": ("✘", "non-compliant", "bold red"),
    "NOT_APPLICABLE": ("·", "not applicable", "dim"),
    ERROR: ("!", "could not be evaluated", "bold yellow"),
}
_WORST_FIRST = ("NON_COMPLIANT", ERROR, "NOT_APPLICABLE", "COMPLIANT")


def show(console: Console, cells: Sequence[Cell]) -> None:
    """Print the matrix and the reasons; a large organization is counted instead of listed."""
    rules = sorted({cell.rule for cell in cells})
    by_account = [tuple(group) for _, group in groupby(cells, attrgetter("account_id"))]
    console.print(_matrix(by_account[:_MOST_ROWS], rules))
    if len(by_account) > _MOST_ROWS:
        rest = len(by_account) - _MOST_ROWS
        console.print(f"… and {rest} more accounts; --output writes all of them to compliance.json", highlight=False)
    console.print(_legend(), end="\n\n")
    console.print(_totals(cells, rules))
    console.print(_reasons(by_account[:_MOST_ROWS], max(map(len, rules), default=0)))


def _matrix(by_account: Sequence[tuple[Cell, ...]], rules: Sequence[str]) -> Table:
    table = _table("AWS Config compliance")
    table.add_column("account", no_wrap=True)
    table.add_column("name", overflow="fold")
    for rule in rules:
        table.add_column("\n".join(wrap(rule, _HEADING_WIDTH)), justify="center", no_wrap=True)
    for cells in by_account:
        found = {cell.rule: cell for cell in cells}
        marks = (_mark(found[rule].compliance) if rule in found else Text("") for rule in rules)
        table.add_row(cells[0].account_id, _text(cells[0].account_name), *marks)
    return table


def _text(said: str, style: str = "") -> Text:
    """What others say, as it is: neither rich nor the terminal may take it for an instruction."""
    return Text("".join(one if one.isprintable() else " " if one.isspace() else "\ufffd" for one in said), style)


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
        padding=(0, 1, 0, 0),
        show_edge=False,
    )


def _legend() -> Text:
    return Text("   ").join(Text(f"{sign} {words}", style) for sign, words, style in _MARKS.values())


def _totals(cells: Sequence[Cell], rules: Iterable[str]) -> Table:
    table = _table("By rule")
    table.add_column("rule", no_wrap=True)
    for compliance in _WORST_FIRST:
        sign, _, style = _MARKS[compliance]
        table.add_column(sign, justify="right", style=style, min_width=4)
    counts = Counter((cell.rule, cell.compliance) for cell in cells)
    for rule in rules:
        table.add_row(rule, *(str(counts[rule, compliance]) for compliance in _WORST_FIRST))
    return table


def _reasons(by_account: Iterable[tuple[Cell, ...]], width: int) -> RenderableType:
    return Group(*(block for cells in by_account for block in _account_reasons(cells, width)))


def _account_reasons(cells: Sequence[Cell], width: int) -> Iterator[RenderableType]:
    told = [cell for cell in cells if cell.compliance != "COMPLIANT"]
    if not told:
        return
    yield Text("\n") + _text(f"{told[0].account_name} ({told[0].account_id})", "bold")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, min_width=width)
    grid.add_column(overflow="fold")
    for cell in sorted(told, key=lambda cell: _WORST_FIRST.index(cell.compliance)):
        sign, _, style = _MARKS[cell.compliance]
        grid.add_row(Text(f"  {sign}", style), _text(cell.rule), _text(cell.reason))
    yield grid
