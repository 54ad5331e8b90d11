"""What stands below the matrix: what to fix first, what could not be seen, what was not looked into, what changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from rootguard.audit.results import Compliance, Result
from rootguard.kit.verdict import shortened
from rootguard.printable import printable
from rootguard.report.changes import Change, changes, summary
from rootguard.report.left_out import Gap, gaps
from rootguard.report.marks import MARKS, SEVERITIES
from rootguard.report.naming import called, counted, few
from rootguard.report.priorities import Blank, Fix, advice_on, what_could_not_be_seen, what_to_fix
from rootguard.report.report import Report

_PROBLEM_LENGTH = 160
_MOST_RULES = 3
_RESUME = "--resume FILE goes on from what --format json wrote"


@dataclass(frozen=True, slots=True)
class _Room:
    """How much is told.

    Attributes:
        accounts: How many are named of those that share something; none where there is only one to talk of.
        texts: Different reasons of one outcome that are told in the accounts' own words; more as the outcome has it.
        reasons: Outcomes of one rule.
        fixes: Rules whose reasons and remediation are told; of the rest only how many accounts violate them.
        blanks: Things that could not be seen.
    """

    accounts: int
    texts: int
    reasons: int
    fixes: int
    blanks: int


_ALL = 10_000
_ONE_ACCOUNT = _Room(accounts=0, texts=_ALL, reasons=_ALL, fixes=_ALL, blanks=_ALL)
_SOME_ACCOUNTS = _Room(accounts=5, texts=5, reasons=_ALL, fixes=_ALL, blanks=_ALL)
_MANY_ACCOUNTS = _Room(accounts=2, texts=1, reasons=2, fixes=5, blanks=5)


def sections(report: Report, *, is_large: bool) -> Iterator[RenderableType]:
    """What there is to tell, section by section; an empty one is left out.

    Args:
        report: What was found out.
        is_large: Whether there are too many accounts to tell of each.
    """
    is_single = len(report.audit.scope.accounts) == 1
    room = _MANY_ACCOUNTS if is_large else _ONE_ACCOUNT if is_single else _SOME_ACCOUNTS
    yield from _section(
        "What to fix first (rootguard rules NAME tells the steps and the commands)",
        _fixes(what_to_fix(report), room),
    )
    yield from _section("What could not be seen", _blanks(what_could_not_be_seen(report.audit), room))
    yield from _section("Not looked into", (_gap(gap, room) for gap in gaps(report.audit)))
    if report.comparison:
        blocks = (block for change in changes(report.comparison) for block in _change(change, room))
        yield from _section(summary(report.comparison), blocks)


def entry(mark: Text, said: Text, indent: int = 2) -> RenderableType:
    """A mark and what it is about, hanging below itself."""
    return _Hanging(mark, said, indent)


@dataclass(frozen=True, slots=True)
class _Hanging:
    mark: Text
    said: Text
    indent: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Each line as long as it is: a table's cells would end in spaces, which people copy along."""
        start = self.indent + self.mark.cell_len + 1
        lines = self.said.wrap(console, max(options.max_width - start, 1), overflow="fold")
        for number, line in enumerate(lines):
            line.rstrip()
            yield Text.assemble(*self._lead(first=not number), line)

    def _lead(self, *, first: bool) -> tuple[str | Text, ...]:
        if first:
            return (" " * self.indent, self.mark, " ")
        return (" " * (self.indent + self.mark.cell_len + 1),)


def _section(title: str, entries: Iterator[RenderableType]) -> Iterator[RenderableType]:
    for number, each in enumerate(entries):
        if not number:
            yield Text(f"\n{title}", "bold")
        yield each


def _fixes(fixes: Sequence[Fix], room: _Room) -> Iterator[RenderableType]:
    for fix in fixes[: room.fixes]:
        yield _title(fix, room)
        yield from _fix(fix, room)
    yield from (_title(fix, room) for fix in fixes[room.fixes :])


def _title(fix: Fix, room: _Room) -> RenderableType:
    severity = fix.rule.severity
    accounts = f"  {counted(len(fix.results), 'account')}" if room.accounts else ""
    mark = Text.assemble((severity.upper(), SEVERITIES[severity]), " ")
    return entry(mark, Text.assemble((fix.rule.name, "bold"), accounts))


def _fix(fix: Fix, room: _Room) -> Iterator[RenderableType]:
    for reason in fix.reasons[: room.reasons]:
        for text, results in reason.told(room.texts).items():
            yield _entry(Compliance.NON_COMPLIANT, f"{text}{_where(results, room)}", 4)
    rest = sum(len(reason.results) for reason in fix.reasons[room.reasons :])
    if rest:
        yield _entry(Compliance.NON_COMPLIANT, f"for other reasons: {counted(rest, 'account')}", 4)
    yield entry(Text("→"), Text(advice_on(fix)), 4)


def _blanks(blanks: Sequence[Blank], room: _Room) -> Iterator[RenderableType]:
    for blank in blanks[: room.blanks]:
        problem = shortened(printable(blank.unseen.problem), _PROBLEM_LENGTH)
        said = f": {problem}\n{_lacking(blank, room)}"
        yield entry(_sign(Compliance.ERROR), Text.assemble((printable(blank.call), "bold"), said))
        if blank.unseen.advice:
            yield entry(Text("→"), Text(printable(blank.unseen.advice)), 4)
    if rest := blanks[room.blanks :]:
        lacking = counted(sum(len(blank.results) for blank in rest), "verdict")
        yield entry(_sign(Compliance.ERROR), Text(f"{len(rest)} more, which {lacking} need; --format json has all"))


def _lacking(blank: Blank, room: _Room) -> str:
    rules = blank.rules
    named = ", ".join(rules) if len(rules) <= _MOST_RULES else f"{len(rules)} rules"
    elsewhere = few(blank.asked_elsewhere, max(room.accounts, 1))
    asked = f", asked in account {elsewhere}" if elsewhere else ""
    return f"needed by {named}{_where(blank.results, room)}{asked}"


def _gap(gap: Gap, room: _Room) -> RenderableType:
    told = f"{gap.why}: {few(gap.accounts, max(room.accounts, 1))}"
    advice = f"\n{_RESUME}" if gap.compliance is Compliance.ERROR else ""
    return entry(_sign(gap.compliance), Text(f"{printable(told)}{advice}"))


def _change(change: Change, room: _Room) -> Iterator[RenderableType]:
    rules = list(change.rules.items())
    for rule, results in rules[: room.fixes]:
        told = f"{change.words}: {rule} ({results[0].severity}){_where(results, room)}"
        yield _entry(change.compliance, told)
    if rest := sum(len(results) for _, results in rules[room.fixes :]):
        yield _entry(change.compliance, f"{change.words}: {rest} of other rules")


def _where(results: Sequence[Result], room: _Room) -> str:
    """The accounts; nothing where there is only one to talk of."""
    if not room.accounts:
        return ""
    names = dict.fromkeys(called(result.account_id, result.account_name) for result in results)
    return f": {few(list(names), room.accounts)}"


def _entry(compliance: Compliance, said: str, indent: int = 2) -> RenderableType:
    return entry(_sign(compliance), Text(printable(said)), indent)


def _sign(compliance: Compliance) -> Text:
    sign, _, style = MARKS[compliance]
    return Text(sign, style)
