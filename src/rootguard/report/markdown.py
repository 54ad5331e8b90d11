"""An audit as GitHub shows it: in a job's summary, a pull request, an issue.

    rootguard audit --organization --format markdown >> "$GITHUB_STEP_SUMMARY"

However many accounts there are, it stays below the 65,536 characters of a comment, and so far below the 1 MiB of a
step's summary: beyond forty accounts the worst are told, and of those that share a reason a few are named.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from rootguard.audit.results import WORST_FIRST, Audit, Compliance, Result
from rootguard.kit.links import page_url
from rootguard.kit.rule import Severity
from rootguard.kit.verdict import shortened
from rootguard.report.changes import Change, changes, summary
from rootguard.report.headline import Headline, circumstances, remarks
from rootguard.report.left_out import gaps
from rootguard.report.marks import MARKS
from rootguard.report.naming import called, counted, few
from rootguard.report.priorities import (
    Blank,
    Fix,
    accounts_at_risk,
    advice_on,
    what_could_not_be_seen,
    what_to_fix,
)
from rootguard.report.report import Report
from rootguard.rulebook.markdown import bullets, escaped, inert, table

_MOST_ROWS = 40
_WORST_ROWS = 20
_MOST_NAMED = 5
_MOST_REASONS = 8
_MOST_ITEMS = 20
_PROBLEM_LENGTH = 300


def write(report: Report, out: TextIO) -> None:
    """Write the page; a section that would be empty is left out."""
    audit = report.audit
    out.write(f"## {escaped(Headline.of(audit).verdict)}\n\n")
    out.writelines(f"**{escaped(remark)}**\n\n" for remark in remarks(report))
    out.write(f"{inert(circumstances(audit))}\n")
    for title, text in _sections(report):
        if text:
            out.write(f"\n### {title}\n\n{text}")


def _sections(report: Report) -> Iterator[tuple[str, str]]:
    audit = report.audit
    if audit.results:
        yield "By rule", f"{_totals(report)}\n{_legend()}"
    if len(audit.by_account) <= _MOST_ROWS:
        yield "By account", _matrix(audit)
    else:
        yield "Accounts with the worst violations", _worst(audit)
    yield "What to fix first", "\n".join(map(_fix, what_to_fix(report)))
    yield "What could not be seen", _capped([_blank(blank) for blank in what_could_not_be_seen(audit)])
    yield "Not looked into", bullets(f"{inert(gap.why)}: {_some(gap.accounts)}" for gap in gaps(audit))
    if report.comparison:
        told = (line for change in changes(report.comparison) for line in _change(change))
        yield summary(report.comparison), bullets(told)


def _legend() -> str:
    return f"{', '.join(f'{mark.sign} {mark.words}' for mark in MARKS.values())}\n"


def _totals(report: Report) -> str:
    audit = report.audit
    counts = Counter((result.rule, result.compliance) for result in audit.results)
    rules = [report.rules[name] for name in audit.scope.rules]
    return table(
        ("", "rule", "severity", *(MARKS[each].sign for each in WORST_FIRST)),
        (
            (str(number), _page(rule.name), rule.severity, *(str(counts[rule.name, each]) for each in WORST_FIRST))
            for number, rule in enumerate(rules, 1)
        ),
    )


def _matrix(audit: Audit) -> str:
    """The rules by their numbers in the table of totals."""
    rules = audit.scope.rules
    numbers = (str(number) for number, _ in enumerate(rules, 1))
    rows = [_row(results, rules) for results in audit.by_account.values()]
    return table(("account", "name", *numbers), rows) if rows else ""


def _row(results: Sequence[Result], rules: Sequence[str]) -> tuple[str, ...]:
    signs = {result.rule: MARKS[result.compliance].sign for result in results}
    first = results[0]
    return first.account_id, inert(first.account_name), *(signs.get(rule, "") for rule in rules)


def _worst(audit: Audit) -> str:
    at_risk = accounts_at_risk(audit)
    rows = (
        (
            each.account.id,
            inert(each.account.name),
            *(str(each.violations.get(severity, 0)) for severity in Severity),
            str(each.unseen),
        )
        for each in at_risk[:_WORST_ROWS]
    )
    found = table(("account", "name", *Severity, MARKS[Compliance.ERROR].words), rows)
    rest = len(at_risk) - _WORST_ROWS
    return f"{found}\n… and {counted(rest, 'more account')} at risk or not seen\n" if rest > 0 else found


def _fix(fix: Fix) -> str:
    sign = MARKS[Compliance.NON_COMPLIANT].sign
    told = [f"{sign} {inert(reason.text)}: {_accounts(reason.results)}" for reason in fix.reasons[:_MOST_REASONS]]
    if rest := sum(len(reason.results) for reason in fix.reasons[_MOST_REASONS:]):
        told.append(f"{sign} for other reasons: {counted(rest, 'account')}")
    severity = fix.rule.severity
    heading = f"**{severity.upper()}** {_page(fix.rule.name)}, {counted(len(fix.results), 'account')}"
    return f"{heading}\n{bullets((*told, f'→ {escaped(advice_on(fix))}'))}"


def _blank(blank: Blank) -> str:
    unseen = blank.unseen
    problem = inert(shortened(unseen.problem, _PROBLEM_LENGTH))
    needed = f"needed by {', '.join(blank.rules)}: {_some(blank.accounts)}"
    asked = f", asked in account {_some(blank.asked_elsewhere)}" if blank.asked_elsewhere else ""
    advice = f" → {inert(unseen.advice)}" if unseen.advice else ""
    return f"{inert(blank.call)}: {problem}; {needed}{asked}{advice}"


def _change(change: Change) -> Iterator[str]:
    sign = MARKS[change.compliance].sign
    for rule, results in change.rules.items():
        yield f"{sign} {change.words}: {_page(rule)}: {_accounts(results)}"


def _accounts(results: Sequence[Result]) -> str:
    return _some([called(result.account_id, result.account_name) for result in results])


def _some(names: Sequence[str]) -> str:
    return inert(few(names, _MOST_NAMED))


def _page(rule: str) -> str:
    return f"[{rule}]({page_url(rule)})"


def _capped(items: Sequence[str]) -> str:
    """A list, of which what is too much is counted."""
    rest = len(items) - _MOST_ITEMS
    return bullets((*items[:_MOST_ITEMS], f"and {rest} more") if rest > 0 else items)
