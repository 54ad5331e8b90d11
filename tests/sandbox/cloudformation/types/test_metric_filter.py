"""Metric filters, as CloudFormation makes them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

KIND = "AWS::Logs::MetricFilter"
METRIC: dict[str, Any] = {"MetricNamespace": "security", "MetricName": "root", "MetricValue": "1"}
ROOT = {"FilterPattern": '{ $.userIdentity.type = "Root" }', "LogGroupName": "trails"}


@pytest.fixture(scope="module")
def logs(context: Context) -> Any:
    client = context.client("logs")
    client.create_log_group(logGroupName="trails")
    return client


@pytest.fixture
def create(handler: Callable[[str], ResourceType], context: Context, logs: Any) -> Any:
    """Make a metric filter, which is deleted after the test."""
    made: list[Physical] = []

    def make(metric: dict[str, Any] | None = None, **properties: Any) -> Physical:
        given = ROOT | {"MetricTransformations": [METRIC | (metric or {})]} | properties
        made.append(handler(KIND).create(given, context))
        return made[-1]

    yield make
    for each in made:
        handler(KIND).delete(each, ROOT, context)
    assert logs.describe_metric_filters(logGroupName="trails")["metricFilters"] == []


def only(logs: Any) -> dict[str, Any]:
    (found,) = logs.describe_metric_filters(logGroupName="trails")["metricFilters"]
    return dict(found)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        pytest.param({}, {"metricValue": "1"}, id="a count"),
        pytest.param({"DefaultValue": 0}, {"defaultValue": 0.0}, id="a default value"),
        pytest.param({"DefaultValue": "0.5"}, {"defaultValue": 0.5}, id="a number in text"),
        pytest.param({"MetricValue": 1}, {"metricValue": "1"}, id="text in a number"),
        pytest.param({"Unit": "Count"}, {"unit": "Count"}, id="a unit"),
        pytest.param(
            {"Dimensions": [{"Key": "region", "Value": "$.awsRegion"}]},
            {"dimensions": {"region": "$.awsRegion"}},
            id="a dimension",
        ),
    ],
)
def test_a_filter_publishes_the_metric_of_the_template(
    create: Any, logs: Any, metric: dict[str, Any], expected: dict[str, Any]
) -> None:
    made, found = create(metric), only(logs)
    assert made.id == found["filterName"]
    assert made.id.startswith("demo-Thing-")
    assert expected.items() <= found["metricTransformations"][0].items()


def test_an_update_replaces_the_pattern(
    handler: Callable[[str], ResourceType], create: Any, context: Context, logs: Any
) -> None:
    made = create(FilterName="root")
    new = ROOT | {"FilterPattern": "root", "MetricTransformations": [METRIC]}
    assert handler(KIND).update(made, ROOT, new, context).id == "root"
    assert only(logs)["filterPattern"] == "root"


def test_a_filter_of_that_name_is_not_taken_over(create: Any) -> None:
    create(FilterName="root")
    create(FilterName="root-too")
    with pytest.raises(ResourceFailedError, match=r"trails\|root' already exists"):
        create(FilterName="root")


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        pytest.param({"LogGroupName": "nowhere"}, "log group does not exist", id="no log group"),
        pytest.param({"FilterPattern": "{ $.a = "}, "Invalid metric filter pattern", id="a malformed pattern"),
    ],
)
def test_the_services_refusal_is_the_resources(create: Any, properties: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        create(**properties)


def test_a_filter_whose_log_group_is_gone_is_deleted(
    handler: Callable[[str], ResourceType], context: Context, logs: Any
) -> None:
    logs.create_log_group(logGroupName="short-lived")
    properties = ROOT | {"LogGroupName": "short-lived", "MetricTransformations": [METRIC]}
    made = handler(KIND).create(properties, context)
    logs.delete_log_group(logGroupName="short-lived")
    handler(KIND).delete(made, properties, context)
