"""Alarms as CloudWatch describes them: on a metric, on metric math, on anomalies, on other alarms."""

from collections.abc import Mapping
from typing import Any

import pytest

from rootguard.kit.account import Account
from rootguard.kit.readers.alarms import read_alarms
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:security"

STATIC = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
SIMPLE = {"Namespace": "LogMetrics", "MetricName": "RootUse", "Period": 300}
STAT = {"Metric": {"Namespace": "LogMetrics", "MetricName": "RootUse"}, "Period": 300, "Stat": "Sum"}
BAND = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 2)", "ReturnData": True}
ANOMALY = {
    "Metrics": [{"Id": "m", "MetricStat": STAT, "ReturnData": True}, BAND],
    "ThresholdMetricId": "band",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanUpperThreshold",
}
MATH = {
    "Metrics": [
        {"Id": "m", "MetricStat": STAT, "ReturnData": False},
        {"Id": "e", "Expression": "m * 2", "ReturnData": True},
    ]
}


@pytest.mark.parametrize(
    ("settings", "facts"),
    [
        pytest.param(
            STATIC | SIMPLE | {"Statistic": "Sum"},
            {
                "metric": "RootUse",
                "statistic": "Sum",
                "threshold": 1,
                "datapoints": 1,
                "unit": "",
                "missing_data": "missing",
            },
            id="a metric",
        ),
        pytest.param(
            STATIC | SIMPLE | {"ExtendedStatistic": "p100", "Unit": "Count", "TreatMissingData": "notBreaching"},
            {"statistic": "p100", "unit": "Count", "missing_data": "notBreaching"},
            id="a percentile and a unit",
        ),
        pytest.param(
            STATIC | SIMPLE | {"Statistic": "Sum", "EvaluationPeriods": 3},
            {"datapoints": 3},
            id="datapoints by default",
        ),
        pytest.param(
            STATIC | SIMPLE | {"Statistic": "Sum", "EvaluationPeriods": 3, "DatapointsToAlarm": 2},
            {"datapoints": 2},
            id="two of three datapoints",
        ),
        pytest.param(
            STATIC | SIMPLE | {"Statistic": "Sum", "Dimensions": [{"Name": "T", "Value": "Root"}]},
            {"dimensions": {"T": "Root"}},
            id="a dimension",
        ),
        pytest.param(
            STATIC | {"Metrics": [{"Id": "m", "MetricStat": STAT | {"Unit": "Count"}, "ReturnData": True}]},
            {"namespace": "LogMetrics", "metric": "RootUse", "statistic": "Sum", "unit": "Count"},
            id="a metric in a list of queries",
        ),
        pytest.param(STATIC | MATH, {"namespace": "", "metric": "", "statistic": ""}, id="metric math"),
        pytest.param(
            ANOMALY,
            {"metric": "RootUse", "threshold": None, "operator": "GreaterThanUpperThreshold"},
            id="anomaly detection",
        ),
    ],
)
def test_metric_alarms_are_read(
    account: Account, sandbox: Sandbox, settings: Mapping[str, Any], facts: Mapping[str, object]
) -> None:
    cloudwatch: Any = sandbox.session(ACCOUNT).client("cloudwatch", region_name="eu-west-1")
    cloudwatch.put_metric_alarm(AlarmName="root", AlarmActions=[TOPIC], **settings)
    alarms = read_alarms(account, "eu-west-1")
    assert alarms.composite == ()
    (alarm,) = alarms.metric
    assert {name: getattr(alarm, name) for name in facts} == facts
    assert (alarm.name, alarm.actions_enabled, alarm.actions) == ("root", True, (TOPIC,))


def test_alarms_of_both_kinds_and_all_pages_are_read(account: Account, sandbox: Sandbox) -> None:
    cloudwatch: Any = sandbox.session(ACCOUNT).client("cloudwatch")
    for number in range(101):
        cloudwatch.put_metric_alarm(AlarmName=f"root-{number:03}", Statistic="Sum", **STATIC, **SIMPLE)
    cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(root-000)", ActionsEnabled=False)
    alarms = read_alarms(account, "us-east-1")
    assert [alarm.name for alarm in alarms.metric] == [f"root-{number:03}" for number in range(101)]
    assert [(alarm.name, alarm.rule, alarm.actions_enabled) for alarm in alarms.composite] == [
        ("all", "ALARM(root-000)", False)
    ]
