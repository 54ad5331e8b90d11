"""The conditions in a module's source, and the parts on whose truth the bytecode branches."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What depends on a condition."""

    IF = "if"
    """A branch, of a statement or an expression."""
    EACH = "each"
    """Whether an item of a comprehension is taken."""
    CHOICE = "choice"
    """Which operand of `and` and `or` is the value of an expression."""
    CASE = "case"
    """A case of a match statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition in the source.

    Attributes:
        node: What is tested; of a case its pattern's match statement is the subject.
        text: Its source in one line.
        line: Where it stands.
        operands: The source of a choice's operands.
    """

    node: ast.expr
    kind: Kind
    text: str
    line: int
    operands: Mapping[ast.expr, str] = field(default_factory=dict)

    def operand(self, node: ast.expr) -> str:
        """The source of an operand of a choice."""
        return self.operands[node]

    def settled(self, known: Mapping[ast.expr, bool]) -> bool | None:
        """Whether it holds, given what is known of its parts; None while that is open."""
        return _settled(self.node, known)

    def parts(self) -> Iterator[ast.expr]:
        """What is evaluated one after the other and may settle it."""
        if self.kind is Kind.CHOICE and isinstance(self.node, ast.BoolOp):
            return iter(self.node.values)
        return _parts(self.node)


@dataclass(frozen=True, slots=True)
class Part:
    """An expression on whose truth the bytecode branches.

    Attributes:
        node: The expression.
        conditions: What it is a part of; two where a choice within a condition has one of its own.
        last: Whether the branch settles the expression: a chain of comparisons (`0 < x < 9`) branches after each.
    """

    node: ast.expr
    conditions: tuple[Condition, ...]
    last: bool = True


def conditions_of(tree: ast.Module, text: str) -> Iterator[Condition]:
    """Every condition of a module but for the cases of its match statements."""
    within = set[ast.AST]()
    for node in ast.walk(tree):
        for kind, test, said in _tests(node, text):
            within |= set(_operators(test))
            yield Condition(test, kind, said, test.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and node not in within:
            operands = {value: text_of(value, text) for value in node.values}
            yield Condition(node, Kind.CHOICE, text_of(node, text), node.lineno, operands)


def _tests(node: ast.AST, text: str) -> Iterator[tuple[Kind, ast.expr, str]]:
    match node:
        case ast.If() | ast.IfExp() | ast.While() | ast.Assert():
            yield Kind.IF, node.test, text_of(node.test, text)
        case ast.comprehension():
            loop = f"for {text_of(node.target, text)} in {text_of(node.iter, text)}"
            yield from ((Kind.EACH, test, f"{loop} if {text_of(test, text)}") for test in node.ifs)
        case ast.match_case(guard=ast.expr() as guard):
            yield Kind.IF, guard, text_of(guard, text)


def _operators(test: ast.expr) -> Iterator[ast.expr]:
    """The expressions that the compiler takes apart, because all that matters is whether they hold."""
    match test:
        case ast.BoolOp():
            yield test
            yield from (inner for value in test.values for inner in _operators(value))
        case ast.UnaryOp(op=ast.Not()):
            yield from _operators(test.operand)
        case ast.IfExp():
            yield from (inner for value in (test.test, test.body, test.orelse) for inner in _operators(value))


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    match test:
        case ast.BoolOp():
            yield from (part for value in test.values for part in _parts(value))
        case ast.UnaryOp(op=ast.Not()):
            yield from _parts(test.operand)
        case ast.IfExp():
            yield from (part for value in (test.test, test.body, test.orelse) for part in _parts(value))
        case _:
            yield test


def _settled(test: ast.expr, known: Mapping[ast.expr, bool]) -> bool | None:
    match test:
        case ast.BoolOp():
            found = [_settled(value, known) for value in test.values]
            decisive = isinstance(test.op, ast.Or)
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        case ast.UnaryOp(op=ast.Not()):
            inner = _settled(test.operand, known)
            return None if inner is None else not inner
        case ast.IfExp():
            chosen = _settled(test.test, known)
            return None if chosen is None else _settled(test.body if chosen else test.orelse, known)
        case _:
            return known.get(test)


def cases_of(node: ast.Match, text: str) -> Iterator[tuple[int, Condition]]:
    """The cases of a match statement, by the line on which their body begins; those on one line are left out."""
    subject = text_of(node.subject, text)
    for case in node.cases:
        guard = f" if {text_of(case.guard, text)}" if case.guard else ""
        if case.body[0].lineno == case.pattern.end_lineno:
            continue
        said = f"{subject} is case {ast.unparse(case.pattern)}{guard}"
        yield case.body[0].lineno, Condition(node.subject, Kind.CASE, said, case.pattern.lineno)


def by_part(conditions: Iterable[Condition]) -> Mapping[ast.expr, tuple[Condition, ...]]:
    """The conditions by each of their parts."""
    found = dict[ast.expr, tuple[Condition, ...]]()
    for condition in conditions:
        for node in condition.parts():
            found[node] = (*found.get(node, ()), condition)
    return found


def branching(node: ast.expr, conditions: tuple[Condition, ...]) -> Iterator[tuple[ast.expr, Part]]:
    """At whose position the bytecode branches on an expression, once or, on a chain of comparisons, more often."""
    for condition in conditions:
        if condition.operands and node is not list(condition.operands)[-1]:
            yield condition.node, Part(node, (condition,))
    tested = tuple(each for each in conditions if each.kind is not Kind.CHOICE)
    comparisons = len(node.ops) if isinstance(node, ast.Compare) else 1
    if tested:
        yield from ((node, Part(node, tested, last=turn == comparisons)) for turn in range(1, comparisons + 1))


def elements_of(node: ast.AST) -> Iterator[tuple[ast.expr, tuple[ast.expr, ast.expr]]]:
    """Each part of a comprehension's conditions, and the first and the last expression of what is made if it holds."""
    match node:
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            element = node.elt, node.elt
        case ast.DictComp():
            element = node.key, node.value
        case _:
            return
    for generator in node.generators:
        yield from ((part, element) for test in generator.ifs for part in _parts(test))


def asked_for_none(node: ast.expr) -> Iterator[ast.expr]:
    """The expression x of `x is None` and `x is not None`; nothing for another node."""
    match node:
        case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            yield node.left


def text_of(node: ast.expr, text: str) -> str:
    """The source of an expression in one line."""
    return " ".join((ast.get_source_segment(text, node) or ast.unparse(node)).split())
