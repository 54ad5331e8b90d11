"""The root user's row of the IAM credential report.

AWS makes a new report at most every four hours and hands out the last one in between
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html), so what it says is dated.
"""

import csv
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable

PATIENCE = 20.0
"""Seconds to wait for AWS to finish a report."""

_ROOT_USER = "<root_account>"
_NEVER_USED = ("N/A", "no_information", "not_supported", "")


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
            EvidenceUnavailable: A column is missing.
        """
        return tuple(
            AccessKey(
                slot=slot,
                active=self._column(f"access_key_{slot}_active").lower() == "true",
                last_used=self._used(f"access_key_{slot}_last_used_date"),
            )
            for slot in (1, 2)
        )

    def _used(self, name: str) -> str:
        text = self._column(name)
        return "" if text in _NEVER_USED else text

    def _column(self, name: str) -> str:
        text = self.row.get(name)
        if text is None:  # in a row that is shorter than the header the column is there, with None
            raise self.answer.unavailable(f"the credential report has no column {name}")
        return text


def read_credential_report(account: Account, sleep: Callable[[float], None] = time.sleep) -> CredentialReport:
    """Have a credential report made and read root's row (iam:GenerateCredentialReport, iam:GetCredentialReport).

    Args:
        account: The account.
        sleep: Waits that many seconds; between two looks it doubles, from half a second, for PATIENCE in all.

    Raises:
        EvidenceUnavailable: Denied, not finished in time, no `<root_account>` row, not a CSV report.
    """
    waited, pause = 0.0, 0.5
    while account.call("iam:GenerateCredentialReport").text("State") != "COMPLETE":
        if waited >= PATIENCE:
            problem = f"the credential report was not complete after {PATIENCE:.0f} s"
            raise EvidenceUnavailable("iam:GenerateCredentialReport", account.id, account.region, problem)
        sleep(pause)
        waited += pause
        pause = min(pause * 2, PATIENCE - waited)
    return _root_row(account.call("iam:GetCredentialReport"))


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
