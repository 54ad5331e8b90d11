"""AWS Config's own findings: one for each resource that a rule judges.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html#integration-config has the
table that this follows. Not said there: that a resource without a type of its own in the finding format is "Other" (as
in a finding about an account that aws-solutions' Automated Security Response on AWS keeps among its tests), and what
becomes of NOT_APPLICABLE, which is NOT_AVAILABLE here as Compliance.Status says of controls (API model). That of a
resource without an earlier result makes no finding: AWS Config does not show it either.
"""

import hashlib
from functools import partial
from typing import Any

from rootguard.sandbox.background import WorkQueue, queue
from rootguard.sandbox.config_rules.compliance_changes import on_compliance_change
from rootguard.sandbox.config_rules.results import ComplianceType, Result
from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL, Rule
from rootguard.sandbox.security_hub.hub import SERVICE, is_on
from rootguard.sandbox.security_hub.intake import take_in
from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.security_hub.timestamps import text
from rootguard.sandbox.state import state

PRODUCT = "product/aws/config"
_STATUSES = {
    ComplianceType.COMPLIANT: "PASSED",
    ComplianceType.NON_COMPLIANT: "FAILED",
    ComplianceType.NOT_APPLICABLE: "NOT_AVAILABLE",
}
_ACCOUNT = "AWS::::Account"
_TYPES = ["Software and Configuration Checks"]
_LONGEST_DESCRIPTION = 1024


@queue
class ConfigDeliveries(WorkQueue):
    """Evaluations on their way from AWS Config to Security Hub; one at a time, so that none overtakes another."""

    def __init__(self) -> None:
        super().__init__("config-findings", 1)


@on_compliance_change
def deliver(rule: Rule, old: Result | None, new: Result) -> None:
    """Send a change to the hub of the rule's account: only what "was performed after Security Hub was enabled"."""
    if not is_on(rule.place) or (old is None and new.compliance is ComplianceType.NOT_APPLICABLE):
        return
    if rule.created_by == CONFORMS_PRINCIPAL and not state(Settings).findings_of_packs:
        return
    state(ConfigDeliveries).submit(partial(_take_in, rule, new))


def _take_in(rule: Rule, result: Result) -> None:
    if is_on(rule.place):
        take_in(rule.place, finding_of(rule, result), of_service=True)


def finding_of(rule: Rule, result: Result) -> dict[str, Any]:
    """The finding that a result becomes."""
    place, status, recorded = rule.place, _STATUSES[result.compliance], text(result.recorded)
    description = f"This finding is created for a resource compliance change for config rule: {rule.name}"
    return {
        "SchemaVersion": "2018-10-08",
        "Id": _finding_id(rule, result),
        "ProductArn": _product(rule),
        "ProductName": "Config",
        "CompanyName": "AWS",
        "GeneratorId": rule.arn,
        "AwsAccountId": place.account_id,
        "Types": _TYPES,
        "CreatedAt": recorded,
        "UpdatedAt": recorded,
        "Severity": {"Label": "MEDIUM"},
        "Title": rule.name,
        "Description": description[:_LONGEST_DESCRIPTION],
        "ProductFields": {
            "aws/config/ConfigRuleArn": rule.arn,
            "aws/config/ConfigRuleName": rule.name,
            "aws/config/ConfigComplianceType": result.compliance.value,
        },
        "Resources": [_resource(rule, result)],
        "Compliance": {"Status": status},
        "Workflow": {"Status": "RESOLVED" if status == "PASSED" else "NEW"},
    }


def _product(rule: Rule) -> str:
    return f"arn:{rule.place.partition}:{SERVICE}:{rule.place.region}::{PRODUCT}"


def _finding_id(rule: Rule, result: Result) -> str:
    resource = "/".join((rule.arn, *result.resource))
    return f"{rule.arn}/finding/{hashlib.sha1(resource.encode(), usedforsecurity=False).hexdigest()}"


def _resource(rule: Rule, result: Result) -> dict[str, str]:
    identifier = f"{_ACCOUNT}:{result.resource_id}" if result.resource_type == _ACCOUNT else result.resource_id
    place = rule.place
    return {"Type": "Other", "Id": identifier, "Partition": place.partition, "Region": place.region}
