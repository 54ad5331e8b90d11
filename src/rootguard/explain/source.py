"""Where a module decides: the conditions, match cases and returns of its source, by their position."""

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rootguard.errors import RootguardError
from rootguard.explain.conditions import (
    Condition,
    Part,
    asked_for_none,
    branching,
    by_part,
    cases_of,
    conditions_of,
    elements_of,
    text_of,
)

type Position = tuple[int, int, int, int]
"""First line, last line, first column, end column, as `code.co_positions` gives them."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file's source says about its decisions.

    Attributes:
        parts: By position, in the order in which they branch; the operands of a choice stand at that of the whole.
        asked_for_none: The parts `x is None` and `x is not None`, by the positions of `x` and of what is made if so.
        matches: The subjects of match statements, by their line.
        cases: By the line on which a case's body begins.
        returns: Expressions that are returned, by the position of their statement; "" for a bare return.
        constants: All texts that stand in it.
    """

    parts: Mapping[Position, tuple[Part, ...]]
    asked_for_none: Mapping[Position, tuple[Part, ...]]
    matches: Mapping[int, ast.expr]
    cases: Mapping[int, Condition]
    returns: Mapping[Position, str]
    constants: frozenset[str]

    def returned_at(self, position: Position) -> str:
        """The expression of the return statement around a position; "" for none."""
        line, _, column, _ = position
        for (first, last, left, right), expression in self.returns.items():
            if (first, left) <= (line, column) and (line, column) < (last, right):
                return expression
        return ""


@functools.cache
def source_of(file: str) -> Source:
    """The decisions of a Python file.

    Raises:
        RootguardError: The source is not there.
    """
    try:
        text = Path(file).read_text("utf-8")
    except OSError as error:
        raise RootguardError(f"to explain a verdict takes its source, but {file} cannot be read") from error
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    conditions = by_part(conditions_of(tree, text))
    elements = {test: element for node in nodes for test, element in elements_of(node)}
    for_none = [(_span(left, left), node) for node in conditions for left in asked_for_none(node)]
    made = [(_span(*elements[node]), node) for _, node in for_none if node in elements]
    matches = [node for node in nodes if isinstance(node, ast.Match)]
    return Source(
        parts=_by_position(
            (_span(place, place), part) for node, found in conditions.items() for place, part in branching(node, found)
        ),
        asked_for_none=_by_position((place, Part(node, conditions[node])) for place, node in (*for_none, *made)),
        matches={node.lineno: node.subject for node in matches},
        cases={line: case for node in matches for line, case in cases_of(node, text)},
        returns={_span(node, node): _returned(node, text) for node in nodes if isinstance(node, ast.Return)},
        constants=frozenset(
            node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ),
    )


def _returned(node: ast.Return, text: str) -> str:
    return text_of(node.value, text) if node.value else "None"


def _by_position(placed: Iterable[tuple[Position, Part]]) -> Mapping[Position, tuple[Part, ...]]:
    found = dict[Position, tuple[Part, ...]]()
    for position, part in placed:
        found[position] = (*found.get(position, ()), part)
    return found


def _span(first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> Position:
    """From the beginning of a node to the end of the same or another one."""
    return first.lineno, last.end_lineno or last.lineno, first.col_offset, last.end_col_offset or last.col_offset
