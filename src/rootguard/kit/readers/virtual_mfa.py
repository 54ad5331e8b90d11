"""The root user's virtual MFA devices.

Root's virtual device may have any name, and an IAM user may own one called root-account-mfa-device, so only the owner
tells: `User.Arn` is the account's root ARN
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html). Hardware devices and passkeys of root
are in no list that a role can read.
"""

from rootguard.kit.account import Account, Answer


def read_virtual_mfa_devices_of_root(account: Account) -> tuple[str, ...]:
    """The serial numbers (ARNs) of the virtual MFA devices assigned to root (iam:ListVirtualMFADevices, all pages).

    Raises:
        EvidenceUnavailable: The call failed, or a device lacks its serial number or its owner.
    """
    pages = account.pages("iam:ListVirtualMFADevices", AssignmentStatus="Assigned")
    devices = (device for page in pages for device in page.structures("VirtualMFADevices"))
    return tuple(device.text("SerialNumber") for device in devices if _owner(device) == account.root_arn)


def _owner(device: Answer) -> str:
    return device.structure("User").text("Arn")
