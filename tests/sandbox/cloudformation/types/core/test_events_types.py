"""EventBridge rules and buses, as CloudFormation makes them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Physical, ResourceFailedError

RULE, BUS, POLICY = (f"AWS::Events::{name}" for name in ("Rule", "EventBus", "EventBusPolicy"))
SYSTEM = {"aws:cloudformation:stack-name": "stack"}
PATTERN = {"source": ["aws.signin"], "detail": {"userIdentity": {"type": ["Root"]}}}


def topic(account: Any, name: str = "alarms") -> str:
    arn: str = account.client("sns").create_topic(Name=name)["TopicArn"]
    return arn


def target(account: Any) -> dict[str, Any]:
    queue = account.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    attributes = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    return {
        "Id": "notify",
        "Arn": topic(account),
        "InputTransformer": {"InputPathsMap": {"who": "$.detail.userIdentity.arn"}, "InputTemplate": '"<who> is root"'},
        "DeadLetterConfig": {"Arn": attributes["QueueArn"]},
        "RetryPolicy": {"MaximumRetryAttempts": "4"},
    }


def rule_of(account: Any, name: str, bus: str = "default") -> dict[str, Any]:
    events = account.client("events")
    rule = events.describe_rule(Name=name, EventBusName=bus)
    rule["Targets"] = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    return dict(rule)


def tags_of(account: Any, arn: str) -> dict[str, str]:
    found = account.client("events").list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {each["Key"]: each["Value"] for each in found}


def test_a_rule_is_what_its_properties_say(account: Any) -> None:
    properties = {
        "Name": "root",
        "Description": "root signs in",
        "EventPattern": PATTERN,
        "Targets": [target(account)],
        "Tags": [{"Key": "team", "Value": "security"}],
    }
    physical = account.create(RULE, properties)
    arn = f"arn:aws:events:us-east-1:{account.id}:rule/root"
    assert physical == Physical("root", {"Arn": arn, "RuleName": "root"})
    found = rule_of(account, "root")
    assert json.loads(found["EventPattern"]) == PATTERN
    assert (found["Description"], found["State"]) == ("root signs in", "ENABLED")
    assert found["Targets"] == [target(account) | {"RetryPolicy": {"MaximumRetryAttempts": 4}}]
    assert tags_of(account, arn) == {"team": "security"} | SYSTEM


def test_a_rule_changes_in_place(account: Any) -> None:
    old = {"EventPattern": PATTERN, "Description": "d", "Targets": [target(account)], "State": "DISABLED"}
    physical = account.create(RULE, old)
    assert physical.id.startswith("stack-Thing-")
    new = {"EventPattern": {"source": ["aws.iam"]}, "Targets": [{"Id": "other", "Arn": topic(account, "other")}]}
    account.update(RULE, physical, old, new, tags={"env": "test"}, previous_tags=SYSTEM)
    found = rule_of(account, physical.id)
    assert json.loads(found["EventPattern"]) == {"source": ["aws.iam"]}
    assert (found.get("Description"), found["State"]) == (None, "ENABLED")
    assert found["Targets"] == new["Targets"]
    assert tags_of(account, physical.attributes["Arn"]) == {"env": "test"}


@pytest.mark.parametrize("by_arn", [False, True], ids=["by name", "by ARN"])
def test_a_rule_of_another_bus_is_named_with_it(account: Any, *, by_arn: bool) -> None:
    bus = account.create(BUS, {"Name": "central"})
    properties = {
        "Name": "root",
        "EventBusName": bus.attributes["Arn"] if by_arn else "central",
        "EventPattern": PATTERN,
        "Targets": [{"Id": "t", "Arn": topic(account)}],
    }
    physical = account.create(RULE, properties)
    assert physical.id == "central|root"
    assert physical.attributes["Arn"].endswith(":rule/central/root")
    with pytest.raises(ResourceFailedError, match="already exists"):
        account.create(RULE, properties)
    account.update(RULE, physical, properties, properties | {"Description": "d"})
    assert rule_of(account, "root", "central")["Description"] == "d"
    account.delete(RULE, physical, properties)
    account.delete(RULE, physical, properties)
    assert account.client("events").list_rules(EventBusName="central")["Rules"] == []


def test_a_rule_with_a_target_that_nobody_reaches_leaves_nothing(account: Any) -> None:
    with pytest.raises(ClientError):
        account.create(RULE, {"Name": "root", "EventPattern": PATTERN, "Targets": [{"Id": "t", "Arn": "nowhere"}]})
    assert account.client("events").list_rules()["Rules"] == []


def test_a_rule_with_an_invalid_pattern_is_refused(account: Any) -> None:
    with pytest.raises(ClientError, match="InvalidEventPatternException"):
        account.create(RULE, {"Name": "root", "EventPattern": {"source": "aws.iam"}})


def statement(account: Any, sid: str, action: str = "events:PutEvents") -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:events:us-east-1:{account.id}:event-bus/central",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-aaaaaaaaaa"}},
    }


def statements_of(account: Any, bus: str = "central") -> list[dict[str, Any]]:
    policy = account.client("events").describe_event_bus(Name=bus).get("Policy")
    found: list[dict[str, Any]] = json.loads(policy)["Statement"] if policy else []
    return found


def test_a_bus_is_what_its_properties_say(account: Any) -> None:
    old = {
        "Name": "central",
        "Description": "failures",
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"},
        "Policy": {"Version": "2012-10-17", "Statement": [statement(account, "one"), statement(account, "two")]},
        "Tags": [{"Key": "team", "Value": "security"}],
    }
    physical = account.create(BUS, old)
    arn = f"arn:aws:events:us-east-1:{account.id}:event-bus/central"
    assert physical == Physical("central", {"Arn": arn})
    found = account.client("events").describe_event_bus(Name="central")
    assert (found["Description"], found["DeadLetterConfig"]) == (old["Description"], old["DeadLetterConfig"])
    assert statements_of(account) == [statement(account, "one"), statement(account, "two")]
    assert tags_of(account, arn) == {"team": "security"} | SYSTEM
    new = {"Name": "central", "Policy": {"Version": "2012-10-17", "Statement": [statement(account, "two")]}}
    account.update(BUS, physical, old, new)
    found = account.client("events").describe_event_bus(Name="central")
    assert "Description" not in found
    assert statements_of(account) == [statement(account, "two")]
    account.update(BUS, physical, new, {"Name": "central"})
    assert statements_of(account) == []
    account.delete(BUS, physical, new)
    account.delete(BUS, physical, new)
    names = [bus["Name"] for bus in account.client("events").list_event_buses()["EventBuses"]]
    assert names == ["default"]


def test_a_bus_whose_policy_is_none_leaves_nothing(account: Any) -> None:
    with pytest.raises(ClientError, match="policy of the event bus central is not valid"):
        account.create(BUS, {"Name": "central", "Policy": {"Statement": [{"Effect": "Maybe"}]}})
    names = [bus["Name"] for bus in account.client("events").list_event_buses()["EventBuses"]]
    assert names == ["default"]


def test_a_bus_that_logs_is_refused(account: Any) -> None:
    with pytest.raises(ClientError, match="write no logs"):
        account.create(BUS, {"Name": "central", "LogConfig": {"Level": "ERROR"}})


def test_statements_stand_beside_each_other(account: Any) -> None:
    account.create(BUS, {"Name": "central"})
    one = {"EventBusName": "central", "StatementId": "one", "Statement": statement(account, "ignored")}
    old = {
        "EventBusName": "central",
        "StatementId": "member",
        "Action": "events:PutEvents",
        "Principal": "111111111111",
        "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-aaaaaaaaaa"},
    }
    first, second = account.create(POLICY, one), account.create(POLICY, old)
    assert second.id == "central|member"
    assert statements_of(account) == [
        statement(account, "one"),
        statement(account, "member") | {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}},
    ]
    with pytest.raises(ResourceFailedError, match="already exists"):
        account.create(POLICY, one)
    changed = one | {"Statement": statement(account, "one", "events:PutRule")}
    account.update(POLICY, first, one, changed)
    assert statements_of(account)[-1] == statement(account, "one", "events:PutRule")
    account.delete(POLICY, first, changed)
    account.delete(POLICY, first, changed)
    account.delete(POLICY, second, old)
    assert statements_of(account) == []
