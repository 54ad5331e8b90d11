"""IAM: the account summary, and the operations that, without a UserName, are about the caller, root included."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.iam.models import iam_backends
from moto.iam.policy_validation import VALID_RESOURCE_PATH_STARTING_VALUES

from rootguard.sandbox import aws_managed_policies, root_user_seed
from rootguard.sandbox.callers import CallerType, caller_of
from rootguard.sandbox.dispatch import Answer, Call, Handler, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.root_user import AccessKey, Password, RootUser, SigningCertificate, root_user
from rootguard.sandbox.services.iam_virtual_mfa import root_as_user
from rootguard.sandbox.state import state

aws_managed_policies.install()
root_user_seed.install()
# The root user is a resource of sts:AssumeRoot, which moto's validator of policies does not know.
_RESOURCES = VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"]
_RESOURCES.extend(path for path in ("root",) if path not in _RESOURCES)

type RootAnswer = Callable[[Call, RootUser], Answer]


@dataclass
class SummaryOmissions:
    """Keys that GetAccountSummary leaves out, for tests of code that must not take a missing key for zero."""

    keys: set[str] = field(default_factory=set)


@contextmanager
def omitting(*keys: str) -> Iterator[None]:
    """Leave keys out of every account's SummaryMap inside the block."""
    omissions = state(SummaryOmissions)
    before = set(omissions.keys)
    omissions.keys |= set(keys)
    try:
        yield
    finally:
        omissions.keys = before


