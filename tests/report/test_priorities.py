"""What an audit comes down to: what to fix first, what could not be seen, which accounts are worst."""

from collections.abc import Sequence

import pytest
from tests.report_samples import KEYS, SMALL_RULES, blank, denied, report_of, small_report, violation
from tests.sample_audit import sample_report

from rootguard.audit.results import Compliance, Result, Unseen
from rootguard.kit.rule import Severity
from rootguard.kit.verdict import REASON_LENGTH, shortened
from rootguard.report.priorities import accounts_at_risk, advice_on, reasons, what_could_not_be_seen, what_to_fix

CRITICAL, HIGH, MEDIUM, LOW = SMALL_RULES

ORDERS = {
    "the most severe first": (["XXXX"], [CRITICAL, HIGH, MEDIUM, LOW]),
    "a severe one before a frequent one": ([".X..", ".X..", "X..."], [CRITICAL, HIGH]),
    "what is fine, does not apply or was not seen is no work": ([".-?."], []),
    "nothing was looked at": (["suspended"], []),
}


@pytest.mark.parametrize(("rows", "rules"), ORDERS.values(), ids=ORDERS)
def test_the_order_of_work(rows: Sequence[str], rules: Sequence[str]) -> None:
    assert [fix.rule.name for fix in what_to_fix(small_report(*rows))] == list(rules)


def test_of_one_severity_what_repairs_more_accounts_comes_first() -> None:
    fixes = what_to_fix(sample_report(200))
    keys = [(fix.rule.severity.rank, -len(fix.results), fix.rule.name) for fix in fixes]
    assert keys == sorted(keys)
    assert len(keys) == len({fix.rule.name for fix in fixes}) == 10


REASONS = {
    "the same words": (["root has 2 keys in IAM"] * 2, {"root has 2 keys in IAM": 2}),
    "details that differ": (["root has 2 keys in IAM", "root has 1 keys in IAM"], {"root has <count> keys in IAM": 2}),
    "all details differ": (
        ["root has 2 keys in IAM", "root has 1 keys in S3"],
        {"root has <count> keys in <place>": 2},
    ),
    "two outcomes, the frequent one first": (
        ["root has 2 keys in IAM, of which 1 are old", "root has 2 keys in IAM", "root has 3 keys in IAM"],
        {"root has <count> keys in IAM": 2, "root has 2 keys in IAM, of which 1 are old": 1},
    ),
    "details side by side": (["device A", "device B and 2 more"], {"device <device>": 2}),
    "an empty detail": (["device ", "device B"], {"device <device>": 2}),
    "a note on one of them": (
        ["root has 2 keys in IAM; exemption expired 2026-01-31", "root has 2 keys in IAM"],
        {"root has 2 keys in IAM": 2},
    ),
    "a note on both of them": (
        [f"root has {count} keys in IAM; exemption expired 2026-01-31" for count in (1, 2)],
        {"root has <count> keys in IAM; exemption expired 2026-01-31": 2},
    ),
    "words that no outcome has": (["of another version", "{braces}"], {"of another version": 1, "{braces}": 1}),
    "shortened ones": (
        [shortened(f"root has {'many ' * 80} keys in IAM", REASON_LENGTH)],
        {shortened(f"root has {'many ' * 80} keys in IAM", REASON_LENGTH): 1},
    ),
}


@pytest.mark.parametrize(("said", "groups"), REASONS.values(), ids=REASONS)
def test_reasons_of_one_outcome_are_one(said: Sequence[str], groups: dict[str, int]) -> None:
    results = [violation(number, reason) for number, reason in enumerate(said)]
    assert {reason.text: len(reason.results) for reason in reasons(KEYS, results)} == groups


def test_every_reason_of_our_rules_is_recognised() -> None:
    """Of two accounts with other details the reasons are told as the outcome has them."""
    for fix in what_to_fix(sample_report(400)):
        for reason in fix.reasons:
            told = [result for result in reason.results if result.reason == reason.text]
            assert len(told) == len(reason.results), "the sample's details are always the same"
            others = [_with_other_details(result) for result in reason.results]
            [alike] = reasons(fix.rule, [*reason.results, *others])
            assert len(alike.results) == 2 * len(reason.results)


