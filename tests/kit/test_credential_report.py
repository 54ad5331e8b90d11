"""The credential report: waited for, and root's row read or found wanting."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.credential_report import PATIENCE, AccessKey, read_credential_report

type Hearing = Callable[[Mapping[str, Any]], Account]

HEADER = "user,arn,access_key_1_active,access_key_1_last_used_date,access_key_2_active,access_key_2_last_used_date"
ROOT = "<root_account>,arn:aws:iam::111122223333:root,true,2026-11-20T08:15:00+00:00,false,N/A"
JANE = "jane,arn:aws:iam::111122223333:user/jane,false,N/A,true,N/A"


def generated(state: str) -> str:
    return f"<R><GenerateCredentialReportResult><State>{state}</State></GenerateCredentialReportResult></R>"


def report(
    *lines: str, separator: str = "\n", time: str = "<GeneratedTime>2026-11-23T05:30:00Z</GeneratedTime>"
) -> str:
    content = base64.b64encode(separator.join(lines).encode()).decode()
    members = f"<Content>{content}</Content>{time}<ReportFormat>text/csv</ReportFormat>"
    return f"<R><GetCredentialReportResult>{members}</GetCredentialReportResult></R>"


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        pytest.param((HEADER, ROOT), "\n", id="root only"),
        pytest.param((HEADER, ROOT, JANE), "\n", id="root first"),
        pytest.param((HEADER, JANE, ROOT), "\r\n", id="root last, lines as on Windows"),
    ],
)
def test_roots_row_is_read(account_hearing: Hearing, lines: tuple[str, ...], separator: str) -> None:
    script = {
        "GenerateCredentialReport": generated("COMPLETE"),
        "GetCredentialReport": report(*lines, separator=separator),
    }
    found = read_credential_report(account_hearing(script))
    assert found.access_keys == (
        AccessKey(slot=1, active=True, last_used="2026-11-20T08:15:00+00:00"),
        AccessKey(slot=2, active=False, last_used=""),
    )
    assert found.generated == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(report(HEADER, JANE), "the credential report has no <root_account> row", id="no row for root"),
        pytest.param(report(""), "the credential report has no <root_account> row", id="empty"),
        pytest.param(report("who,what", "a,b"), "the credential report has no <root_account> row", id="other columns"),
        pytest.param(report(HEADER, "a\rb"), "the credential report is not CSV", id="not CSV"),
        pytest.param(report(HEADER, ROOT, time=""), "the answer has no GeneratedTime", id="no date"),
        pytest.param(
            report(HEADER, ROOT, time="<GeneratedTime>soon</GeneratedTime>"),
            "ValueError: Invalid timestamp",
            id="no such date",
        ),
        pytest.param(
            "<R><GetCredentialReportResult><Content>abc</Content></GetCredentialReportResult></R>",
            "Error: ",
            id="content is not base64",
        ),
        pytest.param("<R><GetCredentialReportResult/></R>", "the answer has no Content", id="no content"),
        pytest.param(
            (410, "<E><Error><Code>ReportExpired</Code><Message>old</Message></Error></E>"),
            "ReportExpired: old",
            id="expired",
        ),
    ],
)
def test_a_report_without_roots_row_is_no_evidence(account_hearing: Hearing, content: str, problem: str) -> None:
    account = account_hearing({"GenerateCredentialReport": generated("COMPLETE"), "GetCredentialReport": content})
    with pytest.raises(EvidenceUnavailable) as raised:
        read_credential_report(account)
    assert str(raised.value).startswith("iam:GetCredentialReport in account 111122223333 (us-east-1): ")
    assert problem in raised.value.problem


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        pytest.param(("user", "<root_account>"), "access_key_1_active", id="no such column"),
        pytest.param((HEADER, "<root_account>,arn"), "access_key_1_active", id="row shorter than the header"),
        pytest.param(
            (HEADER, ROOT.rpartition(",")[0]), "access_key_2_last_used_date", id="row without its last column"
        ),
    ],
)
def test_a_missing_column_is_unknown(account_hearing: Hearing, lines: tuple[str, ...], column: str) -> None:
    script = {"GenerateCredentialReport": generated("COMPLETE"), "GetCredentialReport": report(*lines)}
    found = read_credential_report(account_hearing(script))
    with pytest.raises(EvidenceUnavailable, match=f"the credential report has no column {column}"):
        _ = found.access_keys


def test_a_report_in_the_making_is_waited_for_with_growing_pauses(account_hearing: Hearing) -> None:
    states = [generated(state) for state in ("STARTED", "INPROGRESS", "INPROGRESS", "COMPLETE")]
    account = account_hearing({"GenerateCredentialReport": states, "GetCredentialReport": report(HEADER, ROOT)})
    pauses = list[float]()
    read_credential_report(account, pauses.append)
    assert pauses == [0.5, 1, 2]


def test_patience_ends_where_it_says(account_hearing: Hearing) -> None:
    account = account_hearing({"GenerateCredentialReport": generated("INPROGRESS")})
    pauses = list[float]()
    with pytest.raises(EvidenceUnavailable, match="the credential report was not complete after 20 s"):
        read_credential_report(account, pauses.append)
    assert sum(pauses) == PATIENCE
