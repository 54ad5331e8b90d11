"""What an update would change: the contents of a change set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from rootguard.sandbox.cloudformation.references import Reference, references
from rootguard.sandbox.cloudformation.resolution import Resolution, unknown
from rootguard.sandbox.cloudformation.resource_type import Physical
from rootguard.sandbox.cloudformation.schemas import Schema, schema_of
from rootguard.sandbox.cloudformation.stacks import Record, Specification, Stack
from rootguard.sandbox.cloudformation.steps import physicals
from rootguard.sandbox.cloudformation.template import Policy, Resource
from rootguard.sandbox.template.intrinsics import UNKNOWN
from rootguard.sandbox.template.text import TemplateError


@dataclass(frozen=True, slots=True)
class Detail:
    """Why a resource changes: ResourceChangeDetail."""

    attribute: str
    name: str | None
    recreation: str
    evaluation: str
    source: str
    entity: str | None = None

    def answer(self) -> dict[str, Any]:
        """As DescribeChangeSet shows it."""
        target = {"Attribute": self.attribute, "RequiresRecreation": self.recreation}
        detail: dict[str, Any] = {
            "Target": target | ({"Name": self.name} if self.name else {}),
            "Evaluation": self.evaluation,
            "ChangeSource": self.source,
        }
        return detail | ({"CausingEntity": self.entity} if self.entity else {})


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """A resource that would be added, modified or removed."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    policy_action: str | None = None
    scope: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()

    def answer(self) -> dict[str, Any]:
        """As DescribeChangeSet shows it."""
        change = {
            "PolicyAction": self.policy_action,
            "Action": self.action,
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.type,
            "Replacement": self.replacement,
            "Scope": list(self.scope),
            "Details": [detail.answer() for detail in self.details],
        }
        return {
            "Type": "Resource",
            "ResourceChange": {key: value for key, value in change.items() if value is not None},
        }


def changes(stack: Stack, specification: Specification) -> list[ResourceChange]:
    """What bringing a stack to a specification would do.

    Raises:
        TemplateError: What cannot be resolved: an export that does not exist.
    """
    return _Preview(stack, specification).changes()


def has_changes(stack: Stack, specification: Specification) -> bool:
    """Whether an update would do anything; a stack that failed is worth another try.

    Outputs and the stack's own tags count, the text of the template does not.
    """
    before = stack.specification
    if before is None or stack.status.endswith("_FAILED"):
        return True
    if before.tags != specification.tags:
        return True
    try:
        preview = _Preview(stack, specification)
        return bool(preview.changes()) or preview.outputs_differ()
    except TemplateError:
        return True  # the update itself fails, and says why


