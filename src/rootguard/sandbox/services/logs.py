"""CloudWatch Logs: metric filters that are checked, counted, paged and tested.

moto stores metric filters in `LogsBackend.filters` without looking at them; they stay there. What is added follows
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ (API_PutMetricFilter, API_DescribeMetricFilters,
API_DeleteMetricFilter, API_TestMetricFilter) and the documentation strings of botocore's `logs` model.
"""

import json
import time
from collections import Counter
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.logs.models import LogGroup, LogsBackend, logs_backends

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.filter_pattern import FilterPattern, InvalidFilterPatternError, extracted, has_regex, parse
from rootguard.sandbox.filter_pattern.pattern import DelimitedPattern, JsonPattern
from rootguard.sandbox.log_groups import check_deletable, described
from rootguard.sandbox.paging import InvalidTokenError, page

MAX_FILTERS = 100
"""Metric filters of one log group (API_PutMetricFilter)."""

MAX_REGEX_FILTERS = 5
"""Metric and subscription filters of one log group whose pattern has a regular expression
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, Quotas)."""

MAX_DIMENSIONS = 3
PAGE_SIZE = 50
_SYSTEM_FIELDS = {"@aws.account", "@aws.region"}
_BAD_REQUEST = 400


@operation("logs:TestMetricFilter")
def test_metric_filter(call: Call) -> dict[str, Any]:
    """Say which messages a pattern matches, counted from 1 as in aws-cli's recorded example.

    The API reference's own examples, of 2014, count from 0.
    """
    pattern = _parsed(call.parameters["filterPattern"])
    records = []
    for number, message in enumerate(call.parameters["logEventMessages"], start=1):
        values = extracted(pattern, message)
        if values is not None:
            records.append({"eventNumber": number, "eventMessage": message, "extractedValues": values})
    return {"matches": records}


@operation("logs:PutMetricFilter")
def put_metric_filter(call: Call) -> dict[str, Any]:
    """Create a metric filter, or replace the one of that name, once all of it is acceptable."""
    pattern = _parsed(call.parameters["filterPattern"])
    _check_transformation(call.parameters, pattern)
    _refuse_unsupported(call.parameters)
    backend, group = _backend(call), _group(call)
    key = group.name, call.parameters["filterName"]
    others = [each for each in _filters_of(backend, group.name) if each["filterName"] != key[1]]
    _check_quotas(others, group, pattern)
    replaced = next((each for each in backend.filters.metric_filters if _key(each) == key), None)
    if replaced:
        backend.filters.metric_filters.remove(replaced)
    backend.filters.metric_filters.append(_metric_filter(call.parameters, replaced))
    return {}


@operation("logs:DescribeMetricFilters")
def describe_metric_filters(call: Call) -> dict[str, Any]:
    """List metric filters, sorted by name, 50 to a page unless `limit` says less."""
    asked = call.parameters
    if ("metricName" in asked) != ("metricNamespace" in asked):
        raise AwsError("InvalidParameterException", "metricName and metricNamespace must be specified together.")
    if "logGroupName" in asked:
        _group(call)
    chosen = [each for each in _backend(call).filters.metric_filters if _is_asked_for(each, asked)]
    try:
        filters, token = page(
            chosen,
            lambda each: (each["filterName"], each["logGroupName"]),
            asked.get("limit", PAGE_SIZE),
            asked.get("nextToken"),
        )
    except InvalidTokenError:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.") from None
    return {"metricFilters": list(filters)} | ({"nextToken": token} if token else {})