@operation("iam:GetAccountSummary")
def get_account_summary(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html.

    The four `Account*` entries are 1 or 0 for the root user; inactive keys and certificates count as present.
    """
    user = root_user(call.account_id)
    summary = iam_backends[call.account_id][call.partition].get_account_summary().summary_map | {
        "AccountMFAEnabled": int(bool(user.mfa_devices)),
        "AccountAccessKeysPresent": int(bool(user.access_keys)),
        "AccountPasswordPresent": int(user.password is not None),
        "AccountSigningCertificatesPresent": int(bool(user.signing_certificates)),
    }
    omitted = state(SummaryOmissions).keys
    return {"SummaryMap": {key: value for key, value in summary.items() if key not in omitted}}


def of_root(action: str) -> Callable[[RootAnswer], RootAnswer]:
    """Register what an operation answers about the root user when root itself asks and names no user.

    Anybody else gets moto's answer: a user about itself, a role's session only about a user that it names.
    """

    def register(about_root: RootAnswer) -> RootAnswer:
        operation(action)(_dispatching(about_root))
        return about_root

    return register


def _dispatching(about_root: RootAnswer) -> Handler:
    def handle(call: Call) -> Answer:
        if "UserName" in call.parameters:
            return call.moto()
        caller = caller_of(call)
        if caller.is_root:
            return about_root(call, root_user(call.account_id))
        if caller.type is not CallerType.USER or caller.user is None:
            raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
        call.response.params["UserName"] = caller.user.name
        call.response.querystring["UserName"] = [caller.user.name]
        return call.moto()

    return handle


@of_root("iam:GetUser")
def get_user(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html."""
    return call.unchecked({"User": root_as_user(user, call.partition)})


@of_root("iam:ListAccessKeys")
def list_access_keys(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html."""
    keys = [
        {"AccessKeyId": key.id, "Status": _status(active=key.active), "CreateDate": key.created}
        for key in user.access_keys
    ]
    return call.unchecked({"AccessKeyMetadata": keys, "IsTruncated": False})


@of_root("iam:DeleteAccessKey")
def delete_access_key(call: Call, user: RootUser) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html."""
    user.access_keys.remove(_found(user.access_keys, call.parameters["AccessKeyId"], "Access Key"))
    return {}


@of_root("iam:ListSigningCertificates")
def list_signing_certificates(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html."""
    certificates = [
        {
            "CertificateId": each.id,
            "CertificateBody": each.body,
            "Status": _status(active=each.active),
            "UploadDate": each.uploaded,
        }
        for each in user.signing_certificates
    ]
    return call.unchecked({"Certificates": certificates, "IsTruncated": False})


@of_root("iam:DeleteSigningCertificate")
def delete_signing_certificate(call: Call, user: RootUser) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html."""
    certificate = _found(user.signing_certificates, call.parameters["CertificateId"], "Certificate")
    user.signing_certificates.remove(certificate)
    return {}


@of_root("iam:GetLoginProfile")
def get_login_profile(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html."""
    return _login_profile(call, user.password)


@of_root("iam:CreateLoginProfile")
def create_login_profile(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """Allow the root user's password to be recovered; takes no password and no user name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
    """
    if user.password is not None:
        raise AwsError("EntityAlreadyExists", "Login Profile for the root user already exists.")
    user.password = Password()
    return _login_profile(call, user.password)


@of_root("iam:DeleteLoginProfile")
def delete_login_profile(call: Call, user: RootUser) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html."""
    _login_profile(call, user.password)
    user.password = None
    return {}


@of_root("iam:ListMFADevices")
def list_mfa_devices(call: Call, user: RootUser) -> TYPE_RESPONSE:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html; devices of every kind."""
    devices = [{"SerialNumber": each.serial_number, "EnableDate": each.enabled} for each in user.mfa_devices]
    return call.unchecked({"MFADevices": devices, "IsTruncated": False})


@of_root("iam:DeactivateMFADevice")
def deactivate_mfa_device(call: Call, user: RootUser) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html."""
    serial_number = call.parameters["SerialNumber"]
    device = next((each for each in user.mfa_devices if each.serial_number == serial_number), None)
    if device is None:
        raise AwsError("NoSuchEntity", f"MFA Device {serial_number} cannot be found.")
    user.mfa_devices.remove(device)
    return {}


@operation("iam:GetMFADevice")
def get_mfa_device(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html, which takes FIDO ARNs only.

    Raises:
        AwsError: ValidationError for another kind of device, NoSuchEntity.
    """
    serial_number, name = call.parameters["SerialNumber"], call.parameters.get("UserName")
    if ":u2f/" not in serial_number:
        raise AwsError("ValidationError", "Only FIDO security key ARNs are accepted.")
    caller = caller_of(call)
    if name is None and caller.is_root:
        devices = root_user(call.account_id).mfa_devices
        enabled = next((each.enabled for each in devices if each.serial_number == serial_number), None)
    else:
        users = iam_backends[call.account_id][call.partition].users
        owner = users.get(name) if name else caller.user
        device = owner.mfa_devices.get(serial_number) if owner else None
        name, enabled = owner.name if owner else None, device.enable_date if device else None
    if enabled is None:
        raise AwsError("NoSuchEntity", f"MFA Device {serial_number} cannot be found.")
    return {"SerialNumber": serial_number, "EnableDate": enabled} | ({"UserName": name} if name else {})


@operation("iam:GetAccessKeyLastUsed")
def get_access_key_last_used(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html, for root's keys too."""
    keys = root_user(call.account_id).access_keys
    key = next((key for key in keys if key.id == call.parameters["AccessKeyId"]), None)
    if key is None:
        return call.moto()
    if key.last_used is None:
        return {"AccessKeyLastUsed": {"Region": "N/A", "ServiceName": "N/A"}}
    use = {"LastUsedDate": key.last_used.date, "ServiceName": key.last_used.service}
    return {"AccessKeyLastUsed": use | {"Region": key.last_used.region or "N/A"}}


def _login_profile(call: Call, password: Password | None) -> TYPE_RESPONSE:
    if password is None:
        raise AwsError("NoSuchEntity", "Login Profile for the root user cannot be found.")
    return call.unchecked({"LoginProfile": {"CreateDate": password.last_changed, "PasswordResetRequired": False}})


def _found[T: (AccessKey, SigningCertificate)](credentials: list[T], wanted: str, what: str) -> T:
    for credential in credentials:
        if credential.id == wanted:
            return credential
    raise AwsError("NoSuchEntity", f"The {what} with id {wanted} cannot be found.")


def _status(*, active: bool) -> str:
    return "Active" if active else "Inactive"
