"""security-hub.yaml: what becomes of AWS Config's findings, and of ours, where it is deployed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.patience import LONGEST_WAIT

from rootguard.catalog import load_catalog, load_process_checks, load_rules
from rootguard.kit.links import page_url
from rootguard.sandbox.background import idle

TEMPLATE = "security-hub.yaml"
MODES = ("suppress", "raise")
CHECK = "AWS_CONFIG_PROCESS_CHECK"
STRANGERS = (
    "root-mfa-enabled",
    "root-mfa-enabled-mine",
    "my-root-mfa-enabled-conformance-pack-1",
    "x-conformance-pack-1",
)
"""Config rules that are none of ours, or not of the pack."""
TIME = "2027-01-01T00:00:00Z"


@dataclass
class Hub:
    """An account with Security Hub and the stack; a queue gets what the topic says."""

    home: Any
    outputs: Mapping[str, str]

    def judge(self, name: str, compliance: str) -> None:
        """Have AWS Config hold a rule of that name and this result; a person's answer stands for a function's."""
        config = self.home.client("config")
        if not self._has(name):
            source = {"Owner": "AWS", "SourceIdentifier": CHECK}
            config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})
        evaluation = {
            "ComplianceResourceType": "AWS::::Account",
            "ComplianceResourceId": self.home.id,
            "ComplianceType": compliance,
            "OrderingTimestamp": datetime.now(UTC),
        }
        config.put_external_evaluation(ConfigRuleName=name, ExternalEvaluation=evaluation)

    def _has(self, name: str) -> bool:
        rules = self.home.client("config").describe_config_rules()["ConfigRules"]
        return name in {rule["ConfigRuleName"] for rule in rules}

    def send(self, rule: str, **changes: Any) -> None:
        """Import a finding as a function of ours does."""
        finding = {
            "SchemaVersion": "2018-10-08",
            "Id": f"rootguard/{rule}/{self.home.id}",
            "ProductArn": f"arn:aws:securityhub:us-east-1:{self.home.id}:product/{self.home.id}/default",
            "GeneratorId": f"rootguard/{rule}",
            "AwsAccountId": self.home.id,
            "CreatedAt": TIME,
            "UpdatedAt": TIME,
            "Title": "The root user signs in without MFA",
            "Description": "A description.",
            "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{self.home.id}"}],
            "FindingProviderFields": {
                "Severity": {"Label": "CRITICAL"},
                "Types": ["Software and Configuration Checks"],
            },
            "Compliance": {"Status": "FAILED"},
            "ProductFields": {"rootguard/IsNew": "true"},
            "Remediation": {"Recommendation": {"Text": "Do.", "Url": page_url(rule)}},
            **changes,
        }
        answer = self.home.client("securityhub").batch_import_findings(Findings=[finding])
        assert answer["FailedCount"] == 0, answer

    def findings(self) -> dict[str, Any]:
        """By title."""
        assert idle(LONGEST_WAIT)
        pages = self.home.client("securityhub").get_paginator("get_findings").paginate()
        return {each["Title"]: each for page in pages for each in page["Findings"]}

    def messages(self) -> list[str]:
        """What the topic has said since the last time."""
        assert idle(LONGEST_WAIT)
        sqs, found = self.home.client("sqs"), list[str]()
        url = sqs.get_queue_url(QueueName="findings")["QueueUrl"]
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [each["Body"].strip('"') for each in received]
            for each in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return sorted(found)

    def counts(self, position: int) -> dict[str, int]:
        """What one of the saved searches shows."""
        arn = self.outputs["InsightArns"].split(",")[position]
        results = self.home.client("securityhub").get_insight_results(InsightArn=arn)["InsightResults"]
        return {each["GroupByAttributeValue"]: each["Count"] for each in results["ResultValues"]}


def listen(home: Any, topic: str) -> None:
    queue = f"arn:aws:sqs:us-east-1:{home.id}:findings"
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    home.client("sqs").create_queue(QueueName="findings", Attributes={"Policy": policy})
    attributes = {"RawMessageDelivery": "true"}
    home.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)


def record(home: Any) -> None:
    config, role = home.client("config"), f"arn:aws:iam::{home.id}:role/recorder"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    home.client("s3").create_bucket(Bucket=f"config-{home.id}")
    config = home.client("config")
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{home.id}"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def hub(home: Any, **parameters: object) -> Hub:
    """An account that has Security Hub, a recorder and the stack."""
    home.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    record(home)
    outputs = home.deploy(TEMPLATE, **parameters)
    listen(home, outputs["TopicArn"])
    return Hub(home, outputs)


@dataclass
class Result:
    """What is seen where every rule of the pack and some others were found NON_COMPLIANT."""

    hub: Hub
    findings: Mapping[str, Any]
    messages: list[str]


@pytest.fixture(scope="module")
def results(new_account: Callable[[], Any]) -> dict[str, Result]:
    """By BuiltInFindings."""
    found = {}
    for mode in MODES:
        made = hub(new_account(), BuiltInFindings=mode)
        for name in (*(f"{rule.name}-conformance-pack-1" for rule in load_catalog()), *STRANGERS):
            made.judge(name, "NON_COMPLIANT")
        found[mode] = Result(made, made.findings(), made.messages())
    return found


def shown(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    """Severity, workflow status and note."""
    note = finding.get("Note", {})
    assert not note or note["UpdatedBy"] == "rootguard"
    return finding["Severity"]["Label"], finding["Workflow"]["Status"], note.get("Text", "")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_a_rules_finding_is_suppressed_or_raised(results: dict[str, Result], rule: Any) -> None:
    title = f"{rule.name}-conformance-pack-1"
    severity, workflow, note = shown(results["suppress"].findings[title])
    assert (severity, workflow) == ("MEDIUM", "SUPPRESSED")
    assert f"GeneratorId rootguard/{rule.name}" in note
    severity, workflow, note = shown(results["raise"].findings[title])
    assert (severity, workflow) == (rule.severity.upper(), "NEW")
    assert note == f"{rule.finding_title}. How to mend it: {page_url(rule.name)}"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("check", load_process_checks(), ids=lambda check: check.name)
def test_a_process_checks_finding_is_the_only_one_and_stays(results: dict[str, Result], check: Any, mode: str) -> None:
    severity, workflow, note = shown(results[mode].findings[f"{check.name}-conformance-pack-1"])
    assert (severity, workflow) == (check.severity.upper(), "NEW")
    assert note.startswith("Not attested: ")
    assert page_url(check.name) in note


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", STRANGERS)
def test_nothing_else_is_touched(results: dict[str, Result], mode: str, name: str) -> None:
    assert shown(results[mode].findings[name]) == ("MEDIUM", "NEW", "")


@pytest.mark.parametrize("mode", MODES)
def test_what_another_product_calls_so_is_not_touched(results: dict[str, Result], mode: str) -> None:
    title = "root-mfa-enabled-conformance-pack-2"
    results[mode].hub.send("other", Id=f"other-{mode}", GeneratorId="other", Title=title)
    assert shown(results[mode].hub.findings()[title]) == ("CRITICAL", "NEW", "")
    assert results[mode].hub.messages() == []


def test_what_passes_is_not_raised(results: dict[str, Result]) -> None:
    made, name = results["raise"].hub, "root-mfa-enabled-conformance-pack-3"
    made.judge(name, "COMPLIANT")
    assert shown(made.findings()[name]) == ("MEDIUM", "RESOLVED", "")


def test_raised_findings_are_told_if_they_are_critical_or_high(results: dict[str, Result]) -> None:
    assert results["suppress"].messages == []
    loud = [rule for rule in load_rules() if rule.severity in {"critical", "high"}]
    home = results["raise"].hub.home
    assert results["raise"].messages == [
        f"{rule.name}-conformance-pack-1: {rule.finding_title}. How to mend it: {page_url(rule.name)} "
        f"Account {home.id} , seen in us-east-1."
        for rule in loud
    ]


def test_raised_findings_can_be_counted(results: dict[str, Result]) -> None:
    home = results["raise"].hub.home
    assert results["raise"].hub.counts(2)[home.id] == len(load_catalog())
    home = results["suppress"].hub.home
    assert results["suppress"].hub.counts(2) == {home.id: len(load_process_checks())}


@pytest.fixture(scope="module")
def own(new_account: Callable[[], Any]) -> Hub:
    return hub(new_account())


MESSAGE = (
    "CRITICAL: The root user signs in without MFA. Account {account} , seen in us-east-1. How to mend it: "
    + page_url("root-mfa-enabled")
)


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        pytest.param({}, True, id="critical"),
        pytest.param({"FindingProviderFields": {"Severity": {"Label": "MEDIUM"}}}, False, id="medium"),
        pytest.param({"Compliance": {"Status": "PASSED"}}, False, id="passed"),
        pytest.param({"Compliance": {"Status": "NOT_AVAILABLE"}}, False, id="not evaluated"),
        pytest.param({"RecordState": "ARCHIVED"}, False, id="archived"),
        pytest.param({"ProductFields": {"rootguard/Rule": "root-mfa-enabled"}}, False, id="sent again"),
        pytest.param({"GeneratorId": "rootguardian/x"}, False, id="of somebody else"),
    ],
)
def test_a_finding_of_ours_is_told_if_it_matters(
    own: Hub,
    changes: dict[str, Any],
    is_told: bool,  # noqa: FBT001 - a table's column
    request: pytest.FixtureRequest,
) -> None:
    types = ["Software and Configuration Checks"]
    if "FindingProviderFields" in changes:
        changes = {"FindingProviderFields": {**changes["FindingProviderFields"], "Types": types}}
    own.send("root-mfa-enabled", Id=request.node.name, **changes)
    assert own.messages() == [MESSAGE.format(account=own.home.id)] * is_told


def test_open_findings_of_ours_can_be_counted(new_account: Callable[[], Any]) -> None:
    made = hub(new_account())
    types = ["Software and Configuration Checks"]
    medium = {"Severity": {"Label": "MEDIUM"}, "Types": types}
    made.send("root-mfa-enabled")
    made.send("root-not-used", FindingProviderFields=medium)
    made.send("root-denied-by-scp", FindingProviderFields=medium, Compliance={"Status": "WARNING"})
    made.send("root-no-access-keys", Compliance={"Status": "PASSED"})
    made.send("root-alarm-present", RecordState="ARCHIVED")
    made.send("other", GeneratorId="other")
    assert made.counts(0) == {made.home.id: 3}
    assert made.counts(1) == {"CRITICAL": 1, "MEDIUM": 2}


def test_an_administrator_has_a_say_in_members_and_a_member_none(
    management: Any, new_member: Callable[[], Any]
) -> None:
    administrator, member = new_member(), new_member()
    management.client("securityhub").enable_organization_admin_account(AdminAccountId=administrator.id)
    accounts = [{"AccountId": member.id}]
    administrator.client("securityhub").create_members(AccountDetails=accounts)
    administrator.deploy(TEMPLATE, BuiltInFindings="raise")
    record(member)
    made = Hub(member, {})
    made.judge("root-mfa-enabled-conformance-pack-7", "NON_COMPLIANT")
    assert shown(made.findings()["root-mfa-enabled-conformance-pack-7"])[:2] == ("CRITICAL", "NEW")
    with pytest.raises(AssertionError, match="is a member account"):
        member.deploy(TEMPLATE)
    member.remove()


def test_an_address_is_subscribed_and_all_of_it_goes_again(new_account: Callable[[], Any]) -> None:
    home = new_account()
    home.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    topic = home.deploy(TEMPLATE, FindingsEmail="security@example.com", AutomationRuleOrder=7)["TopicArn"]
    assert home.confirm(topic) == 1
    rules = home.client("securityhub").list_automation_rules()["AutomationRulesMetadata"]
    assert {rule["RuleOrder"] for rule in rules} == {7}
    assert sorted(rule["RuleName"] for rule in rules) == [f"rootguard {rule.name}" for rule in load_catalog()]
    home.remove()
    assert home.client("securityhub").list_automation_rules()["AutomationRulesMetadata"] == []
    assert home.client("securityhub").get_insights()["Insights"] == []
    assert home.client("sns").list_topics()["Topics"] == []


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"BuiltInFindings": "hide"}, id="an unknown choice"),
        pytest.param({"AutomationRuleOrder": 1001}, id="an order beyond the last"),
        pytest.param({"FindingsEmail": "nobody"}, id="no address"),
    ],
)
def test_bad_parameters_are_refused(new_account: Callable[[], Any], parameters: dict[str, object]) -> None:
    with pytest.raises(ClientError, match=next(iter(parameters))):
        new_account().deploy(TEMPLATE, **parameters)
