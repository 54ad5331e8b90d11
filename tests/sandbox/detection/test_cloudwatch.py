from collections.abc import Callable
from typing import Any

import pytest

METRIC = {
    "MetricName": "RootUse",
    "Namespace": "Security",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
BOTH = ["MetricAlarm", "CompositeAlarm"]

type Refusal = Callable[..., tuple[str, str]]


@pytest.fixture
def cloudwatch(client: Callable[..., Any]) -> Any:
    return client("cloudwatch")


def put(cloudwatch: Any, *names: str, **changes: Any) -> None:
    for name in names:
        cloudwatch.put_metric_alarm(AlarmName=name, **(METRIC | changes))


def names(answer: dict[str, Any]) -> list[str]:
    return [alarm["AlarmName"] for kind in ("CompositeAlarms", "MetricAlarms") for alarm in answer[kind]]


def state(cloudwatch: Any, name: str) -> str:
    answer = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=BOTH)
    (alarm,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
    return str(alarm["StateValue"])


def set_state(cloudwatch: Any, name: str, value: str) -> None:
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="test")


def test_a_metric_alarm_starts_without_data(cloudwatch: Any) -> None:
    put(cloudwatch, "a")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert "StateReasonData" not in alarm
    assert {name: alarm[name] for name in METRIC} == METRIC
    assert alarm["ActionsEnabled"] is True
    assert alarm["AlarmActions"] == alarm["OKActions"] == alarm["InsufficientDataActions"] == []


def test_an_update_leaves_the_state_alone(cloudwatch: Any) -> None:
    put(cloudwatch, "a")
    set_state(cloudwatch, "a", "ALARM")
    put(cloudwatch, "a", Threshold=5.0)
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"], alarm["Threshold"]) == ("ALARM", "test", 5.0)


def test_expressions_and_settings_come_back(cloudwatch: Any) -> None:
    stat = {"Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": []}, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "e1", "Expression": "m1 * 2", "ReturnData": True},
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
    ]
    settings = {"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}}
    cloudwatch.put_metric_alarm(
        AlarmName="math",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        **settings,
    )
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["Metrics"] == queries
    assert alarm["ActionConfiguration"] == settings["ActionConfiguration"]
    assert "MetricName" not in alarm


def test_a_composite_alarm_is_described_as_it_was_put(cloudwatch: Any) -> None:
    put(cloudwatch, "a", "quiet")
    wanted = {
        "AlarmName": "c",
        "AlarmRule": 'ALARM("a")',
        "AlarmDescription": "root",
        "ActionsEnabled": False,
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:topic"],
        "ActionsSuppressor": "quiet",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 120,
    }
    cloudwatch.put_composite_alarm(**wanted)
    answer = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    (alarm,) = answer["CompositeAlarms"]
    assert answer["MetricAlarms"] == []
    assert {name: alarm[name] for name in wanted} == wanted
    assert alarm["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:c"
    assert alarm["StateReason"] == f"{alarm['AlarmArn']} was created and its alarm rule evaluates to OK"
    assert "Threshold" not in alarm


def test_composite_alarms_follow_their_children(cloudwatch: Any) -> None:
    put(cloudwatch, "a", "b")
    cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule="ALARM(a) OR ALARM(b)")
    cloudwatch.put_composite_alarm(AlarmName="neither", AlarmRule="NOT ALARM(either)")
    assert (state(cloudwatch, "either"), state(cloudwatch, "neither")) == ("OK", "ALARM")
    set_state(cloudwatch, "b", "ALARM")
    assert (state(cloudwatch, "either"), state(cloudwatch, "neither")) == ("ALARM", "OK")
    cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule="ALARM(a)")
    assert (state(cloudwatch, "either"), state(cloudwatch, "neither")) == ("OK", "ALARM")


