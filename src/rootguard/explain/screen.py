"""An explanation as a person reads it: the verdict, what was asked, how it was decided, what would change it."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from rootguard.audit.results import Compliance
from rootguard.explain.explanation import Explanation, OutcomeEntry, RequestMade
from rootguard.explain.steps_on_screen import Line, lines
from rootguard.printable import printable
from rootguard.report.marks import MARKS

_MOST_FACTS = 12
"""Of one answer; the JSON document has all."""
_NARROWEST = 20
_DETAIL = re.compile(r"\{(\w+)[^}]*\}")


def show(console: Console, explanation: Explanation) -> None:
    """Print an explanation, as wide as the screen is."""
    for part in (_verdict, _asked, _decided, _otherwise):
        for line in part(explanation):
            _print(console, line)


def _print(console: Console, line: Line) -> None:
    """Print a line; what takes several hangs below itself."""
    head = Text(" " * line.indent) + line.mark + (" " if line.mark else "")
    for wrapped in line.said.wrap(console, max(console.width - head.cell_len, _NARROWEST)):
        wrapped.rstrip()
        console.print(head + wrapped, highlight=False, soft_wrap=True)
        head = Text(" " * head.cell_len)


def _verdict(told: Explanation) -> Iterator[Line]:
    name = f"{printable(told.account_name)} ({told.account_id})" if told.account_name else told.account_id
    yield _plain(Text.assemble((told.rule, "bold"), " in ", (name, "bold")))
    yield _plain(Text(f"{told.title} ({told.severity})", "dim"))
    if told.parameters:
        given = "; ".join(f"{key} = {printable(value)}" for key, value in told.parameters.items())
        yield _plain(Text(f"parameters: {given}", "dim"))
    yield _reason(told)


def _reason(told: Explanation) -> Line:
    mark = MARKS[told.compliance]
    said = Text.assemble((told.compliance, mark.style), f"  {printable(told.reason)}")
    return Line(0, Text(mark.sign, mark.style), said)


def _asked(told: Explanation) -> Iterator[Line]:
    yield _heading("What was asked")
    if not told.requests:
        yield _plain(Text("Nothing: AWS was not asked."))
    for asked_as, requests in groupby(told.requests, lambda request: (request.asked_as, request.account_id)):
        yield _plain(Text(f"as {printable(asked_as[0])}, in account {asked_as[1]}", "italic"))
        for request in requests:
            yield from _request(request)


def _request(request: RequestMade) -> Iterator[Line]:
    page = f", page {request.page}" if request.page > 1 else ""
    said = Text.assemble((request.action, "bold cyan"), page, "  ")
    said.append(f"{request.region}  {request.time}  {request.milliseconds} ms", "dim")
    yield Line(0, Text(f"{request.number:>3}", "cyan"), said)
    sent = [f"{name} = {printable(value)}" for name, value in request.parameters.items()]
    if sent:
        yield Line(4, Text("with", "dim"), Text("; ".join(sent)))
    yield _answer(request)


def _answer(request: RequestMade) -> Line:
    if request.error or request.error_code:
        code = f"{request.error_code}: " if request.error_code else ""
        return Line(4, Text("!", "bold yellow"), Text(f"{code}{printable(request.error)}", "yellow"))
    facts = [f"{fact.member} = {printable(fact.value)}" for fact in request.facts[:_MOST_FACTS]]
    if len(request.facts) > _MOST_FACTS:
        facts.append(f"{len(request.facts) - _MOST_FACTS} more that --format json shows")
    unread = request.members_not_shown
    rest = f"({unread} {'member' if unread == 1 else 'members'} not shown)" if unread else ""
    return Line(4, Text("told", "dim"), Text.assemble("; ".join(facts), " " if facts else "", (rest, "dim")))


def _decided(told: Explanation) -> Iterator[Line]:
    yield _heading("How it was decided")
    yield from lines(told.steps, {request.number: request.action for request in told.requests})
    yield _reason(told)


def _otherwise(told: Explanation) -> Iterator[Line]:
    yield _heading("What would change it")
    if told.advice:
        yield _plain(Text.assemble(("To see it: ", "bold"), printable(told.advice)))
    if told.compliance is Compliance.NON_COMPLIANT:
        yield _plain(Text.assemble(("To fix it: ", "bold"), told.remediation))
    yield _plain(Text("The rule's answers:" if told.compliance is Compliance.ERROR else "The rule's other answers:"))
    yield from _others(told.outcomes)
    yield _plain(Text.assemble("`rootguard rules ", (told.rule, "bold"), "` tells all about the rule"))


def _others(outcomes: Sequence[OutcomeEntry]) -> Iterator[Line]:
    for outcome in outcomes:
        if not outcome.given:
            mark = MARKS[outcome.compliance]
            yield Line(2, Text(mark.sign, mark.style), Text(_DETAIL.sub(r"<\1>", outcome.reason)))


def _heading(text: str) -> Line:
    return _plain(Text.assemble("\n", (text, "bold underline")))


def _plain(said: Text) -> Line:
    return Line(0, Text(), said)
