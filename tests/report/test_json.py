import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sample_audit import HOSTILE_NAMES, sample_audit, sample_report
from tests.sample_rule import sample_rule
from tests.small_audit import MISSING, NOW, RULES, SIGNS, SUSPENDED, account_id, small_audit

from rootguard import __version__
from rootguard.audit.comparison import compare
from rootguard.audit.results import Audit, AuditedAccount, Compliance, Evidence, Observation, Unseen
from rootguard.caller import Caller
from rootguard.kit.rule import Controls
from rootguard.report.json_format import write
from rootguard.report.reading import read
from rootguard.report.report import Report

RULE_VALUES = {name: sample_rule(name=name, severity=severity) for name, severity in RULES.items()}


def written(report: Report) -> str:
    out = io.StringIO()
    write(report, out)
    return out.getvalue()


def document(report: Report) -> Any:
    return json.loads(written(report))


def reread(audit: Audit, file: Path) -> Audit:
    with file.open("w", encoding="utf-8") as out:
        write(Report(audit, RULE_VALUES), out)
    return read(file)


def test_the_members_of_the_document_in_their_order() -> None:
    assert list(document(sample_report())) == [
        "schema",
        "rootguard",
        "generated_at",
        "caller",
        "scope",
        "missing",
        "results",
        "errors",
        "comparison",
    ]


def test_who_asked_what_and_when() -> None:
    told = document(Report(small_audit("....", SUSPENDED, MISSING), RULE_VALUES))
    assert told["schema"] == 1
    assert told["rootguard"] == __version__
    assert told["generated_at"] == "2026-11-23T05:30:00Z"
    assert told["caller"] == {
        "account_id": "111111111111",
        "arn": "arn:aws:iam::111111111111:user/auditor",
        "partition": "aws",
    }
    assert told["missing"] == ["333333333333"]
    assert told["scope"] == {
        "organization_id": "o-exampleorgid",
        "management_account_id": "111111111111",
        "role_name": "Auditor",
        "region": "eu-central-1",
        "rules": ["root-critical", "root-high", "root-medium", "root-low"],
        "parameters": {"ExemptAccounts": "123456789012:2027-01-31"},
        "accounts": [
            {"account_id": "111111111111", "account_name": "account 1", "state": "ACTIVE", "standing": "SAFE"},
            {"account_id": "222222222222", "account_name": "account 2", "state": "SUSPENDED", "standing": "UNSEEN"},
            {"account_id": "333333333333", "account_name": "account 3", "state": "ACTIVE", "standing": "UNSEEN"},
        ],
    }


def test_what_is_not_known_of_the_scope_is_null() -> None:
    audit = small_audit("....")
    scope = replace(audit.scope, organization_id="", management_account_id="", role_name="")
    told = document(Report(replace(audit, scope=scope), RULE_VALUES))["scope"]
    assert [told[name] for name in ("organization_id", "management_account_id", "role_name")] == [None, None, None]


def test_a_result_says_all_that_the_rule_says_of_an_account() -> None:
    rule = replace(RULE_VALUES["root-critical"], controls=Controls(cis={"7.0.0": "2.5"}, fsbp=("IAM.4",)))
    [result] = document(Report(small_audit("X"), {"root-critical": rule}))["results"]
    assert result == {
        "account_id": "111111111111",
        "account_name": "account 1",
        "rule": "root-critical",
        "severity": "critical",
        "compliance": "NON_COMPLIANT",
        "reason": "root-critical is NON_COMPLIANT",
        "evidence": [
            {
                "action": "iam:GetAccountSummary",
                "account_id": "111111111111",
                "region": "eu-central-1",
                "member": "SummaryMap.AccountMFAEnabled",
                "value": "1",
                "time": "2026-11-23T05:29:58Z",
            }
        ],
        "controls": [
            {"framework": "CIS AWS Foundations Benchmark", "version": "7.0.0", "id": "2.5"},
            {"framework": "AWS Foundational Security Best Practices", "version": "1.0.0", "id": "IAM.4"},
        ],
        "remediation": {
            "text": "Mend it.",
            "url": "https://github.com/example/rootguard/blob/main/docs/rules/root-critical.md",
        },
    }


def test_an_error_is_told_once_with_the_results_that_lack_it() -> None:
    told = document(Report(small_audit("?.?."), RULE_VALUES))
    assert told["errors"] == [
        {
            "kind": "EvidenceUnavailable",
            "account_id": "111111111111",
            "problem": "AccessDenied: no",
            "action": "iam:GetAccountSummary",
            "region": "eu-central-1",
            "code": "AccessDenied",
            "advice": "grant iam:GetAccountSummary",
            "results": [{"account_id": "111111111111", "rules": ["root-critical", "root-medium"]}],
        }
    ]
    assert [result["compliance"] for result in told["results"]] == ["ERROR", "COMPLIANT", "ERROR", "COMPLIANT"]


