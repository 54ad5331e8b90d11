"""From the text of an event pattern to what it asks for.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html and -operators.html. Reasons are worded
as EventBridge words them where people have quoted it ("Empty objects are not allowed", '"slug" must be an object or an
array', "Unrecognized match type"); EventBridge adds the position in the text, which this module does not know.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_network
from math import prod

from rootguard.sandbox.event_pattern.matchers import (
    EXACT_LIMIT,
    AnythingBut,
    Bound,
    Cidr,
    Equals,
    EqualsIgnoreCase,
    Exists,
    Leaf,
    Matcher,
    Numeric,
    Prefix,
    Suffix,
    Wildcard,
)
from rootguard.sandbox.json_text import Json, Number, read

MAX_COMBINATIONS = 1000
_WILDCARD_TOKEN = re.compile(r"\\(?P<escaped>[*\\])|(?P<star>\*)|(?P<plain>[^*\\]+)")


class InvalidEventPatternError(ValueError):
    """A pattern that EventBridge refuses; the text is its reason."""


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """What one field may be; `path` is its dotted name, which is how EventBridge knows it."""

    path: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`$or`: at least one of the alternatives, each of which is a list of goals that all have to be met."""

    alternatives: tuple[tuple["FieldPattern | AnyOf", ...], ...]


type Goal = FieldPattern | AnyOf


