"""What an operation does to one instance."""

import uuid
from dataclasses import dataclass

from rootguard.sandbox.organization import member
from rootguard.sandbox.stack_sets.deployment import Outcome, Wanted, deploy, remove
from rootguard.sandbox.stack_sets.execution_role import NotAssumableError, execution_keys
from rootguard.sandbox.stack_sets.operation import Action, DetailedStatus, Operation, Result
from rootguard.sandbox.stack_sets.stack_set import StackInstance, StackSet
from rootguard.sandbox.stack_sets.template import template_argument

# In AWS's words, as https://github.com/ansible-collections/community.aws/issues/2358 quotes them.
_SUSPENDED = (
    "This account is suspended. To remove this instance from the stack set, run DeleteStackInstances with the "
    "RetainStacks parameter."
)
_LONGEST_STACK_NAME = 128


@dataclass(frozen=True, slots=True)
class Performed:
    """How it went.

    Attributes:
        status: The operation result's status.
        instance_status: The instance's, where it is another.
        removes: Whether the instance no longer belongs to the StackSet.
    """

    status: DetailedStatus
    reason: str | None = None
    instance_status: DetailedStatus | None = None
    removes: bool = False


def perform(stack_set: StackSet, operation: Operation, result: Result) -> Performed:
    """Make, change or delete the instance's stack.

    A suspended account is skipped and counts as no failure; which status its operation result has AWS does not say, and
    the model leaves SUCCEEDED and CANCELLED, of which the latter means something else
    (https://aws.amazon.com/about-aws/whats-new/2023/06/aws-cloudformation-stacksets-suspended-accounts-deployments/).
    """
    instance = stack_set.instances[result.key]
    if operation.action is Action.DELETE and (operation.retains or instance.stack_id is None):
        return Performed(DetailedStatus.SUCCEEDED, removes=True)
    if _is_suspended(stack_set, result.account_id):
        return Performed(DetailedStatus.SUCCEEDED, _SUSPENDED, DetailedStatus.SKIPPED_SUSPENDED_ACCOUNT)
    outcome = _outcome(stack_set, operation, instance)
    if operation.action is not Action.DELETE:
        instance.stack_id = outcome.stack_id
        status = DetailedStatus.FAILED if outcome.failure else DetailedStatus.SUCCEEDED
        return Performed(status, outcome.failure or outcome.remark)
    if outcome.failure:
        return Performed(DetailedStatus.FAILED, outcome.failure, DetailedStatus.INOPERABLE)
    return Performed(DetailedStatus.SUCCEEDED, removes=True)


def _outcome(stack_set: StackSet, operation: Operation, instance: StackInstance) -> Outcome:
    session_name = operation.id.replace("-", "")[:64]
    try:
        keys = execution_keys(stack_set, instance.account_id, session_name)
    except NotAssumableError as error:
        return Outcome(instance.stack_id, failure=str(error))
    if operation.action is Action.DELETE and instance.stack_id:
        return remove(instance.stack_id, keys, instance.region)
    return deploy(instance.stack_id, _wanted(stack_set, instance), keys, instance.region)


def _wanted(stack_set: StackSet, instance: StackInstance) -> Wanted:
    suffix = str(uuid.uuid4())
    name = f"StackSet-{stack_set.name}"[: _LONGEST_STACK_NAME - len(suffix) - 1]
    with stack_set.lock:
        return Wanted(
            f"{name}-{suffix}",
            template_argument(stack_set.template, stack_set.place),
            {key: instance.overrides.get(key, value) for key, value in stack_set.parameters.items()},
            stack_set.capabilities,
            dict(stack_set.tags),
        )


def _is_suspended(stack_set: StackSet, account_id: str) -> bool:
    account = member(account_id, stack_set.place.partition)
    return stack_set.is_service_managed and account is not None and account.status == "SUSPENDED"
