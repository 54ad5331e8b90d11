"""An audit as a person reads it in a terminal.

First how many accounts are safe; then accounts and rules; then the reasons, ordered by what to fix first; then what
could not be seen, what was not looked into, and what changed. Signs tell what colours tell.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from rootguard.audit.results import WORST_FIRST, Audit, Result
from rootguard.kit.rule import Severity
from rootguard.printable import printable
from rootguard.report.headline import Headline, circumstances, remarks
from rootguard.report.marks import MARKS, SEVERITIES, STANDINGS
from rootguard.report.matrix import Row, bare_table, count, fitting_matrix, legend, totals
from rootguard.report.naming import called, counted
from rootguard.report.priorities import AccountAtRisk, accounts_at_risk
from rootguard.report.report import Report
from rootguard.report.table_sections import entry, sections

_MOST_ROWS = 40
"""Accounts, beyond which the matrix is counted instead of shown."""
_WORST_ROWS = 10
_NONE = "dim"
"""The style of what there is none of."""
_WORDS_WIDTH = 76
"""Columns, from which on severities have their names above the counts, and not their initials."""


def write(report: Report, out: TextIO) -> None:
    """Write the table: in colour to a terminal that wants it, as wide as the terminal; elsewhere plain."""
    show(Console(file=out), report)


def show(console: Console, report: Report) -> None:
    """Print the table, in any width from 40 columns on."""
    for block in _blocks(console, report):
        console.print(block, highlight=False)


def _blocks(console: Console, report: Report) -> Iterator[RenderableType]:
    audit = report.audit
    yield from _head(report)
    match len(audit.by_account):
        case 0:
            pass
        case 1:
            yield from _one_account(audit)
        case accounts if accounts <= _MOST_ROWS:
            yield from _matrix(console, report)
        case _:
            yield from _summary(console, report)
    yield from sections(report, is_large=len(audit.by_account) > _MOST_ROWS)


def _head(report: Report) -> Iterator[RenderableType]:
    headline = Headline.of(report.audit)
    yield Text(headline.verdict, "bold")
    if headline.accounts > 1:
        yield Text("  ").join(_standings(headline))
    for remark in remarks(report):
        yield Text(remark, "bold yellow" if remark.startswith("Interrupted") else "")
    yield Text(circumstances(report.audit), "dim")
    yield Text("")


def _standings(headline: Headline) -> Iterator[Text]:
    for standing, (sign, words, style) in STANDINGS.items():
        number = headline.standings[standing]
        yield Text(f"{sign} {number} {words}", style if number else _NONE)


def _one_account(audit: Audit) -> Iterator[RenderableType]:
    """There is room for what every rule says."""
    first = audit.results[0]
    yield Text(called(first.account_id, first.account_name), "bold")
    for result in audit.results:
        sign, words, style = MARKS[result.compliance]
        said = "" if result.unseen else f": {printable(result.reason)}"
        yield entry(Text(sign, style), Text.assemble((result.rule, "bold"), f" ({result.severity}) {words}{said}"))


def _matrix(console: Console, report: Report) -> Iterator[RenderableType]:
    audit = report.audit
    rows = [_row(results) for results in audit.by_account.values()]
    yield fitting_matrix(console, "Accounts and rules", rows, audit.scope.rules, MARKS)
    yield legend(MARKS.values())
    yield Text("")
    yield _totals(console, report)


def _row(results: tuple[Result, ...]) -> Row:
    return Row(results[0].account_id, results[0].account_name, {each.rule: each.compliance for each in results})


def _totals(console: Console, report: Report) -> Table:
    audit = report.audit
    counts = Counter((result.rule, str(result.compliance)) for result in audit.results)
    rules = [report.rules[name] for name in audit.scope.rules]
    return totals(console, rules, counts, {each: MARKS[each] for each in WORST_FIRST}, zero_style=_NONE)


def _summary(console: Console, report: Report) -> Iterator[RenderableType]:
    yield _totals(console, report)
    yield legend(MARKS.values())
    at_risk = accounts_at_risk(report.audit)
    if not at_risk:
        return
    yield Text("")
    yield _worst(console, at_risk[:_WORST_ROWS])
    if len(at_risk) > _WORST_ROWS:
        rest = counted(len(at_risk) - _WORST_ROWS, "more account")
        yield Text(f"… and {rest} at risk or not seen; --format json|html has all")


def _worst(console: Console, at_risk: tuple[AccountAtRisk, ...]) -> Table:
    """Violations by severity, and what could not be seen."""
    words = {severity: severity if console.width >= _WORDS_WIDTH else severity[0].upper() for severity in Severity}
    used = [severity for severity in Severity if any(each.violations.get(severity) for each in at_risk)]
    table = bare_table("Accounts with the worst violations")
    table.add_column("account", no_wrap=True, min_width=13)
    table.add_column("name", overflow="fold")
    for severity in used:
        table.add_column(f" {words[severity]}", justify="right", style=SEVERITIES[severity], no_wrap=True)
    table.add_column(f" {MARKS['ERROR'].sign}", justify="right", style=MARKS["ERROR"].style, no_wrap=True)
    for each in at_risk:
        counts = (count(each.violations.get(severity, 0), _NONE) for severity in used)
        table.add_row(each.account.id, Text(printable(each.account.name)), *counts, count(each.unseen, _NONE))
    return table
