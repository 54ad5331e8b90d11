"""events.json: the CloudTrail events that decide whether a filter or a pattern is right."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rootguard.kit.alerting.events import Group, TrailEvent, load_events
from rootguard.kit.alerting.expectations import Expectations

EVENTS = load_events("111122223333", "aws")
MEMBERS = {
    "eventVersion": str,
    "userIdentity": dict,
    "eventTime": str,
    "eventSource": str,
    "eventName": str,
    "awsRegion": str,
    "sourceIPAddress": str,
    "userAgent": str,
    "eventID": str,
    "eventType": str,
    "recipientAccountId": str,
    "eventCategory": str,
    "managementEvent": bool,
    "readOnly": bool,
}
"""What every record has: .../awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html."""
TEST_METRIC_FILTER_TAKES = 50

every_event = pytest.mark.parametrize("event", [pytest.param(event, id=event.title) for event in EVENTS])


@every_event
def test_an_event_is_one_that_cloudtrail_could_deliver(event: TrailEvent) -> None:
    detail = json.loads(event.message)
    assert {name: type(detail[name]) for name in MEMBERS} == MEMBERS
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", detail["eventTime"])
    assert detail["eventSource"].endswith(".amazonaws.com")
    assert detail["eventType"] in {"AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction", "AwsServiceEvent"}
    assert (detail["recipientAccountId"], detail["eventCategory"]) == ("111122223333", "Management")
    assert "\n" not in event.message


def is_root(detail: Mapping[str, Any]) -> bool:
    return bool(detail["userIdentity"].get("type") == "Root")


def is_a_service(detail: Mapping[str, Any]) -> bool:
    return "invokedBy" in detail["userIdentity"] or detail["eventType"] == "AwsServiceEvent"


def is_assumed(detail: Mapping[str, Any]) -> bool:
    return bool(detail["userIdentity"].get("sessionContext", {}).get("assumedRoot") == "true")


@pytest.mark.parametrize(
    ("group", "holds"),
    [
        (Group.MUST_FIRE, lambda detail: is_root(detail) and not is_a_service(detail) and not is_assumed(detail)),
        (Group.QUIET, lambda detail: not is_root(detail)),
        (Group.NOISE, lambda detail: is_root(detail) and is_a_service(detail)),
        (Group.ASSUME_ROOT, lambda detail: is_root(detail) and not is_a_service(detail) and is_assumed(detail)),
    ],
)
def test_a_group_holds_what_its_name_says(group: Group, holds: Callable[[Mapping[str, Any]], bool]) -> None:
    members = [event for event in EVENTS if event.group is group]
    assert members
    assert [event.title for event in members if not holds(event.detail)] == []


def test_answers_of_test_metric_filter_identify_an_event() -> None:
    assert len(EVENTS) <= TEST_METRIC_FILTER_TAKES
    assert [message for message, count in Counter(event.message for event in EVENTS).items() if count > 1] == []
    assert [title for title, count in Counter(event.title for event in EVENTS).items() if count > 1] == []
    assert [each for each, count in Counter(event.detail["eventID"] for event in EVENTS).items() if count > 1] == []


@pytest.mark.parametrize(
    ("what", "values"),
    [
        pytest.param("eventName", {"ConsoleLogin", "PasswordRecoveryRequested", "CreateUser"}, id="several calls"),
        pytest.param("awsRegion", {"us-east-1", "us-east-2", "us-west-2", "ap-southeast-2"}, id="several Regions"),
        pytest.param("readOnly", {True, False}, id="reading and writing"),
        pytest.param("eventType", {"AwsConsoleSignIn", "AwsApiCall", "AwsConsoleAction"}, id="several types"),
        pytest.param("errorCode", {None, "AccessDenied"}, id="refused and not"),
    ],
)
def test_what_must_be_noticed_is_of_many_kinds(what: str, values: set[object]) -> None:
    assert {event.detail.get(what) for event in EVENTS if event.group is Group.MUST_FIRE} >= values


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_account_and_partition_are_the_judged_accounts(partition: str) -> None:
    events = load_events("999988887777", partition)
    messages = "".join(event.message for event in events)
    assert "111122223333" not in messages
    assert "999988887777" in messages
    assert set(re.findall(r"arn:([a-z-]+):", messages)) == {partition}
    assert [event.title for event in events] == [event.title for event in EVENTS]


def test_on_the_bus_an_event_is_an_envelope_of_its_region() -> None:
    event = EVENTS[0]
    sent = event.on_bus("us-west-2", "AWS Console Sign In via CloudTrail")
    assert {name: value for name, value in sent.items() if name != "detail"} == {
        "version": "0",
        "id": event.detail["eventID"],
        "detail-type": "AWS Console Sign In via CloudTrail",
        "source": "aws.signin",
        "account": "111122223333",
        "time": event.detail["eventTime"],
        "region": "us-west-2",
        "resources": [],
    }
    assert sent["detail"] == dict(event.detail) | {"awsRegion": "us-west-2"}
    assert event.detail["awsRegion"] == "us-east-1"


@pytest.mark.parametrize(
    ("sessions", "must_fire", "noise"),
    [("ignored", 0, 0), ("required", 2, 0), ("noise", 0, 2)],
)
def test_sessions_of_assume_root_are_what_the_parameter_says(sessions: str, must_fire: int, noise: int) -> None:
    counts = Counter(event.group for event in EVENTS)
    expected = Expectations.of(EVENTS, sessions)
    assert len(expected.must_fire) == counts[Group.MUST_FIRE] + must_fire
    assert len(expected.noise) == counts[Group.NOISE] + noise
    assert len(expected.quiet) == counts[Group.QUIET]
    assert tuple(event.title for event in expected.required_events()) == expected.must_fire
