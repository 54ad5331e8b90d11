import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import background, event_delivery
from rootguard.sandbox.event_delivery.event import Event
from rootguard.sandbox.event_delivery.inputs import target_input

pytestmark = pytest.mark.slow

EVENTBRIDGE = {"Principal": {"Service": "events.amazonaws.com"}}


def bus_name(arn: str) -> str:
    return arn.rpartition("/")[2]


def test_a_service_s_event_reaches_the_default_bus(post: Any) -> None:
    default = post.arn("events", "event-bus/default")
    queue = post.watched(default, {"source": ["aws.cloudformation"], "detail": {"status": ["SUCCEEDED"]}})
    told = {"status": "SUCCEEDED"}
    event_delivery.publish(post.account_id, "us-east-1", "aws.cloudformation", "StackSet", told, ["arn:stack-set"])
    event_delivery.publish(post.account_id, "us-east-1", "aws.cloudformation", "StackSet", {"status": "FAILED"}, [])
    event_delivery.publish(post.other_id, "us-east-1", "aws.cloudformation", "StackSet", told, [])
    [body] = post.bodies(queue)
    event = json.loads(body)
    assert {name: event[name] for name in event if name not in {"id", "time"}} == {
        "version": "0",
        "detail-type": "StackSet",
        "source": "aws.cloudformation",
        "account": post.account_id,
        "region": "us-east-1",
        "resources": ["arn:stack-set"],
        "detail": {"status": "SUCCEEDED"},
    }


def to_queue(post: Any, statement: Mapping[str, Any]) -> tuple[str, str]:
    queue = post.queue(*([statement] if statement else []))
    return queue, queue


def to_topic(post: Any, statement: Mapping[str, Any]) -> tuple[str, str]:
    topic, queue = post.open_topic(*([statement] if statement else []))
    return topic, queue


def to_function(post: Any, statement: Mapping[str, Any]) -> tuple[str, str]:
    function, queue = post.echo()
    if statement:
        condition = statement.get("Condition", {}).get("ArnLike", {}).get("aws:SourceArn")
        source = {"SourceArn": condition} if condition else {}
        post.permit(function, Principal="events.amazonaws.com", **source)
    return function, queue


def to_log_group(post: Any, statement: Mapping[str, Any]) -> tuple[str, str]:
    name = f"/aws/events/{post.name()}"
    post.client("logs").create_log_group(logGroupName=name)
    arn = post.arn("logs", f"log-group:{name}")
    if statement:
        actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
        allowed = {"Effect": "Allow", "Action": actions, "Resource": f"{arn}:*", **statement}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        post.client("logs").put_resource_policy(policyName=post.name(), policyDocument=document)
    return arn, arn


def arrived(post: Any, place: str) -> list[str]:
    if place.split(":")[2] == "sqs":
        return list(post.bodies(place))
    assert background.idle(LONGEST_WAIT)
    logs, group = post.client("logs"), place.partition("log-group:")[2]
    return [each["message"] for each in logs.filter_log_events(logGroupName=group)["events"]]


