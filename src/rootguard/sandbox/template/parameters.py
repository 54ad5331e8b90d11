"""The values of a template's parameters: what the caller gives, else the default.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.template.text import TemplateError

type Declaration = Mapping[str, Any]
type Value = str | list[str]

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
_VALUE_BYTES = 4096
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_NUMBERS = {"Number", "List<Number>"}
_PLAIN = {"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"}
_STORED = "AWS::SSM::Parameter::Value<"
_RESOURCE_TYPE = re.compile(r"(List<)?AWS::[A-Za-z0-9:]+(?(1)>)")


def check_declarations(declarations: Mapping[str, Any]) -> None:
    """Refuse what is no declaration of a parameter.

    Values of types such as AWS::EC2::VPC::Id pass without a look whether such a resource exists, which AWS takes.

    Raises:
        TemplateError: An unknown property, no type or an unknown type.
        AwsError: SandboxNotImplemented for a parameter that Systems Manager has the value of.
    """
    for name, declared in declarations.items():
        if not isinstance(declared, dict) or "Type" not in declared:
            message = "Template format error: Every Parameters object must contain a Type member."
            raise TemplateError(f"{message} ({name})")
        if unknown := declared.keys() - _KEYS:
            raise TemplateError(f"Invalid template parameter property {sorted(unknown)} ({name})")
        kind = declared["Type"]
        if str(kind).startswith(_STORED):
            raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no parameters of type {kind} ({name}).")
        if kind not in _PLAIN and not _RESOURCE_TYPE.fullmatch(str(kind)):
            raise TemplateError(f"Template format error: Unrecognized parameter type: {kind} ({name})")


def parameter_texts(declarations: Mapping[str, Declaration], given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter's value as text, checked.

    Args:
        declarations: The template's Parameters, already checked.
        given: Values by name.

    Raises:
        TemplateError: A name that is not declared, a required one without value, a value that is too long or not
            allowed.
    """
    if unknown := given.keys() - declarations.keys():
        raise TemplateError(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    missing = [name for name, declared in declarations.items() if name not in given and "Default" not in declared]
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    texts = {name: given.get(name, text_of(declared.get("Default"))) for name, declared in declarations.items()}
    for name, declared in declarations.items():
        _check_size(name, texts[name])
        for part in _parts(declared, texts[name]):
            _check(name, declared, part)
    return texts


def parameter_values(declarations: Mapping[str, Declaration], texts: Mapping[str, str]) -> dict[str, Value]:
    """What Ref gives: a list for a list parameter, text for the others."""
    return {
        name: _parts(declared, texts[name]) if _is_list(declared) else texts[name]
        for name, declared in declarations.items()
    }


def text_of(value: Any) -> str:
    """A scalar of YAML or JSON as CloudFormation writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_secret(declared: Declaration) -> bool:
    """Whether a parameter is declared with NoEcho: nobody is shown its value."""
    return str(declared.get("NoEcho", "")).lower() == "true"


def _is_list(declared: Declaration) -> bool:
    return declared["Type"] == "CommaDelimitedList" or str(declared["Type"]).startswith("List<")


def _parts(declared: Declaration, text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if _is_list(declared) else [text]


def _check_size(name: str, text: str) -> None:
    length = len(text.encode())
    if length > _VALUE_BYTES:
        message = f"Parameter value for parameter name {name} is too long."
        raise TemplateError(f"{message} Length is {length}, and limit is {_VALUE_BYTES}")


def _check(name: str, declared: Declaration, text: str) -> None:
    violation = _number_violation(declared, text) if declared["Type"] in _NUMBERS else None
    violation = violation or _violation(declared, text)
    if violation is None:
        return
    described = declared.get("ConstraintDescription")
    if described is not None:
        raise TemplateError(f"Parameter {name} failed to satisfy constraint: {described}")
    raise TemplateError(f"Parameter '{name}' {violation}")


def _violation(declared: Declaration, text: str) -> str | None:
    allowed = declared.get("AllowedValues")
    if allowed is not None and text not in {text_of(value) for value in allowed}:
        return "must be one of AllowedValues"
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        return f"must match pattern {pattern}"
    if len(text) < int(declared.get("MinLength", 0)):
        return f"must contain at least {declared['MinLength']} characters"
    if len(text) > int(declared.get("MaxLength", len(text))):
        return f"must contain at most {declared['MaxLength']} characters"
    return None


def _number_violation(declared: Declaration, text: str) -> str | None:
    try:
        number = float(text)
    except ValueError:
        return "must be a number"
    if number < float(declared.get("MinValue", number)):
        return f"must be a number not less than {declared['MinValue']}"
    if number > float(declared.get("MaxValue", number)):
        return f"must be a number not greater than {declared['MaxValue']}"
    return None
