"""What becomes of a finding that its provider sends again, and of what customers did to it meanwhile.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
"""

from datetime import timedelta
from typing import Any

import pytest

from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.state import state

LATER = "2026-02-01T00:00:00Z"
TYPES = ["Software and Configuration Checks"]


def test_a_new_finding_is_completed(account: Any) -> None:
    found = account.put()
    product = f"{account.product}/one"
    assert (found["CompanyName"], found["ProductName"], found["Region"]) == ("Personal", "Default", "us-east-1")
    assert found["ProductFields"] == {
        "aws/securityhub/CompanyName": "Personal",
        "aws/securityhub/FindingId": product,
        "aws/securityhub/ProductName": "Default",
    }
    assert (found["RecordState"], found["Workflow"], found["WorkflowState"]) == ("ACTIVE", {"Status": "NEW"}, "NEW")
    assert (found["Types"], found["Severity"]) == (TYPES, {"Label": "HIGH", "Normalized": 70})
    assert "ProcessedAt" in found


def test_a_finding_of_a_member_has_its_account_s_name(world: Any, account_of: Any) -> None:
    member = account_of(world.member(world.organization()))
    member.hub.enable_security_hub()
    assert member.put()["AwsAccountName"].startswith("name")


@pytest.mark.parametrize(
    ("updated_at", "title"),
    [
        pytest.param("2026-01-01T00:00:00.001Z", "New", id="later"),
        pytest.param("2026-01-01T00:00:00Z", "Old", id="the same"),
        pytest.param("2026-01-01T00:00:00.000Z", "Old", id="the same, in other words"),
        pytest.param("2025-12-31T00:00:00Z", "Old", id="earlier"),
        pytest.param("2026-01-01T00:00:00+05:00", "Old", id="earlier, in another time zone"),
        pytest.param("2026-01-01T00:00:00-05:00", "New", id="later, in another time zone"),
    ],
)
def test_only_what_is_newer_changes_a_finding(account: Any, updated_at: str, title: str) -> None:
    account.put(Title="Old")
    found = account.put(Title="New", UpdatedAt=updated_at)
    assert found["Title"] == title
    assert len(account.list()) == 1


def test_a_finding_is_sent_again_whole(account: Any) -> None:
    account.put(SourceUrl="https://example.com", FirstObservedAt="2025-01-01T00:00:00Z", RecordState="ARCHIVED")
    found = account.put(UpdatedAt=LATER, CreatedAt=LATER, Title="New", Compliance={"Status": "PASSED"})
    assert (found["Title"], found["Compliance"], found["UpdatedAt"]) == ("New", {"Status": "PASSED"}, LATER)
    assert (found["CreatedAt"], found["RecordState"]) == ("2026-01-01T00:00:00Z", "ARCHIVED")
    assert found.keys().isdisjoint({"SourceUrl", "FirstObservedAt"})


def test_of_two_findings_with_one_id_in_a_request_the_first_counts(account: Any) -> None:
    twice = [account.finding(Title="first"), account.finding(Title="second", UpdatedAt=LATER)]
    assert account.hub.batch_import_findings(Findings=twice)["SuccessCount"] == 2
    assert account.read()["Title"] == "first"


@pytest.mark.parametrize(
    ("provider", "top", "shown", "shown_of_provider"),
    [
        pytest.param({"Confidence": 1}, {}, 1, 1, id="of the provider"),
        pytest.param({}, {"Confidence": 2}, 2, 2, id="on top"),
        pytest.param({"Confidence": 1}, {"Confidence": 2}, 1, 1, id="both"),
        pytest.param({}, {}, None, None, id="neither"),
    ],
)
def test_a_new_finding_s_fields_of_the_provider(
    account: Any, provider: dict[str, Any], top: dict[str, Any], shown: int | None, shown_of_provider: int | None
) -> None:
    fields = {"Severity": {"Label": "HIGH"}, "Types": TYPES, **provider}
    found = account.put(FindingProviderFields=fields, **top)
    assert (found.get("Confidence"), found["FindingProviderFields"].get("Confidence")) == (shown, shown_of_provider)


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize(
    ("provider", "top", "shown", "shown_of_provider"),
    [
        pytest.param({"Confidence": 1}, {}, 1, 1, id="of the provider"),
        pytest.param({}, {"Confidence": 2}, 2, 2, id="on top"),
        pytest.param({"Confidence": 1}, {"Confidence": 2}, 2, 1, id="both"),
        pytest.param({}, {}, 50, 50, id="neither"),
    ],
)
def test_a_known_finding_s_fields_of_the_provider(
    account: Any,
    *,
    provider: dict[str, Any],
    top: dict[str, Any],
    shown: int,
    shown_of_provider: int,
    touched: bool,
) -> None:
    fields = {"Severity": {"Label": "HIGH"}, "Types": TYPES}
    account.put(FindingProviderFields={**fields, "Confidence": 50})
    if touched:
        account.update(Confidence=77)
    found = account.put(UpdatedAt=LATER, FindingProviderFields={**fields, **provider}, **top)
    expected = 77 if touched else shown
    assert (found["Confidence"], found["FindingProviderFields"]["Confidence"]) == (expected, shown_of_provider)


