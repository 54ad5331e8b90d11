"""A stack's template: what stands in it, checked as far as that needs no parameter's value.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html, limits from
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.template.parameters import check_declarations
from rootguard.sandbox.template.rules import check_form
from rootguard.sandbox.template.text import TemplateError, load, section

MAXIMUM_RESOURCES = 500
MAXIMUM_OF_OTHERS = {"Parameters": 200, "Outputs": 200, "Mappings": 200}
VERSION = "2010-09-09"

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}
_ABSENT_SECTIONS = {"Transform", "Hooks"}
_ATTRIBUTES = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
_ABSENT_ATTRIBUTES = {"CreationPolicy", "UpdatePolicy"}
_DESCRIPTION_BYTES = 1024
_DYNAMIC = "{{resolve:"
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


class Policy(StrEnum):
    """DeletionPolicy and UpdateReplacePolicy."""

    DELETE = "Delete"
    RETAIN = "Retain"
    RETAIN_EXCEPT_ON_CREATE = "RetainExceptOnCreate"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the template, its intrinsic functions still in it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: Policy = Policy.DELETE
    update_replace_policy: Policy = Policy.DELETE
    metadata: Mapping[str, Any] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the template; `export` is the name under which other stacks import it."""

    name: str
    value: Any
    description: str | None = None
    export: Any = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A template; nobody changes what is in it."""

    text: str
    description: str | None
    metadata: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    rules: Mapping[str, Any]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Output]

    @property
    def types(self) -> list[str]:
        """The types of its resources, each once."""
        return list(dict.fromkeys(resource.type for resource in self.resources.values()))


@lru_cache(maxsize=64)
def parse(text: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: What AWS refuses in it.
        AwsError: SandboxNotImplemented for what AWS has and the sandbox has not.
    """
    body = load(text)
    if absent := body.keys() & _ABSENT_SECTIONS:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's CloudFormation has no {', '.join(sorted(absent))} section.")
    if unknown := body.keys() - _SECTIONS:
        raise TemplateError(f"Invalid template property or properties [{', '.join(sorted(unknown))}]")
    if body.get("AWSTemplateFormatVersion", VERSION) != VERSION:
        raise TemplateError("Template format error: unsupported value for AWSTemplateFormatVersion.")
    _check_description(body.get("Description"))
    _check_sizes(body)
    if not section(body, "Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    parameters = section(body, "Parameters")
    _check_names("Parameter", parameters)
    check_declarations(parameters)
    rules = section(body, "Rules")
    check_form(rules)
    return Template(
        text=text,
        description=body.get("Description"),
        metadata=section(body, "Metadata"),
        parameters=parameters,
        mappings=section(body, "Mappings"),
        conditions=section(body, "Conditions"),
        rules=rules,
        resources=_resources(section(body, "Resources")),
        outputs={name: _output(name, output) for name, output in section(body, "Outputs").items()},
    )


def _check_description(description: Any) -> None:
    if description is None:
        return
    if not isinstance(description, str):
        raise TemplateError("Template format error: [/Description] 'Description' must be text.")
    if len(description.encode()) > _DESCRIPTION_BYTES:
        raise TemplateError(f"Template format error: 'Description' length is greater than {_DESCRIPTION_BYTES}.")


def _check_sizes(body: Mapping[str, Any]) -> None:
    for name, most in {**MAXIMUM_OF_OTHERS, "Resources": MAXIMUM_RESOURCES}.items():
        count = len(section(body, name))
        if count > most:
            message = f"Number of {name.lower()}, {count}, is greater than maximum allowed, {most}"
            raise TemplateError(f"Template format error: {message}")


def _check_names(kind: str, names: Mapping[str, Any]) -> None:
    for name in names:
        if not (name.isascii() and name.isalnum()):
            raise TemplateError(f"Template format error: {kind} name {name} is non alphanumeric.")


def _resources(bodies: Mapping[str, Any]) -> dict[str, Resource]:
    _check_names("Resource", bodies)
    if _DYNAMIC in str(bodies):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox's CloudFormation resolves no dynamic references.")
    resources = {logical_id: _resource(logical_id, body) for logical_id, body in bodies.items()}
    unknown = [each.type for each in resources.values() if not each.type.startswith(_CUSTOM)]
    unknown = [name for name in dict.fromkeys(unknown) if schema_of(name) is None]
    if unknown:
        raise TemplateError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    return resources


def _resource(logical_id: str, body: Any) -> Resource:
    if not isinstance(body, dict) or not isinstance(body.get("Properties", {}), dict):
        raise TemplateError(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must be a mapping."
        )
    if not isinstance(body.get("Type"), str):
        message = "Every Resources object must contain a Type member."
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] {message}")
    if absent := body.keys() & _ABSENT_ATTRIBUTES:
        message = f"The sandbox's CloudFormation has no {', '.join(sorted(absent))} ({logical_id})."
        raise AwsError(NOT_IMPLEMENTED, message)
    if unknown := body.keys() - _ATTRIBUTES:
        raise TemplateError(f"Invalid template resource property '{min(unknown)}' ({logical_id})")
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=body.get("Properties", {}),
        depends_on=_depends_on(logical_id, body.get("DependsOn", [])),
        condition=_condition(logical_id, body.get("Condition")),
        deletion_policy=_policy(logical_id, "DeletionPolicy", body),
        update_replace_policy=_policy(logical_id, "UpdateReplacePolicy", body),
        metadata=body.get("Metadata"),
        description=body.get("Description"),
    )


def _depends_on(logical_id: str, value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TemplateError(f"Template format error: DependsOn of {logical_id} must be a list of strings.")
    return tuple(names)


def _condition(owner: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TemplateError(f"Template format error: Condition of {owner} must be a string.")
    return value


def _policy(logical_id: str, name: str, body: Mapping[str, Any]) -> Policy:
    value = body.get(name, Policy.DELETE)
    allowed = set(Policy) if name == "DeletionPolicy" else {Policy.DELETE, Policy.RETAIN}
    if value == "Snapshot":
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's CloudFormation makes no snapshots ({name} of {logical_id}).")
    if not isinstance(value, str) or value not in allowed:
        raise TemplateError(f"Template format error: Unrecognized {name} {value} for resource {logical_id}")
    return Policy(value)


def _output(name: str, body: Any) -> Output:
    if not isinstance(body, dict) or "Value" not in body:
        message = "Every Outputs member must contain a Value object"
        raise TemplateError(f"Template format error: Output {name} is malformed. {message}")
    if unknown := body.keys() - {"Condition", "Description", "Export", "Value"}:
        raise TemplateError(f"Invalid template output property '{min(unknown)}' ({name})")
    export = body.get("Export")
    if export is not None and (not isinstance(export, dict) or export.keys() != {"Name"}):
        raise TemplateError(f"Template format error: Export of output {name} must have a Name and nothing else.")
    return Output(
        name=name,
        value=body["Value"],
        description=body.get("Description"),
        export=export["Name"] if export else None,
        condition=_condition(name, body.get("Condition")),
    )
