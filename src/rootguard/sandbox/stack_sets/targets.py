"""Which accounts a request with service-managed permissions means: DeploymentTargets of botocore's model.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/account-level-targets.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.organizations.models import OrganizationsBackend

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.organization import organization_backend

_MAXIMUM_UNITS = 50
_UNITS_ONLY = "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"
_TAKE_ACCOUNTS = ("INTERSECTION", "DIFFERENCE", "UNION")


@dataclass(frozen=True, slots=True)
class Targets:
    """The DeploymentTargets of a request, checked.

    Attributes:
        units: The root and organizational units.
        accounts: What the filter compares with the accounts of the units.
    """

    units: tuple[str, ...]
    accounts: frozenset[str]
    filter: str

    def narrows(self) -> bool:
        """Whether accounts of the units are left out."""
        return self.filter in ("INTERSECTION", "DIFFERENCE")

    def admits(self, account_id: str, *, is_in_units: bool) -> bool:
        """Whether an account is meant."""
        match self.filter:
            case "INTERSECTION":
                return is_in_units and account_id in self.accounts
            case "DIFFERENCE":
                return is_in_units and account_id not in self.accounts
            case "UNION":
                return is_in_units or account_id in self.accounts
            case _:
                return is_in_units


def targets_of(parameters: Mapping[str, Any], *, creates: bool) -> Targets:
    """The targets of a request.

    Args:
        parameters: The request.
        creates: Whether it creates instances, for which there are stricter rules.

    Raises:
        AwsError: ValidationError.
    """
    given = parameters.get("DeploymentTargets")
    if parameters.get("Accounts") or not given:
        raise AwsError("ValidationError", _UNITS_ONLY)
    if given.get("AccountsUrl"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no DeploymentTargets.AccountsUrl: give Accounts instead.")
    units, accounts = tuple(given.get("OrganizationalUnitIds") or ()), frozenset(given.get("Accounts") or ())
    if not units:
        # Also of a delete operation, whatever the filter: https://github.com/aws/aws-cli/issues/8248
        raise AwsError("ValidationError", "OrganizationalUnitIds are required" if creates else _UNITS_ONLY)
    if len(units) > _MAXIMUM_UNITS:
        raise AwsError("ValidationError", f"The maximum number of OrganizationalUnitIds is {_MAXIMUM_UNITS}")
    return Targets(units, accounts, _filter(given.get("AccountFilterType"), accounts, creates=creates))


def _filter(given: str | None, accounts: frozenset[str], *, creates: bool) -> str:
    """The filter type; without one, UNION, which for a create operation with accounts has to be said and is refused."""
    if given is None:
        if creates and accounts:
            message = "AccountFilterType must be specified when OrganizationalUnitIds and Accounts are both specified"
            raise AwsError("ValidationError", message)
        return "UNION" if accounts else "NONE"
    if given == "UNION" and creates:
        raise AwsError("ValidationError", "AccountFilterType UNION is not supported for CreateStackInstances")
    if (given in _TAKE_ACCOUNTS) != bool(accounts):
        needed = "requires" if given in _TAKE_ACCOUNTS else "does not take"
        raise AwsError("ValidationError", f"AccountFilterType {given} {needed} Accounts")
    return given


def chosen_accounts(targets: Targets, place: Place) -> dict[str, str]:
    """The accounts of the targets, with the unit by which each is meant; never the management account.

    Raises:
        AwsError: ValidationError for a unit that does not exist.
    """
    return {
        account_id: unit_id
        for unit_id in reversed(targets.units)
        for account_id in accounts_under(unit_id, place)
        if targets.admits(account_id, is_in_units=True)
    }


def accounts_under(unit_id: str, place: Place) -> list[str]:
    """The member accounts in the root or organizational unit and in those beneath it.

    Raises:
        AwsError: ValidationError if it does not exist.
    """
    backend = _backend(place)
    if all(unit.id != unit_id for unit in backend.ou):
        raise AwsError("ValidationError", f"Organizational unit {unit_id} does not exist in the organization")
    management_id = place.account_id
    return [
        account.id
        for account in backend.accounts
        if account.id != management_id and unit_id in ancestors(str(account.parent_id), backend)
    ]


def ancestors(unit_id: str, backend: OrganizationsBackend) -> list[str]:
    """A unit and everything above it, up to the root."""
    parents = {unit.id: unit.parent_id for unit in backend.ou}
    path, current = list[str](), unit_id
    while current:
        path.append(current)
        current = parents.get(current) or ""
    return path


def _backend(place: Place) -> OrganizationsBackend:
    backend = organization_backend(place.account_id, place.partition)
    if backend is None:
        raise AwsError("ValidationError", "The account is not a member of an organization")
    return backend
