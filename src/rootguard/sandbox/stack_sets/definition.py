"""What a request says of a StackSet itself, checked."""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.stack_sets.execution_role import administration_role_arn, check_administration_role
from rootguard.sandbox.stack_sets.stack_set import SERVICE_MANAGED, AutoDeployment


def automatic_deployment(
    parameters: Mapping[str, Any], model: str, previous: AutoDeployment | None
) -> AutoDeployment | None:
    """The AutoDeployment of a request, "required if the permissions model is SERVICE_MANAGED".

    Raises:
        AwsError: ValidationError.
    """
    given = parameters.get("AutoDeployment")
    if model != SERVICE_MANAGED:
        if given:
            message = "AutoDeployment is not supported in StackSets with SELF_MANAGED permission model"
            raise AwsError("ValidationError", message)
        return None
    if given is None:
        if previous is None:
            message = "AutoDeployment must be specified for StackSets with SERVICE_MANAGED permission model"
            raise AwsError("ValidationError", message)
        return previous
    if given.get("DependsOn"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no AutoDeployment.DependsOn.")
    enabled, retains = bool(given.get("Enabled")), given.get("RetainStacksOnAccountRemoval")
    if retains is not None and not enabled:
        message = "RetainStacksOnAccountRemoval can only be specified if AutoDeployment is enabled"
        raise AwsError("ValidationError", message)
    if enabled and retains is None:
        message = "RetainStacksOnAccountRemoval must be specified if AutoDeployment is enabled"
        raise AwsError("ValidationError", message)
    return AutoDeployment(enabled, bool(retains))


def roles_of(parameters: Mapping[str, Any], model: str, place: Place) -> tuple[str | None, str | None]:
    """The administration role's ARN and the execution role's name.

    Raises:
        AwsError: ValidationError.
    """
    administration, execution = parameters.get("AdministrationRoleARN"), parameters.get("ExecutionRoleName")
    if model == SERVICE_MANAGED:
        if administration or execution:
            message = "AdministrationRoleARN and ExecutionRoleName are only valid with SELF_MANAGED permission model"
            raise AwsError("ValidationError", message)
        return None, None
    administration = administration or administration_role_arn(place.account_id, place.partition)
    check_administration_role(administration)
    return administration, execution


def tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request."""
    return {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or ()}
