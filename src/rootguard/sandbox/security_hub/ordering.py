"""The order in which findings are listed, and its pages."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rootguard.sandbox.security_hub.filter_fields import is_field, values
from rootguard.sandbox.security_hub.hub import Finding, FindingKey, invalid_input


def sorted_by(findings: Sequence[Finding], criteria: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Findings by the named attributes, the first of them first; without any, by product and identifier.

    An attribute is named as its filter is (`UpdatedAt`, `SeverityLabel`). Findings without it come last.

    Raises:
        AwsError: InvalidInputException for what is no such name.
    """
    ordered = sorted(findings, key=lambda each: each.key)
    for criterion in reversed(criteria):
        name, descending = str(criterion.get("Field")), criterion.get("SortOrder") == "desc"
        if not is_field(name):
            raise invalid_input(f"Invalid SortCriteria in the input: {name} is no field to sort by")
        having = [each for each in ordered if values(each.attributes, name)]
        others = [each for each in ordered if not values(each.attributes, name)]
        having.sort(key=lambda each: _comparable(values(each.attributes, name)[0]), reverse=descending)
        ordered = [*having, *others]
    return ordered


def _comparable(value: Any) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))


def page_of(ordered: Sequence[Finding], size: int, token: str | None) -> tuple[Sequence[Finding], str | None]:
    """The findings after the one that the token names, and the token of the next page, None at the end.

    Raises:
        AwsError: InvalidInputException for a token of nobody, or of a finding that is gone.
    """
    start = 0 if token is None else _position(ordered, token) + 1
    chosen = ordered[start : start + size]
    return chosen, (_token(chosen[-1].key) if start + size < len(ordered) else None)


def _token(key: FindingKey) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _position(ordered: Sequence[Finding], token: str) -> int:
    try:
        key = FindingKey(*json.loads(base64.urlsafe_b64decode(token).decode()))
        return [each.key for each in ordered].index(key)
    except (binascii.Error, TypeError, ValueError):
        raise invalid_input("Invalid parameter 'NextToken'.") from None
