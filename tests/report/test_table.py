"""An audit as a person reads it in a terminal of any width, of one account or of a thousand."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Literal

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.report_samples import blank, compared_report, denied, report_of, small_report, violation, written
from tests.sample_audit import sample_report

from rootguard.audit.results import Compliance
from rootguard.report.report import Report
from rootguard.report.table import show, write

EARLIER = (".X..", "X...", "..X.", "....", "X...")
SMALL = small_report("....", "X.X.", ".?-.", "suspended", "missing", before=EARLIER)


def shown(report: Report, width: int = 80, *, terminal: bool = False) -> str:
    file = StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    show(Console(file=file, width=width, force_terminal=terminal, color_system=colours), report)
    return file.getvalue()


def lines(report: Report, width: int = 80) -> list[str]:
    return [line.rstrip() for line in shown(report, width).splitlines()]


def words(report: Report, width: int = 80) -> str:
    return " ".join(shown(report, width).split())


WHOLE = """\
Root is safe in 1 of 4 accounts, at risk in 1, not seen well enough to tell in
2.
✔ 1 safe  ✘ 1 at risk  ! 2 not seen
Interrupted: 1 account not wholly looked into.
1 account not active, so not looked into.
Violations since 2026-11-23T05:30:00Z: 1 new, 2 fixed, 1 unchanged, 1 not seen
now, so not known to be fixed.
2026-11-23T05:30:00Z by arn:aws:iam::111111111111:user/auditor, organization
o-exampleorgid, role Auditor, home Region eu-central-1, 4 rules, parameters
ExemptAccounts

Accounts and rules
                         root-             root-
                        critical root-high medium root-low
account       name         1         2       3       4
──────────────────────────────────────────────────────────
111111111111  account 1    ✔         ✔       ✔       ✔
222222222222  account 2    ✘         ✔       ✘       ✔
333333333333  account 3    ✔         !       ·       ✔
✔ compliant  ✘ non-compliant  ! could not be seen  · not applicable

By rule
   rule           severity    ✘    !    ·    ✔
──────────────────────────────────────────────
1  root-critical  critical    1    0    0    2
2  root-high      high        0    1    0    2
3  root-medium    medium      1    0    1    1
4  root-low       low         0    0    0    3

What to fix first (rootguard rules NAME tells the steps and the commands)
  CRITICAL  root-critical  1 account
    ✘ root-critical is NON_COMPLIANT: account 2 (222222222222)
    → Mend root-critical.
  MEDIUM  root-medium  1 account
    ✘ root-medium is NON_COMPLIANT: account 2 (222222222222)
    → Mend root-medium.

What could not be seen
  ! iam:GetAccountSummary (eu-central-1): AccessDenied: no
    needed by root-high: account 3 (333333333333)
    → grant iam:GetAccountSummary

Not looked into
  ! interrupted before 1 account: account 5 (555555555555)
    --resume FILE goes on from what --format json wrote
  · SUSPENDED: account 4 (444444444444)

Violations since 2026-11-23T05:30:00Z: 1 new, 2 fixed, 1 unchanged, 1 not seen
now, so not known to be fixed
  ✘ new: root-medium (medium): account 2 (222222222222)
  ✔ fixed: root-high (high): account 1 (111111111111)
  ✔ fixed: root-medium (medium): account 3 (333333333333)
  ! not seen now: root-critical (critical): account 5 (555555555555)
"""
ONE_ACCOUNT = """\
Root is at risk.
2026-11-23T05:30:00Z by arn:aws:iam::111111111111:user/auditor, organization
o-exampleorgid, role Auditor, home Region eu-central-1, 4 rules, parameters
ExemptAccounts

account 1 (111111111111)
  ✘ root-critical (critical) non-compliant: root-critical is NON_COMPLIANT
  ! root-high (high) could not be seen
  · root-medium (medium) not applicable: root-medium is NOT_APPLICABLE
  ✔ root-low (low) compliant: root-low is COMPLIANT

