"""What security-hub.yaml tells people of new findings: EventBridge rules and an encrypted topic.

Security Hub announces every import and update of a finding
(https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-integration-types.html), to an administrator
those of its members as well.
"""

from collections.abc import Sequence
from typing import Any

from rootguard.derive.template_text import attribute, either, ref, sub
from rootguard.kit.rule import Severity
from rootguard.pack_names import deployed_prefix
from rootguard.process_check import ConfigRule, ProcessCheck

RAISED, TOLD_BY_EMAIL = "BuiltInFindingsAreRaised", "FindingsAreSentByEmail"
_LOUD = (Severity.CRITICAL, Severity.HIGH)
_UNPINNED = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
_FAILED = {"Compliance": {"Status": ["FAILED"]}, "RecordState": ["ACTIVE"], "Workflow": {"Status": ["NEW"]}}
_PLACE = {
    "account": "$.detail.findings[0].AwsAccountId",
    "name": "$.detail.findings[0].AwsAccountName",
    "region": "$.region",
}


def notification_resources(rules: Sequence[ConfigRule]) -> dict[str, Any]:
    """The EventBridge rules, topic, key and subscription, by logical id."""
    return {
        "NewFindings": _own_findings(),
        **_raised_findings([rule for rule in rules if rule.severity in _LOUD]),
        "TopicKey": _key(),
        "Topic": _topic(),
        "TopicPolicy": _topic_policy(),
        "Subscription": _subscription(),
    }


def _own_findings() -> dict[str, Any]:
    """Functions send their finding again at every evaluation, and mark the one with which a problem begins."""
    pattern = {
        "GeneratorId": [{"prefix": "rootguard/"}],
        "ProductFields": {"rootguard/IsNew": ["true"]},
        "Severity": {"Label": [str(severity).upper() for severity in _LOUD]},
        **_FAILED,
    }
    paths = {
        "title": "$.detail.findings[0].Title",
        "severity": "$.detail.findings[0].Severity.Label",
        "page": "$.detail.findings[0].Remediation.Recommendation.Url",
    }
    text = '"<severity>: <title>. Account <account> <name>, seen in <region>. How to mend it: <page>"'
    return _event_rule("rootguard: a critical or high finding is new", pattern, paths, text)


def _raised_findings(loud: Sequence[ConfigRule]) -> dict[str, Any]:
    """AWS Config's are updated only when the compliance changes, so that each of them is news.

    An event that came before the automation rule had its say would lack its severity, but not its title.
    """
    if not loud:
        return {}
    checks = [rule for rule in loud if isinstance(rule, ProcessCheck)]
    titles = [
        prefix if rule in checks or not checks else either(RAISED, prefix)
        for rule, prefix in ((rule, {"prefix": deployed_prefix(rule)}) for rule in loud)
    ]
    pattern = {"ProductName": ["Config"], "Title": titles, **_FAILED}
    paths = {"rule": "$.detail.findings[0].Title", "note": "$.detail.findings[0].Note.Text"}
    text = '"<rule>: <note> Account <account> <name>, seen in <region>."'
    made = _event_rule("rootguard: AWS Config has a new critical or high finding", pattern, paths, text)
    only_if = {} if checks else {"Condition": RAISED}
    return {"NewRaisedFindings": {"Type": made["Type"], **only_if, "Properties": made["Properties"]}}


def _event_rule(description: str, finding: dict[str, Any], paths: dict[str, str], text: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Description": description,
            "State": "ENABLED",
            "EventPattern": {
                "source": ["aws.securityhub"],
                "detail-type": ["Security Hub Findings - Imported"],
                "detail": {"findings": finding},
            },
            "Targets": [
                {
                    "Id": "topic",
                    "Arn": ref("Topic"),
                    "InputTransformer": {"InputPathsMap": {**_PLACE, **paths}, "InputTemplate": text},
                }
            ],
        },
    }


def _key() -> dict[str, Any]:
    """Without aws:SourceAccount or aws:SourceArn, which are "not supported for EventBridge-to-encrypted topics".

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    administers = {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    encrypts = {
        "Sid": "EventBridgeEncrypts",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }
    return {
        "Type": "AWS::KMS::Key",
        **_UNPINNED,
        "Properties": {
            "Description": sub("Messages of the topic of ${AWS::StackName}"),
            "EnableKeyRotation": True,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": [administers, encrypts]},
        },
    }


def _topic() -> dict[str, Any]:
    return {
        "Type": "AWS::SNS::Topic",
        "Properties": {
            "TopicName": sub("${AWS::StackName}-findings"),
            "DisplayName": "Root user findings",
            "KmsMasterKeyId": attribute("TopicKey", "Arn"),
        },
    }


def _topic_policy() -> dict[str, Any]:
    """The permission has no condition: topic policies for EventBridge take none.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    """
    publish = {"Action": "sns:Publish", "Resource": ref("Topic")}
    tls_only = {"Effect": "Deny", "Principal": "*", **publish, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    event_rules = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, **publish}
    statements = [{"Sid": "TlsOnly", **tls_only}, {"Sid": "EventRulesPublish", **event_rules}]
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [ref("Topic")],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def _subscription() -> dict[str, Any]:
    return {
        "Type": "AWS::SNS::Subscription",
        "Condition": TOLD_BY_EMAIL,
        "Properties": {"TopicArn": ref("Topic"), "Protocol": "email", "Endpoint": ref("FindingsEmail")},
    }
