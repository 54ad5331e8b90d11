"""The events that StackSets put on EventBridge.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-status-change.html,
event-detail-stackset-operation-status-change.html and event-detail-stackset-stack-instance-status-change.html there.
They go where the StackSet lives. The documentation does not say that a delegated administrator gets those of the
StackSets that it has made, and says that such StackSets are the management account's; so here it does not.
"""

from typing import Any

from rootguard.sandbox import event_delivery
from rootguard.sandbox.stack_sets.operation import Operation
from rootguard.sandbox.stack_sets.stack_set import StackInstance, StackSet

_SOURCE = "aws.cloudformation"


def announce_stack_set(stack_set: StackSet) -> None:
    """Tell that a StackSet is ACTIVE or DELETED."""
    status = "DELETED" if stack_set.is_deleted else "ACTIVE"
    _publish(stack_set, "CloudFormation StackSet Status Change", {"status-details": {"status": status}})


def announce_operation(stack_set: StackSet, operation: Operation) -> None:
    """Tell an operation's status."""
    detail = {
        "stack-set-operation-id": operation.id,
        "action": str(operation.action),
        "status-details": {"status": str(operation.status)},
    }
    _publish(stack_set, "CloudFormation StackSet Operation Status Change", detail)


def announce_instance(stack_set: StackSet, operation: Operation, instance: StackInstance) -> None:
    """Tell an instance's status."""
    detail = {
        "stack-id": instance.stack_id or "",
        "action": str(operation.action),
        "status-details": {
            "status": str(instance.status),
            "status-reason": instance.reason or "",
            "detailed-status": str(instance.detailed_status),
        },
    }
    _publish(stack_set, "CloudFormation StackSet StackInstance Status Change", detail)


def _publish(stack_set: StackSet, detail_type: str, detail: dict[str, Any]) -> None:
    place = stack_set.place
    whole = {"stack-set-arn": stack_set.arn, **detail}
    event_delivery.publish(place.account_id, place.region, _SOURCE, detail_type, whole, [stack_set.arn])
