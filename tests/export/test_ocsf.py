"""Findings as OCSF has them: the same verdict, nothing that the schema does not allow, and nothing left out."""

import copy
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.catalog import load_rules
from rootguard.export.ocsf import compliance_finding
from rootguard.export.ocsf_schema import violations
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import Fact
from rootguard.kit.findings.asff import Finding, failure_finding, recovery_finding, verdict_finding
from rootguard.kit.rule import AnyRule, Controls, Severity
from rootguard.kit.verdict import Outcome, Verdict, not_applicable
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 23, 5, 30, 1, 234_000, tzinfo=UTC)
MILLISECONDS = 1_795_411_801_234
RULE = sample_rule(
    severity=Severity.CRITICAL,
    controls=Controls(cis={"5.0.0": "1.4"}, fsbp=("IAM.6",), nist_800_53_r5=("AC-2(1)",), pci_dss_4_0_1=("8.4.2",)),
)
RULES = {rule.name: rule for rule in load_rules()}
EXEMPT = not_applicable("exempt")
SESSION = boto3.Session(region_name="us-east-1")
DENIED = EvidenceUnavailable("iam:GetAccountSummary", ACCOUNT, "us-east-1", "no", "AccessDenied", advice="grant it")
CALL = {"action": "iam:GetAccountSummary", "account_id": ACCOUNT, "region": "us-east-1", "answered": NOW}


def account(*facts: Mapping[str, Any], partition: str = "aws", region: str = "us-east-1") -> Account:
    made = Account(ACCOUNT, partition, region, SessionConnection(SESSION))
    for fact in facts:
        made.facts.add(Fact(**{**CALL, **fact}))
    return made


def judged(verdict: Verdict, *facts: Mapping[str, Any], since: timedelta | None = None) -> Finding:
    """The finding with a verdict, the first one unless it is `since` earlier already."""
    known = None if since is None else verdict_finding(RULE, account(), WRONG(what="no MFA"), NOW - since)
    return verdict_finding(RULE, account(*facts), verdict, NOW, known)


def at(attribute: str) -> dict[str, Any]:
    return {attribute: MILLISECONDS, f"{attribute}_dt": "2026-11-23T05:30:01.234Z"}


