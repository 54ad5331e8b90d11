"""A virtual MFA device is a secret in an app: it can be copied, backed up, and typed into a forged page.

A security key or a hardware token cannot. AWS shows a role only root's virtual devices, never its hardware devices or
passkeys, so hardware is inferred: MFA is on and no virtual device belongs to root. A virtual device beside a hardware
one still opens the door, so it counts against the account. Whose device it is tells its owner, not its name: root's may
be called anything, and an IAM user may own one called root-account-mfa-device.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.missing_mfa import NO_DEVICE, NOTHING_TO_PROTECT, judge_missing_mfa
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.virtual_mfa import read_virtual_mfa_devices_of_root
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import Controls, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, shortened

NO_VIRTUAL_DEVICE = compliant(
    "root has MFA and no virtual device, so hardware or a passkey (inferred: AWS does not list those)"
)
VIRTUAL_DEVICE = non_compliant("root uses the virtual MFA device {device}{more}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The account summary, and the ARNs of root's virtual devices (asked for only where MFA is on)."""

    summary: AccountSummary
    virtual_devices: tuple[str, ...] = ()


def gather(account: Account, parameters: Parameters) -> Evidence:  # noqa: ARG001 - every rule's signature
    """Read the summary, and the devices where there are any."""
    summary = read_account_summary(account)
    return Evidence(summary, read_virtual_mfa_devices_of_root(account) if summary.mfa_enabled else ())


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    """One virtual device of root is enough to fail."""
    if not evidence.summary.mfa_enabled:
        return judge_missing_mfa(evidence.summary)
    if evidence.virtual_devices:
        more = f" and {len(evidence.virtual_devices) - 1} more" if len(evidence.virtual_devices) > 1 else ""
        return VIRTUAL_DEVICE(device=shortened(evidence.virtual_devices[0], 128), more=more)
    return NO_VIRTUAL_DEVICE()


RULE = Rule(
    name="hardware-mfa-for-root",
    title="The root user's MFA is hardware or a passkey, not a virtual device",
    severity=Severity.CRITICAL,
    practice=1,
    controls=Controls(
        cis={"1.4.0": "1.6", "3.0.0": "1.6", "5.0.0": "1.5", "6.0.0": "2.5", "7.0.0": "2.6"},
        fsbp=("IAM.6",),
        nist_800_53_r5=("AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"),
        pci_dss_4_0_1=("8.4.2",),
    ),
    remediation=Remediation(
        text=(
            "Sign in as root, open Security credentials, assign a security key or hardware token first, then remove "
            "every virtual device. In a member account, better remove the root credentials centrally."
        ),
        console=(
            "Sign in to the account as its root user and open Security credentials from the account menu.",
            "Under Multi-factor authentication, assign a security key or a hardware TOTP token, and a second one.",
            "Sign out and in again with it, then remove every virtual device from the list.",
        ),
        commands=(
            DELETE_IN_ROOT_SESSION,
            "aws iam list-mfa-devices  # with the credentials of that session",
            "aws iam deactivate-mfa-device --serial-number SERIAL_NUMBER  # only after the password is deleted",
        ),
        organization=(
            "Remove the root credentials of member accounts centrally; buy hardware for the management account's root "
            "and for the few accounts that must keep one."
        ),
    ),
    outcomes=(NO_VIRTUAL_DEVICE, NOTHING_TO_PROTECT, VIRTUAL_DEVICE, NO_DEVICE),
    actions=("iam:GetAccountSummary", "iam:ListVirtualMFADevices"),
    gather=gather,
    decide=decide,
)

lambda_handler = handler(RULE)
