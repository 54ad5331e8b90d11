"""One step of a stack operation: a resource is made, changed or removed, and the stack's events tell of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.sandbox.background import AbandonedError
from rootguard.sandbox.clients import BackgroundClients
from rootguard.sandbox.cloudformation.handler_errors import crashed, failure_reason
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    ResourceType,
    handler_of,
)
from rootguard.sandbox.cloudformation.schemas import schema_of
from rootguard.sandbox.cloudformation.stacks import Record, Stack
from rootguard.sandbox.template.parameters import is_secret

_MASK = "****"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class StepError(Exception):
    """A resource that could not be made, changed or removed; its event has the reason."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id


@dataclass(frozen=True, slots=True)
class Steps:
    """Does the steps of one operation.

    Attributes:
        clients: Speak with the permissions that the operation has.
        tags: The stack's tags from now on.
        previous_tags: The stack's tags before.
    """

    stack: Stack
    clients: BackgroundClients
    tags: Mapping[str, str]
    previous_tags: Mapping[str, str]

    def create(self, record: Record, *, replaces: bool = False) -> None:
        """Make a resource.

        Args:
            record: What to make; gets what was made.
            replaces: Whether it takes the place of another.

        Raises:
            StepError: It could not be made.
        """
        verb = "UPDATE" if replaces else "CREATE"
        shown = self._shown(record.properties)
        self.stack.turn_resource(record, f"{verb}_IN_PROGRESS", _REPLACING if replaces else None, shown)
        handler = _handler(record)
        context = self._context(record)
        self._check(record, record.properties, f"{verb}_FAILED")
        record.physical = self._done(record, f"{verb}_FAILED", lambda: handler.create(record.properties, context))
        self.stack.turn_resource(record, f"{verb}_IN_PROGRESS", "Resource creation Initiated", shown)
        self.stack.turn_resource(record, f"{verb}_COMPLETE", None, shown)

    def update(self, record: Record, new: dict[str, Any], old: dict[str, Any] | None = None) -> None:
        """Change a resource in place.

        Args:
            record: The resource; gets the new properties if that succeeds.
            new: The properties that it is to have.
            old: Those that it may have in part, of an update that failed; those that it last had by default.

        Raises:
            StepError: It could not be changed.
        """
        physical, before = record.physical, record.properties if old is None else old
        assert physical is not None  # noqa: S101 - only what exists is changed
        shown = self._shown(new)
        self.stack.turn_resource(record, "UPDATE_IN_PROGRESS", None, shown)
        handler, context = _handler(record), self._context(record)
        self._check(record, new, "UPDATE_FAILED")
        if record.attempted is None:
            record.attempted = new
        record.physical = self._done(record, "UPDATE_FAILED", lambda: handler.update(physical, before, new, context))
        record.properties, record.attempted = new, None
        self.stack.turn_resource(record, "UPDATE_COMPLETE", None, shown)

    def delete(self, record: Record) -> None:
        """Remove a resource.

        Raises:
            StepError: It could not be removed.
        """
        physical = record.physical
        self.stack.turn_resource(record, "DELETE_IN_PROGRESS")
        if physical is not None:
            handler, context = _handler(record), self._context(record)
            self._done(record, "DELETE_FAILED", lambda: handler.delete(physical, record.properties, context))
        self.stack.turn_resource(record, "DELETE_COMPLETE")

    def skip(self, record: Record) -> None:
        """Leave a resource that is to be retained."""
        self.stack.turn_resource(record, "DELETE_SKIPPED")

    def fail(self, record: Record, status: str, reason: str) -> StepError:
        """Note that a resource failed; raise what this gives."""
        self.stack.turn_resource(record, status, reason, self._shown(record.properties))
        return StepError(record.logical_id, reason)

    def _check(self, record: Record, properties: dict[str, Any], failed: str) -> None:
        schema = schema_of(record.type)
        found = schema.violations(properties) if schema else []
        if found:
            message = f"Properties validation failed for resource {record.logical_id} with message:"
            raise self.fail(record, failed, "\n".join([message, *found]))

    def _done[T](self, record: Record, failed: str, act: Callable[[], T]) -> T:
        try:
            return act()
        except AbandonedError:
            raise
        except Exception as error:
            reason = failure_reason(error, record.type)
            if reason is None:
                self.stack.turn_resource(record, failed, crashed(error))
                raise
            raise self.fail(record, failed, reason) from error

    def _context(self, record: Record) -> Context:
        place = self.stack.place
        own = {
            "aws:cloudformation:stack-name": self.stack.name,
            "aws:cloudformation:logical-id": record.logical_id,
            "aws:cloudformation:stack-id": self.stack.stack_id,
        }
        return Context(
            clients=self.clients,
            account_id=place.account_id,
            region=place.region,
            partition=place.partition,
            stack_name=self.stack.name,
            stack_id=self.stack.stack_id,
            logical_id=record.logical_id,
            tags={**self.tags, **own},
            previous_tags={**self.previous_tags, **own},
        )

    def _shown(self, properties: Mapping[str, Any]) -> str:
        """The properties as an event shows them, without the values of NoEcho parameters."""
        text = json.dumps(properties, separators=(",", ":"))
        specification = self.stack.specification
        for name, declared in (specification.template.parameters if specification else {}).items():
            secret = specification.texts.get(name) if specification else None
            if secret and is_secret(declared):
                text = text.replace(json.dumps(secret)[1:-1], _MASK)
        return text


def _handler(record: Record) -> ResourceType:
    handler = handler_of(record.type)
    if handler is None:  # refused when the operation was asked for
        raise RuntimeError(f"no handler of {record.type}")
    return handler


def physicals(records: Mapping[str, Record]) -> dict[str, Physical]:
    """What exists of these resources, by logical id."""
    return {name: record.physical for name, record in records.items() if record.physical is not None}
