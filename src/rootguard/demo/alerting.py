"""Ways in which the demo's accounts report what root does, or fail to."""

import json
from dataclasses import dataclass
from typing import Any

from rootguard.demo.stacks import deploy_template
from rootguard.sandbox.administrators import Clients
from rootguard.sandbox.subscriptions import confirmation_tokens

CIS_PATTERN = (
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
)
"""As the CIS AWS Foundations Benchmark and Security Hub's CloudWatch.1 print it."""
REORDERED_PATTERN = (
    "{($.eventType!=AwsServiceEvent)&&($.userIdentity.type=Root)&&($.userIdentity.invokedBy NOT EXISTS)}"
)
"""The same in another spelling: right, though it equals no published text."""
TEMPTING_PATTERN = '{ $.userIdentity.userName = "root" && $.eventName = "ConsoleLogin" }'
"""Looks right and never fires: CloudTrail gives root no user name."""

ALARM_TEMPLATE = "root-activity-alarm.yaml"
TRAIL = "management-events"

_NAMESPACE = "Security"
_CLOUDTRAIL_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
_SIGN_IN_REGIONS = ("us-east-1", "us-east-2", "us-west-2")


@dataclass(frozen=True, slots=True)
class MetricRoute:
    """Trail, log group, filter, alarm and topic; each flag breaks or bends one link."""

    pattern: str = CIS_PATTERN
    logging: bool = True
    actions_enabled: bool = True
    confirmed: bool = True
    through_composite: bool = False
    organization: bool = False

    @property
    def name(self) -> str:
        """What its resources are called."""
        return "organization-root-activity" if self.organization else "root-activity"

    def set_up(self, clients: Clients, account_id: str) -> None:
        """Create it with ordinary API calls."""
        _trail(clients, account_id, self.name, organization=self.organization)
        if self.logging:
            clients.client("cloudtrail").start_logging(Name=self.name)
        clients.client("logs").put_metric_filter(
            logGroupName=self.name,
            filterName=self.name,
            filterPattern=self.pattern,
            metricTransformations=[{"metricNamespace": _NAMESPACE, "metricName": self.name, "metricValue": "1"}],
        )
        self._alarm(clients, _topic(clients, confirmed=self.confirmed))

    def _alarm(self, clients: Clients, topic: str) -> None:
        cloudwatch = clients.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=self.name,
            Namespace=_NAMESPACE,
            MetricName=self.name,
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            ActionsEnabled=self.actions_enabled,
            AlarmActions=[] if self.through_composite else [topic],
        )
        if self.through_composite:
            cloudwatch.put_composite_alarm(
                AlarmName="security", AlarmRule=f'ALARM("{self.name}")', AlarmActions=[topic]
            )


@dataclass(frozen=True, slots=True)
class EventRoute:
    """EventBridge rules in every Region that logs root's sign-ins, each with a topic."""

    def set_up(self, clients: Clients, account_id: str) -> None:  # noqa: ARG002 - as a MetricRoute is set up
        """Create them with ordinary API calls."""
        pattern = {
            "detail-type": ["AWS Console Sign In via CloudTrail", "AWS API Call via CloudTrail"],
            "detail": {"userIdentity": {"type": ["Root"]}},
        }
        for region in _SIGN_IN_REGIONS:
            topic = _topic(clients, confirmed=True, region=region)
            events = clients.client("events", region_name=region)
            events.put_rule(Name="root-activity", EventPattern=json.dumps(pattern))
            events.put_targets(Rule="root-activity", Targets=[{"Id": "topic", "Arn": topic}])


@dataclass(frozen=True, slots=True)
class TemplateRoute:
    """What the project's own template makes, with a trail of its own, its subscription confirmed."""

    def set_up(self, clients: Clients, account_id: str) -> None:  # noqa: ARG002 - as a MetricRoute is set up
        """Deploy it."""
        outputs = deploy_template(
            clients,
            ALARM_TEMPLATE,
            "rootguard",
            CreateTrail="yes",
            TrailName=TRAIL,
            Email="security@example.com",
        )
        _confirm(clients.client("sns"), outputs["TopicArn"])


type Alerting = MetricRoute | EventRoute | TemplateRoute


def _trail(clients: Clients, account_id: str, name: str, *, organization: bool) -> None:
    """A multi-Region trail that delivers to a log group of its name."""
    clients.client("s3").create_bucket(Bucket=f"{name}-{account_id}")
    logs = clients.client("logs")
    logs.create_log_group(logGroupName=name)
    log_group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    role = clients.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_CLOUDTRAIL_TRUST))
    clients.client("cloudtrail").create_trail(
        Name=name,
        S3BucketName=f"{name}-{account_id}",
        IsMultiRegionTrail=True,
        IsOrganizationTrail=organization,
        CloudWatchLogsLogGroupArn=log_group["arn"],
        CloudWatchLogsRoleArn=role["Role"]["Arn"],
    )


def _topic(clients: Clients, *, confirmed: bool, region: str | None = None) -> str:
    sns = clients.client("sns", region_name=region)
    topic = str(sns.create_topic(Name="security")["TopicArn"])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
    if confirmed:
        _confirm(sns, topic)
    return topic


def _confirm(sns: Any, topic: str) -> None:  # noqa: ANN401 - a boto3 client
    """What the person does who gets the e-mail."""
    for sent in confirmation_tokens(topic):
        sns.confirm_subscription(TopicArn=topic, Token=sent.token)
