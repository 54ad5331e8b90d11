"""What every part of a policy is read with."""

from typing import Any


class MalformedPolicyError(ValueError):
    """The text is not a policy (AWS: MalformedPolicyDocument)."""


class UnsupportedPolicyError(ValueError):
    """The policy is right, but uses an element that this evaluator does not judge and will not guess about."""


def strings(values: Any) -> tuple[str, ...]:
    """One value or a list of values as strings, `true` and `5` as JSON writes them."""
    listed = values if isinstance(values, list) else [values]
    return tuple(_string(value) for value in listed)


def _string(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise MalformedPolicyError(f"expected a string, got {value!r}")