@pytest.mark.parametrize(
    ("severity", "shown"),
    [
        ({"Label": "INFORMATIONAL"}, ("INFORMATIONAL", 0)),
        ({"Label": "LOW"}, ("LOW", 1)),
        ({"Label": "CRITICAL"}, ("CRITICAL", 90)),
        ({"Normalized": 0}, ("INFORMATIONAL", 0)),
        ({"Normalized": 39}, ("LOW", 39)),
        ({"Normalized": 40}, ("MEDIUM", 40)),
        ({"Normalized": 89}, ("HIGH", 89)),
        ({"Normalized": 100}, ("CRITICAL", 100)),
    ],
)
def test_a_severity_is_a_word_and_a_number(account: Any, severity: dict[str, Any], shown: tuple[str, int]) -> None:
    found = account.put(Severity=severity, FindingProviderFields={"Types": TYPES})
    assert (found["Severity"]["Label"], found["Severity"]["Normalized"]) == shown
    assert found["FindingProviderFields"]["Severity"] == {"Label": shown[0]}


def test_a_provider_begins_what_only_customers_change(account: Any) -> None:
    note = {"Text": "hello", "UpdatedBy": "me", "UpdatedAt": LATER}
    begun = {
        "Note": note,
        "UserDefinedFields": {"team": "x"},
        "VerificationState": "UNKNOWN",
        "Workflow": {"Status": "NOTIFIED"},
    }
    assert account.put(**begun).items() >= begun.items()
    others = {
        "Note": {**note, "Text": "bye"},
        "UserDefinedFields": {"team": "y"},
        "VerificationState": "FALSE_POSITIVE",
        "Workflow": {"Status": "RESOLVED"},
    }
    assert account.put(UpdatedAt=LATER, **others).items() >= begun.items()


@pytest.mark.parametrize(
    ("before", "after", "reopened"),
    [
        pytest.param({"RecordState": "ARCHIVED"}, {"RecordState": "ACTIVE"}, True, id="archived to active"),
        pytest.param({"RecordState": "ACTIVE"}, {"RecordState": "ARCHIVED"}, False, id="active to archived"),
        pytest.param({"Compliance": "PASSED"}, {"Compliance": "FAILED"}, True, id="passed to failed"),
        pytest.param({"Compliance": "PASSED"}, {"Compliance": "WARNING"}, True, id="passed to warning"),
        pytest.param({"Compliance": "PASSED"}, {"Compliance": "NOT_AVAILABLE"}, True, id="passed to not available"),
        pytest.param({"Compliance": "FAILED"}, {"Compliance": "PASSED"}, False, id="failed to passed"),
        pytest.param({"Compliance": "WARNING"}, {"Compliance": "FAILED"}, False, id="warning to failed"),
        pytest.param({"Compliance": "FAILED"}, {"Compliance": "FAILED"}, False, id="still failed"),
    ],
)
def test_a_workflow_begins_anew(
    account: Any,
    before: dict[str, str],
    after: dict[str, str],
    reopened: bool,  # noqa: FBT001 - a column of the table
) -> None:
    statuses = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
    findings = [account.finding(Id=each, Workflow={"Status": each}, **_state(before)) for each in statuses]
    account.hub.batch_import_findings(Findings=findings)
    findings = [account.finding(Id=each, UpdatedAt=LATER, **_state(after)) for each in statuses]
    account.hub.batch_import_findings(Findings=findings)
    found = {each["Id"]: each["Workflow"]["Status"] for each in account.list()}
    anew = dict.fromkeys(statuses, "NEW") | {"SUPPRESSED": "SUPPRESSED"}
    assert found == (anew if reopened else {each: each for each in statuses})


def _state(changes: dict[str, str]) -> dict[str, Any]:
    return {name: {"Status": value} if name == "Compliance" else value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("record_state", "retention", "kept"),
    [
        pytest.param("ACTIVE", {"active_retention": timedelta(0)}, False, id="active, long ago"),
        pytest.param("ACTIVE", {"archived_retention": timedelta(0)}, True, id="active, not that long ago"),
        pytest.param("ARCHIVED", {"archived_retention": timedelta(0)}, False, id="archived, long ago"),
        pytest.param("ARCHIVED", {"active_retention": timedelta(0)}, True, id="archived, not that long ago"),
    ],
)
def test_findings_expire(
    account: Any,
    monkeypatch: pytest.MonkeyPatch,
    record_state: str,
    retention: dict[str, timedelta],
    kept: bool,  # noqa: FBT001 - a column of the table
) -> None:
    account.put(RecordState=record_state, UserDefinedFields={"seen": "yes"})
    for name, value in retention.items():
        monkeypatch.setattr(state(Settings), name, value)
    assert bool(account.list()) is kept
    monkeypatch.undo()
    account.put(UpdatedAt=LATER)
    assert ("UserDefinedFields" in account.read()) is kept
