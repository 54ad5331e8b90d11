"""The credential report: waited for, and root's row read or found wanting."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.functions import TIMEOUT_SECONDS
from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.credential_report import (
    PATIENCE,
    AccessKey,
    Credential,
    CredentialReport,
    LastUse,
    read_credential_report,
)

type Hearing = Callable[[Mapping[str, Any]], Account]

HEADER = "user,arn,access_key_1_active,access_key_1_last_used_date,access_key_2_active,access_key_2_last_used_date"
ROOT = "<root_account>,arn:aws:iam::111122223333:root,true,2026-11-20T08:15:00+00:00,false,N/A"
JANE = "jane,arn:aws:iam::111122223333:user/jane,false,N/A,true,N/A"


def generated(state: str) -> str:
    return f"<R><GenerateCredentialReportResult><State>{state}</State></GenerateCredentialReportResult></R>"


def refused(code: str) -> tuple[int, str]:
    return 410, f"<E><Error><Code>{code}</Code><Message>Unknown</Message></Error></E>"


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
        pytest.param(refused("ServiceFailure"), "ServiceFailure: Unknown", id="AWS failed"),
        pytest.param(refused("AccessDenied"), "AccessDenied: Unknown", id="denied"),
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


@pytest.mark.parametrize("code", ["ReportExpired", "ReportInProgress", "ReportNotPresent"])
def test_a_report_that_is_gone_when_it_is_fetched_is_made_again(account_hearing: Hearing, code: str) -> None:
    script = {
        "GenerateCredentialReport": [generated(state) for state in ("COMPLETE", "STARTED", "COMPLETE")],
        "GetCredentialReport": [refused(code), report(HEADER, ROOT)],
    }
    pauses = list[float]()
    found = read_credential_report(account_hearing(script), pauses.append)
    assert found.access_keys[0].active
    assert pauses == [0.5, 1]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(
            {"GenerateCredentialReport": generated("INPROGRESS")},
            "iam:GenerateCredentialReport in account 111122223333 (us-east-1): "
            "the credential report was not complete after 60 s",
            id="never complete",
        ),
        pytest.param(
            {"GenerateCredentialReport": generated("COMPLETE"), "GetCredentialReport": refused("ReportExpired")},
            "iam:GetCredentialReport in account 111122223333 (us-east-1): ReportExpired: Unknown",
            id="complete and expired",
        ),
    ],
)
def test_patience_ends_where_it_says(account_hearing: Hearing, script: Mapping[str, Any], message: str) -> None:
    pauses = list[float]()
    with pytest.raises(EvidenceUnavailable) as raised:
        read_credential_report(account_hearing(script), pauses.append)
    assert str(raised.value) == message
    assert sum(pauses) == PATIENCE
    assert max(pauses) == 5


def test_patience_leaves_the_function_time_to_answer() -> None:
    assert PATIENCE <= TIMEOUT_SECONDS / 2


MADE = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
USED = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
WRITTEN = "2026-11-20T08:15:00+00:00"


def row_of(row: Mapping[str, str | None]) -> CredentialReport:
    return CredentialReport(row, MADE, Answer({}, "iam:GetCredentialReport", "111122223333", "us-east-1"))


@pytest.mark.parametrize(
    ("credential", "row", "use"),
    [
        pytest.param(
            Credential.PASSWORD, {"password_last_used": WRITTEN}, LastUse(Credential.PASSWORD, USED), id="password"
        ),
        pytest.param(
            Credential.PASSWORD,
            {"password_last_used": "2026-11-20T08:15:00Z"},
            LastUse(Credential.PASSWORD, USED),
            id="date with Z",
        ),
        pytest.param(
            Credential.PASSWORD,
            {"password_last_used": "2026-11-20T00:15:00-08:00"},
            LastUse(Credential.PASSWORD, USED),
            id="date of another time zone",
        ),
        pytest.param(
            Credential.PASSWORD,
            {"password_last_used": "2026-11-23T05:45:00Z"},
            LastUse(Credential.PASSWORD, MADE + timedelta(minutes=15)),
            id="later than the report by what clocks may disagree",
        ),
        pytest.param(Credential.PASSWORD, {"password_last_used": "no_information"}, None, id="no_information"),
        pytest.param(Credential.PASSWORD, {"password_last_used": "N/A"}, None, id="no password"),
        pytest.param(
            Credential.KEY_1,
            {
                "access_key_1_last_used_date": WRITTEN,
                "access_key_1_last_used_region": "eu-west-1",
                "access_key_1_last_used_service": "ec2",
            },
            LastUse(Credential.KEY_1, USED, "ec2, eu-west-1"),
            id="key",
        ),
        pytest.param(
            Credential.KEY_2,
            {
                "access_key_2_last_used_date": WRITTEN,
                "access_key_2_last_used_region": "N/A",
                "access_key_2_last_used_service": "s3",
            },
            LastUse(Credential.KEY_2, USED, "s3"),
            id="key in a service without Regions",
        ),
        pytest.param(
            Credential.KEY_2,
            {"access_key_2_last_used_date": WRITTEN, "access_key_2_last_used_service": None},
            LastUse(Credential.KEY_2, USED),
            id="key without columns for the place",
        ),
        pytest.param(
            Credential.KEY_1,
            {
                "access_key_1_last_used_date": WRITTEN,
                "access_key_1_last_used_region": "ap-southeast-2",
                "access_key_1_last_used_service": "a-service-whose-name-is-long",
            },
            LastUse(Credential.KEY_1, USED, "a-service-…e-is-long, ap-southeast-2"),
            id="key in a service with a long name",
        ),
        pytest.param(Credential.KEY_1, {"access_key_1_last_used_date": "N/A"}, None, id="no key, or never used"),
    ],
)
def test_the_last_use(credential: Credential, row: Mapping[str, str | None], use: LastUse | None) -> None:
    assert row_of(row).last_use(credential) == use


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param(None, "the credential report has no column password_last_used", id="row ends before it"),
        pytest.param("", "password_last_used of the credential report says nothing: ''", id="empty"),
        pytest.param(
            "not_supported",
            "password_last_used of the credential report says nothing: 'not_supported'",
            id="not_supported",
        ),
        pytest.param("soon", "password_last_used of the credential report is no date: 'soon'", id="no date"),
        pytest.param("2026-02-30T08:15:00Z", "is no date: '2026-02-30T08:15:00Z'", id="no such day"),
        pytest.param("2026-11-20", "is no date: '2026-11-20'", id="no time"),
        pytest.param("2026-11-20T08:15:00", "is no date: '2026-11-20T08:15:00'", id="no time zone"),
        pytest.param("0001-01-01T00:00:00+01:00", "is no date", id="before all time"),
        pytest.param(
            "2026-11-23T05:45:01Z",
            "password_last_used of the credential report is 2026-11-23 05:45 UTC, later than the report "
            "(2026-11-23 05:30 UTC)",
            id="later than the report",
        ),
    ],
)
def test_what_says_nothing_of_the_last_use_is_unknown(value: str | None, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        row_of({"password_last_used": value}).last_use(Credential.PASSWORD)
    assert problem in raised.value.problem
    assert raised.value.action == "iam:GetCredentialReport"


def test_a_column_that_says_nothing_of_a_key_is_unknown() -> None:
    row = {"access_key_1_active": "true", "access_key_1_last_used_date": "not_supported"}
    with pytest.raises(EvidenceUnavailable, match="access_key_1_last_used_date of the credential report says nothing"):
        _ = row_of(row).access_keys


@given(st.text() | st.datetimes().map(str))
def test_whatever_a_column_says_is_a_use_none_or_unknown(text: str) -> None:
    use = attempt(lambda: row_of({"password_last_used": text}).last_use(Credential.PASSWORD))
    assert not isinstance(use, LastUse) or use.date <= MADE + timedelta(minutes=15)


@pytest.mark.parametrize(
    "age",
    [
        pytest.param(timedelta(), id="fresh"),
        pytest.param(timedelta(hours=4), id="four hours, the oldest that AWS hands out"),
        pytest.param(timedelta(hours=4, minutes=15), id="four hours, clocks disagree"),
        pytest.param(timedelta(minutes=-15), id="of the future, clocks disagree"),
    ],
)
def test_a_report_as_aws_hands_it_out_is_recent(age: timedelta) -> None:
    row_of({}).require_recent(MADE + age)


@pytest.mark.parametrize(
    ("age", "now"),
    [
        pytest.param(timedelta(hours=4, minutes=16), "2026-11-23 09:46 UTC", id="older than AWS hands out"),
        pytest.param(timedelta(minutes=-16), "2026-11-23 05:14 UTC", id="of the future"),
    ],
)
def test_any_other_report_shows_that_a_clock_is_wrong(age: timedelta, now: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        row_of({}).require_recent(MADE + age)
    assert str(raised.value) == (
        "iam:GetCredentialReport in account 111122223333 (us-east-1): the credential report is of 2026-11-23 05:30 UTC "
        f"and it is {now}, but AWS hands out none that is older than four hours: a clock is wrong"
    )
