"""Log groups and alarms, as CloudFormation makes them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Physical, ResourceFailedError

GROUP, ALARM, COMPOSITE = "AWS::Logs::LogGroup", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
SYSTEM = {"aws:cloudformation:stack-name": "stack"}
FULL = {
    "LogGroupName": "/aws/lambda/rule",
    "RetentionInDays": "90",
    "KmsKeyId": KEY,
    "DeletionProtectionEnabled": "false",
    "LogGroupClass": "STANDARD",
    "Tags": [{"Key": "team", "Value": "security"}],
}


def group_of(account: Any, name: str = "/aws/lambda/rule") -> dict[str, Any]:
    (group,) = account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    wanted = ("retentionInDays", "kmsKeyId", "deletionProtectionEnabled", "logGroupClass")
    return {key: group.get(key) for key in wanted} | {"arn": group["arn"]}


def test_a_log_group_is_what_its_properties_say(account: Any) -> None:
    physical = account.create(GROUP, FULL)
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:/aws/lambda/rule:*"
    assert physical == Physical("/aws/lambda/rule", {"Arn": arn})
    assert group_of(account) == {
        "retentionInDays": 90,
        "kmsKeyId": KEY,
        "deletionProtectionEnabled": False,
        "logGroupClass": "STANDARD",
        "arn": arn,
    }
    tags = account.client("logs").list_tags_for_resource(resourceArn=arn.removesuffix(":*"))["tags"]
    assert tags == {"team": "security"} | SYSTEM


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "kept for ever": ({"RetentionInDays": None}, {"retentionInDays": None}),
    "kept for a year": ({"RetentionInDays": 365}, {"retentionInDays": 365}),
    "another key": ({"KmsKeyId": f"{KEY}2"}, {"kmsKeyId": f"{KEY}2"}),
    "no key": ({"KmsKeyId": None}, {"kmsKeyId": None}),
    "protected": ({"DeletionProtectionEnabled": True}, {"deletionProtectionEnabled": True}),
}


@pytest.mark.parametrize(("change", "effect"), CHANGES.values(), ids=CHANGES.keys())
def test_a_log_group_changes_in_place(account: Any, change: dict[str, Any], effect: dict[str, Any]) -> None:
    physical = account.create(GROUP, FULL)
    before = group_of(account)
    new = {name: value for name, value in (FULL | change).items() if value is not None}
    account.update(GROUP, physical, FULL, new)
    assert group_of(account) == before | effect


def test_a_log_groups_tags_change(account: Any) -> None:
    physical = account.create(GROUP, FULL)
    account.update(GROUP, physical, FULL, FULL | {"Tags": [{"Key": "owner", "Value": "audit"}]})
    arn = physical.attributes["Arn"].removesuffix(":*")
    assert account.client("logs").list_tags_for_resource(resourceArn=arn)["tags"] == {"owner": "audit"} | SYSTEM


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "its name is taken": ({"LogGroupName": "taken"}, "ResourceAlreadyExistsException"),
    "its retention is none of those there are": ({"RetentionInDays": 8}, "retentionInDays"),
    "its data is to be protected": ({"DataProtectionPolicy": {}}, "SandboxNotImplemented.*DataProtectionPolicy"),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_log_group_is_refused_and_leaves_nothing(account: Any, change: dict[str, Any], reason: str) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="taken")
    with pytest.raises((ClientError, ResourceFailedError), match=reason):
        account.create(GROUP, FULL | change)
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["taken"]


def test_a_log_groups_class_is_for_ever(account: Any) -> None:
    physical = account.create(GROUP, FULL)
    with pytest.raises(ResourceFailedError, match="class of a log group cannot be changed"):
        account.update(GROUP, physical, FULL, FULL | {"LogGroupClass": "INFREQUENT_ACCESS"})


def test_a_log_group_goes_unless_it_is_protected(account: Any) -> None:
    physical = account.create(GROUP, FULL | {"DeletionProtectionEnabled": True})
    with pytest.raises(ClientError, match="deletion protection"):
        account.delete(GROUP, physical, FULL)
    account.update(GROUP, physical, FULL | {"DeletionProtectionEnabled": True}, FULL)
    account.delete(GROUP, physical, FULL)
    account.delete(GROUP, physical, FULL)
    assert account.client("logs").describe_log_groups()["logGroups"] == []


ERRORS: dict[str, Any] = {
    "AlarmName": "errors",
    "AlarmDescription": "a rule failed",
    "ActionsEnabled": "true",
    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "rule"}],
    "Statistic": "Sum",
    "Period": "3600",
    "EvaluationPeriods": 1,
    "Threshold": "1",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
    "Tags": [{"Key": "team", "Value": "security"}],
}


def alarm_of(account: Any, name: str) -> dict[str, Any]:
    found = account.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    described: dict[str, Any] = alarm
    return described


def tags_of(account: Any, arn: str) -> dict[str, str]:
    found = account.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {each["Key"]: each["Value"] for each in found}


def test_an_alarm_is_what_its_properties_say_and_has_no_data(account: Any) -> None:
    physical = account.create(ALARM, ERRORS)
    found = alarm_of(account, "errors")
    written = {name: value for name, value in ERRORS.items() if name != "Tags"}
    assert {name: found[name] for name in written} == written | {
        "ActionsEnabled": True,
        "Period": 3600,
        "Threshold": 1.0,
    }
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert physical == Physical("errors", {"Arn": found["AlarmArn"]})
    assert tags_of(account, found["AlarmArn"]) == {"team": "security"} | SYSTEM


def test_an_alarm_changes_in_place_and_keeps_its_state(account: Any) -> None:
    physical = account.create(ALARM, ERRORS)
    cloudwatch = account.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    new = {name: value for name, value in ERRORS.items() if name not in ("AlarmActions", "Tags")} | {"Threshold": 5}
    account.update(ALARM, physical, ERRORS, new)
    found = alarm_of(account, "errors")
    assert (found["Threshold"], found["AlarmActions"], found["StateValue"]) == (5.0, [], "ALARM")
    assert tags_of(account, found["AlarmArn"]) == SYSTEM


def test_an_alarm_without_a_name_is_named_after_its_stack(account: Any) -> None:
    properties = {name: value for name, value in ERRORS.items() if name != "AlarmName"}
    assert account.create(ALARM, properties).id.startswith("stack-Thing-")


def test_an_alarm_that_exists_is_not_taken_over(account: Any) -> None:
    account.create(ALARM, ERRORS)
    with pytest.raises(ResourceFailedError, match="'AWS::CloudWatch::Alarm' with identifier 'errors' already exists"):
        account.create(ALARM, ERRORS)


def test_a_composite_alarm_changes_in_place_and_goes_before_its_alarms(account: Any) -> None:
    alarm = account.create(ALARM, ERRORS)
    old = {"AlarmName": "any", "AlarmRule": 'ALARM("errors")', "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"]}
    physical = account.create(COMPOSITE, old)
    assert physical == Physical("any", {"Arn": alarm_of(account, "any")["AlarmArn"]})
    new = {"AlarmName": "any", "AlarmRule": 'NOT ALARM("errors")', "AlarmDescription": "none"}
    account.update(COMPOSITE, physical, old, new)
    found = alarm_of(account, "any")
    assert (found["AlarmRule"], found["AlarmDescription"], found["AlarmActions"]) == ('NOT ALARM("errors")', "none", [])
    with pytest.raises(ClientError, match="composite alarm"):
        account.delete(ALARM, alarm, ERRORS)
    account.delete(COMPOSITE, physical, new)
    account.delete(COMPOSITE, physical, new)
    account.delete(ALARM, alarm, ERRORS)
    account.delete(ALARM, alarm, ERRORS)
    found = account.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert found["MetricAlarms"] + found["CompositeAlarms"] == []


def test_an_unknown_property_is_refused_rather_than_passed_over(account: Any) -> None:
    with pytest.raises(ResourceFailedError, match="SandboxNotImplemented: PutMetricAlarm takes no Anomaly"):
        account.create(ALARM, ERRORS | {"Anomaly": True})
