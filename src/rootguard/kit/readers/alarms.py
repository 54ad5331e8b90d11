"""CloudWatch alarms of an account and Region: metric alarms and composite alarms."""

from collections.abc import Mapping
from dataclasses import dataclass

from rootguard.kit.account import Account, Answer


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """An alarm on one metric; an alarm on a metric-math expression has an empty `metric`.

    Attributes:
        datapoints: How many breaching datapoints it takes.
        threshold: None for anomaly detection.
        unit: "" when the alarm does not select by unit.
    """

    name: str
    arn: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    threshold: float | None
    operator: str
    datapoints: int
    missing_data: str
    unit: str
    actions_enabled: bool
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm on the states of other alarms."""

    name: str
    arn: str
    rule: str
    actions_enabled: bool
    actions: tuple[str, ...]


type Alarm = MetricAlarm | CompositeAlarm


@dataclass(frozen=True, slots=True)
class Alarms:
    """All alarms of an account and Region."""

    metric: tuple[MetricAlarm, ...]
    composite: tuple[CompositeAlarm, ...]


def read_alarms(account: Account, region: str) -> Alarms:
    """Every metric and composite alarm (cloudwatch:DescribeAlarms, all pages).

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html: without AlarmTypes only
    metric alarms are returned.

    Raises:
        EvidenceUnavailable: The call failed or an alarm lacks a member.
    """
    pages = tuple(
        account.pages(
            "cloudwatch:DescribeAlarms", region=region, AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
    )
    return Alarms(
        metric=tuple(_metric_alarm(item) for page in pages for item in page.structures("MetricAlarms")),
        composite=tuple(_composite_alarm(item) for page in pages for item in page.structures("CompositeAlarms")),
    )


def _metric_alarm(item: Answer) -> MetricAlarm:
    metric = _single_metric(item)
    periods = item.number("EvaluationPeriods")
    return MetricAlarm(
        name=item.text("AlarmName"),
        arn=item.text("AlarmArn"),
        namespace=metric.text("Namespace", ""),
        metric=metric.text("MetricName", ""),
        dimensions={each.text("Name"): each.text("Value") for each in metric.structures("Dimensions", [])},
        statistic=metric.text("Statistic", "") or metric.text("Stat", "") or metric.text("ExtendedStatistic", ""),
        threshold=item.number("Threshold") if "Threshold" in item else None,
        operator=item.text("ComparisonOperator"),
        datapoints=int(item.number("DatapointsToAlarm", periods)),
        missing_data=item.text("TreatMissingData", "missing"),
        unit=metric.text("Unit", ""),
        actions_enabled=item.flag("ActionsEnabled"),
        actions=item.texts("AlarmActions", []),
    )


def _single_metric(item: Answer) -> Answer:
    """The structure that holds the metric: the alarm itself, or the one MetricStat of a Metrics list that it watches.

    Beside that one a list may have an anomaly detection band; a MetricStat that returns no data only feeds others.
    """
    queries = item.structures("Metrics", [])
    watched = [each for each in queries if "MetricStat" in each and each.flag("ReturnData", default=True)]
    if len(watched) != 1:
        return item
    stat = watched[0].structure("MetricStat")
    found = stat.structure("Metric")
    return found.merged(stat)


def _composite_alarm(item: Answer) -> CompositeAlarm:
    return CompositeAlarm(
        name=item.text("AlarmName"),
        arn=item.text("AlarmArn"),
        rule=item.text("AlarmRule"),
        actions_enabled=item.flag("ActionsEnabled"),
        actions=item.texts("AlarmActions", []),
    )
