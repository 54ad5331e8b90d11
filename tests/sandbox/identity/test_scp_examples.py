"""The service control policies that AWS publishes, simulated beneath FullAWSAccess.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples.html and the repository it
leads to, https://github.com/aws-samples/service-control-policy-examples; the last ones are of the pages named there.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

type Context = dict[str, str | list[str]]
type Decide = Callable[[dict[str, Any], str, str, Context], str]

FULL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ACCOUNT = "111122223333"
ROOT = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:root"}
ROLE = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Anybody"}
ADMINISTRATOR = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Privileged"}
USER = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
PRIVILEGED = {"ArnNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/Privileged"}}
ALLOWED, DENIED, SILENT = "allowed", "explicitDeny", "implicitDeny"


def deny(*actions: str, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def deny_but(*actions: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "NotAction": list(actions), "Resource": "*"}
    return statement | ({"Condition": condition} if condition else {})


REGION = deny_but(
    "cloudfront:*",
    "ec2:DescribeRegions",
    "iam:*",
    "organizations:*",
    "route53:*",
    "s3:GetAccountPublic*",
    "support:*",
    StringNotEquals={"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
    **PRIVILEGED,
)
ROLES = deny("iam:DeleteRole", "iam:PutRolePolicy", resource="arn:aws:iam::*:role/name-of-role-to-deny")
ROLES_BUT_FOR_ONE = deny(
    "iam:DeleteRole",
    "iam:PutRolePolicy",
    resource="arn:aws:iam::*:role/name-of-role-to-deny",
    StringNotLike={"aws:PrincipalARN": "arn:aws:iam::*:role/name-of-admin-role-to-allow"},
)
MFA = deny("ec2:StopInstances", "ec2:TerminateInstances", BoolIfExists={"aws:MultiFactorAuthPresent": False})
ROOT_IN_EC2 = deny("ec2:*", StringLike={"aws:PrincipalArn": ["arn:aws:iam::*:root"]})
LEAVE = deny("organizations:LeaveOrganization")
CLOUDWATCH = deny("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState")
ALARM = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:"
ONE_ALARM = deny("cloudwatch:DeleteAlarms", resource="arn:aws:cloudwatch:*:*:alarm:root-*", **PRIVILEGED)
CONFIG = deny("config:DeleteConfigRule", "config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder")
INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
VOLUME = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"
MICRO = deny(
    "ec2:RunInstances",
    resource="arn:aws:ec2:*:*:instance/*",
    StringNotEquals={"ec2:InstanceType": "t2.micro"},
)
IMDSV2 = deny(
    "ec2:RunInstances",
    resource="arn:aws:ec2:*:*:instance/*",
    StringNotEquals={"ec2:MetadataHttpTokens": "required"},
)
HOP_LIMIT = deny(
    "ec2:RunInstances",
    resource="arn:aws:ec2:*:*:instance/*",
    NumericGreaterThan={"ec2:MetadataHttpPutResponseHopLimit": "1"},
)
ROLE_DELIVERY = deny("*", NumericLessThan={"ec2:RoleDelivery": "2.0"})
EBS = deny("ec2:DisableEbsEncryptionByDefault", **PRIVILEGED)
GUARDDUTY = deny("guardduty:DeleteDetector", "guardduty:DisassociateFromMasterAccount", "guardduty:UpdateDetector")
RAM_EXTERNAL = deny(
    "ram:CreateResourceShare",
    "ram:UpdateResourceShare",
    Bool={"ram:RequestedAllowsExternalPrincipals": "true"},
)
RAM_TYPES = deny(
    "ram:AssociateResourceShare",
    "ram:CreateResourceShare",
    StringEqualsIfExists={"ram:RequestedResourceType": ["prefix-list"]},
)
RAM_PRINCIPALS = deny(
    "ram:CreateResourceShare",
    StringEquals={"aws:PrincipalAccount": ["123456789012"]},
    **{"ForAnyValue:StringEquals": {"ram:Principal": ["123456789012", "ou-1"]}},
)
UNENCRYPTED = deny("s3:PutObject", Null={"s3:x-amz-server-side-encryption": "true"})
BLOCK_PUBLIC_ACCESS = deny("s3:PutAccountPublicAccessBlock", "s3:PutBucketPublicAccessBlock", **PRIVILEGED)
PROTECTED_BUCKET = deny("s3:DeleteBucket", "s3:DeleteObject", resource=["arn:aws:s3:::kept", "arn:aws:s3:::kept/*"])
UNTAGGED = deny(
    "ec2:RunInstances",
    resource=["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
    Null={"aws:RequestTag/Project": "true"},
)
PROTECTED_TAGS = deny(
    "ec2:CreateTags",
    "ec2:DeleteTags",
    **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["access-project"]}},
    StringNotEquals={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Privileged"},
)
OTHER_PROJECT = deny(
    "ec2:CreateTags",
    StringNotEquals={"ec2:ResourceTag/access-project": "${aws:PrincipalTag/access-project}"},
    Null={"ec2:ResourceTag/access-project": False},
)
FLOW_LOGS = deny("ec2:DeleteFlowLogs", "logs:DeleteLogGroup", "logs:DeleteLogStream")
INTERNET = deny("ec2:AttachInternetGateway", "ec2:CreateVpcPeeringConnection", "globalaccelerator:Create*")
KMS_WINDOW = deny("kms:ScheduleKeyDeletion", NumericLessThan={"kms:ScheduleKeyDeletionPendingWindowInDays": "30"})
MODELS = {
    "Effect": "Deny",
    "Action": "bedrock:InvokeModel",
    "NotResource": "arn:aws:bedrock:*::foundation-model/approved.*",
}
MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/"
NETWORK = deny_but(
    "dax:GetItem",
    "rds-db:connect",
    BoolIfExists={"aws:ViaAWSService": "false"},
    NotIpAddressIfExists={"aws:SourceIp": ["203.0.113.0/24"]},
    StringNotEqualsIfExists={"aws:SourceVpc": ["vpc-1"]},
    ArnLike={"aws:PrincipalArn": ["arn:aws:iam::*:user/*"]},
)
CHATBOT = deny("iam:CreateAccessKey", "organizations:*", ArnLike={"aws:ChatbotSourceArn": "arn:aws:chatbot::*:*"})
CHANNEL = {"aws:ChatbotSourceArn": f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/ops"}
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_best-practices_member-acct.html and the samples
DENY_ROOT = deny("*", ArnLike={"aws:PrincipalArn": ["arn:aws:iam::*:root"]})
DENY_ROOT_BUT_S3 = deny_but(
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:root"},
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-assumedroot
DENY_ROOT_BUT_TASKS = deny(
    "*",
    ArnLike={"aws:PrincipalArn": ["arn:aws:iam::*:root"]},
    Null={"aws:AssumedRoot": "true"},
)


@pytest.fixture(scope="module")
def decide(world: Any) -> Decide:
    """Simulate an action with everything allowed but by one statement of an SCP at the organization's root."""
    iam = world.client("iam", world.standalone_account())
    full = json.dumps({"Version": "2012-10-17", "Statement": [FULL]})

    def run(statement: dict[str, Any], action: str, resource: str, context: Context) -> str:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        entries = [
            {
                "ContextKeyName": key,
                "ContextKeyValues": [values] if isinstance(values, str) else values,
                "ContextKeyType": "string" if isinstance(values, str) else "stringList",
            }
            for key, values in context.items()
        ]
        (result,) = iam.simulate_custom_policy(
            PolicyInputList=[full],
            OrderedOrganizationPolicyInputList=[
                {"ServiceControlPolicyInputList": [full, document]},
                {"ServiceControlPolicyInputList": [full]},
            ],
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=entries,
        )["EvaluationResults"]
        allowed = result["OrganizationsDecisionDetail"]["AllowedByOrganizations"]
        assert allowed is (result["EvalDecision"] == ALLOWED)
        return str(result["EvalDecision"])

    return run


