"""AWS Lambda: statements of a function's policy; moto loses conditions and takes a statement id twice.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html; how a statement looks is shown in
https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.moto_api._internal import mock_random

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError

_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_ACCOUNT = re.compile(r"\d{12}")
_IDENTITY = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|user/.+|role/.+|assumed-role/.+)")


@operation("lambda:AddPermission")
def add_permission(call: Call) -> dict[str, Any]:
    """Add a statement to the policy of a function, version or alias."""
    wanted = call.parameters
    backend = lambda_backends[call.account_id][call.region]
    function = backend.get_function(wanted["FunctionName"], wanted.get("Qualifier"))
    _check(function, wanted)
    statement = {
        "Sid": wanted["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(wanted["Principal"], call.partition),
        "Action": wanted["Action"],
        "Resource": ":".join([_unqualified(function.function_arn), *_qualifier(wanted)]),
    }
    if conditions := _conditions(wanted):
        statement["Condition"] = conditions
    function.policy.statements.append(statement)
    function.policy.revision = str(mock_random.uuid4())
    return {"Statement": json.dumps(statement)}


def _check(function: LambdaFunction, wanted: Mapping[str, Any]) -> None:
    revision, name = wanted.get("RevisionId"), wanted["StatementId"]
    if revision and revision != function.policy.revision:
        message = "The RevisionId provided does not match the latest RevisionId for the Lambda function or alias."
        raise AwsError("PreconditionFailedException", message)
    if any(statement["Sid"] == name for statement in function.policy.statements):
        message = (
            f"The statement id ({name}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
        raise AwsError("ResourceConflictException", message)


def _principal(given: str, partition: str) -> str | dict[str, str]:
    if given == "*":
        return given
    if _SERVICE.fullmatch(given):
        return {"Service": given}
    if _ACCOUNT.fullmatch(given):
        return {"AWS": f"arn:{partition}:iam::{given}:root"}
    if _IDENTITY.fullmatch(given):
        return {"AWS": given}
    message = "The provided principal was invalid. Please check the principal and try again."
    raise AwsError("InvalidParameterValueException", message)


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


def _qualifier(wanted: Mapping[str, Any]) -> list[str]:
    """The version or alias that a request means, by its Qualifier or at the end of the name."""
    given = wanted.get("Qualifier") or re.sub(r"^.*function:", "", wanted["FunctionName"]).partition(":")[2]
    return [given] if given and given != "$LATEST" else []


def _conditions(wanted: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    conditions: dict[str, dict[str, str]] = {}
    for member, (operator, key) in _CONDITIONS.items():
        value = wanted.get(member)
        if value is not None:
            conditions.setdefault(operator, {})[key] = str(value).lower() if operator == "Bool" else str(value)
    return conditions
