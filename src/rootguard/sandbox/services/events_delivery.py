"""EventBridge: events that customers put, and the refusals around them that moto leaves out.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventBus

from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.dispatch import Answer, Call, check, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.event_delivery.buses import bus_of_arn, bus_resource, find_bus
from rootguard.sandbox.event_delivery.event import Occurrence, event_of
from rootguard.sandbox.event_delivery.routing import put_on
from rootguard.sandbox.json_text import read
from rootguard.sandbox.resource_access import Resource, judge_caller, refusal
from rootguard.sandbox.subscriptions import account_of

_MOST_ENTRIES = 10
_MOST_BYTES = 1_048_576
"""1 MB, the size of a request "across all entries" (PutEventsRequestEntry, API model)."""
_RESERVED_SOURCE = "aws."
_REQUIRED = ("Source", "DetailType", "Detail")
_BUS = re.compile(r"arn:aws[a-z-]*:events:[^:]+:\d{12}:event-bus/.+")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[^:]+:\d{12}:[^:]+")
_TARGET_SERVICES = frozenset({"events", "lambda", "logs", "sns", "sqs"})


@check
def authorize_put_events(call: Call) -> None:
    """Judge each entry by the caller's policies and, on another account's bus, by the bus's policy.

    The condition keys are those of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html.
    """
    if call.action != "events:PutEvents":
        return
    caller = caller_of(call)
    for entry in call.parameters.get("Entries", ()):
        keys = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        resource = _resource(call, entry)
        verdict = judge_caller(caller, "events:PutEvents", resource, {"aws:RequestedRegion": call.region, **keys})
        if not verdict.allowed:
            denied = refusal(caller, "events:PutEvents", resource, verdict, "AccessDeniedException")
            raise AwsError(denied.code, denied.message, 400)


@operation("events:PutEvents")
def put_events(call: Call) -> dict[str, Any]:
    """Take up to ten events, each of which is refused or taken on its own; they are delivered in the background."""
    entries = call.parameters["Entries"]
    size = sum(_size(entry) for entry in entries)
    if size > _MOST_BYTES:
        raise AwsError("ValidationException", f"Total size of the entries in the request is over the limit: {size}.")
    results = [_put(call, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


@operation("events:PutTargets")
def put_targets(call: Call) -> Answer:
    """Add targets as moto does, of kinds to which the sandbox delivers, in places to which EventBridge does.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    """
    for target in call.parameters["Targets"]:
        _check_target(call, target)
    return call.moto()


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    missing = next((name for name in _REQUIRED if not entry.get(name)), None)
    if missing:
        reason = f"Parameter {missing} is not valid. Reason: {missing} is a required argument."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if not _is_object(entry["Detail"]):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    if str(entry["Source"]).startswith(_RESERVED_SOURCE):
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    bus = _bus(call, entry)
    if bus is None:
        return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": f"Event bus {_name(entry)} does not exist."}
    occurrence = Occurrence(
        entry["Source"], entry["DetailType"], entry["Detail"], entry.get("Resources") or (), _time(entry)
    )
    event = event_of(occurrence, call.account_id, call.region)
    put_on(bus, event)
    return {"EventId": event.id}


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("EventBusName") or "default")


def _bus(call: Call, entry: Mapping[str, Any]) -> EventBus | None:
    """The bus of an entry: by name, or by the ARN of one in this Region, of whichever account."""
    name = _name(entry)
    if not name.startswith("arn:"):
        return find_bus(call.account_id, call.region, name)
    bus = bus_of_arn(name)
    return bus if bus is not None and bus.region == call.region else None


def _resource(call: Call, entry: Mapping[str, Any]) -> Resource:
    """The bus as policies see it, whether it exists or not.

    Raises:
        AwsError: ValidationException for the ARN of something else.
    """
    bus, name = _bus(call, entry), _name(entry)
    if bus is not None:
        return bus_resource(bus)
    if name.startswith("arn:"):
        if not _BUS.fullmatch(name):
            raise AwsError("ValidationException", f"Parameter {name} is not valid. Reason: It is no event bus.")
        return Resource(name, account_of(name))
    return Resource(f"arn:{call.partition}:events:{call.region}:{call.account_id}:event-bus/{name}", call.account_id)


def _size(entry: Mapping[str, Any]) -> int:
    """Bytes, as https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html counts them."""
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _time(entry: Mapping[str, Any]) -> datetime | None:
    given = entry.get("Time")
    return datetime.fromtimestamp(given, UTC) if isinstance(given, int | float) else given


def _is_object(text: str) -> bool:
    try:
        return isinstance(read(text), dict)
    except ValueError:
        return False


def _check_dead_letter_queue(arn: str | None) -> None:
    """Refuse what is no standard queue (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html)."""
    if arn and (not _QUEUE.fullmatch(arn) or arn.endswith(".fifo")):
        reason = "Reason: Dead-letter queues are standard SQS queues."
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. {reason}")


def _check_target(call: Call, target: Mapping[str, Any]) -> None:
    parts = target["Arn"].split(":")
    if len(parts) < len(("arn", "partition", "service", "region", "account", "resource")):
        message = f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        raise AwsError("ValidationException", message)
    _check_dead_letter_queue((target.get("DeadLetterConfig") or {}).get("Arn"))
    service, region = parts[2], parts[3]
    if service not in _TARGET_SERVICES or parts[5].startswith("api-destination"):
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's EventBridge delivers nothing to {target['Arn']}.")
    if service == "events" and region != call.region and not target.get("RoleArn"):
        raise AwsError("ValidationException", f"RoleArn is required for target {target['Arn']}.")
    if service != "events" and region != call.region:
        raise AwsError("ValidationException", f"Cross-region target {target['Arn']} is not allowed.")
