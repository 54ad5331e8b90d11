"""Central root access in IAM: list, enable and disable its two features."""

from collections.abc import Callable
from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.root_access import Feature, administered_organization, root_access

_FEATURES = {
    "RootCredentialsManagement": Feature.ROOT_CREDENTIALS_MANAGEMENT,
    "RootSessions": Feature.ROOT_SESSIONS,
}


@operation("iam:ListOrganizationsFeatures")
def list_organizations_features(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html.

    Raises:
        AwsError: As `administered_organization`.
    """
    return _answer(call)


def _enabling(feature: Feature) -> Callable[[Call], dict[str, Any]]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html and its twin."""

    def enable(call: Call) -> dict[str, Any]:
        organization = administered_organization(call)
        if organization.master_account_id != call.account_id:
            message = "The account making the request is not the management account for the organization."
            raise AwsError("CallerIsNotManagementAccountException", message)
        root_access(organization).enabled.add(feature)
        return _answer(call)

    return enable


def _disabling(feature: Feature) -> Callable[[Call], dict[str, Any]]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html and its twin."""

    def disable(call: Call) -> dict[str, Any]:
        root_access(administered_organization(call)).enabled.discard(feature)
        return _answer(call)

    return disable


def _answer(call: Call) -> dict[str, Any]:
    organization = administered_organization(call)
    return {"OrganizationId": organization.id, "EnabledFeatures": root_access(organization).shown()}


for _name, _feature in _FEATURES.items():
    operation(f"iam:EnableOrganizations{_name}")(_enabling(_feature))
    operation(f"iam:DisableOrganizations{_name}")(_disabling(_feature))