def test_a_cycle_stops_and_cannot_be_deleted(cloudwatch: Any, refusal: Refusal) -> None:
    put(cloudwatch, "a")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="ALARM(c)")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a) OR NOT ALARM(d)")
    set_state(cloudwatch, "a", "ALARM")
    assert state(cloudwatch, "c") == "ALARM"
    code, _ = refusal(cloudwatch.delete_alarms, AlarmNames=["c"])
    assert code == "ValidationError"
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="false")
    cloudwatch.delete_alarms(AlarmNames=["d"])
    cloudwatch.delete_alarms(AlarmNames=["c", "a"])
    assert names(cloudwatch.describe_alarms(AlarmTypes=BOTH)) == []


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        pytest.param(
            {"AlarmRule": "ALARM(a) OR ALARM(b) OR OK(c)"},
            "ValidationError",
            "Could not save the composite alarm as alarms [b, c] in the alarm rule do not exist",
            id="unknown-alarms",
        ),
        pytest.param(
            {"AlarmRule": "ALARM(arn:aws:cloudwatch:us-east-1:999999999999:alarm:a)"},
            "ValidationError",
            "do not exist",
            id="alarm-of-another-account",
        ),
        pytest.param(
            {"AlarmRule": "ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)"},
            "ValidationError",
            "do not exist",
            id="alarm-of-another-region",
        ),
        pytest.param({"AlarmRule": "ALARM(new)"}, "ValidationError", "do not exist", id="itself-before-it-exists"),
        pytest.param({"AlarmRule": "ALARM(a"}, "ValidationError", "Error in AlarmRule [", id="not-a-rule"),
        pytest.param({"AlarmName": "a"}, "ValidationError", "a metric alarm", id="name-of-a-metric-alarm"),
        pytest.param({"AlarmActions": ["arn"] * 6}, "ValidationError", "less than or equal to 5", id="six-actions"),
        pytest.param({"ActionsSuppressor": "a"}, "ValidationError", "WaitPeriod is required", id="suppressor-alone"),
        pytest.param({"ActionsSuppressor": "x"}, "ValidationError", "x does not exist", id="unknown-suppressor"),
    ],
)
def test_composite_alarm_refused(
    cloudwatch: Any, refusal: Refusal, changes: dict[str, Any], code: str, message: str
) -> None:
    put(cloudwatch, "a")
    answered = refusal(cloudwatch.put_composite_alarm, **({"AlarmName": "new", "AlarmRule": "ALARM(a)"} | changes))
    assert answered[0] == code
    assert message in answered[1]
    assert names(cloudwatch.describe_alarms(AlarmTypes=BOTH)) == ["a"]


def test_a_rule_may_name_alarms_by_arn(cloudwatch: Any) -> None:
    put(cloudwatch, "with space")
    set_state(cloudwatch, "with space", "ALARM")
    rule = 'ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:with space")'
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule=rule)
    assert state(cloudwatch, "c") == "ALARM"
    assert names(cloudwatch.describe_alarms(ParentsOfAlarmName="with space")) == ["c"]


def test_an_alarm_that_others_depend_on_stays(cloudwatch: Any, refusal: Refusal) -> None:
    put(cloudwatch, "a", "b", "free")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a) OR ALARM(b)")
    cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="TRUE")
    one = refusal(cloudwatch.delete_alarms, AlarmNames=["free", "a"])
    assert one == ("ValidationError", "Cannot delete a as there are composite alarm(s) depending on it.")
    two = refusal(cloudwatch.delete_alarms, AlarmNames=["a", "b"])
    assert two == ("ValidationError", "Cannot delete a,b as there are composite alarm(s) depending on them.")
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["c", "d"])[0] == "ValidationError"
    cloudwatch.delete_alarms(AlarmNames=["unknown", "c", "free"])
    assert names(cloudwatch.describe_alarms(AlarmTypes=BOTH)) == ["d", "a", "b"]


