"""AWS Config's own findings.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html#integration-config. Process
checks, which a person evaluates, stand for all rules here.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.state import state

RULE = "attested"
PACK = json.dumps(
    {
        "Resources": {
            "Rule": {
                "Type": "AWS::Config::ConfigRule",
                "Properties": {
                    "ConfigRuleName": RULE,
                    "Source": {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"},
                },
            }
        }
    }
)


@pytest.fixture
def evaluate(account: Any, world: Any, idle: Callable[[], None]) -> Callable[..., None]:
    """Evaluate a rule of the account, which has a recorder."""
    config = world.client("config", account.id)
    role = f"arn:aws:iam::{account.id}:role/recorder"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    world.client("s3", account.id).create_bucket(Bucket=f"config-{account.id}")
    config = world.client("config", account.id)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account.id}"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")

    def run(*judgements: str, rule: str = RULE) -> None:
        for judgement in judgements:
            evaluation = {
                "ComplianceResourceType": "AWS::::Account",
                "ComplianceResourceId": account.id,
                "ComplianceType": judgement,
                "Annotation": "said so",
                "OrderingTimestamp": datetime.now(UTC),
            }
            config.put_external_evaluation(ConfigRuleName=rule, ExternalEvaluation=evaluation)
        idle()

    return run


@pytest.fixture
def judge(account: Any, evaluate: Callable[..., None]) -> Callable[..., list[dict[str, Any]]]:
    """Evaluate a rule of the account; what AWS Config has in the hub then."""

    def run(*judgements: str, rule: str = RULE) -> list[dict[str, Any]]:
        evaluate(*judgements, rule=rule)
        return list(account.list(ProductName=[{"Value": "Config", "Comparison": "EQUALS"}]))

    return run


@pytest.fixture
def rule(account: Any, world: Any, judge: Callable[..., list[dict[str, Any]]]) -> dict[str, Any]:
    """A process check of the account's own."""
    assert judge() == []
    config = world.client("config", account.id)
    source = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
    config.put_config_rule(ConfigRule={"ConfigRuleName": RULE, "Source": source})
    [described] = config.describe_config_rules(ConfigRuleNames=[RULE])["ConfigRules"]
    return dict(described)


def test_a_finding_tells_the_rule_and_not_the_reason(
    account: Any, rule: dict[str, Any], judge: Callable[..., list[dict[str, Any]]]
) -> None:
    [found] = judge("NON_COMPLIANT")
    arn, product = rule["ConfigRuleArn"], "arn:aws:securityhub:us-east-1::product/aws/config"
    assert found["Id"].startswith(f"{arn}/finding/")
    assert "said so" not in json.dumps(found)
    assert found["CreatedAt"] == found["UpdatedAt"]
    assert {name: found[name] for name in found if name not in {"Id", "CreatedAt", "UpdatedAt", "ProcessedAt"}} == {
        "SchemaVersion": "2018-10-08",
        "ProductArn": product,
        "ProductName": "Config",
        "CompanyName": "AWS",
        "Region": "us-east-1",
        "GeneratorId": arn,
        "AwsAccountId": account.id,
        "Types": ["Software and Configuration Checks"],
        "Severity": {"Label": "MEDIUM", "Normalized": 40},
        "Title": RULE,
        "Description": f"This finding is created for a resource compliance change for config rule: {RULE}",
        "ProductFields": {
            "aws/config/ConfigComplianceType": "NON_COMPLIANT",
            "aws/config/ConfigRuleArn": arn,
            "aws/config/ConfigRuleName": RULE,
            "aws/securityhub/CompanyName": "AWS",
            "aws/securityhub/FindingId": f"{product}/{found['Id']}",
            "aws/securityhub/ProductName": "Config",
        },
        "Resources": [
            {"Type": "Other", "Id": f"AWS::::Account:{account.id}", "Partition": "aws", "Region": "us-east-1"}
        ],
        "Compliance": {"Status": "FAILED"},
        "Workflow": {"Status": "NEW"},
        "WorkflowState": "NEW",
        "RecordState": "ACTIVE",
        "FindingProviderFields": {
            "Severity": {"Label": "MEDIUM"},
            "Types": ["Software and Configuration Checks"],
        },
    }


