"""Metric filters over HTTP: tested, checked, counted, paged."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rootguard.sandbox.server import Sandbox

type Client = Any  # boto3's client; its stubs are not installed

CIS = '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
ROOT = json.dumps({"userIdentity": {"type": "Root"}, "eventType": "AwsConsoleSignIn", "eventName": "ConsoleLogin"})
USER = json.dumps({"userIdentity": {"type": "IAMUser"}, "eventType": "AwsConsoleSignIn"})
GROUP = "/trail/events"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(running: Sandbox) -> Client:
    once = Config(retries={"total_max_attempts": 1})  # botocore would take LimitExceededException for throttling
    return running.session(running.management_account_id).client("logs", config=once)


@pytest.fixture
def logs(client: Client) -> Iterator[Client]:
    client.create_log_group(logGroupName=GROUP)
    yield client
    for group in client.describe_log_groups()["logGroups"]:
        client.delete_log_group(logGroupName=group["logGroupName"])


def put(client: Client, name: str = "root", pattern: str = CIS, **changes: Any) -> None:
    group = changes.pop("group", GROUP)
    others = {key: changes.pop(key) for key in ("emitSystemFieldDimensions",) if key in changes}
    transformation = {"metricName": "RootUse", "metricNamespace": "Security", "metricValue": "1"} | changes
    client.put_metric_filter(
        logGroupName=group,
        filterName=name,
        filterPattern=pattern,
        metricTransformations=[transformation],
        **others,
    )


def names(client: Client, **asked: Any) -> list[str]:
    return [each["filterName"] for each in client.describe_metric_filters(**asked)["metricFilters"]]


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    answer = error.value.response["Error"]
    return answer["Code"], answer["Message"]


def test_a_pattern_is_tested_against_messages_counted_from_one(logs: Client) -> None:
    answer = logs.test_metric_filter(filterPattern=CIS, logEventMessages=[USER, ROOT, "no JSON", ROOT])
    assert answer["matches"] == [
        {"eventNumber": 2, "eventMessage": ROOT, "extractedValues": {}},
        {"eventNumber": 4, "eventMessage": ROOT, "extractedValues": {}},
    ]


def test_a_space_delimited_pattern_extracts_its_fields(logs: Client) -> None:
    message = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
    answer = logs.test_metric_filter(filterPattern="[..., status_code=4*, size]", logEventMessages=[message])
    assert answer["matches"][0]["extractedValues"] == {
        "$1": "127.0.0.1",
        "$2": "-",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$5": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$size": "1534",
    }


def test_no_match_is_an_empty_list(logs: Client) -> None:
    assert logs.test_metric_filter(filterPattern=CIS, logEventMessages=[USER])["matches"] == []


@pytest.mark.parametrize(
    ("pattern", "messages", "message"),
    [
        pytest.param("{ $.a EXISTS }", 1, "Invalid metric filter pattern", id="pattern AWS does not know"),
        pytest.param("a" * 1025, 1, "less than or equal to 1024", id="pattern too long"),
        pytest.param("a", 51, "less than or equal to 50", id="too many messages"),
    ],
)
def test_a_test_is_refused(logs: Client, pattern: str, messages: int, message: str) -> None:
    with pytest.raises(ClientError) as error:
        logs.test_metric_filter(filterPattern=pattern, logEventMessages=["a"] * messages)
    code, text = refusal(error)
    assert (code, message in text) == ("InvalidParameterException", True)


def test_fifty_messages_are_not_too_many(logs: Client) -> None:
    assert len(logs.test_metric_filter(filterPattern="a", logEventMessages=["a"] * 50)["matches"]) == 50


def test_a_filter_is_described_as_it_was_put(logs: Client) -> None:
    put(logs)
    (described,) = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert described.pop("creationTime") > 0
    assert described == {
        "filterName": "root",
        "filterPattern": CIS,
        "logGroupName": GROUP,
        "metricTransformations": [
            {"metricName": "RootUse", "metricNamespace": "Security", "metricValue": "1", "unit": "None"}
        ],
        "applyOnTransformedLogs": False,
    }


def test_putting_a_filter_again_replaces_it(logs: Client) -> None:
    put(logs)
    put(logs, pattern="ERROR", metricName="Errors", unit="Count", defaultValue=0.0)
    (described,) = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert described["filterPattern"] == "ERROR"
    assert described["metricTransformations"] == [
        {"metricName": "Errors", "metricNamespace": "Security", "metricValue": "1", "unit": "Count", "defaultValue": 0}
    ]


FOUR = {name: f"$.{name}" for name in "abcd"}
JSON_PATTERN = "{ $.a = * && $.b = * && $.c = * && $.d = * }"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        pytest.param({"pattern": "{ $.a"}, "InvalidParameterException", "Invalid metric filter pattern", id="pattern"),
        pytest.param(
            {"group": "/missing"},
            "ResourceNotFoundException",
            "The specified log group does not exist.",
            id="no such log group",
        ),
        pytest.param(
            {"pattern": JSON_PATTERN, "dimensions": FOUR},
            "InvalidParameterException",
            "3 dimensions",
            id="4 dimensions",
        ),
        pytest.param(
            {
                "pattern": JSON_PATTERN,
                "dimensions": {"a": "$.a", "b": "$.b"},
                "emitSystemFieldDimensions": ["@aws.account", "@aws.region"],
            },
            "InvalidParameterException",
            "3 dimensions",
            id="system fields count as dimensions",
        ),
        pytest.param(
            {"emitSystemFieldDimensions": ["@aws.partition"]},
            "InvalidParameterException",
            "emitSystemFieldDimensions",
            id="unknown system field",
        ),
        pytest.param(
            {"pattern": JSON_PATTERN, "dimensions": {"a": "$.a"}, "defaultValue": 0.0},
            "InvalidParameterException",
            "dimensions and default value are mutually exclusive properties",
            id="dimensions and a default",
        ),
        pytest.param(
            {"pattern": "ERROR", "dimensions": {"a": "$.a"}},
            "InvalidParameterException",
            "The specified filter pattern does not support dimensions",
            id="dimensions of terms",
        ),
        pytest.param({"name": "a:b"}, "InvalidParameterException", "[^:*]*", id="name with a colon"),
        pytest.param({"metricName": "a*"}, "InvalidParameterException", "[^:*$]*", id="metric name with an asterisk"),
    ],
)
def test_a_filter_is_refused(logs: Client, changes: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError) as error:
        put(logs, **changes)
    found, text = refusal(error)
    assert (found, message in text, names(logs)) == (code, True, [])


def test_three_dimensions_are_taken(logs: Client) -> None:
    put(logs, pattern=JSON_PATTERN, dimensions={name: f"$.{name}" for name in "abc"})
    assert names(logs) == ["root"]


def test_two_transformations_are_refused(logs: Client) -> None:
    one = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    with pytest.raises(ClientError, match="less than or equal to 1"):
        logs.put_metric_filter(
            logGroupName=GROUP,
            filterName="two",
            filterPattern="",
            metricTransformations=[one, one],
        )


@pytest.mark.parametrize(
    "unsupported", [{"applyOnTransformedLogs": True}, {"fieldSelectionCriteria": '@aws.region = "us-east-1"'}], ids=str
)
def test_what_the_sandbox_lacks_is_said(logs: Client, unsupported: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        logs.put_metric_filter(
            logGroupName=GROUP,
            filterName="f",
            filterPattern="",
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            **unsupported,
        )
    assert refusal(error)[0] == "SandboxNotImplemented"


def test_a_hundred_filters_fill_a_log_group_and_come_in_pages_of_fifty(logs: Client) -> None:
    for number in reversed(range(100)):
        put(logs, name=f"filter-{number:03}")
    with pytest.raises(ClientError, match="LimitExceededException"):
        put(logs, name="one-more")
    put(logs, name="filter-000", pattern="ERROR")
    pages = list(logs.get_paginator("describe_metric_filters").paginate(logGroupName=GROUP))
    assert [len(page["metricFilters"]) for page in pages] == [50, 50]
    assert [each["filterName"] for page in pages for each in page["metricFilters"]] == [
        f"filter-{number:03}" for number in range(100)
    ]


def test_five_filters_of_a_log_group_may_have_regular_expressions(logs: Client) -> None:
    for number in range(5):
        put(logs, name=f"regex-{number}", pattern=f"%a{number}%")
    put(logs, name="regex-0", pattern="{ $.a = %b% }")
    put(logs, name="plain", pattern='"100% of it"')
    with pytest.raises(ClientError, match="LimitExceededException"):
        put(logs, name="regex-5", pattern="[a=%b%]")


def test_pages_are_as_long_as_asked_and_survive_changes(logs: Client) -> None:
    for name in "dbca":
        put(logs, name=name)
    first = logs.describe_metric_filters(logGroupName=GROUP, limit=2)
    logs.delete_metric_filter(logGroupName=GROUP, filterName="b")
    second = logs.describe_metric_filters(logGroupName=GROUP, limit=2, nextToken=first["nextToken"])
    assert [each["filterName"] for each in first["metricFilters"] + second["metricFilters"]] == ["a", "b", "c", "d"]
    assert "nextToken" not in second


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["alpha", "alpine", "beta", "gamma"], id="everything, by name"),
        pytest.param({"logGroupName": GROUP}, ["alpha", "alpine", "beta"], id="of a log group"),
        pytest.param({"logGroupName": GROUP, "filterNamePrefix": "alp"}, ["alpha", "alpine"], id="by prefix"),
        pytest.param({"filterNamePrefix": "alp"}, ["alpha", "alpine", "beta", "gamma"], id="prefix without log group"),
        pytest.param({"metricName": "M1", "metricNamespace": "N"}, ["alpha", "gamma"], id="by metric"),
        pytest.param({"metricName": "M1", "metricNamespace": "Other"}, [], id="metric of another namespace"),
        pytest.param(
            {"logGroupName": "/other", "metricName": "M1", "metricNamespace": "N"}, ["gamma"], id="both restrict"
        ),
    ],
)
def test_filters_are_found(logs: Client, asked: dict[str, Any], found: list[str]) -> None:
    logs.create_log_group(logGroupName="/other")
    put(logs, name="beta", metricName="M2", metricNamespace="N")
    put(logs, name="gamma", metricName="M1", metricNamespace="N", group="/other")
    put(logs, name="alpine", metricName="M2", metricNamespace="N")
    put(logs, name="alpha", metricName="M1", metricNamespace="N")
    assert names(logs, **asked) == found


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param({"logGroupName": "/missing"}, "ResourceNotFoundException", id="no such log group"),
        pytest.param({"metricName": "M"}, "InvalidParameterException", id="metric name alone"),
        pytest.param({"metricNamespace": "N"}, "InvalidParameterException", id="namespace alone"),
        pytest.param({"limit": 51}, "InvalidParameterException", id="limit too large"),
        pytest.param({"nextToken": "invented"}, "InvalidParameterException", id="token not ours"),
        pytest.param({"nextToken": "e30="}, "InvalidParameterException", id="token of another form"),
    ],
)
def test_a_description_is_refused(logs: Client, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        logs.describe_metric_filters(**asked)
    assert refusal(error)[0] == code


def test_log_groups_count_their_filters(logs: Client) -> None:
    logs.create_log_group(logGroupName="/other")
    put(logs, name="a")
    put(logs, name="b")
    groups = logs.describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group["metricFilterCount"] for group in groups} == {GROUP: 2, "/other": 0}


def test_filters_go_with_their_log_group(logs: Client) -> None:
    put(logs)
    logs.delete_log_group(logGroupName=GROUP)
    logs.create_log_group(logGroupName=GROUP)
    assert names(logs) == []


def test_a_missing_log_group_cannot_be_deleted(logs: Client) -> None:
    put(logs)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.delete_log_group(logGroupName="/missing")
    assert names(logs) == ["root"]


@pytest.mark.parametrize(("group", "name"), [("/missing", "root"), (GROUP, "missing")])
def test_a_missing_filter_cannot_be_deleted(logs: Client, group: str, name: str) -> None:
    put(logs)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.delete_metric_filter(logGroupName=group, filterName=name)
    assert names(logs) == ["root"]


def test_accounts_and_regions_have_their_own(running: Sandbox, logs: Client) -> None:
    put(logs)
    elsewhere = running.session(running.management_account_id, "eu-west-1").client("logs")
    other = running.session("222233334444").client("logs")
    assert (names(elsewhere), names(other), names(logs)) == ([], [], ["root"])
