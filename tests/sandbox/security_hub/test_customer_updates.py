"""What a customer sets on findings.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchupdatefindings.html
"""

from typing import Any

import pytest


def test_a_customer_sets_what_tracks_an_investigation(account: Any) -> None:
    before = account.put()
    fields = {
        "Confidence": 5,
        "Criticality": 6,
        "RelatedFindings": [{"ProductArn": account.product, "Id": "two"}],
        "Types": ["TTPs/Persistence"],
        "UserDefinedFields": {"ticket": "X-1"},
        "VerificationState": "TRUE_POSITIVE",
        "Workflow": {"Status": "NOTIFIED"},
    }
    note, severity = {"Text": "asked", "UpdatedBy": "analyst"}, {"Label": "LOW"}
    answer = account.update(Note=note, Severity=severity, **fields)
    assert answer["ProcessedFindings"] == [{"Id": "one", "ProductArn": account.product}]
    found = account.read()
    assert found.items() >= fields.items()
    assert (found["Severity"], {**found["Note"], **note}) == ({"Label": "LOW", "Normalized": 1}, found["Note"])
    unchanged = ("UpdatedAt", "FindingProviderFields", "Title", "RecordState", "CreatedAt")
    assert {name: found[name] for name in unchanged} == {name: before[name] for name in unchanged}


@pytest.mark.parametrize(
    ("severity", "shown"),
    [
        ({"Normalized": 90}, {"Label": "CRITICAL", "Normalized": 90, "Original": "7/10"}),
        ({"Label": "MEDIUM"}, {"Label": "MEDIUM", "Normalized": 40, "Original": "7/10"}),
        ({"Product": 3.0}, {"Label": "HIGH", "Normalized": 70, "Original": "7/10", "Product": 3.0}),
    ],
)
def test_a_severity_keeps_its_provider_s_word(account: Any, severity: dict[str, Any], shown: dict[str, Any]) -> None:
    provider = {"Severity": {"Label": "HIGH", "Original": "7/10"}, "Types": ["Effects"]}
    account.put(FindingProviderFields=provider)
    account.update(Severity=severity)
    assert account.read()["Severity"] == shown


@pytest.mark.parametrize(
    ("ids", "fields", "processed", "error"),
    [
        pytest.param(["one", "none"], {"Confidence": 1}, ["one"], ("FindingNotFound", "Finding Not Found"), id="gone"),
        pytest.param(
            ["one", "one"],
            {"Confidence": 1},
            [],
            ("DuplicatedFindingIdentifier", "Finding Identifier is duplicated"),
            id="twice",
        ),
        pytest.param(["one"], {"Types": ["x"]}, [], ("InvalidInput", "Invalid Input"), id="type"),
        pytest.param(["one"], {"Types": ["Effects"] * 51}, [], ("InvalidInput", "Invalid Input"), id="types"),
        pytest.param(
            ["one"],
            {"Note": {"Text": "x" * 513, "UpdatedBy": "me"}},
            [],
            ("InvalidInput", "Invalid Input"),
            id="a long note",
        ),
        pytest.param(
            ["one"],
            {"UserDefinedFields": {"key": "x" * 1025}},
            [],
            ("InvalidInput", "Invalid Input"),
            id="a long value",
        ),
    ],
)
def test_what_is_not_updated_is_told(
    account: Any, ids: list[str], fields: dict[str, Any], processed: list[str], error: tuple[str, str]
) -> None:
    before = account.put()
    answer = account.update(*ids, **fields)
    assert [each["Id"] for each in answer["ProcessedFindings"]] == processed
    assert {(each["ErrorCode"], each["ErrorMessage"]) for each in answer["UnprocessedFindings"]} == {error}
    if not processed:
        assert account.read() == before


def test_a_hundred_findings_are_updated_at_a_time(account: Any, refusal: Any) -> None:
    too_many = [str(number) for number in range(101)]
    assert refusal(lambda: account.update(*too_many, Confidence=1))[0] == "InvalidInputException"


@pytest.mark.parametrize("fields", [{"Workflow": {"Status": "DONE"}}, {"Severity": {"Normalized": 101}}])
def test_a_value_that_does_not_exist_is_refused(account: Any, refusal: Any, fields: dict[str, Any]) -> None:
    account.put()
    assert refusal(lambda: account.update(**fields))[0] == "InvalidInputException"
