"""A stack: what it was asked to be, what it has made, and what happened to it."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.cloudformation.resource_type import Physical
from rootguard.sandbox.cloudformation.template import Policy, Template
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.template.parameters import Value, parameter_values

STACK = "AWS::CloudFormation::Stack"

IN_PROGRESS = "_IN_PROGRESS"
REVIEW = "REVIEW_IN_PROGRESS"
DELETED = "DELETE_COMPLETE"
GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""Statuses of a resource that the stack has no more."""


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Specification:
    """What a stack is asked to be.

    Attributes:
        texts: Every parameter's value as text.
        tags: The stack's own tags.
        role_arn: The service role whose permissions the stack uses, None for the caller's own.
    """

    template: Template
    texts: Mapping[str, str]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()
    role_arn: str | None = None
    notification_arns: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Value]:
        """What Ref of a parameter gives."""
        return parameter_values(self.template.parameters, self.texts)


@dataclass(slots=True)
class Record:
    """A resource of a stack.

    Attributes:
        serial: Tells a resource from the one that it replaces.
        physical: What exists; None before it is made and after a failed creation.
        properties: What it was made or last changed with, every function resolved.
        attempted: What a failed change was to make of it, and may have in part; None else.
        needs: The logical ids of those that it depends on.
    """

    logical_id: str
    type: str
    status: str
    properties: dict[str, Any]
    serial: int
    physical: Physical | None = None
    attempted: dict[str, Any] | None = None
    reason: str | None = None
    updated: datetime = field(default_factory=now)
    needs: frozenset[str] = frozenset()
    deletion_policy: Policy = Policy.DELETE
    update_replace_policy: Policy = Policy.DELETE
    metadata: Mapping[str, Any] | None = None
    description: str | None = None

    @property
    def physical_id(self) -> str | None:
        """The physical id, if there is something physical."""
        return self.physical.id if self.physical else None


@dataclass(frozen=True, slots=True)
class Event:
    """A stack event; `serial` counts them from 1."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    time: datetime
    reason: str | None = None
    properties: str | None = None
    token: str | None = None
    serial: int = 0
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class OutputValue:
    """An output of a stack that is complete."""

    name: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass
class Stack:
    """A stack.

    Attributes:
        specification: What it is, None before a first change set is executed.
        serial: Which of the place's stacks it is, in order of creation.
        imports: Names of the exports that it uses.
        undo: The `rollback.Rollback` of an update that failed and was not taken back.
        cancelled: Whether the operation under way was asked to stop.
        lock: Held by whoever works on the stack: one operation at a time.
        gate: Held while somebody looks at the status to decide upon the next one.
    """

    place: Place
    name: str
    stack_id: str
    serial: int = 0
    created: datetime = field(default_factory=now)
    status: str = REVIEW
    reason: str | None = None
    specification: Specification | None = None
    resources: dict[str, Record] = field(default_factory=dict)
    outputs: tuple[OutputValue, ...] = ()
    imports: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    change_set_id: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    disable_rollback: bool = False
    retain_except_on_create: bool = False
    protected: bool = False
    undo: Any = None
    cancelled: bool = False
    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    gate: threading.RLock = field(default_factory=threading.RLock)
    records: int = 0

    def next_serial(self) -> int:
        """A number for a new record."""
        self.records += 1
        return self.records

    @property
    def is_deleted(self) -> bool:
        """Whether only its id is left."""
        return self.status == DELETED

    @property
    def is_in_progress(self) -> bool:
        """Whether an operation is under way; a stack in review waits for one."""
        return self.status.endswith(IN_PROGRESS) and self.status != REVIEW

    @property
    def exports(self) -> dict[str, str]:
        """What other stacks may import from it, by the export's name."""
        return {output.export: output.value for output in self.outputs if output.export}

    @property
    def tags(self) -> dict[str, str]:
        """The stack's own tags."""
        return dict(self.specification.tags) if self.specification else {}

    def turn(self, status: str, reason: str | None = None, token: str | None = None) -> None:
        """Change the stack's status, and note the event."""
        self.status, self.reason = status, reason
        if status == DELETED:
            self.deleted = now()
        self._note(Event(self.name, self.stack_id, STACK, status, now(), reason, token=token))

    def finish(self, status: str, reason: str | None = None) -> bool:
        """Change the stack's status, unless somebody has asked meanwhile for something else.

        Returns:
            Whether the status is now that one.
        """
        with self.gate:
            if self.cancelled:
                return False
            self.turn(status, reason)
            return True

    def turn_resource(
        self, record: Record, status: str, reason: str | None = None, properties: str | None = None
    ) -> None:
        """Change a resource's status, and note the event."""
        record.status, record.reason, record.updated = status, reason, now()
        name, physical_id = record.logical_id, record.physical_id or ""
        self._note(Event(name, physical_id, record.type, status, record.updated, reason, properties))

    def _note(self, event: Event) -> None:
        own = event.type == STACK and event.physical_id == self.stack_id
        with self.gate:
            serial = len(self.events) + 1
            told = f"{event.logical_id}-{event.status}-{event.time.isoformat()}-{serial}"
            self.events.append(replace(event, serial=serial, event_id=str(uuid.uuid4()) if own else told))
