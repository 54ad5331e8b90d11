"""Statements and layers of policies, with AWS's published examples."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.sandbox.policy import (
    Grant,
    Layer,
    Outcome,
    PolicyType,
    Principal,
    Request,
    UndecidableError,
    evaluate,
    judge,
    parse,
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
CARLOS = parse(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
                "Resource": "arn:aws:s3:::*",
            },
            {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::carlos/*", "arn:aws:s3:::carlos"]},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"},
        ],
    }
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html
REPORTS = parse(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "AllowGetList", "Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
            {"Sid": "DenyReports", "Effect": "Deny", "Action": "iam:*Report", "Resource": "*"},
        ],
    }
)
NOT_IAM = parse({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}})
NOT_LOGS = parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::logs/*"}})
DENY_ROOT = parse(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
                "Null": {"aws:AssumedRoot": "true"},
            },
        },
    }
)
ROOT = {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}
FULL = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
HOME = parse(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"},
    }
)
SCOPED = parse({"Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:alarms"}})
ALL_QUEUES = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs"}})
SCOPED_DENY = parse({"Statement": {"Effect": "Deny", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:alarms"}})


@pytest.mark.parametrize(
    ("document", "action", "resource", "context", "outcome"),
    [
        pytest.param(CARLOS, "s3:PutObject", "arn:aws:s3:::carlos/x", {}, Outcome.ALLOWED, id="own-bucket"),
        pytest.param(CARLOS, "s3:PutObject", "arn:aws:s3:::carlos-logs/x", {}, Outcome.EXPLICIT_DENY, id="logs"),
        pytest.param(CARLOS, "s3:PutObject", "arn:aws:s3:::other/x", {}, Outcome.IMPLICIT_DENY, id="another-bucket"),
        pytest.param(CARLOS, "s3:GetBucketLocation", "arn:aws:s3:::other", {}, Outcome.ALLOWED, id="any-location"),
        pytest.param(REPORTS, "iam:GetUser", "*", {}, Outcome.ALLOWED, id="get"),
        pytest.param(REPORTS, "iam:CreatePolicy", "*", {}, Outcome.IMPLICIT_DENY, id="create"),
        pytest.param(REPORTS, "iam:GetOrganizationsAccessReport", "*", {}, Outcome.EXPLICIT_DENY, id="deny-wins"),
        pytest.param(REPORTS, "IAM:getuser", "*", {}, Outcome.ALLOWED, id="actions-have-no-case"),
        pytest.param(NOT_IAM, "s3:GetObject", "*", {}, Outcome.ALLOWED, id="not-action-others"),
        pytest.param(NOT_IAM, "iam:GetUser", "*", {}, Outcome.IMPLICIT_DENY, id="not-action-itself"),
        pytest.param(NOT_LOGS, "s3:GetObject", "arn:aws:s3:::data/x", {}, Outcome.ALLOWED, id="not-resource-others"),
        pytest.param(NOT_LOGS, "s3:GetObject", "arn:aws:s3:::logs/x", {}, Outcome.IMPLICIT_DENY, id="not-resource"),
        pytest.param(DENY_ROOT, "s3:GetObject", "*", ROOT, Outcome.EXPLICIT_DENY, id="root-denied"),
        pytest.param(
            DENY_ROOT, "s3:GetObject", "*", ROOT | {"aws:AssumedRoot": "true"}, Outcome.IMPLICIT_DENY, id="task"
        ),
        pytest.param(HOME, "s3:GetObject", "arn:aws:s3:::b/ann/x", {"aws:username": "ann"}, Outcome.ALLOWED, id="home"),
        pytest.param(HOME, "s3:GetObject", "arn:aws:s3:::b//x", {}, Outcome.IMPLICIT_DENY, id="variable-without-value"),
        pytest.param(
            HOME, "s3:GetObject", "arn:aws:s3:::b/bob/x", {"aws:username": "*"}, Outcome.IMPLICIT_DENY, id="no-glob"
        ),
        pytest.param(SCOPED, "sns:Publish", "arn:aws:sns:us-east-1:1:alarms", {}, Outcome.ALLOWED, id="topic"),
        pytest.param(ALL_QUEUES, "sqs:X", "arn:aws:sqs:us-east-1:1:q", {}, Outcome.ALLOWED, id="arn-is-completed"),
        pytest.param(ALL_QUEUES, "sns:X", "arn:aws:sns:us-east-1:1:q", {}, Outcome.IMPLICIT_DENY, id="other-service"),
        pytest.param(SCOPED, "sns:ListTopics", "*", {}, Outcome.IMPLICIT_DENY, id="action-without-resources"),
        pytest.param(FULL, "sns:Publish", None, {}, Outcome.ALLOWED, id="unknown-resource-everything"),
    ],
)
def test_a_document(
    document: Any, action: str, resource: str | None, context: dict[str, str], outcome: Outcome
) -> None:
    assert evaluate((document,), Request.of(action, resource, context)).outcome is outcome


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param((SCOPED,), id="allow-scoped"),
        pytest.param((SCOPED_DENY, FULL), id="deny-scoped"),
        pytest.param((parse({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "arn:x"}}),), id="not"),
    ],
)
def test_an_unknown_resource_is_not_guessed(documents: Any) -> None:
    with pytest.raises(UndecidableError):
        evaluate(documents, Request.of("sns:Publish", None))


def test_an_unknown_resource_does_not_matter_where_everything_is_allowed() -> None:
    assert evaluate((SCOPED, FULL), Request.of("sns:Publish", None)).allowed


SESSION = Principal(
    arn="arn:aws:sts::111122223333:assumed-role/R/s",
    account_id="111122223333",
    role_arn="arn:aws:iam::111122223333:role/R",
)
USER = Principal(arn="arn:aws:iam::111122223333:user/ann", account_id="111122223333")
LAMBDA = Principal(service="lambda.amazonaws.com")


@pytest.mark.parametrize(
    ("principal", "who", "grant"),
    [
        pytest.param({"AWS": "111122223333"}, USER, Grant.ACCOUNT, id="account-id"),
        pytest.param({"AWS": "arn:aws:iam::111122223333:root"}, SESSION, Grant.ACCOUNT, id="account-arn"),
        pytest.param({"AWS": ["1", USER.arn]}, USER, Grant.ENTITY, id="user"),
        pytest.param({"AWS": SESSION.role_arn}, SESSION, Grant.ENTITY, id="role"),
        pytest.param({"AWS": SESSION.arn}, SESSION, Grant.SESSION, id="session"),
        pytest.param("*", SESSION, Grant.SESSION, id="everybody"),
        pytest.param({"AWS": "*"}, USER, Grant.SESSION, id="everybody-by-type"),
        pytest.param({"Service": "lambda.amazonaws.com"}, LAMBDA, Grant.SESSION, id="service"),
        pytest.param({"Service": "config.amazonaws.com"}, LAMBDA, None, id="another-service"),
        pytest.param({"AWS": "arn:aws:iam::999999999999:root"}, USER, None, id="another-account"),
        pytest.param({"AWS": "arn:aws:iam::111122223333:user/*"}, USER, None, id="no-wildcards"),
        pytest.param({"Service": "lambda.amazonaws.com"}, USER, None, id="service-not-user"),
        pytest.param({"Federated": "cognito-identity.amazonaws.com"}, USER, None, id="federated"),
    ],
)
def test_principals_and_how_directly_they_are_named(principal: Any, who: Principal, grant: Grant | None) -> None:
    trust = parse({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}})

    def allowed(at_least: Grant) -> bool:
        named = Principal(who.arn, who.account_id, who.role_arn, who.service, at_least)
        return evaluate((trust,), Request.of("sts:AssumeRole", "arn:aws:iam::1:role/T", principal=named)).allowed

    assert [each for each in Grant if allowed(each)] == [each for each in Grant if grant and each <= grant]


IDENTITY, BOUNDARY = PolicyType.IDENTITY_BASED, PolicyType.PERMISSIONS_BOUNDARY
DENY = parse({"Statement": {"Effect": "Deny", "Action": "a:B", "Resource": "*"}}, "arn:aws:iam::1:policy/Deny")
NOTHING = parse({"Statement": {"Effect": "Allow", "Action": "x:Y", "Resource": "*"}})


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        pytest.param((Layer(IDENTITY, (FULL,)),), None, id="allowed"),
        pytest.param((Layer(IDENTITY, ()),), "because no identity-based policy allows the a:B action", id="nothing"),
        pytest.param(
            (Layer(IDENTITY, (FULL,)), Layer(BOUNDARY, (NOTHING,))),
            "because no permissions boundary allows the a:B action",
            id="boundary",
        ),
        pytest.param(
            (Layer(IDENTITY, (FULL,)), Layer(BOUNDARY, (FULL,)), Layer(PolicyType.SESSION, (NOTHING,))),
            "because no session policy allows the a:B action",
            id="session",
        ),
        pytest.param(
            (Layer(IDENTITY, (NOTHING,)), Layer(BOUNDARY, (DENY, FULL))),
            "with an explicit deny in a permissions boundary: arn:aws:iam::1:policy/Deny",
            id="a-denial-anywhere-comes-first",
        ),
        pytest.param(
            (Layer(IDENTITY, (FULL, DENY)),),
            "with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/Deny",
            id="denied",
        ),
        pytest.param(
            (
                Layer(
                    PolicyType.ROLE_TRUST, (parse({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}),)
                ),
            ),
            "with an explicit deny in the role trust policy",
            id="trust",
        ),
        pytest.param((Layer(PolicyType.SESSION, (NOTHING,), must_allow=False),), None, id="denials-only"),
        pytest.param((), None, id="no-layers"),
    ],
)
def test_layers(layers: tuple[Layer, ...], reason: str | None) -> None:
    verdict = judge(layers, Request.of("a:B"))
    assert (verdict.allowed, verdict.reason("a:B")) == (reason is None, reason or "")


@given(st.text(st.characters(codec="ascii", exclude_characters="*?$"), min_size=1, max_size=20), st.integers(0, 20))
def test_a_resource_is_covered_by_itself_with_any_part_starred(resource: str, cut: int) -> None:
    pattern = resource[:cut] + "*"
    document = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": [pattern]}})
    assert evaluate((document,), Request.of("a:B", resource)).allowed
    longer = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": [resource + "?"]}})
    assert not evaluate((longer,), Request.of("a:B", resource)).allowed
