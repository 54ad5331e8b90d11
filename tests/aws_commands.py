"""Runs the `aws` commands of a remediation with boto3, as the CLI would."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.model import Shape


def run_command(command: str, client: Callable[[str], Any], values: Mapping[str, str]) -> Any:
    """The answer to a command.

    Args:
        command: `aws iam delete-access-key --access-key-id KEY_ID  # a comment`.
        client: Makes the client of a service.
        values: What to fill in for the words in capitals.
    """
    _, service, operation, *arguments = shlex.split(command, comments=True)
    chosen = client(service)
    members = _members(chosen, operation)
    given = {flag.removeprefix("--"): value for flag, value in zip(arguments[::2], arguments[1::2], strict=True)}
    given.pop("region", None)  # an option of the CLI itself
    parameters = {members[flag][0]: _value(members[flag][1], values.get(text, text)) for flag, text in given.items()}
    return getattr(chosen, operation.replace("-", "_"))(**parameters)


def _members(client: Any, operation: str) -> dict[str, tuple[str, Shape]]:
    name = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    shape = client.meta.service_model.operation_model(name).input_shape
    return {xform_name(member, "-"): (member, found) for member, found in (shape.members if shape else {}).items()}


def _value(shape: Shape, text: str) -> Any:
    if shape.type_name == "structure":
        return dict(pair.split("=", 1) for pair in text.split(","))
    return int(text) if shape.type_name == "integer" else text
