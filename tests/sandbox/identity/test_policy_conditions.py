"""Condition operators against the tables of AWS's page of condition operators."""

from typing import Any

import pytest

from rootguard.sandbox.policy import (
    MalformedPolicyError,
    Outcome,
    Request,
    UnsupportedPolicyError,
    evaluate,
    parse,
)

type Context = dict[str, str | list[str] | None]

PATHS = ["o-acorg/r-acroot/ou-acroot-mediaou/", "o-acorg/r-acroot/ou-acroot-sportsou/*"]
TOPIC = "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"
TAGS = {"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}, "Null": {"aws:TagKeys": "false"}}
ANY_TAG = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}
TEAM = {"StringNotEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}
MY_TEAM = {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/wanted, 'company-wide'}"}}


def _matches(condition: dict[str, Any], context: Context, version: str | None = "2012-10-17") -> bool:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    document = {"Statement": [statement]} | ({"Version": version} if version else {})
    return evaluate((parse(document),), Request.of("any:Action", "*", context)).outcome is Outcome.ALLOWED


@pytest.mark.parametrize(
    ("condition", "context", "match"),
    [
        pytest.param({"StringEquals": {"k": "iamuser-admin"}}, {"k": "iamuser-admin"}, True, id="equal"),
        pytest.param({"StringEquals": {"k": "iamuser-admin"}}, {"k": "IAMUSER-admin"}, False, id="equal-has-case"),
        pytest.param({"StringEquals": {"k": "iamuser-admin"}}, {}, False, id="equal-absent"),
        pytest.param({"StringEquals": {"k": "a*"}}, {"k": "ab"}, False, id="equal-knows-no-wildcard"),
        pytest.param({"StringEquals": {"K": "x"}}, {"k": "x"}, True, id="keys-have-no-case"),
        pytest.param({"StringEquals": {"k": ["x", "y"]}}, {"k": "y"}, True, id="values-are-alternatives"),
        pytest.param({"StringEquals": {"a": "1", "b": "2"}}, {"a": "1"}, False, id="keys-are-all-needed"),
        pytest.param({"StringEqualsIgnoreCase": {"k": "Prod"}}, {"k": "pROD"}, True, id="ignore-case"),
        pytest.param({"StringNotEquals": {"k": ["x", "y"]}}, {"k": "y"}, False, id="not-equal-means-none-of-them"),
        pytest.param({"StringNotEquals": {"k": "x"}}, {}, True, id="not-equal-absent"),
        pytest.param({"StringNotEqualsIgnoreCase": {"k": "X"}}, {"k": "x"}, False, id="not-equal-ignore-case"),
        pytest.param({"StringLike": {"k": "home/*/x?"}}, {"k": "home/a/b/x1"}, True, id="like"),
        pytest.param({"StringLike": {"k": "home/x?"}}, {"k": "home/x"}, False, id="like-one-character"),
        pytest.param({"StringNotLike": {"k": "home/*"}}, {"k": "home/x"}, False, id="not-like"),
        pytest.param({"StringNotLike": {"k": "home/*"}}, {}, True, id="not-like-absent"),
        pytest.param({"StringLikeIfExists": {"k": ["t1.*", "m3.*"]}}, {"k": "t1.micro"}, True, id="if-exists-like"),
        pytest.param({"StringLikeIfExists": {"k": ["t1.*", "m3.*"]}}, {"k": "m2.micro"}, False, id="if-exists-unlike"),
        pytest.param({"StringLikeIfExists": {"k": ["t1.*", "m3.*"]}}, {}, True, id="if-exists-absent"),
        pytest.param({"NumericLessThanEquals": {"k": "10"}}, {"k": "10"}, True, id="at-most"),
        pytest.param({"NumericLessThanEquals": {"k": 10}}, {"k": "11"}, False, id="more"),
        pytest.param({"NumericLessThan": {"k": "10"}}, {"k": "9.5"}, True, id="decimals"),
        pytest.param({"NumericGreaterThan": {"k": "10"}}, {"k": "10"}, False, id="not-greater"),
        pytest.param({"NumericGreaterThanEquals": {"k": "10"}}, {"k": "10.0"}, True, id="at-least"),
        pytest.param({"NumericEquals": {"k": "10"}}, {"k": "10.0"}, True, id="equal-numbers"),
        pytest.param({"NumericNotEquals": {"k": "10"}}, {"k": "10"}, False, id="not-equal-numbers"),
        pytest.param({"NumericEquals": {"k": "10"}}, {"k": "ten"}, False, id="no-number"),
        pytest.param({"NumericEquals": {"k": "0.3"}}, {"k": "0.30000000000000000001"}, False, id="every-digit-counts"),
        pytest.param({"NumericGreaterThan": {"k": "10"}}, {"k": "Infinity"}, False, id="infinity-is-no-number"),
        pytest.param(
            {"DateGreaterThan": {"k": "2020-01-01T00:00:01Z"}}, {"k": "2020-01-01T01:00:01+01:00"}, False, id="zone"
        ),
        pytest.param({"DateGreaterThan": {"k": "2020-01-01T00:00:01Z"}}, {"k": "2020-01-02"}, True, id="day"),
        pytest.param({"DateGreaterThanEquals": {"k": "2020-01"}}, {"k": "2020-01-01T00:00:00Z"}, True, id="month"),
        pytest.param({"DateLessThan": {"k": "2021"}}, {"k": "1609459199"}, True, id="epoch"),
        pytest.param({"DateLessThanEquals": {"k": "1609459200"}}, {"k": "2021-01-01T00:00:01Z"}, False, id="later"),
        pytest.param({"DateEquals": {"k": "2021-01-01"}}, {"k": "1609459200"}, True, id="equal-dates"),
        pytest.param({"DateNotEquals": {"k": "2021-01-01"}}, {"k": "1609459200"}, False, id="not-equal-dates"),
        pytest.param({"DateEquals": {"k": "soon"}}, {"k": "1609459200"}, False, id="no-date"),
        pytest.param({"Bool": {"k": "false"}}, {"k": "false"}, True, id="false"),
        pytest.param({"Bool": {"k": False}}, {"k": "false"}, True, id="false-as-json"),
        pytest.param({"Bool": {"k": "false"}}, {"k": "true"}, False, id="true-is-not-false"),
        pytest.param({"Bool": {"k": "false"}}, {}, False, id="absent-is-not-false"),
        pytest.param({"BoolIfExists": {"k": "false"}}, {}, True, id="absent-or-false"),
        pytest.param({"Bool": {"k": "true"}}, {"k": "TRUE"}, True, id="true-in-any-case"),
        pytest.param({"Bool": {"k": "false"}}, {"k": "yes"}, True, id="anything-but-true-is-false"),
        pytest.param({"BinaryEquals": {"k": "QmluYXJ5"}}, {"k": "QmluYXJ5"}, True, id="binary"),
        pytest.param({"BinaryEquals": {"k": "QmluYXJ5"}}, {"k": "QmluYXJ6"}, False, id="other-bytes"),
        pytest.param({"BinaryEquals": {"k": "QmluYXJ5"}}, {"k": "!"}, False, id="not-base-64"),
        pytest.param({"BinaryEqualsIfExists": {"k": "QmluYXJ5"}}, {}, True, id="binary-absent-or-equal"),
        pytest.param({"IpAddress": {"k": "203.0.113.0/24"}}, {"k": "203.0.113.1"}, True, id="in-range"),
        pytest.param({"IpAddress": {"k": "203.0.113.0/24"}}, {"k": "198.51.100.1"}, False, id="out-of-range"),
        pytest.param({"IpAddress": {"k": "203.0.113.1"}}, {"k": "203.0.113.1"}, True, id="one-address"),
        pytest.param({"IpAddress": {"k": "2001:DB8:1234:5678::/64"}}, {"k": "2001:db8:1234:5678::1"}, True, id="ipv6"),
        pytest.param({"IpAddress": {"k": "0.0.0.0/0"}}, {"k": "2001:db8::1"}, False, id="other-family"),
        pytest.param({"NotIpAddress": {"k": "203.0.113.0/24"}}, {"k": "203.0.113.1"}, False, id="not-in-range"),
        pytest.param({"NotIpAddress": {"k": "203.0.113.0/24"}}, {}, True, id="not-in-range-absent"),
        pytest.param({"ArnEquals": {"k": TOPIC}}, {"k": TOPIC}, True, id="arn"),
        pytest.param({"ArnEquals": {"k": TOPIC}}, {"k": TOPIC.replace("1234", "7777")}, False, id="other-account"),
        pytest.param({"ArnEquals": {"k": TOPIC}}, {}, False, id="arn-absent"),
        pytest.param({"ArnEquals": {"k": "arn:aws:sns:*:*:TOPIC-??"}}, {"k": TOPIC}, True, id="arn-wildcards"),
        pytest.param({"ArnLike": {"k": "arn:*:TOPIC-ID"}}, {"k": TOPIC}, False, id="arn-component-by-component"),
        pytest.param({"ArnLike": {"k": "arn:aws:iam::*:root"}}, {"k": "arn:aws:iam::1:root"}, True, id="arn-root"),
        pytest.param(
            {"ArnLike": {"k": "arn:aws:*:root"}}, {"k": "arn:aws:iam::1:root"}, False, id="arn-four-components"
        ),
        pytest.param({"ArnLike": {"k": "arn:aws:iam::*"}}, {"k": "arn:aws:iam::1:root"}, True, id="arn-cut-short"),
        pytest.param({"ArnLike": {"k": "*"}}, {"k": "arn:aws:iam::1:root"}, True, id="any-arn"),
        pytest.param({"ArnLike": {"k": "arn:aws:iam::*:root"}}, {"k": "root"}, False, id="no-arn"),
        pytest.param(
            {"ArnLike": {"k": "arn:aws:s3:::b/*:x"}}, {"k": "arn:aws:s3:::b/a:c:x"}, True, id="colons-at-the-end"
        ),
        pytest.param(
            {"ArnLike": {"k": "arn:aws:iam::${aws:PrincipalAccount}:root"}},
            {"k": "arn:aws:iam::1:root", "aws:PrincipalAccount": "1"},
            True,
            id="arn-variable",
        ),
        pytest.param(
            {"ArnLike": {"k": "arn:aws:iam::${v}:root"}},
            {"k": "arn:aws:iam::1:root", "v": "*"},
            False,
            id="arn-variable-is-literal",
        ),
        pytest.param({"ArnEquals": {"k": "arn:aws:s3:::${*}"}}, {"k": "arn:aws:s3:::b"}, False, id="arn-literal-star"),
        pytest.param({"ArnNotLike": {"k": "arn:aws:iam::*:root"}}, {"k": "arn:aws:iam::1:root"}, False, id="no-root"),
        pytest.param({"ArnNotEquals": {"k": TOPIC}}, {}, True, id="arn-not-absent"),
        pytest.param({"Null": {"aws:TokenIssueTime": "false"}}, {"aws:TokenIssueTime": "x"}, True, id="there"),
        pytest.param({"Null": {"aws:TokenIssueTime": "false"}}, {}, False, id="not-there"),
        pytest.param({"Null": {"aws:TokenIssueTime": "true"}}, {}, True, id="absent-wanted"),
        pytest.param({"Null": {"aws:TokenIssueTime": True}}, {"aws:TokenIssueTime": "x"}, False, id="absent-not-so"),
        pytest.param(TAGS, {"aws:TagKeys": ["environment"]}, True, id="all-one"),
        pytest.param(TAGS, {"aws:TagKeys": ["environment", "cost-center"]}, True, id="all-both"),
        pytest.param(TAGS, {"aws:TagKeys": ["environment", "dept"]}, False, id="all-but-one"),
        pytest.param(TAGS, {}, False, id="all-and-there"),
        pytest.param({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}, {}, True, id="all-of-none"),
        pytest.param(ANY_TAG, {"aws:TagKeys": ["environment", "dept"]}, True, id="any"),
        pytest.param(ANY_TAG, {"aws:TagKeys": ["dept"]}, False, id="any-other"),
        pytest.param(ANY_TAG, {}, False, id="any-absent"),
        pytest.param(
            {"ForAllValues:StringNotLike": {"k": PATHS}},
            {"k": ["o-acorg/r-acroot/ou-acroot-sportsou/costcenter/"]},
            False,
            id="none-like",
        ),
        pytest.param({"ForAnyValue:StringNotEquals": {"k": "x"}}, {"k": ["x", "y"]}, True, id="any-unequal"),
        pytest.param({"ForAnyValue:StringNotEquals": {"k": "x"}}, {"k": ["x"]}, False, id="any-unequal-not"),
        pytest.param({"ForAnyValue:StringNotEquals": {"k": "x"}}, {}, False, id="any-unequal-absent"),
        pytest.param({"ForAllValues:Bool": {"k": "true"}}, {"k": ["true", "false"]}, False, id="all-true"),
        pytest.param(
            {"StringLike": {"s3:prefix": "home/${aws:username}/*"}},
            {"s3:prefix": "home/martha/x", "aws:username": "martha"},
            True,
            id="variable",
        ),
        pytest.param(
            {"StringLike": {"s3:prefix": ["", "home/${aws:username}/"]}}, {"s3:prefix": "home//"}, False, id="no-value"
        ),
        pytest.param(
            {"StringLike": {"k": "${aws:username}"}},
            {"k": "anybody", "aws:username": "*"},
            False,
            id="value-is-literal",
        ),
        pytest.param({"StringLike": {"k": "a${*}b${?}${$}"}}, {"k": "a*b?$"}, True, id="literal-characters"),
        pytest.param({"StringLike": {"k": "a${*}"}}, {"k": "ab"}, False, id="literal-star-is-no-wildcard"),
        pytest.param(TEAM, {"s3:ExistingObjectTag/Team": "a", "aws:PrincipalTag/Team": "a"}, False, id="same-team"),
        pytest.param(TEAM, {"s3:ExistingObjectTag/Team": "a"}, True, id="not-equal-to-no-value"),
        pytest.param(MY_TEAM, {"aws:PrincipalTag/team": "company-wide"}, True, id="default-value"),
        pytest.param(MY_TEAM, {"aws:PrincipalTag/team": "a", "aws:PrincipalTag/wanted": "a"}, True, id="no-default"),
        pytest.param({"NumericEquals": {"k": "${n}"}}, {"k": "1", "n": "1"}, False, id="no-variables-in-numbers"),
    ],
)
def test_a_condition(condition: dict[str, Any], context: Context, match: bool) -> None:  # noqa: FBT001 - a table's column
    assert _matches(condition, context) is match


@pytest.mark.parametrize(
    "operator",
    [
        pytest.param("StringEquals", id="equal"),
        pytest.param("StringNotEquals", id="not-equal"),
        pytest.param("StringEqualsIfExists", id="if-exists"),
    ],
)
def test_a_list_needs_a_set_operator(operator: str) -> None:
    condition = {operator: {"aws:TagKeys": "x"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    request = Request("any:Action", "*", {"aws:tagkeys": ("x",)}, lists=frozenset({"aws:tagkeys"}))
    assert not evaluate((parse({"Statement": statement}),), request).allowed
    statement["Condition"] = {"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}
    assert evaluate((parse({"Statement": statement}),), request).allowed


def test_variables_are_plain_text_before_2012() -> None:
    condition = {"StringEquals": {"k": "${aws:username}"}}
    assert _matches(condition, {"k": "${aws:username}", "aws:username": "martha"}, version=None)
    assert not _matches(condition, {"k": "martha", "aws:username": "martha"}, version="2008-10-17")


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        pytest.param("{", MalformedPolicyError, id="no-json"),
        pytest.param("[]", MalformedPolicyError, id="no-object"),
        pytest.param({}, MalformedPolicyError, id="no-statement"),
        pytest.param({"Version": "2020-01-01", "Statement": []}, MalformedPolicyError, id="version"),
        pytest.param({"Statement": {"Effect": "allow", "Action": "*"}}, MalformedPolicyError, id="effect"),
        pytest.param({"Statement": {"Effect": "Allow"}}, MalformedPolicyError, id="no-action"),
        pytest.param(
            {"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b"}}, MalformedPolicyError, id="both-actions"
        ),
        pytest.param({"Statement": {"Effect": "Deny", "Actions": "*"}}, MalformedPolicyError, id="misspelt"),
        pytest.param({"Statement": {"Effect": "Deny", "Action": [{}]}}, MalformedPolicyError, id="no-string"),
        pytest.param(
            {"Statement": {"Effect": "Deny", "Action": "*", "Principal": 5}}, MalformedPolicyError, id="principal"
        ),
        pytest.param(
            {"Statement": {"Effect": "Deny", "Action": "*", "NotPrincipal": "*"}},
            UnsupportedPolicyError,
            id="not-principal",
        ),
        pytest.param(
            {"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"BinaryNotEquals": {"k": "eA=="}}}},
            MalformedPolicyError,
            id="binary-has-no-negation",
        ),
        pytest.param(
            {"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"StringIs": {"k": "x"}}}},
            MalformedPolicyError,
            id="operator",
        ),
        pytest.param(
            {"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"ForNoValue:StringEquals": {"k": "x"}}}},
            MalformedPolicyError,
            id="set-operator",
        ),
    ],
)
def test_what_is_no_policy_or_not_judged_here(policy: str | dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        parse(policy)
