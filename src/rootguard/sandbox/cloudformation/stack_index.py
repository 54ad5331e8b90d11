"""Which stack a name stands for: the part of the stacks' store that needs nothing else of CloudFormation."""

from dataclasses import dataclass, field

from rootguard.sandbox.state import state


@dataclass
class StackIndex:
    """The stacks of an account and Region.

    Attributes:
        by_name: Those that exist: name -> stack id, which is an ARN.
        by_change_set: The stack of a change set: id -> stack id.
    """

    by_name: dict[str, str] = field(default_factory=dict)
    by_change_set: dict[str, str] = field(default_factory=dict)


def stack_index(account_id: str, region: str) -> StackIndex:
    """The index of an account and Region."""
    return state(StackIndex, account_id, region)


def stack_arn(account_id: str, region: str, partition: str, name_or_id: str) -> str:
    """The ARN of a stack as policies see it; `stack/NAME/*` for one that does not exist.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    if name_or_id.startswith("arn:"):
        return name_or_id
    known = stack_index(account_id, region).by_name.get(name_or_id)
    return known or f"arn:{partition}:cloudformation:{region}:{account_id}:stack/{name_or_id}/*"