@pytest.mark.parametrize(
    ("statement", "action", "resource", "context", "decision"),
    [
        pytest.param(REGION, "ec2:RunInstances", "*", ROLE | {"aws:RequestedRegion": "us-east-1"}, DENIED, id="region"),
        pytest.param(
            REGION, "ec2:RunInstances", "*", ROLE | {"aws:RequestedRegion": "eu-west-1"}, ALLOWED, id="region-approved"
        ),
        pytest.param(
            REGION, "iam:CreateUser", "*", ROLE | {"aws:RequestedRegion": "us-east-1"}, ALLOWED, id="region-global"
        ),
        pytest.param(
            REGION,
            "s3:GetAccountPublicAccessBlock",
            "*",
            ROLE | {"aws:RequestedRegion": "us-east-1"},
            ALLOWED,
            id="region-global-action",
        ),
        pytest.param(
            REGION,
            "ec2:RunInstances",
            "*",
            ADMINISTRATOR | {"aws:RequestedRegion": "us-east-1"},
            ALLOWED,
            id="region-exempt-role",
        ),
        pytest.param(
            REGION, "ec2:RunInstances", "*", ROOT | {"aws:RequestedRegion": "us-east-1"}, DENIED, id="region-root"
        ),
        pytest.param(REGION, "ec2:RunInstances", "*", ROLE, DENIED, id="region-unknown-is-not-approved"),
        pytest.param(ROLES, "iam:DeleteRole", "arn:aws:iam::1:role/name-of-role-to-deny", ROLE, DENIED, id="role"),
        pytest.param(ROLES, "iam:DeleteRole", "arn:aws:iam::1:role/other", ROLE, ALLOWED, id="another-role"),
        pytest.param(ROLES, "iam:GetRole", "arn:aws:iam::1:role/name-of-role-to-deny", ROLE, ALLOWED, id="role-read"),
        pytest.param(
            ROLES_BUT_FOR_ONE,
            "iam:DeleteRole",
            "arn:aws:iam::1:role/name-of-role-to-deny",
            {"aws:PrincipalArn": "arn:aws:iam::1:role/name-of-admin-role-to-allow"},
            ALLOWED,
            id="role-by-administrator",
        ),
        pytest.param(
            ROLES_BUT_FOR_ONE,
            "iam:DeleteRole",
            "arn:aws:iam::1:role/name-of-role-to-deny",
            ROOT,
            DENIED,
            id="role-by-root",
        ),
        pytest.param(
            MFA, "ec2:StopInstances", INSTANCE, {"aws:MultiFactorAuthPresent": "false"}, DENIED, id="without-mfa"
        ),
        pytest.param(MFA, "ec2:StopInstances", INSTANCE, {}, DENIED, id="mfa-unknown"),
        pytest.param(MFA, "ec2:StopInstances", INSTANCE, {"aws:MultiFactorAuthPresent": "true"}, ALLOWED, id="mfa"),
        pytest.param(ROOT_IN_EC2, "ec2:RunInstances", "*", ROOT, DENIED, id="root-in-ec2"),
        pytest.param(ROOT_IN_EC2, "s3:ListAllMyBuckets", "*", ROOT, ALLOWED, id="root-elsewhere"),
        pytest.param(ROOT_IN_EC2, "ec2:RunInstances", "*", ROLE, ALLOWED, id="role-in-ec2"),
        pytest.param(LEAVE, "organizations:LeaveOrganization", "*", ROOT, DENIED, id="leave"),
        pytest.param(LEAVE, "organizations:DescribeOrganization", "*", ROOT, ALLOWED, id="stay"),
        pytest.param(CLOUDWATCH, "cloudwatch:PutMetricAlarm", "*", ROLE, DENIED, id="cloudwatch"),
        pytest.param(CLOUDWATCH, "cloudwatch:DescribeAlarms", "*", ROLE, ALLOWED, id="cloudwatch-read"),
        pytest.param(ONE_ALARM, "cloudwatch:DeleteAlarms", f"{ALARM}root-usage", ROLE, DENIED, id="alarm"),
        pytest.param(ONE_ALARM, "cloudwatch:DeleteAlarms", f"{ALARM}other", ROLE, ALLOWED, id="another-alarm"),
        pytest.param(CONFIG, "config:StopConfigurationRecorder", "*", ROLE, DENIED, id="config"),
        pytest.param(CONFIG, "config:PutConfigRule", "*", ROLE, ALLOWED, id="config-put"),
        pytest.param(
            MICRO, "ec2:RunInstances", INSTANCE, {"ec2:InstanceType": "m5.large"}, DENIED, id="large-instance"
        ),
        pytest.param(MICRO, "ec2:RunInstances", INSTANCE, {"ec2:InstanceType": "t2.micro"}, ALLOWED, id="instance"),
        pytest.param(MICRO, "ec2:RunInstances", VOLUME, {}, ALLOWED, id="volume-of-the-instance"),
        pytest.param(IMDSV2, "ec2:RunInstances", INSTANCE, {"ec2:MetadataHttpTokens": "optional"}, DENIED, id="imdsv1"),
        pytest.param(
            IMDSV2, "ec2:RunInstances", INSTANCE, {"ec2:MetadataHttpTokens": "required"}, ALLOWED, id="imdsv2"
        ),
        pytest.param(
            HOP_LIMIT, "ec2:RunInstances", INSTANCE, {"ec2:MetadataHttpPutResponseHopLimit": "2"}, DENIED, id="hops"
        ),
        pytest.param(
            HOP_LIMIT, "ec2:RunInstances", INSTANCE, {"ec2:MetadataHttpPutResponseHopLimit": "1"}, ALLOWED, id="hop"
        ),
        pytest.param(ROLE_DELIVERY, "s3:GetObject", "*", {"ec2:RoleDelivery": "1.0"}, DENIED, id="keys-by-imdsv1"),
        pytest.param(ROLE_DELIVERY, "s3:GetObject", "*", {"ec2:RoleDelivery": "2.0"}, ALLOWED, id="keys-by-imdsv2"),
        pytest.param(ROLE_DELIVERY, "s3:GetObject", "*", {}, ALLOWED, id="keys-of-no-instance"),
        pytest.param(EBS, "ec2:DisableEbsEncryptionByDefault", "*", ROLE, DENIED, id="ebs"),
        pytest.param(EBS, "ec2:DisableEbsEncryptionByDefault", "*", ADMINISTRATOR, ALLOWED, id="ebs-by-administrator"),
        pytest.param(GUARDDUTY, "guardduty:DeleteDetector", "*", ROOT, DENIED, id="guardduty"),
        pytest.param(
            RAM_EXTERNAL,
            "ram:CreateResourceShare",
            "*",
            {"ram:RequestedAllowsExternalPrincipals": "true"},
            DENIED,
            id="share-outside",
        ),
        pytest.param(
            RAM_EXTERNAL,
            "ram:CreateResourceShare",
            "*",
            {"ram:RequestedAllowsExternalPrincipals": "false"},
            ALLOWED,
            id="share-inside",
        ),
        pytest.param(
            RAM_TYPES,
            "ram:CreateResourceShare",
            "*",
            {"ram:RequestedResourceType": "prefix-list"},
            DENIED,
            id="share-type",
        ),
        pytest.param(
            RAM_TYPES,
            "ram:CreateResourceShare",
            "*",
            {"ram:RequestedResourceType": "subnet"},
            ALLOWED,
            id="share-other",
        ),
        pytest.param(RAM_TYPES, "ram:CreateResourceShare", "*", {}, DENIED, id="share-unknown-type"),
        pytest.param(
            RAM_PRINCIPALS,
            "ram:CreateResourceShare",
            "*",
            {"aws:PrincipalAccount": "123456789012", "ram:Principal": ["999999999999", "ou-1"]},
            DENIED,
            id="share-with",
        ),
        pytest.param(
            RAM_PRINCIPALS,
            "ram:CreateResourceShare",
            "*",
            {"aws:PrincipalAccount": "123456789012", "ram:Principal": ["999999999999"]},
            ALLOWED,
            id="share-with-others",
        ),
        pytest.param(UNENCRYPTED, "s3:PutObject", "arn:aws:s3:::b/k", {}, DENIED, id="unencrypted"),
        pytest.param(
            UNENCRYPTED,
            "s3:PutObject",
            "arn:aws:s3:::b/k",
            {"s3:x-amz-server-side-encryption": "AES256"},
            ALLOWED,
            id="encrypted",
        ),
        pytest.param(BLOCK_PUBLIC_ACCESS, "s3:PutAccountPublicAccessBlock", "*", ROOT, DENIED, id="public-access"),
        pytest.param(PROTECTED_BUCKET, "s3:DeleteBucket", "arn:aws:s3:::kept", ROOT, DENIED, id="bucket"),
        pytest.param(PROTECTED_BUCKET, "s3:DeleteObject", "arn:aws:s3:::kept/a/b", ROOT, DENIED, id="object"),
        pytest.param(PROTECTED_BUCKET, "s3:DeleteBucket", "arn:aws:s3:::kept-not", ROOT, ALLOWED, id="another-bucket"),
        pytest.param(UNTAGGED, "ec2:RunInstances", INSTANCE, {}, DENIED, id="untagged"),
        pytest.param(UNTAGGED, "ec2:RunInstances", INSTANCE, {"aws:RequestTag/Project": "x"}, ALLOWED, id="tagged"),
        pytest.param(
            PROTECTED_TAGS,
            "ec2:CreateTags",
            INSTANCE,
            ROLE | {"aws:TagKeys": ["name", "access-project"]},
            DENIED,
            id="protected-tag",
        ),
        pytest.param(
            PROTECTED_TAGS, "ec2:CreateTags", INSTANCE, ROLE | {"aws:TagKeys": ["name"]}, ALLOWED, id="free-tag"
        ),
        pytest.param(
            PROTECTED_TAGS,
            "ec2:CreateTags",
            INSTANCE,
            ADMINISTRATOR | {"aws:TagKeys": ["access-project"]},
            ALLOWED,
            id="protected-tag-by-administrator",
        ),
        pytest.param(
            OTHER_PROJECT,
            "ec2:CreateTags",
            INSTANCE,
            {"ec2:ResourceTag/access-project": "a", "aws:PrincipalTag/access-project": "b"},
            DENIED,
            id="another-project",
        ),
        pytest.param(
            OTHER_PROJECT,
            "ec2:CreateTags",
            INSTANCE,
            {"ec2:ResourceTag/access-project": "a", "aws:PrincipalTag/access-project": "a"},
            ALLOWED,
            id="same-project",
        ),
        pytest.param(
            OTHER_PROJECT, "ec2:CreateTags", INSTANCE, {"ec2:ResourceTag/access-project": "a"}, DENIED, id="no-project"
        ),
        pytest.param(OTHER_PROJECT, "ec2:CreateTags", INSTANCE, {}, ALLOWED, id="resource-of-no-project"),
        pytest.param(FLOW_LOGS, "logs:DeleteLogGroup", "*", ROLE, DENIED, id="flow-logs"),
        pytest.param(INTERNET, "globalaccelerator:CreateListener", "*", ROLE, DENIED, id="internet"),
        pytest.param(INTERNET, "globalaccelerator:ListListeners", "*", ROLE, ALLOWED, id="internet-read"),
        pytest.param(
            KMS_WINDOW,
            "kms:ScheduleKeyDeletion",
            "*",
            {"kms:ScheduleKeyDeletionPendingWindowInDays": "7"},
            DENIED,
            id="key-in-a-week",
        ),
        pytest.param(
            KMS_WINDOW,
            "kms:ScheduleKeyDeletion",
            "*",
            {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"},
            ALLOWED,
            id="key-in-a-month",
        ),
        pytest.param(MODELS, "bedrock:InvokeModel", f"{MODEL}approved.large", ROLE, ALLOWED, id="model"),
        pytest.param(MODELS, "bedrock:InvokeModel", f"{MODEL}other.large", ROLE, DENIED, id="another-model"),
        pytest.param(NETWORK, "s3:GetObject", "*", USER | {"aws:SourceIp": "198.51.100.1"}, DENIED, id="network"),
        pytest.param(NETWORK, "s3:GetObject", "*", USER | {"aws:SourceIp": "203.0.113.9"}, ALLOWED, id="own-network"),
        pytest.param(NETWORK, "s3:GetObject", "*", USER | {"aws:SourceVpc": "vpc-1"}, ALLOWED, id="own-vpc"),
        pytest.param(NETWORK, "s3:GetObject", "*", USER | {"aws:ViaAWSService": "true"}, ALLOWED, id="by-a-service"),
        pytest.param(NETWORK, "dax:GetItem", "*", USER | {"aws:SourceIp": "198.51.100.1"}, ALLOWED, id="spared-action"),
        pytest.param(NETWORK, "s3:GetObject", "*", ROLE | {"aws:SourceIp": "198.51.100.1"}, ALLOWED, id="no-user"),
        pytest.param(CHATBOT, "iam:CreateAccessKey", "*", ROLE | CHANNEL, DENIED, id="chat"),
        pytest.param(CHATBOT, "iam:CreateAccessKey", "*", ROLE, ALLOWED, id="no-chat"),
        pytest.param(DENY_ROOT, "s3:GetObject", "*", ROOT, DENIED, id="root"),
        pytest.param(DENY_ROOT, "iam:CreateAccessKey", "*", ROOT, DENIED, id="root-iam"),
        pytest.param(DENY_ROOT, "s3:GetObject", "*", ROLE, ALLOWED, id="not-root"),
        pytest.param(
            DENY_ROOT,
            "s3:GetObject",
            "*",
            {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/root"},
            ALLOWED,
            id="user-root",
        ),
        pytest.param(DENY_ROOT, "s3:GetObject", "*", ROOT | {"aws:AssumedRoot": "true"}, DENIED, id="root-task"),
        pytest.param(DENY_ROOT, "s3:GetObject", "*", {}, ALLOWED, id="unknown-principal"),
        pytest.param(DENY_ROOT_BUT_S3, "s3:DeleteBucketPolicy", "*", ROOT, ALLOWED, id="root-unlocks-a-bucket"),
        pytest.param(DENY_ROOT_BUT_S3, "s3:GetObject", "*", ROOT, DENIED, id="root-but-s3"),
        pytest.param(DENY_ROOT_BUT_TASKS, "iam:CreateUser", "*", ROOT, DENIED, id="root-but-tasks"),
        pytest.param(
            DENY_ROOT_BUT_TASKS,
            "iam:DeleteAccessKey",
            "*",
            ROOT | {"aws:AssumedRoot": "true"},
            ALLOWED,
            id="root-in-a-task",
        ),
        pytest.param(DENY_ROOT_BUT_TASKS, "iam:CreateUser", "*", ROLE, ALLOWED, id="not-root-but-tasks"),
    ],
)
def test_an_example(  # noqa: PLR0917 - a table's columns
    decide: Decide, statement: dict[str, Any], action: str, resource: str, context: Context, decision: str
) -> None:
    assert decide(statement, action, resource, context) == decision


@pytest.mark.parametrize(
    ("statement", "action", "decision"),
    [
        pytest.param({"Action": ["ec2:*", "s3:*"]}, "s3:GetObject", ALLOWED, id="allow-list"),
        pytest.param({"Action": ["ec2:*", "s3:*"]}, "iam:GetUser", SILENT, id="not-in-the-list"),
        pytest.param({"NotAction": "iam:*"}, "s3:GetObject", ALLOWED, id="not-action"),
        pytest.param({"NotAction": "iam:*"}, "iam:GetUser", SILENT, id="not-action-itself"),
        pytest.param({"Action": "s3:*Object"}, "s3:GetObject", ALLOWED, id="star-in-front"),
        pytest.param({"Action": "s3:*Object"}, "s3:GetObjectAcl", SILENT, id="star-in-front-only"),
    ],
)
def test_an_allow_list(world: Any, statement: dict[str, Any], action: str, decision: str) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html."""
    full, own = (
        json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **each}]})
        for each in ({"Action": "*"}, statement)
    )
    (result,) = world.client("iam", "111122223333").simulate_custom_policy(
        PolicyInputList=[full],
        OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": [each]} for each in (full, own, full)],
        ActionNames=[action],
    )["EvaluationResults"]
    assert result["EvalDecision"] == decision
