"""An account's root user: its password, access keys, signing certificates and MFA devices.

moto has no root user. Members that Organizations created start without any of its credentials, every other account
starts with a password (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html).

    root_user(account_id).add_virtual_mfa_device()
    root_user(account_id).password = Password(last_used=datetime(2025, 1, 1, tzinfo=UTC))
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from moto.iam.utils import generate_access_key_id_from_account_id
from moto.organizations.models import organizations_backends

from rootguard.sandbox.credentials import KeyIndex, Keys
from rootguard.sandbox.state import state

MAX_ACCESS_KEYS = 2
MAX_SIGNING_CERTIFICATES = 2
MAX_MFA_DEVICES = 8
_KEY_USE_SPAN = timedelta(minutes=15)


def now() -> datetime:
    """The present, to the second, as AWS keeps these dates."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Password:
    """A console password. `last_used` None: never."""

    last_changed: datetime = field(default_factory=now)
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The last use of an access key: when, where (None for a service without Regions), and of which service."""

    date: datetime
    region: str | None
    service: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key."""

    id: str
    secret: str = field(repr=False)
    active: bool = True
    created: datetime = field(default_factory=now)
    last_used: KeyUse | None = None

    @property
    def keys(self) -> Keys:
        """The key as the SDK takes it."""
        return Keys(self.id, self.secret)


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """An X.509 signing certificate."""

    id: str
    body: str = field(repr=False)
    active: bool = True
    uploaded: datetime = field(default_factory=now)


class MfaKind(StrEnum):
    """What a device is; only virtual ones show in ListVirtualMFADevices."""

    VIRTUAL = "virtual"
    FIDO = "fido"
    HARDWARE_TOTP = "hardware"


@dataclass(frozen=True, slots=True)
class MfaDevice:
    """A device that is enabled for the root user."""

    kind: MfaKind
    serial_number: str
    enabled: datetime = field(default_factory=now)


class QuotaError(ValueError):
    """More of something than AWS lets a root user have."""


@dataclass(slots=True)
class RootUser:
    """The credentials of one account's root user, to be changed at will."""

    account_id: str
    created: datetime = field(default_factory=now)
    password: Password | None = None
    access_keys: list[AccessKey] = field(default_factory=list)
    signing_certificates: list[SigningCertificate] = field(default_factory=list)
    mfa_devices: list[MfaDevice] = field(default_factory=list)

    def add_access_key(
        self, *, active: bool = True, created: datetime | None = None, last_used: KeyUse | None = None
    ) -> AccessKey:
        """Create an access key, with which requests can be signed.

        Raises:
            QuotaError: There are two already.
        """
        _within(self.access_keys, MAX_ACCESS_KEYS, "access keys")
        key_id = generate_access_key_id_from_account_id(self.account_id, prefix="AKIA")
        key = AccessKey(key_id, secrets.token_urlsafe(30), active, created or now(), last_used)
        self.access_keys.append(key)
        state(KeyIndex).accounts[key.id] = self.account_id
        return key

    def add_signing_certificate(
        self, *, active: bool = True, uploaded: datetime | None = None, body: str = ""
    ) -> SigningCertificate:
        """Upload a signing certificate.

        Raises:
            QuotaError: There are two already.
        """
        _within(self.signing_certificates, MAX_SIGNING_CERTIFICATES, "signing certificates")
        pem = body or f"-----BEGIN CERTIFICATE-----\n{secrets.token_urlsafe(600)}\n-----END CERTIFICATE-----"
        certificate = SigningCertificate(secrets.token_hex(16).upper(), pem, active, uploaded or now())
        self.signing_certificates.append(certificate)
        return certificate

    def add_virtual_mfa_device(
        self, name: str = "root-account-mfa-device", *, partition: str = "aws", enabled: datetime | None = None
    ) -> MfaDevice:
        """Enable an authenticator app; its name is the owner's choice."""
        return self._add_device(MfaKind.VIRTUAL, f"arn:{partition}:iam::{self.account_id}:mfa/{name}", enabled)

    def add_passkey(
        self, name: str = "security-key", *, partition: str = "aws", enabled: datetime | None = None
    ) -> MfaDevice:
        """Enable a passkey or security key; its ARN has the form of the example in iam:GetMFADevice."""
        suffix = secrets.token_hex(13).upper()
        serial_number = f"arn:{partition}:iam::{self.account_id}:u2f/root/{name}-{suffix}"
        return self._add_device(MfaKind.FIDO, serial_number, enabled)

    def add_hardware_totp(self, serial_number: str = "GALT12345678", *, enabled: datetime | None = None) -> MfaDevice:
        """Enable a hardware token, which is known by its maker's serial number."""
        return self._add_device(MfaKind.HARDWARE_TOTP, serial_number, enabled)

    def remove_credentials(self) -> None:
        """Leave the root user with nothing to sign in with."""
        self.password = None
        for credentials in (self.access_keys, self.signing_certificates, self.mfa_devices):
            credentials.clear()

    def note_key_use(self, key_id: str, region: str | None, service: str) -> None:
        """Remember a use of a key; within 15 minutes only the first counts, as in the credential report."""
        for position, key in enumerate(self.access_keys):
            recent = key.last_used is not None and now() - key.last_used.date < _KEY_USE_SPAN
            if key.id == key_id and not recent:
                self.access_keys[position] = replace(key, last_used=KeyUse(now(), region, service))

    def _add_device(self, kind: MfaKind, serial_number: str, enabled: datetime | None) -> MfaDevice:
        _within(self.mfa_devices, MAX_MFA_DEVICES, "MFA devices")
        device = MfaDevice(kind, serial_number, enabled or now())
        self.mfa_devices.append(device)
        return device


def _within(credentials: Sequence[object], quota: int, what: str) -> None:
    if len(credentials) >= quota:
        raise QuotaError(f"a root user has at most {quota} {what}")


@dataclass
class _RootUsers:
    by_account: dict[str, RootUser] = field(default_factory=dict)


def root_user(account_id: str) -> RootUser:
    """The root user of an account, made on first sight as AWS would have made it."""
    users = state(_RootUsers).by_account
    if account_id not in users:
        users.setdefault(account_id, _new(account_id))
    return users[account_id]


def root_user_of_key(access_key: str, account_id: str) -> RootUser | None:
    """The root user of that account, if the key is its own."""
    user = root_user(account_id)
    return user if any(key.id == access_key for key in user.access_keys) else None


def _new(account_id: str) -> RootUser:
    if account_id in organizations_backends.master_accounts:
        return RootUser(account_id)
    return RootUser(account_id, password=Password())
