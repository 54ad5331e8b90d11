"""Findings searched, sorted and paged.

The logic of comparisons is that of StringFilter, MapFilter, DateFilter and NumberFilter in the API model.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

FINDINGS: dict[str, dict[str, Any]] = {
    "mfa": {
        "Title": "root-mfa-enabled",
        "Severity": {"Label": "CRITICAL"},
        "UpdatedAt": "2026-03-03T00:00:00Z",
        "Compliance": {"Status": "FAILED", "SecurityControlId": "IAM.9"},
        "ProductFields": {"team": "blue"},
        "Confidence": 90,
    },
    "keys": {
        "Title": "root-no-access-keys",
        "Severity": {"Label": "HIGH"},
        "UpdatedAt": "2026-02-02T00:00:00Z",
        "Compliance": {"Status": "PASSED"},
        "RecordState": "ARCHIVED",
        "ProductFields": {"team": "red"},
        "Confidence": 10,
        "Sample": True,
    },
    "alarm": {
        "Title": "Root alarm",
        "Severity": {"Label": "HIGH"},
        "UpdatedAt": "2026-01-01T12:00:00+12:00",
        "Resources": [{"Type": "Other", "Id": "a"}, {"Type": "AwsAccount", "Id": "b", "Tags": {"stage": "prod"}}],
        "LastObservedAt": (datetime.now(UTC) - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    },
}


@pytest.fixture(scope="module")
def searched(new_account: Callable[[], Any]) -> Any:
    account = new_account()
    for finding_id, changes in FINDINGS.items():
        account.put(Id=finding_id, FindingProviderFields={"Types": ["Effects"]}, **changes)
    return account


def text(*comparisons: str) -> list[dict[str, str]]:
    """`text("EQUALS x", "PREFIX y")`."""
    pairs = [each.partition(" ") for each in comparisons]
    return [{"Comparison": comparison, "Value": value} for comparison, _, value in pairs]


def pairs(*comparisons: str) -> list[dict[str, str]]:
    """`pairs("EQUALS key value")`."""
    return [dict(zip(("Comparison", "Key", "Value"), each.split(), strict=True)) for each in comparisons]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({}, "alarm keys mfa", id="none"),
        pytest.param({"Title": text("EQUALS root-mfa-enabled")}, "mfa", id="equals"),
        pytest.param({"Title": text("EQUALS Root-mfa-enabled")}, "", id="equals, in another case"),
        pytest.param({"Title": text("EQUALS Root alarm", "EQUALS root-mfa-enabled")}, "alarm mfa", id="equals or"),
        pytest.param({"Title": text("PREFIX root-")}, "keys mfa", id="prefix"),
        pytest.param({"Title": text("PREFIX root-", "NOT_EQUALS root-mfa-enabled")}, "keys", id="prefix but not"),
        pytest.param({"Title": text("PREFIX r", "PREFIX R", "PREFIX_NOT_EQUALS root-n")}, "alarm mfa", id="prefixes"),
        pytest.param({"Title": text("CONTAINS mfa", "CONTAINS keys")}, "keys mfa", id="contains or"),
        pytest.param({"Title": text("NOT_CONTAINS mfa", "NOT_CONTAINS keys")}, "alarm", id="contains neither"),
        pytest.param({"Title": text("NOT_EQUALS a", "NOT_EQUALS Root alarm")}, "keys mfa", id="neither"),
        pytest.param({"Title": text("PREFIX root-"), "SeverityLabel": text("EQUALS HIGH")}, "keys", id="two fields"),
        pytest.param({"ComplianceStatus": text("EQUALS FAILED")}, "mfa", id="compliance"),
        pytest.param({"ComplianceStatus": text("NOT_EQUALS FAILED")}, "alarm keys", id="compliance or none"),
        pytest.param({"ComplianceSecurityControlId": text("PREFIX IAM.")}, "mfa", id="control"),
        pytest.param({"RecordState": text("EQUALS ACTIVE")}, "alarm mfa", id="record state"),
        pytest.param({"WorkflowStatus": text("EQUALS NEW")}, "alarm keys mfa", id="workflow"),
        pytest.param({"Type": text("EQUALS Effects")}, "alarm keys mfa", id="type"),
        pytest.param({"ResourceType": text("EQUALS Other")}, "alarm", id="one of two resources"),
        pytest.param({"ResourceType": text("NOT_EQUALS Other")}, "keys mfa", id="none of the resources"),
        pytest.param({"ResourceTags": pairs("EQUALS stage prod")}, "alarm", id="tag"),
        pytest.param({"ProductFields": pairs("EQUALS team blue", "EQUALS team red")}, "keys mfa", id="field or"),
        pytest.param({"ProductFields": pairs("EQUALS team Blue")}, "", id="field, in another case"),
        pytest.param({"ProductFields": pairs("NOT_EQUALS team blue")}, "alarm keys", id="field, not"),
        pytest.param({"UpdatedAt": [{"Start": "2026-02-02T00:00:00Z"}]}, "keys mfa", id="since"),
        pytest.param({"UpdatedAt": [{"End": "2026-01-01T00:00:00Z"}]}, "alarm", id="until"),
        pytest.param(
            {"UpdatedAt": [{"Start": "2026-02-01T00:00:00Z", "End": "2026-02-28T00:00:00Z"}]}, "keys", id="between"
        ),
        pytest.param(
            {"UpdatedAt": [{"End": "2026-01-02T00:00:00Z"}, {"Start": "2026-03-01T00:00:00Z"}]}, "alarm mfa", id="or"
        ),
        pytest.param({"LastObservedAt": [{"DateRange": {"Value": 11, "Unit": "DAYS"}}]}, "alarm", id="within"),
        pytest.param({"LastObservedAt": [{"DateRange": {"Value": 9, "Unit": "DAYS"}}]}, "", id="not within"),
        pytest.param(
            {"LastObservedAt": [{"DateRange": {"Value": 9, "Unit": "DAYS", "Comparison": "OLDER_THAN"}}]},
            "alarm",
            id="older than",
        ),
        pytest.param({"Confidence": [{"Gte": 90}]}, "mfa", id="number, at least"),
        pytest.param({"Confidence": [{"Gt": 10, "Lt": 91}]}, "mfa", id="number, between"),
        pytest.param({"Confidence": [{"Lte": 10}, {"Eq": 90}]}, "keys mfa", id="numbers"),
        pytest.param({"Sample": [{"Value": True}]}, "keys", id="sample"),
        pytest.param({"Sample": [{"Value": False}]}, "alarm mfa", id="no sample"),
        pytest.param({"FindingProviderFieldsSeverityLabel": text("EQUALS HIGH")}, "alarm keys", id="the provider's"),
    ],
)
def test_findings_are_found(searched: Any, filters: dict[str, Any], found: str) -> None:
    assert sorted(each["Id"] for each in searched.list(**filters)) == found.split()


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        pytest.param({"Title": []}, "data.Title should NOT have fewer than 1 items", id="nothing"),
        pytest.param({"Title": text("EQUALS a") * 21}, "data.Title should NOT have more than 20 items", id="21"),
        pytest.param({"Title": text("EQUALS a", "NOT_EQUALS b")}, "EQUALS and NOT_EQUALS", id="equals and not"),
        pytest.param({"Title": text("EQUALS a", "PREFIX_NOT_EQUALS b")}, "EQUALS and PREFIX_NOT_EQUALS", id="equals"),
        pytest.param({"Title": text("CONTAINS a", "PREFIX b")}, "only be used with other CONTAINS", id="contains"),
        pytest.param({"Title": text("CONTAINS a", "NOT_CONTAINS b")}, "CONTAINS can only", id="contains and not"),
        pytest.param({"Title": text("CONTAINS_WORD a")}, "data.Title[0].Comparison should be equal", id="V2 only"),
        pytest.param({"Title": [{"Value": "a"}]}, "required property 'Comparison'", id="no comparison"),
        pytest.param({"ProductFields": pairs("CONTAINS a b")}, "for automation rules only", id="map contains"),
        pytest.param({"UpdatedAt": [{"Start": "yesterday"}]}, "data.UpdatedAt[0].Start should match", id="date"),
        pytest.param({"UpdatedAt": [{"DateRange": {"Value": 1}}]}, "required property 'Unit'", id="range"),
        pytest.param({"UpdatedAt": [{}]}, "should NOT have fewer than 1 properties", id="empty date"),
        pytest.param(
            {
                name: text("PREFIX a")
                for name in (
                    "AwsAccountId",
                    "CompanyName",
                    "Description",
                    "GeneratorId",
                    "Id",
                    "ProductArn",
                    "ProductName",
                    "RecordState",
                    "Region",
                    "Title",
                    "Type",
                )
            },
            "should NOT have more than 10 properties",
            id="11 fields",
        ),
    ],
)
def test_filters_that_say_nothing_clear_are_refused(
    searched: Any, refusal: Any, filters: dict[str, Any], words: str
) -> None:
    code, message, status = refusal(lambda: searched.list(**filters))
    assert (code, status) == ("InvalidInputException", 400)
    assert message.startswith("Invalid Filters in the input: ")
    assert words in message


def test_a_filter_that_the_sandbox_lacks_is_told(searched: Any, refusal: Any) -> None:
    assert refusal(lambda: searched.list(MalwareName=text("EQUALS a")))[0] == "SandboxNotImplemented"


@pytest.mark.parametrize(
    ("criteria", "order"),
    [
        pytest.param([], "alarm keys mfa", id="none"),
        pytest.param([("UpdatedAt", "desc")], "mfa keys alarm", id="newest first"),
        pytest.param([("Title", "asc")], "alarm mfa keys", id="title"),
        pytest.param([("SeverityNormalized", "desc"), ("Id", "desc")], "mfa keys alarm", id="severity, then id"),
        pytest.param([("SeverityNormalized", "asc"), ("Id", "asc")], "alarm keys mfa", id="least severe first"),
        pytest.param([("Confidence", "asc")], "keys mfa alarm", id="those without come last"),
        pytest.param([("Confidence", "desc")], "mfa keys alarm", id="those without come last again"),
    ],
)
def test_findings_are_sorted(searched: Any, criteria: list[tuple[str, str]], order: str) -> None:
    sorting = [{"Field": name, "SortOrder": direction} for name, direction in criteria]
    found = searched.hub.get_findings(SortCriteria=sorting)["Findings"]
    assert [each["Id"] for each in found] == order.split()


def test_findings_come_in_pages(searched: Any, refusal: Any) -> None:
    pages = searched.hub.get_paginator("get_findings").paginate(
        SortCriteria=[{"Field": "UpdatedAt", "SortOrder": "desc"}], PaginationConfig={"PageSize": 2}
    )
    assert [[each["Id"] for each in page["Findings"]] for page in pages] == [["mfa", "keys"], ["alarm"]]
    assert refusal(lambda: searched.hub.get_findings(NextToken="x"))[0] == "InvalidInputException"
    assert refusal(lambda: searched.hub.get_findings(MaxResults=101))[0] == "InvalidInputException"


def test_findings_are_sorted_by_what_they_have(searched: Any, refusal: Any) -> None:
    call = searched.hub.get_findings
    assert refusal(lambda: call(SortCriteria=[{"Field": "Colour", "SortOrder": "asc"}]))[0] == "InvalidInputException"
