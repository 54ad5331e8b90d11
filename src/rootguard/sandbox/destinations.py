"""Where Lambda sends the records of asynchronous invocations, and whether a function's role lets it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import re
from dataclasses import dataclass, field

from moto.awslambda.models import LambdaFunction

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.event_delivery.buses import bus_of_arn, bus_resource
from rootguard.sandbox.event_delivery.event import Occurrence, event_of
from rootguard.sandbox.event_delivery.routing import put_on
from rootguard.sandbox.function_checks import SERVICE
from rootguard.sandbox.recipients import Message, deliver, record_key
from rootguard.sandbox.resource_access import Resource
from rootguard.sandbox.senders import RoleSender
from rootguard.sandbox.state import state

ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}
"""What the function's role must be allowed, by the service of the destination's ARN."""

_SOURCE = "lambda"
_DESTINATION = re.compile(
    r"arn:aws[a-zA-Z0-9-]*:(events:[^:]+:\d{12}:event-bus/.+|lambda:[^:]+:\d{12}:function:.+|s3:::[^/]+"
    r"|sns:[^:]+:\d{12}:.+|sqs:[^:]+:\d{12}:.+)"
)


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """A record that did not arrive.

    Attributes:
        metric: What Lambda counts it under: DestinationDeliveryFailures or DeadLetterErrors
            (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).
    """

    metric: str
    function_arn: str
    destination_arn: str
    code: str
    message: str


@dataclass
class DeliveryFailures:
    """Every one of an account and Region, `state(DeliveryFailures, account_id, region).all`."""

    all: list[DeliveryFailure] = field(default_factory=list)


def is_destination(arn: str, region: str, *, on_failure: bool) -> bool:
    """Whether Lambda takes the ARN as a destination for functions of that Region.

    A bus, a topic, a queue or a function may be another account's, but is asked at the endpoint of the function's own
    Region, where those of other Regions do not exist. A bucket takes failures only (OnFailure, OnSuccess, API model).
    """
    if not _DESTINATION.fullmatch(arn) or arn.endswith(".fifo"):
        return False
    service, destination_region = arn.split(":")[2:4]
    return on_failure if service == "s3" else destination_region == region


def require_permission(function: LambdaFunction, arn: str, outcome: str) -> None:
    """Refuse a destination that the function's role may not send to; what its owner allows shows at delivery only.

    Raises:
        AwsError: AccessDenied.
    """
    service = arn.split(":")[2]
    resource = f"{arn}/{record_key(function.function_name)}" if service == "s3" else arn
    keys = _event_keys(outcome) if service == "events" else {}
    _sender(function).require(ACTIONS[service], Resource(resource, str(function.account_id)), **keys)


def send(function: LambdaFunction, arn: str, record: str, outcome: str) -> None:
    """Send the record of an invocation to a destination, in the name of the function's role.

    Args:
        function: The function that was invoked.
        arn: The destination.
        record: JSON.
        outcome: Success or Failure, which an event on a bus says in its detail-type.
    """
    try:
        if arn.split(":")[2] == "events":
            _put_event(function, arn, record, outcome)
        else:
            deliver(_sender(function), arn, Message(record, name=function.function_name))
    except AwsError as refusal:
        note_failure("DestinationDeliveryFailures", function, arn, refusal)


def send_dead_letter(function: LambdaFunction, arn: str, message: Message) -> None:
    """Send an event that failed to the function's dead-letter queue, in the name of the function's role."""
    try:
        deliver(_sender(function), arn, message)
    except AwsError as refusal:
        note_failure("DeadLetterErrors", function, arn, refusal)


def note_failure(metric: str, function: LambdaFunction, arn: str, refusal: AwsError) -> None:
    """Count a record that did not arrive."""
    if refusal.code == NOT_IMPLEMENTED:
        raise refusal
    failure = DeliveryFailure(metric, function.function_arn, arn, refusal.code, refusal.message)
    state(DeliveryFailures, function.account_id, function.region).all.append(failure)


def _put_event(function: LambdaFunction, bus_arn: str, record: str, outcome: str) -> None:
    """The record as an event's detail; its `resources` are the destination and the function.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    bus = bus_of_arn(bus_arn)
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {bus_arn} does not exist.")
    _sender(function).require("events:PutEvents", bus_resource(bus), **_event_keys(outcome))
    resources = (bus_arn, f"{function.function_arn}:{function.version}")
    occurrence = Occurrence(_SOURCE, _detail_type(outcome), record, resources)
    put_on(bus, event_of(occurrence, function.account_id, function.region))


def _event_keys(outcome: str) -> dict[str, str]:
    return {"events:source": _SOURCE, "events:detail-type": _detail_type(outcome)}


def _detail_type(outcome: str) -> str:
    return f"Lambda Function Invocation Result - {outcome}"


def _sender(function: LambdaFunction) -> RoleSender:
    return RoleSender.assumed(function.role, SERVICE, function.function_name)