def test_a_comparison_names_cells() -> None:
    then, now = small_audit(".XXX", generated_at=NOW - timedelta(days=7)), small_audit("X.X?")
    assert document(Report(now, RULE_VALUES, compare(then, now)))["comparison"] == {
        "since": "2026-11-16T05:30:00Z",
        "new": [{"account_id": "111111111111", "rule": "root-critical"}],
        "fixed": [{"account_id": "111111111111", "rule": "root-high"}],
        "unchanged": [{"account_id": "111111111111", "rule": "root-medium"}],
        "lost": [{"account_id": "111111111111", "rule": "root-low"}],
    }
    assert document(Report(now, RULE_VALUES))["comparison"] is None


@pytest.mark.parametrize("hostile", [False, True], ids=["kind names", "hostile names"])
def test_each_result_and_each_error_has_a_line_of_its_own(*, hostile: bool) -> None:
    report = sample_report(30, hostile=hostile)
    lines = [line.strip().removesuffix(",") for line in written(report).split("\n") if line.startswith("    {")]
    told = document(report)
    assert [json.loads(line) for line in lines] == [*told["results"], *told["errors"]]


def test_it_is_written_a_result_at_a_time() -> None:
    pieces: list[str] = []

    class Out(io.StringIO):
        def write(self, text: str, /) -> int:
            pieces.append(text)
            return len(text)

    report = sample_report(30)
    write(report, Out())
    assert "".join(pieces) == written(report)
    assert [piece.count('"evidence":') for piece in pieces if '"evidence":' in piece] == [1] * len(report.audit.results)


def test_two_writings_are_the_same_to_the_byte() -> None:
    assert written(sample_report(5)) == written(sample_report(5))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    audit = small_audit("....")
    scope = replace(audit.scope, accounts=(AuditedAccount(account_id(1), name),))
    named = replace(audit, scope=scope, results=[replace(each, account_name=name) for each in audit.results])
    again = reread(named, tmp_path / "audit.json")
    assert again.scope.accounts[0].name == name
    assert {result.account_name for result in again.results} == {name}


def test_half_of_a_surrogate_pair_which_utf_8_cannot_hold_is_replaced(tmp_path: Path) -> None:
    audit = small_audit("....")
    named = replace(audit, results=[replace(each, account_name="a\ud83db") for each in audit.results])
    again = reread(named, tmp_path / "audit.json")
    assert {result.account_name for result in again.results} == {"a?b"}
    assert [result.evidence for result in again.results] == [result.evidence for result in audit.results]


@pytest.mark.parametrize(
    "audit",
    [
        pytest.param(small_audit("X.-?", "????", "...."), id="every compliance"),
        pytest.param(small_audit("X.-?", MISSING, SUSPENDED), id="interrupted, and a suspended account"),
        pytest.param(small_audit(), id="no account"),
        pytest.param(small_audit(""), id="no rule"),
    ],
)
def test_what_is_read_is_what_was_written(audit: Audit, tmp_path: Path) -> None:
    assert reread(audit, tmp_path / "audit.json") == audit


def test_an_audit_of_real_rules_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = sample_report(40, hostile=True)
    file = tmp_path / "audit.json"
    file.write_text(written(replace(report, comparison=compare(sample_audit(40, seed=2), report.audit))), "utf-8")
    assert read(file) == report.audit


def test_fractions_of_a_second_are_left_out(tmp_path: Path) -> None:
    audit = small_audit("....", generated_at=NOW.replace(microsecond=999_999))
    assert reread(audit, tmp_path / "audit.json").generated_at == NOW


texts = st.text(max_size=12)
ids = st.text("0123456789", min_size=12, max_size=12)
times = st.datetimes().map(lambda time: f"{time.isoformat(timespec='seconds')}Z")
observations = st.builds(Observation, texts, ids, texts, texts, texts, times)
unseens = st.builds(Unseen, texts, ids, texts, texts, texts, texts, texts)
rows = st.lists(st.text(list(SIGNS), min_size=4, max_size=4) | st.sampled_from([MISSING, SUSPENDED]), max_size=3)


@st.composite
def audits(draw: st.DrawFn) -> Audit:
    """Audits in which every text is any text."""
    audit = small_audit(*draw(rows))
    accounts = tuple(replace(account, name=draw(texts)) for account in audit.scope.accounts)
    given = tuple(draw(st.dictionaries(texts, texts, max_size=2)).items())
    scope = replace(audit.scope, accounts=accounts, organization_id=draw(texts), parameters=given)
    results = tuple(
        replace(
            result,
            account_name=draw(texts),
            reason=draw(texts),
            evidence=Evidence(draw(st.lists(observations, max_size=2))),
            unseen=draw(unseens) if result.compliance is Compliance.ERROR else None,
        )
        for result in audit.results
    )
    return replace(audit, scope=scope, results=results, caller=Caller(draw(ids), draw(texts), draw(texts)))


@given(audits())
def test_any_audit_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, audit: Audit) -> None:
    assert reread(audit, tmp_path_factory.getbasetemp() / "any.json") == audit
