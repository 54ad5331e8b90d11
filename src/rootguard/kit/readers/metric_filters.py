"""Metric filters of a log group, and AWS's own word on which events they fire on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rootguard.kit.account import Account, Answer
from rootguard.kit.readers.trails import LogGroup


@dataclass(frozen=True, slots=True)
class Transformation:
    """The metric that a filter publishes to.

    Attributes:
        value: What one matching event adds: a number as text, or a selector like `$.size`.
        default: What a log event that does not match adds, None for nothing.
        unit: "None" unless the filter says otherwise.
        dimensions: Dimension name -> selector of its value.
    """

    namespace: str
    name: str
    value: str
    default: float | None
    unit: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A metric filter.

    Attributes:
        transformed: It sees logs as a transformer leaves them, so what it does with raw ones says nothing.
        criteria: It sees the logs of some accounts or Regions only, so one that fires may not fire; "" for all.
    """

    name: str
    pattern: str
    transformations: tuple[Transformation, ...]
    transformed: bool
    criteria: str


def read_metric_filters(account: Account, log_group: LogGroup) -> tuple[MetricFilter, ...]:
    """All metric filters of a log group (logs:DescribeMetricFilters, all pages).

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricFilter.html

    Raises:
        EvidenceUnavailable: The call failed or a filter lacks a member.
    """
    pages = account.pages("logs:DescribeMetricFilters", region=log_group.region, logGroupName=log_group.name)
    return tuple(_metric_filter(item) for page in pages for item in page.structures("metricFilters"))


def read_fired(account: Account, region: str, pattern: str, messages: Sequence[str]) -> frozenset[str]:
    """Which of the messages a filter pattern fires on, as AWS judges (logs:TestMetricFilter).

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html

    Args:
        account: Any account; the call needs no resource.
        region: Any Region.
        pattern: At most 1,024 characters.
        messages: At most 50, each different, so that the answer's copy of a message identifies it.

    Raises:
        EvidenceUnavailable: The call failed or names a message that was not sent.
    """
    answer = account.call(
        "logs:TestMetricFilter", region=region, filterPattern=pattern, logEventMessages=list(messages)
    )
    fired = frozenset(match.text("eventMessage") for match in answer.structures("matches"))
    if not fired <= set(messages):
        raise answer.unavailable("the answer matches a message that was not sent")
    return fired


def _metric_filter(item: Answer) -> MetricFilter:
    return MetricFilter(
        name=item.text("filterName"),
        pattern=item.text("filterPattern"),
        transformations=tuple(_transformation(found) for found in item.structures("metricTransformations")),
        transformed=item.flag("applyOnTransformedLogs", default=False),
        criteria=item.text("fieldSelectionCriteria", ""),
    )


def _transformation(found: Answer) -> Transformation:
    return Transformation(
        namespace=found.text("metricNamespace"),
        name=found.text("metricName"),
        value=found.text("metricValue"),
        default=found.number("defaultValue") if "defaultValue" in found else None,
        unit=found.text("unit", "None"),
        dimensions=dict(found.raw("dimensions")) if "dimensions" in found else {},
    )