@operation("logs:DeleteMetricFilter")
def delete_metric_filter(call: Call) -> dict[str, Any]:
    """Delete a metric filter that is there."""
    key = _group(call).name, call.parameters["filterName"]
    filters = _backend(call).filters.metric_filters
    found = next((each for each in filters if _key(each) == key), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
    filters.remove(found)
    return {}


@operation("logs:DeleteLogGroup")
def delete_log_group(call: Call) -> TYPE_RESPONSE:
    """Delete a log group, and with it its metric filters, which moto would keep for a new group of that name."""
    group = _backend(call).groups.get(call.parameters["logGroupName"])
    if group is not None:
        check_deletable(group)
    answer = call.moto()
    if answer[0] < _BAD_REQUEST:
        backend, name = _backend(call), call.parameters.get("logGroupName")
        for each in _filters_of(backend, name):
            backend.filters.metric_filters.remove(each)
    return answer


@operation("logs:DescribeLogGroups")
def describe_log_groups(call: Call) -> dict[str, Any] | TYPE_RESPONSE:
    """Describe log groups as moto does, with the number of their metric filters, for which moto says 0."""
    answer = call.moto()
    if answer[0] >= _BAD_REQUEST:
        return answer
    answered = json.loads(answer[2])
    counts = Counter(each["logGroupName"] for each in _backend(call).filters.metric_filters)
    for group in answered["logGroups"]:
        group.update(described(_backend(call).groups[group["logGroupName"]]))
        group["metricFilterCount"] = counts[group["logGroupName"]]
    return {name: value for name, value in answered.items() if value is not None}


def _backend(call: Call) -> LogsBackend:
    return logs_backends[call.account_id][call.region]


def _group(call: Call) -> LogGroup:
    group = _backend(call).groups.get(call.parameters["logGroupName"])
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _filters_of(backend: LogsBackend, group_name: str | None) -> list[dict[str, Any]]:
    return [each for each in backend.filters.metric_filters if each["logGroupName"] == group_name]


def _key(metric_filter: dict[str, Any]) -> tuple[str, str]:
    return metric_filter["logGroupName"], metric_filter["filterName"]


def _parsed(pattern: str) -> FilterPattern:
    try:
        return parse(pattern)
    except InvalidFilterPatternError:
        raise AwsError("InvalidParameterException", "Invalid metric filter pattern") from None


def _check_transformation(parameters: dict[str, Any], pattern: FilterPattern) -> None:
    """Refuse dimensions that cannot be.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html: "only
    available for JSON and space-delimited filter patterns", "up to three", and no default value beside them.
    """
    transformation = parameters["metricTransformations"][0]
    dimensions, system_fields = transformation.get("dimensions", {}), parameters.get("emitSystemFieldDimensions", [])
    if not set(system_fields) <= _SYSTEM_FIELDS:
        raise AwsError("InvalidParameterException", "Invalid value in emitSystemFieldDimensions.")
    if len(dimensions) + len(system_fields) > MAX_DIMENSIONS:
        raise AwsError("InvalidParameterException", "Invalid metric transformation: more than 3 dimensions.")
    if dimensions and "defaultValue" in transformation:
        reason = "dimensions and default value are mutually exclusive properties"
        raise AwsError("InvalidParameterException", f"Invalid metric transformation: {reason}")
    if dimensions and not isinstance(pattern, JsonPattern | DelimitedPattern):
        raise AwsError("InvalidParameterException", "The specified filter pattern does not support dimensions")


def _refuse_unsupported(parameters: dict[str, Any]) -> None:
    for name in ("applyOnTransformedLogs", "fieldSelectionCriteria"):
        if parameters.get(name):
            raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no {name} of a metric filter.")


def _check_quotas(others: list[dict[str, Any]], group: LogGroup, pattern: FilterPattern) -> None:
    patterns = [each["filterPattern"] for each in others]
    patterns += [each.filter_pattern for each in group.subscription_filters.values()]
    full_of_regexes = has_regex(pattern) and sum(map(_has_regex, patterns)) >= MAX_REGEX_FILTERS
    if len(others) >= MAX_FILTERS or full_of_regexes:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")


def _has_regex(pattern: str) -> bool:
    try:
        return has_regex(parse(pattern))
    except InvalidFilterPatternError:  # moto takes any pattern for a subscription filter
        return False


def _metric_filter(parameters: dict[str, Any], replaced: dict[str, Any] | None) -> dict[str, Any]:
    (transformation,) = parameters["metricTransformations"]
    stored = {name: parameters[name] for name in ("filterName", "filterPattern", "logGroupName")}
    stored |= {
        "metricTransformations": [{"unit": "None"} | transformation],
        "creationTime": replaced["creationTime"] if replaced else int(time.time() * 1000),
        "applyOnTransformedLogs": False,
    }
    if system_fields := parameters.get("emitSystemFieldDimensions"):
        stored["emitSystemFieldDimensions"] = system_fields
    return stored


def _is_asked_for(metric_filter: dict[str, Any], asked: dict[str, Any]) -> bool:
    (transformation,) = metric_filter["metricTransformations"]
    if "logGroupName" in asked:  # the prefix counts only beside it
        if metric_filter["logGroupName"] != asked["logGroupName"]:
            return False
        if not metric_filter["filterName"].startswith(asked.get("filterNamePrefix", "")):
            return False
    return all(transformation[name] == asked[name] for name in ("metricName", "metricNamespace") if name in asked)
