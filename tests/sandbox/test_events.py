"""Event patterns and lists of EventBridge, over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rootguard.sandbox.event_pattern import InvalidEventPatternError, matches, parse
from rootguard.sandbox.json_text import read
from rootguard.sandbox.server import Sandbox

type Client = Any  # boto3's client; its stubs are not installed

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "AWS Console Sign In via CloudTrail",
    "source": "aws.signin",
    "account": "111122223333",
    "time": "2017-10-02T18:43:48Z",
    "region": "us-east-1",
    "resources": ["one", "two"],
    "detail": {
        "userIdentity": {"type": "Root"},
        "eventName": "ConsoleLogin",
        "state": "running",
        "FileName": "dir/image.png",
        "FilePath": "/usr/lib/x",
        "star": "a*b\\c",
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "huge": 9007199254740993,
        "three-hundred": 300,
        "sourceIPAddress": "10.0.0.33",
        "v6": "2001:db8::1",
        "empty": "",
        "nothing": None,
        "flag": True,
        "one": 1,
        "none": [],
        "c": {"c1": 100},
        "mixed": ["x", 1, None],
        "employees": [
            {"firstName": "John", "lastName": "Doe", "tags": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]},
            {"firstName": "Anna", "lastName": "Smith", "tags": []},
        ],
        "nested": [[{"name": "deep"}], [{"name": "deeper"}]],
        "dotted.key": "yes",
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(running: Sandbox) -> Client:
    return running.session(running.management_account_id).client("events")


@pytest.fixture
def events(client: Client) -> Iterator[Client]:
    yield client
    for bus in client.list_event_buses()["EventBuses"]:
        for rule in client.get_paginator("list_rules").paginate(EventBusName=bus["Name"]).search("Rules"):
            remove(client, rule["Name"], bus["Name"])
        if bus["Name"] != "default":
            client.delete_event_bus(Name=bus["Name"])


def remove(client: Client, rule: str, bus: str) -> None:
    targets = client.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    if targets:
        client.remove_targets(Rule=rule, EventBusName=bus, Ids=[target["Id"] for target in targets])
    client.delete_rule(Name=rule, EventBusName=bus)


@pytest.mark.parametrize(
    ("detail", "found"),
    [
        ('{"state": ["running", "stopped"]}', True),
        ('{"state": ["Running"]}', False),
        ('{"state": ["run"]}', False),
        ('{"missing": ["running"]}', False),
        ('{"userIdentity": {"type": ["Root"]}, "eventName": ["ConsoleLogin"]}', True),
        ('{"userIdentity": {"type": ["Root"]}, "eventName": ["x"]}', False),
        ('{"eventName": [{"prefix": "Console"}]}', True),
        ('{"eventName": [{"prefix": "console"}]}', False),
        ('{"eventName": [{"prefix": {"equals-ignore-case": "console"}}]}', True),
        ('{"c-count": [{"prefix": "5"}]}', False),
        ('{"FileName": [{"suffix": ".png"}]}', True),
        ('{"FileName": [{"suffix": ".PNG"}]}', False),
        ('{"FileName": [{"suffix": {"equals-ignore-case": ".PNG"}}]}', True),
        ('{"state": [{"equals-ignore-case": "RUNNING"}]}', True),
        ('{"state": [{"equals-ignore-case": "RUN"}]}', False),
        ('{"state": [{"anything-but": "initializing"}]}', True),
        ('{"state": [{"anything-but": "running"}]}', False),
        ('{"missing": [{"anything-but": "running"}]}', False),
        ('{"state": [{"anything-but": ["stopped", "running"]}]}', False),
        ('{"c-count": [{"anything-but": 5}]}', False),
        ('{"c-count": [{"anything-but": [100, 200]}]}', True),
        ('{"c-count": [{"anything-but": "5"}]}', True),
        ('{"state": [{"anything-but": {"prefix": "init"}}]}', True),
        ('{"state": [{"anything-but": {"prefix": ["init", "run"]}}]}', False),
        ('{"FileName": [{"anything-but": {"suffix": ".txt"}}]}', True),
        ('{"FileName": [{"anything-but": {"suffix": [".txt", ".png"]}}]}', False),
        ('{"state": [{"anything-but": {"equals-ignore-case": ["RUNNING", "x"]}}]}', False),
        ('{"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}', False),
        ('{"FilePath": [{"anything-but": {"wildcard": ["*/bin/*", "*/sbin/*"]}}]}', True),
        ('{"mixed": [{"anything-but": "x"}]}', True),
        ('{"FileName": [{"wildcard": "dir/*.png"}]}', True),
        ('{"FileName": [{"wildcard": "*.png*"}]}', True),
        ('{"FileName": [{"wildcard": "dir*.gif"}]}', False),
        (r'{"star": [{"wildcard": "a\\*b\\\\*"}]}', True),
        (r'{"state": [{"wildcard": "run\\*"}]}', False),
        ('{"c-count": [{"wildcard": "*"}]}', False),
        ('{"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}]}', True),
        ('{"c-count": [{"numeric": [">", 0, "<", 5]}]}', False),
        ('{"c-count": [{"numeric": [">=", 5]}]}', True),
        ('{"c-count": [{"numeric": [">", 5]}]}', False),
        ('{"x-limit": [{"numeric": ["=", 3.018e2]}]}', True),
        ('{"c-count": [{"numeric": ["=", 5.0]}]}', True),
        ('{"state": [{"numeric": [">", 0]}]}', False),
        ('{"huge": [{"numeric": [">", 0]}]}', False),
        ('{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}', True),
        ('{"sourceIPAddress": [{"cidr": "10.0.1.0/24"}]}', False),
        ('{"v6": [{"cidr": "2001:db8::/32"}]}', True),
        ('{"sourceIPAddress": [{"cidr": "2001:db8::/32"}]}', False),
        ('{"state": [{"cidr": "10.0.0.0/24"}]}', False),
        ('{"state": [{"exists": true}]}', True),
        ('{"missing": [{"exists": true}]}', False),
        ('{"missing": [{"exists": false}]}', True),
        ('{"state": [{"exists": false}]}', False),
        ('{"c": [{"exists": true}]}', False),
        ('{"c": [{"exists": false}]}', True),
        ('{"none": [{"exists": true}]}', False),
        ('{"nothing": [{"exists": true}]}', True),
        ('{"missing": ["x", {"exists": false}]}', True),
        ('{"empty": [""]}', True),
        ('{"nothing": [null]}', True),
        ('{"empty": [null]}', False),
        ('{"missing": [null]}', False),
        ('{"flag": [true]}', True),
        ('{"flag": [1]}', False),
        ('{"one": [true]}', False),
        ('{"one": ["1"]}', False),
        ('{"three-hundred": [300]}', True),
        ('{"three-hundred": [300.0]}', False),
        ('{"three-hundred": [3.0e2]}', False),
        ('{"mixed": [1]}', True),
        ('{"mixed": ["y", "x"]}', True),
        ('{"employees": {"firstName": ["Anna"]}}', True),
        ('{"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}', True),
        ('{"employees": {"firstName": ["Anna"], "lastName": ["Doe"]}}', False),
        ('{"employees": {"lastName": ["Doe"], "tags": {"k": ["b"], "v": [2]}}}', True),
        ('{"employees": {"lastName": ["Doe"], "tags": {"k": ["a"], "v": [2]}}}', False),
        ('{"employees": {"lastName": ["Smith"], "tags": {"k": ["a"]}}}', False),
        ('{"nested": {"name": ["deeper"]}}', True),
        ('{"dotted": {"key": ["yes"]}}', True),
        ('{"userIdentity.type": ["Root"]}', True),
        ('{"state": ["stopped"], "state": ["running"]}', True),
        ('{"state": ["running"], "state": [{"anything-but": "running"}]}', False),
        ('{"$or": [{"state": ["x"]}, {"c-count": [{"numeric": ["<", 10]}]}]}', True),
        ('{"$or": [{"state": ["x"]}, {"c-count": [1]}], "flag": [true]}', False),
        ('{"$or": [{"state": ["running"]}, {"c-count": [1]}], "flag": [false]}', False),
        ('{"$or": [{"state": ["x"]}, {"one": [1], "$or": [{"flag": [false]}, {"empty": [""]}]}]}', True),
        ('{"employees": {"$or": [{"firstName": ["Anna"]}, {"x": [1]}], "lastName": ["Doe"]}}', False),
        ('{"$or": [{"prefix": "x"}, {"suffix": "y"}]}', False),
    ],
)
def test_details(detail: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches(parse(f'{{"detail": {detail}}}'), read(json.dumps(EVENT))) is found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Invalid JSON"),
        ("", "Invalid JSON"),
        ('{"source": [NaN]}', "Invalid JSON"),
        ("[" * 600 + "]" * 600, "Invalid JSON"),
        ("[]", "not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": "aws.ec2"}', '"source" must be an object or an array'),
        ('{"source": null}', '"source" must be an object or an array'),
        ('{"source": [["a"]]}', "Match value must be String"),
        ('{"source": [{}]}', "Only one key"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key"),
        ('{"source": [{"contains": "a"}]}', "Unrecognized match type contains"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": ["a", "b"]}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": {"suffix": "a"}}]}', "suffix"),
        ('{"source": [{"equals-ignore-case": ["a"]}]}', "must be a string"),
        ('{"source": [{"exists": "true"}]}', "either true or false"),
        ('{"source": [{"anything-but": true}]}', "number or string"),
        ('{"source": [{"anything-but": ["a", 1]}]}', "number or string"),
        ('{"source": [{"anything-but": []}]}', "Empty arrays"),
        ('{"source": [{"anything-but": {"prefix": []}}]}', "Empty arrays"),
        ('{"source": [{"anything-but": {"numeric": ["=", 1]}}]}', "Unsupported anything-but pattern"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard characters at pos 1"),
        ('{"source": [{"wildcard": "**"}]}', "Consecutive wildcard"),
        (r'{"source": [{"wildcard": "a\\b"}]}', "Invalid escape character at pos 1"),
        ('{"source": [{"numeric": 5}]}', "must be an array"),
        ('{"source": [{"numeric": ["<"]}]}', "Invalid numeric range"),
        ('{"source": [{"numeric": ["!=", 5]}]}', "Invalid numeric range"),
        ('{"source": [{"numeric": ["<", "5"]}]}', "must be a number"),
        ('{"source": [{"numeric": ["<", 9007199254740993]}]}', "must be a number between"),
        ('{"source": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top"),
        ('{"source": [{"cidr": "10.0.0.1"}]}', "one '/' required"),
        ('{"source": [{"cidr": "10.0.0.0/33"}]}', "Malformed CIDR"),
    ],
)
def test_patterns_that_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidEventPatternError) as error:
        parse(pattern)
    assert reason in str(error.value)


@pytest.mark.parametrize(("alternatives", "taken"), [(10, True), (11, False)])
def test_a_thousand_combinations_are_the_limit(alternatives: int, taken: bool) -> None:  # noqa: FBT001 - table
    either = [{"x": [number]} for number in range(alternatives)]
    pattern = json.dumps({"a": {"$or": either}, "b": {"$or": either[:10]}, "c": {"$or": either[:10]}})
    if taken:
        assert len(parse(pattern)) == 3
        return
    with pytest.raises(InvalidEventPatternError, match="too complex"):
        parse(pattern)


def root_sign_in(events: Client, event: dict[str, Any], **pattern: Any) -> bool:
    asked = json.dumps({"detail": {"userIdentity": {"type": ["Root"]}}} | pattern)
    return bool(events.test_event_pattern(EventPattern=asked, Event=json.dumps(event))["Result"])


def test_a_pattern_is_tested(events: Client) -> None:
    assert root_sign_in(events, EVENT) is True
    assert root_sign_in(events, EVENT, region=["eu-west-1"]) is False
    assert root_sign_in(events, EVENT | {"detail": {"userIdentity": {"type": "IAMUser"}}}) is False


@pytest.mark.parametrize("missing", ["id", "account", "source", "time", "region", "resources", "detail-type"])
def test_an_event_needs_its_mandatory_fields(events: Client, missing: str) -> None:
    event = {name: value for name, value in EVENT.items() if name != missing}
    with pytest.raises(ClientError, match=r"ValidationException.*Parameter Event is not valid\."):
        root_sign_in(events, event)


@pytest.mark.parametrize("event", ["", "[]", "{", "null"])
def test_an_event_has_to_be_a_json_object(events: Client, event: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        events.test_event_pattern(EventPattern='{"source": ["a"]}', Event=event)


def test_a_bad_pattern_is_refused_wherever_it_comes_in(events: Client) -> None:
    message = r'Event pattern is not valid\. Reason: "source" must be an object or an array'
    with pytest.raises(events.exceptions.InvalidEventPatternException, match=message):
        events.test_event_pattern(EventPattern='{"source": "a"}', Event=json.dumps(EVENT))
    with pytest.raises(events.exceptions.InvalidEventPatternException, match="Unrecognized match type"):
        events.put_rule(Name="rule", EventPattern='{"source": [{"contains": "a"}]}')
    assert events.list_rules()["Rules"] == []


def test_a_pattern_has_at_most_4096_characters(events: Client) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        events.test_event_pattern(EventPattern=json.dumps({"source": ["a" * 4096]}), Event=json.dumps(EVENT))


def test_a_rule_needs_no_pattern(events: Client) -> None:
    events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    (rule,) = events.list_rules()["Rules"]
    assert rule == {
        "Name": "daily",
        "Arn": "arn:aws:events:us-east-1:123456789012:rule/daily",
        "EventBusName": "default",
        "ScheduleExpression": "rate(1 day)",
        "State": "ENABLED",
    }


def fill(events: Client, count: int) -> list[str]:
    names = [f"rule-{number:03}" for number in range(count)]
    for name in reversed(names):
        events.put_rule(Name=name, EventPattern='{"source": ["aws.signin"]}')
    return names


def test_rules_come_in_pages_of_a_hundred(events: Client) -> None:
    names = fill(events, 101)
    pages = list(events.get_paginator("list_rules").paginate())
    assert [len(page["Rules"]) for page in pages] == [100, 1]
    assert [rule["Name"] for page in pages for rule in page["Rules"]] == names


def test_rules_are_found_by_prefix_and_limited(events: Client) -> None:
    fill(events, 3)
    events.put_rule(Name="rule.000", EventPattern='{"source": ["aws.signin"]}')
    first = events.list_rules(NamePrefix="rule-", Limit=2)
    second = events.list_rules(NamePrefix="rule-", Limit=2, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in first["Rules"] + second["Rules"]] == ["rule-000", "rule-001", "rule-002"]
    assert "NextToken" not in second
    assert events.list_rules(NamePrefix="rule.")["Rules"][0]["Name"] == "rule.000"


def test_targets_come_in_pages(events: Client) -> None:
    fill(events, 1)
    arn = "arn:aws:sns:us-east-1:123456789012:topic"
    events.put_targets(Rule="rule-000", Targets=[{"Id": name, "Arn": arn} for name in "cab"])
    first = events.list_targets_by_rule(Rule="rule-000", Limit=2)
    second = events.list_targets_by_rule(Rule="rule-000", Limit=2, NextToken=first["NextToken"])
    assert first["Targets"] + second["Targets"] == [{"Id": name, "Arn": arn} for name in "abc"]
    assert "NextToken" not in second


def test_rules_of_another_bus(events: Client) -> None:
    arn = events.create_event_bus(Name="security")["EventBusArn"]
    events.put_rule(Name="there", EventPattern='{"source": ["a"]}', EventBusName="security")
    assert [rule["Name"] for rule in events.list_rules(EventBusName=arn)["Rules"]] == ["there"]
    assert events.list_targets_by_rule(Rule="there", EventBusName="security")["Targets"] == []
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        pytest.param("list_rules", {"Limit": 101}, "ValidationException", id="limit too large"),
        pytest.param("list_rules", {"NextToken": "invented"}, "InvalidToken", id="token not ours"),
        pytest.param("list_rules", {"EventBusName": "missing"}, "ResourceNotFoundException", id="no such bus"),
        pytest.param("list_targets_by_rule", {"Rule": "missing"}, "ResourceNotFoundException", id="no such rule"),
        pytest.param("list_targets_by_rule", {"Rule": "a", "Limit": 101}, "ValidationException", id="targets: limit"),
    ],
)
def test_a_list_is_refused(events: Client, operation: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        getattr(events, operation)(**asked)
    assert error.value.response["Error"]["Code"] == code


QUICKLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(("a", "b", "$or", "prefix", "numeric", "anything-but", "exists", "wildcard")),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=10,
)


@QUICKLY
@given(TREES, TREES)
def test_matching_answers_or_the_pattern_is_refused(pattern: Any, event: Any) -> None:
    try:
        goals = parse(json.dumps(pattern))
    except InvalidEventPatternError:
        return
    try:
        document = read(json.dumps(event))
    except ValueError:
        return
    assert matches(goals, document) in (True, False)


@QUICKLY
@given(
    st.dictionaries(st.sampled_from("abc"), st.one_of(st.booleans(), st.integers(), st.text(max_size=4)), min_size=1)
)
def test_an_event_matches_the_pattern_of_its_own_values(event: dict[str, Any]) -> None:
    pattern = json.dumps({name: [value] for name, value in event.items()})
    assert matches(parse(pattern), read(json.dumps(event)))
