"""What the AWS Security Finding Format takes, and what it refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.sandbox.security_hub.timestamps import moment, parse, rounded, text

PREFIX = "Finding does not adhere to Amazon Finding Format. "
TYPES = ["Software and Configuration Checks/AWS Security Best Practices/Root"]
FIELDS = {"Severity": {"Label": "LOW"}, "Types": TYPES}


def test_everything_that_a_finding_may_have_is_kept(account: Any) -> None:
    given_ = account.finding(
        ProductName="rootguard",
        CompanyName="ACME",
        FirstObservedAt="2025-12-31T23:59:59.5+01:00",
        LastObservedAt="2026-01-01T00:00:00-0500",
        Confidence=99,
        Criticality=0,
        SourceUrl="https://example.com/rules/root-mfa-enabled",
        Remediation={"Recommendation": {"Text": "Enable MFA.", "Url": "https://example.com/remediation"}},
        ProductFields={"rootguard/Version": "1.2.3", "note: a b": "x" * 2048},
        Compliance={
            "Status": "FAILED",
            "StatusReasons": [{"ReasonCode": "NO_MFA", "Description": "No MFA device."}],
            "RelatedRequirements": [f"requirement {number}" for number in range(32)],
            "SecurityControlId": "IAM.9",
        },
        FindingProviderFields={"Severity": {"Label": "CRITICAL", "Original": "9.9"}, "Types": TYPES * 50},
    )
    account.hub.batch_import_findings(Findings=[given_])
    found = account.read()
    own = {f"aws/securityhub/{name}" for name in ("CompanyName", "FindingId", "ProductName")}
    kept = {name: value for name, value in found["ProductFields"].items() if name not in own}
    assert {**found, "ProductFields": kept} == {
        **given_,
        "AwsAccountId": account.id,
        "Region": "us-east-1",
        "Types": TYPES * 50,
        "Severity": {"Label": "CRITICAL", "Normalized": 90, "Original": "9.9"},
        "FindingProviderFields": {**given_["FindingProviderFields"], "Confidence": 99, "Criticality": 0},
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
        "WorkflowState": "NEW",
        "ProcessedAt": found["ProcessedAt"],
    }


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        pytest.param({"Title": ""}, "data.Title should NOT be shorter than 1 characters", id="empty"),
        pytest.param({"Title": " "}, 'data.Title should match pattern ".*\\S.*"', id="blank"),
        pytest.param({"Title": "x" * 257}, "data.Title should NOT be longer than 256 characters", id="title"),
        pytest.param({"Description": "x" * 1025}, "data.Description should NOT be longer than 1024 characters", id="d"),
        pytest.param({"GeneratorId": "x" * 513}, "data.GeneratorId should NOT be longer than 512 characters", id="g"),
        pytest.param({"Id": "x" * 513}, "data.Id should NOT be longer than 512 characters", id="id"),
        pytest.param(
            {"SchemaVersion": "2018-10-09"},
            "data.SchemaVersion should be equal to one of the allowed values",
            id="schema version",
        ),
        pytest.param(
            {"AwsAccountId": ""}, "data.AwsAccountId should NOT be shorter than 1 characters", id="account id"
        ),
        pytest.param({"Resources": []}, "data.Resources should NOT have fewer than 1 items", id="no resource"),
        pytest.param(
            {"Resources": [{"Type": "Other", "Id": "x"}] * 33},
            "data.Resources should NOT have more than 32 items",
            id="resources",
        ),
        pytest.param(
            {"Resources": [{"Type": "", "Id": "x"}]},
            "data.Resources[0].Type should NOT be shorter than 1 characters",
            id="resource type",
        ),
        pytest.param(
            {"Resources": [{"Type": "Other", "Id": "x", "Partition": "moon"}]},
            "data.Resources[0].Partition should be equal to one of the allowed values",
            id="partition",
        ),
        pytest.param(
            {"Resources": [{"Type": "Other", "Id": "x", "Details": {"Other": {"key": "x" * 1024}}}]},
            "data.Resources[0].Details.Other['key'] should NOT be longer than 1023 characters",
            id="details",
        ),
        pytest.param(
            {"Compliance": {"Status": "BROKEN"}},
            "data.Compliance.Status should be equal to one of the allowed values",
            id="compliance",
        ),
        pytest.param(
            {"Compliance": {"Status": "FAILED", "RelatedRequirements": ["x"] * 33}},
            "data.Compliance.RelatedRequirements should NOT have more than 32 items",
            id="requirements",
        ),
        pytest.param(
            {"Remediation": {"Recommendation": {"Text": "x" * 513}}},
            "data.Remediation.Recommendation.Text should NOT be longer than 512 characters",
            id="recommendation",
        ),
        pytest.param(
            {"Remediation": {"Recommendation": {"Url": "no url"}}},
            'data.Remediation.Recommendation.Url should match format "uri"',
            id="URL",
        ),
        pytest.param(
            {"ProductFields": {str(number): "x" for number in range(51)}},
            "data.ProductFields should NOT have more than 50 properties",
            id="product fields",
        ),
        pytest.param(
            {"ProductFields": {"x" * 129: "x"}},
            f"data.ProductFields property name '{'x' * 129}' is invalid",
            id="name of a product field",
        ),
        pytest.param(
            {"ProductFields": {"a,b": "x"}}, "data.ProductFields property name 'a,b' is invalid", id="comma in a name"
        ),
        pytest.param(
            {"ProductFields": {"x": "x" * 2049}},
            "data.ProductFields['x'] should NOT be longer than 2048 characters",
            id="product field",
        ),
        pytest.param({"RecordState": "OPEN"}, "data.RecordState should be equal to one of the allowed values", id="r"),
        pytest.param({"Confidence": 101}, "data.Confidence should be <= 100", id="confidence"),
        pytest.param(
            {"FindingProviderFields": {**FIELDS, "Criticality": 101}},
            "data.FindingProviderFields.Criticality should be <= 100",
            id="criticality",
        ),
        pytest.param(
            {"FindingProviderFields": {**FIELDS, "Severity": {"Label": "SEVERE"}}},
            "data.FindingProviderFields.Severity.Label should be equal to one of the allowed values",
            id="severity",
        ),
        pytest.param(
            {"FindingProviderFields": {**FIELDS, "Severity": {"Original": "9"}}},
            "data.FindingProviderFields.Severity should have required property 'Label'",
            id="severity without a label",
        ),
        pytest.param(
            {"FindingProviderFields": {**FIELDS, "Severity": {"Label": "LOW", "Original": "x" * 65}}},
            "data.FindingProviderFields.Severity.Original should NOT be longer than 64 characters",
            id="original severity",
        ),
        pytest.param(
            {"FindingProviderFields": {**FIELDS, "Types": TYPES * 51}},
            "data.FindingProviderFields.Types should NOT have more than 50 items",
            id="types",
        ),
        pytest.param(
            {"FindingProviderFields": None},
            "data should have required property 'FindingProviderFields', data should match some schema in anyOf",
            id="no severity at all",
        ),
        pytest.param(
            {"FindingProviderFields": {"Severity": {"Label": "LOW"}}},
            "data.FindingProviderFields should have required property 'Types', data should match some schema in anyOf",
            id="no types at all",
        ),
        pytest.param(
            {"Note": {"Text": "x" * 513, "UpdatedBy": "me", "UpdatedAt": "2026-01-01T00:00:00Z"}},
            "data.Note.Text should NOT be longer than 512 characters",
            id="note",
        ),
        pytest.param(
            {"SourceUrl": "x" * 245_760},
            'data.SourceUrl should match format "uri", data should NOT be larger than 240 KB',
            id="240 KB",
        ),
    ],
)
def test_what_does_not_adhere_is_refused(account: Any, changes: dict[str, Any], violation: str) -> None:
    assert account.refused(**changes) == ("InvalidInput", f"{PREFIX}{violation}.")
    assert account.list() == []


@pytest.mark.parametrize(
    ("types", "valid"),
    [
        (["TTPs"], True),
        (["TTPs/Defense Evasion"], True),
        (["TTPs/Defense Evasion/CloudTrailStopped"], True),
        (["Unusual Behaviors/User"], True),
        (["Effects", "Sensitive Data Identifications/Passwords"], True),
        (["TTPs/a/b/c"], False),
        (["TTPs/"], False),
        (["ttps"], False),
        (["Software and Configuration Checks", "Compliance"], False),
    ],
)
def test_types_have_a_namespace_and_at_most_two_names_more(
    account: Any,
    types: list[str],
    valid: bool,  # noqa: FBT001 - a column of the table
) -> None:
    fields = {"Severity": {"Label": "LOW"}, "Types": types}
    if valid:
        assert account.put(FindingProviderFields=fields)["Types"] == types
    else:
        code, message = account.refused(FindingProviderFields=fields)
        assert (code, "should match pattern" in message) == ("InvalidInput", True)


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        ("2019-01-31T23:00:00Z", "2019-01-31T23:00:00Z"),
        ("2024-10-31T23:00:00.123456789Z", "2024-10-31T23:00:00.123Z"),
        ("2024-01-04T15:25:10.1234+17:59", "2024-01-04T15:25:10.123+17:59"),
        ("2024-01-04T15:25:10-1759", "2024-01-04T15:25:10-1759"),
        ("2024-01-04T15:25:10+18:00", "2024-01-04T15:25:10+18:00"),
        ("2024-01-04T15:25:10+18:01", None),
        ("2024-01-04T15:25:10", None),
        ("2024-01-04 15:25:10Z", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-01-04", None),
        ("2024-01-04T15:25:10.1234567890Z", None),
    ],
)
def test_timestamps_have_a_form(account: Any, timestamp: str, shown: str | None) -> None:
    if shown is None:
        assert account.refused(LastObservedAt=timestamp)[0] == "InvalidInput"
    else:
        assert account.put(LastObservedAt=timestamp)["LastObservedAt"] == shown


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_timestamp_tells_its_time_to_the_millisecond(time: datetime) -> None:
    cut = time.replace(microsecond=time.microsecond // 1000 * 1000)
    assert moment(text(time)) == cut
    assert moment(rounded(time.isoformat())) == cut


@given(st.text())
def test_any_text_is_a_timestamp_or_is_none(anything: str) -> None:
    assert parse(anything) is None or parse(rounded(anything)) is not None


def test_a_hundred_findings_fit_into_a_request(account: Any, refusal: Any) -> None:
    findings = [account.finding(Id=str(number)) for number in range(101)]
    code, *_ = refusal(lambda: account.hub.batch_import_findings(Findings=findings))
    assert code == "InvalidInputException"
    assert account.hub.batch_import_findings(Findings=findings[:100])["SuccessCount"] == 100


def test_a_bad_finding_does_not_keep_out_a_good_one(account: Any) -> None:
    bad, good = account.finding(Id="bad", Title=""), account.finding(Id="good")
    answer = account.hub.batch_import_findings(Findings=[bad, good])
    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 1)
    assert [each["Id"] for each in answer["FailedFindings"]] == ["bad"]
    assert [each["Id"] for each in account.list()] == ["good"]


@pytest.mark.parametrize(
    "product",
    [
        "arn:aws:securityhub:::product/aquasecurity/aquasecurity",
        "arn:aws:securityhub:eu-west-1:ACCOUNT:product/ACCOUNT/default",
        "arn:aws-cn:securityhub:us-east-1:ACCOUNT:product/ACCOUNT/default",
        "arn:aws:securityhub:us-east-1:ACCOUNT:hub/default",
    ],
)
def test_a_product_is_one_of_this_region(account: Any, refusal: Any, product: str) -> None:
    arn = product.replace("ACCOUNT", account.id)
    call = account.hub.batch_import_findings
    finding = account.finding(ProductArn=arn)
    assert refusal(lambda: call(Findings=[finding])) == ("InvalidInputException", f'productArn: "{arn}"', 400)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty"}, id="AWS's product"),
        pytest.param(
            {"ProductArn": "arn:aws:securityhub:us-east-1:999999999999:product/999999999999/default"},
            id="another account's product",
        ),
        pytest.param({"AwsAccountId": "999999999999"}, id="another account's finding"),
    ],
)
def test_an_account_imports_its_own_findings_under_its_own_product(
    account: Any, refusal: Any, changes: dict[str, Any]
) -> None:
    finding, good = account.finding(**changes), account.finding(Id="good")
    code, message, status = refusal(lambda: account.hub.batch_import_findings(Findings=[good, finding]))
    assert (code, status) == ("AccessDeniedException", 403)
    assert message.endswith(f"perform: securityhub:BatchImportFindings on resource: {finding['ProductArn']}")
    assert account.list() == []
