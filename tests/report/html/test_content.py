"""What the page tells: all that the audit found out, and no more."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.report.html.organization import large_report
from tests.report.html.pages import PAGES, REPORTS, SAMPLE, block, page, said
from tests.sample_audit import sample_report

from rootguard.audit.results import AuditedAccount, Compliance, Evidence, Observation, Result, Standing
from rootguard.printable import printable
from rootguard.report.html.frameworks import frameworks, state
from rootguard.report.html.matrix import rows
from rootguard.report.html.overview import headline

MARKS = {
    Compliance.COMPLIANT: "p",
    Compliance.NON_COMPLIANT: "n",
    Compliance.ERROR: "e",
    Compliance.NOT_APPLICABLE: "a",
}


def matrix_of(text: str) -> dict[str, str]:
    """The codes of an account's marks, as the table shows them."""
    found = re.findall(r'<tr id="(\d{12})">.*?</th><td class="standing .">[^<]*</td>(.*?)</tr>', text)
    return {id_: "".join(re.findall(r'<td class="(.) c\d"', cells)) for id_, cells in found}


@pytest.mark.parametrize("name", ["an organization", "hostile names", "interrupted"])
def test_the_table_says_what_the_audit_says(name: str) -> None:
    audit, text = REPORTS[name].audit, PAGES[name]
    expected = {
        account.id: "".join(MARKS[result.compliance] for result in audit.by_account.get(account.id, ()))
        or ("m" if account.is_active else "x") * len(audit.scope.rules)
        for account in audit.scope.accounts
    }
    assert matrix_of(text) == expected
    assert {account[0]: account[4] for account in block(text, "matrix-data")["accounts"]} == expected


def observations(data: Any, id_: str, account: Any, result: Any) -> list[Observation]:
    words, told = [*data["words"], id_], list[Observation]()  # -1 stands for the account itself
    for number in result[2:]:
        place, value, time = account[0][3 * number : 3 * number + 3]
        told.append(Observation(*(words[word] for word in (*data["places"][place], value, time))))
    return told


def test_the_data_has_every_reason_all_evidence_and_what_could_not_be_seen() -> None:
    report = sample_report(60, hostile=True)
    text, audit = page(report), report.audit
    data, ids = block(text, "detail-data"), [account[0] for account in block(text, "matrix-data")["accounts"]]
    assert len(ids) == len(data["accounts"]) == 60
    for id_, account in zip(ids, data["accounts"], strict=True):
        results = audit.by_account.get(id_, ())
        assert len(account[1]) == len(results)
        for result, packed in zip(results, account[1], strict=True):
            assert data["words"][packed[0]] == printable(result.reason)
            assert observations(data, id_, account, packed) == list(result.evidence)
            assert (packed[1] >= 0) == (result.unseen is not None)
            if result.unseen:
                assert [data["words"][word] for word in data["unseen"][packed[1]]] == [
                    getattr(result.unseen, name)
                    for name in ("kind", "action", "account_id", "region", "code", "problem", "advice")
                ]


def test_the_worst_account_comes_first_and_the_closed_one_last() -> None:
    audit = sample_report(40).audit
    shown = [row.account.id for row in rows(audit)]
    weights = [
        [
            sum(
                result.severity == severity and result.compliance is Compliance.NON_COMPLIANT
                for result in audit.by_account.get(id_, ())
            )
            for severity in ("critical", "high", "medium", "low")
        ]
        for id_ in shown
        if audit.standing(id_) is Standing.AT_RISK
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) > 20
    assert shown[-1] == "999999999999"


@pytest.mark.parametrize(
    ("accounts", "safe", "share"),
    [
        pytest.param(3, 3, 100, id="all"),
        pytest.param(1000, 999, 99, id="rounded down"),
        pytest.param(3, 1, 33, id="a third"),
        pytest.param(2, 0, 0, id="none"),
        pytest.param(0, 0, None, id="nothing to count"),
    ],
)
def test_the_share_of_safe_accounts(accounts: int, safe: int, share: int | None) -> None:
    audit, rule = SAMPLE.audit, SAMPLE.audit.scope.rules[0]
    active = tuple(AuditedAccount(f"{10**11 + number}", "") for number in range(accounts))
    severity = SAMPLE.rules[rule].severity
    results = tuple(
        Result(
            account.id, "", rule, severity, Compliance.COMPLIANT if number < safe else Compliance.ERROR, "", Evidence()
        )
        for number, account in enumerate(active)
    )
    closed = AuditedAccount("999999999999", "", "SUSPENDED")
    scope = replace(audit.scope, accounts=(*active, closed), rules=(rule,))
    assert headline(rows(replace(audit, scope=scope, results=results))).share == share


