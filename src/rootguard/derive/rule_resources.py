"""The resources of one rule in rules.yaml."""

from collections.abc import Iterator
from typing import Any

from rootguard.derive.template_text import NO_VALUE, Call, attribute, either, ref, sub
from rootguard.functions import ARCHITECTURE, MEMORY_MB, RUNTIME, TIMEOUT_SECONDS, handler, log_group_name
from rootguard.kit.findings.asff import COMMIT_VARIABLE
from rootguard.kit.findings.security_hub import SWITCH
from rootguard.kit.rule import AnyRule, Frequency
from rootguard.pack_names import logical_id
from rootguard.permissions import LOG_ACTIONS, TRUST_POLICY, finding_grants, grants, reader_role_parameters

_HOURS = {
    Frequency.ONE_HOUR: 1,
    Frequency.THREE_HOURS: 3,
    Frequency.SIX_HOURS: 6,
    Frequency.TWELVE_HOURS: 12,
    Frequency.TWENTY_FOUR_HOURS: 24,
}
_HOUR = 3_600
CHECKOV_SKIPS = (
    ("CKV_AWS_115", "Reserved concurrency is the account's to give; new accounts have none to spare"),
    ("CKV_AWS_116", "Failures go to the destination of AWS::Lambda::EventInvokeConfig"),
    ("CKV_AWS_117", "It reads public endpoints of AWS only; a VPC in every account would be one more thing to lose"),
    ("CKV_AWS_173", "The environment says whether findings are imported and which code it is; it holds no secrets"),
)
"""Findings of checkov about a function that are as they should be, and why."""
FINDINGS_ARE_OWN = "FindingsAreOwn"
"""The condition that functions import findings of their own."""
CODE_SIGNING = "CodeSigning"
"""The logical id of the code signing configuration that all functions of a template share."""
_UNPINNED = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def rule_resources(rule: AnyRule, *, signed: bool) -> dict[str, Any]:
    """Log group, role, function, permission, failure destination and alarms, by logical id.

    Args:
        rule: Whose they are.
        signed: Whether the function takes signed code only.

    Raises:
        UnknownActionError: Nobody has looked up yet what one of the rule's actions can be narrowed to.
    """
    name = logical_id(rule)
    return {
        f"{name}LogGroup": _log_group(rule),
        f"{name}Role": _role(rule),
        f"{name}Function": _function(rule, signed=signed),
        f"{name}Permission": _permission(rule),
        f"{name}FailureDestination": _failure_destination(rule),
        f"{name}ErrorsAlarm": _errors_alarm(rule),
        f"{name}SilenceAlarm": _silence_alarm(rule),
    }


def _name(rule: AnyRule) -> str:
    return f"${{FunctionPrefix}}{rule.name}"


def _function_name(rule: AnyRule) -> Call:
    return ref(f"{logical_id(rule)}Function")


def _log_group(rule: AnyRule) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        **_UNPINNED,
        "Properties": {
            "LogGroupName": sub(log_group_name(_name(rule))),
            "RetentionInDays": ref("LogRetentionDays"),
            "KmsKeyId": either("LogGroupsHaveAKey", ref("LogGroupKmsKeyArn")),
        },
    }


def _role(rule: AnyRule) -> dict[str, Any]:
    boundary = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${PermissionsBoundary}")
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": sub(_name(rule)),
            "Description": f"Reads what the rule {rule.name} judges",
            "AssumeRolePolicyDocument": TRUST_POLICY,
            "PermissionsBoundary": either("RolesHaveABoundary", boundary),
            "ManagedPolicyArns": either("FailuresAreReported", [ref("FailureDestinationPolicy")]),
            "Policies": [
                {
                    "PolicyName": "evidence",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(_statements(rule))},
                }
            ],
        },
    }


