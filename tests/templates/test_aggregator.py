"""aggregator.yaml: the compliance of every account on one page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

TEMPLATE = "aggregator.yaml"


def judge(home: Any, compliance: str, region: str = "us-east-1") -> None:
    """A rule of the account, and what a person found."""
    config = home.client("config", region)
    role = f"arn:aws:iam::{home.id}:role/recorder"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    source = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
    config.put_config_rule(ConfigRule={"ConfigRuleName": "asked", "Source": source})
    evaluation = {
        "ComplianceResourceType": "AWS::::Account",
        "ComplianceResourceId": home.id,
        "ComplianceType": compliance,
        "OrderingTimestamp": datetime(2027, 1, 1, tzinfo=UTC),
    }
    config.put_external_evaluation(ConfigRuleName="asked", ExternalEvaluation=evaluation)


def shown(home: Any, name: str) -> set[tuple[str, str, str]]:
    found = home.client("config").describe_aggregate_compliance_by_config_rules(ConfigurationAggregatorName=name)
    return {
        (each["AccountId"], each["AwsRegion"], each["Compliance"]["ComplianceType"])
        for each in found["AggregateComplianceByConfigRules"]
    }


@pytest.fixture(scope="module")
def members(new_member: Callable[[], Any]) -> tuple[Any, Any]:
    """Two members with a verdict in the home Region, one also elsewhere."""
    one, two = new_member(), new_member()
    judge(one, "COMPLIANT")
    judge(two, "NON_COMPLIANT")
    judge(two, "COMPLIANT", "eu-west-1")
    return one, two


@pytest.mark.parametrize(
    ("parameters", "elsewhere"),
    [
        pytest.param({}, False, id="the home Region"),
        pytest.param({"SourceRegions": "all", "AggregatorName": "every"}, True, id="all Regions"),
        pytest.param({"RoleName": "aggregate"}, False, id="a role with a name"),
    ],
)
def test_every_account_is_on_one_page(
    management: Any,
    members: tuple[Any, Any],
    parameters: dict[str, str],
    elsewhere: bool,  # noqa: FBT001 - a column of the table
) -> None:
    one, two = members
    outputs = management.deploy(TEMPLATE, **parameters)
    expected = {(one.id, "us-east-1", "COMPLIANT"), (two.id, "us-east-1", "NON_COMPLIANT")}
    if elsewhere:
        expected.add((two.id, "eu-west-1", "COMPLIANT"))
    assert shown(management, outputs["AggregatorName"]) == expected
    management.remove()
    assert management.client("config").describe_configuration_aggregators()["ConfigurationAggregators"] == []


def test_a_delegated_administrator_may_have_it(management: Any, members: tuple[Any, Any]) -> None:
    one, two = members
    organizations = management.client("organizations")
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    organizations.register_delegated_administrator(AccountId=one.id, ServicePrincipal="config.amazonaws.com")
    outputs = one.deploy(TEMPLATE)
    assert (two.id, "us-east-1", "NON_COMPLIANT") in shown(one, outputs["AggregatorName"])


def test_a_member_is_refused(members: tuple[Any, Any]) -> None:
    with pytest.raises(AssertionError, match="neither the management account"):
        members[1].deploy(TEMPLATE)
