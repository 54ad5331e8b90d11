"""Organizations as its management account, a delegated administrator and a plain member see it."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rootguard.sandbox.organization import on_account_created
from rootguard.sandbox.server import Sandbox

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

CREATED: list[str] = []
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"


@on_account_created
def _remember(account_id: str) -> None:
    CREATED.append(account_id)


@pytest.fixture
def organizations(management: boto3.Session) -> Any:
    return management.client("organizations")


def _delegate(organizations: Any, account_id: str, service: str = "config.amazonaws.com") -> None:
    organizations.enable_aws_service_access(ServicePrincipal=service)
    organizations.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service)


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
def test_delegated_administrators(organizations: Any, member: str, service: str, refusal: Refused) -> None:
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


def test_the_management_account_cannot_be_delegated(sandbox: Sandbox, organizations: Any, refusal: Refused) -> None:
    with_service = {"ServicePrincipal": "config.amazonaws.com", "AccountId": sandbox.management_account_id}
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
    sandbox: Sandbox, organizations: Any, new_account: Callable[[str], str], refusal: Refused
) -> None:
    delegated, plain = new_account("delegated"), new_account("plain")
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    unit_id = organizations.create_organizational_unit(ParentId=root_id, Name="unit")["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=plain, SourceParentId=root_id, DestinationParentId=unit_id)
    _delegate(organizations, delegated)
    names = (root_id, plain, unit_id)
    expected = {name: read() for name, read in _reads(organizations, *names).items()}
    as_delegate = _reads(sandbox.session(delegated).client("organizations"), *names)
    assert {name: read() for name, read in as_delegate.items()} == expected
    assert expected["ListAccountsForParent"] == [plain]
    assert all(expected.values())
    for read in _reads(sandbox.session(plain).client("organizations"), *names).values():
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
    sandbox: Sandbox, organizations: Any, member: str, write: Callable[[Any], object], refusal: Refused
) -> None:
    _delegate(organizations, member)
    assert refusal(lambda: write(sandbox.session(member).client("organizations")))[0] == "AccessDeniedException"


def test_any_member_sees_the_organization_and_nobody_else_does(
    sandbox: Sandbox, organizations: Any, member: str, refusal: Refused
) -> None:
    expected = organizations.describe_organization()["Organization"]
    seen = sandbox.session(member).client("organizations").describe_organization()["Organization"]
    assert seen == expected
    outside = sandbox.session("999988887777").client("organizations")
    for ask in (outside.describe_organization, outside.list_accounts, outside.list_roots):
        assert refusal(ask)[0] == "AWSOrganizationsNotInUseException"


class TestAccounts:
    def test_pages_of_20(self, organizations: Any, new_account: Callable[[str], str], refusal: Refused) -> None:
        accounts = {new_account(f"a{number}") for number in range(22)}
        first = organizations.list_accounts()
        second = organizations.list_accounts(NextToken=first["NextToken"])
        listed = [each["Id"] for page in (first, second) for each in page["Accounts"]]
        assert (len(first["Accounts"]), len(second["Accounts"])) == (20, 3)
        assert "NextToken" not in second
        assert set(listed) > accounts
        assert len(set(listed)) == 23
        assert refusal(lambda: organizations.list_accounts(MaxResults=21))[0] == "ValidationException"
        assert refusal(lambda: organizations.list_accounts(NextToken="nonsense"))[0] == "InvalidInputException"

    def test_listeners_hear_of_new_accounts(self, new_account: Callable[[str], str]) -> None:
        before = len(CREATED)
        account_id = new_account("heard")
        assert CREATED[before:] == [account_id]

    def test_the_access_role_administers_the_account(
        self, management: boto3.Session, member: str, assume: Callable[..., boto3.Session]
    ) -> None:
        session = assume(management, f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole")
        session.client("iam").create_user(UserName="alice")
        attached = session.client("iam").list_attached_role_policies(RoleName="OrganizationAccountAccessRole")
        assert [each["PolicyName"] for each in attached["AttachedPolicies"]] == ["AdministratorAccess"]

    def test_an_email_is_used_once(self, organizations: Any, member: str) -> None:
        before = len(CREATED)
        assert member
        status = organizations.create_account(Email="member@example.com", AccountName="again")["CreateAccountStatus"]
        described = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])
        assert described["CreateAccountStatus"]["FailureReason"] == "EMAIL_ALREADY_EXISTS"
        assert status["State"] == "FAILED"
        assert CREATED[before:] == []

    def test_the_management_account_was_invited(self, sandbox: Sandbox, organizations: Any, member: str) -> None:
        joined = {each["Id"]: each["JoinedMethod"] for each in organizations.list_accounts()["Accounts"]}
        assert joined == {sandbox.management_account_id: "INVITED", member: "CREATED"}


def test_a_policy_is_attached_only_while_its_type_is_enabled(organizations: Any, member: str, refusal: Refused) -> None:
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    policy = organizations.create_policy(
        Name="deny", Description="", Type="SERVICE_CONTROL_POLICY", Content='{"Version":"2012-10-17","Statement":[]}'
    )["Policy"]["PolicySummary"]["Id"]
    refused = refusal(lambda: organizations.attach_policy(PolicyId=policy, TargetId=member))
    assert refused[0] == "PolicyTypeNotEnabledException"
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=policy, TargetId=member)
    assert [each["TargetId"] for each in organizations.list_targets_for_policy(PolicyId=policy)["Targets"]] == [member]
