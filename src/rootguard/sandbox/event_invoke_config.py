"""How a function is invoked asynchronously: retries and destinations, per function, version or alias.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from rootguard.sandbox.destinations import ACTIONS, is_destination, require_permission
from rootguard.sandbox.errors import AwsError

SETTINGS = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
_CONDITIONS = ("OnFailure", "OnSuccess")


@dataclass(slots=True)
class EventInvokeConfig:
    """The settings of a function (`$LATEST`), a version or an alias; kept with the function, and gone with it."""

    function_arn: str
    settings: dict[str, Any]
    last_modified: float = field(default_factory=time.time)

    @property
    def retries(self) -> int | None:
        """How often a failed event is tried again; None for Lambda's default."""
        return self.settings.get("MaximumRetryAttempts")

    def destination(self, condition: str) -> str | None:
        """The ARN for OnFailure or OnSuccess."""
        configured = (self.settings.get("DestinationConfig") or {}).get(condition) or {}
        return configured.get("Destination") or None

    def answer(self) -> dict[str, Any]:
        """As the API describes it."""
        return {"LastModified": self.last_modified, "FunctionArn": self.function_arn, **self.settings}


def configs_of(function: LambdaFunction) -> list[EventInvokeConfig]:
    """All settings of a function, its versions and aliases."""
    latest = lambda_backends[function.account_id][function.region].get_function(function.function_name)
    kept: list[Any] = latest.event_invoke_config
    return kept


def config_of(function: LambdaFunction, qualifier: str) -> EventInvokeConfig | None:
    """The settings for one version or alias, or `$LATEST`."""
    arn = f"{_unqualified(function)}:{qualifier}"
    return next((each for each in configs_of(function) if each.function_arn == arn), None)


def keep(function: LambdaFunction, qualifier: str, settings: Mapping[str, Any]) -> EventInvokeConfig:
    """Put settings in place of those that were there.

    Raises:
        AwsError: InvalidParameterValueException.
    """
    wanted = {name: settings[name] for name in SETTINGS if settings.get(name) is not None}
    if not wanted:
        message = "You must specify at least one of error handling or destination setting."
        raise AwsError("InvalidParameterValueException", message)
    for condition in _CONDITIONS:
        _check_destination(function, condition, wanted.get("DestinationConfig") or {})
    config = EventInvokeConfig(f"{_unqualified(function)}:{qualifier}", wanted)
    drop(function, qualifier)
    configs_of(function).append(config)
    return config


def drop(function: LambdaFunction, qualifier: str) -> None:
    """Forget the settings for a version or alias."""
    kept = configs_of(function)
    kept[:] = [each for each in kept if each.function_arn != f"{_unqualified(function)}:{qualifier}"]


def _check_destination(function: LambdaFunction, condition: str, configured: Mapping[str, Any]) -> None:
    """Refuse a destination that Lambda does not take or that the function's role may not send to.

    That Lambda looks at the role's permissions when it is configured, and calls such an ARN invalid:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function_event_invoke_config
    """
    arn = (configured.get(condition) or {}).get("Destination")
    if not arn:
        return
    if not is_destination(arn, function.region, on_failure=condition == "OnFailure"):
        raise AwsError("InvalidParameterValueException", f"The destination ARN {arn} is invalid.")
    if arn.split(":")[:7] == function.function_arn.split(":")[:7]:
        message = "You can't specify the function as a destination for itself."
        raise AwsError("InvalidParameterValueException", message)
    try:
        require_permission(function, arn, condition.removeprefix("On"))
    except AwsError as refusal:
        if not refusal.code.startswith("AccessDenied"):
            raise
        action = ACTIONS[arn.split(":")[2]].partition(":")[2]
        message = f"The function's execution role does not have permissions to call {action} on {arn}"
        raise AwsError("InvalidParameterValueException", message) from None


def _unqualified(function: LambdaFunction) -> str:
    return ":".join(function.function_arn.split(":")[:7])
