"""Who may work with StackSets: trusted access, delegated administrators, and where a caller's StackSets live.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html,
stacksets-orgs-delegated-admin.html there, and CallAs in botocore's model.
"""

from dataclasses import dataclass

from moto.organizations.models import FakeOrganization

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import (
    has_trusted_access,
    is_delegated_administrator,
    is_management_account,
    organization_backend,
    organization_of,
)
from rootguard.sandbox.stack_sets.execution_role import MEMBER_PRINCIPAL, ensure_admin_role
from rootguard.sandbox.stack_sets.stack_set import SERVICE_MANAGED, StackSet, stack_sets_of
from rootguard.sandbox.state import state

DELEGATED_ADMIN = "DELEGATED_ADMIN"


@dataclass
class OrganizationsAccess:
    """Whether a management account has activated trusted access with Organizations.

    Organizations' own EnableAWSServiceAccess does not suffice: "We strongly recommend that you enable trusted access by
    using the AWS CloudFormation StackSets console. This enables AWS CloudFormation StackSets to perform required setup
    tasks" (https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudformation.html);
    who leaves that out gets "You must enable organizations access to operate a service managed stack set"
    (github.com/pepperize/cdk-organizations issue 1718).
    """

    is_active: bool = False


def home(call: Call) -> Place:
    """Where the caller's StackSets are: its own account, or the management account of which it is a delegate.

    Raises:
        AwsError: ValidationError for CallAs=DELEGATED_ADMIN without being one.
    """
    if call.parameters.get("CallAs") != DELEGATED_ADMIN:
        return Place(call.account_id, call.region)
    organization = organization_of(call.account_id, call.partition)
    if organization is None or not is_delegated_administrator(call.account_id, MEMBER_PRINCIPAL, call.partition):
        raise _not_an_administrator()
    return Place(organization.master_account_id, call.region)


def check_may_operate(call: Call, permission_model: str) -> None:
    """Refuse an operation on StackSets with service-managed permissions to whom, or when, it is not allowed.

    Raises:
        AwsError: ValidationError.
    """
    is_delegate = call.parameters.get("CallAs") == DELEGATED_ADMIN
    if permission_model != SERVICE_MANAGED:
        if is_delegate:
            message = "CallAs DELEGATED_ADMIN is only valid for StackSets with SERVICE_MANAGED permission model"
            raise AwsError("ValidationError", message)
        return
    if not is_delegate and not is_management_account(call.account_id, call.partition):
        raise _not_an_administrator()
    if not is_activated(home(call)):
        raise AwsError("ValidationError", "You must enable organizations access to operate a service managed stack set")


def visible(call: Call) -> list[StackSet]:
    """The StackSets that the caller sees, the deleted ones included: as a delegate, the service-managed ones."""
    is_delegate = call.parameters.get("CallAs") == DELEGATED_ADMIN
    return [each for each in stack_sets_of(home(call)).all if each.is_service_managed or not is_delegate]


def existing(call: Call, *, or_deleted: bool = False) -> StackSet:
    """The StackSet that a request names by its name or id.

    Args:
        call: The request.
        or_deleted: Whether one that is deleted is found by its id.

    Raises:
        AwsError: StackSetNotFoundException.
    """
    name = call.parameters["StackSetName"]
    for each in visible(call):
        if (name in (each.name, each.id) and not each.is_deleted) or (or_deleted and name == each.id):
            return each
    raise AwsError("StackSetNotFoundException", f"StackSet {name} not found")


def is_activated(management: Place) -> bool:
    """Whether StackSets may work in the organization's accounts."""
    activated = state(OrganizationsAccess, management.account_id).is_active
    return activated and has_trusted_access(management.account_id, MEMBER_PRINCIPAL, management.partition)


def activate(call: Call) -> None:
    """Let StackSets into the organization.

    Raises:
        AwsError: InvalidOperationException for other callers than a management account with all features.
    """
    organization = _managed(call)
    if organization.feature_set != "ALL":
        raise AwsError("InvalidOperationException", "Your organization must have all features enabled")
    backend = organization_backend(call.account_id, call.partition)
    if backend and not has_trusted_access(call.account_id, MEMBER_PRINCIPAL, call.partition):
        backend.enable_aws_service_access(ServicePrincipal=MEMBER_PRINCIPAL)
    ensure_admin_role(call.account_id, call.partition)
    state(OrganizationsAccess, call.account_id).is_active = True


def deactivate(call: Call) -> None:
    """Shut StackSets out of the organization; what they have deployed stays.

    Raises:
        AwsError: InvalidOperationException for other callers than the management account, or while there are delegated
            administrators.
    """
    _managed(call)
    backend = organization_backend(call.account_id, call.partition)
    if backend and any(MEMBER_PRINCIPAL in administrator.services for administrator in backend.admins):
        message = "You must deregister all delegated administrators before you deactivate organizations access"
        raise AwsError("InvalidOperationException", message)
    if backend and has_trusted_access(call.account_id, MEMBER_PRINCIPAL, call.partition):
        backend.disable_aws_service_access(ServicePrincipal=MEMBER_PRINCIPAL)
    state(OrganizationsAccess, call.account_id).is_active = False


def check_may_ask(call: Call) -> None:
    """Refuse DescribeOrganizationsAccess to accounts that do not administer StackSets.

    Raises:
        AwsError: InvalidOperationException.
    """
    if call.parameters.get("CallAs") != DELEGATED_ADMIN:
        _managed(call)


def _managed(call: Call) -> FakeOrganization:
    organization = organization_of(call.account_id, call.partition)
    if organization is None or organization.master_account_id != call.account_id:
        message = "You must be the management account of an organization to perform this operation"
        raise AwsError("InvalidOperationException", message)
    return organization


def _not_an_administrator() -> AwsError:
    message = (
        "You must be the management account or delegated admin account of an organization before operating a "
        "SERVICE_MANAGED stack set"
    )
    return AwsError("ValidationError", message)
