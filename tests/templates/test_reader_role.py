"""reader-role.yaml: the rules of member accounts read by it what belongs to another account, and nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from root_alarm_present import RULE
from root_denied_by_scp import RULE as DENIED_BY_SCP

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.evaluation import evaluate
from rootguard.permissions import RESOURCES, TRUST_POLICY
from rootguard.sandbox.dispatch import recording
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.server import Sandbox

TEMPLATE = "reader-role.yaml"
TODAY = date(2027, 1, 1)
RULES_ROLE = "rootguard-root-alarm-present"
SCP_ROLE = "rootguard-root-denied-by-scp"
SCPS = "service-control-policies"
READ_ALARMS = {
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudwatch:DescribeAlarms",
    "logs:DescribeMetricFilters",
    "logs:TestMetricFilter",
    "sns:ListSubscriptionsByTopic",
}


@pytest.fixture(scope="module")
def reader(organization: Mapping[str, str], management: Any) -> str:
    """The role, in the account of an organization trail whose alarm reaches somebody; its ARN."""
    outputs = management.deploy(
        "root-activity-alarm.yaml",
        stack="alarm",
        Email="security@example.com",
        CreateTrail="yes",
        OrganizationTrail="yes",
        OrganizationId=organization["id"],
    )
    management.confirm(outputs["TopicArn"])
    return str(management.deploy(TEMPLATE, OrganizationId=organization["id"])["RoleArn"])


@pytest.fixture(scope="module")
def function_of(sandbox: Sandbox) -> Callable[..., boto3.Session]:
    """A session of a function's role, as Lambda gives it to the function."""

    def session(home: Any, role_name: str = RULES_ROLE) -> boto3.Session:
        iam = home.client("iam")
        role = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))["Role"]
        actions = DENIED_BY_SCP.actions if role_name == SCP_ROLE else RULE.actions
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role_name, PolicyName="evidence", PolicyDocument=policy)
        started = start_service_session(role["Arn"], "lambda.amazonaws.com", role_name)
        return sandbox.session_for(started.keys)

    return session


@pytest.fixture(scope="module")
def member(
    new_member: Callable[[], Any], function_of: Callable[..., boto3.Session], sandbox: Sandbox
) -> Iterator[Account]:
    """A member account as its function sees it; the kit's own session finds the sandbox by the environment."""
    home = new_member()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        yield Account(home.id, "aws", "us-east-1", SessionConnection(function_of(home)))


def judged(account: Account, reader: str) -> tuple[str, str]:
    found = evaluate(RULE, account, {"AlarmReaderRoleArn": reader}, TODAY)
    return str(found.compliance), found.reason