@pytest.mark.parametrize("target", [to_queue, to_topic, to_function, to_log_group])
@pytest.mark.parametrize(
    ("statement", "delivered"),
    [
        pytest.param(EVENTBRIDGE, True, id="open to EventBridge"),
        pytest.param(
            {**EVENTBRIDGE, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:ACCOUNT:rule/*/*"}}},
            True,
            id="open to rules",
        ),
        pytest.param(
            {**EVENTBRIDGE, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:ACCOUNT:rule/other"}}},
            False,
            id="open to another rule",
        ),
        pytest.param({}, False, id="closed"),
    ],
)
def test_a_target_s_own_policy_lets_eventbridge_in(
    post: Any,
    target: Callable[[Any, Mapping[str, Any]], tuple[str, str]],
    statement: Mapping[str, Any],
    delivered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    bus = post.bus()
    arn, place = target(post, json.loads(json.dumps(statement).replace("ACCOUNT", post.account_id)))
    rule = post.rule(bus, {"Arn": arn, "Input": '{"sold":1}'})
    post.put(EventBusName=bus)
    assert [json.loads(text) for text in arrived(post, place)] == ([{"sold": 1}] if delivered else [])
    assert [each.code for each in post.failed_invocations(rule)] == ([] if delivered else ["AccessDenied"])


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(post: Any) -> None:
    bus, closed, dead = post.bus(), post.queue(), post.queue(EVENTBRIDGE)
    rule = post.rule(bus, {"Arn": closed, "DeadLetterConfig": {"Arn": dead}})
    post.put(EventBusName=bus, detail={"item": "tea"})
    [message] = post.messages(dead)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"item": "tea"}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (rule, closed)
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    [failure] = post.failed_invocations(rule)
    assert failure.dead_lettered


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("sqs:us-east-1:ACCOUNT:gone", "AWS.SimpleQueueService.NonExistentQueue"),
        ("sns:us-east-1:ACCOUNT:gone", "NotFound"),
        ("lambda:us-east-1:ACCOUNT:function:gone", "ResourceNotFoundException"),
        ("logs:us-east-1:ACCOUNT:log-group:gone", "ResourceNotFoundException"),
        ("events:us-east-1:ACCOUNT:event-bus/gone", "ResourceNotFoundException"),
    ],
)
def test_a_target_that_is_gone_is_on_record(post: Any, target: str, code: str) -> None:
    bus = post.bus()
    rule = post.rule(bus, {"Arn": f"arn:aws:{target.replace('ACCOUNT', post.account_id)}"})
    post.put(EventBusName=bus)
    [failure] = post.failed_invocations(rule)
    assert (failure.code, failure.dead_lettered) == (code, False)


def test_a_fifo_queue_gets_the_rule_s_group(post: Any) -> None:
    bus = post.bus()
    queue = post.queue(EVENTBRIDGE, FifoQueue="true", ContentBasedDeduplication="true")
    post.rule(bus, {"Arn": queue, "SqsParameters": {"MessageGroupId": "g"}, "InputPath": "$.source"})
    post.put(EventBusName=bus)
    assert post.bodies(queue) == ['"shop"']


@pytest.mark.parametrize(
    ("state", "pattern", "entry", "count"),
    [
        pytest.param("ENABLED", {"source": ["shop"]}, {}, 1, id="matches"),
        pytest.param("ENABLED", {"source": ["bank"]}, {}, 0, id="another source"),
        pytest.param("DISABLED", {"source": ["shop"]}, {}, 0, id="disabled"),
        pytest.param("ENABLED", {"detail": {"n": [300]}}, {"Detail": '{"n":300}'}, 1, id="a number"),
        pytest.param(
            "ENABLED",
            {"detail-type": ["AWS API Call via CloudTrail"]},
            {"DetailType": "AWS API Call via CloudTrail", "Detail": '{"eventName":"GetUser"}'},
            0,
            id="read-only call",
        ),
        pytest.param(
            "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            {"detail-type": ["AWS API Call via CloudTrail"]},
            {"DetailType": "AWS API Call via CloudTrail", "Detail": '{"eventName":"GetUser"}'},
            1,
            id="read-only call, all wanted",
        ),
    ],
)
def test_only_enabled_rules_that_match_deliver(
    post: Any, state: str, pattern: dict[str, Any], entry: dict[str, str], count: int
) -> None:
    bus, queue = post.bus(), post.queue(EVENTBRIDGE)
    post.rule(bus, {"Arn": queue}, pattern=pattern, State=state)
    post.put(EventBusName=bus, **entry)
    assert len(post.bodies(queue)) == count


def forwarding_role(post: Any, bus: str = "*") -> str:
    return str(post.role("events.amazonaws.com", {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}))


@pytest.mark.parametrize(
    ("statement", "with_role", "code"),
    [
        pytest.param({"Principal": {"AWS": "ACCOUNT"}}, False, None, id="account, no role"),
        pytest.param({"Principal": {"AWS": "ACCOUNT"}}, True, None, id="account, role"),
        pytest.param(
            {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}}},
            True,
            None,
            id="organization, role",
        ),
        pytest.param(
            {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}}},
            False,
            "AccessDenied",
            id="organization, no role",
        ),
        pytest.param({"Principal": {"AWS": "999988887777"}}, True, "AccessDenied", id="another account"),
        pytest.param(None, True, "AccessDenied", id="closed"),
        pytest.param(
            {
                "Principal": {"AWS": "ACCOUNT"},
                "Condition": {"StringEquals": {"events:source": "shop", "events:detail-type": "sold"}},
            },
            True,
            None,
            id="its source",
        ),
        pytest.param(
            {"Principal": {"AWS": "ACCOUNT"}, "Condition": {"StringEquals": {"events:source": "bank"}}},
            True,
            "AccessDenied",
            id="another source",
        ),
    ],
)
def test_another_account_s_bus_takes_what_its_policy_allows(
    post: Any,
    statement: dict[str, Any] | None,
    with_role: bool,  # noqa: FBT001 - a column of the table
    code: str | None,
) -> None:
    text = json.dumps(statement).replace("ACCOUNT", post.account_id).replace("ORGANIZATION", post.organization_id)
    central = post.bus(*([json.loads(text)] if statement else []), account_id=post.other_id)
    queue, bus = post.watched(central), post.bus()
    role = {"RoleArn": forwarding_role(post, central)} if with_role else {}
    rule = post.rule(bus, {"Arn": central, **role})
    told = post.put(EventBusName=bus)
    events = [json.loads(body) for body in post.bodies(queue)]
    assert [(each["account"], each["id"]) for each in events] == ([] if code else [(post.account_id, told["EventId"])])
    assert [each.code for each in post.failed_invocations(rule)] == ([code] if code else [])


def test_a_role_that_may_not_put_events_forwards_nothing(post: Any) -> None:
    central = post.bus({"Principal": {"AWS": post.account_id}}, account_id=post.other_id)
    bus = post.bus()
    rule = post.rule(bus, {"Arn": central, "RoleArn": forwarding_role(post, "arn:aws:events:*:*:event-bus/other")})
    post.put(EventBusName=bus)
    assert [each.code for each in post.failed_invocations(rule)] == ["AccessDenied"]


def test_an_event_keeps_its_region_on_a_bus_of_another_region(post: Any) -> None:
    home, bus = post.bus(), post.bus(region="us-west-2")
    queue = post.watched(home)
    post.rule(bus, {"Arn": home, "RoleArn": forwarding_role(post)})
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}", "EventBusName": bus_name(bus)}
    post.client("events", region="us-west-2").put_events(Entries=[entry])
    assert [json.loads(body)["region"] for body in post.bodies(queue)] == ["us-west-2"]


def test_a_forwarded_event_goes_no_further(post: Any) -> None:
    first, second, third = post.bus(), post.bus(), post.bus()
    role = forwarding_role(post)
    post.rule(first, {"Arn": second, "RoleArn": role})
    post.rule(second, {"Arn": third, "RoleArn": role})
    on_second, on_third = post.watched(second), post.watched(third)
    post.put(EventBusName=first)
    assert (len(post.bodies(on_second)), len(post.bodies(on_third))) == (1, 0)


@pytest.mark.parametrize("with_role", [True, False], ids=["with a role", "without a role"])
def test_a_queue_of_another_account_needs_a_role_too(post: Any, with_role: bool) -> None:  # noqa: FBT001 - a column
    queue = post.queue({"Principal": {"AWS": post.account_id}}, EVENTBRIDGE, account_id=post.other_id)
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}
    role = {"RoleArn": post.role("events.amazonaws.com", send)} if with_role else {}
    bus = post.bus()
    rule = post.rule(bus, {"Arn": queue, **role})
    post.put(EventBusName=bus)
    assert len(post.bodies(queue)) == int(with_role)
    assert len(post.failed_invocations(rule)) == int(not with_role)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Source": ""}, "InvalidArgument"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"Detail": ""}, "InvalidArgument"),
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Detail": '{"price": NaN}'}, "MalformedDetail"),
        ({"Source": "aws.shop"}, "NotAuthorizedForSourceException"),
        ({"EventBusName": "gone"}, "ResourceNotFoundException"),
        ({"EventBusName": "arn:aws:events:us-west-2:ACCOUNT:event-bus/default"}, "ResourceNotFoundException"),
    ],
)
def test_an_entry_is_refused_alone(post: Any, entry: dict[str, str], code: str) -> None:
    good = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    bad = {**good, **{name: value.replace("ACCOUNT", post.account_id) for name, value in entry.items()}}
    answer = post.client("events").put_events(Entries=[good, bad])
    assert answer["FailedEntryCount"] == 1
    assert "EventId" in answer["Entries"][0]
    assert answer["Entries"][1]["ErrorCode"] == code


@pytest.mark.parametrize("bus", ["arn:aws:events", "arn:x", "arn:aws:sqs:us-east-1:111122223333:queue"])
def test_the_arn_of_something_else_than_a_bus_refuses_all(post: Any, bus: str) -> None:
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}", "EventBusName": bus}
    with pytest.raises(ClientError, match="ValidationException"):
        post.client("events").put_events(Entries=[entry])


@pytest.mark.parametrize(
    ("permissions", "bus", "code"),
    [
        pytest.param("own", "own", None, id="own bus"),
        pytest.param("other", "own", "AccessDeniedException", id="own bus, not this one"),
        pytest.param("own", "open", "AccessDeniedException", id="another account's, no permission here"),
        pytest.param("all", "open", None, id="another account's, both"),
        pytest.param("all", "closed", "AccessDeniedException", id="another account's, no permission there"),
    ],
)
def test_who_puts_events_needs_permission(post: Any, permissions: str, bus: str, code: str | None) -> None:
    buses = {
        "own": post.bus(),
        "open": post.bus({"Principal": {"AWS": post.account_id}}, account_id=post.other_id),
        "closed": post.bus(account_id=post.other_id),
    }
    resource = {"own": buses["own"], "other": post.arn("events", "event-bus/other"), "all": "*"}[permissions]
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": resource}
    keys = post.world.assume(post.account_id, post.world.role(post.account_id, permissions=(allowed,)))
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}", "EventBusName": buses[bus]}
    with nullcontext() if code is None else pytest.raises(ClientError, match=code):
        post.world.client("events", keys).put_events(Entries=[entry])


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("arn:aws:events:us-west-2:111122223333:event-bus/default", "RoleArn is required"),
        ("arn:aws:sqs:us-west-2:111122223333:queue", "Cross-region"),
        ("arn:aws:states:us-east-1:111122223333:stateMachine:x", "SandboxNotImplemented"),
        ("queue", "not in correct format"),
    ],
)
def test_a_target_that_eventbridge_or_the_sandbox_has_not_is_refused(post: Any, target: str, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        post.rule(post.bus(), {"Arn": target})


@pytest.mark.parametrize(
    "arn", ["queue", "arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sqs:us-east-1:111122223333:queue.fifo"]
)
def test_dead_letters_go_to_a_standard_queue(post: Any, arn: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        post.rule(post.bus(), {"Arn": post.queue(), "DeadLetterConfig": {"Arn": arn}})


EVENT = Event(
    json.dumps(
        {
            "version": "0",
            "id": "7bf73129",
            "detail-type": "sold",
            "source": "shop",
            "account": "111122223333",
            "time": "2026-11-11T21:29:54Z",
            "region": "us-east-1",
            "resources": ["arn:a", "arn:b"],
            "detail": {"who": 'Al "the tea" B', "items": [{"n": 1}, {"n": 2}], "paid": True, "dotted.name": "x"},
        }
    )
)


def transformer(template: str, **paths: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        pytest.param({}, EVENT.text, id="the event"),
        pytest.param({"Input": '{"a": 1}'}, '{"a": 1}', id="a constant"),
        pytest.param({"InputPath": "$.detail.items[1]"}, '{"n":2}', id="a part"),
        pytest.param({"InputPath": "$.detail.gone"}, "null", id="a part that is not there"),
        pytest.param({"InputPath": "$"}, json.dumps(EVENT.fields, separators=(",", ":")), id="all of it by path"),
        pytest.param({"InputPath": "$.detail['dotted.name']"}, '"x"', id="a quoted name"),
        pytest.param({"InputPath": "$.detail.items[*].n"}, "[1,2]", id="of each element"),
        pytest.param(transformer('"sold in <where>"', where="$.region"), '"sold in us-east-1"', id="a text"),
        pytest.param(
            transformer('{ "where": <where>, "paid": <paid>}', where="$.region", paid="$.detail.paid"),
            '{"where":"us-east-1","paid":true}',
            id="JSON",
        ),
        pytest.param(
            transformer('{"text": "in <where>", "items": <items>}', where="$.region", items="$.detail.items"),
            '{"text":"in us-east-1","items":[{"n":1},{"n":2}]}',
            id="text and objects",
        ),
        pytest.param(
            transformer('"\\"<where>\\" <where>"', where="$.region"), '"\\"us-east-1\\" us-east-1"', id="escaped quotes"
        ),
        pytest.param(transformer('"items <items>"', items="$.detail.items"), '"items [{n:1},{n:2}]"', id="a list"),
        pytest.param(transformer('"<who> paid"', who="$.detail.who"), '"Al "the tea" B paid"', id="not escaped"),
        pytest.param(transformer('"<gone> paid"', gone="$.detail.gone"), '" paid"', id="nothing there"),
        pytest.param(
            transformer('{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}'),
            '{"rule":"r","arn":"arn:r"}',
            id="the rule",
        ),
        pytest.param(
            transformer('{"whole": <aws.events.event.json>}'),
            json.dumps({"whole": EVENT.fields}, separators=(",", ":")),
            id="the whole event",
        ),
    ],
)
def test_a_target_gets_what_its_rule_makes_of_the_event(target: dict[str, Any], text: str) -> None:
    assert target_input(target, EVENT, "arn:r", "r") == text
