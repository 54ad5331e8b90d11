"""The template of a conformance pack: what stands in it, before any account gives it values.

A pack may hold rules and remediations only: "You can use a YAML template with two resource types: AWS Config rule
(AWS::Config::ConfigRule) and remediation action (AWS::Config::RemediationConfiguration)"
(https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html). The rest is CloudFormation's
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.sandbox.template.text import TemplateError, load, section

__all__ = ["Resource", "Template", "TemplateError", "parse"]

RULE = "AWS::Config::ConfigRule"
REMEDIATION = "AWS::Config::RemediationConfiguration"
MAXIMUM_RULES = 130
"""Rules in a pack (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Parameters",
    "Resources",
}
_ATTRIBUTES = {"Condition", "DependsOn", "Metadata", "Properties", "Type"}


@dataclass(frozen=True, slots=True)
class Resource:
    """A rule or remediation of the template."""

    logical_id: str
    kind: str
    condition: str | None
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A conformance pack template, with its intrinsic functions still in it."""

    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: tuple[Resource, ...]


def parse(text: str) -> Template:
    """Read a template, YAML or JSON (which is YAML).

    Raises:
        TemplateError: It is not one, or it holds what a conformance pack may not.
    """
    body = load(text)
    if unknown := body.keys() - _SECTIONS:
        raise TemplateError(f"Invalid template property or properties {sorted(unknown)}")
    resources = section(body, "Resources")
    if not resources:
        raise TemplateError("At least one Resources member must be defined.")
    parsed = tuple(_resource(logical_id, resource) for logical_id, resource in resources.items())
    if sum(resource.kind == RULE for resource in parsed) > MAXIMUM_RULES:
        raise TemplateError("Number of resources provided in the template exceeds the allowed limit")
    return Template(section(body, "Parameters"), section(body, "Mappings"), section(body, "Conditions"), parsed)


def _resource(logical_id: str, body: Any) -> Resource:
    if not isinstance(body, dict) or not isinstance(body.get("Properties", {}), dict):
        raise TemplateError(f"Template format error: resource {logical_id} is not a mapping.")
    if body.get("Type") not in {RULE, REMEDIATION}:
        raise TemplateError(f"Template contains an unsupported resource type: {body.get('Type')} ({logical_id}).")
    if unknown := body.keys() - _ATTRIBUTES:
        raise TemplateError(f"Invalid attributes {sorted(unknown)} of the resource {logical_id}.")
    condition = body.get("Condition")
    if condition is not None and not isinstance(condition, str):
        raise TemplateError(f"The Condition of the resource {logical_id} is not a name.")
    return Resource(logical_id, body["Type"], condition, body.get("Properties", {}))
