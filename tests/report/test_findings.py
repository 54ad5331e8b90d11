"""An audit as findings, in both formats: what the deployed rules import, and nothing that Security Hub refuses."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from tests.report_samples import KEYS, blank, compared_report, denied, report_of, small_report, violation, written
from tests.sample_audit import NOW, REGION, sample_report

from rootguard.audit.results import Compliance, Evidence, Observation, Result, Unseen
from rootguard.errors import RootguardError
from rootguard.export.ocsf_schema import violations as ocsf_violations
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters, RuleError
from rootguard.kit.facts import Fact, Value
from rootguard.kit.findings.asff import failure_finding, verdict_finding
from rootguard.kit.findings.constraints import violations
from rootguard.kit.verdict import Verdict
from rootguard.report import asff, ocsf
from rootguard.report.report import Report
from rootguard.sandbox.server import Sandbox

ACCOUNT = f"{1:012}"
SESSION = boto3.Session(region_name=REGION)
ANSWERED = datetime(2026, 11, 23, 5, 29, 58, tzinfo=UTC)
VALUES: dict[str, Value] = {
    "SummaryMap.AccountMFAEnabled": 0.0,
    "Trails[0].IsMultiRegionTrail": True,
    "Alarms": (),
    "Error.Code": "AccessDenied",
    "LastUsed": ANSWERED,
    "AlarmName": "größte 😀 \u202e",
}


def findings(report: Report) -> list[dict[str, Any]]:
    text = written(asff.write, report)
    assert text.isascii()
    found: list[dict[str, Any]] = json.loads(text)
    assert [violations(finding) for finding in found] == [()] * len(found)
    return found


def documents(report: Report) -> list[dict[str, Any]]:
    text = written(ocsf.write, report)
    assert text.isascii()
    found: list[dict[str, Any]] = json.loads(text)
    assert [ocsf_violations(document) for document in found] == [()] * len(found)
    return found


def account(partition: str = "aws") -> Account:
    """As a deployed rule sees it, having been told VALUES."""
    seen = Account(ACCOUNT, partition, REGION, SessionConnection(SESSION))
    for member, value in VALUES.items():
        fact = Fact("cloudwatch:DescribeAlarms", ACCOUNT, REGION, member, value, ANSWERED)
        seen.facts.add(fact)
    return seen


def evidence(partition: str = "aws") -> Evidence:
    return Evidence(Observation.of(fact) for fact in account(partition).facts)


def judged(compliance: Compliance, reason: str) -> Result:
    return Result(ACCOUNT, "one", KEYS.name, KEYS.severity, compliance, reason, evidence())


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn", "aws-iso"])
@pytest.mark.parametrize("position", [0, 1], ids=["compliant", "non-compliant"])
def test_a_verdict_makes_the_finding_that_the_deployed_rule_imports(position: int, partition: str) -> None:
    outcome = KEYS.outcomes[position]
    details = dict.fromkeys(outcome.details, "2")
    verdict: Verdict = outcome(**details)
    result = judged(Compliance(verdict.compliance.value), verdict.reason)
    [found] = findings(report_of(result, partition=partition))
    assert found == verdict_finding(KEYS, account(partition), verdict, NOW)


ERRORS: dict[str, tuple[RuleError, Unseen]] = {
    "a call that was refused": (
        EvidenceUnavailable("iam:GetAccountSummary", ACCOUNT, REGION, "AccessDenied: no", "AccessDenied"),
        Unseen("EvidenceUnavailable", ACCOUNT, "AccessDenied: no", "iam:GetAccountSummary", REGION, "AccessDenied"),
    ),
    "an answer that is wanting": (
        EvidenceUnavailable("iam:GetAccountSummary", ACCOUNT, REGION, "no SummaryMap"),
        Unseen("EvidenceUnavailable", ACCOUNT, "no SummaryMap", "iam:GetAccountSummary", REGION),
    ),
    "a malformed parameter": (
        InvalidParameters("ExemptAccounts is 'x'"),
        Unseen("InvalidParameters", ACCOUNT, "ExemptAccounts is 'x'"),
    ),
    "an endless one": (InvalidParameters("x" * 9000), Unseen("InvalidParameters", ACCOUNT, "x" * 9000)),
}


@pytest.mark.parametrize(("error", "unseen"), ERRORS.values(), ids=ERRORS)
def test_what_could_not_be_seen_makes_the_finding_that_the_deployed_rule_imports(
    error: RuleError, unseen: Unseen
) -> None:
    result = replace(judged(Compliance.ERROR, str(error)), unseen=unseen)
    [found] = findings(report_of(result))
    assert found == failure_finding(KEYS, account(), error, NOW)


@pytest.mark.parametrize("read", [findings, documents])
def test_what_does_not_apply_makes_no_finding(read: Any) -> None:
    assert len(read(small_report(".X-?", "suspended", "missing"))) == 3
    assert read(small_report("----", "suspended", "missing")) == []
    assert read(small_report()) == []


def test_what_an_earlier_audit_found_is_there_since_then() -> None:
    """An event pattern that waits for what is new must not hear of the same problem every night."""
    report = small_report("XX..", before=("X...",))
    assert report.comparison
    report = replace(report, comparison=replace(report.comparison, since=datetime(2026, 11, 20, tzinfo=UTC)))
    old, new, *_ = findings(report)
    assert (old["CreatedAt"], old["FirstObservedAt"]) == ("2026-11-20T00:00:00.000Z",) * 2
    assert (new["CreatedAt"], new["FirstObservedAt"]) == ("2026-11-23T05:30:00.000Z",) * 2
    assert ["rootguard/IsNew" in each["ProductFields"] for each in (old, new)] == [False, True]
    assert [each["activity_name"] for each in documents(report)[:2]] == ["Update", "Create"]


def test_both_formats_have_the_same_findings() -> None:
    report = sample_report(12, hostile=True)
    verdicts = [result for result in report.audit.results if result.compliance is not Compliance.NOT_APPLICABLE]
    found, told = findings(report), documents(report)
    assert [each["AwsAccountId"] for each in found] == [result.account_id for result in verdicts]
    assert [each["ProductFields"]["rootguard/Reason"] for each in found] == [result.reason for result in verdicts]
    assert [each["finding_info"]["uid"] for each in told] == [each["Id"] for each in found]
    names = {result.account_id: result.account_name for result in verdicts}
    for document in told:
        seen = document["cloud"]["account"]
        assert seen.get("name", "") == names[seen["uid"]]


def test_a_finding_stands_on_a_line_of_its_own() -> None:
    report = compared_report(12, hostile=True)
    for write, read in ((asff.write, findings), (ocsf.write, documents)):
        first, *lines, last = written(write, report).splitlines()
        assert (first, last) == ("[", "]")
        assert [json.loads(line.removesuffix(",")) for line in lines] == read(report)


HOSTILE = {"an escape": "\x1b]0;x\x07", "a C1 control": "\x9b31m", "an override": "\u202e", "a surrogate": "\ud800"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_a_terminal_obeys_is_written(text: str) -> None:
    """What was said is kept; it is written in ASCII."""
    report = report_of(violation(1, f"root {text}", f"name {text}"), blank(2, denied(2, text), text))
    for write in (asff.write, ocsf.write):
        assert {each for each in written(write, report) if not each.isprintable()} == {"\n"}
    assert findings(report)[0]["ProductFields"]["rootguard/Reason"] == f"root {text}"
    assert documents(report)[0]["cloud"]["account"]["name"] == f"name {text}"


def test_security_hub_takes_the_findings_of_an_account() -> None:
    report = sample_report(12, hostile=True)
    by_account = dict[str, list[dict[str, Any]]]()
    for finding in findings(report):
        by_account.setdefault(finding["AwsAccountId"], []).append(finding)
    with Sandbox() as sandbox:
        unseen = next(result.account_id for result in report.audit.results if result.unseen)
        hub: Any = sandbox.session(unseen, REGION).client("securityhub")
        hub.enable_security_hub()
        mine = by_account[unseen]
        answer = hub.batch_import_findings(Findings=mine)
        assert (answer["SuccessCount"], answer["FailedFindings"]) == (len(mine), [])
        assert {each["Id"] for each in hub.get_findings()["Findings"]} == {each["Id"] for each in mine}
        statuses = {each["Compliance"]["Status"] for each in mine}
        assert statuses >= {"NOT_AVAILABLE", "PASSED"}


@pytest.mark.parametrize("format_", [asff, ocsf])
def test_a_finding_that_security_hub_would_refuse_is_a_bug_and_said_so(format_: Any) -> None:
    report = small_report("X...")
    scope = replace(report.audit.scope, region="no-region-is-that-long-1")
    report = replace(report, audit=replace(report.audit, scope=scope))
    with pytest.raises(RootguardError, match=r"bug of rootguard: rootguard/root-critical/1{12} does not keep to ASFF"):
        written(format_.write, report)


@pytest.mark.slow
@pytest.mark.parametrize("format_", [asff, ocsf])
def test_a_thousand_accounts(format_: Any) -> None:
    """Each has been checked before it was written."""
    report = sample_report(1000, hostile=True)
    wanted = sum(result.compliance is not Compliance.NOT_APPLICABLE for result in report.audit.results)
    assert len(written(format_.write, report).splitlines()) == wanted + 2
