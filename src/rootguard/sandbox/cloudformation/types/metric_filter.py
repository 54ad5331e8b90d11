"""Amazon CloudWatch Logs: metric filters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-metricfilter.html; what the
handlers call is listed in the type's schema (handlers).
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, gone, send
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

# Properties whose names the API begins with a lower-case letter, as it does with those inside of them.
_PARAMETERS = (
    "ApplyOnTransformedLogs",
    "EmitSystemFieldDimensions",
    "FieldSelectionCriteria",
    "FilterPattern",
    "LogGroupName",
)
_GONE = "ResourceNotFoundException"


@resource_type("AWS::Logs::MetricFilter")
class MetricFilter(ResourceType):
    """A metric filter; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put the filter, unless the log group has one of that name, which the API would replace."""
        name = properties.get("FilterName") or context.generated_name(512)
        if _is_there(context, properties["LogGroupName"], name):
            raise already_exists(self.name, f"{properties['LogGroupName']}|{name}")
        _put(context, name, properties)
        return Physical(name)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the filter again, whole."""
        _put(context, physical.id, new)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the filter."""
        with gone(_GONE):
            context.client("logs").delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=physical.id)


def _put(context: Context, name: str, properties: Properties) -> None:
    request = {_api_name(key): properties[key] for key in _PARAMETERS if properties.get(key) is not None}
    metrics = [_transformation(each) for each in properties["MetricTransformations"]]
    send(context.client("logs"), "PutMetricFilter", request | {"filterName": name, "metricTransformations": metrics})


def _transformation(properties: Properties) -> dict[str, Any]:
    """A metric as the API writes it: its dimensions by name instead of in a list."""
    found = {_api_name(key): value for key, value in properties.items()}
    if "dimensions" in found:
        found["dimensions"] = {each["Key"]: each["Value"] for each in found["dimensions"]}
    return found


def _is_there(context: Context, log_group: str, name: str) -> bool:
    pages = context.client("logs").get_paginator("describe_metric_filters")
    found = pages.paginate(logGroupName=log_group, filterNamePrefix=name)
    return any(each["filterName"] == name for page in found for each in page["metricFilters"])


def _api_name(key: str) -> str:
    return key[:1].lower() + key[1:]
