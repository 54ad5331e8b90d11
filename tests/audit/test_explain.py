"""`rootguard explain`: whose verdict it tells, with whose credentials, and how it ends."""

import json

import pytest
from tests.audit.conftest import Ground

from rootguard.sandbox.root_user import Password, root_user


def test_ones_own_account_with_ones_own_credentials(ground: Ground) -> None:
    root_user(ground.management).password = Password()
    done = ground.run("explain", ground.management, "root-mfa-enabled")
    assert done.exit_code == 0
    assert done.out.startswith(f"root-mfa-enabled in {ground.management}\n")
    assert f"as arn:aws:iam::{ground.management}:user/operator, in account" in done.out
    assert "✘ NON_COMPLIANT  root has a password but no MFA device" in done.out
    assert "no  evidence.mfa_enabled" in done.out


def test_a_member_by_its_role_and_outside_of_it_by_ones_own_credentials(ground: Ground) -> None:
    (member,) = ground.organization("shop")
    done = ground.run("explain", member, "root-denied-by-scp", "--format", "json")
    told = json.loads(done.out)
    assert (done.exit_code, told["account_name"], told["compliance"]) == (0, "shop", "NON_COMPLIANT")
    assert told["parameters"] == {"ReaderRoleArn": "own credentials"}
    asked = [(request["action"], request["asked_as"]) for request in told["requests"]]
    assert asked == [
        ("organizations:DescribeOrganization", f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"),
        ("organizations:ListRoots", f"arn:aws:iam::{ground.management}:user/operator"),
    ]
    assert "whoever-runs-the-audit" not in done.out


def test_what_could_not_be_seen_has_no_verdict(ground: Ground) -> None:
    read = {"Effect": "Allow", "Action": "organizations:DescribeOrganization", "Resource": "*"}
    ground.become(ground.user(ground.management, read))
    done = ground.run("explain", ground.management, "root-mfa-enabled")
    assert done.exit_code == 3
    assert "! ERROR  iam:GetAccountSummary in account" in done.out
    assert "grant iam:GetAccountSummary" in done.out


def test_an_account_that_cannot_be_entered_is_one_line(ground: Ground) -> None:
    (member,) = ground.organization("shop")
    done = ground.run("explain", member, "root-mfa-enabled", "--role-name", "absent")
    assert (done.exit_code, done.out, done.err.count("\n")) == (3, "", 1)
    assert f"rootguard: sts:AssumeRole in account {member}" in done.err
    assert "or give --role-name" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("123", "root-mfa-enabled"), "an account id has 12 digits", id="no account id"),
        pytest.param(("111122223333", "root-mfa"), "there is no rule root-mfa", id="no rule"),
        pytest.param(("111122223333", "root-recovery-attested"), "is answered by a person", id="a process check"),
        pytest.param(
            ("111122223333", "root-not-used", "--parameter", "RootNotUsedMaxDaysSinceLastUse=x"),
            "MaxDaysSinceLastUse is 'x'",
            id="a parameter that is none",
        ),
    ],
)
def test_wrong_usage_is_one_line(ground: Ground, arguments: tuple[str, ...], said: str) -> None:
    done = ground.run("explain", *arguments)
    assert (done.exit_code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
