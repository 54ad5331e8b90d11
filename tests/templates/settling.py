"""Waiting for a stack, whatever comes of it."""

import time
from typing import Any


def settled(cloudformation: Any, stack_id: str) -> dict[str, Any]:
    """The stack, once nothing happens to it any more."""
    while True:
        [found] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return dict(found)
        time.sleep(0.02)


def failures(cloudformation: Any, stack_id: str) -> list[str]:
    """Which of its resources failed, and why."""
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]
