"""Accounts down, rules across, on a screen of any width; and what each rule says of how many accounts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from rootguard.printable import printable
from rootguard.process_check import ConfigRule
from rootguard.report.marks import Mark

type Marks = Mapping[str, Mark]
"""By compliance, in the order in which the legend and the totals have them."""

_HEADING_WIDTH = 9
_ACCOUNT_WIDTH, _SIGN_WIDTH, _NAME_WIDTH = 14, 3, 8
"""Each with the space after it; of a name the least that is worth a column of its own."""
_TOTALS_WIDTH = 64


class Row(NamedTuple):
    """An account and what each rule says of it; a rule that says nothing leaves its place empty."""

    account_id: str
    account_name: str
    said: Mapping[str, str]


def fitting_matrix(console: Console, title: str, rows: Sequence[Row], rules: Sequence[str], marks: Marks) -> Table:
    """Rules are named above their columns where that fits, and known by their number elsewhere.

    Where not even that leaves room for names beside the accounts' ids, the names stand below them.
    """
    numbers = [str(number) for number, _ in enumerate(rules, 1)]
    named = ["\n".join((*_wrapped(rule), number)) for number, rule in zip(numbers, rules, strict=True)]
    table = _with_columns(title, named, _cells(rows, rules, marks))
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
        return table
    if _ACCOUNT_WIDTH + _NAME_WIDTH + _SIGN_WIDTH * len(rules) <= console.width:
        return _with_columns(title, numbers, _cells(rows, rules, marks))
    return _narrow(title, numbers, _cells(rows, rules, marks))


def legend(marks: Iterable[Mark]) -> Text:
    """What the signs stand for."""
    return Text("  ").join(Text(f"{sign} {words}", style) for sign, words, style in marks)


def totals(
    console: Console,
    rules: Sequence[ConfigRule],
    counts: Mapping[tuple[str, str], int],
    marks: Marks,
    *,
    zero_style: str = "",
) -> Table:
    """The rules with their numbers, which the matrix has above its columns, and in how many accounts they say what.

    Args:
        console: A narrow one does without severities; the rules are in their order anyway.
        rules: In the order of the matrix.
        counts: Accounts, by a rule's name and a compliance.
        marks: Those to count.
        zero_style: Of a count of nothing; by default its column's.
    """
    wide = console.width >= _TOTALS_WIDTH
    table = bare_table("By rule")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column(" rule", no_wrap=wide, overflow="fold")
    if wide:
        table.add_column(" severity", no_wrap=True)
    for sign, _, style in marks.values():
        table.add_column(sign, justify="right", style=style, min_width=4 if wide else 2)
    for number, rule in enumerate(rules, 1):
        told = (f" {rule.name}", f" {rule.severity}") if wide else (f" {rule.name}",)
        table.add_row(str(number), *told, *(count(counts.get((rule.name, each), 0), zero_style) for each in marks))
    return table


def count(number: int, zero_style: str) -> Text:
    """A number in its column's style, unless it is none."""
    return Text(str(number), "" if number else zero_style)


def bare_table(title: str) -> Table:
    """A table with a line below its headings and no other."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )


def _wrapped(name: str) -> list[str]:
    return wrap(name, _HEADING_WIDTH, break_long_words=False)


def _cells(rows: Iterable[Row], rules: Sequence[str], marks: Marks) -> Iterator[tuple[str, Text, tuple[Text, ...]]]:
    for row in rows:
        yield row.account_id, Text(printable(row.account_name)), tuple(_mark(row, rule, marks) for rule in rules)


def _mark(row: Row, rule: str, marks: Marks) -> Text:
    if rule not in row.said:
        return Text("")
    sign, _, style = marks[row.said[rule]]
    return Text(sign, style)


def _with_columns(title: str, headings: Iterable[str], cells: Iterable[tuple[str, Text, tuple[Text, ...]]]) -> Table:
    table = bare_table(title)
    table.add_column("account", no_wrap=True, min_width=13)
    table.add_column("name", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="center", no_wrap=True, min_width=2)
    for account_id, name, marks in cells:
        table.add_row(account_id, name, *marks)
    return table


def _narrow(title: str, headings: Iterable[str], cells: Iterable[tuple[str, Text, tuple[Text, ...]]]) -> Table:
    table = bare_table(title)
    table.add_column("account", overflow="fold", min_width=12, max_width=12)
    for heading in headings:
        table.add_column(heading, justify="center", no_wrap=True)
    for account_id, name, marks in cells:
        table.add_row(Text.assemble(account_id, *(("\n", name) if name else ())), *marks)
    return table
