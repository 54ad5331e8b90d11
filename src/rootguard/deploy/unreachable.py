"""Takes out of the StackSet what nobody can delete: the instances of accounts that are closed or have left.

CloudFormation leaves a suspended account alone, so that its instance stays, and a StackSet that has one cannot be
deleted. Only DeleteStackInstances with RetainStacks takes it out; what is in the account stays
(https://repost.aws/knowledge-center/cloudformation-removal-stacksets).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rootguard.account_state import ACTIVE
from rootguard.aws_session import AwsSession
from rootguard.deploy.coverage import account_states
from rootguard.deploy.instances import Instance, begun, stack_instances, targeting
from rootguard.deploy.names import STACK_SET
from rootguard.deploy.pace import Pace
from rootguard.deploy.parameters import as_list
from rootguard.deploy.screen import Screen
from rootguard.deploy.stacks import Stack, Stacks
from rootguard.deploy.standing import Standing
from rootguard.deploy.wording import listed
from rootguard.errors import UnfinishedError

_STACK_SET_TYPE = "AWS::CloudFormation::StackSet"
_UNDER_WAY = frozenset({"QUEUED", "RUNNING", "STOPPING"})


class UnreachableAccounts:
    """The accounts of a StackSet's instances in which CloudFormation can delete nothing.

    Args:
        session: Of the account that has deployed.
        standing: What that is.
        screen: Shows what is done.
        pace: How often to look at what AWS does.
    """

    def __init__(self, session: AwsSession, standing: Standing, screen: Screen, pace: Pace) -> None:
        self._session, self._standing, self._screen, self._pace = session, standing, screen, pace

    def found(self, stack: Stack) -> dict[str, str]:
        """Account id -> why it cannot be reached, in words that follow `which`; of the StackSet that the stack made."""
        return {each.account_id: why for each, why in self._found(self._stack_set_of(stack))}

    def take_out(self, stack: Stack) -> None:
        """Take their instances out of the StackSet that the stack made, as has to be before the stack is deleted.

        Raises:
            UnfinishedError: One stays.
            ClientError: AWS refuses.
        """
        stack_set = self._stack_set_of(stack)
        found = self._found(stack_set)
        if stack_set is None or not found:
            return
        named = as_list(stack.parameters.get("OrganizationalUnitIds", ""))
        units = {*named, *(instance.unit_id for instance, _ in found if instance.unit_id)}
        self._delete(stack_set, sorted(units), [instance.account_id for instance, _ in found])
        left = {instance.account_id for instance, _ in self._found(stack_set)}
        for instance, why in found:
            if instance.account_id not in left:
                self._screen.say(_told(instance, why))
        if left:
            raise UnfinishedError(
                f"the StackSet {STACK_SET} still has an instance in {listed(sorted(left))}, so that it cannot be "
                "deleted: take that out in the AWS console (Delete stacks from StackSet, with Retain stacks), then "
                "run this again"
            )

    def _stack_set_of(self, stack: Stack) -> str | None:
        """The id of the StackSet that is the stack's own: one of its name may be another account's."""
        for resource in Stacks(self._session).resources(stack):
            if resource["ResourceType"] == _STACK_SET_TYPE and resource["ResourceStatus"] != "DELETE_COMPLETE":
                return str(resource["PhysicalResourceId"]) if resource.get("PhysicalResourceId") else None
        return None

    def _found(self, stack_set: str | None) -> Sequence[tuple[Instance, str]]:
        if stack_set is None:
            return ()
        instances = stack_instances(self._session, self._standing.call_as, stack_set)
        if not instances:
            return ()
        states = account_states(self._session)
        return [(each, _why(each, states)) for each in instances if states.get(each.account_id) != ACTIVE]

    def _delete(self, stack_set: str, units: Sequence[str], accounts: Sequence[str]) -> None:
        client: Any = self._session.client("cloudformation")
        request = targeting(stack_set, self._standing, units, accounts)
        operation = begun(lambda: client.delete_stack_instances(**request, RetainStacks=True), self._pace)
        which = {"StackSetName": stack_set, "CallAs": self._standing.call_as, "OperationId": operation}
        for _ in self._pace:
            if client.describe_stack_set_operation(**which)["StackSetOperation"]["Status"] not in _UNDER_WAY:
                return


def _why(instance: Instance, states: Mapping[str, str]) -> str:
    state = states.get(instance.account_id)
    return "has left the organization" if state is None else f"is {state.lower().replace('_', ' ')}"


def _told(instance: Instance, why: str) -> str:
    stack = instance.stack_id.partition("/")[2].partition("/")[0]
    stays = f"; its stack {stack} stays there" if stack else ""
    return f"taken out of the StackSet: account {instance.account_id}, which {why}{stays}"
