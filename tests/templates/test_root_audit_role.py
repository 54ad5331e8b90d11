"""root-audit-role.yaml: a member's rule sees the MFA devices of its own root by it, and nothing and nobody else's."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hardware_mfa_for_root import RULE

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.evaluation import evaluate
from rootguard.permissions import TRUST_POLICY, execution_policy
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.dispatch import recording
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox

TEMPLATE = "root-audit-role.yaml"
TODAY = date(2027, 1, 1)
RULES_ROLE = f"rootguard-{RULE.name}"
TASKS = "arn:aws:iam::aws:policy/root-task/"
AUDIT = f"{TASKS}IAMAuditRootUserCredentials"

type SessionOf = Callable[..., boto3.Session]


@pytest.fixture(scope="module")
def auditor(organization: Mapping[str, str], management: Any) -> str:
    """The role, in the management account of an organization with central root access; its ARN."""
    management.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam = management.client("iam")
    iam.enable_organizations_root_credentials_management()
    iam.enable_organizations_root_sessions()
    return str(management.deploy(TEMPLATE, OrganizationId=organization["id"])["RoleArn"])


@pytest.fixture(scope="module")
def function_of(sandbox: Sandbox) -> SessionOf:
    """A session of a function's role, as Lambda gives it to the function."""

    def session(home: Any, reader: str, role_name: str = RULES_ROLE) -> boto3.Session:
        iam = home.client("iam")
        role = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))["Role"]
        policy = json.dumps(execution_policy(RULE, home.id, reader_role_arn=reader))
        iam.put_role_policy(RoleName=role_name, PolicyName="evidence", PolicyDocument=policy)
        return sandbox.session_for(start_service_session(role["Arn"], "lambda.amazonaws.com", role_name).keys)

    return session


@pytest.fixture(scope="module")
def member(
    new_member: Callable[[], Any], function_of: SessionOf, auditor: str, sandbox: Sandbox
) -> Iterator[tuple[Account, boto3.Session]]:
    """A member account as its function sees it; the kit's own session finds the sandbox by the environment."""
    home = new_member()
    session = function_of(home, auditor)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        yield Account(home.id, "aws", "us-east-1", SessionConnection(session)), session


def assume(session: boto3.Session, role_arn: str, name: str) -> Keys:
    answer = session.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name, DurationSeconds=900)
    given = answer["Credentials"]
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def look(sandbox: Sandbox, keys: Keys, account_id: str, task: str = AUDIT) -> Any:
    sts: Any = sandbox.session_for(keys).client("sts")
    return sts.assume_root(TargetPrincipal=account_id, TaskPolicyArn={"arn": task}, DurationSeconds=900)


def test_a_members_rule_sees_its_roots_devices(member: tuple[Account, boto3.Session], auditor: str) -> None:
    account, _ = member
    root_user(account.id).add_passkey()
    root_user(account.id).add_hardware_totp()
    with recording() as requests:
        verdict = evaluate(RULE, account, {"RootAuditRoleArn": auditor, "MinimumDevices": "2"}, TODAY)
    shown = "hardware TOTP token: 1, passkey or security key: 1"
    assert verdict.reason == f"root has no virtual device; its own list shows {shown}"
    by_role = [each.action for each in requests if each.account_id != account.id]
    assert by_role == ["sts:AssumeRoot"]


def test_another_accounts_root_is_out_of_reach(
    member: tuple[Account, boto3.Session], new_member: Callable[[], Any], sandbox: Sandbox, auditor: str
) -> None:
    (account, session), other = member, new_member()
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(session, auditor, other.id)
    keys = assume(session, auditor, account.id)
    assert look(sandbox, keys, account.id)["Credentials"]
    with pytest.raises(ClientError, match="no identity-based policy allows the sts:AssumeRoot action"):
        look(sandbox, keys, other.id)


@pytest.mark.parametrize(
    "task",
    ["IAMCreateRootUserPassword", "IAMDeleteRootUserCredentials", "S3UnlockBucketPolicy", "SQSUnlockQueuePolicy"],
)
def test_every_other_task_is_refused(
    member: tuple[Account, boto3.Session], sandbox: Sandbox, auditor: str, task: str
) -> None:
    account, session = member
    keys = assume(session, auditor, account.id)
    with pytest.raises(ClientError, match="no identity-based policy allows the sts:AssumeRoot action"):
        look(sandbox, keys, account.id, f"{TASKS}{task}")


