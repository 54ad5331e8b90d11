"""AWS CloudFormation: what stacks are, hold and went through.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html and the pages of the
operations below.
"""

import json
from typing import Any

from rootguard.sandbox.cloudformation.answers import PER_PAGE, paged, parameters_shown, present
from rootguard.sandbox.cloudformation.exports import exports, importing
from rootguard.sandbox.cloudformation.stack_names import described_stack, place_of
from rootguard.sandbox.cloudformation.stack_store import all_stacks
from rootguard.sandbox.cloudformation.stacks import GONE, Event, OutputValue, Record, Stack
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.dispatch import Call, operation

_SERIALS = 10**9
_NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}


@operation("cloudformation:DescribeStacks")
def describe_stacks(call: Call) -> dict[str, Any]:
    """Tell how stacks are; one that is deleted only by its id."""
    if call.parameters.get("StackName"):
        return {"Stacks": [_described(described_stack(call))]}
    stacks = [stack for stack in all_stacks(place_of(call)) if not stack.is_deleted]
    return paged(call, "Stacks", stacks, _newest_stack, _described)


@operation("cloudformation:ListStacks")
def list_stacks(call: Call) -> dict[str, Any]:
    """List stacks, deleted ones included."""
    wanted = call.parameters.get("StackStatusFilter")
    stacks = [stack for stack in all_stacks(place_of(call)) if not wanted or stack.status in wanted]
    return paged(call, "StackSummaries", stacks, _newest_stack, _summary)


@operation("cloudformation:DescribeStackEvents")
def describe_stack_events(call: Call) -> dict[str, Any]:
    """Tell what happened to a stack, the latest first."""
    stack = described_stack(call, "Stack [{}] does not exist")
    return paged(
        call,
        "StackEvents",
        list(stack.events),
        lambda event: (_descending(event.serial),),
        lambda event: _event(stack, event),
    )


@operation("cloudformation:DescribeStackResources")
def describe_stack_resources(call: Call) -> dict[str, Any]:
    """Tell what a stack holds, at most a hundred resources."""
    stack, wanted = _stack_of_resources(call), call.parameters.get("LogicalResourceId")
    records = [record for record in list(stack.resources.values()) if wanted in {None, record.logical_id}]
    if wanted is not None and not records:
        raise validation_error(f"Resource {wanted} does not exist for stack {stack.name}")
    return {"StackResources": [_owned(stack, record, "Timestamp") for record in records[:PER_PAGE]]}


def _stack_of_resources(call: Call) -> Stack:
    """The stack that is named, or that holds a physical resource."""
    name, physical_id = call.parameters.get("StackName"), call.parameters.get("PhysicalResourceId")
    if bool(name) == bool(physical_id):
        raise validation_error("You must specify either StackName or PhysicalResourceId, but not both.")
    if name:
        return described_stack(call)
    for stack in all_stacks(place_of(call)):
        held = [each for each in list(stack.resources.values()) if each.status not in GONE]
        if any(each.physical_id == physical_id for each in held):
            return stack
    raise validation_error(f"Stack for {physical_id} does not exist")


@operation("cloudformation:DescribeStackResource")
def describe_stack_resource(call: Call) -> dict[str, Any]:
    """Tell how one resource is."""
    stack, logical_id = described_stack(call, "Stack '{}' does not exist"), call.parameters["LogicalResourceId"]
    record = stack.resources.get(logical_id)
    if record is None:
        raise validation_error(f"Resource {logical_id} does not exist for stack {stack.name}")
    detail = _owned(stack, record, "LastUpdatedTimestamp")
    if record.metadata is not None:
        detail["Metadata"] = json.dumps(record.metadata)
    return {"StackResourceDetail": detail}


@operation("cloudformation:ListStackResources")
def list_stack_resources(call: Call) -> dict[str, Any]:
    """List what a stack holds."""
    stack = described_stack(call)
    records = list(stack.resources.values())
    return paged(
        call,
        "StackResourceSummaries",
        records,
        lambda record: (record.logical_id,),
        lambda record: _resource(record, "LastUpdatedTimestamp"),
    )


@operation("cloudformation:ListExports")
def list_exports(call: Call) -> dict[str, Any]:
    """List what stacks export."""
    rows = [
        {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
        for name, (value, stack) in exports(place_of(call)).items()
    ]
    return paged(call, "Exports", rows, lambda row: (row["Name"],), lambda row: row)


@operation("cloudformation:ListImports")
def list_imports(call: Call) -> dict[str, Any]:
    """List the stacks that use an export."""
    name = call.parameters["ExportName"]
    stacks = importing(place_of(call), name)
    if not stacks:
        raise validation_error(f"Export '{name}' is not imported by any stack.")
    return paged(call, "Imports", [stack.name for stack in stacks], lambda each: (each,), lambda each: each)


def _newest_stack(stack: Stack) -> tuple[str, ...]:
    return (_descending(stack.serial),)


def _descending(serial: int) -> str:
    return f"{_SERIALS - serial:010d}"


def _described(stack: Stack) -> dict[str, Any]:
    specification = stack.specification
    described: dict[str, Any] = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "CreationTime": stack.created,
        "DeletionTime": stack.deleted,
        "LastUpdatedTime": stack.updated,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": [],
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": _NOT_CHECKED,
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "Outputs": [_output(output) for output in stack.outputs] or None,
        "RetainExceptOnCreate": stack.retain_except_on_create or None,
    }
    if specification is not None:
        described |= {
            "Description": specification.template.description,
            "Parameters": parameters_shown(specification.template.parameters, specification.texts),
            "Capabilities": list(specification.capabilities) or None,
            "RoleARN": specification.role_arn,
        }
    return present(described)


def _output(output: OutputValue) -> dict[str, Any]:
    return present(
        {
            "OutputKey": output.name,
            "OutputValue": output.value,
            "Description": output.description,
            "ExportName": output.export,
        }
    )


def _summary(stack: Stack) -> dict[str, Any]:
    return present(
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "TemplateDescription": stack.specification.template.description if stack.specification else None,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DriftInformation": _NOT_CHECKED,
        }
    )


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    return present(
        {
            "StackId": stack.stack_id,
            "EventId": event.event_id,
            "StackName": stack.name,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.time,
            "ResourceStatus": event.status,
            "ResourceStatusReason": event.reason,
            "ResourceProperties": event.properties,
            "ClientRequestToken": event.token,
        }
    )


def _resource(record: Record, time: str) -> dict[str, Any]:
    return present(
        {
            "LogicalResourceId": record.logical_id,
            "PhysicalResourceId": record.physical_id,
            "ResourceType": record.type,
            time: record.updated,
            "ResourceStatus": record.status,
            "ResourceStatusReason": record.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def _owned(stack: Stack, record: Record, time: str) -> dict[str, Any]:
    description = {"Description": record.description} if record.description else {}
    return {"StackName": stack.name, "StackId": stack.stack_id, **_resource(record, time), **description}
