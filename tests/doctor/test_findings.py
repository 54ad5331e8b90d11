"""What the doctor finds in accounts and organizations of every state."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from rootguard.doctor.finding import Status
from rootguard.sandbox.dispatch import failing

type SetUp = Callable[[Any], str | None]
"""Furnishes the sandbox; returns the account whose administrator runs the doctor, None for the management account."""

PACKS = "config-multiaccountsetup.amazonaws.com"
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"


def standalone(_: Any) -> None:
    pass


def management(patient: Any) -> None:
    patient.organization()


def billing_only(patient: Any) -> None:
    patient.organization("CONSOLIDATED_BILLING")


def member(patient: Any) -> str:
    return str(patient.organization())


def trusting(patient: Any) -> None:
    patient.organization()
    patient.trust(PACKS, "config.amazonaws.com", "securityhub.amazonaws.com")


def delegated(patient: Any) -> str:
    account_id = str(patient.organization())
    patient.trust(PACKS, STACK_SETS)
    patient.delegate(account_id, PACKS, STACK_SETS)
    return account_id


def half_delegated(patient: Any) -> str:
    account_id = str(patient.organization())
    patient.trust(PACKS)
    patient.delegate(account_id, PACKS)
    return account_id


def recording(patient: Any) -> None:
    patient.start_recorder()


def stopped_recorder(patient: Any) -> None:
    patient.start_recorder(start=False)


def recording_member(patient: Any) -> None:
    patient.start_recorder(patient.organization())


def conforms_role(patient: Any) -> None:
    patient.organization()
    patient.client("iam").create_service_linked_role(AWSServiceName="config-conforms.amazonaws.com")


def iam_trusted(patient: Any) -> None:
    patient.organization()
    patient.trust("iam.amazonaws.com")


def one_feature(patient: Any) -> None:
    iam_trusted(patient)
    patient.client("iam").enable_organizations_root_credentials_management()


def both_features(patient: Any) -> None:
    one_feature(patient)
    patient.client("iam").enable_organizations_root_sessions()


def security_hub(patient: Any) -> None:
    patient.client("securityhub").enable_security_hub()


class Expected(NamedTuple):
    """A finding's status, and what its message and its fix have in them."""

    status: Status
    says: str
    fix: str = ""


@pytest.mark.parametrize(
    ("set_up", "expected"),
    [
        pytest.param(
            standalone,
            {
                "account": Expected(Status.FAILED, "without an organization", "create"),
                "configuration recorder": Expected(Status.FAILED, "none", "put-configuration-recorder"),
                "Security Hub": Expected(Status.ADVICE, "off", "enable-security-hub"),
                "quota of Config rules": Expected(Status.OK, "0 of 1000"),
                "quota of conformance packs": Expected(Status.OK, "0 of 50"),
                "quota of IAM roles": Expected(Status.OK, "0 of 1000"),
                "quota of concurrent functions": Expected(Status.OK, "1000"),
                "password in the account summary": Expected(Status.OK, "holds"),
                "both kinds of alarms": Expected(Status.OK, "holds"),
                "metric filters judged by AWS": Expected(Status.OK, "holds"),
                "service control policies judged for root": Expected(Status.OK, "holds"),
                "pseudo parameters in packs": Expected(Status.UNPROVEN, "once the rules are deployed here"),
                "timing": Expected(Status.UNPROVEN, "own schedule"),
            },
            id="no organization",
        ),
        pytest.param(
            management,
            {
                "account": Expected(Status.OK, "the management account of o-"),
                "organization features": Expected(Status.OK, "all features"),
                "trusted access config-multiaccountsetup": Expected(Status.FAILED, "not granted", PACKS),
                "trusted access config": Expected(Status.ADVICE, "aggregator", "config.amazonaws.com"),
                "AWSServiceRoleForConfigConforms": Expected(Status.ADVICE, "not there", "create-service-linked-role"),
                "root management": Expected(Status.ADVICE, "no access", "iam.amazonaws.com"),
                "quota of organization packs": Expected(Status.OK, "0 of 50"),
                "StackSets": Expected(Status.FAILED, "DISABLED", "activate-organizations-access"),
                "recorders of the members": Expected(Status.FAILED, "off in us-east-1 in 1 account: ", "--exclude"),
            },
            id="bare management account",
        ),
        pytest.param(
            trusting,
            {
                "trusted access config-multiaccountsetup": Expected(Status.OK, "granted"),
                "trusted access securityhub": Expected(Status.OK, "granted"),
            },
            id="trusted access",
        ),
        pytest.param(
            billing_only,
            {"organization features": Expected(Status.FAILED, "CONSOLIDATED_BILLING", "enable-all-features")},
            id="billing only",
        ),
        pytest.param(
            member, {"account": Expected(Status.FAILED, "a member account", "register-delegated")}, id="member"
        ),
        pytest.param(
            delegated,
            {
                "account": Expected(Status.OK, "a delegated administrator of o-"),
                "delegated administration": Expected(Status.OK, "registered"),
                "AWSServiceRoleForConfigConforms": Expected(Status.UNSEEN, "management account", "there: aws iam"),
            },
            id="delegated administrator",
        ),
        pytest.param(
            half_delegated,
            {"delegated administration": Expected(Status.FAILED, STACK_SETS, STACK_SETS)},
            id="delegated for packs alone",
        ),
        pytest.param(
            stopped_recorder,
            {"configuration recorder": Expected(Status.FAILED, "stopped", "--configuration-recorder-name default")},
            id="stopped recorder",
        ),
        pytest.param(recording, {"configuration recorder": Expected(Status.OK, "records in us-east-1")}, id="recorder"),
        pytest.param(
            recording_member,
            {"recorders of the members": Expected(Status.OK, "on in us-east-1 in 1 account")},
            id="members record",
        ),
        pytest.param(
            conforms_role, {"AWSServiceRoleForConfigConforms": Expected(Status.OK, "is there")}, id="conforms role"
        ),
        pytest.param(
            iam_trusted,
            {"root management": Expected(Status.ADVICE, "RootCredentialsManagement and RootSessions", "root-sessions")},
            id="no root management",
        ),
        pytest.param(
            one_feature,
            {"root management": Expected(Status.ADVICE, "RootSessions not enabled", "enable-organizations-root-sess")},
            id="no root sessions",
        ),
        pytest.param(both_features, {"root management": Expected(Status.OK, "enabled")}, id="root management"),
        pytest.param(security_hub, {"Security Hub": Expected(Status.OK, "is on")}, id="Security Hub"),
    ],
)
def test_finds(patient: Any, set_up: SetUp, expected: Mapping[str, Expected]) -> None:
    findings = patient.findings(set_up(patient) or "")
    for check, (status, says, fix) in expected.items():
        found = findings[check]
        assert (found.status, found.check) == (status, check)
        assert says in found.message
        assert fix in found.fix
        assert bool(found.fix) == (status not in {Status.OK, Status.UNPROVEN})


