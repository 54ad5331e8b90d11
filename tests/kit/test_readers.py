"""Readers: what AWS says becomes a typed fact, and what it leaves out or garbles is no evidence."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.event_rules import EventRule, read_accepts, read_event_rules, read_targets
from rootguard.kit.readers.metric_filters import Transformation, read_fired, read_metric_filters
from rootguard.kit.readers.topics import Topic, is_topic, read_topic
from rootguard.kit.readers.trails import (
    LogGroup,
    Trail,
    read_trail_status,
    read_trails,
    read_unrecorded_management_events,
)
from rootguard.kit.readers.virtual_mfa import read_virtual_mfa_devices_of_root

type Hearing = Callable[[Mapping[str, Any]], Account]
type Read = Callable[[Account], object]

ACCOUNT = "111122223333"
GROUP = LogGroup(f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trails:*")
TRAIL = Trail(
    f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/all", "all", "us-east-1", multi_region=True, log_group=GROUP
)
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:security"
RULE = EventRule("root", "us-east-1", "{}")

LISTED = {
    "TrailARN": TRAIL.arn,
    "Name": "all",
    "HomeRegion": "us-east-1",
    "IsMultiRegionTrail": True,
    "CloudWatchLogsLogGroupArn": GROUP.arn,
}
METRIC = {"metricNamespace": "LogMetrics", "metricName": "RootUse", "metricValue": "1"}
FILTER = {"filterName": "root", "filterPattern": "", "metricTransformations": [METRIC]}


def lacking(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def devices(*members: str, following: str = "") -> str:
    more = f"<IsTruncated>true</IsTruncated><Marker>{following}</Marker>" if following else ""
    listed = "".join(f"<member>{member}</member>" for member in members)
    answer = f"<VirtualMFADevices>{listed}</VirtualMFADevices>{more}"
    return f"<R><ListVirtualMFADevicesResult>{answer}</ListVirtualMFADevicesResult></R>"


def device(name: str, owner: str) -> str:
    return f"<SerialNumber>{name}</SerialNumber><User><UserName>u</UserName><Arn>arn:{owner}</Arn></User>"


def subscriptions(*arns: str) -> str:
    listed = "".join(f"<member><SubscriptionArn>{arn}</SubscriptionArn></member>" for arn in arns)
    answer = f"<Subscriptions>{listed}</Subscriptions>"
    return f"<R><ListSubscriptionsByTopicResult>{answer}</ListSubscriptionsByTopicResult></R>"


def selectors(**members: Any) -> dict[str, str]:
    return {"GetEventSelectors": json.dumps({"TrailARN": TRAIL.arn, **members})}


def advanced(*fields: Mapping[str, Any]) -> dict[str, str]:
    return selectors(AdvancedEventSelectors=[{"FieldSelectors": list(fields)}])


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def roots_devices(account: Account) -> object:
    return read_virtual_mfa_devices_of_root(account)


def unrecorded(account: Account) -> object:
    return read_unrecorded_management_events(account, TRAIL)


def topic(account: Account) -> object:
    return read_topic(account, TOPIC)


def fired(account: Account) -> object:
    return read_fired(account, "us-east-1", "{}", ["a", "b"])


@pytest.mark.parametrize(
    ("read", "script", "fact"),
    [
        pytest.param(
            roots_devices,
            {
                "ListVirtualMFADevices": [
                    devices(
                        device("a", f"aws:iam::{ACCOUNT}:root"),
                        device("b", f"aws:iam::{ACCOUNT}:user/b"),
                        following="2",
                    ),
                    devices(device("c", f"aws:iam::{ACCOUNT}:root")),
                ]
            },
            ("a", "c"),
            id="devices of root on two pages",
        ),
        pytest.param(
            roots_devices,
            {
                "ListVirtualMFADevices": devices(
                    device("a", "aws:iam::444455556666:root"),
                    device("b", f"aws-cn:iam::{ACCOUNT}:root"),
                    device("c", f"aws:iam::{ACCOUNT}:user/root"),
                    device("d", f"aws:iam::{ACCOUNT}:rooty"),
                )
            },
            (),
            id="devices of others, whose ARNs resemble root's",
        ),
        pytest.param(
            read_trails,
            {"DescribeTrails": json.dumps({"trailList": [LISTED, lacking(LISTED, "CloudWatchLogsLogGroupArn")]})},
            (TRAIL, Trail(TRAIL.arn, "all", "us-east-1", multi_region=True, log_group=None)),
            id="trails",
        ),
        pytest.param(
            unrecorded,
            advanced(MANAGEMENT, {"Field": "eventName", "Equals": ["ConsoleLogin"]}),
            "read and write",
            id="selectors of one call",
        ),
        pytest.param(
            unrecorded,
            advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}),
            "read and write",
            id="selectors of one service",
        ),
        pytest.param(
            unrecorded, advanced({"Field": "readOnly", "Equals": ["true"]}), "read and write", id="no category"
        ),
        pytest.param(
            unrecorded,
            advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true", "false"]}),
            "",
            id="reading and writing in one selector",
        ),
        pytest.param(
            unrecorded,
            selectors(
                AdvancedEventSelectors=[], EventSelectors=[{"IncludeManagementEvents": True, "ReadWriteType": "All"}]
            ),
            "",
            id="classic selectors beside an empty list of advanced ones",
        ),
        pytest.param(unrecorded, selectors(AdvancedEventSelectors=[]), "read and write", id="no selector at all"),
        pytest.param(
            unrecorded,
            selectors(EventSelectors=[{"IncludeManagementEvents": True, "ReadWriteType": "Some"}]),
            "read and write",
            id="a type that nobody knows",
        ),
        pytest.param(
            topic,
            {"ListSubscriptionsByTopic": subscriptions(f"{TOPIC}:1", "PendingConfirmation", "Deleted")},
            Topic(TOPIC, exists=True, confirmed=1, pending=1),
            id="subscriptions: confirmed, pending, deleted",
        ),
        pytest.param(
            topic,
            {"ListSubscriptionsByTopic": (404, "<E><Error><Code>NotFound</Code></Error></E>")},
            Topic(TOPIC, exists=False),
            id="missing topic",
        ),
        pytest.param(
            lambda account: read_metric_filters(account, GROUP)[0].transformations,
            {"DescribeMetricFilters": json.dumps({"metricFilters": [FILTER]})},
            (Transformation("LogMetrics", "RootUse", "1", default=None, unit="None", dimensions={}),),
            id="transformation without default, unit, dimensions",
        ),
        pytest.param(
            lambda account: read_metric_filters(account, GROUP)[0].transformations[0].dimensions,
            {
                "DescribeMetricFilters": json.dumps(
                    {"metricFilters": [FILTER | {"metricTransformations": [METRIC | {"dimensions": {"T": "$.t"}}]}]}
                )
            },
            {"T": "$.t"},
            id="dimensions",
        ),
        pytest.param(
            lambda account: [(found.transformed, found.criteria) for found in read_metric_filters(account, GROUP)],
            {
                "DescribeMetricFilters": json.dumps(
                    {
                        "metricFilters": [
                            FILTER | {"applyOnTransformedLogs": True},
                            FILTER | {"fieldSelectionCriteria": '@aws.account = "1"'},
                            FILTER | {"applyOnTransformedLogs": False, "fieldSelectionCriteria": ""},
                        ]
                    }
                )
            },
            [(True, ""), (False, '@aws.account = "1"'), (False, "")],
            id="filters that see something else than all raw logs",
        ),
        pytest.param(fired, {"TestMetricFilter": '{"matches": [{"eventMessage": "b"}]}'}, frozenset("b"), id="fired"),
        pytest.param(
            lambda account: read_event_rules(account, "us-east-1"),
            {
                "ListRules": json.dumps(
                    {
                        "Rules": [
                            {"Name": "on", "State": "ENABLED", "EventPattern": "{}"},
                            {
                                "Name": "all",
                                "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
                                "EventPattern": "{}",
                            },
                            {"Name": "off", "State": "DISABLED", "EventPattern": "{}"},
                            {"Name": "hourly", "State": "ENABLED", "ScheduleExpression": "rate(1 hour)"},
                        ]
                    }
                )
            },
            (EventRule("on", "us-east-1", "{}"), EventRule("all", "us-east-1", "{}")),
            id="enabled rules with a pattern",
        ),
        pytest.param(
            lambda account: read_targets(account, RULE),
            {"ListTargetsByRule": ['{"Targets": [{"Arn": "a"}], "NextToken": "2"}', '{"Targets": [{"Arn": "b"}]}']},
            ("a", "b"),
            id="targets on two pages",
        ),
    ],
)
def test_what_aws_says_becomes_a_fact(
    account_hearing: Hearing, read: Read, script: Mapping[str, Any], fact: object
) -> None:
    assert read(account_hearing(script)) == fact


@pytest.mark.parametrize(
    ("read", "script", "action", "problem"),
    [
        pytest.param(
            read_account_summary,
            {"GetAccountSummary": "<R><GetAccountSummaryResult/></R>"},
            "iam:GetAccountSummary",
            "the answer has no SummaryMap",
            id="no summary",
        ),
        pytest.param(
            roots_devices,
            {"ListVirtualMFADevices": devices("<SerialNumber>a</SerialNumber>")},
            "iam:ListVirtualMFADevices",
            "the answer has no User",
            id="device without owner",
        ),
        pytest.param(
            roots_devices,
            {"ListVirtualMFADevices": devices("<SerialNumber>a</SerialNumber><User><UserName>u</UserName></User>")},
            "iam:ListVirtualMFADevices",
            "the answer has no Arn",
            id="owner without ARN",
        ),
        *(
            pytest.param(
                read_trails,
                {"DescribeTrails": json.dumps({"trailList": [lacking(LISTED, name)]})},
                "cloudtrail:DescribeTrails",
                f"the answer has no {name}",
                id=f"trail without {name}",
            )
            for name in ("TrailARN", "Name", "HomeRegion", "IsMultiRegionTrail")
        ),
        *(
            pytest.param(
                read_trails,
                {"DescribeTrails": json.dumps({"trailList": [LISTED | {name: arn}]})},
                "cloudtrail:DescribeTrails",
                f"{name} is not",
                id=f"trail whose {name} is {arn}",
            )
            for name, arn in (
                ("TrailARN", "all"),
                ("CloudWatchLogsLogGroupArn", "trails"),
                ("CloudWatchLogsLogGroupArn", f"arn:aws:logs:eu-west-1:{ACCOUNT}:trails"),
            )
        ),
        pytest.param(
            lambda account: read_trail_status(account, TRAIL),
            {"GetTrailStatus": "{}"},
            "cloudtrail:GetTrailStatus",
            "the answer has no IsLogging",
            id="status that does not say whether the trail is logging",
        ),
        pytest.param(
            unrecorded,
            selectors(),
            "cloudtrail:GetEventSelectors",
            "the answer has no EventSelectors",
            id="no selectors",
        ),
        pytest.param(
            unrecorded,
            selectors(EventSelectors=[{"IncludeManagementEvents": True}]),
            "cloudtrail:GetEventSelectors",
            "the answer has no ReadWriteType",
            id="selector without type",
        ),
        *(
            pytest.param(
                lambda account: read_metric_filters(account, GROUP),
                {"DescribeMetricFilters": json.dumps({"metricFilters": [lacking(FILTER, name)]})},
                "logs:DescribeMetricFilters",
                f"the answer has no {name}",
                id=f"filter without {name}",
            )
            for name in FILTER
        ),
        pytest.param(
            fired,
            {"TestMetricFilter": '{"matches": [{"eventMessage": "c"}]}'},
            "logs:TestMetricFilter",
            "the answer matches a message that was not sent",
            id="a match of something else",
        ),
        pytest.param(
            fired, {"TestMetricFilter": "{}"}, "logs:TestMetricFilter", "the answer has no matches", id="no matches"
        ),
        pytest.param(
            lambda account: read_accepts(account, RULE, {}),
            {"TestEventPattern": "{}"},
            "events:TestEventPattern",
            "the answer has no Result",
            id="no result",
        ),
        pytest.param(
            topic,
            {"ListSubscriptionsByTopic": (403, "<E><Error><Code>AuthorizationError</Code></Error></E>")},
            "sns:ListSubscriptionsByTopic",
            "AuthorizationError:",
            id="topic that may not be read",
        ),
    ],
)
def test_what_aws_leaves_out_is_no_evidence(
    account_hearing: Hearing, read: Read, script: Mapping[str, Any], action: str, problem: str
) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        read(account_hearing(script))
    assert (raised.value.action, raised.value.account_id) == (action, ACCOUNT)
    assert raised.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("facts", "read", "present"),
    [
        pytest.param({"AccountPasswordPresent": 1}, lambda summary: summary.password_present, True, id="password"),
        pytest.param({"AccountPasswordPresent": 0}, lambda summary: summary.password_present, False, id="no password"),
        pytest.param({"AccountAccessKeysPresent": 2}, lambda summary: summary.access_keys_present, True, id="keys"),
        pytest.param({"AccountMFAEnabled": 0}, lambda summary: summary.mfa_enabled, False, id="no MFA"),
    ],
)
def test_the_summary_counts(
    account_hearing: Hearing, facts: Mapping[str, int], read: Callable[[AccountSummary], bool], *, present: bool
) -> None:
    entries = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in facts.items())
    answer = f"<R><GetAccountSummaryResult><SummaryMap>{entries}</SummaryMap></GetAccountSummaryResult></R>"
    summary = read_account_summary(account_hearing({"GetAccountSummary": answer}))
    assert read(summary) is present


def test_a_trail_and_its_log_group_may_be_of_different_accounts_and_regions() -> None:
    trail = Trail("arn:aws:cloudtrail:us-east-1:444455556666:trail/all", "all", "us-east-1", True, GROUP)  # noqa: FBT003 - multi_region
    assert trail.account_id == "444455556666"
    assert (GROUP.account_id, GROUP.region, GROUP.name) == (ACCOUNT, "eu-west-1", "trails")


@pytest.mark.parametrize(
    ("arn", "name", "answer"),
    [
        (TOPIC, "security", True),
        ("arn:aws-cn:sns:cn-north-1:111122223333:a.fifo", "a.fifo", True),
        (f"{TOPIC}:11111111-2222-3333-4444-555555555555", "", False),
        ("arn:aws:sns:eu-west-1:1234:security", "", False),
        ("arn:aws:sqs:eu-west-1:111122223333:security", "", False),
        ("arn:aws:automate:eu-west-1:ec2:stop", "", False),
        ("security", "", False),
        ("", "", False),
    ],
)
def test_a_topic_is_known_by_its_arn(arn: str, name: str, *, answer: bool) -> None:
    assert is_topic(arn) is answer
    if answer:
        assert Topic(arn, exists=True).name == name


@pytest.mark.parametrize(
    ("pattern", "possible"),
    [
        ({"detail-type": ["AWS API Call via CloudTrail"]}, True),
        ({"detail-type": ["AWS Service Event via CloudTrail"]}, False),
        ({"detail-type": [{"prefix": "AWS"}]}, True),
        ({"detail-type": [{"prefix": "AWS"}, "Other"]}, True),
        ({"source": ["aws.iam"]}, True),
        ({"$or": [{"detail-type": ["Other"]}, {"source": ["aws.iam"]}]}, True),
    ],
)
def test_a_literal_detail_type_rules_out_others(pattern: Mapping[str, Any], *, possible: bool) -> None:
    rule = EventRule("root", "us-east-1", json.dumps(pattern))
    assert rule.may_accept("AWS API Call via CloudTrail") is possible


@pytest.mark.parametrize("pattern", ["", "{", "[]", "null", '{"detail-type": "text"}'])
def test_what_is_no_pattern_is_left_to_aws_to_judge(pattern: str) -> None:
    assert EventRule("root", "us-east-1", pattern).may_accept("AWS API Call via CloudTrail") is True
