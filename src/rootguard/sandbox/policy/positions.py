"""Where the statements of a policy stand in its text, as iam:SimulateCustomPolicy counts lines and columns.

Both count from 1. A statement begins behind what stands before it (the bracket of the list, the statement before, or
its own brace if it is the only one and in no list) and ends behind its closing brace. The examples of
https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html show it: a statement whose brace is
character 37 of the line starts at column 38.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; both numbers from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a statement starts and where it has ended."""

    start: Position
    end: Position


def statement_spans(text: str) -> tuple[Span, ...]:
    """The places of a policy's statements, in their order.

    Args:
        text: A policy that `parse` can read.
    """
    lines = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]

    def position(offset: int) -> Position:
        line = bisect_right(lines, offset)
        return Position(line, offset - lines[line - 1] + 1)

    return tuple(Span(position(start), position(end)) for start, end in _offsets(text))


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    at = _offset_of_statement(text)
    if text[at] == "{":
        yield at + 1, _read(text, at)[1]
        return
    before = at + 1
    at = _skip(text, before)
    while text[at] != "]":
        end = _read(text, at)[1]
        yield before, end
        before, at = end, _next(text, end)


def _offset_of_statement(text: str) -> int:
    """Where the value of `Statement` begins; as for JSON itself, of a repeated key the last one counts."""
    found, at = 0, _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, end = _read(text, at)
        value = _skip(text, _skip(text, end) + 1)
        if key == "Statement":
            found = value
        at = _next(text, _read(text, value)[1])
    return found


def _read(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _skip(text: str, at: int) -> int:
    spaces = _SPACE.match(text, at)
    return spaces.end() if spaces else at


def _next(text: str, at: int) -> int:
    """What follows a value: the next one behind the comma, or the closing bracket."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at
