"""Security Hub, its automation rules and insights, as CloudFormation makes them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

HUB = "AWS::SecurityHub::Hub"
RULE = "AWS::SecurityHub::AutomationRule"
INSIGHT = "AWS::SecurityHub::Insight"
TITLE = {"Title": [{"Comparison": "PREFIX", "Value": "root-"}]}
RULE_PROPERTIES: dict[str, Any] = {
    "RuleName": "suppress",
    "RuleOrder": "7",
    "Description": "Ours say more.",
    "Criteria": TITLE,
    "Actions": [
        {"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}},
    ],
}
INSIGHT_PROPERTIES: dict[str, Any] = {"Name": "root", "Filters": TITLE, "GroupByAttribute": "AwsAccountId"}


@pytest.fixture
def client(context: Context) -> Any:
    return context.client("securityhub")


@pytest.fixture
def hub(handler: Callable[[str], ResourceType], context: Context, client: Any) -> Iterator[Callable[..., Physical]]:
    """Switch Security Hub on; it is off again after the test."""
    made: list[Physical] = []

    def make(**properties: Any) -> Physical:
        made.append(handler(HUB).create(properties, context))
        return made[-1]

    yield make
    for each in made:
        handler(HUB).delete(each, {}, context)
    with pytest.raises(ClientError, match="not subscribed"):
        client.describe_hub()


def test_a_hub_is_switched_on_changed_and_off(
    handler: Callable[[str], ResourceType], hub: Callable[..., Physical], context: Context, client: Any
) -> None:
    old = {"EnableDefaultStandards": "false", "AutoEnableControls": False, "Tags": {"team": "x"}}
    made = hub(**old)
    described = client.describe_hub()
    assert made == Physical(described["HubArn"], {"ARN": made.id, "SubscribedAt": described["SubscribedAt"]})
    assert described["AutoEnableControls"] is False
    assert client.list_tags_for_resource(ResourceArn=made.id)["Tags"] == {"team": "x"}
    new = {"AutoEnableControls": True, "ControlFindingGenerator": "STANDARD_CONTROL"}
    handler(HUB).update(made, old, new, replace(context, tags={"stack": "demo"}))
    described = client.describe_hub()
    assert (described["AutoEnableControls"], described["ControlFindingGenerator"]) == (True, "STANDARD_CONTROL")
    assert client.list_tags_for_resource(ResourceArn=made.id)["Tags"] == {"stack": "demo"}


def test_a_hub_that_is_on_is_not_taken_over(hub: Callable[..., Physical]) -> None:
    hub()
    with pytest.raises(ClientError, match="already subscribed"):
        hub()


def test_a_rule_is_made_changed_and_deleted(
    handler: Callable[[str], ResourceType], hub: Callable[..., Physical], context: Context, client: Any
) -> None:
    hub()
    old = {**RULE_PROPERTIES, "IsTerminal": "true", "RuleStatus": "DISABLED", "Tags": {"team": "x"}}
    made = handler(RULE).create(old, context)
    [rule] = client.batch_get_automation_rules(AutomationRulesArns=[made.id])["Rules"]
    assert (rule["RuleOrder"], rule["IsTerminal"], rule["RuleStatus"]) == (7, True, "DISABLED")
    assert rule["Criteria"] == TITLE
    assert made.attributes == {
        "RuleArn": made.id,
        "CreatedBy": rule["CreatedBy"],
        "CreatedAt": rule["CreatedAt"].isoformat(),
        "UpdatedAt": rule["UpdatedAt"].isoformat(),
    }
    updated = handler(RULE).update(made, old, {**RULE_PROPERTIES, "RuleName": "renamed"}, context)
    [rule] = client.batch_get_automation_rules(AutomationRulesArns=[made.id])["Rules"]
    assert (rule["RuleName"], rule["IsTerminal"], rule["RuleStatus"]) == ("renamed", False, "ENABLED")
    assert updated.attributes["UpdatedAt"] > made.attributes["UpdatedAt"]
    assert client.list_tags_for_resource(ResourceArn=made.id)["Tags"] == {}
    for _ in range(2):
        handler(RULE).delete(made, RULE_PROPERTIES, context)
    assert client.list_automation_rules()["AutomationRulesMetadata"] == []


def test_a_rule_that_cannot_work_is_not_made_nor_put_in_place_of_one_that_can(
    handler: Callable[[str], ResourceType], hub: Callable[..., Physical], context: Context
) -> None:
    hub()
    bad = {**RULE_PROPERTIES, "Criteria": {"Title": [{"Comparison": "CONTAINS_WORD", "Value": "root"}]}}
    with pytest.raises(ClientError, match="InvalidInput"):
        handler(RULE).create(bad, context)
    made = handler(RULE).create(RULE_PROPERTIES, context)
    with pytest.raises(ResourceFailedError, match=r"Comparison should be equal .* \(400\)"):
        handler(RULE).update(made, RULE_PROPERTIES, bad, context)
    handler(RULE).delete(made, RULE_PROPERTIES, context)


def test_an_insight_is_made_changed_and_deleted(
    handler: Callable[[str], ResourceType], hub: Callable[..., Physical], context: Context, client: Any
) -> None:
    hub()
    made = handler(INSIGHT).create(INSIGHT_PROPERTIES, context)
    assert made.attributes == {"InsightArn": made.id}
    handler(INSIGHT).update(made, INSIGHT_PROPERTIES, {**INSIGHT_PROPERTIES, "Name": "renamed"}, context)
    assert client.get_insights()["Insights"] == [{"InsightArn": made.id, **INSIGHT_PROPERTIES, "Name": "renamed"}]
    for _ in range(2):
        handler(INSIGHT).delete(made, INSIGHT_PROPERTIES, context)
    assert client.get_insights()["Insights"] == []


@pytest.mark.parametrize(("kind", "properties"), [(RULE, RULE_PROPERTIES), (INSIGHT, INSIGHT_PROPERTIES)])
def test_nothing_is_made_where_security_hub_is_off_and_everything_is_gone(
    handler: Callable[[str], ResourceType], context: Context, kind: str, properties: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="not subscribed"):
        handler(kind).create(properties, context)
    handler(kind).delete(Physical("arn:aws:securityhub:us-east-1:123456789012:gone"), properties, context)
    handler(HUB).delete(Physical("arn:aws:securityhub:us-east-1:123456789012:hub/default"), {}, context)


def test_a_stack_makes_them_all(running: Any) -> None:
    """Through the engine: schemas, conversions and Ref."""
    client = running.session(running.management_account_id).client("cloudformation")
    template = {
        "Resources": {
            "Hub": {"Type": HUB},
            "Rule": {"Type": RULE, "DependsOn": "Hub", "Properties": RULE_PROPERTIES},
            "Insight": {"Type": INSIGHT, "DependsOn": "Hub", "Properties": INSIGHT_PROPERTIES},
        },
        "Outputs": {
            "Hub": {"Value": {"Ref": "Hub"}},
            "Rule": {"Value": {"Fn::GetAtt": "Rule.RuleArn"}},
            "Insight": {"Value": {"Ref": "Insight"}},
        },
    }
    client.create_stack(StackName="hub", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="hub", WaiterConfig={"Delay": 0.05})
    outputs = client.describe_stacks(StackName="hub")["Stacks"][0]["Outputs"]
    kinds = {each["OutputKey"]: each["OutputValue"].split(":")[5].split("/")[0] for each in outputs}
    assert kinds == {"Hub": "hub", "Rule": "automation-rule", "Insight": "insight"}
    client.delete_stack(StackName="hub")
    client.get_waiter("stack_delete_complete").wait(StackName="hub", WaiterConfig={"Delay": 0.05})
    hub = running.session(running.management_account_id).client("securityhub")
    with pytest.raises(ClientError, match="not subscribed"):
        hub.describe_hub()
