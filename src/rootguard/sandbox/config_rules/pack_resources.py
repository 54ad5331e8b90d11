"""The rules and remediations that a template amounts to in one account and Region."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from moto.core.utils import get_service_model

from rootguard.sandbox.cloudformation.exports import export_value
from rootguard.sandbox.config_rules.pack_parameters import parameter_values
from rootguard.sandbox.config_rules.pack_template import RULE, Resource, Template, TemplateError
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.model import checked_request
from rootguard.sandbox.template.intrinsics import Resolver

type Inputs = Iterable[Mapping[str, str]]

_SERVICE_KEYS = {"ConfigRuleArn", "ConfigRuleId", "ConfigRuleState", "CreatedBy", "RuleEvaluationVisibility"}
"""Members of the API's ConfigRule that the CloudFormation resource has not
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-configrule.html)."""

_VALIDATOR = ParamValidator()


@dataclass(frozen=True, slots=True)
class PackResources:
    """By logical id: ConfigRule as PutConfigRule takes it, with the template's name, and RemediationConfiguration."""

    rules: Mapping[str, dict[str, Any]]
    remediations: Mapping[str, dict[str, Any]]


def check_template(template: Template, inputs: Inputs, place: Place) -> None:
    """Refuse a template that cannot be resolved anywhere; exports may differ per account and are not looked up.

    Raises:
        TemplateError: What is wrong with it.
    """
    _resolved(template, inputs, place, lambda name: name)


def resources_in(template: Template, inputs: Inputs, place: Place) -> PackResources:
    """What the template holds for a place.

    Raises:
        TemplateError: What is wrong with it there.
    """
    return _resolved(template, inputs, place, lambda name: export_value(place, name))


def _resolved(template: Template, inputs: Inputs, place: Place, exported: Callable[[str], str]) -> PackResources:
    values = parameter_values(template, inputs) | {
        "AWS::AccountId": place.account_id,
        "AWS::Partition": place.partition,
        "AWS::Region": place.region,
    }
    resolver = Resolver(values, template.mappings, template.conditions, exported)
    for condition in template.conditions:
        resolver.holds(condition)
    present = [each for each in template.resources if each.condition is None or resolver.holds(each.condition)]
    rules = {each.logical_id: _rule(each, resolver) for each in present if each.kind == RULE}
    names = [rule["ConfigRuleName"] for rule in rules.values()]
    if len(names) != len(set(names)):
        raise TemplateError(f"Two rules have the same ConfigRuleName: {sorted(names)}.")
    remediations = {each.logical_id: _remediation(each, resolver, names) for each in present if each.kind != RULE}
    return PackResources(rules, remediations)


def _rule(resource: Resource, resolver: Resolver) -> dict[str, Any]:
    properties = resolver.resolve(resource.properties)
    if "ConfigRuleName" not in properties:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox makes up no rule names: {resource.logical_id} has none.")
    if unknown := properties.keys() & _SERVICE_KEYS:
        raise TemplateError(f"Encountered unsupported property {min(unknown)} ({resource.logical_id})")
    if "InputParameters" in properties:
        properties["InputParameters"] = _json(properties["InputParameters"])
    return _fitting(resource, properties, "PutConfigRule", "ConfigRule")


def _remediation(resource: Resource, resolver: Resolver, names: list[str]) -> dict[str, Any]:
    """A remediation; "you cannot use intrinsic functions for ConfigRuleName".

    https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html
    """
    name = resource.properties.get("ConfigRuleName")
    if name not in names:
        raise TemplateError(f"The remediation {resource.logical_id} names no rule of the template: {name}.")
    properties = resolver.resolve(resource.properties)
    return _fitting(resource, properties, "PutRemediationConfigurations", "RemediationConfigurations")


def _json(parameters: Any) -> str:
    """InputParameters as the API takes them; CloudFormation makes text of numbers and booleans."""
    if not isinstance(parameters, dict):
        return str(parameters)
    texts = {name: _text(value) for name, value in parameters.items()}
    return json.dumps(texts, separators=(",", ":"))


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _fitting(resource: Resource, properties: dict[str, Any], operation: str, member: str) -> dict[str, Any]:
    """The properties, converted and held against the API that takes them, so that no unknown one is dropped in silence.

    Args:
        resource: For messages.
        properties: Resolved.
        operation: What creates such a resource.
        member: The member of its request that takes the properties, or a list of them.

    Raises:
        TemplateError: What the API would not take.
    """
    model = get_service_model("config").operation_model(operation)
    shape = model.input_shape.members[member]
    given = [properties] if isinstance(shape, ListShape) else properties
    request = {member: _converted(given, shape)}
    report = _VALIDATOR.validate(request, model.input_shape)
    if report.has_errors():
        raise TemplateError(f"{resource.logical_id}: {' '.join(report.generate_report().split())}")
    try:
        checked_request(request, model)
    except AwsError as refusal:
        raise TemplateError(f"{resource.logical_id}: {refusal.message}") from None
    converted: dict[str, Any] = request[member][0] if isinstance(shape, ListShape) else request[member]
    return converted


def _converted(value: Any, shape: Shape) -> Any:
    """Scalars in the type that the shape wants: YAML's `5` is text where text is wanted."""
    match value, shape:
        case dict(), StructureShape():
            return {
                key: _converted(item, shape.members[key]) if key in shape.members else item
                for key, item in value.items()
            }
        case dict(), MapShape():
            return {key: _converted(item, shape.value) for key, item in value.items()}
        case list(), ListShape():
            return [_converted(item, shape.member) for item in value]
        case ((bool() | int() | float()), Shape(type_name="string")):
            return _text(value)
        case str(), Shape(type_name="integer" | "long") if value.isdecimal():
            return int(value)
        case (("true" | "false"), Shape(type_name="boolean")):
            return value == "true"
    return value
