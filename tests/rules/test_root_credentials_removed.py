"""root-credentials-removed: which account it is, and each of the four facts, known and unknown."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from root_credentials_removed import RULE, Evidence, Management, Standalone, decide
from tests.aws_commands import run_command

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.root_user import Password, RootUser, root_user
from rootguard.sandbox.server import Sandbox

MANAGEMENT = "111122223333"
NAMES = {
    "Password": "AccountPasswordPresent",
    "Keys": "AccountAccessKeysPresent",
    "Certificates": "AccountSigningCertificatesPresent",
    "MFA": "AccountMFAEnabled",
}


def summary(**facts: object) -> AccountSummary:
    """A member's; a fact that is left out is missing."""
    members = {NAMES[name]: value for name, value in facts.items()}
    return AccountSummary(Answer(members, "iam:GetAccountSummary", "444455556666", "us-east-1"))


def facts(**present: int) -> AccountSummary:
    """A member's with all four facts, 0 where nothing else is said."""
    return summary(**(dict.fromkeys(NAMES, 0) | present))


TABLE = [
    pytest.param(
        facts(),
        "COMPLIANT",
        "root has no password, access key, signing certificate or MFA device",
        id="a member without any (Prowler: silent)",
    ),
    pytest.param(
        Management(),
        "NOT_APPLICABLE",
        "the management account's root user cannot be managed centrally",
        id="the management account",
    ),
    pytest.param(
        Standalone(),
        "NOT_APPLICABLE",
        "the account is in no organization that could manage its root user",
        id="an account in no organization",
    ),
    pytest.param(
        facts(Password=1),
        "NON_COMPLIANT",
        "root of this member account still has a password",
        id="password, as in a member from before central root access (Prowler #7967)",
    ),
    pytest.param(
        facts(Keys=1),
        "NON_COMPLIANT",
        "root of this member account still has access keys",
        id="a key, active or not",
    ),
    pytest.param(
        facts(Certificates=2),
        "NON_COMPLIANT",
        "root of this member account still has signing certificates",
        id="certificates (Prowler: never asked)",
    ),
    pytest.param(
        facts(MFA=1), "NON_COMPLIANT", "root of this member account still has an MFA device", id="MFA device alone"
    ),
    pytest.param(
        facts(Password=1, Keys=2, Certificates=1, MFA=1),
        "NON_COMPLIANT",
        "root of this member account still has a password and access keys and signing certificates and an MFA device",
        id="everything",
    ),
    pytest.param(
        summary(Keys=1),
        "NON_COMPLIANT",
        "root of this member account still has access keys",
        id="keys, everything else unknown",
    ),
    pytest.param(
        summary(MFA=1, Password=0),
        "NON_COMPLIANT",
        "root of this member account still has an MFA device",
        id="MFA device, keys and certificates unknown",
    ),
]


@pytest.mark.parametrize(("evidence", "compliance", "reason"), TABLE)
def test_decide(evidence: Evidence, compliance: str, reason: str) -> None:
    verdict = decide(evidence, {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_the_table_gives_every_outcome() -> None:
    given: list[Any] = [case.values[0] for case in TABLE]
    assert {decide(evidence, {}).outcome for evidence in given} == set(RULE.outcomes)


@pytest.mark.parametrize("missing", NAMES)
def test_that_nothing_remains_takes_all_four_facts(missing: str) -> None:
    known = {name: 0 for name in NAMES if name != missing}
    with pytest.raises(EvidenceUnavailable, match=f"the answer has no {NAMES[missing]}"):
        decide(summary(**known), {})


@pytest.fixture
def member(client_of: Callable[..., Any]) -> str:
    """A new member of a new organization with central root access."""
    organizations, iam = client_of(MANAGEMENT, "organizations"), client_of(MANAGEMENT, "iam")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam.enable_organizations_root_credentials_management()
    created = organizations.create_account(AccountName="member", Email="member@example.com")
    return str(created["CreateAccountStatus"]["AccountId"])


@pytest.mark.parametrize(
    ("set_up", "reason"),
    [
        pytest.param(lambda _: None, "root has no password, access key, signing certificate or MFA device", id="new"),
        pytest.param(
            lambda root: setattr(root, "password", Password()),
            "root of this member account still has a password",
            id="reopened",
        ),
        pytest.param(
            lambda root: root.add_access_key(active=False),
            "root of this member account still has access keys",
            id="inactive key",
        ),
    ],
)
def test_a_member(
    account_of: Callable[[str], Account], member: str, set_up: Callable[[RootUser], object], reason: str
) -> None:
    set_up(root_user(member))
    with dispatch.recording() as requests:
        verdict = evaluate(RULE, account_of(member), {}, date(2027, 1, 1))
    assert verdict.reason == reason
    assert [request.action for request in requests] == ["organizations:DescribeOrganization", "iam:GetAccountSummary"]


def test_other_accounts_are_not_asked_about_their_root_user(
    account_of: Callable[[str], Account], client_of: Callable[..., Any]
) -> None:
    account = account_of(MANAGEMENT)
    with dispatch.recording() as requests:
        alone = evaluate(RULE, account, {}, date(2027, 1, 1))
        client_of(MANAGEMENT, "organizations").create_organization(FeatureSet="ALL")
        managing = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert alone.reason == "the account is in no organization that could manage its root user"
    assert managing.reason == "the management account's root user cannot be managed centrally"
    assert "iam:GetAccountSummary" not in {request.action for request in requests}


def test_the_remediation_removes_everything(
    sandbox: Sandbox, account_of: Callable[[str], Account], client_of: Callable[..., Any], member: str
) -> None:
    root = root_user(member)
    root.password = Password()
    values = {
        "ACCOUNT_ID": member,
        "REGION": "us-east-1",
        "KEY_ID": root.add_access_key().id,
        "CERTIFICATE_ID": root.add_signing_certificate().id,
        "SERIAL_NUMBER": root.add_passkey().serial_number,
    }
    assert evaluate(RULE, account_of(member), {}, date(2027, 1, 1)).compliance == "NON_COMPLIANT"
    open_session, *commands = RULE.remediation.commands
    answer = run_command(open_session, lambda service: client_of(MANAGEMENT, service), values)
    session = sandbox.session_for(_keys(answer["Credentials"]))
    clients: dict[str, Any] = {"iam": session.client("iam")}
    for command in commands:
        run_command(command, clients.__getitem__, values)
    assert evaluate(RULE, account_of(member), {}, date(2027, 1, 1)).compliance == "COMPLIANT"


def _keys(credentials: Mapping[str, str]) -> Keys:
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
