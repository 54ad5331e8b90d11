"""Asynchronous invocation: Lambda takes an event, runs the function later, tries again, and tells its destinations.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html. What AWS does at the same time and this does not:
the waits of one and two minutes between attempts, and an event's age.
"""

import json
import logging
import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.awslambda.models import LambdaFunction

from rootguard.sandbox import functions
from rootguard.sandbox.background import WorkQueue, queue
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.destinations import send, send_dead_letter
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.event_invoke_config import EventInvokeConfig, config_of
from rootguard.sandbox.function_host import HostDiedError
from rootguard.sandbox.function_policy import function_policy
from rootguard.sandbox.functions import Invocation
from rootguard.sandbox.recipients import Message, recipient
from rootguard.sandbox.resource_access import Resource
from rootguard.sandbox.senders import Sender
from rootguard.sandbox.state import state

LOG = logging.getLogger("rootguard.sandbox")

_ARN_PARTS = 7


@queue
class AsynchronousInvocations(WorkQueue):
    """Events that wait for their function."""

    def __init__(self) -> None:
        super().__init__("lambda-asynchronous", state(Settings).workers)


def submit(function_arn: str, event: bytes) -> None:
    """Queue an event (JSON text) for a function, which may be named by a version or an alias."""
    state(AsynchronousInvocations).submit(partial(_perform_unattended, function_arn, event))


def perform(function_arn: str, event: bytes) -> Invocation:
    """Run a function on an event until it succeeds or its attempts are used up, and tell its destinations.

    Returns:
        The last attempt.

    Raises:
        AwsError: ResourceNotFoundException; SandboxNotImplemented for what cannot run here; AccessDeniedException if
            the function's role is gone.
    """
    function = functions.find(function_arn)
    config = config_of(function, _qualifier(function_arn))
    request_id = str(uuid.uuid4())
    attempts = 1
    invocation = functions.run(function, event, function_arn, request_id=request_id)
    while invocation.error is not None and attempts <= _retries(config):
        attempts += 1
        invocation = functions.run(function, event, function_arn, request_id=request_id)
    _tell(function, config, _record(function_arn, event, invocation, attempts))
    if invocation.error is not None:
        _bury(function, event, invocation)
    return invocation


def _retries(config: EventInvokeConfig | None) -> int:
    return state(Settings).function_retries if config is None or config.retries is None else config.retries


def _perform_unattended(function_arn: str, event: bytes) -> None:
    try:
        perform(function_arn, event)
    except HostDiedError as error:
        LOG.warning("the asynchronous invocation of %s came to nothing: %s", function_arn, error)
    except AwsError as error:
        if error.code == NOT_IMPLEMENTED:
            raise
        LOG.warning("the asynchronous invocation of %s came to nothing: %s", function_arn, error)


def _qualifier(function_arn: str) -> str:
    parts = function_arn.split(":")
    return parts[_ARN_PARTS] if len(parts) > _ARN_PARTS else "$LATEST"


def _record(function_arn: str, event: bytes, invocation: Invocation, attempts: int) -> dict[str, Any]:
    """The invocation record, as the page above shows it."""
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": invocation.version}
    if invocation.error is not None:
        context["functionError"] = "Unhandled"
    qualified = function_arn if len(function_arn.split(":")) > _ARN_PARTS else f"{function_arn}:$LATEST"
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": qualified,
            "condition": "Success" if invocation.error is None else "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": context,
        "responsePayload": json.loads(invocation.payload or b"null"),
    }


def _tell(function: LambdaFunction, config: EventInvokeConfig | None, record: dict[str, Any]) -> None:
    outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
    arn = None if config is None else config.destination(f"On{outcome}")
    if arn:
        send(function, arn, json.dumps(record), outcome)


def _bury(function: LambdaFunction, event: bytes, invocation: Invocation) -> None:
    """Send the event itself to the dead-letter queue, "without details about the response" but for three attributes.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    settings: Any = function  # whose dead_letter_config is `function_configuration`'s
    arn = settings.dead_letter_config.get("TargetArn")
    if not arn or invocation.error is None:
        return
    attributes = {
        "RequestID": invocation.request_id,
        "ErrorCode": "200",
        "ErrorMessage": invocation.error.message[:1024],
    }
    send_dead_letter(function, arn, Message(event.decode(), attributes))


@recipient("lambda")
def _invoke(sender: Sender, arn: str, message: Message) -> None:
    """Take an event for a function from another service."""
    function = functions.find(arn)
    sender.require("lambda:InvokeFunction", Resource(arn, str(function.account_id), function_policy(function)))
    submit(arn, message.body.encode())
