"""AWS Lambda: deployment packages from S3, read with the caller's permissions.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html: the bucket is "in the same AWS Region as your
function. The bucket can be in a different AWS account."
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from moto.awslambda.models import lambda_backends

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.objects import bucket_region, read_object
from rootguard.sandbox.state import state


@dataclass
class _Packages:
    """Deployment packages by digest: hundreds of accounts have functions of the same few."""

    by_digest: dict[str, bytes] = field(default_factory=dict)


@operation("lambda:CreateFunction")
def create_function(call: Call) -> Answer:
    """Create a function as moto does, of code that it need not look for."""
    request = dict(call.response.json_body)  # type: ignore[attr-defined] # moto's Lambda has it
    code = _zip_file(call, call.parameters.get("Code") or {})
    return _performed(call, request | ({"Code": code} if code else {}))


@operation("lambda:UpdateFunctionCode")
def update_function_code(call: Call) -> Answer:
    """Change a function's code as moto does."""
    request = dict(call.response.json_body)  # type: ignore[attr-defined] # moto's Lambda has it
    return _performed(call, request | _zip_file(call, call.parameters))


def _performed(call: Call, request: dict[str, Any]) -> Answer:
    """Let moto do it, which keeps the package twice, once as text, and drop all but one copy for all functions."""
    call.response.body = json.dumps(request)
    answer = call.moto()
    if answer[0] >= HTTPStatus.MULTIPLE_CHOICES:
        return answer
    name = call.parameters["FunctionName"].rpartition(":function:")[2].partition(":")[0]
    function = lambda_backends[call.account_id][call.region].get_function(name)
    function.code.pop("ZipFile", None)
    kept = state(_Packages).by_digest
    function.code_bytes = kept.setdefault(hashlib.sha256(function.code_bytes).hexdigest(), function.code_bytes)
    return answer


def _zip_file(call: Call, code: Mapping[str, Any]) -> dict[str, str]:
    """The package of an S3 object as the request itself could have brought it; nothing for other code.

    Raises:
        AwsError: InvalidParameterValueException, worded as Lambda words it.
    """
    if not code.get("S3Bucket"):
        return {}
    bucket, key = str(code["S3Bucket"]), str(code.get("S3Key", ""))
    region = bucket_region(bucket)
    if region not in (None, call.region):
        retry = "Please use this region to retry the request"
        raise _unreadable("PermanentRedirect", f"The bucket is in this region: {region}. {retry}")
    try:
        package = read_object(call.access_key, bucket, key, code.get("S3ObjectVersion"), call.partition)
    except AwsError as refusal:
        match refusal.code:
            case "SandboxNotImplemented":
                raise
            case "AccessDenied":
                raise _denied(f"{bucket}/{key}", refusal) from None
            case _:
                raise _unreadable(refusal.code, refusal.message) from None
    return {"ZipFile": base64.b64encode(package).decode()}


def _unreadable(code: str, message: str) -> AwsError:
    said = f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    return AwsError("InvalidParameterValueException", said)


def _denied(place: str, refusal: AwsError) -> AwsError:
    """Lambda's own words for it, as templates of others quote them ("access has been denied by S3")."""
    said = "Your access has been denied by S3, please make sure your request credentials have permission to GetObject"
    return AwsError(
        "AccessDeniedException",
        f"{said} for {place}. S3 Error Code: {refusal.code}. S3 Error Message: {refusal.message}",
        HTTPStatus.FORBIDDEN,
    )
