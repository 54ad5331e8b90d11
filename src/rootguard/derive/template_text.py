"""CloudFormation templates as text: short forms of the intrinsic functions, lists indented, nothing abbreviated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_SHORT, _FEW = 90, 3
"""Characters of what stands on one line, and members of a mapping that does."""

HEADER = "# Derived from the rules by `rootguard derive`; edit those.\n"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an intrinsic function in its short form: `!Ref Name`, `!If [Condition, yes, no]`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
    """

    function: str
    argument: Any


NO_VALUE = Call("Ref", "AWS::NoValue")
"""Leaves out the property or the list's item."""


def ref(name: str) -> Call:
    """`!Ref name`."""
    return Call("Ref", name)


def sub(text: str) -> Call:
    """`!Sub text`."""
    return Call("Sub", text)


def attribute(logical_id: str, name: str) -> Call:
    """`!GetAtt logical_id.name`."""
    return Call("GetAtt", f"{logical_id}.{name}")


def either(condition: str, given: Any, otherwise: Any = NO_VALUE) -> Call:  # noqa: ANN401 - any value of a template
    """`!If [condition, given, otherwise]`."""
    return Call("If", [condition, given, otherwise])


def equals(left: Any, right: str) -> Call:  # noqa: ANN401 - any value of a condition
    """`!Equals [left, right]`."""
    return Call("Equals", [left, right])


def is_given(parameter: str) -> Call:
    """The condition that a parameter is not empty."""
    return Call("Not", [equals(ref(parameter), "")])


def template_text(template: Mapping[str, Any] | list[Any]) -> str:
    """The YAML of a template or a part of one."""
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes as people do: lists indented below their key, what is short on one line, no quotes after a tag."""

    def represent(self, data: Any) -> None:  # noqa: ANN401 - PyYAML's signature
        """On lines of its own, however short the whole is."""
        node = self.represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = False
        self.serialize(node)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """PyYAML's signature."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Write everything out: CloudFormation knows no anchors."""
        return True

    def choose_scalar_style(self) -> str:
        """A plain text where its tag says what it is."""
        style, analysis = str(super().choose_scalar_style()), self.analysis
        tag = self.event.tag if isinstance(self.event, yaml.ScalarEvent) else None
        if analysis is None or analysis.multiline or not (tag or "").startswith("!"):
            return style
        plain = analysis.allow_flow_plain if self.flow_level else analysis.allow_block_plain
        return "" if plain else style

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: ANN401, FBT001 - PyYAML's signature
        """On one line if it is short."""
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = _is_short(node)
        return node

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: ANN401, FBT001 - PyYAML's signature
        """On one line if it is short and has few members."""
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = len(node.value) <= _FEW and _is_short(node)
        return node


def _is_short(node: yaml.Node) -> bool:
    return _width(node) <= _SHORT and all(_is_inline(child) for child in _children(node))


def _is_inline(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) or (isinstance(node, yaml.CollectionNode) and bool(node.flow_style))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value)


def _width(node: yaml.Node) -> int:
    own = len(node.tag) + 1 if node.tag.startswith("!") else 0
    if isinstance(node, yaml.ScalarNode):
        return own + len(node.value)
    return own + sum(_width(child) + len(", ") for child in _children(node))


def _represent(dumper: yaml.SafeDumper, call: Call) -> yaml.Node:
    tag = f"!{call.function}"
    if isinstance(call.argument, str):
        return dumper.represent_scalar(tag, call.argument)
    return dumper.represent_sequence(tag, call.argument)


_Dumper.add_representer(Call, _represent)
