"""hardware-mfa-for-root: whose virtual devices are tells their owner, never their name; root's own list tells all."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import boto3
import pytest
from hardware_mfa_for_root import OBSERVED, RULE, VIRTUAL_DEVICE, Evidence, decide
from hypothesis import given
from hypothesis import strategies as st

from rootguard.kit.account import Account, Answer
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.kit.readers.root_mfa_devices import Kind, RootMfaDevice
from rootguard.kit.verdict import Outcome, Verdict
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import MfaDevice, MfaKind, RootUser, root_user
from rootguard.sandbox.server import Sandbox

MEMBER = "111122223333"
PHONE = f"arn:aws:iam::{MEMBER}:mfa/phone"
TABLET = f"arn:aws:iam::{MEMBER}:mfa/tablet"
INFERRED = "root has MFA and no virtual device, so hardware or a passkey (inferred: AWS does not list those)"
NOT_COUNTED = (
    "root has MFA and no virtual device, so hardware or a passkey (inferred, not counted: a management account)"
)
VIRTUAL = RootMfaDevice(PHONE, Kind.VIRTUAL)
KEY = RootMfaDevice(f"arn:aws:iam::{MEMBER}:u2f/root/key-ABC", Kind.FIDO)
TOKEN = RootMfaDevice("GALT12345678", Kind.HARDWARE_TOTP)
TODAY = date(2027, 1, 1)


def evidence(mfa: int | None, *virtual: str, password: int | None = 1, **more: Any) -> Evidence:
    members = {"AccountMFAEnabled": mfa, "AccountPasswordPresent": password}
    known: Mapping[str, int] = {name: value for name, value in members.items() if value is not None}
    members_of_all = {"AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0} | dict(known)
    summary = AccountSummary(Answer(members_of_all, "iam:GetAccountSummary", MEMBER, "us-east-1"))
    return Evidence(summary, virtual, **more)


CASES = [
    pytest.param(evidence(1), 1, "COMPLIANT", INFERRED, id="MFA and no virtual device"),
    pytest.param(evidence(1, password=None), 1, "COMPLIANT", INFERRED, id="MFA, password unknown"),
    pytest.param(
        evidence(1, PHONE), 1, "NON_COMPLIANT", f"root uses the virtual MFA device {PHONE}", id="a virtual device"
    ),
    pytest.param(
        evidence(1, PHONE, TABLET),
        1,
        "NON_COMPLIANT",
        f"root uses the virtual MFA device {PHONE} and 1 more",
        id="two virtual devices",
    ),
    pytest.param(
        evidence(1, PHONE, password=0),
        1,
        "NON_COMPLIANT",
        f"root uses the virtual MFA device {PHONE}",
        id="a virtual device and no password (AWS counts a device among root's credentials and deletes it with them)",
    ),
    pytest.param(
        evidence(0, password=0),
        1,
        "NOT_APPLICABLE",
        "root has no password, access key or signing certificate, so there is nothing to protect",
        id="no credentials (Config: NOT_APPLICABLE)",
    ),
    pytest.param(evidence(0), 1, "NON_COMPLIANT", "root has a password but no MFA device", id="no MFA"),
    pytest.param(evidence(0), 2, "NON_COMPLIANT", "root has a password but no MFA device", id="no MFA, two asked for"),
    pytest.param(
        evidence(1, devices=(KEY,)),
        1,
        "COMPLIANT",
        "root has no virtual device; its own list shows passkey or security key: 1",
        id="own list: one key",
    ),
    pytest.param(
        evidence(1, devices=(KEY, TOKEN, KEY)),
        3,
        "COMPLIANT",
        "root has no virtual device; its own list shows hardware TOTP token: 1, passkey or security key: 2",
        id="own list: as many as asked for, of both kinds",
    ),
    pytest.param(
        evidence(1, devices=(TOKEN,)),
        2,
        "NON_COMPLIANT",
        "root has 1 of 2 MFA devices asked for; its own list shows hardware TOTP token: 1",
        id="own list: no spare",
    ),
    pytest.param(
        evidence(1, devices=(KEY, VIRTUAL)),
        2,
        "NON_COMPLIANT",
        f"root uses the virtual MFA device {PHONE}",
        id="own list: a virtual device beside a key",
    ),
    pytest.param(evidence(1, management=True), 2, "COMPLIANT", NOT_COUNTED, id="management account, two asked for"),
    pytest.param(
        evidence(1, PHONE, management=True),
        1,
        "NON_COMPLIANT",
        f"root uses the virtual MFA device {PHONE}",
        id="management account with a virtual device",
    ),
]


@pytest.mark.parametrize(("found", "minimum", "compliance", "reason"), CASES)
def test_decide(found: Evidence, minimum: int, compliance: str, reason: str) -> None:
    verdict = decide(found, {"MinimumDevices": str(minimum)})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_answer_has_a_case() -> None:
    cases: list[Any] = [case.values for case in CASES]
    given = {decide(found, {"MinimumDevices": str(minimum)}).outcome for found, minimum, *_ in cases}
    assert given == set(RULE.outcomes)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        pytest.param(evidence(None), "the answer has no AccountMFAEnabled", id="MFA unknown"),
        pytest.param(evidence(0, password=None), "the answer has no AccountPasswordPresent", id="password unknown"),
        pytest.param(
            evidence(1, devices=()), "root's own list has no device", id="the two sources contradict each other"
        ),
    ],
)
def test_what_would_decide_is_unknown(found: Evidence, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable, match=problem):
        decide(found, {"MinimumDevices": "1"})


@given(st.lists(st.integers(9, 256).map("x".__mul__) | st.text(min_size=1), min_size=1, max_size=8))
def test_a_reason_fits_whatever_the_devices_are_called(devices: list[str]) -> None:
    assert decide(evidence(1, *devices), {}).compliance == "NON_COMPLIANT"


@pytest.mark.parametrize(
    ("set_up", "verdict"),
    [
        pytest.param(lambda root: root.add_passkey(), f"COMPLIANT: {INFERRED}", id="passkey"),
        pytest.param(lambda root: root.add_hardware_totp(), f"COMPLIANT: {INFERRED}", id="hardware token"),
        pytest.param(
            lambda root: root.add_virtual_mfa_device("jane"),
            f"NON_COMPLIANT: root uses the virtual MFA device arn:aws:iam::{MEMBER}:mfa/jane",
            id="virtual device with a name of its own (CIS audit, Steampipe: missed)",
        ),
        pytest.param(
            lambda root: (root.add_hardware_totp(), root.add_virtual_mfa_device()),
            f"NON_COMPLIANT: root uses the virtual MFA device arn:aws:iam::{MEMBER}:mfa/root-account-mfa-device",
            id="virtual device beside hardware (Prowler #1855)",
        ),
    ],
)
def test_a_devices_kind_decides(
    account_of: Callable[[str], Account], set_up: Callable[[RootUser], None], verdict: str
) -> None:
    set_up(root_user(MEMBER))
    found = evaluate(RULE, account_of(MEMBER), {}, TODAY)
    assert f"{found.compliance}: {found.reason}" == verdict


def give_virtual_device(iam: Any, user: str, path: str, device: str) -> None:
    iam.create_user(UserName=user, Path=path)
    serial_number = iam.create_virtual_mfa_device(VirtualMFADeviceName=device)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=user, SerialNumber=serial_number, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


@pytest.mark.parametrize(
    ("user", "path", "device"),
    [
        pytest.param("jane", "/", "root-account-mfa-device", id="a user's device with root's usual name"),
        pytest.param("rooty", "/", "rooty", id="a user called rooty (Prowler: false FAIL)"),
        pytest.param("root", "/", "root", id="a user called root"),
        pytest.param("jane", "/root/", "jane", id="a user below the path root (Prowler: false FAIL)"),
        pytest.param("jane", "/root-team/", "jane", id="a user below the path root-team (Prowler: false FAIL)"),
    ],
)
def test_a_users_device_is_not_roots(
    client_of: Callable[..., Any], account_of: Callable[[str], Account], user: str, path: str, device: str
) -> None:
    give_virtual_device(client_of(MEMBER, "iam"), user, path, device)
    root_user(MEMBER).add_passkey()
    found = evaluate(RULE, account_of(MEMBER), {}, TODAY)
    assert (found.compliance, found.reason) == ("COMPLIANT", INFERRED)


@pytest.mark.parametrize(
    ("set_up", "actions"),
    [
        pytest.param(lambda root: root.remove_credentials(), ["iam:GetAccountSummary"], id="without MFA"),
        pytest.param(
            lambda root: root.add_passkey(), ["iam:GetAccountSummary", "iam:ListVirtualMFADevices"], id="with MFA"
        ),
    ],
)
def test_devices_are_asked_for_only_where_there_are_any(
    account_of: Callable[[str], Account], set_up: Callable[[RootUser], None], actions: list[str]
) -> None:
    set_up(root_user(MEMBER))
    account = account_of(MEMBER)
    with dispatch.recording() as requests:
        evaluate(RULE, account, {}, TODAY)
    assert [request.action for request in requests] == actions


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        pytest.param("aws-us-gov", "us-gov-west-1", id="GovCloud (Prowler: no finding)"),
        pytest.param("aws-cn", "cn-north-1", id="China (Prowler: no finding)"),
    ],
)
def test_in_every_partition(session_of: Callable[[str], boto3.Session], partition: str, region: str) -> None:
    account = Account(MEMBER, partition, region, SessionConnection(session_of(MEMBER)))
    root_user(MEMBER).add_passkey(partition=partition)
    assert evaluate(RULE, account, {}, TODAY).reason == INFERRED
    root_user(MEMBER).add_virtual_mfa_device("phone", partition=partition)
    verdict = evaluate(RULE, account, {}, TODAY)
    assert verdict.reason == f"root uses the virtual MFA device arn:{partition}:iam::{MEMBER}:mfa/phone"


def test_devices_that_cannot_be_listed_are_no_verdict(account_of: Callable[[str], Account]) -> None:
    root_user(MEMBER).add_passkey()
    account = account_of(MEMBER)
    with (
        dispatch.failing("iam:ListVirtualMFADevices", "AccessDenied"),
        pytest.raises(EvidenceUnavailable, match="grant iam:ListVirtualMFADevices"),
    ):
        evaluate(RULE, account, {}, TODAY)


class Audited:
    """An organization with a role that may list the devices of its members' root users, for this rule's function."""

    def __init__(self, client_of: Callable[..., Any], account_of: Callable[[str], Account]) -> None:
        self.management_id = Sandbox.management_account_id
        self.account_of = account_of
        organizations, self.iam = client_of(self.management_id, "organizations"), client_of(self.management_id, "iam")
        organizations.create_organization(FeatureSet="ALL")
        organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        self.iam.enable_organizations_root_credentials_management()
        made = organizations.create_account(Email="member@example.com", AccountName="member")
        self.member_id: str = made["CreateAccountStatus"]["AccountId"]
        accounts = {"AWS": [self.management_id, self.member_id]}
        trust = {"Effect": "Allow", "Principal": accounts, "Action": "sts:AssumeRole"}
        role = self.iam.create_role(RoleName="root-audit", AssumeRolePolicyDocument=policy(trust))["Role"]
        self.role_arn: str = role["Arn"]
        self.allow({"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "*"})

    @property
    def root(self) -> RootUser:
        return root_user(self.member_id)

    def allow(self, statement: Mapping[str, object]) -> None:
        self.iam.put_role_policy(RoleName="root-audit", PolicyName="look", PolicyDocument=policy(statement))

    def judged(self, account_id: str = "", **parameters: str) -> str:
        verdict = self.verdict(account_id, **parameters)
        return f"{verdict.compliance}: {verdict.reason}"

    def verdict(self, account_id: str = "", **parameters: str) -> Verdict:
        given = {"RootAuditRoleArn": self.role_arn} | parameters
        return evaluate(RULE, self.account_of(account_id or self.member_id), given, TODAY)


def policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def audited(
    client_of: Callable[..., Any],
    account_of: Callable[[str], Account],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Audited:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    return Audited(client_of, account_of)


def test_root_itself_lists_devices_of_every_kind(audited: Audited) -> None:
    audited.root.add_passkey()
    audited.root.add_hardware_totp()
    audited.root.add_passkey("blue")
    shown = "hardware TOTP token: 1, passkey or security key: 2"
    assert audited.judged() == f"COMPLIANT: root has no virtual device; its own list shows {shown}"
    assert audited.judged(MinimumDevices="4") == (
        f"NON_COMPLIANT: root has 3 of 4 MFA devices asked for; its own list shows {shown}"
    )


@pytest.mark.parametrize(
    ("set_up", "verdict"),
    [
        pytest.param(lambda root: root.add_virtual_mfa_device("jane"), "NON_COMPLIANT: root uses", id="virtual device"),
        pytest.param(lambda root: root.remove_credentials(), "NOT_APPLICABLE: root has no", id="no credentials"),
    ],
)
def test_no_root_session_is_opened_where_it_would_settle_nothing(
    audited: Audited, set_up: Callable[[RootUser], None], verdict: str
) -> None:
    set_up(audited.root)
    with dispatch.recording() as requests:
        assert audited.judged().startswith(verdict)
    assert not [request.action for request in requests if request.action.startswith("sts:")]


def test_a_management_account_is_inferred_whatever_number_is_asked_for(audited: Audited) -> None:
    root_user(audited.management_id).add_passkey()
    with dispatch.recording() as requests:
        assert audited.judged(audited.management_id, MinimumDevices="2") == f"COMPLIANT: {NOT_COUNTED}"
    assert not [request.action for request in requests if request.action.startswith("sts:")]
    root_user(audited.management_id).add_virtual_mfa_device()
    assert audited.judged(audited.management_id).startswith("NON_COMPLIANT: root uses the virtual MFA device")


def test_a_number_without_a_list_to_count_is_refused(account_of: Callable[[str], Account]) -> None:
    with pytest.raises(InvalidParameters, match=r"MinimumDevices is 2, but .* RootAuditRoleArn: give both"):
        evaluate(RULE, account_of(MEMBER), {"MinimumDevices": "2"}, TODAY)


@pytest.mark.parametrize("minimum", ["0", "9", "two"])
def test_a_number_that_root_cannot_have_is_refused(account_of: Callable[[str], Account], minimum: str) -> None:
    with pytest.raises(InvalidParameters, match="MinimumDevices is"):
        evaluate(RULE, account_of(MEMBER), {"MinimumDevices": minimum}, TODAY)


def disable_the_feature(audited: Audited) -> None:
    audited.iam.disable_organizations_root_credentials_management()


def allow_another_task(audited: Audited) -> None:
    task = {"StringEquals": {"sts:TaskPolicyArn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}
    audited.allow({"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "*", "Condition": task})


def delete_the_role(audited: Audited) -> None:
    audited.iam.delete_role_policy(RoleName="root-audit", PolicyName="look")
    audited.iam.delete_role(RoleName="root-audit")


@pytest.mark.parametrize(
    ("hinder", "action", "advice"),
    [
        pytest.param(disable_the_feature, "sts:AssumeRoot", "enable RootCredentialsManagement", id="feature off"),
        pytest.param(allow_another_task, "sts:AssumeRoot", "allow .*root-audit sts:AssumeRoot on", id="not allowed"),
        pytest.param(delete_the_role, "sts:AssumeRole", "let .*root-audit trust the function's role", id="no role"),
    ],
)
def test_a_list_that_cannot_be_read_is_no_verdict(
    audited: Audited, hinder: Callable[[Audited], None], action: str, advice: str
) -> None:
    audited.root.add_passkey()
    hinder(audited)
    with pytest.raises(EvidenceUnavailable, match=rf"^{action} in account .* -> .*{advice}"):
        audited.judged()


def test_a_policy_that_denies_root_sessions_is_named(audited: Audited) -> None:
    audited.root.add_passkey()
    denial = "is not authorized to perform: iam:ListMFADevices with an explicit deny in a service control policy"
    said = rf"^iam:ListMFADevices in account {audited.member_id} .* service control policy -> let the SCPs .* spare"
    with (
        dispatch.failing("iam:ListMFADevices", "AccessDenied", denial),
        pytest.raises(EvidenceUnavailable, match=said),
    ):
        audited.judged()


def test_another_failure_keeps_its_own_words(audited: Audited) -> None:
    audited.root.add_passkey()
    with (
        dispatch.failing("sts:AssumeRoot", "RegionDisabledException", "STS is not activated"),
        pytest.raises(EvidenceUnavailable, match=r"RegionDisabledException: STS is not activated$"),
    ):
        audited.judged()


@pytest.mark.parametrize(
    ("serial_number", "outcome"),
    [
        pytest.param("arn:aws:iam::111122223333:mfa/root-account-mfa-device", VIRTUAL_DEVICE, id="virtual"),
        pytest.param("arn:aws-us-gov:iam::111122223333:mfa/phone", VIRTUAL_DEVICE, id="virtual, in GovCloud"),
        pytest.param("arn:aws:iam::111122223333:u2f/root/mfa/key-ABC", OBSERVED, id="security key"),
        pytest.param("GAHT12345678", OBSERVED, id="token"),
        pytest.param("arn:aws:iam::111122223333:sms-mfa/phone", None, id="text message"),
        pytest.param("arn:aws:iam::111122223333:mfa", None, id="no name"),
    ],
)
def test_a_serial_number_tells_a_devices_kind(audited: Audited, serial_number: str, outcome: Outcome | None) -> None:
    """As the root session's list shows it; the member's list of virtual devices does not."""
    audited.root.mfa_devices.append(MfaDevice(MfaKind.FIDO, serial_number))
    if outcome is not None:
        assert audited.verdict().outcome is outcome
        return
    with pytest.raises(EvidenceUnavailable, match=f"kind that is not known: '{serial_number}'"):
        audited.verdict()
