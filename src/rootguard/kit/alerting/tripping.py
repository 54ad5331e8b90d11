"""Whether one event of root, counted by a metric filter, trips an alarm: arithmetic on the alarm's settings.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/MonitoringLogData.html (metric value and default value).
"""

import operator
from collections.abc import Callable, Mapping

from rootguard.kit.readers.alarms import MetricAlarm
from rootguard.kit.readers.metric_filters import Transformation

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

NO_NUMBER = "its metric adds {value} for an event, not a number"
OTHER_UNIT = "it selects the unit {selected}, its metric has {published}"
MORE_DATAPOINTS = "it needs {datapoints} breaching datapoints, one event makes one"
ANOMALIES = "it detects anomalies, not single events"
OPEN_STATISTIC = "the statistic {statistic} of one event depends on the others"
THRESHOLD = "one event makes {peak}, its threshold is {operator} {threshold}"
ALWAYS_IN_ALARM = "it is in ALARM without any event, so an event changes nothing"
STUCK = "it ignores missing data and its filter has no default value, so it stays in ALARM after the first event"
OBSTACLES = (
    NO_NUMBER,
    OTHER_UNIT,
    MORE_DATAPOINTS,
    ANOMALIES,
    OPEN_STATISTIC,
    THRESHOLD,
    ALWAYS_IN_ALARM,
    STUCK,
)
"""All that can keep one event from tripping an alarm, as `str.format` takes it."""


def watches(alarm: MetricAlarm, transformation: Transformation, dimensions: Mapping[str, str]) -> bool:
    """Whether an alarm is on exactly the metric that a filter publishes, dimensions included."""
    metric = (alarm.namespace, alarm.metric, dict(alarm.dimensions))
    return metric == (transformation.namespace, transformation.name, dict(dimensions))


def untripped(alarm: MetricAlarm, transformation: Transformation) -> str:
    """Why one event would not bring an alarm into ALARM from another state, "" when it would."""
    value = _number(transformation.value)
    if value is None:
        return NO_NUMBER.format(value=transformation.value)
    if alarm.unit and alarm.unit != transformation.unit:
        return OTHER_UNIT.format(selected=alarm.unit, published=transformation.unit)
    if alarm.datapoints != 1 and not _alone_suffices(alarm, transformation):
        return MORE_DATAPOINTS.format(datapoints=alarm.datapoints)
    compare = _OPERATORS.get(alarm.operator)
    if compare is None or alarm.threshold is None:
        return ANOMALIES
    peak = _peak(alarm.statistic, value, transformation.default)
    if peak is None:
        return OPEN_STATISTIC.format(statistic=alarm.statistic)
    if not compare(peak, alarm.threshold):
        return THRESHOLD.format(peak=f"{peak:g}", operator=alarm.operator, threshold=f"{alarm.threshold:g}")
    quiet = None if transformation.default is None else compare(transformation.default, alarm.threshold)
    return _stuck(alarm.missing_data, quiet_breaches=quiet)


def _stuck(missing_data: str, *, quiet_breaches: bool | None) -> str:
    """Why an alarm would be in ALARM already when the event comes, "" when it would not.

    Args:
        missing_data: How the alarm treats a period without data.
        quiet_breaches: Whether a period breaches that has other events only; None where they leave no data.
    """
    if missing_data == "breaching" or quiet_breaches:
        return ALWAYS_IN_ALARM
    if missing_data == "ignore" and quiet_breaches is None:
        return STUCK
    return ""


def _alone_suffices(alarm: MetricAlarm, transformation: Transformation) -> bool:
    """Whether one datapoint among missing ones trips an alarm that asks for several.

    It does where missing data is treated as missing, once the datapoint is old enough: "premature transitions" on
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
    """
    return alarm.missing_data == "missing" and transformation.default is None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _peak(statistic: str, value: float, default: float | None) -> float | None:
    """The statistic of a period with one event, the other log events adding `default`; None where that is open."""
    match statistic:
        case "Sum" if default in (None, 0):
            return value
        case "Maximum" | "p100":
            return value if default is None else max(value, default)
        case "Minimum" | "Average" | "p0" if default is None or default == value:
            return value
        case "SampleCount" if default is None:
            return 1.0
        case _:
            return None
