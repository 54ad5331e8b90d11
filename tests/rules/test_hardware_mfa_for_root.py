"""hardware-mfa-for-root: whose the virtual devices are tells their owner, never their name."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hardware_mfa_for_root import RULE, Evidence, decide
from hypothesis import given
from hypothesis import strategies as st

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import RootUser, root_user

MEMBER = "111122223333"
PHONE = f"arn:aws:iam::{MEMBER}:mfa/phone"
TABLET = f"arn:aws:iam::{MEMBER}:mfa/tablet"
INFERRED = "root has MFA and no virtual device, so hardware or a passkey (inferred: AWS does not list those)"


def evidence(mfa: int | None, *devices: str, password: int | None = 1) -> Evidence:
    members = {"AccountMFAEnabled": mfa, "AccountPasswordPresent": password}
    known: Mapping[str, int] = {name: value for name, value in members.items() if value is not None}
    members_of_all = {"AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0} | dict(known)
    return Evidence(AccountSummary(Answer(members_of_all, "iam:GetAccountSummary", MEMBER, "us-east-1")), devices)


@pytest.mark.parametrize(
    ("found", "compliance", "reason"),
    [
        pytest.param(evidence(1), "COMPLIANT", INFERRED, id="MFA and no virtual device"),
        pytest.param(evidence(1, password=None), "COMPLIANT", INFERRED, id="MFA, password unknown"),
        pytest.param(
            evidence(1, PHONE), "NON_COMPLIANT", f"root uses the virtual MFA device {PHONE}", id="a virtual device"
        ),
        pytest.param(
            evidence(1, PHONE, TABLET),
            "NON_COMPLIANT",
            f"root uses the virtual MFA device {PHONE} and 1 more",
            id="two virtual devices",
        ),
        pytest.param(
            evidence(0, password=0),
            "NOT_APPLICABLE",
            "root has no password, access key or signing certificate, so there is nothing to protect",
            id="no credentials",
        ),
        pytest.param(evidence(0), "NON_COMPLIANT", "root has a password but no MFA device", id="no MFA"),
    ],
)
def test_decide(found: Evidence, compliance: str, reason: str) -> None:
    verdict = decide(found, {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        pytest.param(evidence(None), "the answer has no AccountMFAEnabled", id="MFA unknown"),
        pytest.param(evidence(0, password=None), "the answer has no AccountPasswordPresent", id="password unknown"),
    ],
)
def test_what_would_decide_is_unknown(found: Evidence, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable, match=problem):
        decide(found, {})


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
    found = evaluate(RULE, account_of(MEMBER), {}, date(2027, 1, 1))
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
    ],
)
def test_a_users_device_is_not_roots(
    client_of: Callable[..., Any], account_of: Callable[[str], Account], user: str, path: str, device: str
) -> None:
    give_virtual_device(client_of(MEMBER, "iam"), user, path, device)
    root_user(MEMBER).add_passkey()
    found = evaluate(RULE, account_of(MEMBER), {}, date(2027, 1, 1))
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
        evaluate(RULE, account, {}, date(2027, 1, 1))
    assert [request.action for request in requests] == actions


def test_devices_that_cannot_be_listed_are_no_verdict(account_of: Callable[[str], Account]) -> None:
    root_user(MEMBER).add_passkey()
    account = account_of(MEMBER)
    with (
        dispatch.failing("iam:ListVirtualMFADevices", "AccessDenied"),
        pytest.raises(EvidenceUnavailable, match="grant iam:ListVirtualMFADevices"),
    ):
        evaluate(RULE, account, {}, date(2027, 1, 1))
