"""Virtual MFA devices: the root user's among those of the users."""

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.iam.models import VirtualMfaDevice, iam_backends

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.root_user import MfaDevice, MfaKind, RootUser, root_user

_PAGE = 100


@operation("iam:ListVirtualMFADevices")
def list_virtual_mfa_devices(call: Call) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html.

    The root user is a `User` without name and path. Marker is a position in the list ordered by serial number.

    Raises:
        AwsError: ValidationError for a marker that is not one of ours.
    """
    users = iam_backends[call.account_id][call.partition].virtual_mfa_devices.values()
    devices = [*_root_devices(call), *(_shown(device) for device in users)]
    match call.parameters.get("AssignmentStatus", "Any"):
        case "Assigned":
            devices = [device for device in devices if "User" in device]
        case "Unassigned":
            devices = [device for device in devices if "User" not in device]
    devices.sort(key=lambda device: str(device["SerialNumber"]))
    start, size = _start(call), call.parameters.get("MaxItems", _PAGE)
    end = start + size
    page: dict[str, Any] = {"VirtualMFADevices": devices[start:end], "IsTruncated": end < len(devices)}
    return call.unchecked(page | ({"Marker": str(end)} if end < len(devices) else {}))


@operation("iam:CreateVirtualMFADevice")
def create_virtual_mfa_device(call: Call) -> TYPE_RESPONSE:
    """As moto, but the root user's devices take up their names too.

    Raises:
        AwsError: EntityAlreadyExists.
    """
    name = f"{call.parameters.get('Path', '/')}{call.parameters['VirtualMFADeviceName']}"
    serial_number = f"arn:{call.partition}:iam::{call.account_id}:mfa{name}"
    if any(device["SerialNumber"] == serial_number for device in _root_devices(call)):
        raise AwsError("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
    return call.moto()


def root_as_user(user: RootUser, partition: str) -> dict[str, Any]:
    """The root user as IAM shows it where a user is expected: the account's id, its ARN, no name and no path."""
    shown: dict[str, Any] = {
        "UserId": user.account_id,
        "Arn": f"arn:{partition}:iam::{user.account_id}:root",
        "CreateDate": user.created,
    }
    if user.password is not None and user.password.last_used is not None:
        shown["PasswordLastUsed"] = user.password.last_used
    return shown


def _root_devices(call: Call) -> list[dict[str, Any]]:
    user = root_user(call.account_id)
    return [_root_device(device, user, call.partition) for device in user.mfa_devices if device.kind is MfaKind.VIRTUAL]


def _root_device(device: MfaDevice, user: RootUser, partition: str) -> dict[str, Any]:
    return {
        "SerialNumber": device.serial_number,
        "EnableDate": device.enabled,
        "User": root_as_user(user, partition),
    }


def _shown(device: VirtualMfaDevice) -> dict[str, Any]:
    if device.user is None:
        return {"SerialNumber": device.serial_number}
    user = {
        "Path": device.user.path,
        "UserName": device.user.name,
        "UserId": device.user.id,
        "Arn": device.user.arn,
        "CreateDate": device.user.create_date,
    }
    return {"SerialNumber": device.serial_number, "EnableDate": device.enable_date, "User": user}


def _start(call: Call) -> int:
    marker = call.parameters.get("Marker", "0")
    if not marker.isdigit():
        raise AwsError("ValidationError", "Invalid Marker.")
    return int(marker)
