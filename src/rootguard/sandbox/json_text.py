"""JSON whose numbers keep the digits they were written with.

Both pattern languages of AWS sometimes compare a number by its spelling: `300`, `300.0` and `3.0e2` are three values to
EventBridge (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html), and CloudWatch Logs
compares a number with a quoted string as text. Python's own floats would lose the spelling.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")  # Decimal takes more: 1_000, NaN
MAX_DEPTH = 500
"""Levels of nesting that are read: less than Python's stack bears, more than anybody writes."""

type Json = str | bool | Number | list[Json] | dict[str, Json] | None


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text."""

    text: str

    @property
    def value(self) -> Decimal | None:
        """What it amounts to; None where the exponent is beyond reckoning."""
        return decimal(self.text)


def decimal(text: str) -> Decimal | None:
    """The number that `text` spells, None when it spells none or one beyond reckoning."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read(text: str) -> Json:
    """Parse JSON (RFC 8259). Of a repeated key the last one counts.

    Raises:
        ValueError: Not JSON, or nested deeper than 500 levels.
    """
    try:
        document: Json = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(document) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return document


def _depth(document: Json) -> int:
    level, depth = [document], 0
    while level := [child for node in level for child in _children(node)]:
        depth += 1
    return depth


def _children(node: Json) -> list[Json]:
    match node:
        case dict():
            return list(node.values())
        case list():
            return node
    return []


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")
