"""StackSets, instances and operations as the API describes them, in botocore's shapes of the same names."""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, Key, page
from rootguard.sandbox.stack_sets.execution_role import DEFAULT_EXECUTION_ROLE
from rootguard.sandbox.stack_sets.operation import DetailedStatus, Operation, Result
from rootguard.sandbox.stack_sets.stack_set import AutoDeployment, StackInstance, StackSet

type Rows = dict[Key, dict[str, Any]]
"""What a list shows, by what sorts it."""

_PER_PAGE = 100
_HIDDEN = "****"


def listed(rows: Rows, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a list, in the order of its keys.

    Raises:
        AwsError: ValidationError for a token that is not ours.
    """
    size = parameters.get("MaxResults", _PER_PAGE)
    try:
        keys, token = page(list(rows), lambda key: key, size, parameters.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("ValidationError", "Invalid NextToken") from None
    return {"Summaries": [rows[key] for key in keys]} | ({"NextToken": token} if token else {})


def described_stack_set(stack_set: StackSet) -> dict[str, Any]:
    """A StackSet."""
    with stack_set.lock:
        parameters = {key: _HIDDEN if key in stack_set.hidden else value for key, value in stack_set.parameters.items()}
        return {
            **_common(stack_set),
            "StackSetARN": stack_set.arn,
            "TemplateBody": stack_set.template,
            "Parameters": _parameters(parameters),
            "Capabilities": list(stack_set.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in stack_set.tags.items()],
            "OrganizationalUnitIds": list(stack_set.targets),
            "Regions": sorted({region for _, region in stack_set.instances}),
            **_roles(stack_set),
        }


def _roles(stack_set: StackSet) -> dict[str, str]:
    if stack_set.is_service_managed or stack_set.administration_role_arn is None:
        return {}
    return {
        "AdministrationRoleARN": stack_set.administration_role_arn,
        "ExecutionRoleName": stack_set.execution_role_name or DEFAULT_EXECUTION_ROLE,
    }


def summarized_stack_set(stack_set: StackSet) -> dict[str, Any]:
    """A StackSet in a list."""
    return {**_common(stack_set), "DriftStatus": "NOT_CHECKED"}


def _common(stack_set: StackSet) -> dict[str, Any]:
    described = {
        "StackSetName": stack_set.name,
        "StackSetId": stack_set.id,
        "Status": "DELETED" if stack_set.is_deleted else "ACTIVE",
        "PermissionModel": stack_set.permission_model,
        "ManagedExecution": {"Active": stack_set.has_managed_execution},
    }
    if stack_set.description:
        described["Description"] = stack_set.description
    if stack_set.auto_deployment:
        described["AutoDeployment"] = _automatic(stack_set.auto_deployment)
    return described


def _automatic(deployment: AutoDeployment) -> dict[str, bool]:
    if not deployment.enabled:
        return {"Enabled": False}
    return {"Enabled": True, "RetainStacksOnAccountRemoval": deployment.retains_stacks}


def described_instance(stack_set: StackSet, instance: StackInstance) -> dict[str, Any]:
    """An instance."""
    return {**summarized_instance(stack_set, instance), "ParameterOverrides": _parameters(instance.overrides)}


def summarized_instance(stack_set: StackSet, instance: StackInstance) -> dict[str, Any]:
    """An instance in a list."""
    return _present(
        StackSetId=stack_set.id,
        Region=instance.region,
        Account=instance.account_id,
        StackId=instance.stack_id,
        Status=str(instance.status),
        StatusReason=instance.reason,
        StackInstanceStatus={"DetailedStatus": str(instance.detailed_status)},
        OrganizationalUnitId=instance.unit_id,
        DriftStatus="NOT_CHECKED",
        LastOperationId=instance.operation_id,
    )


def described_operation(stack_set: StackSet, operation: Operation) -> dict[str, Any]:
    """An operation."""
    return {
        **summarized_operation(operation),
        "StackSetId": stack_set.id,
        **_roles(stack_set),
        **_present(RetainStacks=operation.retains, DeploymentTargets=operation.targets),
    }


def summarized_operation(operation: Operation) -> dict[str, Any]:
    """An operation in a list."""
    return _present(
        OperationId=operation.id,
        Action=str(operation.action),
        Status=str(operation.status),
        StatusReason=operation.reason,
        StatusDetails={"FailedStackInstancesCount": operation.count(DetailedStatus.FAILED)},
        OperationPreferences=dict(operation.preferences.given) or None,
        CreationTimestamp=operation.created,
        EndTimestamp=operation.ended,
    )


def summarized_result(result: Result) -> dict[str, Any]:
    """What an operation has done to an instance; the sandbox has no account gates."""
    return _present(
        Account=result.account_id,
        Region=result.region,
        Status=str(result.status),
        StatusReason=result.reason,
        OrganizationalUnitId=result.unit_id,
    )


def _parameters(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value, "UsePreviousValue": False} for key, value in values.items()]


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
