"""Who refers to whom in a template: the order of its resources, and references that lead nowhere.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.cloudformation.template import Resource, Template
from rootguard.sandbox.template.arguments import attribute_reference, substituted
from rootguard.sandbox.template.text import TemplateError

PSEUDO_PARAMETERS = frozenset(
    {
        "AWS::AccountId",
        "AWS::NoValue",
        "AWS::NotificationARNs",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that a template refers to, with the attribute if Fn::GetAtt (or Fn::Sub) asks for one."""

    name: str
    attribute: str | None = None


def references(value: Any) -> Iterator[Reference]:
    """Every Ref, Fn::GetAtt and Fn::Sub in a value, in both branches of an Fn::If."""
    match value:
        case {"Ref": str(name), **rest} if not rest:
            yield Reference(name)
        case {"Fn::GetAtt": argument, **rest} if not rest:
            yield Reference(*attribute_reference(argument))
        case {"Fn::Sub": argument, **rest} if not rest:
            for name in sorted(substituted(argument)):
                base, dot, attribute = name.partition(".")
                yield Reference(base, attribute if dot else None)
            if isinstance(argument, list):
                yield from references(argument[1])
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def conditions_in(value: Any, *, named: bool = False) -> Iterator[str]:
    """The conditions that a value depends on.

    Args:
        value: Anything in a template.
        named: Whether {"Condition": name} is one too: among conditions it is, in an IAM policy it is not.
    """
    match value:
        case {"Fn::If": [str(name), *branches]}:
            yield name
            yield from conditions_in(branches, named=named)
        case {"Condition": str(name), **rest} if named and not rest:
            yield name
        case dict():
            for item in value.values():
                yield from conditions_in(item, named=named)
        case list():
            for item in value:
                yield from conditions_in(item, named=named)


def check_references(template: Template) -> None:
    """Refuse references that lead nowhere or in a circle.

    Raises:
        TemplateError: In AWS's words.
    """
    _check_conditions(template)
    known = template.parameters.keys() | PSEUDO_PARAMETERS | template.resources.keys()
    for resource in template.resources.values():
        lost = [name for name in resource.depends_on if name not in template.resources]
        lost += [each.name for each in references(resource.properties) if each.name not in known]
        _check_found("Resources", lost)
        _check_attributes(resource.properties, template)
    for output in template.outputs.values():
        values = [output.value, output.export]
        _check_found("Outputs", [each.name for each in references(values) if each.name not in known])
        _check_attributes(values, template)
    in_order(template.resources)


def _check_conditions(template: Template) -> None:
    known = template.parameters.keys() | PSEUDO_PARAMETERS
    lost = [each.name for each in references(list(template.conditions.values())) if each.name not in known]
    if lost:
        message = f"Unresolved dependencies [{', '.join(sorted(set(lost)))}]. Cannot reference resources"
        raise TemplateError(f"Template format error: {message} in the Conditions block of the template")
    holders: list[tuple[str, str | None, Any]] = [
        *(("Resources", each.condition, each.properties) for each in template.resources.values()),
        *(("Outputs", each.condition, each.value) for each in template.outputs.values()),
        *(("Conditions", None, each) for each in template.conditions.values()),
    ]
    for block, own, value in holders:
        used = conditions_in(value, named=block == "Conditions")
        for name in [own, *used] if own else used:
            if name not in template.conditions:
                message = f"Unresolved condition dependency {name} in the {block} block of the template"
                raise TemplateError(f"Template format error: {message}")


def _check_found(block: str, lost: list[str]) -> None:
    if lost:
        names = ", ".join(sorted(set(lost)))
        message = f"Unresolved resource dependencies [{names}] in the {block} block of the template"
        raise TemplateError(f"Template format error: {message}")


def _check_attributes(value: Any, template: Template) -> None:
    for each in references(value):
        if each.attribute is None:
            continue
        if each.name not in template.resources:
            raise TemplateError(f"Template error: instance of Fn::GetAtt references undefined resource {each.name}")
        schema = schema_of(template.resources[each.name].type)
        if schema is not None and not schema.has_attribute(each.attribute):
            message = f"resource {each.name} does not support attribute type {each.attribute} in Fn::GetAtt"
            raise TemplateError(f"Template error: {message}")


def dependencies(resource: Resource, among: Mapping[str, Any]) -> set[str]:
    """The resources that have to exist before this one."""
    named = {each.name for each in references(resource.properties)} | set(resource.depends_on)
    return named & among.keys()


def in_order(resources: Mapping[str, Resource]) -> list[str]:
    """Logical ids, each after those that it depends on.

    AWS starts all at once that wait for nothing; here the last of the template comes first, so that a template cannot
    rely on its own order for want of a DependsOn.

    Raises:
        TemplateError: They depend on each other in a circle.
    """
    graph = {logical_id: sorted(dependencies(each, resources)) for logical_id, each in resources.items()}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = sorted(set(error.args[1]))
        message = f"Circular dependency between resources: [{', '.join(circle)}]"
        raise TemplateError(message) from None
    order: list[str] = []
    positions = {logical_id: position for position, logical_id in enumerate(resources)}
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=positions.__getitem__, reverse=True)
        order += ready
        sorter.done(*ready)
    return order
