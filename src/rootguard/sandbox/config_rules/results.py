"""Evaluation results and what follows from them.

Compliance of a rule or a resource (botocore config/2014-11-12, Compliance): NON_COMPLIANT if any result is, else
COMPLIANT if any is, else INSUFFICIENT_DATA, also when all results are NOT_APPLICABLE ("AWS Config does not support the
NOT_APPLICABLE value for the Compliance data type").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from rootguard.sandbox.paging import Key

RULE_CAP = 25
"""The most rules or resources that a contributor count tells ("up to a maximum of 25 for each")."""


class ComplianceType(StrEnum):
    """AWS Config's compliance values."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Result:
    """One resource judged by one rule. Times are aware, UTC."""

    rule_name: str
    resource_type: str
    resource_id: str
    compliance: ComplianceType
    annotation: str | None
    ordering: datetime
    invoked: datetime
    recorded: datetime

    @property
    def resource(self) -> tuple[str, str]:
        """Type and id."""
        return self.resource_type, self.resource_id

    @property
    def key(self) -> Key:
        """What sorts results."""
        return self.rule_name, self.resource_type, self.resource_id

    def describe(self) -> dict[str, Any]:
        """The result as EvaluationResult and ConformancePackEvaluationResult show it.

        ResultToken is left out: AWS's own examples of these answers have none
        (https://docs.aws.amazon.com/cli/latest/reference/configservice/get-compliance-details-by-config-rule.html).
        """
        shown: dict[str, Any] = {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {
                    "ConfigRuleName": self.rule_name,
                    "ResourceType": self.resource_type,
                    "ResourceId": self.resource_id,
                    "EvaluationMode": "DETECTIVE",
                },
                "OrderingTimestamp": self.ordering,
            },
            "ComplianceType": self.compliance.value,
            "ResultRecordedTime": self.recorded,
            "ConfigRuleInvokedTime": self.invoked,
        }
        if self.annotation is not None:
            shown["Annotation"] = self.annotation
        return shown


def overall(types: Iterable[ComplianceType]) -> ComplianceType:
    """The compliance of a whole from that of its parts.

    The same rule makes a pack from its rules: one that has compliant rules besides some without data "shows compliant"
    (https://docs.aws.amazon.com/config/latest/APIReference/API_AggregateComplianceByConformancePack.html).
    """
    found = set(types)
    if ComplianceType.NON_COMPLIANT in found:
        return ComplianceType.NON_COMPLIANT
    if ComplianceType.COMPLIANT in found:
        return ComplianceType.COMPLIANT
    return ComplianceType.INSUFFICIENT_DATA


def compliance(results: Iterable[Result]) -> dict[str, Any]:
    """The Compliance structure of what `results` contribute to."""
    types = [result.compliance for result in results]
    whole = overall(types)
    if whole is not ComplianceType.NON_COMPLIANT:
        return {"ComplianceType": whole.value}
    return {
        "ComplianceType": whole.value,
        "ComplianceContributorCount": capped(types.count(ComplianceType.NON_COMPLIANT)),
    }


def capped(count: int) -> dict[str, Any]:
    """A ComplianceContributorCount."""
    return {"CappedCount": min(count, RULE_CAP), "CapExceeded": count > RULE_CAP}
