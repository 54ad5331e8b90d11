"""root-alarm-present over the sandbox: AWS judges the filters and patterns, and only what matters is asked for."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from root_alarm_present import RULE

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.sandbox import dispatch
from rootguard.sandbox.server import Sandbox

MEMBER = "111122223333"
TODAY = date(2027, 1, 1)
CIS = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
GROUP = "arn:aws:logs:us-east-1:{}:log-group:trails:*"


class World:
    """An account in which a test builds the way from root to a person."""

    def __init__(self, client_of: Callable[..., Any], account_id: str = MEMBER) -> None:
        self.id = account_id
        self._client_of = client_of

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return self._client_of(self.id, service, region)

    def trail(self, name: str = "all", **changes: Any) -> None:
        """A trail that is logging to the log group `trails`."""
        self.client("s3").create_bucket(Bucket=f"{name}-{self.id}")
        self.client("logs").create_log_group(logGroupName="trails")
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        role = self.client("iam").create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]
        delivery = {"CloudWatchLogsLogGroupArn": GROUP.format(self.id), "CloudWatchLogsRoleArn": role["Arn"]}
        settings = {"IsMultiRegionTrail": True} | delivery | changes
        self.client("cloudtrail").create_trail(Name=name, S3BucketName=f"{name}-{self.id}", **settings)
        self.client("cloudtrail").start_logging(Name=name)

    def metric_filter(self, pattern: str = CIS, name: str = "root") -> None:
        metric = {"metricNamespace": "LogMetrics", "metricName": "RootUse", "metricValue": "1", "defaultValue": 0.0}
        self.client("logs").put_metric_filter(
            logGroupName="trails", filterName=name, filterPattern=pattern, metricTransformations=[metric]
        )

    def alarm(self, *actions: str, name: str = "root-use", **changes: Any) -> None:
        settings: dict[str, Any] = {
            "Namespace": "LogMetrics",
            "MetricName": "RootUse",
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        }
        self.client("cloudwatch").put_metric_alarm(AlarmName=name, AlarmActions=list(actions), **settings | changes)

    def topic(self, name: str = "security", region: str = "us-east-1", protocol: str = "sqs") -> str:
        """A topic with one subscription: confirmed for sqs, pending for email."""
        arn = str(self.client("sns", region).create_topic(Name=name)["TopicArn"])
        endpoints = {"sqs": f"arn:aws:sqs:{region}:{self.id}:people", "email": "root@example.com"}
        if protocol == "sqs":
            self.client("sqs", region).create_queue(QueueName="people")
        self.client("sns", region).subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoints[protocol])
        return arn

    def event_rule(self, region: str, target: str, pattern: object = None, **changes: Any) -> None:
        """A rule for all that root does, in every spelling of a sign-in."""
        types = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
        asked = pattern or {"detail-type": types, "detail": {"userIdentity": {"type": ["Root"]}}}
        events = self.client("events", region)
        events.put_rule(Name="root", EventPattern=json.dumps(asked), **changes)
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html: a bus wants a role
        role = {"RoleArn": f"arn:aws:iam::{self.id}:role/events"} if ":event-bus/" in target else {}
        events.put_targets(Rule="root", Targets=[{"Id": "1", "Arn": target} | role])


@pytest.fixture
def world(client_of: Callable[..., Any]) -> World:
    return World(client_of)


@pytest.fixture
def judged(account_of: Callable[[str], Account]) -> Callable[..., str]:
    def judge(account_id: str = MEMBER, **parameters: str) -> str:
        verdict = evaluate(RULE, account_of(account_id), parameters, TODAY)
        return f"{verdict.compliance}: {verdict.reason}"

    return judge


REPORTED = "COMPLIANT: root activity is reported by trail all, filter root, alarm root-use, topic security"
NOISE = f"{REPORTED}; noise: also fires when "


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        pytest.param(CIS, REPORTED, id="as CIS writes it"),
        pytest.param(
            "{$.userIdentity.type=Root&&$.userIdentity.invokedBy NOT EXISTS&&$.eventType!=AwsServiceEvent}",
            REPORTED,
            id="without quotes or spaces (ScoutSuite: FAIL)",
        ),
        pytest.param(
            '{ $.eventType != "AwsServiceEvent" && $.userIdentity.invokedBy NOT EXISTS && '
            '$.userIdentity.type = "Root" }',
            REPORTED,
            id="in another order (Prowler #11345)",
        ),
        pytest.param(
            '{ ($.userIdentity.type = "Root") &&\n  ($.userIdentity.invokedBy NOT EXISTS) &&\n'
            '  ($.eventType != "AwsServiceEvent") }',
            REPORTED,
            id="in parentheses, on several lines (Prowler #2912)",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Ro*" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsService*" }',
            REPORTED,
            id="with wildcards",
        ),
        pytest.param(
            '{ $.userIdentity.arn = "arn:aws:iam::*:root" && $.userIdentity.invokedBy NOT EXISTS && '
            '$.eventType != "AwsServiceEvent" }',
            REPORTED,
            id="by root's ARN",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" }',
            f"{NOISE}an AWS service acts for root and when Trusted Advisor looks on behalf of root and when an "
            "AwsServiceEvent names root",
            id="everything of type Root",
        ),
        pytest.param(
            '{ $.userIdentity.type = "root" }',
            "NON_COMPLIANT: filter root misses: root signs in with MFA (and 15 more)",
            id="type in lower case, which never fires (Prowler: PASS)",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }',
            "NON_COMPLIANT: filter root misses: root's password recovery is requested (and 10 more)",
            id="sign-ins only",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" && $.eventType = "AwsApiCall" }',
            "NON_COMPLIANT: filter root misses: root signs in with MFA (and 7 more)",
            id="calls only",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" && $.awsRegion = "us-east-1" }',
            "NON_COMPLIANT: filter root misses: root signs in through us-west-2 (and 4 more)",
            id="one Region only",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" && $.errorCode NOT EXISTS }',
            "NON_COMPLIANT: filter root misses: a call by root is denied",
            id="what succeeds only",
        ),
        pytest.param(
            '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy = "*" }',
            "NON_COMPLIANT: filter root misses: root signs in with MFA (and 15 more)",
            id="NOT is missing",
        ),
        pytest.param(
            "Root",
            "NON_COMPLIANT: filter root also fires when an IAM user called Root writes",
            id="a word anywhere in the event",
        ),
        pytest.param(
            '{ $.eventVersion = "*" }',
            "NON_COMPLIANT: filter root also fires when an IAM user signs in (and 13 more)",
            id="every event",
        ),
    ],
)
def test_aws_judges_the_filter_by_what_it_means(
    world: World, judged: Callable[..., str], pattern: str, verdict: str
) -> None:
    world.trail()
    world.metric_filter(pattern)
    world.alarm(world.topic())
    assert judged() == verdict


@pytest.mark.parametrize(
    ("build", "verdict"),
    [
        pytest.param(lambda _: None, "no trail records the account's activity", id="nothing"),
        pytest.param(
            lambda world: world.trail(CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn=""),
            "trail all delivers to no log group",
            id="no log group",
        ),
        pytest.param(
            lambda world: world.trail(IsMultiRegionTrail=False), "trail all covers one Region only", id="one Region"
        ),
        pytest.param(
            lambda world: (world.trail(), world.client("cloudtrail").stop_logging(Name="all")),
            "trail all is not logging",
            id="stopped",
        ),
        pytest.param(
            lambda world: (world.trail(), world.client("iam").delete_role(RoleName="delivery")),
            "trail all cannot deliver to its log group: AccessDenied",
            id="delivery role gone",
        ),
        pytest.param(lambda world: world.trail(), "log group trails has no metric filter", id="no filter"),
        pytest.param(
            lambda world: (world.trail(), world.metric_filter()),
            "no alarm on LogMetrics/RootUse of filter root",
            id="no alarm",
        ),
        pytest.param(
            lambda world: (world.trail(), world.metric_filter(), world.alarm()),
            "alarm root-use notifies no topic",
            id="no action",
        ),
        pytest.param(
            lambda world: (world.trail(), world.metric_filter(), world.alarm(world.topic(), ActionsEnabled=False)),
            "alarm root-use has actions disabled",
            id="actions disabled",
        ),
        pytest.param(
            lambda world: (world.trail(), world.metric_filter(), world.alarm(world.topic(protocol="email"))),
            "alarm root-use notifies topic security, which has no confirmed subscription (1 pending)",
            id="subscription pending",
        ),
        pytest.param(
            lambda world: (
                world.trail(),
                world.metric_filter(),
                world.alarm(f"arn:aws:sns:us-east-1:{MEMBER}:gone"),
            ),
            "alarm root-use notifies topic gone, which does not exist",
            id="missing topic",
        ),
    ],
)
def test_the_first_broken_link_is_found(
    world: World, judged: Callable[..., str], build: Callable[[World], object], verdict: str
) -> None:
    build(world)
    assert judged() == f"NON_COMPLIANT: {verdict}"


def management(kind: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = [{"Field": "eventCategory", "Equals": ["Management"]}]
    if kind:
        fields.append({"Field": "readOnly", "Equals": [kind]})
    return [{"Name": kind or "all", "FieldSelectors": fields}]


DATA = [
    {
        "Name": "data",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ],
    }
]
WITHOUT_KMS = [
    {
        "Name": "without kms",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
        ],
    }
]


@pytest.mark.parametrize(
    ("selectors", "missing"),
    [
        pytest.param({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, "read", id="classic: writing only"),
        pytest.param({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, "write", id="classic: reading only"),
        pytest.param(
            {"EventSelectors": [{"IncludeManagementEvents": False, "ReadWriteType": "All"}]},
            "read and write",
            id="classic: no management events",
        ),
        pytest.param({"AdvancedEventSelectors": management("true")}, "write", id="advanced: reading only"),
        pytest.param({"AdvancedEventSelectors": management("false")}, "read", id="advanced: writing only"),
        pytest.param({"AdvancedEventSelectors": DATA}, "read and write", id="advanced: data events only"),
        pytest.param({"AdvancedEventSelectors": management("") + DATA}, "", id="advanced: all of both kinds"),
        pytest.param({"AdvancedEventSelectors": WITHOUT_KMS}, "", id="advanced: all but one noisy service"),
        pytest.param(
            {"AdvancedEventSelectors": management("true") + management("false")}, "", id="advanced: one for each"
        ),
    ],
)
def test_both_kinds_of_selectors_are_understood(
    world: World, judged: Callable[..., str], selectors: dict[str, Any], missing: str
) -> None:
    world.trail()
    world.client("cloudtrail").put_event_selectors(TrailName="all", **selectors)
    gap = f"trail all does not record {missing} management events"
    assert judged() == f"NON_COMPLIANT: {gap if missing else 'log group trails has no metric filter'}"


def test_a_composite_alarm_may_be_the_voice(world: World, judged: Callable[..., str]) -> None:
    world.trail()
    world.metric_filter()
    world.alarm()
    world.client("cloudwatch").put_composite_alarm(
        AlarmName="anything", AlarmRule="ALARM(root-use)", AlarmActions=[world.topic()]
    )
    assert judged() == REPORTED.replace("alarm root-use", "alarm anything")


def test_an_alarm_that_does_not_trip_stands_beside_one_that_does(world: World, judged: Callable[..., str]) -> None:
    world.trail()
    world.metric_filter()
    world.alarm(world.topic())
    world.alarm(f"arn:aws:sns:us-east-1:{MEMBER}:gone", name="a-million", Threshold=1e6)
    with dispatch.recording() as requests:
        assert judged() == REPORTED
    assert [request.action for request in requests].count("sns:ListSubscriptionsByTopic") == 1


def test_a_complete_way_is_not_asked_about_twice(world: World, account_of: Callable[[str], Account]) -> None:
    world.trail()
    world.metric_filter()
    world.alarm(world.topic())
    account = account_of(MEMBER)
    with dispatch.recording() as requests:
        evaluate(RULE, account, {}, TODAY)
    assert [request.action for request in requests] == [
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "logs:DescribeMetricFilters",
        "logs:TestMetricFilter",
        "cloudwatch:DescribeAlarms",
        "sns:ListSubscriptionsByTopic",
    ]


@pytest.mark.parametrize(
    "action",
    [
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "logs:DescribeMetricFilters",
        "logs:TestMetricFilter",
        "cloudwatch:DescribeAlarms",
        "sns:ListSubscriptionsByTopic",
    ],
)
def test_a_call_that_fails_on_the_way_is_no_verdict(world: World, judged: Callable[..., str], action: str) -> None:
    world.trail()
    world.metric_filter()
    world.alarm(world.topic())
    with dispatch.failing(action, "AccessDenied"), pytest.raises(EvidenceUnavailable) as raised:
        judged()
    assert raised.value.action == action


OWNER = "444455556666"
READER = f"arn:aws:iam::{OWNER}:role/reader"


@pytest.fixture
def organization(client_of: Callable[..., Any]) -> tuple[World, str]:
    """The management account with a complete way for its organization's trail, and a member."""
    owner = World(client_of, Sandbox.management_account_id)
    organizations = owner.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    made = organizations.create_account(Email="member@example.com", AccountName="member")
    member = made["CreateAccountStatus"]["AccountId"]
    owner.trail(IsOrganizationTrail=True)
    owner.metric_filter()
    owner.alarm(owner.topic())
    return owner, member


