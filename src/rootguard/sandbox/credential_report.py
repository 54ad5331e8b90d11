"""The credential report: its columns, its rows, and the one report that AWS keeps for each account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html

The guide writes TRUE and FALSE and lists a 23rd column, additional_credentials_info, for users with more than two keys
or certificates. Reports as AWS delivers them have `true` and `false`, 22 columns, dates in UTC with `Z`, the root user
first and users in the order of their names without regard to case.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from moto.iam.models import AccessKey as MotoKey
from moto.iam.models import IAMBackend, User, iam_backends

from rootguard.sandbox.root_user import AccessKey, KeyUse, Password, RootUser, SigningCertificate, now, root_user
from rootguard.sandbox.state import state

ROOT_ACCOUNT = "<root_account>"
MAX_AGE = timedelta(hours=4)

_COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)
_NOT_APPLICABLE = "N/A"
_NO_INFORMATION = "no_information"
_NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report."""

    content: str
    generated: datetime

    @property
    def expired(self) -> bool:
        """Whether it is older than four hours."""
        return datetime.now(UTC) - self.generated > MAX_AGE


@dataclass(slots=True)
class CredentialReport:
    """The one report of an account, and what tests do to it.

    Attributes:
        report: The last one, None before the first.
        delay: For how many further calls of Generate- or GetCredentialReport a new report will be in progress.
        pending: How many such calls are left.
    """

    report: Report | None = None
    delay: int = 0
    pending: int = 0

    def start(self, account_id: str, partition: str) -> None:
        """Generate a report of what the account has at this moment."""
        self.report = Report(_content(account_id, partition), now())
        self.pending = self.delay

    def in_progress(self) -> bool:
        """Whether the report is still being made; each question brings it closer."""
        if self.pending == 0:
            return False
        self.pending -= 1
        return True

    def make_older(self, age: timedelta) -> None:
        """Let the existing report be that much older.

        Raises:
            LookupError: There is none yet.
        """
        if self.report is None:
            raise LookupError("no report to make older")
        self.report = replace(self.report, generated=self.report.generated - age)


def credential_report(account_id: str) -> CredentialReport:
    """The report of an account."""
    return state(CredentialReport, account_id)


def _content(account_id: str, partition: str) -> str:
    backend = iam_backends[account_id][partition]
    users = sorted(backend.users.values(), key=lambda user: user.name.lower())
    table = io.StringIO()
    rows = (_COLUMNS, _root_row(root_user(account_id), partition), *(_user_row(user, backend) for user in users))
    csv.writer(table, lineterminator="\n").writerows(rows)
    return table.getvalue().removesuffix("\n")


def _root_row(user: RootUser, partition: str) -> list[str]:
    return [
        ROOT_ACCOUNT,
        f"arn:{partition}:iam::{user.account_id}:root",
        _date(user.created),
        *_password_fields(user.password, _NOT_SUPPORTED),
        _flag(bool(user.mfa_devices)),
        *_key_fields(user.access_keys),
        *_certificate_fields(user.signing_certificates),
    ]


def _user_row(user: User, backend: IAMBackend) -> list[str]:
    password = Password(_utc(user.create_date), _utc_or_none(user.password_last_used)) if user.password else None
    certificates = [
        SigningCertificate(each.id, each.body, each.status == "Active", _utc(each.upload_date))
        for each in user.signing_certificates.values()
    ]
    return [
        user.name,
        user.arn,
        _date(_utc(user.create_date)),
        *_password_fields(password, _next_rotation(password, backend)),
        _flag(bool(user.mfa_devices)),
        *_key_fields([_key(key) for key in user.access_keys]),
        *_certificate_fields(certificates),
    ]


def _next_rotation(password: Password | None, backend: IAMBackend) -> str:
    policy = backend.account_password_policy
    if password is None or policy is None or not policy.max_password_age:
        return _NOT_APPLICABLE
    return _date(password.last_changed + timedelta(days=policy.max_password_age))


def _password_fields(password: Password | None, next_rotation: str) -> list[str]:
    if password is None:
        return [_flag(False), _NOT_APPLICABLE, _NOT_APPLICABLE, next_rotation]  # noqa: FBT003 - the flag itself
    last_used = _date(password.last_used) if password.last_used else _NO_INFORMATION
    return [_flag(True), last_used, _date(password.last_changed), next_rotation]  # noqa: FBT003 - the flag itself


def _key_fields(keys: Sequence[AccessKey]) -> list[str]:
    fields = []
    for position in range(2):
        key = keys[position] if position < len(keys) else None
        use = key.last_used if key else None
        fields += [
            _flag(key is not None and key.active),
            _date(key.created) if key else _NOT_APPLICABLE,
            _date(use.date) if use else _NOT_APPLICABLE,
            (use.region if use else None) or _NOT_APPLICABLE,
            use.service if use else _NOT_APPLICABLE,
        ]
    return fields


def _certificate_fields(certificates: Sequence[SigningCertificate]) -> list[str]:
    fields = []
    for position in range(2):
        certificate = certificates[position] if position < len(certificates) else None
        fields += [
            _flag(certificate is not None and certificate.active),
            _date(certificate.uploaded) if certificate else _NOT_APPLICABLE,
        ]
    return fields


def _key(key: MotoKey) -> AccessKey:
    used = key.last_used
    use = KeyUse(_utc(used.timestamp), used.region, used.service) if used else None
    return AccessKey(key.access_key_id, "", key.status == "Active", _utc(key.create_date), use)


def _flag(value: bool) -> str:  # noqa: FBT001 - what it prints is a flag
    return "true" if value else "false"


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _utc_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else _utc(moment)
