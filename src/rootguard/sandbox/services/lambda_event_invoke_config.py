"""AWS Lambda: how functions are invoked asynchronously. moto keeps one setting per function and checks little.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html and its siblings.
"""

from http import HTTPStatus
from typing import Any

from moto.awslambda.models import LambdaFunction

from rootguard.sandbox import functions
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.event_invoke_config import EventInvokeConfig, config_of, configs_of, drop, keep
from rootguard.sandbox.function_names import function_arn
from rootguard.sandbox.paging import InvalidTokenError, page

_ARN_PARTS = 7
_PAGE = 50


@operation("lambda:PutFunctionEventInvokeConfig")
def put_function_event_invoke_config(call: Call) -> dict[str, Any]:
    """Replace the settings: "if you exclude any settings, they are removed"."""
    function, qualifier = _named(call)
    return keep(function, qualifier, call.parameters).answer()


@operation("lambda:UpdateFunctionEventInvokeConfig")
def update_function_event_invoke_config(call: Call) -> dict[str, Any]:
    """Change the settings that are given."""
    function, qualifier = _named(call)
    given = {name: value for name, value in call.parameters.items() if value is not None}
    return keep(function, qualifier, {**_existing(function, qualifier).settings, **given}).answer()


@operation("lambda:GetFunctionEventInvokeConfig")
def get_function_event_invoke_config(call: Call) -> dict[str, Any]:
    """Describe the settings for a function, version or alias."""
    return _existing(*_named(call)).answer()


@operation("lambda:DeleteFunctionEventInvokeConfig")
def delete_function_event_invoke_config(call: Call) -> Answer:
    """Delete the settings."""
    function, qualifier = _named(call)
    _existing(function, qualifier)
    drop(function, qualifier)
    _, headers, body = call.unchecked({})
    return HTTPStatus.NO_CONTENT.value, headers, body


@operation("lambda:ListFunctionEventInvokeConfigs")
def list_function_event_invoke_configs(call: Call) -> dict[str, Any]:
    """List the settings of a function, its versions and aliases."""
    function, _ = _named(call)
    size, marker = call.parameters.get("MaxItems", _PAGE), call.parameters.get("Marker")
    try:
        shown, token = page(tuple(configs_of(function)), lambda each: (each.function_arn,), size, marker)
    except InvalidTokenError:
        raise AwsError("InvalidParameterValueException", "Invalid pagination token") from None
    answer: dict[str, Any] = {"FunctionEventInvokeConfigs": [each.answer() for each in shown]}
    return answer | ({"NextMarker": token} if token else {})


def _named(call: Call) -> tuple[LambdaFunction, str]:
    """The function and the version or alias that a request means."""
    arn = function_arn(call)
    parts = arn.split(":")
    return functions.find(arn), parts[_ARN_PARTS] if len(parts) > _ARN_PARTS else "$LATEST"


def _existing(function: LambdaFunction, qualifier: str) -> EventInvokeConfig:
    config = config_of(function, qualifier)
    if config is None:
        message = f"The function {function.function_arn}:{qualifier} doesn't have an EventInvokeConfig"
        raise AwsError("ResourceNotFoundException", message)
    return config
