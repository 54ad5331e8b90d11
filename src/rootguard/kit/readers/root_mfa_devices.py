"""Every MFA device of a member account's root user, as root itself sees them.

No role of the account can list them: iam:ListMFADevices without a user name is about the caller
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html). A privileged session of the management
account or of IAM's delegated administrator can, with the task IAMAuditRootUserCredentials
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable

_TASK = "IAMAuditRootUserCredentials"
_ARN = re.compile(r"arn:[^:]+:iam::\d{12}:(?P<type>[^/]+)/.+")


class Kind(StrEnum):
    """What a device is. AWS does not tell a passkey that is synced between devices from a security key."""

    VIRTUAL = "virtual device"
    FIDO = "passkey or security key"
    HARDWARE_TOTP = "hardware TOTP token"


_ARN_KINDS = {"mfa": Kind.VIRTUAL, "u2f": Kind.FIDO}


@dataclass(frozen=True, slots=True)
class RootMfaDevice:
    """A device of root, by its serial number: an ARN, or the maker's number of a hardware token."""

    serial_number: str
    kind: Kind


def read_root_mfa_devices(account: Account, audit_role_arn: str) -> tuple[RootMfaDevice, ...]:
    """List a member's root devices of every kind (sts:AssumeRole, sts:AssumeRoot, iam:ListMFADevices, all pages).

    The audit role's session is named after the account, so that its policies can hold it to that account.

    Args:
        account: A member of the organization, not its management account.
        audit_role_arn: A role in the management account or in IAM's delegated administrator.

    Raises:
        EvidenceUnavailable: A call failed, or a device is of a kind that is not known.
    """
    try:
        auditor = account.assume(audit_role_arn, session_name=account.id)
    except EvidenceUnavailable as error:
        raise _advised(error, f"let {audit_role_arn} trust the function's role, and no SCP deny it the call") from error
    try:
        root = auditor.assume_root(account.id, _TASK)
    except EvidenceUnavailable as error:
        raise _advised(
            error,
            f"enable RootCredentialsManagement in the organization and allow {audit_role_arn} sts:AssumeRoot on "
            f"{account.root_arn}, or leave RootAuditRoleArn out",
        ) from error
    try:
        pages = tuple(root.pages("iam:ListMFADevices"))
    except EvidenceUnavailable as error:
        raise _advised(error, "let the SCPs that deny root spare sessions of sts:AssumeRoot") from error
    return tuple(_device(item) for page in pages for item in page.structures("MFADevices"))


def described(devices: Iterable[RootMfaDevice]) -> str:
    """How many there are of each kind, `hardware TOTP token: 1, passkey or security key: 2`."""
    kinds = Counter(str(device.kind) for device in devices)
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items()))


def _advised(error: EvidenceUnavailable, advice: str) -> EvidenceUnavailable:
    return error.advising(advice) if error.denied else error


def _device(item: Answer) -> RootMfaDevice:
    """A token's serial number is its maker's; AWS gives ARNs to the other kinds.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_MFADevice.html
    """
    serial_number = item.text("SerialNumber")
    if not serial_number.startswith("arn:"):
        return RootMfaDevice(serial_number, Kind.HARDWARE_TOTP)
    named = _ARN.fullmatch(serial_number)
    kind = _ARN_KINDS.get(named["type"]) if named else None
    if kind is None:
        raise item.unavailable(f"a device of a kind that is not known: {serial_number!r:.100}")
    return RootMfaDevice(serial_number, kind)