@pytest.mark.parametrize(
    ("judgements", "states"),
    [
        pytest.param(["COMPLIANT"], [("PASSED", "RESOLVED")], id="passes at first"),
        pytest.param(["NON_COMPLIANT", "COMPLIANT"], [("PASSED", "RESOLVED")], id="passes at last"),
        pytest.param(["COMPLIANT", "NON_COMPLIANT"], [("FAILED", "NEW")], id="fails at last"),
        pytest.param(["NON_COMPLIANT", "NOT_APPLICABLE"], [("NOT_AVAILABLE", "NEW")], id="does not apply any more"),
        pytest.param(["NOT_APPLICABLE"], [], id="never applied"),
    ],
)
@pytest.mark.usefixtures("rule")
def test_a_finding_follows_compliance(
    judge: Callable[..., list[dict[str, Any]]], judgements: list[str], states: list[tuple[str, str]]
) -> None:
    found = judge(*judgements)
    assert [(each["Compliance"]["Status"], each["Workflow"]["Status"]) for each in found] == states


@pytest.mark.usefixtures("rule")
def test_only_a_change_updates_a_finding(account: Any, judge: Callable[..., list[dict[str, Any]]]) -> None:
    [before] = judge("NON_COMPLIANT")
    assert judge("NON_COMPLIANT") == [before]
    [after] = judge("COMPLIANT")
    assert (after["CreatedAt"], after["Id"]) == (before["CreatedAt"], before["Id"])
    assert after["UpdatedAt"] > before["UpdatedAt"]
    assert len(account.list()) == 1


@pytest.mark.usefixtures("rule")
def test_what_was_suppressed_stays_so(account: Any, judge: Callable[..., list[dict[str, Any]]]) -> None:
    [found] = judge("NON_COMPLIANT")
    identifier = {"Id": found["Id"], "ProductArn": found["ProductArn"]}
    account.hub.batch_update_findings(FindingIdentifiers=[identifier], Workflow={"Status": "SUPPRESSED"})
    for judgement in ("COMPLIANT", "NON_COMPLIANT"):
        [found] = judge(judgement)
        assert found["Workflow"]["Status"] == "SUPPRESSED"


@pytest.mark.usefixtures("rule")
def test_what_was_judged_before_is_not_sent(
    account: Any, evaluate: Callable[..., None], judge: Callable[..., list[dict[str, Any]]]
) -> None:
    account.hub.disable_security_hub()
    evaluate("NON_COMPLIANT")
    account.hub.enable_security_hub()
    assert judge("NON_COMPLIANT") == []
    assert len(judge("COMPLIANT")) == 1


@pytest.mark.parametrize("delivered", [True, False])
def test_rules_of_packs_are_a_matter_of_settings(
    account: Any,
    *,
    world: Any,
    judge: Callable[..., list[dict[str, Any]]],
    idle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    delivered: bool,
) -> None:
    config = world.client("config", account.id)
    config.put_conformance_pack(ConformancePackName="pack", TemplateBody=PACK)
    idle()
    [described] = config.describe_config_rules()["ConfigRules"]
    name = described["ConfigRuleName"]
    assert name.startswith(f"{RULE}-conformance-pack-")
    if not delivered:
        monkeypatch.setattr(state(Settings), "findings_of_packs", False)
    assert [each["Title"] for each in judge("NON_COMPLIANT", rule=name)] == ([name] if delivered else [])


def test_an_automation_rule_suppresses_the_findings_of_a_pack_and_no_others(
    account: Any,
    world: Any,
    rule: dict[str, Any],
    judge: Callable[..., list[dict[str, Any]]],
    idle: Callable[[], None],
) -> None:
    config = world.client("config", account.id)
    config.put_conformance_pack(ConformancePackName="pack", TemplateBody=PACK)
    idle()
    names = [each["ConfigRuleName"] for each in config.describe_config_rules()["ConfigRules"]]
    [of_pack] = [name for name in names if name != rule["ConfigRuleName"]]
    criteria = {
        "ProductName": [{"Value": "Config", "Comparison": "EQUALS"}],
        "Title": [{"Value": f"{RULE}-conformance-pack-", "Comparison": "PREFIX"}],
    }
    update = {"Workflow": {"Status": "SUPPRESSED"}}
    account.hub.create_automation_rule(
        RuleName="a",
        RuleOrder=1,
        Description="a",
        Criteria=criteria,
        Actions=[{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": update}],
    )
    account.put(Title=f"{RULE}-conformance-pack-of-ours")
    judge("NON_COMPLIANT", rule=of_pack)
    judge("NON_COMPLIANT")
    assert {each["Title"]: each["Workflow"]["Status"] for each in account.list()} == {
        of_pack: "SUPPRESSED",
        RULE: "NEW",
        f"{RULE}-conformance-pack-of-ours": "NEW",
    }