def test_a_non_compliant_account() -> None:
    fact = {"member": "SummaryMap.AccountMFAEnabled", "value": 0.0}
    document = compliance_finding(judged(WRONG(what="no MFA"), fact))
    standards = "Software and Configuration Checks/Industry and Regulatory Standards"
    uid = document["metadata"].pop("uid")
    assert len(uid) == 36
    assert document == {
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "activity_id": 1,
        "activity_name": "Create",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "severity_id": 5,
        "severity": "Critical",
        "status_id": 1,
        "status": "New",
        **at("time"),
        "message": "A sample is wrong: root has no MFA",
        "metadata": {
            "version": "1.6.0",
            "profiles": ["cloud", "datetime"],
            "original_time": "2026-11-23T05:30:01.234Z",
            "product": {
                "name": "rootguard",
                "vendor_name": "rootguard",
                "uid": f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default",
                "version": "0.1.0",
            },
        },
        "cloud": {
            "provider": "AWS",
            "cloud_partition": "aws",
            "region": "us-east-1",
            "account": {"uid": ACCOUNT, "type_id": 10, "type": "AWS Account"},
        },
        "finding_info": {
            "uid": f"rootguard/root-sample/{ACCOUNT}",
            "title": "A sample is wrong",
            "desc": (
                "Root has no MFA. Evidence: iam:GetAccountSummary (us-east-1, 2026-11-23T05:30:01Z): "
                "SummaryMap.AccountMFAEnabled = 0"
            ),
            "types": [
                "Software and Configuration Checks/AWS Security Best Practices",
                f"{standards}/CIS AWS Foundations Benchmark",
                f"{standards}/AWS Foundational Security Best Practices",
                f"{standards}/PCI-DSS",
                f"{standards}/NIST 800-53 Controls",
            ],
            **at("created_time"),
            **at("modified_time"),
            **at("first_seen_time"),
            **at("last_seen_time"),
            "analytic": {
                "uid": "rootguard/root-sample",
                "name": "root-sample",
                "version": "0.1.0",
                "type_id": 1,
                "type": "Rule",
            },
        },
        "compliance": {
            "control": "root-sample",
            "requirements": [
                "CIS AWS Foundations Benchmark v5.0.0/1.4",
                "AWS Foundational Security Best Practices v1.0.0/IAM.6",
                "PCI DSS v4.0.1/8.4.2",
                "NIST.800-53.r5 AC-2(1)",
            ],
            "standards": [
                "CIS AWS Foundations Benchmark v5.0.0",
                "AWS Foundational Security Best Practices v1.0.0",
                "PCI DSS v4.0.1",
                "NIST.800-53.r5",
            ],
            "status_id": 3,
            "status": "Fail",
            "status_code": "NON_COMPLIANT",
            "status_details": ["root has no MFA"],
        },
        "remediation": {
            "desc": "Mend it.",
            "references": ["https://github.com/example/rootguard/blob/main/docs/rules/root-sample.md"],
        },
        "resources": [
            {
                "type": "AWS::::Account",
                "uid": ACCOUNT,
                "uid_alt": f"AWS::::Account:{ACCOUNT}",
                "region": "us-east-1",
                "cloud_partition": "aws",
                "role_id": 3,
                "role": "Affected",
                "owner": {"account": {"uid": ACCOUNT, "type_id": 10, "type": "AWS Account"}},
            }
        ],
        "evidences": [
            {
                "name": "iam:GetAccountSummary",
                "api": {"operation": "GetAccountSummary", "service": {"name": "iam"}},
                "data": {
                    "account": ACCOUNT,
                    "region": "us-east-1",
                    "time": "2026-11-23T05:30:01Z",
                    "answer": {"SummaryMap.AccountMFAEnabled": "0"},
                },
            }
        ],
        "unmapped": {"Practice": "1", "SecurityControls": "IAM.6", "Compliance": "NON_COMPLIANT", "IsNew": "true"},
    }


def failed(since: timedelta | None = None) -> Finding:
    known = None if since is None else failure_finding(RULE, account(), DENIED, NOW - since)
    return failure_finding(RULE, account(), DENIED, NOW, known)


def recovered() -> Finding:
    return recovery_finding(RULE, account(), NOW, failure_finding(RULE, account(), DENIED, NOW - timedelta(days=1)))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("finding", "activity", "status", "severity", "compliance"),
    [
        pytest.param(judged(WRONG(what="x")), "Create", "New", "Critical", (3, "Fail"), id="non-compliant"),
        pytest.param(judged(WRONG(what="x"), since=DAY), "Update", "New", "Critical", (3, "Fail"), id="still"),
        pytest.param(judged(FINE(), since=DAY), "Close", "Archived", "Informational", (1, "Pass"), id="mended"),
        pytest.param(judged(FINE()), "Close", "Archived", "Informational", (1, "Pass"), id="fine from the start"),
        pytest.param(
            judged(EXEMPT(), since=DAY),
            "Close",
            "Archived",
            "Informational",
            (99, "NOT_APPLICABLE"),
            id="not applicable",
        ),
        pytest.param(failed(), "Create", "New", "Medium", (2, "Warning"), id="could not be evaluated"),
        pytest.param(failed(DAY), "Update", "New", "Medium", (2, "Warning"), id="still could not"),
        pytest.param(recovered(), "Close", "Archived", "Informational", (99, "EVALUATED_AGAIN"), id="evaluated again"),
    ],
)
def test_states(finding: Finding, activity: str, status: str, severity: str, compliance: tuple[int, str]) -> None:
    document = compliance_finding(finding)
    assert violations(document) == ()
    assert (document["activity_name"], document["status"], document["severity"]) == (activity, status, severity)
    assert (document["compliance"]["status_id"], document["compliance"]["status"]) == compliance


def test_what_kept_a_rule_from_a_verdict_is_told() -> None:
    document = compliance_finding(failed())
    assert document["compliance"]["status_code"] == "EVIDENCE_UNAVAILABLE"
    [detail] = document["compliance"]["status_details"]
    assert detail == str(DENIED)
    assert document["unmapped"].items() >= {"Action": "iam:GetAccountSummary", "ErrorCode": "AccessDenied"}.items()


