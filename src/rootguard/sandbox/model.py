"""Requests and answers held against botocore's own service model.

botocore's client checks types and required members but leaves enums, patterns and lengths to the server
(`botocore.validate`), so a sandbox that did not check them would accept what AWS refuses. AWS's wording of such a
refusal: "1 validation error detected: Value 'x' at 'y' failed to satisfy constraint: Member must ..."
(https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html, ValidationException).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from rootguard.sandbox.errors import AwsError

_ANSWERS = ParamValidator()

# CloudWatch Logs words it the same way under its own code (github.com/fluent-plugins-nursery/
# fluent-plugin-cloudwatch-logs issue 116 quotes one).
_OWN_REFUSAL_CODES = {"logs": "InvalidParameterException", "securityhub": "InvalidInputException"}


class ModelViolationError(Exception):
    """The sandbox itself answered something that AWS's service model does not allow: a fault of ours."""


def checked_request(parameters: Mapping[str, Any], model: OperationModel) -> None:
    """Refuse a request that AWS would refuse by its model: a missing member, a bad enum, pattern, length or range.

    Raises:
        AwsError: ValidationException (ValidationError from services of the query protocol, InvalidParameterException
            from CloudWatch Logs), worded as AWS words it.
    """
    if model.input_shape is None:
        return
    violations = list(_violations(parameters, model.input_shape, ""))
    if violations:
        count = len(violations)
        plural = "s" if count > 1 else ""
        message = f"{count} validation error{plural} detected: {'; '.join(violations)}"
        raise AwsError(_refusal_code(model), message)


def _refusal_code(model: OperationModel) -> str:
    if model.service_model.service_name in _OWN_REFUSAL_CODES:
        return _OWN_REFUSAL_CODES[model.service_model.service_name]
    return "ValidationError" if model.service_model.protocol == "query" else "ValidationException"


def checked_answer(answer: dict[str, Any], model: OperationModel) -> dict[str, Any]:
    """The answer, once it fits the operation's output shape.

    Raises:
        ModelViolationError: An unknown member, a wrong type, a missing required member.
    """
    if model.output_shape is None:
        if answer:
            raise ModelViolationError(f"{model.name} answers nothing, got {sorted(answer)}")
        return answer
    report = _ANSWERS.validate(answer, model.output_shape)
    if report.has_errors():
        raise ModelViolationError(f"{model.name}: {report.generate_report()}")
    return answer


def _violations(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if value is None:
        return
    match shape:
        case StructureShape():
            yield from _structure_violations(value, shape, path)
        case ListShape():
            yield from _length_violation(value, shape, path)
            for position, member in enumerate(value, start=1):
                yield from _violations(member, shape.member, f"{path}.{position}.member")
        case MapShape():
            for key, member in value.items():
                yield from _violations(member, shape.value, f"{path}.{key}")
        case StringShape():
            yield from _string_violations(value, shape, path)
        case Shape(type_name="integer" | "long" | "float" | "double"):
            yield from _range_violation(value, shape, path)


def _structure_violations(value: Mapping[str, Any], shape: StructureShape, path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield _violation(None, f"{prefix}{name}", "Member must not be null")
    for name, member in shape.members.items():
        yield from _violations(value.get(name), member, f"{prefix}{name}")


def _string_violations(value: str, shape: StringShape, path: str) -> Iterator[str]:
    yield from _length_violation(value, shape, path)
    if shape.enum and value not in shape.enum:
        yield _violation(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None if pattern.startswith("^") else _fully(pattern, value)
    except re.error:  # Java's dialect (\\p{L} and friends), which Python cannot compile
        return True


def _fully(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _length_violation(value: Any, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _violation(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _violation(value, path, f"Member must have length less than or equal to {most}")


def _range_violation(value: float, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _violation(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _violation(value, path, f"Member must have value less than or equal to {most}")


def _violation(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    where = path[:1].lower() + path[1:]
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"