def _statements(rule: AnyRule) -> Iterator[Any]:
    for grant in grants(rule):
        yield _allow(grant.actions, "*" if grant.resource == "*" else sub(grant.resource))
    yield _allow(LOG_ACTIONS, attribute(f"{logical_id(rule)}LogGroup", "Arn"))
    for grant in finding_grants():
        yield either(FINDINGS_ARE_OWN, _allow(grant.actions, sub(grant.resource)))
    for name in reader_role_parameters(rule):
        parameter = f"{logical_id(rule)}{name}"
        yield either(f"{parameter}IsGiven", _allow(("sts:AssumeRole",), ref(parameter)), NO_VALUE)


def _allow(actions: tuple[str, ...], resource: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _function(rule: AnyRule, *, signed: bool) -> dict[str, Any]:
    name = logical_id(rule)
    return {
        "Type": "AWS::Lambda::Function",
        "Metadata": {"checkov": {"skip": [{"id": check, "comment": reason} for check, reason in CHECKOV_SKIPS]}},
        "Properties": {
            "FunctionName": sub(_name(rule)),
            "Description": rule.title,
            "Runtime": RUNTIME,
            "Architectures": [ARCHITECTURE],
            "Handler": handler(rule),
            "MemorySize": MEMORY_MB,
            "Timeout": TIMEOUT_SECONDS,
            "Code": {"S3Bucket": ref("ArtifactBucket"), "S3Key": sub(f"${{ArtifactPrefix}}{rule.name}.zip")},
            **({"CodeSigningConfigArn": ref(CODE_SIGNING)} if signed else {}),
            "Environment": either(
                FINDINGS_ARE_OWN, {"Variables": {SWITCH: "on", COMMIT_VARIABLE: ref("ArtifactPrefix")}}
            ),
            "LoggingConfig": {"LogGroup": ref(f"{name}LogGroup")},
            "Role": attribute(f"{name}Role", "Arn"),
        },
    }


def _permission(rule: AnyRule) -> dict[str, Any]:
    """AWS Config of this account only.

    The rule's ARN is not known before the rule, which AWS Config refuses to create as long as it cannot invoke the
    function
    (https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html).
    """
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": _function_name(rule),
            "Action": "lambda:InvokeFunction",
            "Principal": "config.amazonaws.com",
            "SourceAccount": ref("AWS::AccountId"),
        },
    }


def _failure_destination(rule: AnyRule) -> dict[str, Any]:
    """AWS Config invokes asynchronously, so that nobody but Lambda knows of a failure."""
    return {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Condition": "FailuresAreReported",
        "Properties": {
            "FunctionName": _function_name(rule),
            "Qualifier": "$LATEST",
            "DestinationConfig": {"OnFailure": {"Destination": ref("FailureDestinationArn")}},
        },
    }


def _errors_alarm(rule: AnyRule) -> dict[str, Any]:
    return _alarm(
        rule,
        f"The rule {rule.name} could not judge this account: see the function's log",
        MetricName="Errors",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        TreatMissingData="notBreaching",
    )


def _silence_alarm(rule: AnyRule) -> dict[str, Any]:
    """Hours, because periods of an hour may add up to a week, shorter ones to a day only (API model cloudwatch).

    Lambda publishes nothing for a function that is not invoked, so what is missing is what alarms.
    """
    hours = _HOURS[rule.frequency] + 1
    return _alarm(
        rule,
        f"AWS Config has not invoked the rule {rule.name} for {hours} hours: see the recorder and the rule",
        MetricName="Invocations",
        ComparisonOperator="LessThanThreshold",
        EvaluationPeriods=hours,
        TreatMissingData="breaching",
    )


def _alarm(rule: AnyRule, description: str, **properties: object) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": "AlarmsAreEnabled",
        "Properties": {
            "AlarmDescription": description,
            "AlarmActions": either("AlarmsNotify", [ref("AlarmTopicArn")]),
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"Name": "FunctionName", "Value": _function_name(rule)}],
            "Statistic": "Sum",
            "Period": _HOUR,
            "Threshold": 1,
            **properties,
        },
    }
