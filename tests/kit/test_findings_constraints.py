"""The format's rules: each is broken once, and the violation names the place."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from tests.sample_rule import WRONG, sample_rule

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.findings.asff import Finding, verdict_finding
from rootguard.kit.findings.constraints import violations
from rootguard.kit.rule import Controls

ACCOUNT = "111122223333"
RULE = sample_rule(controls=Controls(cis={"5.0.0": "1.4"}))
FINDING = verdict_finding(
    RULE,
    Account(ACCOUNT, "aws", "us-east-1", SessionConnection(boto3.Session(region_name="us-east-1"))),
    WRONG(what="no MFA"),
    datetime(2026, 11, 23, tzinfo=UTC),
)


def put(value: Any, *path: str | int) -> Callable[[Any], None]:
    def change(finding: Any) -> None:
        for step in path[:-1]:
            finding = finding[step]
        finding[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Any], None]:
    def change(finding: Any) -> None:
        for step in path[:-1]:
            finding = finding[step]
        del finding[path[-1]]

    return change


def changed(change: Callable[[Finding], None]) -> Finding:
    finding = deepcopy(FINDING)
    change(finding)
    return finding


REQUIRED = sorted(FINDING.keys() - {"Compliance", "FindingProviderFields", "Remediation"})


def test_a_finding_of_ours_is_in_order() -> None:
    assert violations(FINDING) == ()


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_missing_is_named(name: str) -> None:
    assert f"{name} is missing" in violations(changed(drop(name)))


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        pytest.param(put("x" * 257, "Title"), "Title has 257 characters, not 1 to 256", id="title"),
        pytest.param(put("x" * 1025, "Description"), "Description has 1025 characters", id="description"),
        pytest.param(put(" ", "Description"), "Description is no text: ' '", id="blank description"),
        pytest.param(put(5, "Title"), "Title is no text: 5", id="a number for a title"),
        pytest.param(put("x" * 513, "Id"), "Id has 513 characters", id="id"),
        pytest.param(put("2018-10-09", "SchemaVersion"), "SchemaVersion is '2018-10-09'", id="schema version"),
        pytest.param(put("CLOSED", "RecordState"), "RecordState is 'CLOSED'", id="record state"),
        pytest.param(put("2026-11-23", "UpdatedAt"), "UpdatedAt is '2026-11-23'", id="a day for a time"),
        pytest.param(put("2026-11-23T00:00:00+00:00", "CreatedAt"), "CreatedAt is", id="a time with an offset"),
        pytest.param(put("OK", "Compliance", "Status"), "Compliance.Status is 'OK'", id="compliance"),
        pytest.param(drop("Compliance", "Status"), "Compliance.Status is missing", id="no compliance"),
        pytest.param(
            put(["x"] * 33, "Compliance", "RelatedRequirements"),
            "Compliance.RelatedRequirements has not 1 to 32 items",
            id="many requirements",
        ),
        pytest.param(
            put(["x" * 65], "Compliance", "RelatedRequirements"),
            "Compliance.RelatedRequirements.* has 65 characters",
            id="a long requirement",
        ),
        pytest.param(
            put([{"Description": "x"}], "Compliance", "StatusReasons"),
            "Compliance.StatusReasons.*.ReasonCode is missing",
            id="a reason without a code",
        ),
        pytest.param(
            put("FATAL", "FindingProviderFields", "Severity", "Label"),
            "FindingProviderFields.Severity.Label is 'FATAL'",
            id="severity",
        ),
        pytest.param(
            put([], "FindingProviderFields", "Types"),
            "FindingProviderFields.Types has not 1 to 50 items",
            id="no types",
        ),
        pytest.param(
            put(["Checks/Root"], "FindingProviderFields", "Types"),
            "FindingProviderFields.Types.* is 'Checks/Root'",
            id="a type of no namespace",
        ),
        pytest.param(
            put(["TTPs/a/b/c"], "FindingProviderFields", "Types"),
            "FindingProviderFields.Types.* is 'TTPs/a/b/c'",
            id="a type of four parts",
        ),
        pytest.param(put([], "Resources"), "Resources has not 1 to 32 items", id="no resource"),
        pytest.param(drop("Resources", 0, "Id"), "Resources.*.Id is missing", id="a resource without an id"),
        pytest.param(put("azure", "Resources", 0, "Partition"), "Resources.*.Partition is 'azure'", id="partition"),
        pytest.param(
            put("x" * 513, "Remediation", "Recommendation", "Text"),
            "Remediation.Recommendation.Text has 513 characters",
            id="recommendation",
        ),
        pytest.param(
            put("docs/rules", "Remediation", "Recommendation", "Url"),
            "Remediation.Recommendation.Url is 'docs/rules'",
            id="no address",
        ),
        pytest.param(
            put("x" * 2049, "ProductFields", "rootguard/Reason"), "ProductFields.* has 2049 characters", id="field"
        ),
        pytest.param(put("x", "ProductFields", "a b"), "ProductFields has the name 'a b'", id="a field's name"),
        pytest.param(
            put({f"f{number}": "x" for number in range(51)}, "ProductFields"),
            "ProductFields has not 1 to 50 items",
            id="many fields",
        ),
        pytest.param(put("444455556666", "AwsAccountId"), "ProductArn is of another account", id="another account"),
        pytest.param(
            put(f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/444455556666/default", "ProductArn"),
            "ProductArn is",
            id="another product",
        ),
        pytest.param(put({"Status": "NEW"}, "Workflow"), "Workflow.Status is not expected", id="a customer's field"),
        pytest.param(put("x", "titel"), "titel is not expected", id="a misspelt field"),
    ],
)
def test_what_the_format_does_not_allow_is_named(change: Callable[[Any], None], violation: str) -> None:
    assert [each for each in violations(changed(change)) if each.startswith(violation)]


def test_a_finding_that_is_too_large_is_named() -> None:
    found = violations(FINDING | {"Description": "x" * 250_000})
    assert [each for each in found if each.endswith("more than 245760")]
