"""Filters that Security Hub takes, and how it refuses the others.

"Combining filters in this way returns an error" (StringFilter, API model). AWS words refusals by the library ajv, see
https://github.com/aws-samples/aws-security-hub-summary-email/issues/10; of most the words are not public.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rootguard.sandbox.security_hub.filter_fields import check_known
from rootguard.sandbox.security_hub.filters import Filters, kinds
from rootguard.sandbox.security_hub.hub import invalid_input
from rootguard.sandbox.security_hub.timestamps import parse

MOST_VALUES = 20
_MOST_VALUES_IN_RULES = {"AwsAccountId": 100, "GeneratorId": 100, "ResourceId": 100, "Title": 100}
_MOST_FIELDS = 10
FINDING_FILTERS = "AwsSecurityFindingFilters"
RULE_CRITERIA = "AutomationRulesFindingFilters"
_ONLY_IN_RULES = frozenset({"CONTAINS", "NOT_CONTAINS"})
_OPPOSITES = ({"EQUALS", "NOT_EQUALS"}, {"EQUALS", "PREFIX_NOT_EQUALS"})


def check_filters(filters: Filters) -> None:
    """Check the filters of a request for findings or of an insight.

    Raises:
        AwsError: InvalidInputException; SandboxNotImplemented for a filter that the sandbox has not.
    """
    if len(filters) > _MOST_FIELDS:
        raise invalid_input(f"Invalid Filters in the input: data should NOT have more than {_MOST_FIELDS} properties")
    _check(filters, FINDING_FILTERS, "Invalid Filters in the input: ")


def check_criteria(criteria: Filters) -> None:
    """Check the criteria of an automation rule, of which there has to be one.

    Raises:
        AwsError: As `check_filters`.
    """
    if not criteria:
        raise invalid_input("Invalid Criteria in the input: data should NOT have fewer than 1 properties")
    _check(criteria, RULE_CRITERIA, "Invalid Criteria in the input: ")


def _check(filters: Filters, shape: str, prefix: str) -> None:
    for name, wanted in filters.items():
        check_known(name)
        kind = kinds(shape)[name]
        for violation in _violations(f"data.{name}", wanted, kind, _most(shape, name)):
            raise invalid_input(prefix + violation)
        if kind == "MapFilter" and shape == FINDING_FILTERS and _comparisons(wanted) & _ONLY_IN_RULES:
            raise invalid_input(f"{prefix}data.{name}: CONTAINS and NOT_CONTAINS are for automation rules only")


def _most(shape: str, name: str) -> int:
    return _MOST_VALUES_IN_RULES.get(name, MOST_VALUES) if shape == RULE_CRITERIA else MOST_VALUES


def _violations(path: str, wanted: Sequence[Mapping[str, Any]], kind: str, most: int) -> Iterator[str]:
    if not wanted:
        yield f"{path} should NOT have fewer than 1 items"
    if len(wanted) > most:
        yield f"{path} should NOT have more than {most} items"
    if kind in {"StringFilter", "MapFilter"}:
        yield from _mixed(path, _comparisons(wanted))
    for position, each in enumerate(wanted):
        yield from _of_one(f"{path}[{position}]", each, kind)


def _of_one(path: str, wanted: Mapping[str, Any], kind: str) -> Iterator[str]:
    required = {"StringFilter": ("Value", "Comparison"), "MapFilter": ("Key", "Value", "Comparison")}
    for name in required.get(kind, ()):
        if wanted.get(name) is None:
            yield f"{path} should have required property '{name}'"
    if wanted.get("Comparison") == "CONTAINS_WORD":  # "works only in ... V2"
        yield f"{path}.Comparison should be equal to one of the allowed values"
    if kind in {"DateFilter", "NumberFilter"} and not wanted:
        yield f"{path} should NOT have fewer than 1 properties"
    for name in ("Start", "End") if kind == "DateFilter" else ():
        if wanted.get(name) is not None and parse(wanted[name]) is None:
            yield f'{path}.{name} should match format "date-time"'
    if kind == "DateFilter" and (days := wanted.get("DateRange")) is not None:
        yield from (f"{path}.DateRange should have required property '{name}'" for name in _missing(days))


def _missing(days: Mapping[str, Any]) -> list[str]:
    return [name for name in ("Value", "Unit") if days.get(name) is None]


def _comparisons(wanted: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str(each.get("Comparison")) for each in wanted}


def _mixed(path: str, comparisons: set[str]) -> Iterator[str]:
    """What of one field cannot be asked together."""
    for alone in ("CONTAINS", "NOT_CONTAINS"):
        if alone in comparisons and len(comparisons) > 1:
            yield f"{path}: {alone} can only be used with other {alone} filters"
    for pair in _OPPOSITES:
        if pair <= comparisons:
            first, second = sorted(pair)
            yield f"{path}: {first} and {second} filters cannot be used on the same field"
