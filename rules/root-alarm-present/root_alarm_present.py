"""Somebody must hear of it when root signs in or calls an API: it is rare, and it is how an account is lost.

The rule asks AWS itself whether the account's metric filter fires on root's sign-ins, password recoveries and API calls
and stays quiet on everybody else's, so every spelling that means the right thing passes and none that only looks right
does. Then it follows the rest of the way: a multi-Region trail that is logging management events to the filter's log
group, an alarm on the filter's metric that one event trips, with actions enabled, itself or through a composite alarm,
and a topic with a confirmed subscription. EventBridge rules in the Regions that log root's sign-ins are the other way.

The reason names the first broken link of the way that holds furthest; where all hold, it names what else the filter
fires on, such as services that act for root: noise, but no fault. An organization trail's log group belongs to another
account; AlarmReaderRoleArn names the role by which the rule may read it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rootguard.kit.account import Account
from rootguard.kit.alerting import event_route, metric_judgement
from rootguard.kit.alerting.breaks import BROKEN, NO_TRAIL
from rootguard.kit.alerting.chain import best
from rootguard.kit.alerting.event_route import RegionEvidence, gather_event_rules, judge_event_rules, sign_in_regions
from rootguard.kit.alerting.events import load_events
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.metric_evidence import TrailEvidence
from rootguard.kit.alerting.metric_judgement import judge_trails
from rootguard.kit.alerting.metric_route import Viewpoint, gather_trails
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import ROLE_ARN, Controls, Parameter, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import REASON_LENGTH, Verdict, compliant, not_applicable, shortened

REPORTED = compliant("root activity is reported by {way}", metric_judgement.WAY, event_route.WAY)
JUDGED_ELSEWHERE = not_applicable(
    "trail {trail} delivers to a log group of account {account}, where its alarm is judged; "
    "AlarmReaderRoleArn would judge it from here"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both ways; EventBridge is asked only where no metric route is complete."""

    expected: Expectations
    trails: tuple[TrailEvidence, ...] | EvidenceUnavailable
    regions: tuple[str, ...] = ()
    event_rules: Mapping[str, RegionEvidence] = field(default_factory=dict)


def gather(account: Account, parameters: Parameters) -> Evidence:
    """Follow every trail, then EventBridge if that is not enough."""
    expected = Expectations.of(load_events(account.id, account.partition), parameters["AssumeRootSessions"])
    trails = gather_trails(Viewpoint(account, parameters["AlarmReaderRoleArn"]), expected)
    if judge_trails(trails, expected).complete:
        return Evidence(expected, trails)
    regions = sign_in_regions(account, parameters["SignInRegions"])
    return Evidence(expected, trails, regions, gather_event_rules(account, regions, expected))


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """The best way there is, or what could not be seen of one that may be complete."""
    events = judge_event_rules(evidence.event_rules, evidence.regions)
    chain = best((judge_trails(evidence.trails, evidence.expected), events), NO_TRAIL())
    if chain.complete:
        noise = f"; noise: also fires when {' and when '.join(chain.noise)}" if chain.noise else ""
        return REPORTED(way=shortened(f"{chain.reason}{noise}", REASON_LENGTH - len(REPORTED(way="").reason)))
    if chain.unseen:
        raise chain.unseen
    return _judged_elsewhere(evidence) or chain.verdict()


def _judged_elsewhere(evidence: Evidence) -> Verdict | None:
    trails = () if isinstance(evidence.trails, EvidenceUnavailable) else evidence.trails
    for found in trails:
        log_group = found.trail.log_group
        if found.foreign and log_group:
            return JUDGED_ELSEWHERE(trail=shortened(found.trail.name, 60), account=log_group.account_id)
    return None


RULE = Rule(
    name="root-alarm-present",
    title="An alarm reaches somebody whenever the root user signs in or calls an API",
    finding_title="Nobody is alarmed when the root user signs in or calls an API",
    severity=Severity.HIGH,
    practice=7,
    controls=Controls(cis={"1.4.0": "4.3", "3.0.0": "4.3", "5.0.0": "4.3", "6.0.0": "5.3", "7.0.0": "5.3"}),
    remediation=Remediation(
        text=(
            "Deliver a multi-Region trail with all management events to a log group; there, put a metric filter on "
            '`{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != '
            '"AwsServiceEvent" }`, an alarm on its metric (Sum >= 1, one period of five minutes) and an SNS topic; '
            "confirm the subscription."
        ),
        console=(
            "In CloudTrail, create a multi-Region trail with all management events that delivers to a log group.",
            "In CloudWatch, create a metric filter on that log group with the pattern above, metric value 1.",
            "Create an alarm on the metric, Sum >= 1 in one period of five minutes, that notifies an SNS topic.",
            "Subscribe somebody who reads it, and confirm the subscription from the e-mail.",
        ),
        commands=(
            (
                "aws cloudformation deploy --template-file templates/root-activity-alarm.yaml "
                "--stack-name root-activity --capabilities CAPABILITY_IAM --parameter-overrides Email=EMAIL"
            ),
        ),
        organization=(
            "Deploy templates/root-activity-alarm.yaml once, where the organization trail's log group is, and "
            "templates/reader-role.yaml beside it; give its role to the rule as AlarmReaderRoleArn."
        ),
    ),
    outcomes=(REPORTED, JUDGED_ELSEWHERE, *BROKEN),
    actions=(
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudwatch:DescribeAlarms",
        "events:ListRules",
        "events:ListTargetsByRule",
        "events:TestEventPattern",
        "logs:DescribeMetricFilters",
        "logs:TestMetricFilter",
        "sns:ListSubscriptionsByTopic",
        "sts:AssumeRole",
    ),
    gather=gather,
    decide=decide,
    own_parameters=(
        Parameter(
            "AlarmReaderRoleArn",
            "ARN of the role that reads alarms in the account of an organization trail's log group",
            ROLE_ARN,
        ),
        Parameter(
            "AssumeRootSessions",
            "What alarms should do with sts:AssumeRoot sessions: ignored (either way is right), required or noise",
            "ignored|required|noise",
            "ignored",
        ),
        Parameter(
            "SignInRegions", "Regions that log root's sign-ins, if not AWS's own: us-east-1,us-west-2", r"[a-z0-9,\s-]+"
        ),
    ),
)

lambda_handler = handler(RULE)