CALLS = {
    "organizations:ListAWSServiceAccessForOrganization": ["trusted access"],
    "cloudformation:DescribeOrganizationsAccess": ["StackSets"],
    "organizations:ListAccounts": ["recorders of the members"],
    "iam:ListOrganizationsFeatures": ["root management"],
    "config:DescribeConfigurationRecorderStatus": ["configuration recorder"],
    "iam:GetRole": ["AWSServiceRoleForConfigConforms"],
    "config:DescribeOrganizationConformancePacks": ["quota of organization packs"],
    "config:DescribeConformancePacks": ["quota of conformance packs"],
    "config:DescribeConfigRules": ["quota of Config rules", "pseudo parameters in packs"],
    "iam:GetAccountSummary": ["quota of IAM roles", "password in the account summary"],
    "lambda:GetAccountSettings": ["quota of concurrent functions"],
    "securityhub:DescribeHub": ["Security Hub"],
    "cloudwatch:DescribeAlarms": ["both kinds of alarms"],
    "logs:TestMetricFilter": ["metric filters judged by AWS"],
    "iam:SimulateCustomPolicy": ["service control policies judged for root"],
}


def test_a_denied_call_is_not_seen_and_never_ok(patient: Any) -> None:
    both_features(patient)
    with ExitStack() as denials:
        for action in CALLS:
            denials.enter_context(failing(action, "AccessDeniedException"))
        findings = patient.findings()
    for action, checks in CALLS.items():
        for check in checks:
            assert findings[check].status is Status.UNSEEN
            assert action in findings[check].message
            assert findings[check].fix == f"grant {action} to the caller"


def test_a_member_that_cannot_be_entered_is_not_seen(patient: Any) -> None:
    patient.organization()
    found = patient.findings(role_name="nobody")["recorders of the members"]
    assert found.status is Status.UNSEEN
    assert "sts:AssumeRole" in found.message
    assert "--role-name" in found.fix


def test_without_the_organization_nothing_else_is_looked_at(patient: Any) -> None:
    with failing("organizations:DescribeOrganization", "AccessDeniedException"):
        [found] = patient.findings().values()
    assert (found.check, found.status) == ("account", Status.UNSEEN)


def test_a_member_that_may_not_ask_is_not_a_plain_member(patient: Any) -> None:
    """Organizations tells a plain member that it may not; a missing IAM permission names the action."""
    account_id = delegated(patient)
    denial = "User: arn:aws:iam::1:user/u is not authorized to perform: organizations:ListDelegatedAdministrators"
    with failing("organizations:ListDelegatedAdministrators", "AccessDeniedException", denial):
        assert patient.findings(account_id)["account"].status is Status.UNSEEN