class _Preview:
    def __init__(self, stack: Stack, specification: Specification) -> None:
        self._stack = stack
        self._before, self._after = stack.specification, specification
        self._resolution = Resolution(stack, specification)
        self._known: dict[str, Physical] = {}

    def changes(self) -> list[ResourceChange]:
        records = self._stack.resources
        self._known = physicals(records)
        found = []
        for resource in self._resolution.present.values():
            record = records.get(resource.logical_id)
            if record is None or record.physical is None:
                self._known[resource.logical_id] = unknown()
                found.append(ResourceChange("Add", resource.logical_id, resource.type))
            elif (change := self._modification(resource, record)) is not None:
                found.append(change)
        present = self._resolution.present
        gone = [record for name, record in records.items() if name not in present and record.physical is not None]
        return [*found, *map(_removal, gone)]

    def outputs_differ(self) -> bool:
        return self._resolution.outputs(self._known) != self._stack.outputs

    def _modification(self, resource: Resource, record: Record) -> ResourceChange | None:
        properties = self._resolution.properties(resource, self._known)
        schema = schema_of(resource.type)
        details = [
            *self._property_details(resource, record, properties, schema),
            *self._attribute_details(resource, record),
        ]
        if self._before is not None and self._before.tags != self._after.tags and schema and schema.taggable:
            details.append(Detail("Tags", None, "Never", "Static", "DirectModification"))
        if not details:
            return None
        replacement = _replacement(details)
        self._known[resource.logical_id] = _foreseen(record, replacement, details)
        return ResourceChange(
            action="Modify",
            logical_id=resource.logical_id,
            type=resource.type,
            physical_id=record.physical_id,
            replacement=replacement,
            policy_action=_replacing_action(resource) if replacement != "False" else None,
            scope=tuple(dict.fromkeys(detail.attribute for detail in details)),
            details=tuple(details),
        )

    def _property_details(
        self, resource: Resource, record: Record, properties: Mapping[str, Any], schema: Schema | None
    ) -> list[Detail]:
        old, new = record.properties, dict(properties)
        replacing = schema.replacing(old, new) if schema else []
        names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        details = []
        for name in names:
            recreation = "Never" if name not in replacing else "Always"
            if recreation == "Always" and UNKNOWN in str(new.get(name)):
                recreation = "Conditionally"
            details += self._causes(resource, name, recreation)
        return details

    def _causes(self, resource: Resource, name: str, recreation: str) -> list[Detail]:
        """One detail per reason for which a property changes."""
        template = self._after.template
        attribute, shown = ("Tags", None) if name == "Tags" else ("Properties", name)
        detail = partial(Detail, attribute, shown, recreation)
        details = []
        for each in references(resource.properties.get(name)):
            if each.name in template.parameters:
                if self._text_differs(each.name):
                    details.append(detail("Static", "ParameterReference", each.name))
            elif self._is_unknown(each):
                source = "ResourceAttribute" if each.attribute else "ResourceReference"
                entity = f"{each.name}.{each.attribute}" if each.attribute else each.name
                details.append(detail("Dynamic", source, entity))
        before = self._before.template.resources.get(resource.logical_id) if self._before else None
        if not details or before is None or before.properties.get(name) != resource.properties.get(name):
            details.append(detail("Static", "DirectModification"))
        return list(dict.fromkeys(details))

    def _is_unknown(self, reference: Reference) -> bool:
        physical = self._known.get(reference.name, _NOTHING)
        value = physical.id if reference.attribute is None else physical.attributes.get(reference.attribute)
        return value == UNKNOWN

    def _text_differs(self, parameter: str) -> bool:
        return self._before is None or self._before.texts.get(parameter) != self._after.texts.get(parameter)

    def _attribute_details(self, resource: Resource, record: Record) -> list[Detail]:
        pairs = {
            "Metadata": (record.metadata, resource.metadata),
            "DeletionPolicy": (record.deletion_policy, resource.deletion_policy),
            "UpdateReplacePolicy": (record.update_replace_policy, resource.update_replace_policy),
        }
        changed = [name for name, (old, new) in pairs.items() if old != new]
        return [Detail(name, None, "Never", "Static", "DirectModification") for name in changed]


_NOTHING = Physical("")


def _replacement(details: list[Detail]) -> str:
    recreations = {detail.recreation for detail in details}
    if "Always" in recreations:
        return "True"
    return "Conditional" if "Conditionally" in recreations else "False"


def _foreseen(record: Record, replacement: str, details: list[Detail]) -> Physical:
    """What is known of a resource after its change; what an update in place makes of its attributes is not."""
    if replacement != "False":
        return unknown()
    changes_itself = any(detail.attribute in {"Properties", "Tags"} for detail in details)
    return unknown(record.physical_id) if changes_itself else record.physical or _NOTHING


def _replacing_action(resource: Resource) -> str:
    return "ReplaceAndRetain" if resource.update_replace_policy is Policy.RETAIN else "ReplaceAndDelete"


def _removal(record: Record) -> ResourceChange:
    action = "Delete" if record.deletion_policy is Policy.DELETE else "Retain"
    return ResourceChange("Remove", record.logical_id, record.type, record.physical_id, policy_action=action)
