"""How much one filter pattern may hold.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, the notes named Quotas.
"""

from collections.abc import Iterator

from rootguard.sandbox.filter_pattern.pattern import (
    And,
    Comparison,
    DelimitedPattern,
    Expression,
    Field,
    FieldCondition,
    FilterPattern,
    InvalidFilterPatternError,
    JsonCondition,
    JsonPattern,
    Or,
    Regex,
    Value,
)

MAX_REGEXES = 2
MAX_WILDCARDS = 3
MAX_WILDCARDS_IN_SELECTOR = 1


def check(pattern: FilterPattern) -> None:
    """Let a pattern pass that keeps to the quotas.

    Raises:
        InvalidFilterPatternError: Too many regular expressions, or too many wildcard selectors.
    """
    if sum(isinstance(value, Regex) for value in _values(pattern)) > MAX_REGEXES:
        raise InvalidFilterPatternError(f"more than {MAX_REGEXES} regular expressions")
    if not isinstance(pattern, JsonPattern):
        return
    wildcards = [condition.subject.wildcards for condition in leaves(pattern.condition)]
    if max(wildcards) > MAX_WILDCARDS_IN_SELECTOR:
        raise InvalidFilterPatternError("more than one wildcard in a selector")
    if sum(wildcards) > MAX_WILDCARDS:
        raise InvalidFilterPatternError(f"more than {MAX_WILDCARDS} wildcard selectors")


def has_regex(pattern: FilterPattern) -> bool:
    """Whether a regular expression is part of the pattern."""
    return any(isinstance(value, Regex) for value in _values(pattern))


def leaves[Leaf: JsonCondition | FieldCondition](expression: Expression[Leaf]) -> Iterator[Leaf]:
    """The single conditions of a compound one."""
    match expression:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from leaves(operand)
        case _:
            yield expression


def _values(pattern: FilterPattern) -> Iterator[Value]:
    match pattern:
        case Regex():
            yield pattern
        case JsonPattern(condition):
            yield from (leaf.value for leaf in leaves(condition) if isinstance(leaf, Comparison))
        case DelimitedPattern(fields):
            for field in fields:
                if isinstance(field, Field) and field.condition is not None:
                    yield from (leaf.value for leaf in leaves(field.condition))
