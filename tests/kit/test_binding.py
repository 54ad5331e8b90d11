"""What of a service control policy binds root whatever it asks for."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.denial.binding import binding_part
from rootguard.kit.denial.request_context import Member
from rootguard.kit.readers.organization import Organization
from rootguard.kit.readers.service_control_policies import ServiceControlPolicy

ACCOUNT = "111122223333"
ORGANIZATION = Organization("o-exampleorgid", "999988887777", all_features=True)
PATH = "o-exampleorgid/r-ab12/ou-ab12-11111111/"
MEMBER = Member(
    Account(ACCOUNT, "aws", "us-east-1", SessionConnection(boto3.Session(region_name="us-east-1"))), ORGANIZATION, PATH
)
IS_ROOT = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
NOTHING = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}

type Raw = Mapping[str, Any]


def deny(condition: Raw | None = None, **elements: Any) -> dict[str, Any]:
    return _statement("Deny", condition, elements)


def allow(condition: Raw | None = None, **elements: Any) -> dict[str, Any]:
    return _statement("Allow", condition, elements)


def _statement(effect: str, condition: Raw | None, elements: Raw) -> dict[str, Any]:
    action = {} if "NotAction" in elements else {"Action": "*"}
    resource = {} if "NotResource" in elements else {"Resource": "*"}
    return {"Effect": effect, **action, **resource, **elements, **({"Condition": condition} if condition else {})}


def part(*statements: Raw, session: bool = False) -> tuple[list[Any], tuple[str, ...]]:
    """The statements that bind root, without the one that is always there, and the limits."""
    policy = ServiceControlPolicy.parse("p-1", json.dumps({"Version": "2012-10-17", "Statement": statements}))
    found = binding_part(policy, MEMBER.assume_root_session() if session else MEMBER.root())
    first, *others = json.loads(found.text)["Statement"]
    assert first == NOTHING
    return others, found.limits


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(deny(IS_ROOT), id="AWS's own: ArnLike"),
        pytest.param(deny({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), id="StringLike"),
        pytest.param(deny({"ArnLike": {"AWS:principalarn": ["arn:*:iam::*:root"]}}), id="the key in another case"),
        pytest.param(deny({"StringEquals": {"aws:PrincipalType": "Account"}}), id="PrincipalType"),
        pytest.param(
            deny({"StringEquals": {"aws:userid": "${aws:PrincipalAccount}"}}), id="a variable that is settled"
        ),
        pytest.param(
            deny({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorgid/r-ab12/ou-ab12-1*"}}),
            id="OU path",
        ),
        pytest.param(deny(IS_ROOT | {"Bool": {"aws:ViaAWSService": "false"}}), id="direct requests only"),
        pytest.param(deny(IS_ROOT, NotAction=["s3:PutBucketPolicy"]), id="NotAction"),
        pytest.param(deny(IS_ROOT, Resource=["arn:aws:s3:::logs", "*"]), id="everything among the resources"),
        pytest.param(deny({"StringLike": {"aws:PrincipalArn": "${*}root"}}), id="an escaped asterisk is no variable"),
        pytest.param(deny(), id="everybody"),
    ],
)
def test_a_denial_that_depends_on_who_asks_counts(statement: dict[str, Any]) -> None:
    assert part(statement) == ([{**statement, "Resource": "*"}], ())


@pytest.mark.parametrize(
    ("statement", "limits"),
    [
        pytest.param(deny(IS_ROOT | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), ("aws:SourceIp",), id="address"),
        pytest.param(
            deny(IS_ROOT | {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            ("aws:SourceIp",),
            id="all but an address: a missing key would make it hold",
        ),
        pytest.param(
            deny(IS_ROOT | {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}),
            ("aws:RequestedRegion",),
            id="Region",
        ),
        pytest.param(
            deny(IS_ROOT | {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
            ("aws:MultiFactorAuthPresent",),
            id="without MFA",
        ),
        pytest.param(
            deny(IS_ROOT | {"Null": {"aws:SourceVpc": "true"}, "StringEquals": {"aws:RequestTag/team": "x"}}),
            ("aws:RequestTag/team", "aws:SourceVpc"),
            id="two keys",
        ),
        pytest.param(
            deny({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:root"}}),
            ("aws:ResourceAccount",),
            id="a variable of the request",
        ),
        pytest.param(
            deny({"StringNotEquals": {"aws:PrincipalAccount": "${aws:RequestTag/owner, 'none'}"}}),
            ("aws:RequestTag/owner",),
            id="a variable with a default",
        ),
        pytest.param(deny(IS_ROOT, Action="s3:*", Resource="arn:aws:s3:::logs/*"), ("Resource",), id="some resources"),
        pytest.param(deny(IS_ROOT, NotResource="arn:aws:s3:::logs/*"), ("Resource",), id="all but some resources"),
        pytest.param(
            deny({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}),
            (),
            id="not about root: not worth a word",
        ),
        pytest.param(deny({}, Resource="arn:aws:s3:::logs/*"), (), id="not about root: some resources"),
    ],
)
def test_a_denial_that_a_request_can_escape_does_not(statement: dict[str, Any], limits: tuple[str, ...]) -> None:
    assert part(statement) == ([], limits)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param({"Null": {"aws:AssumedRoot": "true"}}, True, id="Null true"),
        pytest.param({"Null": {"aws:AssumedRoot": [True]}}, True, id="Null true, a boolean in a list"),
        pytest.param({"Null": {"aws:AssumedRoot": "false"}}, False, id="Null false"),
        pytest.param({"Bool": {"aws:AssumedRoot": "true"}}, False, id="Bool: sessions only"),
        pytest.param({"Bool": {"aws:AssumedRoot": "false"}}, False, id="Bool false: a missing key is not false"),
        pytest.param({"BoolIfExists": {"aws:AssumedRoot": "false"}}, True, id="IfExists"),
        pytest.param({"StringNotEquals": {"aws:PrincipalTag/team": "root"}}, True, id="a negated operator"),
        pytest.param({"StringNotLike": {"aws:username": "admin*"}}, True, id="root has no user name"),
        pytest.param({"StringLike": {"aws:PrincipalTag/team": "*"}}, False, id="a tag"),
        pytest.param({"StringLikeIfExists": {"aws:SourceIdentity": "x"}}, True, id="source identity, IfExists"),
        pytest.param({"ForAllValues:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}, True, id="ForAllValues"),
        pytest.param({"ForAnyValue:StringNotEquals": {"aws:CalledVia": "x.amazonaws.com"}}, False, id="ForAnyValue"),
        pytest.param({"ArnNotLikeIfExists": {"ec2:SourceInstanceARN": "x"}}, True, id="no instance"),
    ],
)
def test_keys_that_root_never_has_are_worked_out(condition: dict[str, Any], *, holds: bool) -> None:
    assert part(deny(IS_ROOT | condition)) == ([deny(IS_ROOT)] if holds else [], ())


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        pytest.param({"Null": {"aws:AssumedRoot": "true"}}, {"Null": {"aws:AssumedRoot": "true"}}, id="its mark"),
        pytest.param({"Bool": {"aws:AssumedRoot": "true"}}, {"Bool": {"aws:AssumedRoot": "true"}}, id="its mark, Bool"),
        pytest.param({"StringLike": {"aws:SourceIdentity": "x"}}, None, id="it may have a source identity"),
        pytest.param({"StringNotLike": {"aws:PrincipalTag/team": "x"}}, {}, id="it has no tags either"),
    ],
)
def test_a_session_of_assume_root_has_its_mark(condition: dict[str, Any], kept: dict[str, Any] | None) -> None:
    statements, _ = part(deny(IS_ROOT | condition), session=True)
    assert statements == ([] if kept is None else [deny(IS_ROOT | kept)])


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        pytest.param(allow(), [allow()], id="FullAWSAccess"),
        pytest.param(allow(Action=["s3:*"]), [allow(Action=["s3:*"])], id="an allow list"),
        pytest.param(allow(NotAction="iam:*"), [allow(NotAction="iam:*")], id="NotAction"),
        pytest.param(allow(Resource="arn:aws:s3:::logs"), [allow()], id="some resources: root can do it there"),
        pytest.param(allow(NotResource="arn:aws:s3:::logs"), [allow()], id="all but some resources"),
        pytest.param(
            allow({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}), [allow()], id="a Region: there it can"
        ),
        pytest.param(
            allow({"StringEquals": {"aws:PrincipalAccount": ["1"], "aws:SourceVpc": "vpc-1"}}),
            [allow({"StringEquals": {"aws:PrincipalAccount": ["1"]}})],
            id="what is settled stays",
        ),
        pytest.param(
            allow({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}), [allow()], id="own resources"
        ),
        pytest.param(allow({"Null": {"aws:AssumedRoot": "false"}}), [], id="sessions of sts:AssumeRoot only"),
    ],
)
def test_an_allow_allows_whatever_a_request_may_bring_about(statement: dict[str, Any], kept: list[Raw]) -> None:
    assert part(statement) == (kept, ())


def test_a_policy_is_read_in_its_own_version_of_the_language() -> None:
    texts = [json.dumps({**version, "Statement": deny(IS_ROOT)}) for version in ({}, {"Version": "2012-10-17"})]
    parts = [binding_part(ServiceControlPolicy.parse("p-1", text), MEMBER.root()).text for text in texts]
    assert [json.loads(each)["Version"] for each in parts] == ["2008-10-17", "2012-10-17"]


def test_what_is_sent_is_what_the_simulator_takes() -> None:
    """Its pattern allows tabs, line breaks and Latin-1 (API model iam, policyDocumentType)."""
    policy = ServiceControlPolicy.parse("p-1", json.dumps({"Statement": deny({"StringEquals": {"aws:userid": "名"}})}))
    assert binding_part(policy, MEMBER.root()).text.isascii()
