"""What a stack's template amounts to, given its parameters and what exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.cloudformation.exports import Imports
from rootguard.sandbox.cloudformation.references import dependencies, in_order
from rootguard.sandbox.cloudformation.resource_type import Physical
from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.cloudformation.stacks import OutputValue, Specification, Stack
from rootguard.sandbox.cloudformation.template import Resource
from rootguard.sandbox.config_rules.place import url_suffix
from rootguard.sandbox.template.intrinsics import UNKNOWN, Resolver
from rootguard.sandbox.template.parameters import text_of
from rootguard.sandbox.template.rules import check_rules
from rootguard.sandbox.template.text import TemplateError


class Resolution:
    """One specification of one stack.

    Attributes:
        present: The resources whose condition holds, by logical id, each after those that it depends on.
        imports: The exports looked up so far.
    """

    def __init__(self, stack: Stack, specification: Specification) -> None:
        self._template = specification.template
        self._values = {**specification.values, **_pseudo_parameters(stack, specification)}
        self.imports = Imports(stack.place)
        self.present: dict[str, Resource] = {}
        conditions = self._resolver({})
        check_rules(self._template.rules, conditions)
        held = {name for name in self._template.conditions if conditions.holds(name)}
        present = {
            logical_id: resource
            for logical_id, resource in self._template.resources.items()
            if resource.condition is None or resource.condition in held
        }
        self._held = held
        self.present = {logical_id: present[logical_id] for logical_id in in_order(present)}

    def needs(self, resource: Resource) -> frozenset[str]:
        """The present resources that this one depends on."""
        return frozenset(dependencies(resource, self.present))

    def properties(self, resource: Resource, known: Mapping[str, Physical]) -> dict[str, Any]:
        """A resource's properties, every function resolved, scalars in the schema's types.

        Args:
            resource: One that is present.
            known: What exists, by logical id; `unknown()` for what is yet to be made.

        Raises:
            TemplateError: A function that cannot be resolved.
        """
        resolved: dict[str, Any] = self._resolver(known).resolve(resource.properties)
        schema = schema_of(resource.type)
        return schema.converted(resolved) if schema else resolved

    def outputs(self, known: Mapping[str, Physical]) -> tuple[OutputValue, ...]:
        """The outputs whose condition holds.

        Raises:
            TemplateError: A function that cannot be resolved, or a value that is not text.
        """
        resolver = self._resolver(known)
        wanted = [each for each in self._template.outputs.values() if each.condition in {None, *self._held}]
        return tuple(
            OutputValue(
                name=each.name,
                value=_output_text(each.name, resolver.resolve(each.value)),
                description=each.description,
                export=None if each.export is None else _output_text(each.name, resolver.resolve(each.export)),
            )
            for each in wanted
        )

    def check(self) -> None:
        """Refuse what cannot be resolved whatever the resources turn out to be; exports are not looked up.

        Raises:
            TemplateError: What is wrong.
        """
        looked_up, self.imports = self.imports, Imports(self.imports.place, lambda _place, _name: UNKNOWN)
        known = {logical_id: unknown() for logical_id in self.present}
        try:
            for resource in self.present.values():
                self.properties(resource, known)
            self.outputs(known)
        finally:
            self.imports = looked_up

    def _resolver(self, existing: Mapping[str, Physical]) -> Resolver:
        known = {logical_id: physical for logical_id, physical in existing.items() if logical_id in self.present}

        def attribute(logical_id: str, name: str) -> Any:
            if logical_id not in known:
                raise TemplateError(_unresolved(logical_id))
            return _attribute(known[logical_id], logical_id, name)

        values = {**self._values, **{logical_id: physical.id for logical_id, physical in known.items()}}
        template = self._template
        return Resolver(values, template.mappings, template.conditions, self.imports, attribute)


class _UnknownAttributes(dict[str, Any]):
    """Whatever is asked for, it is not known yet."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return UNKNOWN

    def get(self, name: str, default: Any = None) -> Any:
        del name, default
        return UNKNOWN


def unknown(physical_id: str | None = None) -> Physical:
    """A resource that is yet to be made, or whose attributes are yet to change."""
    return Physical(physical_id or UNKNOWN, _UnknownAttributes())


def _attribute(physical: Physical, logical_id: str, name: str) -> Any:
    if name in physical.attributes:
        return physical.attributes[name]
    message = f"the sandbox does not know the attribute {name} of the resource {logical_id}"
    raise TemplateError(f"SandboxNotImplemented: {message}")


def _unresolved(logical_id: str) -> str:
    message = f"Unresolved resource dependencies [{logical_id}] in the Resources block of the template"
    return f"Template format error: {message}"


def _output_text(name: str, value: Any) -> str:
    if isinstance(value, list | dict) or value is None:
        message = f"The Value field of every Outputs member must evaluate to a String ({name})."
        raise TemplateError(f"Template format error: {message}")
    return text_of(value)


def _pseudo_parameters(stack: Stack, specification: Specification) -> dict[str, str | list[str]]:
    place = stack.place
    return {
        "AWS::AccountId": place.account_id,
        "AWS::NotificationARNs": list(specification.notification_arns),
        "AWS::Partition": place.partition,
        "AWS::Region": place.region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": url_suffix(place.partition),
    }