def test_the_head_says_what_was_asked() -> None:
    text = said(PAGES["an organization"])
    for words in (
        "18% of accounts have a safe root user: 2 of 11",
        "Asked by arn:aws:iam::111111111111:user/auditor",
        "12 accounts of organization o-exampleorgid, managed by 111111111111; 10 rules",
        "2026-11-23 05:30 UTC",
        "closed-in-spring 999999999999 suspended",
    ):
        assert words.replace(" ", "") in text.replace(" ", "")


def test_reasons_are_there_without_a_script() -> None:
    text = said(PAGES["an organization"])
    violations = [result for result in SAMPLE.audit.results if result.compliance is Compliance.NON_COMPLIANT]
    assert violations
    for result in violations:
        assert result.reason in text
        assert SAMPLE.rules[result.rule].remediation.organization in text


def test_an_interrupted_audit_says_what_is_missing() -> None:
    report, text = REPORTS["interrupted"], said(PAGES["interrupted"])
    assert "This audit was interrupted: 3 accounts were not wholly looked into" in text
    banner = text.split("This audit was interrupted")[1].split("Root users of")[0]
    assert all(id_ in banner for id_ in report.audit.missing)
    assert "interrupted" not in said(PAGES["an organization"]).lower()


def test_an_account_that_lacks_a_result_is_not_called_safe() -> None:
    complete = next(id_ for id_ in SAMPLE.audit.by_account if SAMPLE.audit.standing(id_) is Standing.SAFE)
    results = [result for result in SAMPLE.audit.results if result.place != (complete, "root-not-used")]
    audit = replace(SAMPLE.audit, results=results)
    (row,) = (row for row in rows(audit) if row.account.id == complete)
    text = page(replace(SAMPLE, audit=audit))
    assert (row.standing, row.codes[audit.scope.rules.index("root-not-used")]) == ("not seen", "m")
    assert complete in said(text).split("This audit was interrupted: 1 account was")[1].split("Root users of")[0]
    index = [account[0] for account in block(text, "matrix-data")["accounts"]].index(complete)
    packed = block(text, "detail-data")["accounts"][index][1]
    assert [place for place, result in enumerate(packed) if result == 0] == [audit.scope.rules.index("root-not-used")]


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing.SAFE, "Root is safe."),
        (Standing.AT_RISK, "Root is at risk."),
        (Standing.UNSEEN, "Root was not seen well enough to tell whether it is safe."),
    ],
)
def test_one_account_is_told_of_in_words(standing: Standing, words: str) -> None:
    id_ = next(id_ for id_ in SAMPLE.audit.by_account if SAMPLE.audit.standing(id_) is standing)
    scope = replace(SAMPLE.audit.scope, accounts=(AuditedAccount(id_, "alone"),), organization_id="")
    text = said(page(replace(SAMPLE, audit=replace(SAMPLE.audit, scope=scope, results=SAMPLE.audit.by_account[id_]))))
    assert words in text
    assert "of accounts have a safe root user" not in text


def test_parameters_are_told() -> None:
    scope = replace(SAMPLE.audit.scope, parameters=(("RootNotUsedPeriod", "<30>"),))
    assert "RootNotUsedPeriod=<30>" in said(page(replace(SAMPLE, audit=replace(SAMPLE.audit, scope=scope))))


def test_what_could_not_be_seen_says_what_to_do() -> None:
    report = sample_report(60)
    text = said(page(report)).split("What could not be seen")[1]
    assert report.audit.errors
    for unseen in report.audit.errors:
        assert unseen.action in text
        assert unseen.account_id in text
        assert unseen.advice in text


def test_the_trend_counts_and_names_what_has_become_of_violations() -> None:
    comparison = REPORTS["compared"].comparison
    assert comparison
    text = PAGES["compared"].split('id="trend"')[1].split("</section>")[0]
    found = re.findall(
        r'<details class="change (\w+)">\s*<summary><strong>(\d+)</strong>(.*?)</details>', text, re.DOTALL
    )
    assert [word for word, _, _ in found] == ["new", "fixed", "unchanged", "lost"]
    for word, count, inside in found:
        results = getattr(comparison, word)
        assert int(count) == len(results)
        assert Counter(re.findall(r'class="id">(\d{12})', inside)) == Counter(each.account_id for each in results)
    assert 'id="trend"' not in PAGES["an organization"]


