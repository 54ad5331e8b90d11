"""The organization on one page: the compliance of every account's rules as AWS Config's aggregator counts it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rootguard.demo.stacks import deploy_template
from rootguard.sandbox.administrators import Clients

AGGREGATOR_TEMPLATE = "aggregator.yaml"
_STACK = "rootguard-aggregator"
_NAME = "rootguard"


@dataclass(frozen=True, slots=True)
class Totals:
    """What the aggregator counts.

    Attributes:
        compliant: Rules that are compliant, in all accounts together.
        non_compliant: Rules that are not.
    """

    compliant: int
    non_compliant: int


def deploy_aggregator(clients: Clients) -> None:
    """Deploy the aggregator's template.

    Raises:
        RootguardError: It failed.
    """
    deploy_template(clients, AGGREGATOR_TEMPLATE, _STACK, AggregatorName=_NAME)


def read_totals(clients: Clients) -> Totals:
    """Ask the aggregator.

    https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeAggregateComplianceByConfigRules.html
    """
    config: Any = clients.client("config")
    pages = config.get_paginator("describe_aggregate_compliance_by_config_rules")
    counts = Counter(
        found["Compliance"]["ComplianceType"]
        for page in pages.paginate(ConfigurationAggregatorName=_NAME)
        for found in page["AggregateComplianceByConfigRules"]
    )
    return Totals(counts["COMPLIANT"], counts["NON_COMPLIANT"])
