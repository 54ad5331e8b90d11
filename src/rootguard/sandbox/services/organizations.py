"""Organizations: who may ask what, and accounts as AWS creates them.

Which operations the management account alone may call and which a delegated administrator may call as well is said in
the documentation of each in botocore's model ("You can only call this operation from ...").
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from moto.iam.models import iam_backends
from moto.organizations.models import (
    FakeDelegatedAdministrator,
    FakeServiceAccess,
    OrganizationsBackend,
    organizations_backends,
)
from moto.organizations.utils import make_random_create_account_status_id

from rootguard.sandbox.aws_managed_policies import provide
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import announce_account, announce_departure, announce_move
from rootguard.sandbox.organization_access import reader, writer
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.state import state

_READ = (
    "DescribeAccount",
    "DescribeOrganizationalUnit",
    "DescribePolicy",
    "ListAWSServiceAccessForOrganization",
    "ListCreateAccountStatus",
    "ListDelegatedServicesForAccount",
    "ListPolicies",
    "ListTagsForResource",
)
_WRITE = (
    "CloseAccount",
    "CreateOrganizationalUnit",
    "DeleteOrganization",
    "DeleteOrganizationalUnit",
    "DeletePolicy",
    "DeregisterDelegatedAdministrator",
    "EnableAWSServiceAccess",
    "TagResource",
    "UntagResource",
    "UpdateOrganizationalUnit",
)
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html, what moto's lists lack
_TRUSTED = ("iam.amazonaws.com",)
_DELEGATED = (
    "account.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "iam.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "securityhub.amazonaws.com",
)


@dataclass
class FailedCreations:
    """Accounts that could not be created, by the id of the request."""

    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)


def _add(known: list[str], services: Iterable[str]) -> None:
    known.extend(service for service in services if service not in known)


_add(FakeServiceAccess.TRUSTED_SERVICES, _TRUSTED)
_add(FakeDelegatedAdministrator.SUPPORTED_SERVICES, _DELEGATED)


def _violated(reason: str, message: str) -> AwsError:
    error = AwsError("ConstraintViolationException", message)
    error.Reason = reason  # type: ignore[attr-defined]  # a member of the error's shape
    return error


def _as_management(admits: Callable[[Call], OrganizationsBackend]) -> Callable[[Call], Answer]:
    """Moto's answer, as the management account gets it."""

    def handle(call: Call) -> Answer:
        call.response.current_account = admits(call).account_id
        return call.moto()

    return handle


for _name in _READ:
    operation(f"organizations:{_name}")(_as_management(reader))
for _name in _WRITE:
    operation(f"organizations:{_name}")(_as_management(writer))


@operation("organizations:CreateOrganization")
def create_organization(call: Call) -> Answer:
    """As moto; AWS says of the management account that it was invited (Account.JoinedMethod in botocore's model)."""
    answer = call.moto()
    organizations_backends[call.account_id][call.partition].accounts[0].joined_method = "INVITED"
    return answer


@operation("organizations:CreateAccount")
def create_account(call: Call) -> dict[str, Any]:
    """An account whose root user has no credentials and whose access role trusts the management account.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_create.html and
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-cross-account-role.html.
    The account is ready at once, where AWS answers IN_PROGRESS and takes minutes.
    """
    backend = writer(call)
    email = call.parameters["Email"]
    if any(account.email == email for account in backend.accounts):
        return {"CreateAccountStatus": _failed(call.parameters["AccountName"], "EMAIL_ALREADY_EXISTS")}
    answer = backend.create_account(**call.parameters)
    account_id = answer["CreateAccountStatus"]["AccountId"]
    iam = iam_backends[account_id]["aws"]  # where moto puts the role
    administrator = f"arn:{iam.partition}:iam::aws:policy/AdministratorAccess"
    provide(iam, administrator)
    role_name = call.parameters.get("RoleName", "OrganizationAccountAccessRole")
    iam.attach_role_policy(policy_arn=administrator, role_name=role_name)
    root_user(account_id).remove_credentials()
    announce_account(account_id)
    return answer


@operation("organizations:RemoveAccountFromOrganization")
def remove_account_from_organization(call: Call) -> Answer:
    """As moto, and what the organization deployed into the account goes with it.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_remove-from-org.html
    """
    answer = _as_management(writer)(call)
    if isinstance(answer, tuple) and answer[0] == HTTPStatus.OK:
        announce_departure(call.parameters["AccountId"])
    return answer


@operation("organizations:MoveAccount")
def move_account(call: Call) -> Answer:
    """As moto, but only out of the parent that the account has, and what that place brought goes with it.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html
    """
    backend, account_id = writer(call), call.parameters["AccountId"]
    account = next((each for each in backend.accounts if each.id == account_id), None)
    if account is not None and account.parent_id != call.parameters["SourceParentId"]:
        message = "We can't find a source root or OU with the ParentId that you specified."
        raise AwsError("SourceParentNotFoundException", message)
    answer = _as_management(writer)(call)
    if isinstance(answer, tuple) and answer[0] == HTTPStatus.OK:
        announce_move(account_id)
    return answer


def _failed(name: str, reason: str) -> dict[str, Any]:
    moment = datetime.now(UTC)
    status = {
        "Id": make_random_create_account_status_id(),
        "AccountName": name,
        "State": "FAILED",
        "RequestedTimestamp": moment,
        "CompletedTimestamp": moment,
        "FailureReason": reason,
    }
    state(FailedCreations).statuses[str(status["Id"])] = status
    return status


@operation("organizations:DescribeCreateAccountStatus")
def describe_create_account_status(call: Call) -> Answer:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html."""
    failed = state(FailedCreations).statuses.get(call.parameters["CreateAccountRequestId"])
    return _as_management(reader)(call) if failed is None else {"CreateAccountStatus": failed}


@operation("organizations:DisableAWSServiceAccess")
def disable_service_access(call: Call) -> Answer:
    """Refused while the service has a delegated administrator (ConstraintViolationException in botocore's model)."""
    service = call.parameters["ServicePrincipal"]
    if any(service in admin.services for admin in writer(call).admins):
        message = "You must deregister all delegated administrators of the service before you disable its access."
        raise _violated("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", message)
    return call.moto()


@operation("organizations:RegisterDelegatedAdministrator")
def register_delegated_administrator(call: Call) -> Answer:
    """Refused before the service has trusted access (ConstraintViolationException in botocore's model)."""
    services = {each["ServicePrincipal"] for each in writer(call).services}
    service = call.parameters["ServicePrincipal"]
    if service in FakeDelegatedAdministrator.SUPPORTED_SERVICES and service not in services:
        message = "You must enable service access before you register a delegated administrator."
        raise _violated("SERVICE_ACCESS_NOT_ENABLED", message)
    return call.moto()