def granted(management: Any, reader: str, policy: str = "alarms") -> dict[str, Any]:
    """The statements of the role's permissions."""
    name = reader.rpartition("/")[2]
    document = management.client("iam").get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    return {
        action: statement["Resource"]
        for statement in document["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_a_members_rule_follows_the_organizations_trail(member: Account, reader: str) -> None:
    compliance, reason = judged(member, reader)
    assert compliance == "COMPLIANT", reason
    assert "trail rootguard" in reason


def test_it_grants_what_the_rule_does_and_no_more(member: Account, management: Any, reader: str) -> None:
    with recording() as requests:
        judged(member, reader)
    called = {request.action for request in requests if request.account_id == management.id}
    assert called == READ_ALARMS
    assert granted(management, reader).keys() == READ_ALARMS


def test_it_is_no_wider_than_the_rules_own_role(management: Any, reader: str) -> None:
    for action, resource in granted(management, reader).items():
        own = RESOURCES[action].replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", management.id)
        assert resource == own, action


@pytest.mark.parametrize("action", sorted(READ_ALARMS))
def test_every_action_is_needed(member: Account, management: Any, reader: str, action: str) -> None:
    iam, name = management.client("iam"), reader.rpartition("/")[2]
    statements = granted(management, reader)
    kept = [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in statements.items() if a != action]

    def put(document: Any) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": document})
        management.client("iam").put_role_policy(RoleName=name, PolicyName="alarms", PolicyDocument=policy)

    before = iam.get_role_policy(RoleName=name, PolicyName="alarms")["PolicyDocument"]["Statement"]
    put(kept)
    try:
        with pytest.raises(EvidenceUnavailable, match=action):
            judged(member, reader)
    finally:
        put(before)


def assume(session: boto3.Session, role_arn: str) -> Any:
    return session.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="rootguard", DurationSeconds=900)


@pytest.mark.parametrize(
    "role_name",
    [
        pytest.param("rootguard-root-mfa-enabled", id="another rule"),
        pytest.param("rootguard-root-alarm-present-too", id="a longer name"),
        pytest.param("other-root-alarm-present", id="another prefix"),
    ],
)
def test_other_roles_are_refused(
    new_member: Callable[[], Any], function_of: Callable[..., boto3.Session], reader: str, role_name: str
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(function_of(new_member(), role_name), reader)


def test_another_organization_is_refused(
    new_account: Callable[[], Any], function_of: Callable[..., boto3.Session], reader: str
) -> None:
    stranger = new_account()
    stranger.client("organizations").create_organization(FeatureSet="ALL")
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(function_of(stranger), reader)


def test_an_account_outside_of_any_organization_is_refused(
    new_account: Callable[[], Any], function_of: Callable[..., boto3.Session], reader: str
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(function_of(new_account()), reader)


@pytest.fixture
def another(organization: Mapping[str, str], management: Any) -> Iterator[Callable[..., str]]:
    """A second such role, which is deleted after the test; its ARN."""

    def deploy(**parameters: str) -> str:
        given = {"OrganizationId": organization["id"], "RoleName": "another"} | parameters
        return str(management.deploy(TEMPLATE, stack="another", **given)["RoleArn"])

    yield deploy
    management.remove(stack="another")


@pytest.mark.parametrize("role_name", ["x-root-alarm-present", "x-root-denied-by-scp"])
def test_the_prefix_is_the_stack_sets(
    another: Callable[..., str],
    new_member: Callable[[], Any],
    function_of: Callable[..., boto3.Session],
    role_name: str,
) -> None:
    role = another(FunctionPrefix="x-")
    assert assume(function_of(new_member(), role_name), role)["Credentials"]


@pytest.mark.parametrize(
    ("read", "refusals"),
    [pytest.param("yes", 0, id="asked for"), pytest.param("no", 5, id="not asked for")],
)
def test_service_control_policies_are_read_only_where_asked_for(
    organization: Mapping[str, str], another: Callable[..., str], member: Account, read: str, refusals: int
) -> None:
    owner = member.assume(another(ReadServiceControlPolicies=read))
    scps = {"Filter": "SERVICE_CONTROL_POLICY"}
    answers = [
        attempt(lambda: owner.call("organizations:ListRoots")),
        attempt(lambda: owner.call("organizations:ListParents", ChildId=member.id)),
        attempt(lambda: owner.call("organizations:ListPoliciesForTarget", TargetId=member.id, **scps)),
        attempt(lambda: owner.call("organizations:ListPoliciesForTarget", TargetId=organization["root"], **scps)),
        attempt(lambda: owner.call("organizations:DescribePolicy", PolicyId="p-FullAWSAccess")),
    ]
    refused = [answer.code for answer in answers if isinstance(answer, EvidenceUnavailable)]
    assert refused == ["AccessDeniedException"] * refusals


@pytest.fixture(scope="module")
def scp_reader(organization: Mapping[str, str], management: Any) -> str:
    """A role for service control policies alone; its ARN."""
    given = {"OrganizationId": organization["id"], "RoleName": "scp-reader"}
    made = management.deploy(TEMPLATE, stack="scps", ReadAlarms="no", ReadServiceControlPolicies="yes", **given)
    return str(made["RoleArn"])


@pytest.fixture(scope="module")
def bound(
    organization: Mapping[str, str],
    management: Any,
    new_member: Callable[[], Any],
    function_of: Callable[..., boto3.Session],
    member: Account,
) -> Account:
    """A member account in an OU, as the function of root-denied-by-scp sees it."""
    del member  # only its environment is wanted: by it the kit's own session finds the sandbox
    home, organizations = new_member(), management.client("organizations")
    made = organizations.create_organizational_unit(ParentId=organization["root"], Name="bound")
    unit = made["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=home.id, SourceParentId=organization["root"], DestinationParentId=unit)
    return Account(home.id, "aws", "us-east-1", SessionConnection(function_of(home, SCP_ROLE)))


def denied_by_scp(account: Account, reader: str) -> str:
    return str(evaluate(DENIED_BY_SCP, account, {"ReaderRoleArn": reader}, TODAY).compliance)


def test_a_members_rule_sees_its_service_control_policies(bound: Account, management: Any, scp_reader: str) -> None:
    with recording() as requests:
        assert denied_by_scp(bound, scp_reader) == "NON_COMPLIANT"
    called = {request.action for request in requests if request.account_id == management.id}
    assert called == set(DENIED_BY_SCP.assumed_actions)
    assert granted(management, scp_reader, SCPS).keys() == called


@pytest.mark.parametrize("action", DENIED_BY_SCP.assumed_actions)
def test_every_action_on_service_control_policies_is_needed(
    bound: Account, management: Any, scp_reader: str, action: str
) -> None:
    iam, name = management.client("iam"), scp_reader.rpartition("/")[2]
    statements = granted(management, scp_reader, SCPS)
    kept = [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in statements.items() if a != action]

    def put(document: Any) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": document})
        management.client("iam").put_role_policy(RoleName=name, PolicyName=SCPS, PolicyDocument=policy)

    before = iam.get_role_policy(RoleName=name, PolicyName=SCPS)["PolicyDocument"]["Statement"]
    put(kept)
    try:
        with pytest.raises(EvidenceUnavailable, match=action):
            denied_by_scp(bound, scp_reader)
    finally:
        put(before)


def test_a_permissions_boundary_is_put_on_the_role(another: Callable[..., str], management: Any) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    another(PermissionsBoundaryArn=boundary)
    role = management.client("iam").get_role(RoleName="another")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        pytest.param({"OrganizationId": "123"}, "organization's id", id="no organization"),
        pytest.param({"ReadAlarms": "no"}, "may read nothing", id="a role for nothing"),
        pytest.param({"PermissionsBoundaryArn": "boundary"}, "ARN of a managed policy", id="no ARN"),
    ],
)
def test_wrong_parameters_are_refused_at_once(
    organization: Mapping[str, str], management: Any, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        management.deploy(TEMPLATE, stack="wrong", **{"OrganizationId": organization["id"]} | parameters)
    assert management.status(stack="wrong") is None