def outcomes() -> Iterator[Any]:
    for rule in RULES.values():
        for number, outcome in enumerate(rule.outcomes):
            yield pytest.param(rule, outcome, id=f"{rule.name}-{number}")


@pytest.mark.parametrize(("rule", "outcome"), list(outcomes()))
def test_every_outcome_of_every_rule_keeps_to_the_schema(rule: AnyRule, outcome: Outcome) -> None:
    verdict = Verdict(outcome, outcome.reason)
    finding = verdict_finding(rule, account({"member": "Flag", "value": True}), verdict, NOW)
    assert violations(compliance_finding(finding)) == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_that_could_not_be_evaluated_keeps_to_the_schema(rule: AnyRule) -> None:
    finding = failure_finding(rule, account(), DENIED, NOW)
    assert violations(compliance_finding(finding)) == ()
    assert violations(compliance_finding(recovery_finding(rule, account(), NOW, finding))) == ()


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-eusc", "eusc-de-east-1")]
)
def test_partitions(partition: str, region: str) -> None:
    finding = verdict_finding(RULE, account(partition=partition, region=region), WRONG(what="x"), NOW)
    document = compliance_finding(finding)
    assert violations(document) == ()
    assert (document["cloud"]["cloud_partition"], document["cloud"]["region"]) == (partition, region)


def test_evidence_of_one_answer_stands_together() -> None:
    other = {"action": "organizations:ListParents", "account_id": "444455556666"}
    document = compliance_finding(
        judged(
            WRONG(what="x"),
            {"member": "A", "value": 1.0},
            {"member": "B", "value": True},
            {**other, "member": "Parents[0].Id", "value": "ou-1"},
            {**other, "member": "Parents[0].Id", "value": "r-1"},
        )
    )
    assert violations(document) == ()
    told = [(each["name"], each["data"]["account"], each["data"]["answer"]) for each in document["evidences"]]
    assert told == [
        ("iam:GetAccountSummary", ACCOUNT, {"A": "1", "B": "true"}),
        ("organizations:ListParents", "444455556666", {"Parents[0].Id": "ou-1"}),
        ("organizations:ListParents", "444455556666", {"Parents[0].Id": "r-1"}),
    ]


def test_an_event_has_an_id_of_its_own_and_the_finding_keeps_its_own() -> None:
    first, again = judged(WRONG(what="x")), judged(WRONG(what="x"), since=DAY)
    second = {**again, "UpdatedAt": "2026-11-24T05:30:01.234Z"}
    documents = [compliance_finding(each) for each in (first, first, second)]
    assert [documents.index(each) for each in documents] == [0, 0, 2]
    uids = [each["metadata"]["uid"] for each in documents]
    assert uids[0] == uids[1] != uids[2]
    assert len({each["finding_info"]["uid"] for each in documents}) == 1


def test_other_peoples_findings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"security-control/IAM\.6, not a finding of rootguard"):
        compliance_finding({"Id": "one", "GeneratorId": "security-control/IAM.6"})


@pytest.fixture(scope="module")
def hub() -> Iterator[Any]:
    with Sandbox() as sandbox:
        client: Any = sandbox.session(ACCOUNT).client("securityhub")
        client.enable_security_hub(EnableDefaultStandards=False)
        yield client


