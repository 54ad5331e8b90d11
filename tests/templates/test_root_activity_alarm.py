"""root-activity-alarm.yaml: deployed and confirmed, it is what root-alarm-present looks for."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError
from root_alarm_present import RULE

from rootguard.demo.alerting import CIS_PATTERN
from rootguard.kit.alerting.event_route import SIGN_IN_REGIONS
from rootguard.kit.alerting.events import Group, TrailEvent, load_events
from rootguard.kit.evaluation import evaluate

TEMPLATE = "root-activity-alarm.yaml"
TODAY = date(2027, 1, 1)
EMAIL = {"Email": "security@example.com"}
NEW_TRAIL = EMAIL | {"CreateTrail": "yes"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
DETAIL_TYPES = {
    "AwsConsoleSignIn": ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"),
    "AwsServiceEvent": ("AWS Service Event via CloudTrail",),
    "AwsConsoleAction": ("AWS Console Action via CloudTrail",),
}


def verdict(home: Any, **parameters: str) -> tuple[str, str]:
    """What root-alarm-present says of an account."""
    found = evaluate(RULE, home.as_judged(), parameters, TODAY)
    return str(found.compliance), found.reason


@pytest.mark.parametrize(
    ("parameters", "addresses"),
    [
        pytest.param({}, 1, id="one address"),
        pytest.param({"SecondEmail": "ops@example.org", "TrailName": "audit.all-1"}, 2, id="two, and another name"),
    ],
)
def test_a_new_trail_is_followed_to_a_person(
    new_account: Callable[[], Any], parameters: dict[str, str], addresses: int
) -> None:
    home = new_account()
    outputs = home.deploy(TEMPLATE, **NEW_TRAIL | parameters)
    before = verdict(home)
    assert home.confirm(outputs["TopicArn"]) == addresses
    name = "stack-root-activity"
    way = f"trail {parameters.get('TrailName', 'rootguard')}, filter {name}, alarm {name}, topic {name}"
    assert before == (
        "NON_COMPLIANT",
        f"alarm {name} notifies topic {name}, which has no confirmed subscription ({addresses} pending)",
    )
    assert verdict(home) == ("COMPLIANT", f"root activity is reported by {way}")


def existing_trail(home: Any, log_group: str) -> None:
    """A multi-Region trail made without the template."""
    home.client("s3").create_bucket(Bucket=f"trail-{home.id}")
    home.client("logs").create_log_group(logGroupName=log_group)
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = home.client("iam").create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    cloudtrail = home.client("cloudtrail")
    cloudtrail.create_trail(
        Name="existing",
        S3BucketName=f"trail-{home.id}",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{home.id}:log-group:{log_group}:*",
        CloudWatchLogsRoleArn=role,
    )
    cloudtrail.start_logging(Name="existing")


@pytest.mark.parametrize(
    ("log_group", "parameters"),
    [
        pytest.param("aws-controltower/CloudTrailLogs", {}, id="AWS Control Tower's"),
        pytest.param("/audit/trail", {"LogGroupName": "/audit/trail"}, id="another"),
    ],
)
def test_an_existing_trail_is_enough(
    new_account: Callable[[], Any], log_group: str, parameters: dict[str, str]
) -> None:
    home = new_account()
    existing_trail(home, log_group)
    outputs = home.deploy(TEMPLATE, **EMAIL | parameters)
    home.confirm(outputs["TopicArn"])
    found = verdict(home)
    assert found[0] == "COMPLIANT", found
    assert "trail existing" in found[1]
    assert "TrailArn" not in outputs


def test_event_rules_have_to_be_where_root_signs_in_and_reach_somebody(new_account: Callable[[], Any]) -> None:
    home = new_account()
    *first, last = SIGN_IN_REGIONS["aws"]
    for region in first:
        home.confirm(home.deploy(TEMPLATE, region, Route="event-rule", **EMAIL)["TopicArn"])
    assert verdict(home) == ("NON_COMPLIANT", f"no EventBridge rule in {last} accepts what root does")
    topic = home.deploy(TEMPLATE, last, Route="event-rule", **EMAIL)["TopicArn"]
    compliance, reason = verdict(home)
    assert (compliance, "no confirmed subscription" in reason) == ("NON_COMPLIANT", True)
    home.confirm(topic)
    compliance, reason = verdict(home)
    assert compliance == "COMPLIANT"
    assert all(region in reason for region in (*first, last))


@pytest.fixture(scope="module")
def confirmed(new_account: Callable[[], Any]) -> Mapping[str, Any]:
    """An account for each way to treat sessions of sts:AssumeRoot, with both routes."""
    homes = {}
    for sessions in ("report", "leave-out"):
        homes[sessions] = new_account()
        outputs = homes[sessions].deploy(TEMPLATE, AssumeRootSessions=sessions, Route="both", **NEW_TRAIL)
        homes[sessions].confirm(outputs["TopicArn"])
    return homes


@pytest.mark.parametrize(
    ("sessions", "wanted", "expected"),
    [
        pytest.param("report", "ignored", ("COMPLIANT", False), id="reported, either way right"),
        pytest.param("report", "required", ("COMPLIANT", False), id="reported, as required"),
        pytest.param("report", "noise", ("COMPLIANT", True), id="reported, which is noise"),
        pytest.param("leave-out", "ignored", ("COMPLIANT", False), id="left out, either way right"),
        pytest.param("leave-out", "required", ("NON_COMPLIANT", True), id="left out, but required"),
        pytest.param("leave-out", "noise", ("COMPLIANT", False), id="left out, no noise"),
    ],
)
def test_sessions_of_the_management_account(
    confirmed: Mapping[str, Any], sessions: str, wanted: str, expected: tuple[str, bool]
) -> None:
    compliance, reason = verdict(confirmed[sessions], AssumeRootSessions=wanted)
    assert (compliance, "root session" in reason) == expected, reason


@pytest.fixture(scope="module")
def patterns(confirmed: Mapping[str, Any]) -> Mapping[str, str]:
    """The event patterns for each way."""
    rules = {sessions: home.client("events").list_rules()["Rules"] for sessions, home in confirmed.items()}
    return {sessions: rule["EventPattern"] for sessions, (rule,) in rules.items()}


@pytest.mark.parametrize("event", load_events("000000000000", "aws"), ids=lambda event: event.title)
def test_the_event_rule_accepts_what_the_metric_filter_fires_on(
    confirmed: Mapping[str, Any], patterns: Mapping[str, str], event: TrailEvent
) -> None:
    accepts = confirmed["report"].client("events").test_event_pattern
    kinds = DETAIL_TYPES.get(event.detail["eventType"], ("AWS API Call via CloudTrail",))
    delivered = [json.dumps(event.on_bus("us-east-1", kind)) for kind in kinds]
    accepted = {
        sessions: {accepts(EventPattern=pattern, Event=each)["Result"] for each in delivered}
        for sessions, pattern in patterns.items()
    }
    root = event.group is Group.MUST_FIRE
    assert accepted == {"report": {root or event.group is Group.ASSUME_ROOT}, "leave-out": {root}}


def look_at_root(*, marked: bool) -> TrailEvent:
    """What hardware-mfa-for-root does with a RootAuditRoleArn, as the member's CloudTrail records it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-privileged-tasks.html shows the member's event
    without the mark, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    describes it.
    """
    read = next(event for event in load_events("000000000000", "aws") if event.group is Group.ASSUME_ROOT)
    detail = json.loads(read.message) | {"eventName": "ListMFADevices"}
    if not marked:
        del detail["userIdentity"]["sessionContext"]["assumedRoot"]
    return TrailEvent("the devices of root are listed", read.group, detail)


@pytest.mark.parametrize(
    ("sessions", "marked", "reported"),
    [
        pytest.param("report", True, True, id="reported"),
        pytest.param("report", False, True, id="reported without its mark"),
        pytest.param("leave-out", True, False, id="left out by its mark"),
        pytest.param("leave-out", False, True, id="not left out without its mark"),
    ],
)
def test_the_look_of_our_own_rule_at_root_can_be_left_out(
    confirmed: Mapping[str, Any], patterns: Mapping[str, str], sessions: str, *, marked: bool, reported: bool
) -> None:
    home, event = confirmed[sessions], look_at_root(marked=marked)
    (found,) = home.client("logs").describe_metric_filters()["metricFilters"]
    tested = home.client("logs").test_metric_filter(
        filterPattern=found["filterPattern"], logEventMessages=[event.message]
    )
    on_bus = json.dumps(event.on_bus("us-east-1", "AWS API Call via CloudTrail"))
    accepted = home.client("events").test_event_pattern(EventPattern=patterns[sessions], Event=on_bus)
    assert (bool(tested["matches"]), accepted["Result"]) == (reported, reported)


def test_the_event_rule_sees_calls_that_only_read(confirmed: Mapping[str, Any]) -> None:
    (rule,) = confirmed["report"].client("events").list_rules()["Rules"]
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def test_the_pattern_is_the_one_that_people_know(confirmed: Mapping[str, Any]) -> None:
    (found,) = confirmed["report"].client("logs").describe_metric_filters()["metricFilters"]
    assert found["filterPattern"] == CIS_PATTERN
    assert CIS_PATTERN in RULE.remediation.text


def test_the_new_trail_is_one_that_can_be_relied_on(confirmed: Mapping[str, Any]) -> None:
    home = confirmed["report"]
    (trail,) = home.client("cloudtrail").describe_trails()["trailList"]
    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert trail["KmsKeyId"].startswith("arn:aws:kms:")
    key = home.client("kms").describe_key(KeyId=trail["KmsKeyId"])["KeyMetadata"]
    assert home.client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    encryption = home.client("s3").get_bucket_encryption(Bucket=trail["S3BucketName"])
    (default,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert default["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert not default.get("BucketKeyEnabled")  # CloudTrail would have to be let decrypt


def test_messages_are_encrypted_with_a_key_that_notifiers_may_use(confirmed: Mapping[str, Any]) -> None:
    home = confirmed["report"]
    (topic,) = home.client("sns").list_topics()["Topics"]
    attributes = home.client("sns").get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
    policy = home.client("kms").get_key_policy(KeyId=attributes["KmsMasterKeyId"], PolicyName="default")["Policy"]
    (notifiers,) = [each for each in json.loads(policy)["Statement"] if "Service" in each["Principal"]]
    assert notifiers["Principal"]["Service"] == ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    assert "Condition" not in notifiers  # not supported for EventBridge-to-encrypted topics
    statements = {each["Sid"]: each for each in json.loads(attributes["Policy"])["Statement"]}
    assert statements["AlarmPublishes"]["Condition"].keys() == {"ArnEquals", "StringEquals"}
    assert "Condition" not in statements["EventRulePublishes"]  # not supported in topics' policies for EventBridge


def test_deleting_the_stack_keeps_the_evidence(new_account: Callable[[], Any]) -> None:
    home = new_account()
    outputs = home.deploy(TEMPLATE, **NEW_TRAIL)
    home.remove()
    assert home.client("cloudtrail").describe_trails()["trailList"] == []
    assert home.client("sns").list_topics()["Topics"] == []
    buckets = [bucket["Name"] for bucket in home.client("s3").list_buckets()["Buckets"]]
    assert outputs["TrailBucketName"] in buckets
    assert "TlsOnly" in home.client("s3").get_bucket_policy(Bucket=outputs["TrailBucketName"])["Policy"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        pytest.param({"Email": "nobody"}, "Email", id="no e-mail address"),
        pytest.param(EMAIL | {"OrganizationTrail": "yes"}, "say CreateTrail yes as well", id="no new trail"),
        pytest.param(NEW_TRAIL | {"OrganizationTrail": "yes"}, "needs OrganizationId", id="no organization"),
        pytest.param(EMAIL | {"LogGroupName": "arn:aws:logs:x"}, "not its ARN", id="an ARN in place of a name"),
        pytest.param(NEW_TRAIL | {"TrailName": "a..b"}, "single periods", id="no name for a trail"),
    ],
)
def test_wrong_parameters_are_refused_at_once(
    new_account: Callable[[], Any], parameters: dict[str, str], said: str
) -> None:
    home = new_account()
    with pytest.raises(ClientError, match=said):
        home.deploy(TEMPLATE, **parameters)
    assert home.status() is None
