"""AWS Lambda: functions that really run, and the refusals that moto leaves out.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import binascii
import json
from http import HTTPStatus
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from rootguard.sandbox import functions, policy
from rootguard.sandbox.asynchronous_invocation import submit
from rootguard.sandbox.authorization import denied, judged
from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.function_checks import check_function, install
from rootguard.sandbox.function_names import function_arn
from rootguard.sandbox.function_policy import function_policy

_LARGEST_REQUEST = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}
"""Bytes; 6 MB, and 1 MB to be invoked asynchronously."""
_LOG_TAIL = 4096
"""Bytes: "the last 4 KB of the execution log"."""

install()


@operation("lambda:Invoke")
def invoke(call: Call) -> Answer:
    """Run a function: and wait for it, or leave it running, or only see whether that would be allowed."""
    arn = function_arn(call)
    function = functions.find(arn)
    if function.account_id != call.account_id:
        _check_resource_policy(call, function, arn)
    event, kind = _event(call), call.parameters.get("InvocationType", "RequestResponse")
    match kind:
        case "DryRun":
            return _empty(call, HTTPStatus.NO_CONTENT)
        case "Event":
            submit(arn, event)
            return _empty(call, HTTPStatus.ACCEPTED)
        case _:
            return _answer(call, function, functions.run(function, event, arn, _client_context(call)))


@operation("lambda:UpdateFunctionConfiguration")
def update_function_configuration(call: Call) -> Answer:
    """Change a function into one that could run."""
    function = lambda_backends[call.account_id][call.region].get_function(call.parameters["FunctionName"])
    kept = {"Runtime": function.run_time, "Handler": function.handler, "Role": function.role}
    check_function({**kept, **call.parameters}, call.account_id)
    return call.moto()


def _empty(call: Call, status: HTTPStatus) -> Answer:
    """An answer without payload; moto's serializer takes every success for a 200."""
    _, headers, body = call.unchecked({"Payload": b""})
    return status.value, headers, body


def _check_resource_policy(call: Call, function: LambdaFunction, arn: str) -> None:
    """Let another account in only as far as the function's own policy does.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    caller = caller_of(call)
    layer = policy.Layer(policy.PolicyType.RESOURCE_BASED, function_policy(function))
    verdict = judged(call, caller, (layer,), arn)
    if not verdict.allowed:
        raise denied(call, caller, arn, verdict.reason("lambda:InvokeFunction"))


def _event(call: Call) -> bytes:
    """The request's payload, which has to be JSON; a function called without any gets an empty object."""
    payload = call.parameters.get("Payload") or b"{}"
    event = payload.encode() if isinstance(payload, str) else bytes(payload)
    most = _LARGEST_REQUEST[call.parameters.get("InvocationType", "RequestResponse")]
    if len(event) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message)
    try:
        json.loads(event)
    except ValueError as invalid:
        message = f"Could not parse request body into json: {invalid}"
        raise AwsError("InvalidRequestContentException", message) from None
    return event


def _client_context(call: Call) -> str | None:
    """The context's `client_context`, as JSON text."""
    encoded = call.parameters.get("ClientContext")
    if encoded is None:
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        json.loads(text)
    except (binascii.Error, ValueError):
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError("InvalidRequestContentException", message) from None
    return text


def _answer(call: Call, function: LambdaFunction, invocation: functions.Invocation) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "StatusCode": 200,
        "ExecutedVersion": str(function.version),
        "Payload": invocation.payload,
    }
    if invocation.error is not None:
        answer["FunctionError"] = "Unhandled"
    if call.parameters.get("LogType") == "Tail":
        answer["LogResult"] = base64.b64encode(invocation.log.encode()[-_LOG_TAIL:]).decode()
    return answer