What to fix first (rootguard rules NAME tells the steps and the commands)
  CRITICAL  root-critical
    ✘ root-critical is NON_COMPLIANT
    → Mend root-critical.

What could not be seen
  ! iam:GetAccountSummary (eu-central-1): AccessDenied: no
    needed by root-high
    → grant iam:GetAccountSummary
"""


def test_the_whole_of_it() -> None:
    assert lines(SMALL) == WHOLE.splitlines()


def test_of_one_account_there_is_room_for_every_reason() -> None:
    assert lines(small_report("X?-.")) == ONE_ACCOUNT.splitlines()


HEADLINES = {
    "all safe": (["....", "----"], "Root is safe in 2 of 2 accounts."),
    "none safe": (["X...", ".X.."], "Root is safe in 0 of 2 accounts, at risk in 2."),
    "unseen is not safe": (["....", "..?."], "Root is safe in 1 of 2 accounts, not seen well enough to tell in 1."),
    "a violation beside what is unseen": (["....", "X.?."], "Root is safe in 1 of 2 accounts, at risk in 1."),
    "one safe account": (["...."], "Root is safe."),
    "one account at risk": (["...X"], "Root is at risk."),
    "one account unseen": (["???."], "Root was not seen well enough to tell whether it is safe."),
    "not reached": (["missing", "missing"], "Root is safe in 0 of 2 accounts, not seen well enough to tell in 2."),
    "suspended accounts do not count": (["....", "....", "suspended"], "Root is safe in 2 of 2 accounts."),
    "only suspended ones": (["suspended"], "No account was looked into."),
    "no account at all": ([], "No account was looked into."),
}


@pytest.mark.parametrize(("rows", "headline"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline(rows: Sequence[str], headline: str) -> None:
    assert words(small_report(*rows)).startswith(headline)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("accounts", [2, 12, 41])
def test_it_fits_any_width_whatever_accounts_are_called(accounts: int, width: int) -> None:
    report = compared_report(accounts, hostile=True)
    text = shown(report, width)
    assert max(map(cell_len, text.split("\n"))) <= width
    assert {each for each in text if not each.isprintable()} == {"\n"}
    for account_id in report.audit.by_account:
        assert account_id in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_account_and_rule_has_its_sign(width: int) -> None:
    report = sample_report(12)
    rows = [line.split() for line in lines(report, width) if re.match(r"\d{12} ", line)]
    signs = {"✔": Compliance.COMPLIANT, "✘": "NON_COMPLIANT", "!": "ERROR", "·": "NOT_APPLICABLE"}
    told = [[signs[sign] for sign in row[-10:]] for row in rows]
    assert told == [[result.compliance for result in results] for results in report.audit.by_account.values()]
    assert all(cell in words(report, width) for cell in ("✔ compliant", "✘ non-compliant", "· not applicable"))


@pytest.mark.parametrize(("width", "heading"), [(40, "1 2 3 4 5 6 7 8 9 10"), (80, "1  2  3  4"), (200, "hardware-")])
def test_rules_are_named_where_that_fits(width: int, heading: str) -> None:
    text = shown(sample_report(12), width)
    assert heading in text.partition("By rule")[0]


def test_in_a_narrow_terminal_names_stand_below_their_ids() -> None:
    found = lines(sample_report(12), 40)
    assert found[found.index("management") - 1].startswith("111111111111 ")


def test_many_accounts_are_counted() -> None:
    report = sample_report(1000)
    found = lines(report)
    assert len(found) < 120
    counts = Counter((result.rule, result.compliance) for result in report.audit.results)
    for rule in report.audit.scope.rules:
        [row] = [line.split()[-4:] for line in found if re.match(rf" *\d+  {rule} ", line)]
        order = ("NON_COMPLIANT", "ERROR", "NOT_APPLICABLE", "COMPLIANT")
        assert list(map(int, row)) == [counts[rule, Compliance(each)] for each in order]
    assert any(re.fullmatch(r"… and \d{3} more accounts at risk or not seen; --format .*", line) for line in found)
    assert sum(bool(re.match(r"\d{12} ", line)) for line in found) == 10


def test_many_accounts_that_share_a_reason_are_counted() -> None:
    report = report_of(*(violation(number, "root has 2 keys in IAM", f"account-{number}") for number in range(1, 315)))
    named = "account-1 (000000000001), account-2 (000000000002) and 312 more"
    assert f"CRITICAL root-keys 314 accounts ✘ root has 2 keys in IAM: {named} → Mend it everywhere." in words(report)


def test_a_few_accounts_say_it_in_their_own_words() -> None:
    report = report_of(*(violation(number, f"root has {number} keys in IAM") for number in (1, 2, 3)))
    for number in (1, 2, 3):
        assert f"✘ root has {number} keys in IAM: {number:012}" in words(report)


def test_more_accounts_are_told_as_the_outcome_has_it() -> None:
    report = report_of(*(violation(number, f"root has {number} keys in IAM") for number in range(1, 8)))
    some = ", ".join(f"{number:012}" for number in range(1, 6))
    assert f"✘ root has <count> keys in IAM: {some} and 2 more" in words(report)
    assert "root has 1 keys" not in words(report)


def test_what_failed_alike_is_told_once() -> None:
    report = report_of(*(blank(number, denied(number)) for number in range(1, 9)))
    accounts = f"{', '.join(f'{number:012}' for number in range(1, 6))} and 3 more"
    told = f"! iam:GetAccountSummary ({report.audit.scope.region}): AccessDenied: no needed by root-keys: {accounts}"
    assert f"{told} → grant iam:GetAccountSummary" in words(report)
    assert words(report).count("AccessDenied") == 1


def test_an_account_that_was_asked_for_another_is_named() -> None:
    assert "needed by root-keys, asked in account 000000000009" in words(report_of(blank(1, denied(9))))


def test_an_endless_problem_is_shortened() -> None:
    report = report_of(blank(1, denied(1, f"AccessDenied: {'very ' * 500}long\x1b[31m")))
    assert "…" in words(report)
    assert len(shown(report)) < 1500
    assert "\x1b" not in shown(report)


EMPTY = {
    "no account": (),
    "none active": ("suspended", "suspended"),
    "none reached": ("missing", "missing"),
    "none at all that any rule says something of": (" ", " "),
}


@pytest.mark.parametrize("rows", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("width", [40, 120])
def test_an_audit_without_results(rows: Sequence[str], width: int) -> None:
    text = words(small_report(*rows), width)
    assert "safe in 0 of" in text or text.startswith("No account was looked into")
    assert not any(title in text for title in ("By rule", "What to fix first", "What could not be seen"))


def test_signs_tell_what_colours_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = shown(SMALL, terminal=True)
    assert "\x1b[1;31m✘" in coloured
    assert "\x1b[32m✔" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == shown(SMALL)


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", shown(SMALL, terminal=True))


def test_a_file_has_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    assert written(write, SMALL) == shown(SMALL)


def test_markup_of_others_is_text() -> None:
    """Rich must take no name, reason or error for its own."""
    text = "[red]evil[/red] [/] :pile_of_poo: [link=https://example.com]x[/link]"
    results = [violation(1, text, text), blank(2, denied(2, text), text)]
    found = words(report_of(*results), 300)
    assert found.count(text) == 6  # both names in the matrix and below it, the reason, the problem
    assert "💩" not in found


def test_a_reason_that_is_new_stands_with_its_rule() -> None:
    report = compared_report(12)
    assert report.comparison
    assert report.comparison.new
    found = words(report, 200)
    for result in report.comparison.new:
        assert f"✘ new: {result.rule} ({result.severity}): " in found
        assert f"{result.account_name} ({result.account_id})" in found


def test_nothing_is_said_of_an_earlier_audit_that_was_not_given() -> None:
    assert "since" not in words(replace(SMALL, comparison=None))
