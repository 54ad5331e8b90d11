"""Does a log event match a filter pattern, and what does the pattern extract from it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. What the page leaves open,
and what is done here:

- `!=` on a property that is missing: no match, as people found who tried it (github.com/DataBiosphere/azul issue 5884,
  github.com/transcom/mymove pull request 2320). It agrees with what the page says of arrays and objects: "the filter
  pattern won't match the log format", and with an earlier edition of it, by which `{ $.users != 1 }` does not match an
  array. `NOT EXISTS` alone holds for what is missing; a property that is null exists.
- The page's value nodes are "strings or numbers", so `=`, `!=` and `*` do not match true, false and null; `IS` does.
- A number compares with an unquoted number by value, with anything else by its digits; a string compares by its
  characters, and never with `<` or `>` (both as recorded from TestMetricFilter by a public test suite).
- `*` is a wildcard wherever it stands. An earlier edition of the page said that `Ev*ent` matches only itself; the
  present one has no such limit.
- A wildcard selector holds when it does for any element; with NOT EXISTS, when it selects nothing.
- Only a JSON object is a JSON log event: a bare number, string or array matches no JSON pattern.
- A space-delimited event with more fields than the pattern gives its rest to the last one, which is how the page's
  `[w1=ERROR, w2]` matches an event of six words; one with fewer fields does not match.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne

from rootguard.sandbox.filter_pattern.fields import assigned
from rootguard.sandbox.filter_pattern.parsing import parse
from rootguard.sandbox.filter_pattern.pattern import (
    And,
    Comparison,
    Constant,
    DelimitedPattern,
    Element,
    Every,
    Expression,
    Field,
    FieldCondition,
    FilterPattern,
    Is,
    JsonCondition,
    JsonPattern,
    NotExists,
    Numeral,
    Operator,
    Or,
    Property,
    Regex,
    Selector,
    Terms,
    Text,
)
from rootguard.sandbox.filter_pattern.regex import compiled
from rootguard.sandbox.json_text import Json, Number, decimal, read
from rootguard.sandbox.wildcards import fits

_CONSTANTS: dict[Constant, bool | None] = {Constant.NULL: None, Constant.TRUE: True, Constant.FALSE: False}
_COMPARES: dict[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.EQUAL: eq,
    Operator.NOT_EQUAL: ne,
    Operator.LESS: lt,
    Operator.LESS_OR_EQUAL: le,
    Operator.GREATER: gt,
    Operator.GREATER_OR_EQUAL: ge,
}
_NOTHING = Number("")


def matches(pattern: FilterPattern | str, message: str) -> bool:
    """Whether the log event `message` matches.

    Raises:
        InvalidFilterPatternError: `pattern` is text and CloudWatch Logs would refuse it.
    """
    return extracted(pattern, message) is not None


def extracted(pattern: FilterPattern | str, message: str) -> dict[str, str] | None:
    """The fields of the log event `message` by their names, None when it does not match.

    Only a space-delimited pattern extracts any: `$ip` for a field that it names, `$3` for the third where it does not
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html, examples).

    Raises:
        InvalidFilterPatternError: `pattern` is text and CloudWatch Logs would refuse it.
    """
    match parse(pattern) if isinstance(pattern, str) else pattern:
        case DelimitedPattern() as delimited:
            return _delimited_values(delimited, message)
        case JsonPattern(condition):
            found = _json_matches(condition, message)
        case Regex(source):
            found = compiled(source).search(message) is not None
        case Terms() as terms:
            found = _terms_match(terms, message)
    return {} if found else None


def _terms_match(terms: Terms, message: str) -> bool:
    if any(term in message for term in terms.excluded):
        return False
    if terms.optional and not (terms.included or terms.excluded):  # beside other terms, optional ones are ignored
        return any(_term_matches(term, message) for term in terms.optional)
    return all(_term_matches(term, message) for term in terms.included)


def _term_matches(term: str, message: str) -> bool:
    return not term.strip() or term in message  # `" "` matches everything


def _holds[Leaf: JsonCondition | FieldCondition](
    expression: Expression[Leaf], leaf_holds: Callable[[Leaf], bool]
) -> bool:
    match expression:
        case And(operands):
            return all(_holds(each, leaf_holds) for each in operands)
        case Or(operands):
            return any(_holds(each, leaf_holds) for each in operands)
    return leaf_holds(expression)


def _json_matches(condition: Expression[JsonCondition], message: str) -> bool:
    try:
        document = read(message)
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False

    def holds(leaf: JsonCondition) -> bool:
        return _condition_holds(leaf, document)

    return _holds(condition, holds)


def _condition_holds(condition: JsonCondition, document: Json) -> bool:
    nodes = _selected(document, condition.subject)
    match condition:
        case NotExists():
            return next(nodes, _NOTHING) is _NOTHING
        case Is(_, constant):
            return any(node is _CONSTANTS[constant] for node in nodes)
        case Comparison():
            return any(_node_compares(node, condition) for node in nodes)


def _selected(document: Json, selector: Selector) -> Iterator[Json]:
    nodes = iter((document,))
    for step in selector.steps:
        nodes = _stepped(nodes, step)
    return nodes


def _stepped(nodes: Iterator[Json], step: Property | Element | Every) -> Iterator[Json]:
    for node in nodes:
        match step, node:
            case Property(name), dict() if name in node:
                yield node[name]
            case Element(index), list() if index < len(node):
                yield node[index]
            case Every.FIELD, dict():
                yield from node.values()
            case Every.ELEMENT, list():
                yield from node


def _node_compares(node: Json, comparison: Comparison[Selector]) -> bool:
    match node, comparison.value:
        case Number(), Numeral(text):
            return _numbers_compare(node.text, comparison.operator, text)
        case ((Number(text=text) | (str() as text)), value):
            return _text_compares(text, comparison.operator, value)
    return False


def _field_compares(text: str, comparison: Comparison[str]) -> bool:
    if isinstance(comparison.value, Numeral) and decimal(text) is not None:
        return _numbers_compare(text, comparison.operator, comparison.value.text)
    return _text_compares(text, comparison.operator, comparison.value)


def _text_compares(text: str, operator: Operator, value: Text | Numeral | Regex) -> bool:
    match value:
        case Regex(source):
            equal = compiled(source).search(text) is not None
        case Text(wanted):
            equal = fits(wanted.split("*"), text)
        case Numeral(wanted):
            equal = text == wanted
    return {Operator.EQUAL: equal, Operator.NOT_EQUAL: not equal}.get(operator, False)


def _numbers_compare(text: str, operator: Operator, wanted: str) -> bool:
    left, right = decimal(text), decimal(wanted)
    if left is None or right is None:
        return False
    return _COMPARES[operator](left, right)


def _delimited_values(pattern: DelimitedPattern, message: str) -> dict[str, str] | None:
    assignment = assigned(pattern, message)
    if assignment is None or not all(_field_holds(field, text) for field, text in assignment):
        return None
    return {f"${field.name or position}": text for position, (field, text) in enumerate(assignment, start=1)}


def _field_holds(field: Field, text: str) -> bool:
    if field.condition is None:
        return True
    return _holds(field.condition, lambda comparison: _field_compares(text, comparison))
