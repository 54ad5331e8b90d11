"""Which values the parameters of organization.yaml take, rules.yaml's among them: those that AWS takes, no others."""

import re
from typing import Any

import pytest

from rootguard.catalog import templates_directory
from rootguard.sandbox.template.text import load

PARAMETERS: Any = load((templates_directory() / "organization.yaml").read_text("utf-8"))["Parameters"]
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def takes(name: str, value: str) -> bool:
    """Whether CloudFormation takes a value, or each value of a list; its expressions know ASCII only."""
    definition = PARAMETERS[name]
    values = value.split(",") if definition["Type"] == "CommaDelimitedList" else [value]
    fits = len(value) <= definition.get("MaxLength", 4_096)
    return fits and all(re.search(definition["AllowedPattern"], each.strip(), re.ASCII) for each in values)


TAKEN = {
    "ArtifactBucket": ["rootguard-artifacts-123456789012", "a.b", "x" * 63],
    "ArtifactPrefix": ["1/", "2026-10-01/0a1b2c3/", "team_a/v1.2/"],
    "SigningProfileVersionArn": [
        "",
        "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/mine/AbC123dEf0",
        "arn:aws-us-gov:signer:us-gov-west-1:123456789012:/signing-profiles/My_Profile/v1",
    ],
    "FunctionPrefix": ["rootguard-", "a", "Team_Root-guard-00"],
    "PermissionsBoundary": ["", "limits", "team/limits", "a/b/c/li.mi+t=s,@-_", f"team/{'x' * 128}"],
    "LogGroupKmsKeyArn": [
        "",
        f"arn:aws:kms:eu-central-1:123456789012:key/{KEY}",
        f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-{KEY.replace('-', '')}",
        f"arn:aws-cn:kms:cn-north-1:123456789012:key/{KEY}",
    ],
    "FailureDestinationArn": [
        "",
        "arn:aws:events:eu-central-1:123456789012:event-bus/default",
        "arn:aws-cn:events:cn-northwest-1:123456789012:event-bus/central.failures",
        "arn:aws-us-gov:sns:us-gov-east-1:123456789012:failures",
    ],
    "FailureTopicKmsKeyArn": ["", f"arn:aws-iso-b:kms:us-isob-east-1:123456789012:key/{KEY}"],
    "AlarmTopicArn": ["", "arn:aws-cn:sns:cn-north-1:123456789012:alarms"],
    "ExemptAccounts": ["", "123456789012:2027-01-31", "123456789012:2027-01-31, 111122223333:2027-02-01"],
    "HardwareMfaForRootRootAuditRoleArn": ["", "arn:aws-cn:iam::123456789012:role/audit"],
    "RootAlarmPresentAlarmReaderRoleArn": ["", "arn:aws-us-gov:iam::123456789012:role/team/reader_1+=,.@-"],
    "RootDeniedByScpReaderRoleArn": ["", "arn:aws:iam::123456789012:role/rootguard-reader"],
    "OrganizationalUnitIds": ["r-ab12", "ou-ab12-11223344", "ou-ab12-11223344, ou-ab12-55667788"],
    "ExcludedAccounts": ["", "123456789012", "123456789012,111122223333", ",".join(["123456789012"] * 315)],
    "PackExcludedAccounts": ["", "123456789012, 111122223333"],
}

REFUSED = {
    "ArtifactBucket": ["", "ab", "x" * 64, "Upper", "-begins", "ends-", "under_score", "s3://bucket", "bucket/"],
    "ArtifactPrefix": ["", "1", "/1/", "1//", "a b/", "../x y/"],
    "SigningProfileVersionArn": [
        "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/mine",
        "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/*/v1",
        "mine",
    ],
    "FunctionPrefix": ["", "nineteen-characters", "with.dot", "path/", "ünicode-"],
    "PermissionsBoundary": [
        "/team/limits",
        "team/",
        "team//limits",
        "limits*",
        "arn:aws:iam::123456789012:policy/limits",
        "x" * 129,
    ],
    "LogGroupKmsKeyArn": [
        KEY,
        "alias/logs",
        "arn:aws:kms:eu-central-1:123456789012:alias/logs",
        "arn:aws:kms:eu-central-1:123456789012:key/*",
    ],
    "FailureDestinationArn": [
        "arn:aws:sns:eu-central-1:123456789012:failures.fifo",
        "arn:aws:sqs:eu-central-1:123456789012:failures",
        "arn:aws:events:eu-central-1:123456789012:rule/failures",
        "arn:aws:events:eu-central-1:123456789012:event-bus/*",
        "arn:aws:sns:*:123456789012:failures",
        "arn:aws:sns:eu-central-1:12345:failures",
    ],
    "FailureTopicKmsKeyArn": ["alias/aws/sns", "*"],
    "AlarmTopicArn": ["arn:aws:sns:eu-central-1:123456789012:*", "arn:aws:sns:eu-central-1:123456789012:a:b"],
    "ExemptAccounts": ["123456789012", "123456789012:2027-1-31", "12345:2027-01-31", "123456789012:2027-01-31,"],
    "HardwareMfaForRootRootAuditRoleArn": ["arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:role/audit"],
    "RootAlarmPresentAlarmReaderRoleArn": ["arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role/read?r"],
    "RootDeniedByScpReaderRoleArn": ["reader", "arn:aws:iam::123456789012:user/reader", "*"],
    "OrganizationalUnitIds": ["", "root", "ou-ab12", "123456789012", "r-ab12,"],
    "ExcludedAccounts": ["1234", "123456789012;111122223333", "r-ab12", ",".join(["123456789012"] * 316)],
    "PackExcludedAccounts": ["management"],
}


def cases(values: dict[str, list[str]]) -> list[Any]:
    return [pytest.param(name, each, id=f"{name} {each[:60]}") for name, some in values.items() for each in some]


@pytest.mark.parametrize(("name", "value"), cases(TAKEN))
def test_what_aws_takes_is_taken(name: str, value: str) -> None:
    assert takes(name, value)


@pytest.mark.parametrize(("name", "value"), cases(REFUSED))
def test_what_would_fail_in_every_account_or_grant_too_much_is_refused(name: str, value: str) -> None:
    assert not takes(name, value)
