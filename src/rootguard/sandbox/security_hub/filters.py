"""Filters of findings: GetFindings, insights and the criteria of automation rules.

Every field that is named has to match. On one field, the comparisons that look for a value are joined by OR, those that
look for its absence by AND (StringFilter and MapFilter, API model); of several dates or numbers, one has to match.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from rootguard.sandbox.security_hub.filter_fields import values
from rootguard.sandbox.security_hub.timestamps import moment, parse

type Filters = Mapping[str, Sequence[Mapping[str, Any]]]

_STRING: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, wanted: value == wanted,
    "NOT_EQUALS": lambda value, wanted: value != wanted,
    "PREFIX": lambda value, wanted: value.startswith(wanted),
    "PREFIX_NOT_EQUALS": lambda value, wanted: not value.startswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
    "NOT_CONTAINS": lambda value, wanted: wanted not in value,
}
_ABSENCE = frozenset({"NOT_CONTAINS", "NOT_EQUALS", "PREFIX_NOT_EQUALS"})


def matches(finding: Mapping[str, Any], filters: Filters, shape: str = "AwsSecurityFindingFilters") -> bool:
    """Whether a finding passes checked filters.

    Args:
        finding: Its attributes.
        filters: By the names of the API model.
        shape: The model's structure that they belong to.
    """
    return all(_field_matches(finding, name, wanted, kinds(shape)[name]) for name, wanted in filters.items())


@cache
def kinds(shape: str) -> dict[str, str]:
    """Of which kind the filters of one of the model's structures are: `{"Title": "StringFilter"}`."""
    structure: Any = get_service_model("securityhub").shape_for(shape)
    return {name: member.member.name for name, member in structure.members.items()}


def _field_matches(finding: Mapping[str, Any], name: str, wanted: Sequence[Mapping[str, Any]], kind: str) -> bool:
    found = values(finding, name)
    match kind:
        case "StringFilter":
            return _joined(wanted, lambda each: _string(found, each))
        case "MapFilter":
            return _joined(wanted, lambda each: _map(found, each))
        case "DateFilter":
            return any(_date(each, value) for each in wanted for value in found)
        case "NumberFilter":
            return any(_number(each, value) for each in wanted for value in found)
        case "BooleanFilter":
            return any(each.get("Value") in (found or [False]) for each in wanted)
        case _:
            raise ValueError(f"{kind} is no kind of filter")


def _joined(wanted: Sequence[Mapping[str, Any]], holds: Callable[[Mapping[str, Any]], bool]) -> bool:
    present = [each for each in wanted if _comparison(each) not in _ABSENCE]
    absent = [each for each in wanted if _comparison(each) in _ABSENCE]
    return (not present or any(map(holds, present))) and all(map(holds, absent))


def _comparison(wanted: Mapping[str, Any]) -> str:
    return str(wanted["Comparison"])


def _string(found: list[Any], wanted: Mapping[str, Any]) -> bool:
    comparison = _comparison(wanted)
    compare = _STRING[comparison]
    each = (compare(str(value), wanted["Value"]) for value in found)
    return all(each) if comparison in _ABSENCE else any(each)


def _map(found: list[Any], wanted: Mapping[str, Any]) -> bool:
    """Compare the value of one key; a map without the key has none that equals."""
    key = wanted["Key"]
    return _string([each[key] for each in found if key in each], wanted)


def _date(wanted: Mapping[str, Any], value: str) -> bool:
    time = moment(value)
    if days := wanted.get("DateRange"):
        edge = datetime.now(UTC) - timedelta(days=days["Value"])
        return time < edge if days.get("Comparison") == "OLDER_THAN" else time >= edge
    start, end = parse(wanted.get("Start") or ""), parse(wanted.get("End") or "")
    return (start is None or time >= start) and (end is None or time <= end)


def _number(wanted: Mapping[str, Any], value: float) -> bool:
    compares: dict[str, Callable[[float], bool]] = {
        "Eq": lambda limit: value == limit,
        "Gte": lambda limit: value >= limit,
        "Gt": lambda limit: value > limit,
        "Lte": lambda limit: value <= limit,
        "Lt": lambda limit: value < limit,
    }
    return all(compare(wanted[name]) for name, compare in compares.items() if wanted.get(name) is not None)
