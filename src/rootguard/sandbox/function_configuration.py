"""What moto's functions do not keep of their configuration: dead-letter target, logging, and what a change brings.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
"""

import functools
from collections.abc import Mapping
from typing import Any

import moto.awslambda.models

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

_UNSUPPORTED = (
    "CapacityProviderConfig",
    "DurableConfig",
    "FileSystemConfigs",
    "TenancyConfig",
)
_Function: Any = moto.awslambda.models.LambdaFunction  # to which attributes are added
_SCALARS = {"KMSKeyArn": "kms_key_arn", "TracingConfig": "tracing_config"}


def install() -> None:
    """Complete moto's functions, also those that its own CloudFormation makes."""
    if hasattr(_Function.get_configuration, "__wrapped__"):
        return
    _wrap_creation()
    _wrap_description()
    _wrap_change()
    _wrap_code()


def check_configuration(wanted: Mapping[str, Any]) -> None:
    """Refuse what the sandbox could only pass over.

    Raises:
        AwsError: SandboxNotImplemented.
    """
    for member in _UNSUPPORTED:
        if wanted.get(member):
            raise _not_implemented(f"functions with {member}")
    if (wanted.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        raise _not_implemented("SnapStart")
    if (wanted.get("LoggingConfig") or {}).get("LogFormat", "Text") != "Text":
        raise _not_implemented("functions that log JSON")


def _not_implemented(what: str) -> AwsError:
    return AwsError(NOT_IMPLEMENTED, f"The sandbox does not have {what}.")


def _wrap_creation() -> None:
    original = _Function.__init__

    @functools.wraps(original)
    def create(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any) -> None:
        check_configuration(spec)
        original(self, account_id, spec, *rest, **named)
        self.dead_letter_config = spec.get("DeadLetterConfig") or {}
        _log_to(self, spec.get("LoggingConfig") or {})

    _Function.__init__ = create


def _wrap_description() -> None:
    original = _Function.get_configuration

    @functools.wraps(original)
    def describe(self: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        configuration: dict[str, Any] = original(self, *arguments, **named)
        configuration["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": self.logs_group_name}
        if self.dead_letter_config.get("TargetArn"):
            configuration["DeadLetterConfig"] = self.dead_letter_config
        return configuration

    _Function.get_configuration = describe


def _wrap_change() -> None:
    original = _Function.update_configuration

    @functools.wraps(original)
    def change(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        check_configuration(updates)
        if "Environment" in updates:
            updates = {**updates, "Environment": {"Variables": {}, **updates["Environment"]}}
        for member, attribute in _SCALARS.items():
            if member in updates:
                setattr(self, attribute, updates[member])
        if "EphemeralStorage" in updates:
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        if "DeadLetterConfig" in updates:
            self.dead_letter_config = updates["DeadLetterConfig"]
        if "LoggingConfig" in updates:
            _log_to(self, updates["LoggingConfig"])
        answer: dict[str, Any] = original(self, updates)
        return answer

    _Function.update_configuration = change


def _wrap_code() -> None:
    original = _Function.update_function_code

    @functools.wraps(original)
    def change(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        if updates.get("Architectures") and not updates.get("DryRun"):
            self.architectures = updates["Architectures"]
        answer: dict[str, Any] = original(self, updates)
        return answer

    _Function.update_function_code = change


def _log_to(function: Any, logging: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html; without a group, the function's own."""
    function.logs_group_name = logging.get("LogGroup") or f"/aws/lambda/{function.function_name}"