def _with_other_details(result: Result) -> Result:
    reason = result.reason.replace("<", "(").replace(">", ")")
    return violation(int(result.account_id), reason)


@pytest.mark.parametrize(("accounts", "everywhere"), [(1, False), (3, False), (4, True), (300, True)])
def test_what_many_accounts_need_is_done_for_all_at_once(accounts: int, *, everywhere: bool) -> None:
    [fix] = what_to_fix(report_of(*(violation(number, "x") for number in range(accounts))))
    assert advice_on(fix) == ("Mend it everywhere." if everywhere else "Mend it.")


THROTTLED = Unseen(
    "EvidenceUnavailable", f"{1:012}", "Throttling: slow down", "iam:GetAccountSummary", "x", "Throttling"
)
BLANKS = {
    "one call that several rules need": ([blank(1, denied(1)), blank(1, denied(1))], [2]),
    "the same call in several accounts": ([blank(number, denied(number)) for number in (1, 2, 3)], [3]),
    "the account's id in the words": (
        [blank(number, denied(number, f"AccessDenied: arn:aws:iam::{number:012}:role/x")) for number in (1, 2)],
        [2],
    ),
    "other calls": ([blank(1, denied(1)), blank(1, denied(1, action="iam:ListUsers"))], [1, 1]),
    "other errors, the frequent one first": ([blank(1, THROTTLED), blank(1, denied(1)), blank(2, denied(2))], [2, 1]),
    "errors without a code are told apart by their words": (
        [blank(1, Unseen("InvalidParameters", f"{1:012}", problem)) for problem in ("bad day", "bad account")],
        [1, 1],
    ),
    "nothing": ([violation(1, "x")], []),
}


@pytest.mark.parametrize(("results", "sizes"), BLANKS.values(), ids=BLANKS)
def test_what_failed_alike_is_one(results: Sequence[Result], sizes: Sequence[int]) -> None:
    found = what_could_not_be_seen(report_of(*results).audit)
    assert [len(each.results) for each in found] == list(sizes)


def test_what_failed_in_several_accounts_names_none_of_them() -> None:
    results = [blank(number, denied(number, f"AccessDenied: role {number:012}/x")) for number in (1, 2)]
    [several] = what_could_not_be_seen(report_of(*results).audit)
    assert (several.unseen.problem, several.asked) == ("AccessDenied: role ACCOUNT_ID/x", (f"{1:012}", f"{2:012}"))
    [one] = what_could_not_be_seen(report_of(results[0]).audit)
    assert one.unseen.problem == f"AccessDenied: role {1:012}/x"


def test_an_account_that_was_asked_for_others_is_told() -> None:
    [elsewhere] = what_could_not_be_seen(report_of(blank(1, denied(9)), blank(2, denied(9))).audit)
    assert elsewhere.asked_elsewhere == (f"{9:012}",)
    [own] = what_could_not_be_seen(report_of(blank(1, denied(1))).audit)
    assert own.asked_elsewhere == ()


def test_the_worst_accounts_come_first() -> None:
    report = small_report("....", "..XX", "X...", ".XX?", ".XX.", "...?", "suspended", "missing")
    found = accounts_at_risk(report.audit)
    assert [each.account.id[0] for each in found] == ["3", "4", "5", "2", "6"]
    assert (found[1].violations, found[1].unseen) == ({Severity.HIGH: 1, Severity.MEDIUM: 1}, 1)


def test_every_violation_is_in_one_reason_of_one_fix() -> None:
    report = sample_report(300)
    violations = [result for result in report.audit.results if result.compliance is Compliance.NON_COMPLIANT]
    told = [result for fix in what_to_fix(report) for result in fix.results]
    assert sorted(each.place for each in told) == sorted(each.place for each in violations)
    lacking = [result for each in what_could_not_be_seen(report.audit) for result in each.results]
    assert sorted(each.place for each in lacking) == sorted(each.place for each in report.audit.results if each.unseen)
