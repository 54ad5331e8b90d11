"""AWS Config: compliance as an aggregator has collected it from the accounts of an organization.

Which values are shown is said in the API model (config): "Does not display rules that do not have compliance results",
single results are COMPLIANT or NON_COMPLIANT, and a pack's TotalRuleCount counts the rules without data too.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rootguard.sandbox.config_rules.aggregation import (
    Aggregator,
    aggregated_packs,
    aggregated_rules,
    existing_aggregator,
)
from rootguard.sandbox.config_rules.packs import Pack
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.results import ComplianceType, Result, capped, compliance, overall
from rootguard.sandbox.config_rules.rules import Rule
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError

type Rows = dict[tuple[str, ...], dict[str, Any]]

_SHOWN = (ComplianceType.COMPLIANT, ComplianceType.NON_COMPLIANT)
_RULES_PER_PAGE = 1000
_RESULTS_PER_PAGE = 50
_PACKS_PER_PAGE = 100
_GROUPS: Mapping[str, Callable[[Place], str]] = {
    "ACCOUNT_ID": lambda place: place.account_id,
    "AWS_REGION": lambda place: place.region,
}


@operation("config:DescribeAggregateComplianceByConfigRules")
def describe_aggregate_compliance_by_config_rules(call: Call) -> dict[str, Any]:
    """Tell of each rule of each account and Region whether it is compliant, if it has results that say so."""
    filters = _filters(call)
    rows: Rows = {
        (rule.place.account_id, rule.place.region, rule.name): {
            "ConfigRuleName": rule.name,
            "Compliance": compliance(list(rule.results.values())),
            "AccountId": rule.place.account_id,
            "AwsRegion": rule.place.region,
        }
        for rule in aggregated_rules(_aggregator(call), filters)
        if _of_rule(rule) in _SHOWN and _of_rule(rule) == filters.get("ComplianceType", _of_rule(rule))
    }
    return paged("AggregateComplianceByConfigRules", rows, call.parameters, _RULES_PER_PAGE)


@operation("config:GetAggregateComplianceDetailsByConfigRule")
def get_aggregate_compliance_details_by_config_rule(call: Call) -> dict[str, Any]:
    """Show the results of one rule of one account and Region; none for a rule that is not there."""
    wanted = call.parameters.get("ComplianceType")
    _check_type(wanted)
    rows: Rows = {
        result.key: _shown(result, rule.place)
        for rule in aggregated_rules(_aggregator(call), call.parameters)
        for result in list(rule.results.values())
        if result.compliance in _SHOWN and result.compliance == (wanted or result.compliance)
    }
    return paged("AggregateEvaluationResults", rows, call.parameters, _RESULTS_PER_PAGE)


def _shown(result: Result, place: Place) -> dict[str, Any]:
    return {**result.describe(), "AccountId": place.account_id, "AwsRegion": place.region}


@operation("config:GetAggregateConfigRuleComplianceSummary")
def get_aggregate_config_rule_compliance_summary(call: Call) -> dict[str, Any]:
    """Count compliant and noncompliant rules, in all or by account or Region."""
    filters = call.parameters.get("Filters") or {}
    found = [(rule.place, _of_rule(rule)) for rule in aggregated_rules(_aggregator(call), filters)]
    rows: Rows = {
        (name,): _group_name(name)
        | {
            "ComplianceSummary": {
                "CompliantResourceCount": capped(types.count(ComplianceType.COMPLIANT)),
                "NonCompliantResourceCount": capped(types.count(ComplianceType.NON_COMPLIANT)),
                "ComplianceSummaryTimestamp": datetime.now(UTC),
            }
        }
        for name, types in _grouped(call, found)
    }
    return _group_key(call) | paged("AggregateComplianceCounts", rows, call.parameters, _RULES_PER_PAGE)


@operation("config:DescribeAggregateComplianceByConformancePacks")
def describe_aggregate_compliance_by_conformance_packs(call: Call) -> dict[str, Any]:
    """Tell of each pack of each account and Region how many of its rules are compliant."""
    filters = call.parameters.get("Filters") or {}
    rows: Rows = {
        (pack.place.account_id, pack.place.region, pack.name): {
            "ConformancePackName": pack.name,
            "Compliance": _of_pack(pack),
            "AccountId": pack.place.account_id,
            "AwsRegion": pack.place.region,
        }
        for pack in aggregated_packs(_aggregator(call), filters)
        if _of_pack(pack)["ComplianceType"] == filters.get("ComplianceType", _of_pack(pack)["ComplianceType"])
    }
    return paged("AggregateComplianceByConformancePacks", rows, call.parameters, _PACKS_PER_PAGE)


@operation("config:GetAggregateConformancePackComplianceSummary")
def get_aggregate_conformance_pack_compliance_summary(call: Call) -> dict[str, Any]:
    """Count compliant and noncompliant packs, in all or by account or Region."""
    filters = call.parameters.get("Filters") or {}
    packs = aggregated_packs(_aggregator(call), filters)
    found = [(pack.place, ComplianceType(_of_pack(pack)["ComplianceType"])) for pack in packs]
    rows: Rows = {
        (name,): _group_name(name)
        | {
            "ComplianceSummary": {
                "CompliantConformancePackCount": types.count(ComplianceType.COMPLIANT),
                "NonCompliantConformancePackCount": types.count(ComplianceType.NON_COMPLIANT),
            }
        }
        for name, types in _grouped(call, found)
    }
    member = "AggregateConformancePackComplianceSummaries"
    return _group_key(call) | paged(member, rows, call.parameters, _PACKS_PER_PAGE)


def _aggregator(call: Call) -> Aggregator:
    return existing_aggregator(Place(call.account_id, call.region), call.parameters["ConfigurationAggregatorName"])


def _filters(call: Call) -> dict[str, Any]:
    filters: dict[str, Any] = call.parameters.get("Filters") or {}
    _check_type(filters.get("ComplianceType"))
    return filters


def _check_type(wanted: str | None) -> None:
    if wanted is not None and wanted not in _SHOWN:
        raise AwsError(
            "ValidationException", f"{wanted} is not supported: aggregates have COMPLIANT and NON_COMPLIANT."
        )


def _of_rule(rule: Rule) -> ComplianceType:
    return overall(result.compliance for result in list(rule.results.values()))


def _of_pack(pack: Pack) -> dict[str, Any]:
    types = [_of_rule(rule) for rule in pack.rule_objects()]
    return {
        "ComplianceType": overall(types).value,
        "CompliantRuleCount": types.count(ComplianceType.COMPLIANT),
        "NonCompliantRuleCount": types.count(ComplianceType.NON_COMPLIANT),
        "TotalRuleCount": len(types),
    }


def _grouped(call: Call, found: Iterable[tuple[Place, ComplianceType]]) -> Iterable[tuple[str, list[ComplianceType]]]:
    """The values of each group by its name; one group without a name where nothing is grouped."""
    group = _GROUPS.get(call.parameters.get("GroupByKey", ""))
    if group is None:
        return [("", [kind for _, kind in found])]
    named = sorted((group(place), kind) for place, kind in found)
    return [(name, [kind for _, kind in values]) for name, values in groupby(named, key=lambda each: each[0])]


def _group_name(name: str) -> dict[str, Any]:
    return {"GroupName": name} if name else {}


def _group_key(call: Call) -> dict[str, Any]:
    return {key: call.parameters[key] for key in ("GroupByKey",) if key in call.parameters}
