"""What a role session may do over HTTP, and how each service says no."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from rootguard.sandbox import background
from rootguard.sandbox.credentials import Keys

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]
type Statement = dict[str, Any]


def _allow(*actions: str, resource: str = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def _deny(*actions: str, **more: Any) -> Statement:
    return _allow(*actions, **more) | {"Effect": "Deny"}


def _policy(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Role(NamedTuple):
    """A role, a session of it, and the account with its things."""

    account_id: str
    arn: str
    keys: Keys

    @property
    def topic(self) -> str:
        return f"arn:aws:sns:us-east-1:{self.account_id}:alarms"


@pytest.fixture(scope="module")
def role(world: Any) -> Role:
    account_id = world.standalone_account()
    world.client("sns", account_id).create_topic(Name="alarms")
    world.client("logs", account_id).create_log_group(logGroupName="/trail")
    arn = world.role(account_id, RoleName="R")
    return Role(account_id, arn, world.assume(account_id, arn))


CALLS: dict[str, Callable[[Callable[..., Any], Role], object]] = {
    "summary": lambda client, _: client("iam").get_account_summary(),
    "topic": lambda client, role: client("sns").list_subscriptions_by_topic(TopicArn=role.topic),
    "topics": lambda client, _: client("sns").list_topics(),
    "rules": lambda client, _: client("config").describe_config_rules(),
    "filters": lambda client, _: client("logs").describe_metric_filters(logGroupName="/trail"),
    "alarms": lambda client, _: client("cloudwatch").describe_alarms(),
    "alarms-abroad": lambda client, _: client("cloudwatch", "eu-west-1").describe_alarms(),
    "trails": lambda client, _: client("cloudtrail").describe_trails(),
    "user": lambda client, _: client("iam").get_user(UserName="alice"),
    "identity": lambda client, _: client("sts").get_caller_identity(),
    "buckets": lambda client, _: client("s3").list_buckets(),
    "create": lambda client, _: client("iam").create_group(GroupName="x"),
}


def _call(world: Any, role: Role, name: str) -> object:
    return CALLS[name](lambda service, region=None: world.client(service, role.keys, region), role)


@pytest.mark.parametrize(
    ("statements", "call"),
    [
        pytest.param([], "identity", id="identity-needs-nothing"),
        pytest.param([{"Effect": "Deny", "Action": "*", "Resource": "*"}], "identity", id="identity-cannot-be-denied"),
        pytest.param([_allow("IAM:getaccountSUMMAR?")], "summary", id="no-case-and-wildcards"),
        pytest.param([{"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}], "summary", id="not-action"),
        pytest.param([_allow("sns:List*", resource="arn:aws:sns:us-east-1:ACCOUNT:alarms")], "topic", id="topic"),
        pytest.param([_allow("sns:List*", resource="arn:aws:sns:*:*:al?rms")], "topic", id="topic-wildcards"),
        pytest.param([_allow("logs:*", resource="arn:aws:logs:*:*:log-group:/trail:*")], "filters", id="log-group"),
        pytest.param([_allow("cloudwatch:DescribeAlarms")], "alarms", id="cloudwatch-is-not-monitoring"),
        pytest.param([_allow("s3:ListAllMyBuckets")], "buckets", id="action-named-otherwise"),
        pytest.param(
            [_allow("cloudwatch:*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})],
            "alarms-abroad",
            id="region",
        ),
        pytest.param(
            [_allow("iam:*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})],
            "summary",
            id="region-of-a-global-service",
        ),
        pytest.param(
            [
                _allow(
                    "iam:*",
                    Condition={"Null": {"aws:TokenIssueTime": "false"}, "Bool": {"aws:SecureTransport": "true"}},
                )
            ],
            "summary",
            id="session-keys",
        ),
        pytest.param(
            [
                _allow("iam:*"),
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
                },
            ],
            "summary",
            id="denied-to-root-only",
        ),
    ],
)
def test_allowed(world: Any, role: Role, statements: list[Statement], call: str) -> None:
    world.permit(role.arn, *_meant(role, statements))
    assert _call(world, role, call)


@pytest.mark.parametrize(
    ("statements", "call", "code", "sentence"),
    [
        pytest.param(
            [],
            "summary",
            "AccessDenied",
            "iam:GetAccountSummary because no identity-based policy allows the iam:GetAccountSummary action",
            id="iam",
        ),
        pytest.param(
            [_allow("iam:*")],
            "rules",
            "AccessDeniedException",
            "config:DescribeConfigRules because no identity-based policy allows the config:DescribeConfigRules action",
            id="json",
        ),
        pytest.param(
            [_allow("sns:*", resource="arn:aws:sns:us-east-1:ACCOUNT:alarms2")],
            "topic",
            "AuthorizationError",
            "SNS:ListSubscriptionsByTopic on resource: arn:aws:sns:us-east-1:ACCOUNT:alarms because no identity-based "
            "policy allows the SNS:ListSubscriptionsByTopic action",
            id="another-topic",
        ),
        pytest.param(
            [_allow("*"), {"Effect": "Deny", "Action": "cloudtrail:Describe*", "Resource": "*"}],
            "trails",
            "AccessDeniedException",
            "cloudtrail:DescribeTrails with an explicit deny in an identity-based policy",
            id="denied",
        ),
        pytest.param(
            [_allow("sns:*", resource="arn:aws:sns:us-east-1:ACCOUNT:alarms")],
            "topics",
            "AuthorizationError",
            "SNS:ListTopics because no identity-based policy allows the SNS:ListTopics action",
            id="an-action-without-resources-is-not-scoped",
        ),
        pytest.param(
            [_allow("logs:*", resource="arn:aws:logs:*:*:log-group:/other:*")],
            "filters",
            "AccessDeniedException",
            "logs:DescribeMetricFilters on resource: arn:aws:logs:us-east-1:ACCOUNT:log-group:/trail:log-stream: "
            "because no identity-based policy allows the logs:DescribeMetricFilters action",
            id="another-log-group",
        ),
        pytest.param(
            [_allow("iam:*", resource="arn:aws:iam::ACCOUNT:user/bob")],
            "user",
            "AccessDenied",
            "iam:GetUser on resource: arn:aws:iam::ACCOUNT:user/alice because no identity-based policy allows the "
            "iam:GetUser action",
            id="another-user",
        ),
        pytest.param(
            [_allow("iam:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "security"}})],
            "summary",
            "AccessDenied",
            "iam:GetAccountSummary because no identity-based policy allows the iam:GetAccountSummary action",
            id="absent-key",
        ),
        pytest.param(
            [_allow("cloudwatch:*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})],
            "alarms-abroad",
            "AccessDenied",
            "cloudwatch:DescribeAlarms because no identity-based policy allows the cloudwatch:DescribeAlarms action",
            id="another-region",
        ),
    ],
)
def test_denied(
    world: Any, role: Role, refusal: Refused, *, statements: Any, call: str, code: str, sentence: str
) -> None:
    world.permit(role.arn, *_meant(role, statements))
    who = f"User: arn:aws:sts::{role.account_id}:assumed-role/R/session is not authorized to perform: "
    expected = who + sentence.replace("ACCOUNT", role.account_id)
    assert refusal(lambda: _call(world, role, call))[:2] == (code, expected)


def _meant(role: Role, statements: list[Statement]) -> list[Statement]:
    return list(json.loads(json.dumps(statements).replace("ACCOUNT", role.account_id)))


@pytest.mark.parametrize(
    ("policy", "allowed", "denied"),
    [
        pytest.param("AdministratorAccess", ("summary", "rules", "topics"), (), id="administrator"),
        pytest.param("SecurityAudit", ("summary", "rules"), ("create",), id="security-audit"),
        pytest.param("service-role/AWSLambdaBasicExecutionRole", ("identity",), ("summary",), id="lambda-basic"),
    ],
)
def test_aws_managed_policies(
    world: Any, role: Role, refusal: Refused, *, policy: str, allowed: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    world.permit(role.arn)
    attachment = {"RoleName": "R", "PolicyArn": f"arn:aws:iam::aws:policy/{policy}"}
    world.client("iam", role.account_id).attach_role_policy(**attachment)
    for call in allowed:
        assert _call(world, role, call)
    for call in denied:
        assert refusal(lambda: _call(world, role, call))[0] == "AccessDenied"  # noqa: B023 - called at once
    world.client("iam", role.account_id).detach_role_policy(**attachment)


def test_a_new_default_version_of_a_managed_policy_counts(world: Any, role: Role, refusal: Refused) -> None:
    world.permit(role.arn)
    iam = world.client("iam", role.account_id)
    arn = iam.create_policy(PolicyName="P", PolicyDocument=_policy(_allow("iam:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="R", PolicyArn=arn)
    assert _call(world, role, "summary")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_policy(_deny("iam:*")), SetAsDefault=True)
    assert refusal(lambda: _call(world, role, "summary"))[1].endswith(f"in an identity-based policy: {arn}")
    iam.detach_role_policy(RoleName="R", PolicyArn=arn)


READ_SNS = "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"


@pytest.mark.parametrize(
    ("arguments", "assumed", "reason"),
    [
        pytest.param(
            {"PermissionsBoundary": READ_SNS},
            {},
            "because no permissions boundary allows the iam:GetAccountSummary action",
            id="boundary",
        ),
        pytest.param(
            {},
            {"Policy": _policy(_allow("sns:*"))},
            "because no session policy allows the iam:GetAccountSummary action",
            id="session-policy",
        ),
        pytest.param(
            {},
            {"PolicyArns": [{"arn": READ_SNS}]},
            "because no session policy allows the iam:GetAccountSummary action",
            id="managed-session-policy",
        ),
        pytest.param(
            {},
            {"Policy": _policy(_allow("*"), _deny("iam:*"))},
            "with an explicit deny in a session policy",
            id="denied-by-session-policy",
        ),
    ],
)
def test_limits_of_a_session(
    world: Any, role: Role, refusal: Refused, *, arguments: dict[str, Any], assumed: dict[str, Any], reason: str
) -> None:
    arn = world.role(role.account_id, permissions=(_allow("*"),), **arguments)
    limited = Role(role.account_id, arn, world.assume(role.account_id, arn, **assumed))
    assert refusal(lambda: _call(world, limited, "summary"))[1].endswith(reason)
    assert _call(world, limited, "topics")


def test_a_boundary_that_is_gone_allows_nothing(world: Any, role: Role, refusal: Refused) -> None:
    iam = world.client("iam", role.account_id)
    document = json.dumps({"Version": "2012-10-17", "Statement": [_allow("*")]})
    gone = iam.create_policy(PolicyName="Gone", PolicyDocument=document)["Policy"]["Arn"]
    arn = world.role(role.account_id, permissions=(_allow("*"),), PermissionsBoundary=gone)
    iam.delete_policy(PolicyArn=gone)
    limited = Role(role.account_id, arn, world.assume(role.account_id, arn))
    assert refusal(lambda: _call(world, limited, "topics"))[0] == "AuthorizationError"


@pytest.mark.parametrize(
    ("statements", "call"),
    [
        pytest.param([_allow("config:*", resource="arn:aws:config:*:*:config-rule/*")], "rules", id="resource"),
        pytest.param([_allow("*", Condition={"NullIfExists": {"k": "true"}})], "summary", id="condition"),
    ],
)
def test_what_cannot_be_judged_is_loud(
    world: Any, role: Role, refusal: Refused, statements: list[Statement], call: str
) -> None:
    world.permit(role.arn, *statements)
    assert refusal(lambda: _call(world, role, call))[0] == "SandboxNotImplemented"


class User(NamedTuple):
    """An IAM user and its keys."""

    account_id: str
    keys: Keys


class TestUsers:
    @pytest.fixture
    def alice(self, world: Any) -> User:
        account_id = world.standalone_account()
        iam = world.client("iam", account_id)
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        return User(account_id, Keys(key["AccessKeyId"], key["SecretAccessKey"]))

    def test_their_groups_count(self, world: Any, alice: User, refusal: Refused) -> None:
        summary = world.client("iam", alice.keys).get_account_summary
        code, message, status = refusal(summary)
        assert (code, status) == ("AccessDenied", 403)
        assert message.startswith(f"User: arn:aws:iam::{alice.account_id}:user/alice is not authorized")
        iam = world.client("iam", alice.account_id)
        iam.create_group(GroupName="auditors")
        iam.put_group_policy(GroupName="auditors", PolicyName="p", PolicyDocument=_policy(_allow("iam:*")))
        iam.add_user_to_group(GroupName="auditors", UserName="alice")
        assert summary()

    def test_they_may_leave_out_their_name(self, world: Any, alice: User, refusal: Refused) -> None:
        administrator, iam = world.client("iam", alice.account_id), world.client("iam", alice.keys)
        own = _allow("iam:*", resource="arn:aws:iam::*:user/${aws:username}")
        administrator.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=_policy(own))
        assert iam.get_user()["User"]["UserName"] == "alice"
        assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
        assert iam.list_mfa_devices()["MFADevices"] == []
        administrator.create_user(UserName="bob")
        assert refusal(lambda: iam.list_access_keys(UserName="bob"))[0] == "AccessDenied"

    def test_a_deleted_key_is_worth_nothing(self, world: Any, alice: User, refusal: Refused) -> None:
        assert world.identity(alice.keys).endswith(":user/alice")
        world.client("iam", alice.account_id).delete_access_key(UserName="alice", AccessKeyId=alice.keys.access_key_id)
        assert refusal(lambda: world.identity(alice.keys))[0] == "InvalidClientTokenId"


def test_a_role_session_names_the_user_it_means(world: Any, role: Role, refusal: Refused) -> None:
    world.permit(role.arn, _allow("*"))
    code, message, _ = refusal(world.client("iam", role.keys).list_access_keys)
    assert (code, message) == ("ValidationError", "Must specify userName when calling with non-User credentials")


def test_managed_policies_of_a_cloudformation_role_are_attached(world: Any, role: Role) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": role.account_id}, "Action": "sts:AssumeRole"}
    arns = ["arn:aws:iam::aws:policy/SecurityAudit"]
    properties = {
        "RoleName": "Stacked",
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "ManagedPolicyArns": arns,
    }
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    world.client("cloudformation", role.account_id).create_stack(
        StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    assert background.idle()
    attached = world.client("iam", role.account_id).list_attached_role_policies(RoleName="Stacked")
    assert [each["PolicyArn"] for each in attached["AttachedPolicies"]] == arns
