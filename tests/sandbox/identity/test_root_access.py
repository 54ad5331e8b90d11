"""Central root access: its features, and root sessions for a task."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.root_user import root_user

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

IAM = "iam.amazonaws.com"
AUDIT, CREATE, DELETE = (
    f"root-task/IAM{name}"
    for name in ("AuditRootUserCredentials", "CreateRootUserPassword", "DeleteRootUserCredentials")
)


class TestFeatures:
    def test_they_are_enabled_and_disabled(self, world: Any) -> None:
        management = world.organization()
        organizations, iam = world.client("organizations", management), world.client("iam", management)
        organizations.enable_aws_service_access(ServicePrincipal=IAM)
        assert iam.list_organizations_features()["EnabledFeatures"] == []
        assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
        both = iam.enable_organizations_root_credentials_management()
        assert both["OrganizationId"] == organizations.describe_organization()["Organization"]["Id"]
        assert both["EnabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]
        assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == ["RootCredentialsManagement"]
        assert iam.disable_organizations_root_credentials_management()["EnabledFeatures"] == []

    def test_a_delegate_lists_and_disables_but_does_not_enable(self, world: Any, refusal: Refused) -> None:
        management = world.organization()
        organizations, member = world.client("organizations", management), world.member(management)
        organizations.enable_aws_service_access(ServicePrincipal=IAM)
        iam = world.client("iam", member)
        code = "AccountNotManagementOrDelegatedAdministratorException"
        assert refusal(iam.list_organizations_features)[0] == code
        organizations.register_delegated_administrator(AccountId=member, ServicePrincipal=IAM)
        world.client("iam", management).enable_organizations_root_sessions()
        assert iam.list_organizations_features()["EnabledFeatures"] == ["RootSessions"]
        assert refusal(iam.enable_organizations_root_sessions)[0] == "CallerIsNotManagementAccountException"
        assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == []

    def test_what_they_need(self, world: Any, refusal: Refused) -> None:
        def code(account_id: str) -> str:
            return refusal(world.client("iam", account_id).list_organizations_features)[0]

        assert code(world.standalone_account()) == "OrganizationNotFoundException"
        assert code(world.organization("CONSOLIDATED_BILLING")) == "OrganizationNotInAllFeaturesModeException"
        assert code(world.organization()) == "ServiceAccessNotEnabledException"


class Organization(NamedTuple):
    """An organization with central management of root credentials."""

    management: str
    member: str


@pytest.fixture(scope="module")
def managed(world: Any) -> Organization:
    management = world.organization()
    world.client("organizations", management).enable_aws_service_access(ServicePrincipal=IAM)
    world.client("iam", management).enable_organizations_root_credentials_management()
    return Organization(management, world.member(management))


def test_an_audit_sees_the_members_root_and_changes_nothing(
    world: Any, managed: Organization, refusal: Refused
) -> None:
    member = world.member(managed.management)
    user = root_user(member)
    user.add_hardware_totp("GALT12345")
    key = user.add_access_key(active=False)
    keys = world.assume_root(managed.management, member, AUDIT)
    iam = world.client("iam", keys)
    assert world.identity(keys) == f"arn:aws:iam::{member}:root"
    assert [each["SerialNumber"] for each in iam.list_mfa_devices()["MFADevices"]] == ["GALT12345"]
    assert [each["Status"] for each in iam.list_access_keys()["AccessKeyMetadata"]] == ["Inactive"]
    assert iam.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    assert iam.list_signing_certificates()["Certificates"] == []
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{member}:root"
    assert refusal(iam.get_login_profile)[::2] == ("NoSuchEntity", 404)
    world.client("iam", member).create_user(UserName="alice")
    for refused in (
        iam.list_users,
        iam.create_login_profile,
        lambda: iam.delete_access_key(AccessKeyId=key.id),
        lambda: iam.list_access_keys(UserName="alice"),
    ):
        code, message, _ = refusal(refused)
        assert code == "AccessDenied"
        assert message.endswith(f"with an explicit deny in a session policy: arn:aws:iam::aws:policy/{AUDIT}")


def test_passwords_are_allowed_and_credentials_deleted(world: Any, managed: Organization, refusal: Refused) -> None:
    member = world.member(managed.management)
    user = root_user(member)
    key = user.add_access_key()
    create = world.client("iam", world.assume_root(managed.management, member, CREATE))
    create.create_login_profile()
    assert user.password is not None
    assert refusal(create.create_login_profile)[0] == "EntityAlreadyExists"
    delete = world.client("iam", world.assume_root(managed.management, member, DELETE))
    delete.delete_access_key(AccessKeyId=key.id)
    delete.delete_login_profile()
    assert (root_user(member).password, user.access_keys) == (None, [])


def test_a_delegated_administrator_may_start_them_too(world: Any, managed: Organization) -> None:
    delegated = world.member(managed.management)
    world.client("organizations", managed.management).register_delegated_administrator(
        AccountId=delegated, ServicePrincipal=IAM
    )
    answer = world.client("sts", delegated).assume_root(
        TargetPrincipal=f"arn:aws:iam::{managed.member}:root",
        TaskPolicyArn={"arn": f"arn:aws:iam::aws:policy/{AUDIT}"},
        DurationSeconds=60,
    )
    assert answer["Credentials"]["Expiration"] - datetime.now(UTC) <= timedelta(seconds=60)


def _closed(world: Any, managed: Organization) -> tuple[str | Keys, str, str]:
    member = world.member(managed.management)
    world.client("organizations", managed.management).close_account(AccountId=member)
    return managed.management, member, AUDIT


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            lambda world, managed: (world.member(managed.management), managed.member, AUDIT), id="plain-member"
        ),
        pytest.param(lambda _, managed: (managed.management, managed.management, AUDIT), id="management-account"),
        pytest.param(lambda world, managed: (managed.management, world.standalone_account(), AUDIT), id="outside"),
        pytest.param(_closed, id="closed-account"),
        pytest.param(
            lambda _, managed: (managed.management, managed.member, "root-task/S3UnlockBucketPolicy"), id="feature"
        ),
        pytest.param(
            lambda _, managed: (root_user(managed.management).add_access_key().keys, managed.member, AUDIT), id="root"
        ),
    ],
)
def test_refused(
    world: Any, managed: Organization, case: Callable[[Any, Organization], tuple[str, str, str]], refusal: Refused
) -> None:
    caller, target, task = case(world, managed)
    code, message, status = refusal(lambda: world.assume_root(caller, target, task))
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(f"is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{target}:root")


@pytest.mark.parametrize(
    ("target", "task"),
    [
        pytest.param("not-an-account", AUDIT, id="target"),
        pytest.param("111122223333", "AdministratorAccess", id="task"),
    ],
)
def test_invalid(world: Any, managed: Organization, target: str, task: str, refusal: Refused) -> None:
    assert refusal(lambda: world.assume_root(managed.management, target, task))[0] == "ValidationError"


def test_a_session_has_a_quarter_of_an_hour_at_most(world: Any, managed: Organization, refusal: Refused) -> None:
    code, *_ = refusal(lambda: world.assume_root(managed.management, managed.member, AUDIT, DurationSeconds=901))
    assert code == "ValidationError"


def test_a_task_is_of_the_callers_partition(world: Any, managed: Organization, refusal: Refused) -> None:
    ask = world.client("sts", managed.management).assume_root
    arn = f"arn:aws-cn:iam::aws:policy/{AUDIT}"
    code, message, _ = refusal(lambda: ask(TargetPrincipal=managed.member, TaskPolicyArn={"arn": arn}))
    assert (code, message) == ("ValidationError", f"{arn} is not a supported task policy.")


def test_permissions_may_hold_a_caller_to_one_account(world: Any, managed: Organization, refusal: Refused) -> None:
    """By the session's name, with which aws:userid ends: variables are documented for an ARN's resource part only.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
    """
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoot",
        "Resource": "arn:aws:iam::*:root",
        "Condition": {"StringLike": {"aws:userid": "*:${aws:ResourceAccount}"}},
    }
    role = world.role(managed.management, permissions=(statement,))
    other = world.member(managed.management)
    hub = world.assume(managed.management, role, RoleSessionName=managed.member)
    assert world.assume_root(hub, managed.member, AUDIT)
    assert refusal(lambda: world.assume_root(hub, other, AUDIT))[0] == "AccessDenied"


def test_permissions_may_name_the_task(world: Any, managed: Organization, refusal: Refused) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoot",
        "Resource": "arn:aws:iam::*:root",
        "Condition": {"StringEquals": {"sts:TaskPolicyArn": f"arn:aws:iam::aws:policy/{AUDIT}"}},
    }
    hub = world.assume(managed.management, world.role(managed.management, permissions=(statement,)))
    assert world.assume_root(hub, managed.member, AUDIT)
    message = refusal(lambda: world.assume_root(hub, managed.member, DELETE))[1]
    assert message.endswith("because no identity-based policy allows the sts:AssumeRoot action")
