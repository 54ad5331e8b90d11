"""Event selectors of a trail: their limits and their defaults (cloudtrail:PutEventSelectors, API model)."""

from typing import Any

from rootguard.sandbox.errors import AwsError

_MOST_SELECTORS = 5
_MOST_DATA_RESOURCES = 250
_MOST_VALUES = 500
_CONDITIONS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")

type Selectors = list[dict[str, Any]]


def checked_selectors(basic: Selectors, advanced: Selectors) -> tuple[Selectors, Selectors]:
    """Selectors of one kind, with their defaults filled in, and none of the other.

    Raises:
        AwsError: InvalidEventSelectorsException.
    """
    if bool(basic) == bool(advanced):
        raise _invalid("Specify either EventSelectors or AdvancedEventSelectors.")
    if advanced:
        _check_advanced(advanced)
        return [], advanced
    _check_basic(basic)
    return [_completed(selector) for selector in basic], []


def _check_basic(selectors: Selectors) -> None:
    if len(selectors) > _MOST_SELECTORS:
        raise _invalid(f"A trail can have up to {_MOST_SELECTORS} event selectors.")
    values = [value for each in selectors for kind in each.get("DataResources", []) for value in kind.get("Values", [])]
    if len(values) > _MOST_DATA_RESOURCES:
        raise _invalid(f"A trail is limited to {_MOST_DATA_RESOURCES} data resources.")


def _check_advanced(selectors: Selectors) -> None:
    """Every selector says which event category it is about, with Equals (AdvancedFieldSelector, member Field)."""
    fields = [field for selector in selectors for field in selector["FieldSelectors"]]
    for selector in selectors:
        if not any(each["Field"] == "eventCategory" and each.get("Equals") for each in selector["FieldSelectors"]):
            raise _invalid("An advanced event selector needs a field selector for eventCategory with Equals.")
    if sum(len(field.get(condition, [])) for field in fields for condition in _CONDITIONS) > _MOST_VALUES:
        raise _invalid(f"Advanced event selectors can have up to {_MOST_VALUES} values for all conditions.")


def _completed(selector: dict[str, Any]) -> dict[str, Any]:
    """By default a selector takes read and write events, management events among them (EventSelector)."""
    return {
        "ReadWriteType": selector.get("ReadWriteType", "All"),
        "IncludeManagementEvents": selector.get("IncludeManagementEvents", True),
        "DataResources": selector.get("DataResources", []),
        "ExcludeManagementEventSources": selector.get("ExcludeManagementEventSources", []),
    }


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidEventSelectorsException", message)
