"""From the text of a filter pattern to what it says.

Grammar and limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Where that
page is silent, this module refuses rather than guesses:

- Keywords are upper case, as the page writes them. `EXISTS` and `IS NOT` "aren't supported", it says.
- A string without quotes has letters, digits, `_`, and, as in the page's own examples, `.` and `*`.
- A selector begins with `$.`; `['name']` follows a dot, array elements follow a property.
- Conditions on a space-delimited field name that field, and have no parentheses.
- A regular expression among terms stands alone.
"""

import re
from collections.abc import Callable

from rootguard.sandbox.filter_pattern.lexer import Kind, Tokens, unquoted
from rootguard.sandbox.filter_pattern.pattern import (
    EQUALITY,
    And,
    Comparison,
    Constant,
    DelimitedPattern,
    Element,
    Ellipsis_,
    Every,
    Expression,
    Field,
    FieldCondition,
    FilterPattern,
    InvalidFilterPatternError,
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
    Value,
)
from rootguard.sandbox.filter_pattern.quotas import check
from rootguard.sandbox.filter_pattern.regex import compiled

MAX_LENGTH = 1024
_MAX_DEPTH = 100

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z0-9_.*]+")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_STEP = re.compile(r"\.\['(?P<bracketed>[^']+)'\]|\.(?P<plain>[^.\[*]+)|\[(?P<index>[0-9]+)\]|\.\*|(?P<all>\[\*\])")
_TERM = re.compile(r'(?P<sign>[?-]?)(?:(?P<word>[A-Za-z0-9_]+)|(?P<string>"(?:[^"\\]|\\.)*"))(?:\s+|$)', re.DOTALL)


