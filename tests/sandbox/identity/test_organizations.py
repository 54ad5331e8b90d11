"""Organizations as its management account, a delegated administrator and a plain member see it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from rootguard.sandbox.organization import on_account_created

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

CREATED: list[str] = []
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"


@on_account_created
def _remember(account_id: str) -> None:
    CREATED.append(account_id)


class Organization(NamedTuple):
    """A new organization: its management account, that account's client, and a member."""

    management: str
    client: Any
    member: str


@pytest.fixture
def organization(world: Any) -> Organization:
    management = world.organization()
    return Organization(management, world.client("organizations", management), world.member(management))


def _delegate(organization: Organization, account_id: str, service: str = "config.amazonaws.com") -> None:
    organization.client.enable_aws_service_access(ServicePrincipal=service)
    organization.client.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service)


@pytest.mark.parametrize(
    "service",
    [
        "account.amazonaws.com",
        "config.amazonaws.com",
        "config-multiaccountsetup.amazonaws.com",
        "iam.amazonaws.com",
        "securityhub.amazonaws.com",
        STACK_SETS,
    ],
)
def test_delegated_administrators(organization: Organization, service: str, refusal: Refused) -> None:
    _, organizations, member = organization

    def register() -> Any:
        return organizations.register_delegated_administrator(AccountId=member, ServicePrincipal=service)

    code, _, _ = refusal(register)
    assert code == "ConstraintViolationException"
    organizations.enable_aws_service_access(ServicePrincipal=service)
    register()
    administrators = organizations.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
    services = organizations.list_delegated_services_for_account(AccountId=member)["DelegatedServices"]
    assert [each["Id"] for each in administrators] == [member]
    assert [each["ServicePrincipal"] for each in services] == [service]
    assert refusal(register)[0] == "AccountAlreadyRegisteredException"
    disable = organizations.disable_aws_service_access
    assert refusal(lambda: disable(ServicePrincipal=service))[0] == "ConstraintViolationException"
    organizations.deregister_delegated_administrator(AccountId=member, ServicePrincipal=service)
    disable(ServicePrincipal=service)
    assert organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []


def test_the_management_account_cannot_be_delegated(organization: Organization, refusal: Refused) -> None:
    management, organizations, _ = organization
    with_service = {"ServicePrincipal": "config.amazonaws.com", "AccountId": management}
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    code, _, _ = refusal(lambda: organizations.register_delegated_administrator(**with_service))
    assert code == "ConstraintViolationException"


def _reads(client: Any, root_id: str, account_id: str, unit_id: str) -> dict[str, Callable[[], Any]]:
    return {
        "DescribeAccount": lambda: client.describe_account(AccountId=account_id)["Account"]["Id"],
        "DescribeOrganizationalUnit": lambda: client.describe_organizational_unit(OrganizationalUnitId=unit_id)[
            "OrganizationalUnit"
        ]["Id"],
        "DescribePolicy": lambda: client.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["Content"],
        "ListAccounts": lambda: [each["Id"] for each in client.list_accounts()["Accounts"]],
        "ListAccountsForParent": lambda: [
            each["Id"] for each in client.list_accounts_for_parent(ParentId=unit_id)["Accounts"]
        ],
        "ListChildren": lambda: client.list_children(ParentId=root_id, ChildType="ORGANIZATIONAL_UNIT")["Children"],
        "ListOrganizationalUnitsForParent": lambda: client.list_organizational_units_for_parent(ParentId=root_id)[
            "OrganizationalUnits"
        ],
        "ListParents": lambda: client.list_parents(ChildId=account_id)["Parents"],
        "ListPoliciesForTarget": lambda: client.list_policies_for_target(
            TargetId=account_id, Filter="SERVICE_CONTROL_POLICY"
        )["Policies"],
        "ListRoots": lambda: client.list_roots()["Roots"],
        "ListTargetsForPolicy": lambda: client.list_targets_for_policy(PolicyId="p-FullAWSAccess")["Targets"],
        "ListDelegatedAdministrators": lambda: [
            each["Id"] for each in client.list_delegated_administrators()["DelegatedAdministrators"]
        ],
    }


