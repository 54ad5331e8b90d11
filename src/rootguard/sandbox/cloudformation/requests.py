"""From a resource's properties to the API request that AWS's handler makes of them.

Most types name their properties as the API names its parameters; what they spell differently is the value: templates
write numbers and booleans as text, and JSON documents as objects.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError
from rootguard.sandbox.errors import NOT_IMPLEMENTED

_BOOLEANS = {"true": True, "false": False}


def send(client: Any, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation with parameters as a template spells them; those that are None are left out.

    Args:
        client: A boto3 client.
        operation: The API's name, `PutMetricAlarm`.
        parameters: By the API's names.

    Returns:
        The answer, as boto3 gives it.

    Raises:
        ResourceFailedError: A parameter that the operation does not have, so that no property is passed over in
            silence, or whose value is of another type or out of range.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    fitted = _fitted(parameters, shape, operation)
    try:
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**fitted)
    except ParamValidationError as error:
        raise ResourceFailedError(" ".join(str(error).split())) from None
    return answer


def _fitted(value: Any, shape: Shape, place: str) -> Any:
    """The value in the API model's type: CloudFormation converts between text, numbers and booleans."""
    match shape:
        case StructureShape():
            return _structure(_mapping(value, place), shape, place)
        case ListShape():
            if not isinstance(value, list | tuple):
                raise _misfit(place, "List")
            return [_fitted(each, shape.member, place) for each in value]
        case MapShape():
            return {
                str(key): _fitted(each, shape.value, f"{place}/{key}") for key, each in _mapping(value, place).items()
            }
        case _:
            return _scalar(value, shape, place)


def _structure(value: Mapping[str, Any], shape: StructureShape, place: str) -> dict[str, Any]:
    unknown = value.keys() - shape.members.keys()
    if unknown:
        raise unsupported(f"{place} takes no {', '.join(sorted(unknown))}")
    return {
        name: _fitted(each, shape.members[name], f"{place}/{name}") for name, each in value.items() if each is not None
    }


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _misfit(place, "Map")
    return value


def _scalar(value: Any, shape: Shape, place: str) -> Any:
    try:
        match shape.type_name:
            case "integer" | "long":
                return int(value)
            case "float" | "double":
                return float(value)
            case "boolean":
                return _BOOLEANS[str(value).lower()]
            case "string":
                return text(value)
            case _:
                return value
    except (KeyError, TypeError, ValueError):
        raise _misfit(place, shape.type_name.capitalize()) from None


def text(value: Any) -> str:
    """A value as text: true and false as JSON has them, an object or a list (a policy, a pattern) as JSON text."""
    return value if isinstance(value, str) else json.dumps(value)


def _misfit(place: str, wanted: str) -> ResourceFailedError:
    return ResourceFailedError(f"Value of property {place} must be of type {wanted}")


def unsupported(what: str) -> ResourceFailedError:
    """The refusal of a property that AWS knows and that the sandbox would have to pass over."""
    return ResourceFailedError(f"{NOT_IMPLEMENTED}: {what}.")


def refuse(properties: Mapping[str, Any], kind: str, *names: str) -> None:
    """Refuse properties that the sandbox cannot apply.

    Raises:
        ResourceFailedError: One of `names` is among the properties.
    """
    for name in names:
        if properties.get(name) is not None:
            raise unsupported(f"the sandbox cannot apply {kind}'s property {name}")


def already_exists(kind: str, identifier: str) -> ResourceFailedError:
    """The refusal of AWS's handlers to take over a resource that they have not made, where its API would.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html (create handlers)
    """
    return ResourceFailedError(f"Resource of type '{kind}' with identifier '{identifier}' already exists.")


@contextmanager
def undoing(undo: Callable[[], None]) -> Iterator[None]:
    """Take away what a handler made when the rest of it fails, inside the block; what cannot be taken away stays.

    AWS leaves that to the rollback; here a resource that failed has no physical id by which to delete it.
    """
    try:
        yield
    except Exception:
        with suppress(ClientError, ResourceFailedError):
            undo()
        raise


@contextmanager
def gone(*codes: str) -> Iterator[None]:
    """Take an answer that says that nothing is there for a deletion done, inside the block."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise


def exists(client: Any, operation: str, parameters: Mapping[str, Any], *codes: str) -> bool:
    """Whether a read finds something: no, if it answers one of `codes`."""
    try:
        send(client, operation, parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return False
        raise
    return True
