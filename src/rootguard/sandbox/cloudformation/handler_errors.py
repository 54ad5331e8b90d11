"""Why a handler failed, in the words of a stack event.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
"""

import uuid

from botocore.exceptions import ClientError, ParamValidationError

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError
from rootguard.sandbox.errors import CRASHED

_CODES = (
    ("AccessDenied", ("accessdenied", "unauthorized", "authorizationerror", "notauthorized")),
    ("InvalidCredentials", ("invalidclienttokenid", "unrecognizedclient", "expiredtoken")),
    ("AlreadyExists", ("alreadyexists", "entityexists", "resourceconflict", "alreadyowned", "duplicate")),
    ("NotFound", ("notfound", "nosuch", "notexist", "doesnotexist")),
    ("ResourceConflict", ("conflict", "concurrent", "inuse", "operationaborted")),
    ("Throttling", ("throttl", "toomanyrequests", "requestlimit")),
    ("ServiceLimitExceeded", ("limitexceeded", "quota", "maxnumber")),
    ("ServiceInternalError", ("internal", "serviceunavailable", "failure")),
    ("InvalidRequest", ("invalid", "validation", "malformed", "badrequest", "missing", "constraint")),
)


def failure_reason(error: BaseException, type_name: str) -> str | None:
    """Why a resource failed; None for an error that is no answer of AWS but a fault of the sandbox itself.

    Args:
        error: What a handler raised.
        type_name: The resource's type.
    """
    match error:
        case ResourceFailedError():
            return str(error)
        case ClientError() if error.response["Error"].get("Code") == CRASHED:
            return None
        case ClientError():
            code, request = str(error.response["Error"].get("Code", "")), error.response.get("ResponseMetadata", {})
            said = error.response["Error"].get("Message") or code
            service = type_name.split("::")[1].capitalize()
            status, request_id = request.get("HTTPStatusCode"), request.get("RequestId")
            where = f"(Service: {service}, Status Code: {status}, Request ID: {request_id})"
            return _worded(f"{said} {where}", handler_error_code(code))
        case ParamValidationError():
            return _worded(" ".join(str(error).split()), "InvalidRequest")
    return None


def crashed(error: Exception) -> str:
    """The reason for what failed by a fault of the sandbox itself."""
    return f"{CRASHED}: {error!r}"


def handler_error_code(code: str) -> str:
    """The handler error code for a service's error code."""
    plain = code.lower()
    for name, marks in _CODES:
        if any(mark in plain for mark in marks):
            return name
    return "GeneralServiceException"


def _worded(message: str, code: str) -> str:
    token = uuid.uuid4()
    return f'Resource handler returned message: "{message}" (RequestToken: {token}, HandlerErrorCode: {code})'
