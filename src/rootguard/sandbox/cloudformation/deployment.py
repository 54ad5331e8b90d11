"""Bringing a stack's resources to what its template says, with a journal of what that took.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from rootguard.sandbox.cloudformation.exports import ExportError, check_exports, exports_lock
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.cloudformation.stacks import Record, Stack
from rootguard.sandbox.cloudformation.steps import StepError, Steps, physicals
from rootguard.sandbox.cloudformation.template import Policy, Resource
from rootguard.sandbox.template.text import TemplateError

type Retained = frozenset[Policy]

KEEPING: Retained = frozenset({Policy.RETAIN, Policy.RETAIN_EXCEPT_ON_CREATE})


class DeploymentError(Exception):
    """A deployment that failed.

    Attributes:
        logical_ids: The resources that are to blame; none if the stack itself is.
    """

    def __init__(self, reason: str, *logical_ids: str) -> None:
        super().__init__(reason)
        self.logical_ids = logical_ids


class CancelledError(DeploymentError):
    """A deployment that somebody stopped."""


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that a deployment touched.

    Attributes:
        before: What it was; None for one that is new.
        after: What it is; another physical resource than before for one that was replaced.
    """

    before: Record | None
    after: Record

    @property
    def is_new(self) -> bool:
        """Whether a physical resource was made, in place of another or of none."""
        return self.before is None or self.before.serial != self.after.serial


@dataclass(slots=True)
class Deployment:
    """One deployment of one stack.

    Attributes:
        journal: What it touched, in order.
    """

    stack: Stack
    resolution: Resolution
    steps: Steps
    journal: list[Change] = field(default_factory=list)

    def run(self) -> None:
        """Make and change resources; nothing is removed yet.

        Raises:
            DeploymentError: It failed; the journal tells how far it came.
        """
        try:
            for resource in self.resolution.present.values():
                self._go_on()
                self._bring(resource)
            with self.stack.gate:
                self._go_on()
                self._conclude()
        except StepError as error:
            raise DeploymentError(str(error), error.logical_id) from error
        except (TemplateError, ExportError) as error:
            raise DeploymentError(str(error)) from error

    def _go_on(self) -> None:
        if self.stack.cancelled:
            raise CancelledError("")

    def gone(self) -> list[Record]:
        """What the template has no more."""
        return [record for name, record in self.stack.resources.items() if name not in self.resolution.present]

    def _bring(self, resource: Resource) -> None:
        records = self.stack.resources
        record = records.get(resource.logical_id)
        properties = self._properties(resource)
        if record is None or record.physical is None:
            self._make(resource, properties, None)
            return
        if not self._differs(record, properties):
            self._refresh(record, resource)
            return
        schema = schema_of(resource.type)
        if schema is None or not schema.replacing(record.properties, properties):
            self.journal.append(Change(copy.copy(record), record))
            self._refresh(record, resource)
            self.steps.update(record, properties)
            return
        name = schema.custom_name(record.properties, properties)
        if name is not None:
            self.journal.append(Change(copy.copy(record), record))
            message = "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            raise self.steps.fail(record, "UPDATE_FAILED", f"{message} Rename {name} and update the stack again.")
        self._make(resource, properties, record)

    def _properties(self, resource: Resource) -> dict[str, Any]:
        """What a resource is to have; from now on the stack uses the exports in it, so that those stay."""
        with exports_lock(self.stack.place):
            properties = self.resolution.properties(resource, physicals(self.stack.resources))
            self.stack.imports |= self.resolution.imports.names
        return properties

    def _differs(self, record: Record, properties: Mapping[str, Any]) -> bool:
        if properties != record.properties or record.status.endswith("_FAILED"):
            return True
        schema = schema_of(record.type)
        return self.steps.tags != self.steps.previous_tags and schema is not None and schema.taggable

    def _make(self, resource: Resource, properties: dict[str, Any], before: Record | None) -> None:
        record = Record(resource.logical_id, resource.type, "", properties, serial=self.stack.next_serial())
        self._refresh(record, resource)
        self.journal.append(Change(before, record))
        self.stack.resources[resource.logical_id] = record
        self.steps.create(record, replaces=before is not None)

    def _refresh(self, record: Record, resource: Resource) -> None:
        record.needs = self.resolution.needs(resource)
        record.deletion_policy, record.update_replace_policy = resource.deletion_policy, resource.update_replace_policy
        record.metadata, record.description = resource.metadata, resource.description

    def _conclude(self) -> None:
        present = self.resolution.present
        known = {name: record for name, record in self.stack.resources.items() if name in present}
        with exports_lock(self.stack.place):
            outputs = self.resolution.outputs(physicals(known))
            check_exports(self.stack, outputs)
            self.stack.outputs, self.stack.imports = outputs, frozenset(self.resolution.imports.names)


def remove(steps: Steps, records: Iterable[Record], stays: Callable[[Record], bool]) -> list[str]:
    """Remove resources, each before those that it depends on.

    Args:
        steps: Does it.
        records: What to remove, in any order.
        stays: Tells what is to be left.

    Returns:
        The logical ids of those that could not be removed.
    """
    failed: list[Record] = []
    blocked: set[str] = set()
    for record in in_reverse(records):
        if stays(record):
            steps.skip(record)
            continue
        if record.logical_id in blocked:
            blocked |= record.needs
            continue
        try:
            steps.delete(record)
        except StepError:
            failed.append(record)
            blocked |= record.needs
    return [record.logical_id for record in failed]


def retained(record: Record, policies: Retained = KEEPING) -> bool:
    """Whether there is something that the DeletionPolicy keeps."""
    return record.physical is not None and record.deletion_policy in policies


def kept_in_rollback(stack: Stack) -> Retained:
    """The DeletionPolicies that a rollback heeds for what the operation has made."""
    return frozenset() if stack.retain_except_on_create else frozenset({Policy.RETAIN})


def in_reverse(records: Iterable[Record]) -> list[Record]:
    """Resources, each before those that it depends on; one and what it replaces may be among them."""
    by_serial = {record.serial: record for record in records}
    graph = {
        serial: {other for other, each in by_serial.items() if each.logical_id in record.needs}
        for serial, record in by_serial.items()
    }
    return [by_serial[serial] for serial in reversed(list(TopologicalSorter(graph).static_order()))]
