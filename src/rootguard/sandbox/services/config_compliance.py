"""AWS Config: what the evaluations add up to.

NOT_APPLICABLE is a value of a single result, shown and filtered for by GetComplianceDetails*: "For the
EvaluationResult data type, AWS Config supports only the COMPLIANT, NON_COMPLIANT, and NOT_APPLICABLE values". The
compliance of a rule or resource never is: see `config_rules.results`
(https://docs.aws.amazon.com/config/latest/APIReference/API_EvaluationResult.html, API_Compliance.html).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.results import ComplianceType, Result, capped, compliance, overall
from rootguard.sandbox.config_rules.rules import existing, rules_of, selected
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.paging import Key

type Rows = dict[Key, dict[str, Any]]

_RESULTS_PER_PAGE = 10
_RULES_PER_PAGE = 25


@operation("config:GetComplianceDetailsByConfigRule")
def get_compliance_details_by_config_rule(call: Call) -> dict[str, Any]:
    """Show the results of one rule, 10 to a page unless asked otherwise."""
    rule = existing(Place(call.account_id, call.region), call.parameters["ConfigRuleName"])
    return _results_page(rule.results.values(), call)


@operation("config:GetComplianceDetailsByResource")
def get_compliance_details_by_resource(call: Call) -> dict[str, Any]:
    """Show the results about one resource, by every rule."""
    if call.parameters.get("ResourceEvaluationId"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no proactive evaluation.")
    resource = call.parameters.get("ResourceType"), call.parameters.get("ResourceId")
    if not all(resource):
        raise _invalid("ResourceType and ResourceId must be provided, or a ResourceEvaluationId.")
    return _results_page([result for result in _results(call) if result.resource == resource], call)


def _results(call: Call) -> list[Result]:
    rules = selected(Place(call.account_id, call.region), None)
    return [result for rule in rules for result in list(rule.results.values())]


def _results_page(results: Iterable[Result], call: Call) -> dict[str, Any]:
    wanted = call.parameters.get("ComplianceTypes") or []
    if ComplianceType.INSUFFICIENT_DATA in wanted:
        raise _invalid("INSUFFICIENT_DATA cannot be used as a ComplianceType for filtering results.")
    rows = {result.key: result.describe() for result in list(results) if not wanted or result.compliance in wanted}
    return paged("EvaluationResults", rows, call.parameters, _RESULTS_PER_PAGE)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


@operation("config:DescribeComplianceByConfigRule")
def describe_compliance_by_config_rule(call: Call) -> dict[str, Any]:
    """Tell of each rule whether it is compliant; 25 to a page, which AWS does not document."""
    rules = selected(Place(call.account_id, call.region), call.parameters.get("ConfigRuleNames"))
    rows: Rows = {
        rule.key: {"ConfigRuleName": rule.name, "Compliance": compliance(list(rule.results.values()))} for rule in rules
    }
    return paged("ComplianceByConfigRules", _of_types(rows, call), call.parameters, _RULES_PER_PAGE)


@operation("config:DescribeComplianceByResource")
def describe_compliance_by_resource(call: Call) -> dict[str, Any]:
    """Tell of each resource whether it is compliant with every rule that judged it."""
    kind, resource_id = call.parameters.get("ResourceType"), call.parameters.get("ResourceId")
    if resource_id and not kind:
        raise _invalid("If you specify a resource ID, you must also specify a type for ResourceType.")
    found = sorted(_results(call), key=lambda result: result.resource)
    rows: Rows = {
        resource: {"ResourceType": resource[0], "ResourceId": resource[1], "Compliance": compliance(list(results))}
        for resource, results in groupby(found, key=lambda result: result.resource)
        if resource[0] == (kind or resource[0]) and resource[1] == (resource_id or resource[1])
    }
    return paged("ComplianceByResources", _of_types(rows, call), call.parameters, _RESULTS_PER_PAGE)


def _of_types(rows: Rows, call: Call) -> Rows:
    wanted = call.parameters.get("ComplianceTypes")
    return {key: row for key, row in rows.items() if not wanted or row["Compliance"]["ComplianceType"] in wanted}


@operation("config:GetComplianceSummaryByConfigRule")
def get_compliance_summary_by_config_rule(call: Call) -> dict[str, Any]:
    """Count compliant and noncompliant rules, up to 25 of each."""
    rules = list(rules_of(Place(call.account_id, call.region)).by_name.values())
    types = [overall(result.compliance for result in list(rule.results.values())) for rule in rules]
    return {
        "ComplianceSummary": {
            "CompliantResourceCount": capped(types.count(ComplianceType.COMPLIANT)),
            "NonCompliantResourceCount": capped(types.count(ComplianceType.NON_COMPLIANT)),
            "ComplianceSummaryTimestamp": datetime.now(UTC),
        }
    }
