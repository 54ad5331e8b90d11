"""CloudFormation: StackSets themselves.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html and the pages of the
operations below.
"""

import re
from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.cloudformation.capabilities import check_capabilities
from rootguard.sandbox.cloudformation.template_source import template_text
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.stack_sets import operations
from rootguard.sandbox.stack_sets.access import check_may_operate, existing, home, visible
from rootguard.sandbox.stack_sets.announcements import announce_stack_set
from rootguard.sandbox.stack_sets.changes import instances_to_update, update_all
from rootguard.sandbox.stack_sets.definition import automatic_deployment, roles_of, tags_of
from rootguard.sandbox.stack_sets.descriptions import Rows, described_stack_set, listed, summarized_stack_set
from rootguard.sandbox.stack_sets.preferences import preferences_of
from rootguard.sandbox.stack_sets.stack_set import SELF_MANAGED, SERVICE_MANAGED, StackSet, stack_sets_of
from rootguard.sandbox.stack_sets.template import checked_template, resolved_parameters

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


@operation("cloudformation:CreateStackSet")
def create_stack_set(call: Call) -> dict[str, Any]:
    """Create a StackSet without instances."""
    parameters = call.parameters
    model = parameters.get("PermissionModel", SELF_MANAGED)
    check_may_operate(call, model)
    if not _NAME.fullmatch(parameters["StackSetName"]):
        value = f"Value '{parameters['StackSetName']}' at 'stackSetName' failed to satisfy constraint"
        message = f"{value}: Member must satisfy regular expression pattern: {_NAME.pattern}"
        raise AwsError("ValidationError", f"1 validation error detected: {message}")
    if parameters.get("StackId"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox imports no stacks into StackSets (StackId).")
    place, text = home(call), template_text(call)
    template = checked_template(text, is_service_managed=model == SERVICE_MANAGED)
    check_capabilities(template, parameters.get("Capabilities") or ())
    values = resolved_parameters(template, parameters.get("Parameters") or (), {})
    administration, execution = roles_of(parameters, model, place)
    made = StackSet(
        place=place,
        name=parameters["StackSetName"],
        permission_model=model,
        template=text,
        parameters=values.values,
        hidden=values.hidden,
        capabilities=tuple(parameters.get("Capabilities") or ()),
        tags=tags_of(parameters),
        description=parameters.get("Description") or template.description,
        auto_deployment=automatic_deployment(parameters, model, None),
        has_managed_execution=_managed_execution(parameters, was=False),
        administration_role_arn=administration,
        execution_role_name=execution,
        token=parameters.get("ClientRequestToken"),
    )
    return {"StackSetId": _kept(made).id}


def _kept(made: StackSet) -> StackSet:
    """The new StackSet, or the one that an earlier request with the same token has made."""
    store = stack_sets_of(made.place)
    with store.lock:
        known = store.named(made.name)
        if known is not None and made.token is not None and known.token == made.token:
            return known
        if known is not None:
            raise AwsError("NameAlreadyExistsException", f"StackSet {made.name} already exists")
        store.all.append(made)
    announce_stack_set(made)
    return made


def _managed_execution(parameters: Mapping[str, Any], *, was: bool) -> bool:
    given = parameters.get("ManagedExecution")
    return was if given is None else bool(given.get("Active", False))


@operation("cloudformation:UpdateStackSet")
def update_stack_set(call: Call) -> dict[str, Any]:
    """Change a StackSet and bring its instances up to date."""
    parameters, stack_set = call.parameters, existing(call)
    check_may_operate(call, stack_set.permission_model)
    with stack_set.lock:
        operations.check_startable(stack_set, parameters.get("OperationId"))
        _check_update(stack_set, parameters)
        text = template_text(call, stack_set.template)
        template = checked_template(text, is_service_managed=stack_set.is_service_managed)
        check_capabilities(template, parameters.get("Capabilities") or ())
        values = resolved_parameters(template, parameters.get("Parameters"), stack_set.parameters)
        deployment = automatic_deployment(parameters, stack_set.permission_model, stack_set.auto_deployment)
        preferences_of(parameters)
        instances_to_update(stack_set, parameters)
        if any(parameters.get(role) for role in ("AdministrationRoleARN", "ExecutionRoleName")):
            roles = roles_of(parameters, stack_set.permission_model, stack_set.place)
            stack_set.administration_role_arn, stack_set.execution_role_name = roles
        stack_set.template, stack_set.parameters, stack_set.hidden = text, values.values, values.hidden
        stack_set.capabilities = tuple(parameters.get("Capabilities") or ())
        stack_set.description = parameters.get("Description", stack_set.description)
        stack_set.auto_deployment = deployment
        stack_set.has_managed_execution = _managed_execution(parameters, was=stack_set.has_managed_execution)
        if "Tags" in parameters:
            stack_set.tags = tags_of(parameters)
        return {"OperationId": update_all(stack_set, parameters).id}


def _check_update(stack_set: StackSet, parameters: Mapping[str, Any]) -> None:
    model = parameters.get("PermissionModel", stack_set.permission_model)
    if model != stack_set.permission_model:
        raise AwsError(NOT_IMPLEMENTED, "The sandbox does not change a StackSet's PermissionModel.")
    has_targets = any(parameters.get(each) for each in ("DeploymentTargets", "Accounts"))
    if parameters.get("AutoDeployment") and (has_targets or parameters.get("Regions")):
        raise AwsError("ValidationError", "AutoDeployment cannot be specified with DeploymentTargets or Regions")
    if has_targets != bool(parameters.get("Regions")):
        raise AwsError("ValidationError", "Regions and deployment targets must be specified together")
    if "ManagedExecution" in parameters and stack_set.unfinished():
        message = "ManagedExecution cannot be changed while operations of the StackSet are running or queued"
        raise AwsError("InvalidOperationException", message)


@operation("cloudformation:DeleteStackSet")
def delete_stack_set(call: Call) -> dict[str, Any]:
    """Delete a StackSet that has no instances; one that is deleted already stays so."""
    try:
        stack_set = existing(call, or_deleted=True)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return {}
        raise
    check_may_operate(call, stack_set.permission_model)
    with stack_set.lock:
        unfinished = stack_set.unfinished()
        if unfinished:
            message = f"Another Operation on StackSet {stack_set.arn} is in progress: {unfinished[0].id}"
            raise AwsError("OperationInProgressException", message)
        if stack_set.instances:
            raise AwsError("StackSetNotEmptyException", "StackSet is not empty")
        was_deleted, stack_set.is_deleted = stack_set.is_deleted, True
    if not was_deleted:
        announce_stack_set(stack_set)
    return {}


@operation("cloudformation:DescribeStackSet")
def describe_stack_set(call: Call) -> dict[str, Any]:
    """Describe one StackSet."""
    return {"StackSet": described_stack_set(existing(call, or_deleted=True))}


@operation("cloudformation:ListStackSets")
def list_stack_sets(call: Call) -> dict[str, Any]:
    """List the StackSets that the caller sees."""
    deleted = {"ACTIVE": False, "DELETED": True}.get(call.parameters.get("Status", ""))
    found = [each for each in visible(call) if deleted is None or each.is_deleted is deleted]
    return listed({each.key: summarized_stack_set(each) for each in found}, call.parameters)


@operation("cloudformation:ListStackSetAutoDeploymentTargets")
def list_stack_set_auto_deployment_targets(call: Call) -> dict[str, Any]:
    """List the organizational units whose new accounts get the StackSet."""
    stack_set = existing(call)
    is_automatic = stack_set.auto_deployment is not None and stack_set.auto_deployment.enabled
    targets = stack_set.targets.items() if is_automatic else ()
    rows: Rows = {
        (unit_id,): {"OrganizationalUnitId": unit_id, "Regions": list(regions)} for unit_id, regions in targets
    }
    return listed(rows, call.parameters)
