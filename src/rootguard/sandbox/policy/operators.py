"""Condition operators: what each compares, and what a missing key means to it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from rootguard.sandbox.policy.parsing import MalformedPolicyError, strings
from rootguard.sandbox.policy.patterns import Pattern
from rootguard.sandbox.policy.request import Request

type Comparison = Callable[[Pattern, str], bool]


class Quantifier(StrEnum):
    """Set operators for keys with several values."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a `Condition` block: an operator, a key, and the values of which one must hold."""

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: Quantifier | None = None
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: Comparison
    negated: bool = False
    variables: bool = True


def _number(order: Callable[[Decimal, Decimal], bool]) -> Comparison:
    return lambda pattern, value: order(number(value), number(pattern.text))


def _date(order: Callable[[datetime, datetime], bool]) -> Comparison:
    return lambda pattern, value: order(instant(value), instant(pattern.text))


def _same_truth(pattern: Pattern, value: str) -> bool:
    """`true` in any case is true, any other value that a request brings is false."""
    return pattern.text.lower() == ("true" if value.lower() == "true" else "false")


def _same_bytes(pattern: Pattern, value: str) -> bool:
    return binary(pattern.text) == binary(value)


def number(text: str) -> Decimal:
    """A number with all its digits.

    Raises:
        ValueError: It is none.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not value.is_finite():
        raise ValueError(f"{text!r} is no number")
    return value


def binary(text: str) -> bytes:
    """What a base-64 text stands for.

    Raises:
        ValueError: It is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text!r} is not base-64") from error


_EPOCH = re.compile(r"\d{5,}(\.\d+)?")
_SHORT_DATES = {4: "-01-01", 7: "-01"}  # W3C's year and year-month forms, which `fromisoformat` does not read


def instant(text: str) -> datetime:
    """An ISO 8601 date or UNIX seconds.

    Raises:
        ValueError: It is neither.
    """
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    parsed = datetime.fromisoformat(text + _SHORT_DATES.get(len(text), ""))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _in_network(pattern: Pattern, value: str) -> bool:
    network = ipaddress.ip_network(pattern.text, strict=False)
    address = ipaddress.ip_address(value)
    return address.version == network.version and address in network


_COMPARISONS: dict[str, _Operator] = {
    "StringEquals": _Operator(lambda pattern, value: pattern.text == value),
    "StringEqualsIgnoreCase": _Operator(lambda pattern, value: pattern.text.casefold() == value.casefold()),
    "StringLike": _Operator(lambda pattern, value: pattern.like(value)),
    "ArnEquals": _Operator(lambda pattern, value: pattern.arn_like(value)),
    "ArnLike": _Operator(lambda pattern, value: pattern.arn_like(value)),
    "Bool": _Operator(_same_truth),
    "BinaryEquals": _Operator(_same_bytes, variables=False),
    "IpAddress": _Operator(_in_network, variables=False),
    "NumericEquals": _Operator(_number(lambda given, wanted: given == wanted), variables=False),
    "NumericLessThan": _Operator(_number(lambda given, wanted: given < wanted), variables=False),
    "NumericLessThanEquals": _Operator(_number(lambda given, wanted: given <= wanted), variables=False),
    "NumericGreaterThan": _Operator(_number(lambda given, wanted: given > wanted), variables=False),
    "NumericGreaterThanEquals": _Operator(_number(lambda given, wanted: given >= wanted), variables=False),
    "DateEquals": _Operator(_date(lambda given, wanted: given == wanted), variables=False),
    "DateLessThan": _Operator(_date(lambda given, wanted: given < wanted), variables=False),
    "DateLessThanEquals": _Operator(_date(lambda given, wanted: given <= wanted), variables=False),
    "DateGreaterThan": _Operator(_date(lambda given, wanted: given > wanted), variables=False),
    "DateGreaterThanEquals": _Operator(_date(lambda given, wanted: given >= wanted), variables=False),
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
_OPERATORS = _COMPARISONS | {name: replace(_COMPARISONS[plain], negated=True) for name, plain in _NEGATIONS.items()}
_NULL = "Null"


def parse_condition(operator: str, key: str, values: Any) -> Condition:
    """Read one line of a `Condition` block.

    Raises:
        MalformedPolicyError: There is no such operator.
    """
    quantifier, _, plain = operator.rpartition(":")
    if quantifier and quantifier not in tuple(Quantifier):
        raise MalformedPolicyError(f"no set operator {quantifier!r}")
    name = plain.removesuffix("IfExists")
    if name not in _OPERATORS and plain != _NULL:
        raise MalformedPolicyError(f"no condition operator {operator!r}")
    return Condition(name, key, strings(values), Quantifier(quantifier) if quantifier else None, plain != name)


def holds(condition: Condition, request: Request, *, variables: bool) -> bool:
    """Whether one line of a `Condition` block is true of a request."""
    given = request.values(condition.key)
    if condition.operator == _NULL:
        return any((wanted.lower() == "true") == (not given) for wanted in condition.values)
    operator = _OPERATORS[condition.operator]
    if not given:
        return _without_key(condition, operator)
    if condition.quantifier is None and request.is_list(condition.key):
        return False  # "use set operators for multivalued context keys": without one nothing matches, nor mismatches
    patterns = _patterns(condition, request, variables=variables and operator.variables)
    fits = [_fits(operator, patterns, value) for value in given]
    if condition.quantifier is Quantifier.ALL:
        return all(fit != operator.negated for fit in fits)
    if condition.quantifier is Quantifier.ANY:
        return any(fit != operator.negated for fit in fits)
    return any(fits) != operator.negated


def _without_key(condition: Condition, operator: _Operator) -> bool:
    if condition.if_exists or condition.quantifier is Quantifier.ALL:
        return True
    return operator.negated and condition.quantifier is None


def _patterns(condition: Condition, request: Request, *, variables: bool) -> list[Pattern]:
    """The condition's values; one with a variable that has no value matches nothing and is left out."""
    patterns = []
    for value in condition.values:
        try:
            patterns.append(Pattern(value, request, variables=variables))
        except LookupError:
            continue
    return patterns


def _fits(operator: _Operator, patterns: list[Pattern], value: str) -> bool:
    return any(_compares(operator, pattern, value) for pattern in patterns)


def _compares(operator: _Operator, pattern: Pattern, value: str) -> bool:
    try:
        return operator.compare(pattern, value)
    except ValueError:  # not a number, a date or an address: no match
        return False
