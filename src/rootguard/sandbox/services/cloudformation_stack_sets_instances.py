"""CloudFormation: the instances of StackSets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html and the pages of the
operations below.
"""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.stack_sets.access import check_may_operate, existing
from rootguard.sandbox.stack_sets.changes import create_instances, delete_instances, update_instances
from rootguard.sandbox.stack_sets.descriptions import Rows, described_instance, listed, summarized_instance
from rootguard.sandbox.stack_sets.stack_set import StackInstance, StackSet


@operation("cloudformation:CreateStackInstances")
def create_stack_instances(call: Call) -> dict[str, Any]:
    """Start to deploy a StackSet to accounts."""
    return {"OperationId": create_instances(_operable(call), call.parameters).id}


@operation("cloudformation:UpdateStackInstances")
def update_stack_instances(call: Call) -> dict[str, Any]:
    """Start to change the parameter overrides of instances."""
    return {"OperationId": update_instances(_operable(call), call.parameters).id}


@operation("cloudformation:DeleteStackInstances")
def delete_stack_instances(call: Call) -> dict[str, Any]:
    """Start to delete instances."""
    return {"OperationId": delete_instances(_operable(call), call.parameters).id}


def _operable(call: Call) -> StackSet:
    stack_set = existing(call)
    check_may_operate(call, stack_set.permission_model)
    return stack_set


@operation("cloudformation:DescribeStackInstance")
def describe_stack_instance(call: Call) -> dict[str, Any]:
    """Describe one instance."""
    stack_set, parameters = existing(call), call.parameters
    instance = stack_set.instance(parameters["StackInstanceAccount"], parameters["StackInstanceRegion"])
    return {"StackInstance": described_instance(stack_set, instance)}


@operation("cloudformation:ListStackInstances")
def list_stack_instances(call: Call) -> dict[str, Any]:
    """List the instances of a StackSet."""
    stack_set, parameters = existing(call), call.parameters
    filters = {each["Name"]: each["Values"] for each in parameters.get("Filters") or ()}
    with stack_set.lock:
        rows: Rows = {
            each.key: summarized_instance(stack_set, each)
            for each in stack_set.instances.values()
            if each.account_id == parameters.get("StackInstanceAccount", each.account_id)
            and each.region == parameters.get("StackInstanceRegion", each.region)
            and _passes(each, filters)
        }
    return listed(rows, parameters)


def _passes(instance: StackInstance, filters: Mapping[str, str]) -> bool:
    shown = {
        "DETAILED_STATUS": str(instance.detailed_status),
        "LAST_OPERATION_ID": instance.operation_id,
        "DRIFT_STATUS": "NOT_CHECKED",
    }
    return all(shown[name] == value for name, value in filters.items())
