"""Brings a stack to what its template says, from whatever state it is in, and takes it away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rootguard.aws_session import AwsSession
from rootguard.deploy import change_sets, parameters
from rootguard.deploy.accounts import Tally
from rootguard.deploy.fixes import failure_lines, fix_of
from rootguard.deploy.pace import Pace
from rootguard.deploy.screen import Screen, View, described
from rootguard.deploy.stacks import STACK_TYPE, Event, Stack, Stacks, Step, next_step, repair_command
from rootguard.deploy.template import Template
from rootguard.errors import RootguardError, UnfinishedError

_CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
_SUCCESS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"})


class OperationFailedError(UnfinishedError):
    """A stack's operation that began and failed; what failed has been said."""


class AccountProgress(Protocol):
    """What shows how far the accounts have come."""

    failures: dict[str, str]

    def tallies(self) -> list[Tally]:
        """As of now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stack as it is to be.

    Attributes:
        name: Of the stack.
        template: What it is made of.
        given: Parameters' values by name; others keep theirs.
        template_url: Where the template can be fetched when it is too large to be sent; None where it cannot.
    """

    name: str
    template: Template
    given: Mapping[str, str] = field(default_factory=dict)
    template_url: str | None = None


class Execution:
    """Works on the stacks of one account.

    Args:
        session: Whose account.
        screen: Shows it.
        pace: How often to look.
        progress: Made when an operation begins: shows how the accounts fare.
    """

    def __init__(
        self,
        session: AwsSession,
        screen: Screen,
        pace: Pace,
        progress: Callable[[], Sequence[AccountProgress]] = tuple,
    ) -> None:
        self.stacks = Stacks(session)
        self._screen, self._pace, self._progress = screen, pace, progress

    def deploy(self, wanted: Wanted) -> tuple[Stack, bool]:
        """Create or update a stack by a change set that the user has seen.

        Returns:
            The stack, and whether anything has changed.

        Raises:
            RootguardError: The user cannot be asked; a person must repair the stack first.
            OperationFailedError: It failed; what failed has been said, with the fix.
            UnfinishedError: The user does not agree, or CloudFormation cannot work out the changes.
        """
        existing = self.settled(wanted.name)
        if existing is not None:
            change_sets.discard_stale(self.stacks, wanted.name)
        change_set = change_sets.propose(self.stacks, self._request(wanted, existing), self._pace)
        if change_set is None:
            self._screen.say(f"{wanted.name}: nothing changed")
            if existing is None:
                raise UnfinishedError(f"{wanted.name}: CloudFormation finds nothing in {wanted.template.name} to make")
            return existing, False
        self._screen.show_changes(wanted.name, change_set.changes)
        self._agree_or_discard(wanted.name, change_set)
        newest = self.stacks.newest_event(change_set.stack_id)
        progress = self._progress()
        self.stacks.client.execute_change_set(ChangeSetName=change_set.id, StackName=change_set.stack_id)
        return self._followed(wanted.name, change_set.stack_id, newest, progress), True

    def settled(self, name: str) -> Stack | None:
        """Wait until nothing works on a stack, and remove one that was never finished.

        Returns:
            A stack that can be updated; None where there is none, or an empty one for the sake of a change set.

        Raises:
            RootguardError: A person must repair it first.
        """
        while (stack := self.stacks.find(name)) is not None:
            match next_step(stack.status):
                case Step.UPDATE:
                    return stack
                case Step.CREATE:
                    self.stacks.delete(stack)  # REVIEW_IN_PROGRESS: with the change sets that it is there for
                    self._await(stack)
                case Step.WAIT:
                    self._screen.say(f"{name} is {stack.status}: waiting for what an earlier run began")
                    self._await(stack)
                case Step.REPLACE:
                    self._remove_unfinished(stack)
                case Step.REPAIR:
                    raise RootguardError(
                        f"{name} is {stack.status} ({stack.reason or 'no reason given'}): mend the cause, run "
                        f"`{repair_command(name, stack.status)}`, then this again"
                    )
        return None

    def quiet(self, stack: Stack) -> Stack | None:
        """A stack once nothing works on it, whatever it has come to; None when it is gone."""
        found: Stack | None = stack
        while found is not None and next_step(found.status) is Step.WAIT:
            self._screen.say(f"{found.name} is {found.status}: waiting for what an earlier run began")
            self._await(found)
            found = self.stacks.find(found.name)
        return found

    def delete(self, stack: Stack) -> None:
        """Delete a stack and wait until it is gone.

        Raises:
            OperationFailedError: Something of it cannot be deleted; what and why has been said.
        """
        newest, progress = self.stacks.newest_event(stack.id), self._progress()
        self.stacks.delete(stack)
        self._followed(stack.name, stack.id, newest, progress)

    def _request(self, wanted: Wanted, existing: Stack | None) -> dict[str, object]:
        request: dict[str, object] = {
            "StackName": wanted.name,
            "ChangeSetType": "CREATE" if existing is None else "UPDATE",
            "Parameters": parameters.plan(wanted.template, wanted.given, existing.parameters if existing else None),
            "Capabilities": _CAPABILITIES,
            "Description": "rootguard deploy",
        }
        if wanted.template.fits_request() or wanted.template_url is None:
            return {**request, "TemplateBody": wanted.template.text}
        return {**request, "TemplateURL": wanted.template_url}

    def _agree_or_discard(self, name: str, change_set: change_sets.ChangeSet) -> None:
        agreed = False
        try:
            agreed = self._screen.agree(f"Make these changes to {name}?")
        finally:
            if not agreed:
                change_sets.discard(self.stacks, change_set)
        if not agreed:
            raise UnfinishedError(f"{name} stays as it is: you did not agree to the changes")

    def _remove_unfinished(self, stack: Stack) -> None:
        if stack.status != "ROLLBACK_COMPLETE":  # which has nothing left in it
            question = f"{stack.name} is {stack.status} and can only be deleted. Delete it and make it anew?"
            if not self._screen.agree(question):
                raise UnfinishedError(f"{stack.name} stays {stack.status}")
        self._screen.say(f"{stack.name} is {stack.status}: deleting what an earlier run could not finish")
        self.delete(stack)

    def _await(self, stack: Stack) -> None:
        """Let an operation end, well or badly: what comes next depends on the state that it leads to."""
        self._follow(stack.name, stack.id, self.stacks.newest_event(stack.id), self._progress())

    def _followed(self, name: str, stack_id: str, newest: str, progress: Sequence[AccountProgress]) -> Stack:
        stack, events = self._follow(name, stack_id, newest, progress)
        if stack.status in _SUCCESS:
            return stack
        self._explain([event for event in events if event.is_cause], progress)
        raise OperationFailedError(f"{name} ended as {stack.status}; mend what is said above and run this again")

    def _follow(
        self, name: str, stack_id: str, newest: str, progress: Sequence[AccountProgress]
    ) -> tuple[Stack, list[Event]]:
        seen: list[Event] = []
        gone = Stack(name, stack_id, "DELETE_COMPLETE")
        with self._screen.following(name) as view:
            for _ in self._pace:
                stack = self.stacks.find(stack_id) or gone  # before its events, so that none of the last are missed
                newest = self._show_events(view, stack_id, newest, seen)
                view.tallies([tally for each in progress for tally in each.tallies()])
                if not stack.status.endswith("_IN_PROGRESS"):
                    return stack, seen
        raise AssertionError("a pace does not end")

    def _show_events(self, view: View, stack_id: str, newest: str, seen: list[Event]) -> str:
        fresh: list[Event] = []
        for event in self.stacks.events(stack_id):
            if event.id == newest:
                break
            fresh.append(event)
        for event in reversed(fresh):
            view.event(event)
            seen.append(event)
        return fresh[0].id if fresh else newest

    def _explain(self, causes: Sequence[Event], progress: Sequence[AccountProgress]) -> None:
        failures = {account: reason for each in progress for account, reason in each.failures.items()}
        for event in causes:
            if event.type != STACK_TYPE:
                self._screen.say(f"{described(event)} -> {fix_of(event.reason)}")
        for line in failure_lines(failures):
            self._screen.say(line)