def parse(text: str) -> FilterPattern:
    """Understand a filter pattern.

    Args:
        text: At most 1,024 characters; the empty pattern matches everything.

    Raises:
        InvalidFilterPatternError: CloudWatch Logs would refuse it.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidFilterPatternError(f"longer than {MAX_LENGTH} characters")
    pattern = _pattern(text.strip())
    check(pattern)
    return pattern


def _pattern(text: str) -> FilterPattern:
    match text[:1]:
        case "{":
            return _json(_inside(text, "}"))
        case "[":
            return _delimited(_inside(text, "]"))
        case "%":
            return _lone_regex(text)
    return _terms(text)


def _inside(text: str, close: str) -> Tokens:
    if len(text) == 1 or not text.endswith(close):
        raise InvalidFilterPatternError(f"{close!r} is missing at the end")
    return Tokens(text[1:-1])


def _lone_regex(text: str) -> Regex:
    tokens = Tokens(text)
    regex = _regex(tokens.expect(Kind.REGEX))
    tokens.expect(Kind.END)
    return regex


def _terms(text: str) -> Terms:
    signed: dict[str, list[str]] = {"": [], "-": [], "?": []}
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None:
            raise InvalidFilterPatternError(f"invalid character(s) in term {text[position:].split(maxsplit=1)[0]!r}")
        signed[term["sign"]].append(term["word"] or unquoted(term["string"]))
        position = term.end()
    return Terms(tuple(signed[""]), tuple(signed["-"]), tuple(signed["?"]))


def _expression[Leaf](tokens: Tokens, leaf: Callable[[Tokens], Expression[Leaf]]) -> Expression[Leaf]:
    alternatives = [_conjunction(tokens, leaf)]
    while tokens.take(Kind.LOGIC, "||"):
        alternatives.append(_conjunction(tokens, leaf))
    return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives))


def _conjunction[Leaf](tokens: Tokens, leaf: Callable[[Tokens], Expression[Leaf]]) -> Expression[Leaf]:
    conditions = [leaf(tokens)]
    while tokens.take(Kind.LOGIC, "&&"):
        conditions.append(leaf(tokens))
    return conditions[0] if len(conditions) == 1 else And(tuple(conditions))


def _json(tokens: Tokens) -> JsonPattern:
    pattern = JsonPattern(_expression(tokens, _json_operand))
    tokens.expect(Kind.END)
    return pattern


def _json_operand(tokens: Tokens) -> Expression[JsonCondition]:
    if not tokens.take(Kind.MARK, "("):
        return _json_condition(tokens)
    tokens.depth += 1
    if tokens.depth > _MAX_DEPTH:
        raise InvalidFilterPatternError("too many parentheses")
    expression: Expression[JsonCondition] = _expression(tokens, _json_operand)
    tokens.expect(Kind.MARK, ")")
    tokens.depth -= 1
    return expression


def _json_condition(tokens: Tokens) -> JsonCondition:
    selector = _selector(tokens.expect(Kind.SELECTOR))
    if tokens.take(Kind.WORD, "IS"):
        return Is(selector, Constant(tokens.expect(Kind.WORD, *Constant)))
    if tokens.take(Kind.WORD, "NOT"):
        tokens.expect(Kind.WORD, "EXISTS")
        return NotExists(selector)
    return _comparison(selector, tokens)


def _selector(text: str) -> Selector:
    if not text.startswith("$."):
        raise InvalidFilterPatternError(f"{text} does not begin with '$.'")
    return Selector(tuple(_step(match) for match in _STEP.finditer(text, 1)))


def _step(match: re.Match[str]) -> Property | Element | Every:
    match match.lastgroup:
        case "bracketed":
            return Property(match["bracketed"], bracketed=True)
        case "plain":
            return Property(match["plain"])
        case "index":
            return Element(int(match["index"]))
        case "all":
            return Every.ELEMENT
    return Every.FIELD


def _comparison[Subject](subject: Subject, tokens: Tokens) -> Comparison[Subject]:
    operator = Operator(tokens.expect(Kind.OPERATOR))
    value = _value(tokens)
    if operator not in EQUALITY and not isinstance(value, Numeral):
        raise InvalidFilterPatternError(f"{operator} compares numbers only, not {value}")
    return Comparison(subject, operator, value)


def _value(tokens: Tokens) -> Value:
    if string := tokens.take(Kind.STRING):
        return Text(unquoted(string))
    if regex := tokens.take(Kind.REGEX):
        return _regex(regex)
    word = tokens.expect(Kind.WORD)
    if _NUMBER.fullmatch(word):
        return Numeral(word)
    if not _WORD.fullmatch(word):
        raise InvalidFilterPatternError(f"{word!r} has to stand in quotation marks")
    return Text(word)


def _regex(text: str) -> Regex:
    compiled(text[1:-1])
    return Regex(text[1:-1])


def _delimited(tokens: Tokens) -> DelimitedPattern:
    if tokens.take(Kind.END) is not None:
        return DelimitedPattern((Ellipsis_.FIELDS,))
    fields = [_field(tokens)]
    while tokens.take(Kind.MARK, ","):
        fields.append(_field(tokens))
    tokens.expect(Kind.END)
    if fields.count(Ellipsis_.FIELDS) > 1:
        raise InvalidFilterPatternError("more than one ellipsis")
    return DelimitedPattern(tuple(fields))


def _field(tokens: Tokens) -> Field | Ellipsis_:
    if tokens.take(Kind.WORD, Ellipsis_.FIELDS.value):
        return Ellipsis_.FIELDS
    if tokens.next.kind is not Kind.WORD:
        return Field()
    name = tokens.next.text
    if not _NAME.fullmatch(name):
        raise InvalidFilterPatternError(f"{name!r} is no field's name")

    def condition(tokens: Tokens) -> Expression[FieldCondition]:
        return _comparison(tokens.expect(Kind.WORD, name), tokens)

    if tokens.after_next.kind is Kind.OPERATOR:
        return Field(name, _expression(tokens, condition))
    return Field(tokens.expect(Kind.WORD))
