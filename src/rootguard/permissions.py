"""What a rule's Lambda function may do: exactly what its RULE says, on no more than it needs it for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rootguard.errors import RootguardError
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import RUNTIME_ACTIONS

LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
"""On the function's own log group, which stands before the function; it need not and may not create one."""

FINDING_ACTIONS = ("securityhub:BatchImportFindings", "securityhub:GetFindings")
"""Of a function that imports findings of its own, which rules.yaml lets it only where that is asked for."""

_ASSUME_ROLE = "sts:AssumeRole"
_OWN = "${AWS::AccountId}"
_HUB = f"arn:${{AWS::Partition}}:securityhub:${{AWS::Region}}:{_OWN}"

RESOURCES: Mapping[str, str] = {
    # AWS Account Management: an account that asks about itself.
    "account:GetAlternateContact": f"arn:${{AWS::Partition}}:account::{_OWN}:account",
    # AWS Config
    "config:PutEvaluations": "*",
    # AWS CloudTrail: an organization trail belongs to the management account.
    "cloudtrail:DescribeTrails": "*",
    "cloudtrail:GetEventSelectors": "arn:${AWS::Partition}:cloudtrail:*:*:trail/*",
    "cloudtrail:GetTrailStatus": "arn:${AWS::Partition}:cloudtrail:*:*:trail/*",
    # Amazon CloudWatch: only a permission on * sees composite alarms (API model cloudwatch, DescribeAlarms).
    "cloudwatch:DescribeAlarms": "*",
    # Amazon EventBridge
    "events:ListRules": "*",
    "events:ListTargetsByRule": f"arn:${{AWS::Partition}}:events:*:{_OWN}:rule/*",
    "events:TestEventPattern": "*",
    # AWS Identity and Access Management
    "iam:GenerateCredentialReport": "*",
    "iam:GetAccountSummary": "*",
    "iam:GetCredentialReport": "*",
    "iam:ListOrganizationsFeatures": "*",
    "iam:ListVirtualMFADevices": "*",
    "iam:SimulateCustomPolicy": "*",
    # Amazon CloudWatch Logs: the log group of another account is read by the role that AlarmReaderRoleArn names.
    "logs:DescribeMetricFilters": f"arn:${{AWS::Partition}}:logs:*:{_OWN}:log-group:*",
    "logs:TestMetricFilter": "*",
    # AWS Organizations
    "organizations:DescribeOrganization": "*",
    # AWS Security Hub: the product of the account's own findings, and its hub, of the function's own Region.
    "securityhub:BatchImportFindings": f"{_HUB}:product/{_OWN}/default",
    "securityhub:GetFindings": f"{_HUB}:hub/default",
    # Amazon SNS: an alarm may notify another account's topic, whose policy may let this one read it.
    "sns:ListSubscriptionsByTopic": "arn:${AWS::Partition}:sns:*:*:*",
}
"""The resources that an action is granted on, as Fn::Sub reads them; `*` for actions that IAM narrows to none.

From the pages "Actions, resources, and condition keys for ..." of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
"""

TRUST_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
"""Who may take on a function's role: Lambda."""


class UnknownActionError(RootguardError):
    """An action of a rule that RESOURCES does not have."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on a resource; `resource` is a text for Fn::Sub."""

    actions: tuple[str, ...]
    resource: str


def grants(rule: AnyRule) -> tuple[Grant, ...]:
    """What a rule's function needs beside its log group and reader role, by resource.

    Its `assumed_actions` are not among them: whoever makes them is granted them where it belongs.

    Raises:
        UnknownActionError: Nobody has looked up yet what one of the actions can be narrowed to.
    """
    needed = sorted({*rule.actions, *RUNTIME_ACTIONS} - {_ASSUME_ROLE})
    if unknown := [action for action in needed if action not in RESOURCES]:
        raise UnknownActionError(
            f"{rule.name}: look up which resources {', '.join(unknown)} can be narrowed to in the Service "
            f"Authorization Reference and add it to RESOURCES in {__name__}"
        )
    return _by_resource(needed)


def finding_grants() -> tuple[Grant, ...]:
    """What a function needs besides, to import findings of its own."""
    return _by_resource(FINDING_ACTIONS)


def _by_resource(needed: Sequence[str]) -> tuple[Grant, ...]:
    resources = sorted({RESOURCES[action] for action in needed})
    return tuple(
        Grant(tuple(action for action in needed if RESOURCES[action] == resource), resource) for resource in resources
    )


def reader_role_parameters(rule: AnyRule) -> tuple[str, ...]:
    """The rule's parameters that name the roles which it assumes: those called ...RoleArn."""
    return tuple(each.name for each in rule.own_parameters if each.name.endswith("RoleArn"))


def execution_policy(
    rule: AnyRule, account_id: str, partition: str = "aws", reader_role_arn: str = ""
) -> dict[str, Any]:
    """The policy of a rule's role in an account, without the log group's part.

    Assuming a role is granted for the reader role alone, and not at all without one.

    Raises:
        UnknownActionError: As `grants`.
    """
    return {"Version": "2012-10-17", "Statement": list(_statements(rule, account_id, partition, reader_role_arn))}


def _statements(rule: AnyRule, account_id: str, partition: str, reader_role_arn: str) -> Iterator[dict[str, Any]]:
    for grant in grants(rule):
        resource = grant.resource.replace("${AWS::Partition}", partition).replace(_OWN, account_id)
        yield {"Effect": "Allow", "Action": list(grant.actions), "Resource": resource}
    if reader_role_arn and reader_role_parameters(rule):
        yield {"Effect": "Allow", "Action": _ASSUME_ROLE, "Resource": reader_role_arn}
