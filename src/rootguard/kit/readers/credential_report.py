"""The root user's row of the IAM credential report.

AWS makes a new report at most every four hours and hands out the last one in between
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html), so what it says is dated.
"""

import csv
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.verdict import shortened

PATIENCE = 60.0
"""Seconds to wait for AWS to finish a report: half of what the Lambda function has."""
MAX_AGE = timedelta(hours=4)
"""Of a report that AWS still hands out."""
CLOCK_SKEW = timedelta(minutes=15)
"""By how much AWS's clocks and ours may disagree."""

_LONGEST_PAUSE = 5.0
_ROOT_USER = "<root_account>"
_NEVER = ("N/A", "no_information")
"""AWS's words for no credential, and for no use of it since AWS keeps these dates."""
_SILENT = ("not_supported", "")
"""What says nothing about a use."""
GENERATE = "iam:GenerateCredentialReport"
COMPLETE = "COMPLETE"
NOT_YET = ("ReportExpired", "ReportInProgress", "ReportNotPresent")
"""Why GetCredentialReport has no report for now."""
_PLACE_LENGTH = 20


class Credential(StrEnum):
    """What root can prove itself with, and AWS dates the last use of."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    KEY_1 = "access key 1"
    KEY_2 = "access key 2"


_COLUMNS = {
    Credential.PASSWORD: "password_last_used",
    Credential.KEY_1: "access_key_1_last_used",
    Credential.KEY_2: "access_key_2_last_used",
}
"""The column of the last use; a key's has _date, _service and _region after it."""


@dataclass(frozen=True, slots=True)
class LastUse:
    """The last use of a credential that AWS knows of.

    Attributes:
        credential: Which one.
        date: UTC. Of a password, of the sign-in.
        place: A key's service and Region, as far as the report has them: "ec2, eu-west-1", "s3", "".
    """

    credential: Credential
    date: datetime
    place: str = ""

    def __str__(self) -> str:
        place = f" ({self.place})" if self.place else ""
        return f"{self.credential} {self.date:%Y-%m-%d %H:%M} UTC{place}"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One of root's two access key slots.

    Attributes:
        active: Whether it can sign requests. The report does not tell an inactive key from an empty slot.
        last_used: ISO 8601, or "" when the report knows of no use.
    """

    slot: int
    active: bool
    last_used: str


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """Root's row: column -> text as in the report, and when AWS made it (UTC)."""

    row: Mapping[str, str | None]
    generated: datetime
    answer: Answer

    @property
    def access_keys(self) -> tuple[AccessKey, ...]:
        """Both slots.

        Raises:
            EvidenceUnavailable: A column is missing or says nothing.
        """
        return tuple(
            AccessKey(
                slot=slot,
                active=self._column(f"access_key_{slot}_active").lower() == "true",
                last_used=self._used(f"access_key_{slot}_last_used_date"),
            )
            for slot in (1, 2)
        )

    def last_use(self, credential: Credential) -> LastUse | None:
        """The last use of a credential, whether or not it is still there and active; None for never, so far as known.

        Raises:
            EvidenceUnavailable: The column is missing, says nothing or no date, or a date later than the report.
        """
        column = _COLUMNS[credential]
        if credential is Credential.PASSWORD:
            date = self._date(column)
            return LastUse(credential, date) if date else None
        date = self._date(f"{column}_date")
        return LastUse(credential, date, self._place(column)) if date else None

    def require_recent(self, observed: datetime) -> None:
        """Refuse a report that AWS cannot have handed out at that time.

        Raises:
            EvidenceUnavailable: It is older than four hours, or of the future: some clock is wrong, and with it every
                age that is counted from here.
        """
        if not -CLOCK_SKEW <= observed - self.generated <= MAX_AGE + CLOCK_SKEW:
            raise self.answer.unavailable(
                f"the credential report is of {_minute(self.generated)} and it is {_minute(observed)}, but AWS hands "
                "out none that is older than four hours: a clock is wrong"
            )

    def _date(self, name: str) -> datetime | None:
        text = self._used(name)
        if not text:
            return None
        date = _utc(text)
        if date is None:
            raise self.answer.unavailable(f"{name} of the credential report is no date: {text!r:.60}")
        if date > self.generated + CLOCK_SKEW:
            raise self.answer.unavailable(
                f"{name} of the credential report is {_minute(date)}, later than the report ({_minute(self.generated)})"
            )
        return date

    def _place(self, column: str) -> str:
        """Service and Region; they decide nothing, so they may be missing."""
        named = (self.row.get(f"{column}_{name}") or "" for name in ("service", "region"))
        return ", ".join(shortened(text, _PLACE_LENGTH) for text in named if text not in (*_NEVER, *_SILENT))

    def _used(self, name: str) -> str:
        text = self._column(name)
        if text in _SILENT:
            raise self.answer.unavailable(f"{name} of the credential report says nothing: {text!r}")
        return "" if text in _NEVER else text

    def _column(self, name: str) -> str:
        text = self.row.get(name)
        if text is None:  # in a row that is shorter than the header the column is there, with None
            raise self.answer.unavailable(f"the credential report has no column {name}")
        self.answer.observed(name, text)
        return text


def read_credential_report(account: Account, sleep: Callable[[float], None] = time.sleep) -> CredentialReport:
    """Have a credential report made and read root's row (iam:GenerateCredentialReport, iam:GetCredentialReport).

    Args:
        account: The account.
        sleep: Waits that many seconds; between two looks it doubles, from half a second to five, for PATIENCE in all.

    Raises:
        EvidenceUnavailable: Denied, not finished in time, no `<root_account>` row, not a CSV report.
    """
    waited, pause = 0.0, 0.5
    while isinstance(found := _report(account), EvidenceUnavailable):
        if waited >= PATIENCE:
            raise found
        sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE, PATIENCE - waited)
    return _root_row(found)


def _report(account: Account) -> Answer | EvidenceUnavailable:
    """The report, or why there is none yet: one that was complete may expire before it is fetched."""
    action = GENERATE
    if account.call(action).text("State") != COMPLETE:
        problem = f"the credential report was not complete after {PATIENCE:.0f} s"
        return EvidenceUnavailable(action, account.id, account.region, problem)
    try:
        return account.call("iam:GetCredentialReport")
    except EvidenceUnavailable as unavailable:
        if unavailable.code not in NOT_YET:
            raise
        return unavailable


def _root_row(answer: Answer) -> CredentialReport:
    content, generated = answer.raw("Content"), answer.raw("GeneratedTime")
    try:
        rows = tuple(csv.DictReader(io.StringIO(content.decode("utf-8", "replace"))))
    except csv.Error as error:
        raise answer.unavailable(f"the credential report is not CSV: {error}") from error
    for row in rows:
        if row.get("user") == _ROOT_USER:
            return CredentialReport(row, generated.astimezone(UTC), answer)
    raise answer.unavailable(f"the credential report has no {_ROOT_USER} row")


def _utc(text: str) -> datetime | None:
    """What an ISO 8601 date with a time zone stands for; None for anything else."""
    try:
        date = datetime.fromisoformat(text)
        return date.astimezone(UTC) if date.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
