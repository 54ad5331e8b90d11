"""Security Hub across an organization: its administrator, and the members whose findings that one sees.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/: EnableOrganizationAdminAccount, CreateMembers and their
like, for an organization of "local configuration"; configuration policies and invitations are not in the sandbox.
"""

from typing import Any

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.organization import (
    is_delegated_administrator,
    is_management_account,
    member,
    organization_backend,
    organization_of,
)
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.security_hub.administration import (
    Administration,
    add_member,
    administration_of,
    administrator_of,
)
from rootguard.sandbox.security_hub.hub import (
    PRINCIPAL,
    invalid_access,
    invalid_input,
    is_on,
    place_of,
    subscribed,
    switch_on,
)

_FEATURE = "SecurityHub"
_PAGE = 50


@operation("securityhub:EnableOrganizationAdminAccount")
def enable_organization_admin_account(call: Call) -> dict[str, Any]:
    """Designate the account that administers; trusted access comes with it, and the hub of a member account.

    https://docs.aws.amazon.com/securityhub/latest/userguide/designate-orgs-admin-account.html
    """
    administration, wanted = _managed(call), call.parameters["AdminAccountId"]
    place = Place(wanted, call.region)
    if organization_of(wanted, call.partition) is not organization_of(call.account_id, call.partition):
        raise invalid_input(f"The account {wanted} is not a member of the organization.")
    if administration.administrator_id not in (None, wanted):
        raise invalid_input(f"The account {administration.administrator_id} is the Security Hub administrator already.")
    if wanted == call.account_id and not is_on(place):
        raise invalid_input("The management account must enable Security Hub before it can be the administrator.")
    if not is_on(place):
        switch_on(place)
    _trust(call, wanted)
    administration.administrator_id = wanted
    return {"AdminAccountId": wanted, "Feature": _FEATURE}


@operation("securityhub:DisableOrganizationAdminAccount")
def disable_organization_admin_account(call: Call) -> dict[str, Any]:
    """Take the administration from an account; its members are on their own."""
    administration, account_id = _managed(call), call.parameters["AdminAccountId"]
    if administration.administrator_id != account_id:
        raise invalid_input(f"The account {account_id} is not the Security Hub administrator.")
    administration.administrator_id, administration.auto_enable = None, False
    administration.member_ids.clear()
    return {}


@operation("securityhub:ListOrganizationAdminAccounts")
def list_organization_admin_accounts(call: Call) -> dict[str, Any]:
    """Name the account that administers, if there is one."""
    account_id = _managed(call).administrator_id
    accounts = [{"AccountId": account_id, "Status": "ENABLED"}] if account_id else []
    return {"AdminAccounts": accounts, "Feature": _FEATURE}


@operation("securityhub:DescribeOrganizationConfiguration")
def describe_organization_configuration(call: Call) -> dict[str, Any]:
    """Tell what becomes of new accounts."""
    administration = _administered(call)
    return {
        "AutoEnable": administration.auto_enable,
        "MemberAccountLimitReached": False,
        "AutoEnableStandards": administration.auto_enable_standards,
        "OrganizationConfiguration": {"ConfigurationType": "LOCAL"},
    }


@operation("securityhub:UpdateOrganizationConfiguration")
def update_organization_configuration(call: Call) -> dict[str, Any]:
    """Say what becomes of new accounts."""
    administration, asked = _administered(call), call.parameters
    if (asked.get("OrganizationConfiguration") or {}).get("ConfigurationType") == "CENTRAL":
        raise AwsError(NOT_IMPLEMENTED, "The sandbox's Security Hub has no central configuration.")
    administration.auto_enable = asked["AutoEnable"]
    administration.auto_enable_standards = asked.get("AutoEnableStandards", administration.auto_enable_standards)
    return {}


@operation("securityhub:CreateMembers")
def create_members(call: Call) -> dict[str, Any]:
    """Take accounts of the organization in, which switches Security Hub on in them."""
    administration = _administered(call)
    unprocessed = list[dict[str, str]]()
    for each in call.parameters["AccountDetails"]:
        place = Place(each["AccountId"], call.region)
        reason = _not_added(call, place)
        if reason is None:
            add_member(administration, place)
        else:
            unprocessed.append({"AccountId": place.account_id, "ProcessingResult": reason})
    return {"UnprocessedAccounts": unprocessed}


