"""The values of a template's parameters: what the caller gives, else the default.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rootguard.sandbox.config_rules.pack_template import Template, TemplateError
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

MAXIMUM_INPUTS = 60
"""Input parameters of a custom pack (botocore config/2014-11-12, PutConformancePack)."""

_KEYS = {
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
}
_LISTS = {"CommaDelimitedList", "List<Number>", "List<String>"}
_TYPES = {"String", "Number"} | _LISTS


def parameter_values(template: Template, inputs: Iterable[Mapping[str, str]]) -> dict[str, str | list[str]]:
    """Every parameter's value.

    Args:
        template: Declares the parameters.
        inputs: ConformancePackInputParameters: `ParameterName`, `ParameterValue`.

    Raises:
        TemplateError: A name that is not declared, a required one without value, a value that is not allowed.
    """
    given = {each["ParameterName"]: each["ParameterValue"] for each in inputs}
    if unknown := given.keys() - template.parameters.keys():
        raise TemplateError(f"Parameters: {sorted(unknown)} do not exist in the template")
    missing = [
        name for name, declared in template.parameters.items() if name not in given and "Default" not in declared
    ]
    if missing:
        raise TemplateError(f"Parameters: {sorted(missing)} must have values")
    return {
        name: _value(name, declared, given.get(name, declared.get("Default")))
        for name, declared in template.parameters.items()
    }


def _value(name: str, declared: Mapping[str, Any], value: Any) -> str | list[str]:
    if unknown := declared.keys() - _KEYS:
        raise TemplateError(f"Invalid template parameter property {sorted(unknown)} of {name}")
    kind = declared.get("Type")
    if kind is None:
        raise TemplateError(f"Template format error: Every Parameters object must contain a Type member ({name}).")
    if kind not in _TYPES:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no conformance pack parameters of type {kind} ({name}).")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    parts = [part.strip() for part in text.split(",")] if kind in _LISTS else [text]
    for part in parts:
        _check(name, declared, part)
    return parts if kind in _LISTS else text


def _check(name: str, declared: Mapping[str, Any], text: str) -> None:
    allowed = declared.get("AllowedValues")
    if allowed is not None and text not in {str(value) for value in allowed}:
        raise TemplateError(f"Parameter '{name}' must be one of AllowedValues")
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        raise TemplateError(f"Parameter '{name}' must match pattern {pattern}")
    if not int(declared.get("MinLength", 0)) <= len(text) <= int(declared.get("MaxLength", len(text))):
        raise TemplateError(f"Parameter '{name}' has a length that is not allowed")
    if declared["Type"] in {"Number", "List<Number>"}:
        _check_number(name, declared, text)


def _check_number(name: str, declared: Mapping[str, Any], text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        raise TemplateError(f"Parameter '{name}' must be a number") from None
    if not float(declared.get("MinValue", number)) <= number <= float(declared.get("MaxValue", number)):
        raise TemplateError(f"Parameter '{name}' is out of range")