@pytest.mark.parametrize(
    ("codes", "complete", "expected"),
    [
        ("pp", True, "p"),
        ("pa", True, "p"),
        ("aa", True, "a"),
        ("pn", True, "n"),
        ("en", True, "n"),
        ("pe", True, "e"),
        ("pm", True, "e"),
        ("ae", True, "e"),
        ("pp", False, "e"),
        ("aa", False, "e"),
        ("pn", False, "n"),
    ],
)
def test_a_control_is_as_good_as_its_rules(codes: str, *, complete: bool, expected: str) -> None:
    assert state(codes, complete=complete) == expected


def test_every_control_of_every_version_is_there_with_every_active_account() -> None:
    report = sample_report(30)
    views = frameworks(report, rows(report.audit))
    controls = {(view.name, control.id) for view in views for control in view.controls}
    assert controls == {
        (f"{each.framework} {each.version}", each.id) for rule in report.rules.values() for each in rule.controls
    }
    assert {control.tally.total for view in views for control in view.controls} == {29}
    assert [view.key for view in views[:5]] == ["cis-7.0.0", "cis-6.0.0", "cis-5.0.0", "cis-3.0.0", "cis-1.4.0"]
    numbers = [control.id for control in next(view for view in views if view.key == "nist-800-53-rev.-5").controls]
    assert numbers.index("AC-2(1)") < numbers.index("AC-3(7)") < numbers.index("AC-3(15)") < numbers.index("AC-6(10)")


def test_a_control_without_one_of_its_rules_never_holds() -> None:
    scope = replace(SAMPLE.audit.scope, rules=("root-mfa-enabled",))
    results = [result for result in SAMPLE.audit.results if result.rule == "root-mfa-enabled"]
    report = replace(SAMPLE, audit=replace(SAMPLE.audit, scope=scope, results=results))
    views = {view.key: view for view in frameworks(report, rows(report.audit))}
    (shared,) = views["pci-dss-4.0.1"].controls
    (alone,) = views["cis-7.0.0"].controls
    assert shared.left_out == ("hardware-mfa-for-root",)
    assert (shared.tally["p"], shared.tally["a"]) == (0, 0)
    assert (alone.left_out, alone.tally["p"]) == ((), 10)
    assert "hardware-mfa-for-root (not part of this audit)" in said(page(report))


def test_commands_are_for_the_partition_and_region() -> None:
    caller = replace(SAMPLE.audit.caller, partition="aws-cn")
    scope = replace(SAMPLE.audit.scope, region="cn-north-1")
    rules = block(page(replace(SAMPLE, audit=replace(SAMPLE.audit, caller=caller, scope=scope))), "matrix-data")[
        "rules"
    ]
    commands = " ".join(command for rule in rules for command in rule["commands"])
    assert "--region cn-north-1 --task-policy-arn arn=arn:aws-cn:iam::aws:policy/" in commands
    assert "arn:aws:" not in commands


def test_what_is_asked_in_another_account_names_it() -> None:
    report = large_report(3)
    data = block(page(report), "detail-data")
    asked = {(data["words"][place[0]], data["words"][place[1]]) for place in data["places"] if place[1] >= 0}
    assert asked == {
        (each.action, each.account_id)
        for result in report.audit.results
        for each in result.evidence
        if each.account_id != result.account_id
    }
    assert asked >= {("organizations:ListRoots", "111111111111")}


def test_an_account_takes_little_room() -> None:
    small, large = (len(page(large_report(count)).encode()) for count in (50, 150))
    print(f"{(large - small) / 100:.0f} bytes an account")  # noqa: T201 - measured for whoever runs it with -s
    assert (large - small) / 100 < 2_000


@pytest.mark.slow
def test_two_thousand_accounts_can_be_sent_by_mail() -> None:
    size = len(page(large_report(2000)).encode())
    print(f"{size:,} bytes")  # noqa: T201 - measured for whoever runs it with -s
    assert size < 10_000_000


def is_key_violation(result: Result) -> bool:
    return result.rule == "root-no-access-keys" and result.compliance is Compliance.NON_COMPLIANT


def test_reasons_of_one_kind_that_differ_in_each_account_are_one_heading() -> None:
    report = large_report(200)
    fix = page(report).partition('<details class="fix" data-rule="root-no-access-keys">')[2].partition("</details>")[0]
    violations = [result for result in report.audit.results if is_key_violation(result)]
    assert len({result.reason for result in violations}) > 20
    assert re.findall(r"<h3>(.*?) <span", fix) == ["root has an access key; &lt;detail&gt;"]
    assert re.findall(r'href="#(\d{12})"', fix) == [result.account_id for result in violations]
