"""AWS Config: what a conformance pack's rules found.

https://docs.aws.amazon.com/config/latest/APIReference/API_GetConformancePackComplianceDetails.html and its neighbours.
A pack shows COMPLIANT and NON_COMPLIANT results only; NOT_APPLICABLE is no ConformancePackComplianceType.
"""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.config_rules.packs import Pack, existing_pack
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.results import ComplianceType, Result, overall
from rootguard.sandbox.config_rules.rules import Rule
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError

_RULES_PER_PAGE = 1000
_RESULTS_PER_PAGE = 100
_PACKS_PER_PAGE = 20
_SHOWN = {ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT}


@operation("config:DescribeConformancePackCompliance")
def describe_conformance_pack_compliance(call: Call) -> dict[str, Any]:
    """Tell of each rule of a pack whether it is compliant."""
    pack, filters = _pack(call), call.parameters.get("Filters") or {}
    _check_filter(filters)
    found = {rule.key: (rule.name, _compliance(rule)) for rule in _rules(pack, filters)}
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        key: {"ConfigRuleName": name, "ComplianceType": kind.value, "Controls": []}
        for key, (name, kind) in found.items()
        if kind == filters.get("ComplianceType", kind)
    }
    answer = paged("ConformancePackRuleComplianceList", rows, call.parameters, _RULES_PER_PAGE)
    return {"ConformancePackName": pack.name, **answer}


@operation("config:GetConformancePackComplianceDetails")
def get_conformance_pack_compliance_details(call: Call) -> dict[str, Any]:
    """Show the results of every rule of a pack."""
    pack, filters = _pack(call), call.parameters.get("Filters") or {}
    _check_filter(filters)
    if filters.get("ResourceIds") and not filters.get("ResourceType"):
        message = "ResourceIds are valid only together with a ResourceType."
        raise AwsError("InvalidParameterValueException", message)
    rows = {
        result.key: result.describe()
        for rule in _rules(pack, filters)
        for result in list(rule.results.values())
        if _passes(result, filters)
    }
    answer = paged("ConformancePackRuleEvaluationResults", rows, call.parameters, _RESULTS_PER_PAGE)
    return {"ConformancePackName": pack.name, **answer}


@operation("config:GetConformancePackComplianceSummary")
def get_conformance_pack_compliance_summary(call: Call) -> dict[str, Any]:
    """Tell of whole packs whether they are compliant."""
    place = Place(call.account_id, call.region)
    packs = [existing_pack(place, name) for name in call.parameters["ConformancePackNames"]]
    rows = {
        pack.key: {
            "ConformancePackName": pack.name,
            "ConformancePackComplianceStatus": overall(map(_compliance, pack.rule_objects())).value,
        }
        for pack in packs
    }
    return paged("ConformancePackComplianceSummaryList", rows, call.parameters, _PACKS_PER_PAGE)


def _pack(call: Call) -> Pack:
    return existing_pack(Place(call.account_id, call.region), call.parameters["ConformancePackName"])


def _check_filter(filters: Mapping[str, Any]) -> None:
    if filters.get("ComplianceType") == ComplianceType.INSUFFICIENT_DATA:
        message = "INSUFFICIENT_DATA is not supported as a filter."
        raise AwsError("InvalidParameterValueException", message)


def _rules(pack: Pack, filters: Mapping[str, Any]) -> list[Rule]:
    rules = {rule.name: rule for rule in pack.rule_objects()}
    names = filters.get("ConfigRuleNames") or list(rules)
    for name in names:
        if name not in rules:
            message = f"The rule {name} is not in the conformance pack {pack.name}."
            raise AwsError("NoSuchConfigRuleInConformancePackException", message)
    return [rules[name] for name in names]


def _compliance(rule: Rule) -> ComplianceType:
    return overall(result.compliance for result in list(rule.results.values()))


def _passes(result: Result, filters: Mapping[str, Any]) -> bool:
    return (
        result.compliance in _SHOWN
        and result.compliance == filters.get("ComplianceType", result.compliance)
        and result.resource_type == filters.get("ResourceType", result.resource_type)
        and (not filters.get("ResourceIds") or result.resource_id in filters["ResourceIds"])
    )
