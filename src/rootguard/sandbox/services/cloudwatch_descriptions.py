"""CloudWatch alarms as they are described: filters, families, pages (cloudwatch, API model)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm, Dimension, MetricDataQuery

from rootguard.sandbox.composite_alarms import Alarms, AlarmSettings, alarms_in, children, parents, rule_of
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.state import state

_METRIC, _COMPOSITE = "MetricAlarm", "CompositeAlarm"
_PAGE = 50  # where MaxRecords is left out; the API model names 100 as the most, but no default
_PAGING = {"MaxRecords", "NextToken"}

type Described = dict[str, Any]


@operation("cloudwatch:DescribeAlarms")
def describe_alarms(call: Call) -> Answer:
    """Describe alarms: by default metric alarms only; the filters given must all fit.

    Of children only "Alarm Name, ARN, StateValue, and StateUpdatedTimestamp" are returned, of parents "only the Alarm
    Name and ARN" (API model). PutLogAlarm does not exist here, so there never are log alarms.
    """
    given = {name for name, value in call.parameters.items() if value not in (None, [], "")}
    _refuse_combinations(given)
    chosen, members = _chosen(call, given)
    shown, token = _page(chosen, call)
    answer: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
    if "LogAlarm" in call.parameters.get("AlarmTypes", ()):
        answer["LogAlarms"] = []
    for alarm in shown:
        answer[f"{_kind(alarm)}s"].append(_described(alarm, call, members))
    return answer | ({"NextToken": token} if token else {})


@operation("cloudwatch:DescribeAlarmsForMetric")
def describe_alarms_for_metric(call: Call) -> Answer:
    """Describe the alarms of one metric; alarms on expressions and composite alarms are left out (API model).

    A metric is its name, namespace and dimensions: "If the metric has any associated dimensions, you must specify them
    in order for the call to succeed". Statistic, period and unit filter where given.
    """
    wanted = call.parameters
    found = [alarm for alarm in alarms_in(call.account_id, call.region).values() if _watches(alarm, wanted)]
    return {"MetricAlarms": [_described(alarm, call) for alarm in sorted(found, key=_position)]}


def _watches(alarm: Alarm, wanted: dict[str, Any]) -> bool:
    dimensions = {(given["Name"], given["Value"]) for given in wanted.get("Dimensions", ())}
    if (alarm.metric_name, alarm.namespace) != (wanted["MetricName"], wanted["Namespace"]):
        return False
    if {(dimension.name, dimension.value) for dimension in alarm.dimensions} != dimensions:
        return False
    filters = {
        "Statistic": alarm.statistic,
        "ExtendedStatistic": alarm.extended_statistic,
        "Period": alarm.period,
        "Unit": alarm.unit,
    }
    return all(wanted.get(name) in (None, value) for name, value in filters.items())


def _refuse_combinations(given: set[str]) -> None:
    for family in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if family in given and given - _PAGING - {family}:
            raise AwsError("ValidationError", f"{family} can only be specified with MaxRecords and NextToken")
    if {"AlarmNames", "AlarmNamePrefix"} <= given:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be specified together")


_CHILD = frozenset({"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"})
_PARENT = frozenset({"AlarmName", "AlarmArn"})


def _chosen(call: Call, given: set[str]) -> tuple[Iterable[Alarm], frozenset[str]]:
    """The alarms that fit the request, and to which members of their description it is limited (none: to nothing)."""
    alarms = alarms_in(call.account_id, call.region)
    if "ChildrenOfAlarmName" in given:
        return _children(call, alarms), _CHILD
    if "ParentsOfAlarmName" in given:
        return parents(call.parameters["ParentsOfAlarmName"], alarms), _PARENT
    filters = _filters(call.parameters, given)
    return [alarm for alarm in alarms.values() if all(fits(alarm) for fits in filters)], frozenset()


def _children(call: Call, alarms: Alarms) -> list[Alarm]:
    composite = alarms.get(call.parameters["ChildrenOfAlarmName"])
    rule = rule_of(composite) if composite else None
    if rule is None:
        return []
    names = children(rule, call.account_id, call.region).values()
    return [alarms[name] for name in dict.fromkeys(names) if name in alarms]


def _filters(wanted: dict[str, Any], given: set[str]) -> list[Callable[[Alarm], bool]]:
    types = wanted.get("AlarmTypes") or [_METRIC]
    named, prefix = frozenset(wanted.get("AlarmNames", ())), wanted.get("AlarmNamePrefix", "")
    filters: dict[str, Callable[[Alarm], bool]] = {
        "AlarmNames": lambda alarm: alarm.name in named,
        "AlarmNamePrefix": lambda alarm: alarm.name.startswith(prefix),
        "StateValue": lambda alarm: alarm.state_value == wanted["StateValue"],
        "ActionPrefix": lambda alarm: any(action.startswith(wanted["ActionPrefix"]) for action in _actions(alarm)),
    }
    return [lambda alarm: _kind(alarm) in types, *(fits for name, fits in filters.items() if name in given)]


def _actions(alarm: Alarm) -> tuple[str, ...]:
    return (*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions)


def _kind(alarm: Alarm) -> str:
    return _METRIC if alarm.rule is None else _COMPOSITE


def _position(alarm: Alarm) -> tuple[str, str]:
    """Composite alarms before metric alarms, and by name."""
    return _kind(alarm), alarm.name


def _page(alarms: Iterable[Alarm], call: Call) -> tuple[Sequence[Alarm], str | None]:
    size = call.parameters.get("MaxRecords") or _PAGE
    try:
        return page(tuple(alarms), _position, size, call.parameters.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidNextToken", "The token specified is invalid.") from None


def _described(alarm: Alarm, call: Call, members: frozenset[str] = frozenset()) -> Described:
    """An alarm in the words of the API, without what it does not have."""
    described = _common(alarm) | (_metric(alarm) if alarm.rule is None else {"AlarmRule": alarm.rule})
    described |= state(AlarmSettings, call.account_id, call.region).by_name.get(alarm.name, {})
    return {
        name: value for name, value in described.items() if value not in (None, "") and (not members or name in members)
    }


def _common(alarm: Alarm) -> Described:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": _utc(alarm.configuration_updated_timestamp),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
        "StateUpdatedTimestamp": _utc(alarm.state_updated_timestamp),
        "StateTransitionedTimestamp": _utc(_transitioned(alarm)),
    }


def _transitioned(alarm: Alarm) -> datetime:
    """When the state's value last changed; moto's history holds what each update replaced."""
    since: datetime = alarm.state_updated_timestamp
    for _, _, _, value, moment in reversed(alarm.history):
        if value != alarm.state_value:
            break
        since = moment
    return since


def _metric(alarm: Alarm) -> Described:
    queries = [_query(query) for query in alarm.metric_data_queries]
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Statistic": alarm.statistic,
        "ExtendedStatistic": alarm.extended_statistic,
        "Dimensions": _dimensions(alarm.dimensions),
        "Period": alarm.period,
        "Unit": alarm.unit,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
        "Metrics": queries or None,
        "ThresholdMetricId": alarm.threshold_metric_id,
    }


def _query(query: MetricDataQuery) -> Described:
    described = {
        "Id": query.id,
        "Expression": query.expression,
        "Label": query.label,
        "ReturnData": query.return_data,
        "Period": query.period,
        "MetricStat": query.metric_stat and _metric_stat(query.metric_stat),
    }
    return {name: value for name, value in described.items() if value is not None}


def _metric_stat(stat: Any) -> Described:
    metric = {
        "Namespace": stat.metric.namespace,
        "MetricName": stat.metric.metric_name,
        "Dimensions": _dimensions(stat.metric.dimensions),
    }
    described = {"Metric": metric, "Period": stat.period, "Stat": stat.stat, "Unit": stat.unit}
    return {name: value for name, value in described.items() if value is not None}


def _dimensions(dimensions: Iterable[Dimension]) -> list[Described]:
    return [{"Name": dimension.name, "Value": dimension.value} for dimension in dimensions]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