def test_an_organization_trail_is_judged_where_its_log_group_is(
    organization: tuple[World, str], judged: Callable[..., str]
) -> None:
    owner, member = organization
    assert judged(owner.id) == REPORTED
    elsewhere = f"NOT_APPLICABLE: trail all delivers to a log group of account {owner.id}, where its alarm is judged"
    assert judged(member).startswith(elsewhere)
    assert judged(member, AlarmReaderRoleArn=READER).startswith(elsewhere)


def test_with_a_reader_role_an_organization_trail_is_judged_from_a_member(
    organization: tuple[World, str], judged: Callable[..., str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, member = organization
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    reader = f"arn:aws:iam::{owner.id}:role/reader"
    with pytest.raises(EvidenceUnavailable, match="sts:AssumeRole"):
        judged(member, AlarmReaderRoleArn=reader)
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{member}:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    owner.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=trust)
    allowed = {"Effect": "Allow", "Action": list(RULE.actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    owner.client("iam").put_role_policy(RoleName="reader", PolicyName="reader", PolicyDocument=policy)
    assert judged(member, AlarmReaderRoleArn=reader) == REPORTED


REGIONS = ("us-east-1", "us-east-2", "us-west-2")
SIGN_IN_PATTERN = {"detail-type": ["AWS Console Signin via CloudTrail", "AWS API Call via CloudTrail"]}
BUS = f"arn:aws:events:us-east-1:{OWNER}:event-bus/central"


@pytest.mark.parametrize(
    ("build", "verdict"),
    [
        pytest.param(
            lambda world: [world.event_rule(region, world.topic(region=region)) for region in REGIONS],
            "COMPLIANT: root activity is reported by EventBridge rules root in us-east-1, root in us-east-2, root in "
            "us-west-2",
            id="topics in all Regions, one spelling of the sign-in",
        ),
        pytest.param(
            lambda world: [
                world.event_rule(
                    region,
                    world.topic(region=region),
                    SIGN_IN_PATTERN | {"detail": {"userIdentity": {"type": ["Root"]}}},
                )
                for region in REGIONS
            ],
            "COMPLIANT: root activity is reported by EventBridge rules root in us-east-1, root in us-east-2, root in "
            "us-west-2",
            id="topics in all Regions, the other spelling",
        ),
        pytest.param(
            lambda world: [world.event_rule(region, BUS, {"account": [MEMBER]}) for region in REGIONS],
            "COMPLIANT: root activity is reported by EventBridge rules root in us-east-1, root in us-east-2, root in "
            "us-west-2",
            id="everything to another account's bus",
        ),
        pytest.param(
            lambda world: [
                world.event_rule(region, f"arn:aws:events:{region}:{MEMBER}:event-bus/own") for region in REGIONS
            ],
            "NON_COMPLIANT: EventBridge rule root in us-east-1 has no topic or other account's bus as target",
            id="a bus of the own account",
        ),
        pytest.param(
            lambda world: world.event_rule("us-east-1", world.topic()),
            "NON_COMPLIANT: no EventBridge rule in us-east-2 accepts what root does",
            id="one Region only",
        ),
        pytest.param(
            lambda world: world.event_rule("us-east-1", world.topic(), State="DISABLED"),
            "NON_COMPLIANT: no trail records the account's activity",
            id="disabled",
        ),
        pytest.param(
            lambda world: world.event_rule("us-east-1", world.topic(), {"source": ["aws.health"]}),
            "NON_COMPLIANT: no trail records the account's activity",
            id="a rule for something else",
        ),
        pytest.param(
            lambda world: [
                world.event_rule(region, world.topic(region=region), {"source": [{"prefix": "aws."}]})
                for region in REGIONS
            ],
            "NON_COMPLIANT: EventBridge rule root in us-east-1 also fires when an IAM user signs in",
            id="everything to a topic",
        ),
        pytest.param(
            lambda world: [
                world.event_rule(region, world.topic(region=region, protocol="email")) for region in REGIONS
            ],
            "NON_COMPLIANT: EventBridge rule root in us-east-1 notifies topic security, which has no confirmed "
            "subscription (1 pending)",
            id="topics unconfirmed",
        ),
    ],
)
def test_event_rules_are_the_other_way(
    world: World, judged: Callable[..., str], build: Callable[[World], object], verdict: str
) -> None:
    build(world)
    assert judged() == verdict


def test_other_sign_in_regions_may_be_given(world: World, judged: Callable[..., str]) -> None:
    world.event_rule("eu-west-1", world.topic(region="eu-west-1"))
    reported = "COMPLIANT: root activity is reported by EventBridge rules root in eu-west-1"
    assert judged(SignInRegions=" eu-west-1 ") == reported


@pytest.mark.parametrize("action", ["events:ListRules", "events:TestEventPattern", "events:ListTargetsByRule"])
def test_event_rules_that_cannot_be_read_are_no_verdict(world: World, judged: Callable[..., str], action: str) -> None:
    for region in REGIONS:
        world.event_rule(region, world.topic(region=region))
    with dispatch.failing(action, "AccessDeniedException"), pytest.raises(EvidenceUnavailable) as raised:
        judged()
    assert (raised.value.action, raised.value.region) == (action, "us-east-1")


def test_a_topic_that_cannot_be_read_is_no_verdict(world: World, judged: Callable[..., str]) -> None:
    for region in REGIONS:
        world.event_rule(region, world.topic(region=region))
    with (
        dispatch.failing("sns:ListSubscriptionsByTopic", "AuthorizationError"),
        pytest.raises(EvidenceUnavailable, match="grant sns:ListSubscriptionsByTopic"),
    ):
        judged()