def test_it_may_do_nothing_else(member: tuple[Account, boto3.Session], sandbox: Sandbox, auditor: str) -> None:
    account, session = member
    other: Any = sandbox.session_for(assume(session, auditor, account.id))
    for call in (
        other.client("iam").get_account_summary,
        other.client("iam").list_organizations_features,
        other.client("organizations").list_accounts,
    ):
        with pytest.raises(ClientError, match="is not authorized"):
            call()


@pytest.mark.parametrize(
    "role_name",
    [
        pytest.param("rootguard-root-mfa-enabled", id="another rule"),
        pytest.param(f"{RULES_ROLE}-too", id="a longer name"),
        pytest.param(f"other-{RULE.name}", id="another prefix"),
    ],
)
def test_other_roles_are_refused(
    new_member: Callable[[], Any], function_of: SessionOf, auditor: str, role_name: str
) -> None:
    home = new_member()
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(function_of(home, auditor, role_name), auditor, home.id)


def test_another_organization_is_refused(new_account: Callable[[], Any], function_of: SessionOf, auditor: str) -> None:
    stranger = new_account()
    stranger.client("organizations").create_organization(FeatureSet="ALL")
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(function_of(stranger, auditor), auditor, stranger.id)


@pytest.fixture
def another(organization: Mapping[str, str], management: Any) -> Iterator[Callable[..., str]]:
    """A second such role, which is deleted after the test; its ARN."""

    def deploy(**parameters: str) -> str:
        given = {"OrganizationId": organization["id"], "RoleName": "another"} | parameters
        return str(management.deploy(TEMPLATE, stack="another", **given)["RoleArn"])

    yield deploy
    management.remove(stack="another")


@pytest.mark.usefixtures("auditor")
def test_the_prefix_is_the_stack_sets(
    another: Callable[..., str], new_member: Callable[[], Any], function_of: SessionOf
) -> None:
    home, role = new_member(), another(FunctionPrefix="x-")
    assert assume(function_of(home, role, f"x-{RULE.name}"), role, home.id).session_token


@pytest.mark.usefixtures("auditor")
def test_the_hold_to_the_own_account_can_be_loosened(
    another: Callable[..., str], new_member: Callable[[], Any], function_of: SessionOf, sandbox: Sandbox
) -> None:
    home, other, role = new_member(), new_member(), another(OwnAccountOnly="no")
    assert look(sandbox, assume(function_of(home, role), role, home.id), other.id)["Credentials"]


@pytest.mark.usefixtures("auditor")
def test_it_does_as_well_in_the_delegated_administrator(
    organization: Mapping[str, str],
    management: Any,
    new_member: Callable[[], Any],
    function_of: SessionOf,
    sandbox: Sandbox,
) -> None:
    delegate, home = new_member(), new_member()
    management.client("organizations").register_delegated_administrator(
        AccountId=delegate.id, ServicePrincipal="iam.amazonaws.com"
    )
    role = str(delegate.deploy(TEMPLATE, OrganizationId=organization["id"])["RoleArn"])
    for each in (home, delegate):  # the delegate is a member, too
        assert look(sandbox, assume(function_of(each, role), role, each.id), each.id)["Credentials"]


def test_a_permissions_boundary_is_put_on_the_role(another: Callable[..., str], management: Any) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    another(PermissionsBoundaryArn=boundary)
    role = management.client("iam").get_role(RoleName="another")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        pytest.param({"OrganizationId": "123"}, "organization's id", id="no organization"),
        pytest.param({"PermissionsBoundaryArn": "boundary"}, "ARN of a managed policy", id="no ARN"),
    ],
)
def test_wrong_parameters_are_refused_at_once(
    organization: Mapping[str, str], management: Any, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        management.deploy(TEMPLATE, stack="wrong", **{"OrganizationId": organization["id"]} | parameters)
    assert management.status(stack="wrong") is None
