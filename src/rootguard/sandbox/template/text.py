"""The text of a template, YAML or JSON, with the short forms of intrinsic functions written out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

import json
from collections.abc import Hashable, Mapping
from typing import Any

import yaml


class TemplateError(Exception):
    """A template that AWS refuses, in words for the caller."""


# Ten times as fast where PyYAML comes with libyaml, as its wheels do.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
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
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

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


def load(text: str) -> Mapping[str, Any]:
    """Read a template.

    Raises:
        TemplateError: It is neither YAML nor JSON, holds a key twice, or is not a mapping of names.
    """
    body = _json(text) if text.lstrip().startswith("{") else _yaml(text)
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise TemplateError("Template format error: unsupported structure: the template is not a mapping of names.")
    return body


def section(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section that is a mapping, empty if it is not there.

    Raises:
        TemplateError: It is something else.
    """
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise TemplateError(f"Template format error: {name} is not a mapping.")
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        message = f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
        raise TemplateError(message) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise TemplateError(f"Duplicate key in the template: {repeated}.")
    return mapping


def _yaml(text: str) -> Any:
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise TemplateError(f"Template format error: YAML not well-formed: {' '.join(str(error).split())}") from error