def test_delegated_administrators_read_what_the_management_account_reads_and_members_do_not(
    world: Any, organization: Organization, refusal: Refused
) -> None:
    management, organizations, plain = organization
    delegated = world.member(management)
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    unit_id = organizations.create_organizational_unit(ParentId=root_id, Name="unit")["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=plain, SourceParentId=root_id, DestinationParentId=unit_id)
    _delegate(organization, delegated)
    names = (root_id, plain, unit_id)
    expected = {name: read() for name, read in _reads(organizations, *names).items()}
    as_delegate = _reads(world.client("organizations", delegated), *names)
    assert {name: read() for name, read in as_delegate.items()} == expected
    assert expected["ListAccountsForParent"] == [plain]
    assert all(expected.values())
    for read in _reads(world.client("organizations", plain), *names).values():
        assert refusal(read)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda client: client.create_account(Email="x@example.com", AccountName="x"), id="account"),
        pytest.param(lambda client: client.enable_aws_service_access(ServicePrincipal=STACK_SETS), id="service"),
        pytest.param(lambda client: client.close_account(AccountId="111122223333"), id="close"),
        pytest.param(lambda client: client.delete_organization(), id="organization"),
    ],
)
def test_only_the_management_account_changes_things(
    world: Any, organization: Organization, write: Callable[[Any], object], refusal: Refused
) -> None:
    _delegate(organization, organization.member)
    assert refusal(lambda: write(world.client("organizations", organization.member)))[0] == "AccessDeniedException"


def test_any_member_sees_the_organization_and_nobody_else_does(
    world: Any, organization: Organization, refusal: Refused
) -> None:
    expected = organization.client.describe_organization()["Organization"]
    seen = world.client("organizations", organization.member).describe_organization()["Organization"]
    assert seen == expected
    outside = world.client("organizations", world.standalone_account())
    for ask in (outside.describe_organization, outside.list_accounts, outside.list_roots):
        assert refusal(ask)[0] == "AWSOrganizationsNotInUseException"


class TestAccounts:
    def test_pages_of_20(self, world: Any, organization: Organization, refusal: Refused) -> None:
        management, organizations, member = organization
        accounts = {management, member, *(world.member(management) for _ in range(20))}
        first = organizations.list_accounts()
        second = organizations.list_accounts(NextToken=first["NextToken"])
        listed = [each["Id"] for page in (first, second) for each in page["Accounts"]]
        assert (len(first["Accounts"]), len(second["Accounts"])) == (20, 2)
        assert "NextToken" not in second
        assert set(listed) == accounts
        assert refusal(lambda: organizations.list_accounts(MaxResults=21))[0] == "ValidationException"
        assert refusal(lambda: organizations.list_accounts(NextToken="nonsense"))[0] == "InvalidInputException"

    def test_listeners_hear_of_new_accounts(self, world: Any, organization: Organization) -> None:
        before = len(CREATED)
        account_id = world.member(organization.management)
        assert CREATED[before:] == [account_id]

    def test_the_access_role_administers_the_account(self, world: Any, organization: Organization) -> None:
        role_arn = f"arn:aws:iam::{organization.member}:role/OrganizationAccountAccessRole"
        iam = world.client("iam", world.assume(organization.management, role_arn))
        iam.create_user(UserName="alice")
        attached = iam.list_attached_role_policies(RoleName="OrganizationAccountAccessRole")
        assert [each["PolicyName"] for each in attached["AttachedPolicies"]] == ["AdministratorAccess"]

    def test_an_email_is_used_once(self, organization: Organization) -> None:
        before, organizations = len(CREATED), organization.client
        email = organizations.describe_account(AccountId=organization.member)["Account"]["Email"]
        status = organizations.create_account(Email=email, AccountName="again")["CreateAccountStatus"]
        described = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])
        assert described["CreateAccountStatus"]["FailureReason"] == "EMAIL_ALREADY_EXISTS"
        assert status["State"] == "FAILED"
        assert CREATED[before:] == []

    def test_the_management_account_was_invited(self, organization: Organization) -> None:
        joined = {each["Id"]: each["JoinedMethod"] for each in organization.client.list_accounts()["Accounts"]}
        assert joined == {organization.management: "INVITED", organization.member: "CREATED"}


def test_a_policy_is_attached_only_while_its_type_is_enabled(organization: Organization, refusal: Refused) -> None:
    _, organizations, member = organization
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    policy = organizations.create_policy(
        Name="deny", Description="", Type="SERVICE_CONTROL_POLICY", Content='{"Version":"2012-10-17","Statement":[]}'
    )["Policy"]["PolicySummary"]["Id"]
    refused = refusal(lambda: organizations.attach_policy(PolicyId=policy, TargetId=member))
    assert refused[0] == "PolicyTypeNotEnabledException"
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=policy, TargetId=member)
    assert [each["TargetId"] for each in organizations.list_targets_for_policy(PolicyId=policy)["Targets"]] == [member]
