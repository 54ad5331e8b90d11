"""What the doctor finds in accounts and organizations of every state."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from rootguard.caller import Caller
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.doctor.account import identity
from rootguard.doctor.finding import Finding, Status
from rootguard.doctor.quotas import headroom
from rootguard.sandbox.dispatch import failing
from rootguard.sandbox.dispatch import recording as recorded

type SetUp = Callable[[Any], str | None]
"""Furnishes the sandbox; returns the account whose administrator runs the doctor, None for the management account."""

IN_MANAGEMENT = "in the management account 123456789012: aws "
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


def delegated_with_a_role(patient: Any) -> str:
    account_id = delegated(patient)
    patient.trust("iam.amazonaws.com")
    patient.client("iam").enable_organizations_root_credentials_management()
    patient.make_role(DEFAULT_ROLE, account_id)
    return account_id


def delegated_for_iam(patient: Any) -> str:
    account_id = delegated(patient)
    patient.trust("iam.amazonaws.com")
    patient.delegate(account_id, "iam.amazonaws.com")
    patient.client("iam").enable_organizations_root_credentials_management()
    patient.client("iam").enable_organizations_root_sessions()
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
                "identity": Expected(Status.OK, ":user/operator"),
                "account": Expected(Status.FAILED, "without an organization", "create"),
                "configuration recorder": Expected(Status.FAILED, "none", "put-configuration-recorder"),
                "Security Hub": Expected(Status.ADVICE, "off", "enable-security-hub"),
                "quota of Config rules": Expected(Status.OK, "0 of 1000"),
                "quota of conformance packs": Expected(Status.OK, "0 of 50"),
                "quota of IAM roles": Expected(Status.OK, "0 of 1000"),
                "quota of concurrent functions": Expected(Status.OK, "1000"),
                "quota of function storage": Expected(Status.OK, "0 of 80530 MB"),
                "quota of CloudFormation stacks": Expected(Status.OK, "0 of 2000"),
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
                "AWSServiceRoleForConfigConforms": Expected(Status.ADVICE, "is not in", "create-service-linked-role"),
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
                "AWSServiceRoleForConfigConforms": Expected(Status.UNSEEN, "sts:AssumeRole", "there: aws iam create-"),
                "root management": Expected(Status.UNSEEN, "sts:AssumeRole", "there: aws iam list-organizations-feat"),
                "trusted access securityhub": Expected(Status.ADVICE, "not granted", IN_MANAGEMENT),
                "StackSets": Expected(Status.FAILED, "DISABLED", IN_MANAGEMENT),
            },
            id="delegated administrator",
        ),
        pytest.param(
            delegated_with_a_role,
            {
                "AWSServiceRoleForConfigConforms": Expected(Status.ADVICE, "is not in", IN_MANAGEMENT),
                "root management": Expected(Status.ADVICE, "RootSessions not enabled", IN_MANAGEMENT),
                "recorders of the members": Expected(Status.OK, "no other account gets the pack"),
            },
            id="delegated administrator with a role in the management account",
        ),
        pytest.param(
            delegated_for_iam,
            {"root management": Expected(Status.OK, "enabled")},
            marks=pytest.mark.slow,
            id="delegated administrator of IAM",
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
    "lambda:GetAccountSettings": ["quota of concurrent functions", "quota of function storage"],
    "cloudformation:DescribeAccountLimits": ["quota of CloudFormation stacks"],
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


NEEDED = {"sts:GetCallerIdentity", "organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"}
"""Without these the doctor does not know whom it examines."""
OF_THESE_ALONE = {"identity", "account", "organization features", "delegated administration"}
READS = re.compile(r"\w+:(Get|List|Describe|Simulate|Test)\w+|sts:AssumeRole")


def healthy(patient: Any) -> None:
    both_features(patient)
    patient.trust(PACKS, STACK_SETS, "config.amazonaws.com", "securityhub.amazonaws.com")
    patient.client("iam").create_service_linked_role(AWSServiceName="config-conforms.amazonaws.com")
    patient.start_recorder()
    security_hub(patient)


def fine(findings: Mapping[str, Finding]) -> set[str]:
    return {check for check, finding in findings.items() if finding.status is Status.OK}


@pytest.mark.parametrize(
    "set_up",
    [healthy, delegated_with_a_role, *(pytest.param(each, marks=pytest.mark.slow) for each in (member, standalone))],
)
def test_nothing_is_ok_that_was_not_seen(patient: Any, set_up: SetUp) -> None:
    account_id = set_up(patient) or ""
    with recorded() as requests:
        before = patient.findings(account_id)
    actions = {request.action for request in requests}
    assert [action for action in actions if not READS.fullmatch(action)] == []

    with ExitStack() as denials:
        for action in actions - NEEDED:
            denials.enter_context(failing(action, "AccessDeniedException"))
        found = patient.findings(account_id)
    assert fine(found) == fine(before) & OF_THESE_ALONE
    assert fine(before) > OF_THESE_ALONE & fine(before)


@pytest.mark.slow
@pytest.mark.parametrize("set_up", [healthy, delegated_for_iam, delegated_with_a_role, member, standalone])
def test_each_call_is_missed(patient: Any, set_up: SetUp) -> None:
    account_id = set_up(patient) or ""
    with recorded() as requests:
        before = patient.findings(account_id)
    for action in {request.action for request in requests} - NEEDED:
        with failing(action, "AccessDeniedException"):
            found = patient.findings(account_id)
        missed = {check for check, finding in found.items() if action.partition(":")[2] in finding.message}
        assert missed & {check for check, finding in found.items() if finding.status is Status.UNSEEN}, action
        assert {found[check].status for check in missed} <= {Status.UNSEEN, Status.UNPROVEN}, action
        same = found.keys() & before.keys() - missed
        assert {check: found[check].status for check in same} == {check: before[check].status for check in same}, action


@pytest.mark.parametrize(
    ("code", "message", "fix"),
    [
        pytest.param("ExpiredTokenException", "late", "the credentials have expired: sign in", id="expired"),
        pytest.param(
            "AccessDeniedException",
            "with an explicit deny in a service control policy",
            "a service control policy is in the way: have it allow securityhub:DescribeHub",
            id="denied by another's policy",
        ),
        pytest.param("InvalidAccessException", "Account may not do this", "again", id="a refusal that names no reason"),
    ],
)
def test_what_to_do_about_what_was_not_seen(patient: Any, code: str, message: str, fix: str) -> None:
    with failing("securityhub:DescribeHub", code, message):
        found = patient.findings()["Security Hub"]
    assert found.status is Status.UNSEEN
    assert message in found.message
    assert fix in found.fix


def test_the_root_user_is_told_to_be_somebody_else() -> None:
    found = identity(Caller.parse("111122223333", "arn:aws-cn:iam::111122223333:root"))
    assert (found.status, found.fix) == (Status.ADVICE, "use the credentials of a role instead")


@pytest.mark.parametrize(
    ("used", "quota", "status"),
    [
        pytest.param(970, 1000, Status.OK, id="just enough"),
        pytest.param(971, 1000, Status.FAILED, id="too little"),
        pytest.param(45, 50, Status.OK, id="a tenth of a small quota"),
        pytest.param(46, 50, Status.FAILED, id="less"),
        pytest.param(1001, 1000, Status.FAILED, id="beyond"),
    ],
)
def test_room_below_a_quota(used: int, quota: int, status: Status) -> None:
    found = headroom("rules", used, quota, "delete some")
    assert (found.status, found.message, found.fix) == (
        status,
        f"{used} of {quota} used",
        "" if status is Status.OK else "delete some",
    )


def test_a_member_that_cannot_be_entered_is_not_seen(patient: Any) -> None:
    patient.organization()
    found = patient.findings(role_name="nobody")["recorders of the members"]
    assert found.status is Status.UNSEEN
    assert "sts:AssumeRole" in found.message
    assert "--role-name" in found.fix


def test_without_the_organization_nothing_else_is_looked_at(patient: Any) -> None:
    with failing("organizations:DescribeOrganization", "AccessDeniedException"):
        who, found = patient.findings().values()
    assert (who.check, who.status) == ("identity", Status.OK)
    assert (found.check, found.status) == ("account", Status.UNSEEN)


def test_a_member_that_may_not_ask_is_not_a_plain_member(patient: Any) -> None:
    """Organizations tells a plain member that it may not; a missing IAM permission names the action."""
    account_id = delegated(patient)
    denial = "User: arn:aws:iam::1:user/u is not authorized to perform: organizations:ListDelegatedAdministrators"
    with failing("organizations:ListDelegatedAdministrators", "AccessDeniedException", denial):
        assert patient.findings(account_id)["account"].status is Status.UNSEEN
