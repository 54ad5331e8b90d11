"""Organizations' lists, in pages of at most 20; moto answers some of them whole."""

from collections.abc import Callable
from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization_access import reader
from rootguard.sandbox.paging import InvalidTokenError, Key, page
from rootguard.sandbox.services.organizations_policies import attached_policies

_PAGE = 20


@operation("organizations:ListAccounts")
def list_accounts(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html."""
    return _page(call, "Accounts", [account.describe() for account in reader(call).accounts], _joined)


@operation("organizations:ListAccountsForParent")
def list_accounts_for_parent(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html."""
    backend = reader(call)
    parent_id = backend.validate_parent_id(call.parameters["ParentId"])
    accounts = [account.describe() for account in backend.accounts if account.parent_id == parent_id]
    return _page(call, "Accounts", accounts, _joined)


@operation("organizations:ListOrganizationalUnitsForParent")
def list_organizational_units_for_parent(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html."""
    backend = reader(call)
    parent_id = backend.validate_parent_id(call.parameters["ParentId"])
    units = [unit.describe()["OrganizationalUnit"] for unit in backend.ou if unit.parent_id == parent_id]
    return _page(call, "OrganizationalUnits", units, lambda unit: (unit["Id"],))


@operation("organizations:ListChildren")
def list_children(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListChildren.html."""
    children = reader(call).list_children(**call.parameters)["Children"]
    return _page(call, "Children", children, lambda child: (child["Id"],))


@operation("organizations:ListRoots")
def list_roots(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html."""
    return _page(call, "Roots", reader(call).list_roots()["Roots"], lambda root: (root["Id"],))


@operation("organizations:ListParents")
def list_parents(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html."""
    backend, child_id = reader(call), call.parameters["ChildId"]
    entities: list[Any] = [*backend.accounts, *backend.ou]
    if not any(each.id == child_id and each.type != "ROOT" for each in entities):
        raise AwsError("ChildNotFoundException", "You specified a child that doesn't exist.")
    parents = backend.list_parents(ChildId=child_id)["Parents"]
    return _page(call, "Parents", parents, lambda parent: (parent["Id"],))


@operation("organizations:ListPoliciesForTarget")
def list_policies_for_target(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html."""
    attached = attached_policies(reader(call), call.parameters["TargetId"], call.parameters["Filter"])
    policies = [policy.describe()["Policy"]["PolicySummary"] for policy in attached]
    return _page(call, "Policies", policies, lambda policy: (policy["Id"],))


@operation("organizations:ListTargetsForPolicy")
def list_targets_for_policy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html."""
    backend, policy_id = reader(call), call.parameters["PolicyId"]
    if not any(policy.id == policy_id for policy in backend.policies):
        raise AwsError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    targets = backend.list_targets_for_policy(PolicyId=policy_id)["Targets"]
    return _page(call, "Targets", targets, lambda target: (target["TargetId"],))


@operation("organizations:ListDelegatedAdministrators")
def list_delegated_administrators(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html."""
    backend = reader(call)
    service = {key: value for key, value in call.parameters.items() if key == "ServicePrincipal"}
    administrators = backend.list_delegated_administrators(**service)["DelegatedAdministrators"]
    return _page(call, "DelegatedAdministrators", administrators, _joined)


def _joined(account: dict[str, Any]) -> Key:
    return (f"{account['JoinedTimestamp']:020.6f}", account["Id"])


def _page(call: Call, member: str, items: list[dict[str, Any]], key: Callable[[dict[str, Any]], Key]) -> dict[str, Any]:
    size = call.parameters.get("MaxResults", _PAGE)
    try:
        chosen, token = page(items, key, size, call.parameters.get("NextToken"))
    except InvalidTokenError:
        error = AwsError("InvalidInputException", "You specified an invalid value.")
        error.Reason = "INVALID_NEXT_TOKEN"  # type: ignore[attr-defined]  # a member of the error's shape
        raise error from None
    return {member: list(chosen)} | ({"NextToken": token} if token else {})
