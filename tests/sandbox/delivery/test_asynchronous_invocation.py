import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import background
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

pytestmark = pytest.mark.slow

LAMBDA = "lambda.amazonaws.com"
SEND = {
    "Effect": "Allow",
    "Action": ["sqs:SendMessage", "sns:Publish", "events:PutEvents", "lambda:InvokeFunction", "s3:PutObject"],
    "Resource": "*",
}
SUCCEEDS = "def handler(event, context):\n    return {'request': context.aws_request_id}"
FAILS = "def handler(event, context):\n    raise PermissionError('not allowed')"


def invoke(post: Any, function_arn: str, event: dict[str, Any] | None = None) -> None:
    answer = post.client("lambda").invoke(
        FunctionName=function_arn, InvocationType="Event", Payload=json.dumps(event or {"n": 1})
    )
    assert answer["StatusCode"] == 202
    assert background.idle(LONGEST_WAIT)


def request(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as the API takes them; `OnFailure` and `OnSuccess` are destinations."""
    destinations = {name: {"Destination": settings[name]} for name in ("OnFailure", "OnSuccess") if name in settings}
    others = {name: value for name, value in settings.items() if name not in destinations}
    return others | ({"DestinationConfig": destinations} if destinations else {})


def configured(post: Any, source: str, *permissions: Any, **settings: Any) -> str:
    """A function with these settings."""
    role = post.role(LAMBDA, *(permissions or (SEND,)))
    function = str(post.function(source, role))
    destinations = {
        name: {"Destination": settings.pop(name)} for name in ("OnFailure", "OnSuccess") if name in settings
    }
    if destinations:
        settings["DestinationConfig"] = destinations
    if settings:
        post.client("lambda").put_function_event_invoke_config(FunctionName=function, **request(settings))
    return function


def to_queue(post: Any) -> tuple[str, Callable[[], list[Any]]]:
    queue = post.queue()
    return queue, lambda: [json.loads(body) for body in post.bodies(queue)]


def to_topic(post: Any) -> tuple[str, Callable[[], list[Any]]]:
    topic, queue = post.open_topic()
    return topic, lambda: [json.loads(body) for body in post.bodies(queue)]


def to_function(post: Any) -> tuple[str, Callable[[], list[Any]]]:
    function, queue = post.echo()
    return function, lambda: [json.loads(body) for body in post.bodies(queue)]


def to_bus(post: Any) -> tuple[str, Callable[[], list[Any]]]:
    bus = post.bus()
    queue = post.watched(bus, {"source": ["lambda"]})
    return bus, lambda: [json.loads(body)["detail"] for body in post.bodies(queue)]


def to_bucket(post: Any) -> tuple[str, Callable[[], list[Any]]]:
    bucket, s3 = f"records-{post.name()}", post.client("s3")
    s3.create_bucket(Bucket=bucket)

    def records() -> list[Any]:
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        assert all(key.startswith("aws/lambda/async/thing-") for key in keys)
        return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]

    return f"arn:aws:s3:::{bucket}", records


@pytest.mark.parametrize("destination", [to_queue, to_topic, to_function, to_bus, to_bucket])
def test_a_failure_is_told_to_its_destination(
    post: Any, destination: Callable[[Any], tuple[str, Callable[[], list[Any]]]]
) -> None:
    arn, records = destination(post)
    function = configured(post, FAILS, OnFailure=arn, MaximumRetryAttempts=1)
    invoke(post, function, {"who": "root"})
    [record] = records()
    assert post.delivery_failures(function) == []
    assert record["requestContext"].pop("requestId") == record["responsePayload"]["requestId"]
    assert record["timestamp"].endswith("Z")
    assert record["responsePayload"]["errorMessage"] == "not allowed"
    assert {name: record[name] for name in record if name not in {"timestamp", "responsePayload"}} == {
        "version": "1.0",
        "requestContext": {
            "functionArn": f"{function}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {"who": "root"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }


def test_a_success_is_told_to_its_own_destination(post: Any) -> None:
    success, failure = post.queue(), post.queue()
    function = configured(post, SUCCEEDS, OnSuccess=success, OnFailure=failure)
    invoke(post, function)
    [body] = post.bodies(success)
    record = json.loads(body)
    assert post.bodies(failure) == []
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"request": record["requestContext"]["requestId"]}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_an_event_on_a_bus_names_source_function_and_destination(post: Any) -> None:
    bus = post.bus()
    queue = post.watched(bus)
    function = configured(post, FAILS, OnFailure=bus)
    invoke(post, function)
    [body] = post.bodies(queue)
    event = json.loads(body)
    assert (event["source"], event["detail-type"]) == ("lambda", "Lambda Function Invocation Result - Failure")
    assert (event["account"], event["resources"]) == (post.account_id, [bus, f"{function}:$LATEST"])


def statement(post: Any, text: str) -> dict[str, Any]:
    filled = text.replace("ACCOUNT", post.account_id).replace("ORGANIZATION", post.organization_id)
    return dict(json.loads(filled))


@pytest.mark.parametrize("kind", ["bus", "topic", "queue"])
@pytest.mark.parametrize(
    ("allow", "delivered"),
    [
        pytest.param('{"Principal": {"AWS": "ACCOUNT"}}', True, id="open to the account"),
        pytest.param(
            '{"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}}}',
            True,
            id="open to the organization",
        ),
        pytest.param('{"Principal": {"Service": "lambda.amazonaws.com"}}', False, id="open to Lambda, not to the role"),
        pytest.param('{"Principal": {"AWS": "999988887777"}}', False, id="open to another account"),
    ],
)
def test_a_destination_in_another_account_needs_its_policy(
    post: Any,
    kind: str,
    allow: str,
    delivered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    allowed = statement(post, allow)
    if kind == "bus":
        arn = post.bus(allowed, account_id=post.other_id)
        place = post.watched(arn)
    elif kind == "topic":
        arn, place = post.open_topic(allowed, account_id=post.other_id)
    else:
        arn = place = post.queue(allowed, account_id=post.other_id)
    function = configured(post, FAILS, OnFailure=arn)
    invoke(post, function)
    assert len(post.bodies(place)) == int(delivered)
    failures = [(each.metric, each.destination_arn, each.code) for each in post.delivery_failures(function)]
    assert failures == ([] if delivered else [("DestinationDeliveryFailures", arn, "AccessDenied")])


def test_a_role_may_be_limited_to_failures_on_one_bus(post: Any) -> None:
    bus = post.bus()
    queue = post.watched(bus)
    only = {"events:source": "lambda", "events:detail-type": "Lambda Function Invocation Result - Failure"}
    narrow = {
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": bus,
        "Condition": {"StringEquals": only},
    }
    function = configured(post, FAILS, narrow, OnFailure=bus)
    invoke(post, function)
    assert len(post.bodies(queue)) == 1
    with pytest.raises(ClientError, match="permissions to call PutEvents"):
        post.client("lambda").put_function_event_invoke_config(FunctionName=function, **request({"OnSuccess": bus}))


def test_a_role_that_lost_its_permission_delivers_nothing(post: Any) -> None:
    queue = post.queue()
    function = configured(post, FAILS, OnFailure=queue)
    role = post.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    post.world.permit(role)
    invoke(post, function)
    assert post.bodies(queue) == []
    [failure] = post.delivery_failures(function)
    assert (failure.metric, failure.code) == ("DestinationDeliveryFailures", "AccessDenied")


@pytest.mark.parametrize(
    ("given", "default", "attempts"),
    [
        pytest.param({}, 0, 1, id="the sandbox's default"),
        pytest.param({}, 1, 2, id="the default, set"),
        pytest.param({"MaximumRetryAttempts": 2}, 0, 3, id="as configured"),
        pytest.param({"MaximumRetryAttempts": 0}, 2, 1, id="none"),
    ],
)
def test_a_failing_function_is_tried_again(post: Any, given: dict[str, int], default: int, attempts: int) -> None:
    state(Settings).function_retries = default
    queue = post.queue()
    invoke(post, configured(post, FAILS, OnFailure=queue, **given))
    [body] = post.bodies(queue)
    assert json.loads(body)["requestContext"]["approximateInvokeCount"] == attempts


def test_a_version_has_settings_of_its_own(post: Any) -> None:
    latest, published = post.queue(), post.queue()
    function = configured(post, FAILS, OnFailure=latest)
    client = post.client("lambda")
    version = client.publish_version(FunctionName=function)["Version"]
    client.put_function_event_invoke_config(
        FunctionName=function, Qualifier=version, DestinationConfig={"OnFailure": {"Destination": published}}
    )
    invoke(post, f"{function}:{version}")
    [body] = post.bodies(published)
    assert post.bodies(latest) == []
    context = json.loads(body)["requestContext"]
    assert context["functionArn"] == f"{function}:{version}"
    assert json.loads(body)["responseContext"]["executedVersion"] == version


@pytest.mark.parametrize("kind", ["queue", "topic"])
def test_a_dead_letter_target_gets_the_event_alone(post: Any, kind: str) -> None:
    arn, place = (post.queue(),) * 2 if kind == "queue" else post.open_topic()
    function = post.function(FAILS, post.role(LAMBDA, SEND), DeadLetterConfig={"TargetArn": arn})
    invoke(post, function, {"who": "root"})
    [message] = post.messages(place)
    assert json.loads(message["Body"]) == {"who": "root"}
    if kind == "queue":
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "not allowed")


def test_a_dead_letter_target_that_is_closed_is_on_record(post: Any) -> None:
    queue = post.queue(account_id=post.other_id)
    function = post.function(FAILS, post.role(LAMBDA, SEND), DeadLetterConfig={"TargetArn": queue})
    invoke(post, function)
    assert [each.metric for each in post.delivery_failures(function)] == ["DeadLetterErrors"]


def test_who_waits_for_the_answer_tells_no_destination(post: Any) -> None:
    queue = post.queue()
    function = configured(post, FAILS, OnFailure=queue)
    assert post.client("lambda").invoke(FunctionName=function)["FunctionError"] == "Unhandled"
    assert post.bodies(queue) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "You must specify at least one", id="nothing"),
        pytest.param({"MaximumRetryAttempts": 3}, "less than or equal to 2", id="too many attempts"),
        pytest.param({"MaximumEventAgeInSeconds": 21_601}, "less than or equal to 21600", id="too old"),
        pytest.param({"OnFailure": "arn:aws:dynamodb:us-east-1:ACCOUNT:table/x"}, "is invalid", id="no such kind"),
        pytest.param({"OnFailure": "arn:aws:sqs:us-east-1:ACCOUNT:x.fifo"}, "is invalid", id="FIFO"),
        pytest.param({"OnFailure": "arn:aws:sqs:us-west-2:ACCOUNT:x"}, "is invalid", id="another Region"),
        pytest.param({"OnFailure": "arn:aws:sns:us-east-1:ACCOUNT:x"}, "to call Publish", id="no permission"),
        pytest.param({"OnFailure": "arn:aws:events:us-east-1:444455556666:event-bus/x"}, "PutEvents", id="foreign bus"),
        pytest.param({"OnFailure": "FUNCTION"}, "destination for itself", id="itself"),
        pytest.param({"OnSuccess": "arn:aws:s3:::bucket"}, "is invalid", id="a bucket for success"),
    ],
)
def test_settings_that_lambda_does_not_take_are_refused(post: Any, settings: dict[str, Any], message: str) -> None:
    function = post.function(FAILS, post.role(LAMBDA))
    text = json.dumps(request(settings)).replace("ACCOUNT", post.account_id).replace("FUNCTION", function)
    with pytest.raises(ClientError, match=message):
        post.client("lambda").put_function_event_invoke_config(FunctionName=function, **json.loads(text))


def test_settings_are_put_changed_listed_and_deleted(post: Any) -> None:
    client, queue = post.client("lambda"), post.queue()
    function = configured(post, FAILS, OnFailure=queue, MaximumRetryAttempts=2)
    name = function.rpartition(":")[2]

    def shown(answer: dict[str, Any]) -> dict[str, Any]:
        return {key: answer[key] for key in answer if key not in {"LastModified", "ResponseMetadata", "FunctionArn"}}

    changed = client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    assert changed["FunctionArn"] == f"{function}:$LATEST"
    destination = {"DestinationConfig": {"OnFailure": {"Destination": queue}}}
    assert shown(changed) == {"MaximumRetryAttempts": 1, **destination}
    replaced = client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    assert shown(replaced) == {"MaximumEventAgeInSeconds": 60}
    assert shown(client.get_function_event_invoke_config(FunctionName=name)) == shown(replaced)
    [listed] = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert shown(listed) == shown(replaced)
    client.delete_function_event_invoke_config(FunctionName=name)
    for operation in (client.get_function_event_invoke_config, client.delete_function_event_invoke_config):
        with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
            operation(FunctionName=name)


def test_a_deleted_function_takes_its_settings_along(post: Any) -> None:
    client, name = post.client("lambda"), post.name()
    role = post.role(LAMBDA)
    for _ in range(2):
        post.function(SUCCEEDS, role, FunctionName=name)
        assert client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"] == []
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        client.delete_function(FunctionName=name)
