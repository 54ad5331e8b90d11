"""Findings as an analyst reads them, and that none leaves which Security Hub would refuse."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.catalog import load_rules
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters
from rootguard.kit.facts import Fact
from rootguard.kit.findings.asff import (
    COMMIT_VARIABLE,
    Finding,
    failure_finding,
    recovery_finding,
    seen_before,
    verdict_finding,
)
from rootguard.kit.findings.constraints import violations
from rootguard.kit.rule import AnyRule, Controls, Severity
from rootguard.kit.verdict import REASON_LENGTH, Compliance, Outcome, Verdict, not_applicable
from rootguard.sandbox.security_hub import finding_format

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 23, 5, 30, 1, 234_567, tzinfo=UTC)
RULE = sample_rule(
    severity=Severity.CRITICAL,
    controls=Controls(cis={"5.0.0": "1.4"}, fsbp=("IAM.6",), nist_800_53_r5=("AC-2(1)",), pci_dss_4_0_1=("8.4.2",)),
)
RULES = {rule.name: rule for rule in load_rules()}
SESSION = boto3.Session(region_name="us-east-1")
DENIED = EvidenceUnavailable("iam:GetAccountSummary", ACCOUNT, "us-east-1", "AccessDenied: no", "AccessDenied")


def account(partition: str = "aws", region: str = "us-east-1", *facts: Fact) -> Account:
    made = Account(ACCOUNT, partition, region, SessionConnection(SESSION))
    for fact in facts:
        made.facts.add(fact)
    return made


def fact(member: str, value: Any, **changes: Any) -> Fact:
    told: dict[str, Any] = {"action": "iam:GetAccountSummary", "account_id": ACCOUNT, "region": "us-east-1"}
    return Fact(**(told | {"member": member, "value": value, "answered": NOW} | changes))


def test_a_finding_of_a_non_compliant_account() -> None:
    judged = account("aws", "us-east-1", fact("SummaryMap.AccountMFAEnabled", 0))
    finding = verdict_finding(RULE, judged, WRONG(what="no MFA"), NOW)
    fields = finding.pop("ProductFields")
    standards = "Software and Configuration Checks/Industry and Regulatory Standards"
    assert finding == {
        "SchemaVersion": "2018-10-08",
        "Id": f"rootguard/root-sample/{ACCOUNT}",
        "ProductArn": f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default",
        "ProductName": "rootguard",
        "CompanyName": "rootguard",
        "GeneratorId": "rootguard/root-sample",
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-11-23T05:30:01.234Z",
        "FirstObservedAt": "2026-11-23T05:30:01.234Z",
        "LastObservedAt": "2026-11-23T05:30:01.234Z",
        "UpdatedAt": "2026-11-23T05:30:01.234Z",
        "Title": "A sample is wrong",
        "Description": (
            "Root has no MFA. Evidence: iam:GetAccountSummary (us-east-1, 2026-11-23T05:30:01Z): "
            "SummaryMap.AccountMFAEnabled = 0"
        ),
        "FindingProviderFields": {
            "Severity": {"Label": "CRITICAL", "Original": "critical"},
            "Types": [
                "Software and Configuration Checks/AWS Security Best Practices",
                f"{standards}/CIS AWS Foundations Benchmark",
                f"{standards}/AWS Foundational Security Best Practices",
                f"{standards}/PCI-DSS",
                f"{standards}/NIST 800-53 Controls",
            ],
        },
        "Compliance": {
            "Status": "FAILED",
            "RelatedRequirements": [
                "CIS AWS Foundations Benchmark v5.0.0/1.4",
                "AWS Foundational Security Best Practices v1.0.0/IAM.6",
                "PCI DSS v4.0.1/8.4.2",
                "NIST.800-53.r5 AC-2(1)",
            ],
            "StatusReasons": [{"ReasonCode": "NON_COMPLIANT", "Description": "root has no MFA"}],
        },
        "RecordState": "ACTIVE",
        "Remediation": {
            "Recommendation": {
                "Text": "Mend it.",
                "Url": "https://github.com/example/rootguard/blob/main/docs/rules/root-sample.md",
            }
        },
        "Resources": [
            {"Type": "AwsAccount", "Id": f"AWS::::Account:{ACCOUNT}", "Partition": "aws", "Region": "us-east-1"}
        ],
    }
    assert json.loads(fields.pop("rootguard/Evidence")) == [
        {
            "action": "iam:GetAccountSummary",
            "account": ACCOUNT,
            "region": "us-east-1",
            "member": "SummaryMap.AccountMFAEnabled",
            "value": "0",
            "time": "2026-11-23T05:30:01Z",
        }
    ]
    assert fields == {
        "rootguard/Rule": "root-sample",
        "rootguard/Version": "0.1.0",
        "rootguard/Practice": "1",
        "rootguard/SecurityControls": "IAM.6",
        "rootguard/Reason": "root has no MFA",
        "rootguard/Compliance": "NON_COMPLIANT",
        "rootguard/IsNew": "true",
    }


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        pytest.param(
            lambda: verdict_finding(RULE, account(), WRONG(what="x"), NOW),
            ("A sample is wrong", "FAILED", "CRITICAL", "ACTIVE", "NON_COMPLIANT"),
            id="non-compliant",
        ),
        pytest.param(
            lambda: verdict_finding(RULE, account(), FINE(), NOW),
            ("A sample", "PASSED", "INFORMATIONAL", "ARCHIVED", None),
            id="compliant",
        ),
        pytest.param(
            lambda: verdict_finding(RULE, account(), not_applicable("no root")(), NOW),
            ("A sample", "NOT_AVAILABLE", "INFORMATIONAL", "ARCHIVED", "CONFIG_RETURNS_NOT_APPLICABLE"),
            id="not applicable",
        ),
        pytest.param(
            lambda: failure_finding(RULE, account(), DENIED, NOW),
            ("Could not be evaluated: A sample", "NOT_AVAILABLE", "MEDIUM", "ACTIVE", "EVIDENCE_UNAVAILABLE"),
            id="could not be evaluated",
        ),
        pytest.param(
            lambda: recovery_finding(RULE, account(), NOW, {}),
            ("Evaluated again: A sample", "PASSED", "INFORMATIONAL", "ARCHIVED", None),
            id="evaluated again",
        ),
    ],
)
def test_what_the_list_of_findings_shows(make: Callable[[], Finding], shown: tuple[str | None, ...]) -> None:
    finding = make()
    reasons = finding["Compliance"].get("StatusReasons", [{"ReasonCode": None}])
    severity = finding["FindingProviderFields"]["Severity"]["Label"]
    status = finding["Compliance"]["Status"]
    assert (finding["Title"], status, severity, finding["RecordState"], reasons[0]["ReasonCode"]) == shown
    assert violations(finding) == ()


def test_a_failure_names_the_call_and_what_to_do() -> None:
    finding = failure_finding(RULE, account(), DENIED, NOW)
    assert finding["Id"] == f"rootguard/root-sample/{ACCOUNT}/could-not-be-evaluated"
    assert finding["GeneratorId"] == "rootguard/root-sample/could-not-be-evaluated"
    assert finding["Description"] == (
        f"iam:GetAccountSummary in account {ACCOUNT} (us-east-1): AccessDenied: no -> grant iam:GetAccountSummary "
        "to the role that evaluates the rule."
    )
    fields = finding["ProductFields"]
    assert (fields["rootguard/Error"], fields["rootguard/Action"], fields["rootguard/ErrorCode"]) == (
        "EvidenceUnavailable",
        "iam:GetAccountSummary",
        "AccessDenied",
    )


OLD, OLDER = "2026-11-01T00:00:00.000Z", "2026-10-01T00:00:00.000Z"
TODAY = "2026-11-23T05:30:01.234Z"


@pytest.mark.parametrize(
    ("known", "verdict", "since"),
    [
        pytest.param(None, WRONG(what="x"), (TODAY, TODAY), id="first of all"),
        pytest.param("ACTIVE", WRONG(what="x"), (OLDER, OLD), id="as before"),
        pytest.param("ACTIVE", FINE(), (OLDER, OLD), id="mended"),
        pytest.param("ARCHIVED", FINE(), (OLDER, OLD), id="fine as before"),
        pytest.param("ARCHIVED", WRONG(what="x"), (OLDER, TODAY), id="wrong again"),
    ],
)
def test_since_when_the_finding_is_there_and_the_problem(
    known: str | None, verdict: Verdict, since: tuple[str, str]
) -> None:
    before = {"CreatedAt": OLDER, "FirstObservedAt": OLD, "RecordState": known} if known else None
    finding = verdict_finding(RULE, account(), verdict, NOW, before)
    assert (finding["CreatedAt"], finding["FirstObservedAt"]) == since
    assert finding["UpdatedAt"] == finding["LastObservedAt"] == TODAY


def test_a_problem_that_an_earlier_report_had_is_not_new() -> None:
    finding = verdict_finding(RULE, account(), WRONG(what="x"), NOW, seen_before(NOW - timedelta(days=7)))
    assert finding["CreatedAt"] == finding["FirstObservedAt"] == "2026-11-16T05:30:01.234Z"
    assert "rootguard/IsNew" not in finding["ProductFields"]


@pytest.mark.parametrize(
    ("variable", "commit"),
    [
        (f"{'0123456789' * 4}/", "0123456789" * 4),
        (f"rootguard/{'ab' * 20}/", "ab" * 20),
        ("ab" * 32, "ab" * 32),
        ("", None),
        ("latest/", None),
    ],
)
def test_the_commit_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, commit: str | None
) -> None:
    monkeypatch.setenv(COMMIT_VARIABLE, variable)
    assert verdict_finding(RULE, account(), FINE(), NOW)["ProductFields"].get("rootguard/Commit") == commit


@pytest.mark.parametrize(
    ("partition", "region", "shown"),
    [
        ("aws-cn", "cn-north-1", "aws-cn"),
        ("aws-us-gov", "us-gov-west-1", "aws-us-gov"),
        ("aws-iso", "us-iso-east-1", None),
    ],
)
def test_a_finding_is_of_the_accounts_partition(partition: str, region: str, shown: str | None) -> None:
    finding = verdict_finding(RULE, account(partition, region), FINE(), NOW)
    assert finding["ProductArn"] == f"arn:{partition}:securityhub:{region}:{ACCOUNT}:product/{ACCOUNT}/default"
    assert finding["Resources"][0].get("Partition") == shown
    assert violations(finding) == ()


def test_facts_are_grouped_by_call_and_another_account_is_named() -> None:
    later = NOW + timedelta(seconds=1)
    judged = account(
        "aws",
        "us-east-1",
        fact("A", 1),
        fact("B", value=True),
        fact("C", 2, account_id="444455556666", region="eu-west-1", answered=later),
    )
    assert verdict_finding(RULE, judged, FINE(), NOW)["Description"] == (
        "Root is fine. Evidence: iam:GetAccountSummary (us-east-1, 2026-11-23T05:30:01Z): A = 1, B = true; "
        "iam:GetAccountSummary (account 444455556666, eu-west-1, 2026-11-23T05:30:02Z): C = 2"
    )


def test_facts_that_do_not_fit_are_counted() -> None:
    judged = account("aws", "us-east-1", *(fact(f"SummaryMap.Member{number:03}", number) for number in range(150)))
    finding = verdict_finding(RULE, judged, FINE(), NOW)
    told = finding["Description"].count(" = ")
    assert 20 < told < 150
    assert finding["Description"].endswith(f" and {150 - told} more facts")
    assert 5 < len(json.loads(finding["ProductFields"]["rootguard/Evidence"])) < 150
    assert violations(finding) == ()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)
REASONS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=REASON_LENGTH).filter(str.strip)
VALUES = st.one_of(
    st.integers(-(10**6), 10**12), st.booleans(), st.datetimes(timezones=st.just(UTC)), st.floats(allow_nan=False)
)
FACTS = st.lists(
    st.builds(
        fact,
        st.from_regex(r"[A-Z][A-Za-z]{0,60}(\[[0-9]{1,3}\]\.[A-Z][A-Za-z]{0,60})?", fullmatch=True),
        VALUES,
        action=st.sampled_from(["iam:GetAccountSummary", "events:ListRules"]),
    ),
    max_size=40,
)


QUICKLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICKLY
@given(st.sampled_from(list(RULES.values())), st.sampled_from(Compliance), REASONS, FACTS, st.booleans())
def test_whatever_a_rule_says_is_a_valid_finding(
    rule: AnyRule, compliance: Compliance, reason: str, facts: list[Fact], known: object
) -> None:
    before = {"CreatedAt": OLDER, "FirstObservedAt": OLD, "RecordState": "ACTIVE"} if known else None
    judged = account("aws", "us-east-1", *facts)
    finding = verdict_finding(rule, judged, Verdict(Outcome(compliance, ""), reason), NOW, before)
    assert violations(finding) == ()
    assert finding_format.violations(finding) == []


@QUICKLY
@given(
    st.sampled_from(list(RULES.values())),
    st.one_of(
        st.builds(InvalidParameters, TEXT),
        st.builds(ValueError, TEXT),
        st.builds(lambda problem, code: EvidenceUnavailable("iam:GetUser", ACCOUNT, "us-east-1", problem, code), TEXT,
                  st.from_regex(r"[A-Za-z]{0,100}", fullmatch=True)),
    ),
    FACTS,
)  # fmt: skip
def test_whatever_goes_wrong_is_a_valid_finding(rule: AnyRule, error: Exception, facts: list[Fact]) -> None:
    for finding in (
        failure_finding(rule, account("aws", "us-east-1", *facts), error, NOW),
        recovery_finding(rule, account(), NOW, {"CreatedAt": OLDER, "FirstObservedAt": OLD}),
    ):
        assert violations(finding) == ()
        assert finding_format.violations(finding) == []