@operation("securityhub:DisassociateMembers")
def disassociate_members(call: Call) -> dict[str, Any]:
    """Let members go; their Security Hub stays on."""
    administration = _administered(call)
    for account_id in call.parameters["AccountIds"]:
        administration.member_ids.pop(account_id, None)
    return {}


@operation("securityhub:ListMembers")
def list_members(call: Call) -> dict[str, Any]:
    """List the members, fifty at a time."""
    administration, asked = _administered(call), call.parameters
    members = [_member(administration, place_of(call), account_id) for account_id in administration.member_ids]
    size = asked.get("MaxResults", _PAGE)
    try:
        chosen, token = page(members, lambda each: (each["AccountId"],), size, asked.get("NextToken"))
    except InvalidTokenError:
        raise invalid_input("Invalid parameter 'NextToken'.") from None
    return {"Members": list(chosen)} | ({"NextToken": token} if token else {})


@operation("securityhub:GetMembers")
def get_members(call: Call) -> dict[str, Any]:
    """Describe members by their ids."""
    administration, asked = _administered(call), call.parameters["AccountIds"]
    known = [each for each in asked if each in administration.member_ids]
    unknown = [each for each in asked if each not in administration.member_ids]
    return {
        "Members": [_member(administration, place_of(call), each) for each in known],
        "UnprocessedAccounts": [{"AccountId": each, "ProcessingResult": "It is not a member."} for each in unknown],
    }


@operation("securityhub:GetAdministratorAccount")
def get_administrator_account(call: Call) -> dict[str, Any]:
    """Name the account that sees the caller's findings; nothing is answered if none does."""
    subscribed(call)
    place = place_of(call)
    administration, administrator = administration_of(place), administrator_of(place)
    if administration is None or administrator is None:
        return {}
    since = administration.member_ids[place.account_id]
    return {
        "Administrator": {"AccountId": administrator.account_id, "InvitedAt": since, "MemberStatus": "Enabled"},
    }


def _managed(call: Call) -> Administration:
    """The administration, for the organization's management account only.

    Raises:
        AwsError: AccessDeniedException; SandboxNotImplemented for the newer Security Hub.
    """
    if call.parameters.get("Feature", _FEATURE) != _FEATURE:
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has Security Hub CSPM only.")
    administration = administration_of(place_of(call))
    if administration is None or not is_management_account(call.account_id, call.partition):
        message = f"Account {call.account_id} is not the management account of an organization"
        raise AwsError("AccessDeniedException", message)
    return administration


def _administered(call: Call) -> Administration:
    """The administration, for the account that administers only.

    Raises:
        AwsError: InvalidAccessException, in the words that
            https://github.com/hashicorp/terraform-provider-aws/issues/23079 quotes.
    """
    subscribed(call)
    administration = administration_of(place_of(call))
    if administration is None or administration.administrator_id != call.account_id:
        raise invalid_access(f"Account {call.account_id} is not an administrator for this organization")
    return administration


def _trust(call: Call, account_id: str) -> None:
    """What designation does in Organizations; the management account is nobody's delegate."""
    backend = organization_backend(call.account_id, call.partition)
    if backend is None:
        return
    backend.enable_aws_service_access(ServicePrincipal=PRINCIPAL)
    if account_id == call.account_id or is_delegated_administrator(account_id, PRINCIPAL, call.partition):
        return
    backend.register_delegated_administrator(AccountId=account_id, ServicePrincipal=PRINCIPAL)


def _not_added(call: Call, place: Place) -> str | None:
    """Why an account cannot become a member, None if it can."""
    if place.account_id == call.account_id:
        return "An account cannot be a member of itself."
    own = organization_of(call.account_id, call.partition)
    if organization_of(place.account_id, call.partition) is not own:
        return "The sandbox sends no invitations: only accounts of the organization become members."
    if is_management_account(place.account_id, call.partition) and not is_on(place):
        return "The organization management account must enable Security Hub first."
    return None


def _member(administration: Administration, place: Place, account_id: str) -> dict[str, Any]:
    since = administration.member_ids[account_id]
    account = member(account_id, place.partition)
    described = {
        "AccountId": account_id,
        "MasterId": place.account_id,
        "AdministratorId": place.account_id,
        "MemberStatus": "Enabled",
        "InvitedAt": since,
        "UpdatedAt": since,
    }
    return described | ({"Email": account.email} if account is not None else {})