@pytest.fixture
def several(cloudwatch: Any) -> Any:
    put(cloudwatch, "root-a", AlarmActions=["arn:aws:sns:us-east-1:123456789012:root"])
    put(cloudwatch, "root-b", OKActions=["arn:aws:sns:us-east-1:123456789012:other"])
    put(cloudwatch, "billing")
    set_state(cloudwatch, "billing", "ALARM")
    cloudwatch.put_composite_alarm(AlarmName="root-c", AlarmRule="ALARM(root-a) OR ALARM(root-b) OR OK(root-a)")
    return cloudwatch


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({}, ["billing", "root-a", "root-b"], id="metric-alarms-by-default"),
        pytest.param({"AlarmTypes": ["CompositeAlarm"]}, ["root-c"], id="composite-alarms"),
        pytest.param({"AlarmTypes": BOTH}, ["root-c", "billing", "root-a", "root-b"], id="both"),
        pytest.param({"AlarmTypes": ["LogAlarm"]}, [], id="log-alarms"),
        pytest.param({"AlarmNames": ["root-c", "root-a", "x"]}, ["root-a"], id="names-of-metric-alarms-only"),
        pytest.param({"AlarmNamePrefix": "root-", "AlarmTypes": BOTH}, ["root-c", "root-a", "root-b"], id="prefix"),
        pytest.param({"StateValue": "ALARM", "AlarmTypes": BOTH}, ["billing"], id="state"),
        pytest.param({"ActionPrefix": "arn:aws:sns:us-east-1:123456789012:"}, ["root-a", "root-b"], id="action"),
        pytest.param({"ActionPrefix": "arn:aws:sns:us-east-1:123456789012:root"}, ["root-a"], id="longer-action"),
        pytest.param({"AlarmNamePrefix": "root-", "StateValue": "ALARM"}, [], id="filters-join"),
        pytest.param({"ChildrenOfAlarmName": "root-c"}, ["root-a", "root-b"], id="children"),
        pytest.param({"ChildrenOfAlarmName": "root-a"}, [], id="children-of-a-metric-alarm"),
        pytest.param({"ParentsOfAlarmName": "root-b"}, ["root-c"], id="parents"),
        pytest.param({"ParentsOfAlarmName": "billing"}, [], id="no-parents"),
    ],
)
def test_alarms_are_filtered(several: Any, filters: dict[str, Any], found: list[str]) -> None:
    assert names(several.describe_alarms(**filters)) == found


def test_families_are_described_in_brief(several: Any) -> None:
    children = several.describe_alarms(ChildrenOfAlarmName="root-c")["MetricAlarms"]
    brief = {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
    assert [set(child) for child in children] == [brief, brief]
    (parent,) = several.describe_alarms(ParentsOfAlarmName="root-a")["CompositeAlarms"]
    assert set(parent) == {"AlarmName", "AlarmArn"}


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        pytest.param({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "ValidationError", id="names-and-prefix"),
        pytest.param({"ChildrenOfAlarmName": "a", "AlarmTypes": BOTH}, "ValidationError", id="children-and-types"),
        pytest.param({"ParentsOfAlarmName": "a", "StateValue": "OK"}, "ValidationError", id="parents-and-state"),
        pytest.param({"ParentsOfAlarmName": "a", "ChildrenOfAlarmName": "a"}, "ValidationError", id="both-families"),
        pytest.param({"MaxRecords": 101}, "ValidationError", id="101-records"),
        pytest.param({"AlarmTypes": ["MetricAlarms"]}, "ValidationError", id="unknown-type"),
        pytest.param({"NextToken": "token"}, "InvalidNextToken", id="foreign-token"),
    ],
)
def test_filters_refused(cloudwatch: Any, refusal: Refusal, filters: dict[str, Any], code: str) -> None:
    assert refusal(cloudwatch.describe_alarms, **filters)[0] == code


