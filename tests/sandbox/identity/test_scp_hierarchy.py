"""Service control policies on the levels of an organization: every level must allow, a denial at any of them ends it.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.sandbox.policy import Outcome, parse
from rootguard.sandbox.simulator import Simulation, judge
from rootguard.sandbox.simulator.sources import identity_sources

type Statement = dict[str, Any]
type Scps = list[list[Statement]]

FULL: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALLOW_S3: Statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ALLOW_EC2: Statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
DENY_S3: Statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
DENY_ROOT: Statement = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
}
DENY_ELSEWHERE: Statement = {
    "Effect": "Deny",
    "NotAction": "iam:*",
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
}
ALLOWED, DENIED, SILENT = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY
ADMINISTRATOR = identity_sources([json.dumps({"Version": "2012-10-17", "Statement": [FULL]})])


def decided(levels: list[Scps], action: str = "s3:GetObject", **context: str) -> Outcome:
    """What an administrator gets beneath these levels, each a list of SCPs, each a list of statements."""
    simulation = Simulation(
        actions=(action,),
        resources=("*",),
        identity=ADMINISTRATOR,
        levels=tuple(tuple(parse({"Version": "2012-10-17", "Statement": scp}) for scp in level) for level in levels),
        context={key.replace("_", ":").lower(): (value,) for key, value in context.items()},
    )
    result = judge(simulation, action, "*")
    assert result.organizations is ((result.outcome is ALLOWED) if levels else None)
    return result.outcome


@pytest.mark.parametrize(
    ("levels", "action", "outcome"),
    [
        pytest.param([[[FULL]], [[FULL]], [[FULL]]], "s3:GetObject", ALLOWED, id="allow-on-every-level"),
        pytest.param([[[FULL]], [[ALLOW_EC2]], [[FULL]]], "s3:GetObject", SILENT, id="allow-missing-at-the-ou"),
        pytest.param([[[ALLOW_EC2]], [[FULL]], [[FULL]]], "s3:GetObject", SILENT, id="allow-missing-at-the-root"),
        pytest.param([[[FULL]], [[FULL]], [[ALLOW_EC2]]], "s3:GetObject", SILENT, id="allow-missing-at-the-account"),
        pytest.param([[[FULL]], [[FULL], [DENY_S3]], [[FULL]]], "s3:GetObject", DENIED, id="deny-at-the-ou"),
        pytest.param(
            [[[FULL]], [[FULL], [DENY_S3]], [[ALLOW_S3]]], "s3:GetObject", DENIED, id="deny-beats-lower-allow"
        ),
        pytest.param([[[FULL]], [[FULL]], [[FULL], [DENY_S3]]], "s3:GetObject", DENIED, id="deny-at-the-account"),
        pytest.param(
            [[[FULL]], [[FULL], [DENY_S3]], [[FULL]]], "ec2:RunInstances", ALLOWED, id="deny-of-another-service"
        ),
        pytest.param([[[ALLOW_S3], [ALLOW_EC2]], [[FULL]]], "ec2:RunInstances", ALLOWED, id="scps-of-a-level-join"),
        pytest.param([[[ALLOW_S3]], [[ALLOW_EC2]]], "s3:GetObject", SILENT, id="levels-intersect"),
        pytest.param([[[FULL], [DENY_S3]], [[ALLOW_S3]]], "s3:GetObject", DENIED, id="root-denies-account-allows"),
        pytest.param([[[DENY_S3]], [[FULL]]], "ec2:RunInstances", SILENT, id="a-denial-allows-nothing-else"),
        pytest.param([[[FULL]]] * 7, "s3:GetObject", ALLOWED, id="seven-levels"),
        pytest.param([*[[[FULL]]] * 6, [[DENY_S3, FULL]]], "s3:GetObject", DENIED, id="the-seventh-denies"),
        pytest.param([], "s3:GetObject", ALLOWED, id="no-organization"),
    ],
)
def test_a_hierarchy(levels: list[Scps], action: str, outcome: Outcome) -> None:
    assert decided(levels, action) is outcome


@pytest.mark.parametrize(
    ("principal", "outcome"),
    [
        pytest.param("arn:aws:iam::111122223333:root", DENIED, id="root"),
        pytest.param("arn:aws:iam::111122223333:role/R", ALLOWED, id="role"),
    ],
)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_root_is_denied_at_any_level(level: int, principal: str, outcome: Outcome) -> None:
    levels: list[Scps] = [[[FULL]], [[FULL]], [[FULL]]]
    levels[level] = [[FULL], [DENY_ROOT]]
    assert decided(levels, aws_PrincipalArn=principal) is outcome


STATEMENTS = st.sampled_from([FULL, ALLOW_S3, ALLOW_EC2, DENY_S3, DENY_ROOT, DENY_ELSEWHERE])
SCPS = st.lists(STATEMENTS, min_size=1, max_size=3)
LEVELS = st.lists(st.lists(SCPS, min_size=1, max_size=2), min_size=1, max_size=3)
ACTIONS = st.sampled_from(["s3:GetObject", "ec2:RunInstances", "iam:CreateUser"])
CONTEXTS = st.fixed_dictionaries(
    {
        "aws_PrincipalArn": st.sampled_from(["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/R"]),
        "aws_RequestedRegion": st.sampled_from(["eu-west-1", "us-east-1"]),
    }
)


@given(LEVELS, ACTIONS, CONTEXTS, st.data())
def test_a_denial_at_any_level_never_allows(
    levels: list[Scps], action: str, context: dict[str, str], data: st.DataObject
) -> None:
    level = data.draw(st.integers(0, len(levels) - 1))
    denied = [*levels]
    denied[level] = [*levels[level], [{"Effect": "Deny", "Action": "*", "Resource": "*"}]]
    assert decided(denied, action, **context) is DENIED


@given(LEVELS, ACTIONS, CONTEXTS, SCPS, st.data())
def test_one_more_policy_never_lifts_a_denial(
    levels: list[Scps], action: str, context: dict[str, str], more: list[Statement], data: st.DataObject
) -> None:
    level = data.draw(st.integers(0, len(levels) - 1))
    before, extended = decided(levels, action, **context), [*levels]
    extended[level] = [*levels[level], more]
    after = decided(extended, action, **context)
    assert before is not DENIED or after is DENIED
    assert decided([*levels, [more]], action, **context) is not ALLOWED or before is ALLOWED


@given(LEVELS, ACTIONS, CONTEXTS, st.randoms(use_true_random=False))
def test_no_order_matters(levels: list[Scps], action: str, context: dict[str, str], random: Any) -> None:
    shuffled = [[random.sample(scp, len(scp)) for scp in random.sample(level, len(level))] for level in levels]
    random.shuffle(shuffled)
    assert decided(shuffled, action, **context) is decided(levels, action, **context)
