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
from rootguard.deploy.stacks import (
    ROLLBACK_STUCK,
    STACK_TYPE,
    Event,
    Stack,
    Stacks,
    Step,
    next_step,
    repair,
    repair_command,
)
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
        before_deletion: Called with a stack before it is deleted.
        command: What the user runs again once a failure's cause is mended.
    """

    def __init__(  # noqa: PLR0913 - four of them may be left out
        self,
        session: AwsSession,
        screen: Screen,
        pace: Pace,
        progress: Callable[[], Sequence[AccountProgress]] = tuple,
        *,
        before_deletion: Callable[[Stack], None] = lambda _: None,
        command: str = "rootguard deploy",
    ) -> None:
        self.stacks, self._region = Stacks(session), session.region
        self._screen, self._pace, self._progress = screen, pace, progress
        self._before_deletion, self._command = before_deletion, command

    def deploy(self, wanted: Wanted) -> tuple[Stack, bool]:
        """Create or update a stack by a change set that the user has seen.

        Returns:
            The stack, and whether anything has changed.

        Raises:
            RootguardError: The user cannot be asked; a person must repair the stack first.
            OperationFailedError: It failed; what failed has been said, with the fix.
            UnfinishedError: The user does not agree, CloudFormation cannot work out the changes, or somebody else works
                on the stack.
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
        change_sets.execute(self.stacks, wanted.name, change_set)
        return self._followed(wanted.name, change_set.stack_id, newest, progress), True

    def settled(self, name: str) -> Stack | None:
        """Wait until nothing works on a stack, remove one that was never finished, take back an update that is stuck.

        Returns:
            A stack that can be updated; None where there is none, or an empty one for the sake of a change set.

        Raises:
            RootguardError: A person must repair it first.
            OperationFailedError: It cannot be removed or taken back; what and why has been said.
            UnfinishedError: The user does not agree.
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
                case Step.ROLL_BACK:
                    self._take_back(stack)
                case Step.REPAIR:
                    raise RootguardError(
                        f"{name} is {stack.status} ({_reason(stack)}): {repair(name, stack.status, self._region)}, "
                        "then this again"
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
        self._before_deletion(stack)
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

    def _take_back(self, stack: Stack) -> None:
        """Try again what CloudFormation could not do; it may be able to once the cause is mended."""
        says = f"{stack.name} is {stack.status} ({_reason(stack)})"
        if not self._screen.agree(f"{says}: an update failed and could not be taken back. Take it back now?"):
            raise UnfinishedError(f"{stack.name} stays {stack.status}")
        self._screen.say(f"{says}: taking back what an earlier run could not")
        newest, progress = self.stacks.newest_event(stack.id), self._progress()
        self.stacks.continue_rollback(stack)
        found, events = self._follow(stack.name, stack.id, newest, progress)
        if found.status != ROLLBACK_STUCK:
            return
        causes = [event for event in events if event.is_cause]
        self._explain(causes, progress)
        stuck = list(dict.fromkeys(event.logical_id for event in causes if event.type != STACK_TYPE))
        raise OperationFailedError(
            f"{stack.name} is still {found.status}: mend what is said above and run this again; or, if it cannot be "
            f"mended, run `{repair_command(stack.name, found.status, self._region, stuck)}`, then this again"
        )

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
        failed = [event for event in causes if event.type != STACK_TYPE]
        # What fails once more when it is taken back says the same.
        lines = dict.fromkeys(f"{described(event)} -> {fix_of(event.reason, self._command)}" for event in failed)
        for line in (*lines, *failure_lines(failures, self._command)):
            self._screen.say(line)


def _reason(stack: Stack) -> str:
    return " ".join(stack.reason.split()) or "no reason given"
