"""What a role session may do over HTTP, and how each service says no."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]
type Assume = Callable[..., boto3.Session]
type Statement = dict[str, Any]

OWN = "123456789012"
WHO = f"User: arn:aws:sts::{OWN}:assumed-role/R/session is not authorized to perform:"
TOPIC = f"arn:aws:sns:us-east-1:{OWN}:alarms"


def _allow(*actions: str, resource: str = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def _policy(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def operator(sandbox: Sandbox) -> boto3.Session:
    session = sandbox.session(OWN)
    session.client("sns").create_topic(Name="alarms")
    session.client("logs").create_log_group(logGroupName="/trail")
    return session


@pytest.fixture
def role(operator: boto3.Session, assume: Assume) -> Callable[..., boto3.Session]:
    """A session of a role R with these inline statements."""

    def create(*statements: Statement, arguments: dict[str, Any] | None = None, **assumed: Any) -> boto3.Session:
        iam = operator.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName="R", AssumeRolePolicyDocument=_policy(trust), **(arguments or {}))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName="R", PolicyName="inline", PolicyDocument=_policy(*statements))
        return assume(operator, arn, **assumed)

    return create


CALLS: dict[str, Callable[[boto3.Session], object]] = {
    "summary": lambda session: session.client("iam").get_account_summary(),
    "topic": lambda session: session.client("sns").list_subscriptions_by_topic(TopicArn=TOPIC),
    "topics": lambda session: session.client("sns").list_topics(),
    "rules": lambda session: session.client("config").describe_config_rules(),
    "filters": lambda session: session.client("logs").describe_metric_filters(logGroupName="/trail"),
    "alarms": lambda session: session.client("cloudwatch").describe_alarms(),
    "alarms-abroad": lambda session: session.client("cloudwatch", "eu-west-1").describe_alarms(),
    "trails": lambda session: session.client("cloudtrail").describe_trails(),
    "user": lambda session: session.client("iam").get_user(UserName="alice"),
    "identity": lambda session: session.client("sts").get_caller_identity(),
    "buckets": lambda session: session.client("s3").list_buckets(),
}


@pytest.mark.parametrize(
    ("statements", "call"),
    [
        pytest.param([], "identity", id="identity-needs-nothing"),
        pytest.param([{"Effect": "Deny", "Action": "*", "Resource": "*"}], "identity", id="identity-cannot-be-denied"),
        pytest.param([_allow("IAM:getaccountSUMMAR?")], "summary", id="no-case-and-wildcards"),
        pytest.param([{"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}], "summary", id="not-action"),
        pytest.param([_allow("sns:List*", resource=TOPIC)], "topic", id="topic"),
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
def test_allowed(role: Callable[..., boto3.Session], statements: list[Statement], call: str) -> None:
    assert CALLS[call](role(*statements))


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
            [_allow("sns:*", resource=f"{TOPIC}2")],
            "topic",
            "AuthorizationError",
            f"SNS:ListSubscriptionsByTopic on resource: {TOPIC} because no identity-based policy allows the "
            "SNS:ListSubscriptionsByTopic action",
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
            [_allow("sns:*", resource=TOPIC)],
            "topics",
            "AuthorizationError",
            "SNS:ListTopics because no identity-based policy allows the SNS:ListTopics action",
            id="an-action-without-resources-is-not-scoped",
        ),
        pytest.param(
            [_allow("logs:*", resource="arn:aws:logs:*:*:log-group:/other:*")],
            "filters",
            "AccessDeniedException",
            f"logs:DescribeMetricFilters on resource: arn:aws:logs:us-east-1:{OWN}:log-group:/trail:log-stream: because "
            "no identity-based policy allows the logs:DescribeMetricFilters action",
            id="another-log-group",
        ),
        pytest.param(
            [_allow("iam:*", resource=f"arn:aws:iam::{OWN}:user/bob")],
            "user",
            "AccessDenied",
            f"iam:GetUser on resource: arn:aws:iam::{OWN}:user/alice because no identity-based policy allows the "
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
    role: Callable[..., boto3.Session],
    refusal: Refused,
    statements: list[Statement],
    call: str,
    code: str,
    sentence: str,
) -> None:
    session = role(*statements)
    assert refusal(lambda: CALLS[call](session))[:2] == (code, f"{WHO} {sentence}")


@pytest.mark.parametrize(
    ("policy_arn", "allowed", "denied"),
    [
        pytest.param("AdministratorAccess", "rules", None, id="administrator"),
        pytest.param("SecurityAudit", "summary", "identity", id="security-audit"),
        pytest.param("service-role/AWSLambdaBasicExecutionRole", None, "summary", id="lambda-basic"),
    ],
)
def test_aws_managed_policies(
    operator: boto3.Session,
    role: Callable[..., boto3.Session],
    refusal: Refused,
    policy_arn: str,
    allowed: str | None,
    denied: str | None,
) -> None:
    session = role()
    operator.client("iam").attach_role_policy(RoleName="R", PolicyArn=f"arn:aws:iam::aws:policy/{policy_arn}")
    if allowed:
        assert CALLS[allowed](session)
    if denied == "summary":
        assert refusal(lambda: CALLS["summary"](session))[0] == "AccessDenied"
    else:
        assert refusal(lambda: session.client("iam").create_user(UserName="x"))[0] == "AccessDenied" if denied else True


def test_a_new_default_version_of_a_managed_policy_counts(
    operator: boto3.Session, role: Callable[..., boto3.Session], refusal: Refused
) -> None:
    iam, session = operator.client("iam"), role()
    arn = iam.create_policy(PolicyName="P", PolicyDocument=_policy(_allow("iam:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="R", PolicyArn=arn)
    assert CALLS["summary"](session)
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_policy(deny), SetAsDefault=True)
    assert refusal(lambda: CALLS["summary"](session))[1].endswith(f"in an identity-based policy: {arn}")


@pytest.mark.parametrize(
    ("arguments", "assumed", "reason"),
    [
        pytest.param(
            {"PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"},
            {},
            "because no permissions boundary allows the iam:GetAccountSummary action",
            id="boundary",
        ),
        pytest.param(
            {"PermissionsBoundary": f"arn:aws:iam::{OWN}:policy/Gone"},
            {},
            "because no permissions boundary allows the iam:GetAccountSummary action",
            id="boundary-that-is-gone",
        ),
        pytest.param(
            {},
            {"Policy": _policy(_allow("sns:*"))},
            "because no session policy allows the iam:GetAccountSummary action",
            id="session-policy",
        ),
        pytest.param(
            {},
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"}]},
            "because no session policy allows the iam:GetAccountSummary action",
            id="managed-session-policy",
        ),
        pytest.param(
            {},
            {"Policy": _policy(_allow("*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})},
            "with an explicit deny in a session policy",
            id="denied-by-session-policy",
        ),
    ],
)
def test_limits_of_a_role(
    role: Callable[..., boto3.Session],
    refusal: Refused,
    arguments: dict[str, Any],
    assumed: dict[str, Any],
    reason: str,
) -> None:
    session = role(_allow("*"), arguments=arguments, **assumed)
    assert refusal(lambda: CALLS["summary"](session))[1].endswith(reason)
    assert refusal(lambda: session.client("iam").create_user(UserName="x"))[0] == "AccessDenied"
    if "Gone" not in str(arguments):
        assert CALLS["topics"](session)


@pytest.mark.parametrize(
    ("statements", "call"),
    [
        pytest.param([_allow("config:*", resource="arn:aws:config:*:*:config-rule/*")], "rules", id="unknown-resource"),
        pytest.param(
            [_allow("*", Condition={"BinaryEquals": {"k": "eA=="}})], "summary", id="a-condition-nobody-judges"
        ),
    ],
)
def test_what_cannot_be_judged_is_loud(
    role: Callable[..., boto3.Session], refusal: Refused, statements: list[Statement], call: str
) -> None:
    session = role(*statements)
    assert refusal(lambda: CALLS[call](session))[0] == "SandboxNotImplemented"


class TestUsers:
    @pytest.fixture
    def alice(self, operator: boto3.Session, sandbox: Sandbox) -> boto3.Session:
        iam = operator.client("iam")
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        return sandbox.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"]))

    def test_their_groups_count(self, operator: boto3.Session, alice: boto3.Session, refusal: Refused) -> None:
        code, message, status = refusal(lambda: CALLS["summary"](alice))
        assert (code, status) == ("AccessDenied", 403)
        assert message.startswith(f"User: arn:aws:iam::{OWN}:user/alice is not authorized")
        iam = operator.client("iam")
        iam.create_group(GroupName="auditors")
        iam.put_group_policy(GroupName="auditors", PolicyName="p", PolicyDocument=_policy(_allow("iam:*")))
        iam.add_user_to_group(GroupName="auditors", UserName="alice")
        assert CALLS["summary"](alice)

    def test_they_may_leave_out_their_name(
        self, operator: boto3.Session, alice: boto3.Session, refusal: Refused
    ) -> None:
        own = _allow("iam:*", resource="arn:aws:iam::*:user/${aws:username}")
        operator.client("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=_policy(own))
        iam = alice.client("iam")
        assert iam.get_user()["User"]["UserName"] == "alice"
        assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
        assert iam.list_mfa_devices()["MFADevices"] == []
        operator.client("iam").create_user(UserName="bob")
        assert refusal(lambda: iam.list_access_keys(UserName="bob"))[0] == "AccessDenied"

    def test_a_deleted_key_is_worth_nothing(
        self, operator: boto3.Session, alice: boto3.Session, refusal: Refused
    ) -> None:
        iam = operator.client("iam")
        (key,) = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        alice.client("sts").get_caller_identity()
        iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
        assert refusal(alice.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_role_session_names_the_user_it_means(role: Callable[..., boto3.Session], refusal: Refused) -> None:
    iam = role(_allow("*")).client("iam")
    code, message, _ = refusal(iam.list_access_keys)
    assert (code, message) == ("ValidationError", "Must specify userName when calling with non-User credentials")


def test_managed_policies_of_a_cloudformation_role_are_attached(operator: boto3.Session) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}]}
    arns = ["arn:aws:iam::aws:policy/SecurityAudit"]
    properties = {"RoleName": "Stacked", "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": arns}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    operator.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    attached = operator.client("iam").list_attached_role_policies(RoleName="Stacked")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == arns
