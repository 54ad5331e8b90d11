"""AWS::CloudFormation::StackSet: a StackSet with the instances that its StackInstancesGroup asks for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html. What
AWS's handler calls, and in which order, is public: github.com/aws-cloudformation/
aws-cloudformation-resource-providers-cloudformation (aws-cloudformation-stackset).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.requests import gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)
from rootguard.sandbox.stack_sets.instances_group import Instances, changes, instances_of
from rootguard.sandbox.stack_sets.work import Patience

_OF_CREATION = (
    "AdministrationRoleARN",
    "AutoDeployment",
    "CallAs",
    "Capabilities",
    "Description",
    "ExecutionRoleName",
    "ManagedExecution",
    "Parameters",
    "PermissionModel",
    "TemplateBody",
    "TemplateURL",
)
_OF_UPDATE = tuple(name for name in _OF_CREATION if name not in ("ManagedExecution", "PermissionModel"))
_UNDER_WAY = ("QUEUED", "RUNNING", "STOPPING")


@resource_type("AWS::CloudFormation::StackSet")
class StackSet(ResourceType):
    """A StackSet; each change waits for the operations that it starts, and fails when one of them fails."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the StackSet, then its instances, one operation per entry of the group."""
        request = {
            "StackSetName": properties["StackSetName"],
            **_chosen(properties, _OF_CREATION),
            "Tags": tag_list(tags(properties, context, system=False)),
        }
        stack_set_id = send(context.client("cloudformation"), "CreateStackSet", request)["StackSetId"]
        physical = Physical(stack_set_id, {"StackSetId": stack_set_id})
        with undoing(lambda: self.delete(physical, properties, context)):
            for instances in instances_of(properties):
                _operate(context, physical, properties, "CreateStackInstances", instances.created())
        return physical

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Delete instances, change the StackSet, create instances, change overrides, in this order."""
        if old.get("ManagedExecution") != new.get("ManagedExecution"):
            alone = {"ManagedExecution": new.get("ManagedExecution") or {"Active": False}}
            _update_set(context, physical, new, {"UsePreviousTemplate": True, **alone})
        going, coming, changing = changes(instances_of(old), instances_of(new))
        _delete_instances(context, physical, new, going)
        wanted = tags(new, context, system=False)
        before = {**tags(old, context, system=False), **_user_tags(context.previous_tags)}
        if _chosen(old, _OF_UPDATE) != _chosen(new, _OF_UPDATE) or before != wanted:
            _update_set(context, physical, new, {**_chosen(new, _OF_UPDATE), "Tags": tag_list(wanted)})
        for instances in coming:
            _operate(context, physical, new, "CreateStackInstances", instances.created())
        for instances in changing:
            _operate(context, physical, new, "UpdateStackInstances", instances.updated())
        return physical

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the instances, then the StackSet."""
        with gone("StackSetNotFoundException"):
            _delete_instances(context, physical, properties, instances_of(properties))
            request = {"StackSetName": physical.id, **_chosen(properties, ("CallAs",))}
            send(context.client("cloudformation"), "DeleteStackSet", request)


def _chosen(properties: Properties, names: Iterable[str]) -> dict[str, Any]:
    return {name: properties[name] for name in names if properties.get(name) is not None}


def _user_tags(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if not key.startswith("aws:")}


def _update_set(context: Context, physical: Physical, properties: Properties, change: Mapping[str, Any]) -> None:
    _operate(context, physical, properties, "UpdateStackSet", {**_chosen(properties, ("Capabilities",)), **change})


def _delete_instances(
    context: Context, physical: Physical, properties: Properties, instances: Iterable[Instances]
) -> None:
    for each in instances:
        _operate(context, physical, properties, "DeleteStackInstances", each.deleted())


def _operate(
    context: Context, physical: Physical, properties: Properties, operation: str, parameters: Mapping[str, Any]
) -> None:
    """Start an operation, once no other is in its way, and wait for it.

    Raises:
        ResourceFailedError: It failed or was stopped.
    """
    as_whom = _chosen(properties, ("CallAs",))
    request = {
        "StackSetName": physical.id,
        **as_whom,
        **_chosen(properties, ("OperationPreferences",)),
        **parameters,
    }
    operation_id = _started(context, operation, request)
    asked = {"StackSetName": physical.id, "OperationId": operation_id, **as_whom}
    patience = Patience()
    while True:
        described = send(context.client("cloudformation"), "DescribeStackSetOperation", asked)["StackSetOperation"]
        if described["Status"] not in _UNDER_WAY:
            break
        patience.wait()
    if described["Status"] != "SUCCEEDED":
        reasons = _failures(context, asked)
        message = f"Stack set operation [{operation_id}] was unexpectedly stopped or failed. status reason(s):{reasons}"
        raise _not_stabilized(message, physical.id)


def _started(context: Context, operation: str, request: Mapping[str, Any]) -> str:
    patience = Patience()
    while True:
        try:
            return str(send(context.client("cloudformation"), operation, request)["OperationId"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "OperationInProgressException":
                raise
        patience.wait()


def _failures(context: Context, asked: Mapping[str, Any]) -> str:
    pages = context.client("cloudformation").get_paginator("list_stack_set_operation_results").paginate(**asked)
    failed = [each for page in pages for each in page["Summaries"] if each["Status"] == "FAILED"]
    return "".join(f" [{reason}]" for reason in dict.fromkeys(each.get("StatusReason", "") for each in failed))


def _not_stabilized(message: str, stack_set_id: str) -> ResourceFailedError:
    """AWS's handler hands its message over in the place of the type's name."""
    text = f"Resource of type '{message}' with identifier '{stack_set_id}' did not stabilize."
    return ResourceFailedError(f'Resource handler returned message: "{text}" (HandlerErrorCode: NotStabilized)')