@pytest.mark.parametrize(
    ("workflow", "status"),
    [("NEW", "New"), ("NOTIFIED", "In Progress"), ("SUPPRESSED", "Suppressed"), ("RESOLVED", "Resolved")],
)
def test_what_the_customer_did_in_security_hub(hub: Any, workflow: str, status: str) -> None:
    finding = judged(WRONG(what="x"), {"member": "A", "value": 1.0})
    assert hub.batch_import_findings(Findings=[finding])["FailedFindings"] == []
    hub.batch_update_findings(
        FindingIdentifiers=[{"Id": finding["Id"], "ProductArn": finding["ProductArn"]}],
        Workflow={"Status": workflow},
        Severity={"Label": "LOW"},
        Note={"Text": "asked the owner", "UpdatedBy": "analyst"},
    )
    [read] = hub.get_findings()["Findings"]
    document = compliance_finding(read)
    assert violations(document) == ()
    assert (document["status"], document["severity"], document["comment"]) == (status, "Low", "asked the owner")
    assert document["vendor_attributes"] == {"severity_id": 5, "severity": "Critical"}
    untouched = {"finding_info", "compliance", "evidences", "remediation", "unmapped"}
    imported = compliance_finding(finding)
    assert {name: document[name] for name in untouched} == {name: imported[name] for name in untouched}


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    *holders, last = path.split(".")

    def change(document: dict[str, Any]) -> None:
        holder: Any = document
        for name in holders:
            holder = holder[int(name) if name.isdigit() else name]
        holder[last] = value

    return change


def _delete(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.pop(name) and None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(_delete("time"), "time is missing", id="required"),
        pytest.param(_delete("cloud"), "cloud is missing", id="required by a profile"),
        pytest.param(_set("metadata.profiles", ["cloud"]), "time_dt is not expected", id="of a profile not named"),
        pytest.param(_set("metadata.profiles", ["Cloud"]), "metadata.profiles has ['Cloud']", id="no profile"),
        pytest.param(_set("metadata.version", "1.5.0"), "metadata.version is '1.5.0', not '1.6.0'", id="version"),
        pytest.param(_set("title", "x"), "title is not expected", id="unknown attribute"),
        pytest.param(_set("compliance.state", "x"), "compliance.state is not expected", id="unknown below"),
        pytest.param(_set("resource", {"uid": "x"}), "resource is not expected", id="deprecated"),
        pytest.param(_set("time", 1_795_411_801), "time is no timestamp_t: 1795411801", id="seconds"),
        pytest.param(_set("time", 1.5), "time is no timestamp_t: 1.5", id="fraction"),
        pytest.param(_set("time_dt", "yesterday"), "time_dt is no datetime_t: 'yesterday'", id="no time"),
        pytest.param(_set("severity_id", "5"), "severity_id is no integer_t: '5'", id="number as text"),
        pytest.param(_set("severity_id", value=True), "severity_id is no integer_t: True", id="boolean for a number"),
        pytest.param(_set("severity_id", 7), "severity_id is 7, not one of 0, 1, 2, 3, 4, 5, 6, 99", id="no severity"),
        pytest.param(_set("severity", "High"), "severity_id is 5, Critical; severity is 'High'", id="sibling"),
        pytest.param(_set("status", " "), "status is no string_t: ' '", id="blank"),
        pytest.param(_set("class_uid", 2001), "class_uid is 2001, not one of 2003", id="class"),
        pytest.param(_set("activity_id", "1"), "activity_id is no integer_t: '1'", id="activity as text"),
        pytest.param(_set("type_uid", 200303), "type_uid is 200303, not class_uid * 100 + activity_id", id="type"),
        pytest.param(
            _set("compliance", {"status_id": 99}),
            "compliance.status_id is 99, and status does not say what that is",
            id="other without a name",
        ),
        pytest.param(_set("compliance.standards", []), "compliance.standards is no list with items", id="empty list"),
        pytest.param(_set("compliance.standards", "x"), "compliance.standards is no list with items", id="no list"),
        pytest.param(
            _set("compliance.standards", ["x", 1]), "compliance.standards[1] is no string_t: 1", id="item of a list"
        ),
        pytest.param(_set("resources.0.owner", {}), "resources[0].owner has none of account, name, uid", id="choice"),
        pytest.param(_set("resources", ["x"]), "resources[0] is no object", id="text for an object"),
        pytest.param(_set("remediation", {"references": ["x"]}), "remediation.desc is missing", id="required below"),
        pytest.param(_set("metadata", None), "metadata is no object", id="nothing for an object"),
    ],
)
def test_what_the_schema_does_not_allow(change: Callable[[dict[str, Any]], None], said: str) -> None:
    document = copy.deepcopy(compliance_finding(judged(WRONG(what="x"))))
    change(document)
    assert said in violations(document)
