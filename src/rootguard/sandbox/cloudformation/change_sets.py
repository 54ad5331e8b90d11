"""Change sets: what a stack would become, to be looked at before it is done.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.sandbox.cloudformation.changes import ResourceChange, changes, has_changes
from rootguard.sandbox.cloudformation.handler_errors import crashed
from rootguard.sandbox.cloudformation.stacks import Specification, Stack, now
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.state import state
from rootguard.sandbox.template.text import TemplateError

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass
class ChangeSet:
    """A change set.

    Attributes:
        kind: ChangeSetType, CREATE or UPDATE.
        on_stack_failure: OnStackFailure, what becomes of the stack if the change set fails.
    """

    name: str
    change_set_id: str
    stack: Stack
    kind: str
    specification: Specification
    description: str | None = None
    on_stack_failure: str | None = None
    token: str | None = None
    created: datetime = field(default_factory=now)
    status: str = "CREATE_PENDING"
    execution_status: str = "UNAVAILABLE"
    reason: str | None = None
    changes: tuple[ResourceChange, ...] = ()

    def examine(self) -> None:
        """Find out what would change."""
        self.status = "CREATE_IN_PROGRESS"
        try:
            found = tuple(changes(self.stack, self.specification))
            differs = bool(found) or has_changes(self.stack, self.specification)
        except TemplateError as error:
            self._fail(str(error))
            return
        except Exception as error:
            self._fail(crashed(error))
            raise
        if not differs:
            self._fail(NO_CHANGES)
            return
        self.changes, self.execution_status, self.status = found, "AVAILABLE", "CREATE_COMPLETE"

    def _fail(self, reason: str) -> None:
        self.reason, self.status = reason, "FAILED"


@dataclass
class ChangeSets:
    """The change sets of a place, by id."""

    by_id: dict[str, ChangeSet] = field(default_factory=dict)


def change_sets_of(place: Place) -> ChangeSets:
    """The store of a place."""
    return state(ChangeSets, place.account_id, place.region)


def new_change_set_id(place: Place, name: str) -> str:
    """The ARN of a change set that is about to be made."""
    return place.arn(f"changeSet/{name}/{uuid.uuid4()}", service="cloudformation")


def change_sets(stack: Stack) -> list[ChangeSet]:
    """A stack's change sets that can still be executed or have failed."""
    known = list(change_sets_of(stack.place).by_id.values())
    return [each for each in known if each.stack is stack and each.execution_status != "EXECUTE_COMPLETE"]


def find_change_set(place: Place, name_or_id: str, stack: Stack | None) -> ChangeSet:
    """The change set of that id, or of that name and stack.

    Raises:
        AwsError: ChangeSetNotFound.
    """
    known = change_sets_of(place).by_id
    if name_or_id in known:
        return known[name_or_id]
    of_stack = [each for each in list(known.values()) if each.stack is stack and each.name == name_or_id]
    if not of_stack:
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name_or_id}] does not exist", 404)
    return of_stack[-1]


def drop_change_sets(stack: Stack, keep: ChangeSet | None = None) -> None:
    """Forget a stack's change sets: "they aren't valid for the updated stack"."""
    by_id = change_sets_of(stack.place).by_id
    for each in list(by_id.values()):
        if each.stack is stack and each is not keep:
            by_id.pop(each.change_set_id, None)