def test_pages(cloudwatch: Any) -> None:
    put(cloudwatch, *(f"alarm-{number:03}" for number in range(60)))
    cloudwatch.put_composite_alarm(AlarmName="zz", AlarmRule="TRUE")
    first = cloudwatch.describe_alarms(AlarmTypes=BOTH)
    assert len(names(first)) == 50
    put(cloudwatch, "aa-later")
    rest = cloudwatch.describe_alarms(AlarmTypes=BOTH, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert names(first) + names(rest) == ["zz", *(f"alarm-{number:03}" for number in range(60))]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=BOTH, PaginationConfig={"PageSize": 20})
    assert [len(names(page)) for page in pages] == [20, 20, 20, 2]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, ["plain", "slow"], id="without-dimensions"),
        pytest.param({"Dimensions": [{"Name": "Trail", "Value": "t"}]}, ["dimensional"], id="its-dimensions"),
        pytest.param({"Dimensions": [{"Name": "Trail", "Value": "x"}]}, [], id="other-dimensions"),
        pytest.param({"Period": 300}, ["plain"], id="period"),
        pytest.param({"Statistic": "Average"}, [], id="statistic"),
        pytest.param({"Statistic": "Sum", "Period": 900}, ["slow"], id="statistic-and-period"),
        pytest.param({"Unit": "Count"}, [], id="unit"),
        pytest.param({"Namespace": "Other"}, [], id="namespace"),
    ],
)
def test_alarms_of_a_metric(cloudwatch: Any, wanted: dict[str, Any], found: list[str]) -> None:
    put(cloudwatch, "plain")
    put(cloudwatch, "slow", Period=900)
    put(cloudwatch, "dimensional", Dimensions=[{"Name": "Trail", "Value": "t"}])
    metric = {"Namespace": "Security", "MetricName": "RootUse"}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    cloudwatch.put_metric_alarm(
        AlarmName="math",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "m1", "MetricStat": stat, "ReturnData": False}, {"Id": "e1", "Expression": "m1 * 2"}],
    )
    assert [a["AlarmName"] for a in cloudwatch.describe_alarms_for_metric(**(metric | wanted))["MetricAlarms"]] == found


def test_actions_are_switched_for_both_kinds(cloudwatch: Any) -> None:
    put(cloudwatch, "a")
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")

    def enabled() -> list[bool]:
        answer = cloudwatch.describe_alarms(AlarmTypes=BOTH)
        return [alarm["ActionsEnabled"] for alarm in answer["CompositeAlarms"] + answer["MetricAlarms"]]

    cloudwatch.disable_alarm_actions(AlarmNames=["a", "c"])
    assert enabled() == [False, False]
    cloudwatch.enable_alarm_actions(AlarmNames=["c"])
    assert enabled() == [True, False]


def test_tags_of_a_composite_alarm_count_on_creation_only(cloudwatch: Any) -> None:
    for value in ("first", "second"):
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE", Tags=[{"Key": "k", "Value": value}])
    arn = cloudwatch.describe_alarms(AlarmTypes=BOTH)["CompositeAlarms"][0]["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "first"}]


def test_refused_states(cloudwatch: Any, refusal: Refusal) -> None:
    put(cloudwatch, "a")
    wanted = {"AlarmName": "a", "StateValue": "ALARM", "StateReason": "test"}
    assert refusal(cloudwatch.set_alarm_state, **(wanted | {"AlarmName": "x"}))[0] == "ResourceNotFound"
    assert refusal(cloudwatch.set_alarm_state, **wanted, StateReasonData="{")[0] == "InvalidFormat"
    assert refusal(cloudwatch.set_alarm_state, **(wanted | {"StateValue": "FINE"}))[0] == "ValidationError"
    assert state(cloudwatch, "a") == "INSUFFICIENT_DATA"


def test_a_metric_alarm_cannot_take_the_name_of_a_composite_alarm(cloudwatch: Any, refusal: Refusal) -> None:
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
    assert refusal(cloudwatch.put_metric_alarm, AlarmName="c", **METRIC)[0] == "ValidationError"
    assert state(cloudwatch, "c") == "ALARM"
