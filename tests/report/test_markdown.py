"""An audit as GitHub shows it, judged by a parser: what it tells, that it fits, and that names stay text."""

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.report_samples import blank, compared_report, denied, report_of, small_report, violation, written
from tests.sample_audit import sample_report

from rootguard.audit.results import WORST_FIRST
from rootguard.printable import printable
from rootguard.report.markdown import write
from rootguard.report.report import Report
from rootguard.rulebook.markdown import inert

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
COMMENT_LENGTH = 65_536
"""Characters of a comment on GitHub, the tightest place where the page should fit."""
AUTOLINK = re.compile(r"(?i)(?<!\]\()https?://|www\.|mailto:|xmpp:|[\w.+-]@\w")
"""What GitHub makes a link of without being asked (https://github.github.com/gfm/#autolinks-extension-)."""
SIGNS = {"COMPLIANT": "✔", "NON_COMPLIANT": "✘", "ERROR": "!", "NOT_APPLICABLE": "·"}


def text_of(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def texts(report: Report) -> list[str]:
    """What a reader sees, heading by heading, paragraph by paragraph, cell by cell."""
    return [text_of(token) for token in PARSER.parse(written(write, report)) if token.type == "inline"]


def tables(report: Report) -> Iterator[list[list[str]]]:
    rows = list[list[str]]()
    for token in PARSER.parse(written(write, report)):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "inline" if rows:
                rows[-1].append(text_of(token))
            case "table_close":
                yield rows
                rows = []


def headings(report: Report) -> list[str]:
    tokens = PARSER.parse(written(write, report))
    return [text_of(tokens[index + 1]) for index, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_sections() -> None:
    report = small_report("....", "X?X.", "suspended", "missing", before=(".X..", "X...", "....", "X..."))
    assert headings(report) == [
        "Root is safe in 1 of 3 accounts, at risk in 1, not seen well enough to tell in 1.",
        "By rule",
        "By account",
        "What to fix first",
        "What could not be seen",
        "Not looked into",
        "Violations since 2026-11-23T05:30:00Z: 1 new, 1 fixed, 1 unchanged, 1 not seen now, so not known to be fixed",
    ]
    found = texts(report)
    for told in (
        "Interrupted: 1 account not wholly looked into.",
        "1 account not active, so not looked into.",
        "CRITICAL root-critical, 1 account",
        "✘ root-critical is NON_COMPLIANT: account 2 (222222222222)",
        "→ Mend root-critical.",
        UNSEEN,
        "interrupted before 1 account: account 4 (444444444444)",
        "SUSPENDED: account 3 (333333333333)",
        "✘ new: root-medium: account 2 (222222222222)",
        "✔ fixed: root-high: account 1 (111111111111)",
        "! not seen now: root-critical: account 4 (444444444444)",
    ):
        assert told in found


def test_the_matrix_and_the_totals() -> None:
    report = sample_report(12)
    totals, matrix = tables(report)
    results = report.audit.results
    for row, rule in zip(totals[1:], report.audit.scope.rules, strict=True):
        counts = [sum((each.rule, each.compliance) == (rule, said) for each in results) for said in WORST_FIRST]
        assert row[1:] == [rule, report.rules[rule].severity, *map(str, counts)]
    assert [row[0] for row in totals[1:]] == matrix[0][2:]
    assert matrix[1:] == [
        [found[0].account_id, found[0].account_name, *(SIGNS[each.compliance] for each in found)]
        for found in report.audit.by_account.values()
    ]


UNSEEN = (
    "iam:GetAccountSummary (eu-central-1): AccessDenied: no; needed by root-high: account 2 (222222222222)"
    " → grant iam:GetAccountSummary"
)
EMPTY = {"no account": (), "none active": ("suspended",), "none reached": ("missing", "missing")}


@pytest.mark.parametrize("rows", EMPTY.values(), ids=EMPTY)
def test_an_audit_without_results_has_no_tables(rows: Sequence[str]) -> None:
    report = small_report(*rows)
    assert list(tables(report)) == []
    assert set(headings(report)[1:]) <= {"Not looked into"}


@pytest.mark.parametrize("accounts", [2, 12, 42, 200, pytest.param(1000, marks=pytest.mark.slow)])
def test_it_fits_a_comment_whatever_accounts_are_called(accounts: int) -> None:
    report = compared_report(accounts, hostile=True)
    assert len(written(write, report)) < COMMENT_LENGTH


def test_of_many_accounts_the_worst_are_told() -> None:
    report = sample_report(200)
    _, worst = tables(report)
    assert len(worst) == 21
    assert any(re.fullmatch(r"… and \d+ more accounts at risk or not seen", text) for text in texts(report))
    assert any(re.search(r"\) and \d+ more$", text) for text in texts(report))


def test_more_than_a_person_reads_is_counted() -> None:
    results = [blank(number, denied(number, action=f"iam:Call{number}")) for number in range(1, 30)]
    assert texts(report_of(*results))[-1] == "and 9 more"


HOSTILE = {
    "markup": "<b>x</b> <script>alert(1)</script> <!-- x",
    "a closing tag": "</details></table>",
    "an entity": "&lt; &amp;",
    "emphasis": "**bold** _it_ __x__ ~~gone~~",
    "a link": "[x](javascript:alert(1)) ![x](http://example.com/x.png)",
    "a link by itself": "https://example.com www.example.com <https://example.com> a@example.com",
    "a mention": "@octocat and @org/team",
    "a reference": "#1 GH-1 fixes #2",
    "code": "`x` ``y`` and a lone `",
    "a pipe": "a | b \\| c \\",
    "an emoji": ":tada:",
    "a formula": "$x$ $$y$$",
    "a heading": "# x\n\n## y",
    "a rule": "---",
    "a list": "- x\n1. y",
    "a fence": "```\nx\n```",
    "an override": "\u202egood \u200b",
    "an escape sequence": "\x1b[31m",
}
ALLOWED = {"text", "text_special", "softbreak", "strong_open", "strong_close", "link_open", "link_close"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_others_say_is_text(text: str) -> None:
    report = report_of(violation(1, text, text), blank(2, denied(2, text), text))
    plain = report_of(violation(1, "plain", "plain"), blank(2, denied(2, "plain"), "plain"))
    markdown = written(write, report)
    tokens = PARSER.parse(markdown)
    assert [token.type for token in tokens] == [token.type for token in PARSER.parse(written(write, plain))]
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= ALLOWED
    links = {child.attrs["href"] for child in children if child.type == "link_open"}
    assert all(str(link).startswith("https://github.com/example/rootguard/") for link in links)
    assert not AUTOLINK.search(markdown)
    assert not re.search(r"@\w", "".join(texts(report)))
    seen = " ".join(printable(text).split())
    assert sum(cell.replace("\u200b", "") == seen for cell in texts(report)) == 2


@given(st.text(min_size=1))
def test_any_text_shows_as_it_is(text: str) -> None:
    markdown = f"x {inert(text)} x"
    [_, paragraph, _] = PARSER.parse(markdown)
    shown = text_of(paragraph).replace("\u200b", "")
    assert shown == f"x {' '.join(printable(text).split())} x"
    assert {child.type for child in paragraph.children or ()} <= {"text", "text_special"}
    assert not AUTOLINK.search(markdown)