def parse(text: str) -> tuple[Goal, ...]:
    """Understand an event pattern: the goals that an event has to meet, all of them.

    Raises:
        InvalidEventPatternError: EventBridge would refuse it.
    """
    try:
        pattern = read(text)
    except ValueError:
        raise InvalidEventPatternError("Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise InvalidEventPatternError("Filter is not an object")
    goals = tuple(_goals(pattern, ""))
    if prod(_or_sizes(goals)) > MAX_COMBINATIONS:
        raise InvalidEventPatternError("Rule is too complex - try using fewer OR conditions")
    return goals


def _goals(pattern: dict[str, Json], prefix: str) -> Iterator[Goal]:
    if not pattern:
        raise InvalidEventPatternError("Empty objects are not allowed")
    for name, value in pattern.items():
        if name == "$or" and (alternatives := _alternatives(value)):
            yield AnyOf(tuple(tuple(_goals(each, prefix)) for each in alternatives))
        elif isinstance(value, dict):
            yield from _goals(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield _field(prefix + name, value)
        else:
            raise InvalidEventPatternError(f'"{name}" must be an object or an array')


def _alternatives(value: Json) -> list[dict[str, Json]] | None:
    """The alternatives of an `$or`, None where it is a field of that name (event-ruler's README, "$or" primitive)."""
    if not isinstance(value, list):
        return None
    objects = [each for each in value if isinstance(each, dict) and not each.keys() & _MATCH_TYPES.keys()]
    return objects if len(objects) == len(value) > 1 else None


def _field(path: str, values: list[Json]) -> FieldPattern:
    if not values:
        raise InvalidEventPatternError("Empty arrays are not allowed")
    return FieldPattern(path, tuple(map(_matcher, values)))


def _or_sizes(goals: tuple[Goal, ...]) -> Iterator[int]:
    for goal in goals:
        if isinstance(goal, AnyOf):
            yield len(goal.alternatives)
            for alternative in goal.alternatives:
                yield from _or_sizes(alternative)


def _matcher(value: Json) -> Matcher:
    match value:
        case dict():
            name, argument = _single(value)
            if name not in _MATCH_TYPES:
                raise InvalidEventPatternError(f"Unrecognized match type {name}")
            return _MATCH_TYPES[name](argument)
        case list():
            raise InvalidEventPatternError("Match value must be String, number, true, false, or null")
    return Equals(value)


def _single(expression: dict[str, Json]) -> tuple[str, Json]:
    if len(expression) != 1:
        raise InvalidEventPatternError("Only one key allowed in match expression")
    return next(iter(expression.items()))


def _text(argument: Json, match_type: str) -> str:
    if not isinstance(argument, str):
        raise InvalidEventPatternError(f"{match_type} match pattern must be a string")
    return argument


def _ignoring_case(argument: Json, match_type: str) -> tuple[str, bool]:
    if not isinstance(argument, dict):
        return _text(argument, match_type), False
    name, text = _single(argument)
    if name != "equals-ignore-case":
        raise InvalidEventPatternError(f"Unsupported anything-but pattern: {name}")
    return _text(text, match_type), True


def _wildcard(argument: Json) -> Wildcard:
    parts, position, text = [""], 0, _text(argument, "wildcard")
    while position < len(text):
        token = _WILDCARD_TOKEN.match(text, position)
        if token is None:
            raise InvalidEventPatternError(f"Invalid escape character at pos {position}")
        if token["star"] is None:
            parts[-1] += token["escaped"] or token["plain"]
        elif len(parts) > 1 and not parts[-1]:
            raise InvalidEventPatternError(f"Consecutive wildcard characters at pos {position - 1}")
        else:
            parts.append("")
        position = token.end()
    return Wildcard(tuple(parts))


def _exists(argument: Json) -> Exists:
    if not isinstance(argument, bool):
        raise InvalidEventPatternError("exists match pattern must be either true or false.")
    return Exists(argument)


def _cidr(argument: Json) -> Cidr:
    text = _text(argument, "cidr")
    if "/" not in text:
        raise InvalidEventPatternError("Malformed CIDR, one '/' required")
    try:
        return Cidr(ip_network(text, strict=False))
    except ValueError:
        raise InvalidEventPatternError(f"Malformed CIDR, {text} is no network") from None


def _numeric(argument: Json) -> Numeric:
    if not isinstance(argument, list):
        raise InvalidEventPatternError("Value of numeric must be an array.")
    match argument:
        case ["=", value]:
            return Numeric(Bound(_number(value), inclusive=True), Bound(_number(value), inclusive=True))
        case [">" | ">=" as above, value]:
            return Numeric(Bound(_number(value), inclusive=above == ">="), None)
        case ["<" | "<=" as below, value]:
            return Numeric(None, Bound(_number(value), inclusive=below == "<="))
        case [">" | ">=" as above, least, "<" | "<=" as below, most]:
            if _number(least) >= _number(most):
                raise InvalidEventPatternError("Bottom must be less than top")
            return Numeric(Bound(_number(least), above == ">="), Bound(_number(most), below == "<="))
    raise InvalidEventPatternError("Invalid numeric range: an operator and a number, or a lower and an upper bound")


def _number(value: Json) -> Decimal:
    number = value.value if isinstance(value, Number) else None
    if number is None or abs(number) > EXACT_LIMIT:
        raise InvalidEventPatternError(f"Value must be a number between {-EXACT_LIMIT} and {EXACT_LIMIT}, inclusive")
    return number


def _anything_but(argument: Json) -> AnythingBut:
    if isinstance(argument, dict):
        name, inner = _single(argument)
        if name not in _NEGATABLE:
            raise InvalidEventPatternError(f"Unsupported anything-but pattern: {name}")
        texts = inner if isinstance(inner, list) else [inner]
        matchers = tuple(_NEGATABLE[name](text) for text in texts)
    else:
        matchers = tuple(map(Equals, _alike(argument if isinstance(argument, list) else [argument])))
    if not matchers:
        raise InvalidEventPatternError("Empty arrays are not allowed")
    return AnythingBut(matchers)


def _alike(values: list[Json]) -> Iterator[Leaf]:
    kinds = {type(value) for value in values}
    if len(kinds) > 1 or not kinds <= {str, Number}:
        raise InvalidEventPatternError("Inside anything but list, either all values are number or string")
    yield from (value for value in values if isinstance(value, str | Number))


_NEGATABLE: dict[str, Callable[[Json], Matcher]] = {
    "prefix": lambda argument: Prefix(_text(argument, "prefix")),
    "suffix": lambda argument: Suffix(_text(argument, "suffix")),
    "equals-ignore-case": lambda argument: EqualsIgnoreCase(_text(argument, "equals-ignore-case")),
    "wildcard": _wildcard,
}
_MATCH_TYPES: dict[str, Callable[[Json], Matcher]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _NEGATABLE["equals-ignore-case"],
    "exists": _exists,
    "numeric": _numeric,
    "prefix": lambda argument: Prefix(*_ignoring_case(argument, "prefix")),
    "suffix": lambda argument: Suffix(*_ignoring_case(argument, "suffix")),
    "wildcard": _wildcard,
}
