"""CloudFormation: the operations of StackSets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackSetOperation.html and the pages of
the operations below.
"""

from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.stack_sets import auto_deployment, operations
from rootguard.sandbox.stack_sets.access import check_may_operate, existing
from rootguard.sandbox.stack_sets.descriptions import (
    Rows,
    described_operation,
    listed,
    summarized_operation,
    summarized_result,
)

__all__ = ["auto_deployment"]


@operation("cloudformation:DescribeStackSetOperation")
def describe_stack_set_operation(call: Call) -> dict[str, Any]:
    """Describe one operation."""
    stack_set = existing(call, or_deleted=True)
    found = stack_set.operation(call.parameters["OperationId"])
    return {"StackSetOperation": described_operation(stack_set, found)}


@operation("cloudformation:ListStackSetOperations")
def list_stack_set_operations(call: Call) -> dict[str, Any]:
    """List a StackSet's operations, the latest first."""
    stack_set = existing(call, or_deleted=True)
    numbered = enumerate(reversed(stack_set.operations))
    return listed({(f"{number:09}",): summarized_operation(each) for number, each in numbered}, call.parameters)


@operation("cloudformation:ListStackSetOperationResults")
def list_stack_set_operation_results(call: Call) -> dict[str, Any]:
    """List what an operation has done to each instance."""
    stack_set = existing(call, or_deleted=True)
    found = stack_set.operation(call.parameters["OperationId"])
    wanted = {each["Values"] for each in call.parameters.get("Filters") or ()}
    with stack_set.lock:
        rows: Rows = {
            key: summarized_result(result)
            for key, result in found.results.items()
            if not wanted or result.status in wanted
        }
    return listed(rows, call.parameters)


@operation("cloudformation:StopStackSetOperation")
def stop_stack_set_operation(call: Call) -> dict[str, Any]:
    """Stop an operation; what it is at goes on to the end."""
    stack_set = existing(call)
    check_may_operate(call, stack_set.permission_model)
    operations.stop(stack_set, stack_set.operation(call.parameters["OperationId"]))
    return {}
