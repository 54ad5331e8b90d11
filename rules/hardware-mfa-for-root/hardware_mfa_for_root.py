"""A virtual MFA device is a secret in an app: it can be copied, backed up, and typed into a forged page.

A security key or a hardware token cannot. AWS shows a role only root's virtual devices, never its hardware devices or
passkeys, so hardware is inferred: MFA is on and no virtual device belongs to root. A virtual device beside a hardware
one still opens the door, so it counts against the account. Whose device it is tells its owner, not its name: root's may
be called anything, and an IAM user may own one called root-account-mfa-device.

Where RootAuditRoleArn names the role of templates/root-audit-role.yaml, root's own list is read instead, in a session
of sts:AssumeRoot that can only look, opened only where MFA is on and no virtual device settles it. MinimumDevices can
then ask for a spare, as AWS recommends. No such session exists for the management account: its reason says so, and
MinimumDevices does not apply there. Passkeys and security keys are one kind to AWS: whether a passkey is synced to
other devices cannot be seen, so it is not judged.

The member's CloudTrail records that look as root's (userIdentity.type Root, sessionContext.assumedRoot where CloudTrail
marks it), so alarms on root report it unless they leave such sessions out, as templates/root-activity-alarm.yaml does
with AssumeRootSessions=leave-out. A service control policy against root must spare them, as templates/deny-root.yaml.
"""

from dataclasses import dataclass

from rootguard.kit.account import Account
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.missing_mfa import NO_DEVICE, NOTHING_TO_PROTECT, judge_missing_mfa
from rootguard.kit.readers.account_summary import AccountSummary, read_account_summary
from rootguard.kit.readers.organization import read_organization
from rootguard.kit.readers.root_mfa_devices import Kind, RootMfaDevice, described, read_root_mfa_devices
from rootguard.kit.readers.virtual_mfa import read_virtual_mfa_devices_of_root
from rootguard.kit.remediation import DELETE_IN_ROOT_SESSION, Remediation
from rootguard.kit.rule import ROLE_ARN, Controls, Parameter, Parameters, Rule, Severity
from rootguard.kit.runtime import handler
from rootguard.kit.verdict import Verdict, compliant, non_compliant, shortened

OBSERVED = compliant("root has no virtual device; its own list shows {devices}")
NO_VIRTUAL_DEVICE = compliant(
    "root has MFA and no virtual device, so hardware or a passkey (inferred: AWS does not list those)"
)
NOT_COUNTED = compliant(
    "root has MFA and no virtual device, so hardware or a passkey (inferred, not counted: a management account)"
)
VIRTUAL_DEVICE = non_compliant("root uses the virtual MFA device {device}{more}")
TOO_FEW = non_compliant("root has {count} of {minimum} MFA devices asked for; its own list shows {devices}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The summary; where MFA is on, the ARNs of root's virtual devices.

    Attributes:
        devices: Root's own list, None where it was not read: for a `management` account it cannot be.
    """

    summary: AccountSummary
    virtual_devices: tuple[str, ...] = ()
    devices: tuple[RootMfaDevice, ...] | None = None
    management: bool = False


def gather(account: Account, parameters: Parameters) -> Evidence:
    """Read the summary, the virtual devices where there may be any, and root's own list where they leave it open."""
    audit_role_arn, minimum = parameters["RootAuditRoleArn"], parameters["MinimumDevices"]
    if int(minimum) > 1 and not audit_role_arn:
        raise InvalidParameters(f"MinimumDevices is {minimum}, but devices are counted by RootAuditRoleArn: give both")
    summary = read_account_summary(account)
    if not summary.mfa_enabled:
        return Evidence(summary)
    virtual_devices = read_virtual_mfa_devices_of_root(account)
    if virtual_devices or not audit_role_arn:
        return Evidence(summary, virtual_devices)
    organization = read_organization(account)
    if organization is not None and organization.is_management(account.id):
        return Evidence(summary, management=True)
    return Evidence(summary, devices=read_root_mfa_devices(account, audit_role_arn))


def decide(evidence: Evidence, parameters: Parameters) -> Verdict:
    """One virtual device of root is enough to fail."""
    if not evidence.summary.mfa_enabled:
        return judge_missing_mfa(evidence.summary)
    listed = evidence.devices or ()
    virtual = evidence.virtual_devices or tuple(each.serial_number for each in listed if each.kind is Kind.VIRTUAL)
    if virtual:
        more = f" and {len(virtual) - 1} more" if len(virtual) > 1 else ""
        return VIRTUAL_DEVICE(device=shortened(virtual[0], 128), more=more)
    if evidence.devices is None:
        return NOT_COUNTED() if evidence.management else NO_VIRTUAL_DEVICE()
    if not listed:
        raise evidence.summary.answer.unavailable("MFA is said to be on, yet root's own list has no device")
    few = len(listed) < int(minimum := parameters["MinimumDevices"])
    return (TOO_FEW if few else OBSERVED)(count=len(listed), minimum=minimum, devices=described(listed))


RULE = Rule(
    name="hardware-mfa-for-root",
    title="The root user's MFA is hardware or a passkey, not a virtual device",
    finding_title="The root user's MFA is missing, a virtual device, or short of the devices asked for",
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
    outcomes=(OBSERVED, NO_VIRTUAL_DEVICE, NOT_COUNTED, NOTHING_TO_PROTECT, VIRTUAL_DEVICE, TOO_FEW, NO_DEVICE),
    actions=(
        "iam:GetAccountSummary",
        "iam:ListVirtualMFADevices",
        "organizations:DescribeOrganization",
        "sts:AssumeRole",
    ),
    assumed_actions=("iam:ListMFADevices", "sts:AssumeRoot"),
    gather=gather,
    decide=decide,
    own_parameters=(
        Parameter(
            "MinimumDevices",
            "How many MFA devices a member's root needs at least: 2; more than 1 only with RootAuditRoleArn",
            "[1-8]",
            "1",
        ),
        Parameter(
            "RootAuditRoleArn",
            "ARN of the role, in the management account or IAM's delegated administrator, that may list root's devices",
            ROLE_ARN,
        ),
    ),
)

lambda_handler = handler(RULE)
