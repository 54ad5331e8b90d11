"""The features of central root access: who may list, enable and disable them, in which state of an organization."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

IAM = "iam.amazonaws.com"
LIST = "list_organizations_features"
ENABLE = ("enable_organizations_root_credentials_management", "enable_organizations_root_sessions")
DISABLE = ("disable_organizations_root_credentials_management", "disable_organizations_root_sessions")


@pytest.fixture(scope="module")
def accounts(world: Any) -> Mapping[str, str]:
    """One account in each state."""
    billing, untrusting, trusting = (
        world.organization("CONSOLIDATED_BILLING"),
        world.organization(),
        world.organization(),
    )
    delegate = world.member(trusting)
    organizations = world.client("organizations", trusting)
    organizations.enable_aws_service_access(ServicePrincipal=IAM)
    organizations.register_delegated_administrator(AccountId=delegate, ServicePrincipal=IAM)
    return {
        "in no organization": world.standalone_account(),
        "management, consolidated billing": billing,
        "member, consolidated billing": world.member(billing),
        "management, no trusted access": untrusting,
        "member": world.member(trusting),
        "delegated administrator": delegate,
        "management": trusting,
    }


@pytest.mark.parametrize("operation", [LIST, *ENABLE, *DISABLE])
@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("in no organization", "OrganizationNotFoundException"),
        ("management, consolidated billing", "OrganizationNotInAllFeaturesModeException"),
        ("member, consolidated billing", "OrganizationNotInAllFeaturesModeException"),
        ("management, no trusted access", "ServiceAccessNotEnabledException"),
        ("member", "AccountNotManagementOrDelegatedAdministratorException"),
    ],
)
def test_who_may_not(
    world: Any, accounts: Mapping[str, str], refusal: Refused, *, account: str, code: str, operation: str
) -> None:
    assert refusal(getattr(world.client("iam", accounts[account]), operation))[::2] == (code, 400)


@pytest.mark.parametrize("operation", ENABLE)
def test_a_delegated_administrator_does_not_enable(
    world: Any, accounts: Mapping[str, str], refusal: Refused, operation: str
) -> None:
    iam = world.client("iam", accounts["delegated administrator"])
    assert refusal(getattr(iam, operation))[::2] == ("CallerIsNotManagementAccountException", 400)


@pytest.mark.parametrize("account", ["management", "delegated administrator"])
def test_who_may(world: Any, accounts: Mapping[str, str], account: str) -> None:
    management, iam = world.client("iam", accounts["management"]), world.client("iam", accounts[account])
    for enable in ENABLE:
        getattr(management, enable)()
        getattr(management, enable)()  # again changes nothing
    assert iam.list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
    for disable in DISABLE:
        getattr(iam, disable)()
        getattr(iam, disable)()
    answer = management.list_organizations_features()
    organization = world.client("organizations", accounts["management"]).describe_organization()["Organization"]
    assert (answer["OrganizationId"], answer["EnabledFeatures"]) == (organization["Id"], [])


def test_they_end_with_the_organization(world: Any) -> None:
    management = world.organization()
    organizations, iam = world.client("organizations", management), world.client("iam", management)
    organizations.enable_aws_service_access(ServicePrincipal=IAM)
    iam.enable_organizations_root_sessions()
    organizations.delete_organization()
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal=IAM)
    assert iam.list_organizations_features()["EnabledFeatures"] == []
