"""The template of a conformance pack: what stands in it, before any account gives it values.

A pack may hold rules and remediations only: "You can use a YAML template with two resource types: AWS Config rule
(AWS::Config::ConfigRule) and remediation action (AWS::Config::RemediationConfiguration)"
(https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html). The rest is CloudFormation's
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

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


class TemplateError(Exception):
    """A template that AWS Config refuses, in words for the caller."""


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


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: `!Sub x` is `{"Fn::Sub": "x"}`, dates are text, a key stands once."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Refuse what YAML forbids and PyYAML lets pass."""
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if len(keys) != len(set(keys)):
            raise TemplateError(f"Duplicate key in the template, near line {node.start_mark.line + 1}.")
        return super().construct_mapping(node, deep)

    def construct_short_form(self, name: str, node: yaml.Node) -> dict[str, Any]:
        """Write a short form out."""
        value: Any
        match node:
            case yaml.MappingNode():
                value = self.construct_mapping(node, deep=True)
            case yaml.SequenceNode():
                value = self.construct_sequence(node, deep=True)
            case yaml.ScalarNode():
                value = self.construct_scalar(node)
            case _:
                raise TemplateError(f"Template format error: !{name} on neither text nor a collection.")
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _Loader.construct_short_form)


def parse(text: str) -> Template:
    """Read a template, YAML or JSON (which is YAML).

    Raises:
        TemplateError: It is not one, or it holds what a conformance pack may not.
    """
    body = _load(text)
    if unknown := body.keys() - _SECTIONS:
        raise TemplateError(f"Invalid template property or properties {sorted(unknown)}")
    resources = _section(body, "Resources")
    if not resources:
        raise TemplateError("At least one Resources member must be defined.")
    parsed = tuple(_resource(logical_id, resource) for logical_id, resource in resources.items())
    if sum(resource.kind == RULE for resource in parsed) > MAXIMUM_RULES:
        raise TemplateError("Number of resources provided in the template exceeds the allowed limit")
    return Template(_section(body, "Parameters"), _section(body, "Mappings"), _section(body, "Conditions"), parsed)


def _load(text: str) -> Mapping[str, Any]:
    try:
        loader = _Loader(text)
        try:
            body = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise TemplateError(f"Template format error: {' '.join(str(error).split())}") from error
    if not isinstance(body, dict):
        raise TemplateError("Template format error: the template is not a mapping.")
    return body


def _section(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = body.get(name, {})
    if not isinstance(section, dict):
        raise TemplateError(f"Template format error: {name} is not a mapping.")
    return section


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
