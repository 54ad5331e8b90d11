"""How the rule of a composite alarm is written: `ALARM("a") AND NOT (OK(b) OR TRUE)`.

The grammar is the table "Rule expressions" of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
and the member AlarmRule of cloudwatch:PutCompositeAlarm in the API model, which also sets the limits.
The documentation leaves open how operators bind; NOT before AND before OR is taken, as everywhere. It writes operators
and functions in capitals only, so nothing else is read, but says "false" for FALSE in one place. What counts as an
element is "child alarms, TRUE or FALSE statements, and parentheses"; a pair of parentheses is counted once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rootguard.sandbox.alarm_rule import AlarmRule, AlarmState, AtLeast, Condition, Constant, InState, Operator

MOST_CHILDREN = 100
MOST_ELEMENTS = 500


class AlarmRuleError(ValueError):
    """The text is not an alarm rule; the message is the one that CloudWatch answers."""


@lru_cache(maxsize=1024)
def parse(text: str) -> AlarmRule:
    """Read an alarm rule.

    Raises:
        AlarmRuleError: It is not one, mentions more than 100 alarms or has more than 500 elements.
    """
    if text != text.strip() or not text:
        raise AlarmRuleError("AlarmRule must not contain leading or trailing whitespace or be null")
    parser = _Parser(text)
    rule = AlarmRule(tuple(parser.steps()))
    if len(rule.references) > MOST_CHILDREN:
        raise AlarmRuleError(f"AlarmRule must not reference more than {MOST_CHILDREN} alarms")
    if sum(map(_elements, rule.steps)) + parser.groups > MOST_ELEMENTS:
        raise AlarmRuleError(f"AlarmRule must not have more than {MOST_ELEMENTS} elements")
    return rule


def _elements(step: Condition | Operator) -> int:
    match step:
        case InState() | Constant():
            return 1
        case AtLeast(references=references):
            return len(references)
        case Operator():
            return 0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int
    quoted: bool = False


# Unquoted names "must not contain spaces, round brackets, or commas"; within quotes, \" is a double quote.
_TOKEN = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[(),]|[^\s(),"][^\s(),]*))', re.DOTALL)
_BINDING = {Operator.NOT: 0, Operator.AND: 1, Operator.OR: 2}
_LOOSEST = max(_BINDING.values())
_THRESHOLD = re.compile(r"(?P<number>\d+)(?P<percent>%?)")


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while found := _TOKEN.match(text, position):
        if found["quoted"] is None:
            yield _Token(found["plain"], found.start("plain"))
        else:
            yield _Token(re.sub(r'\\(["\\])', r"\1", found["quoted"]), found.start("quoted"), quoted=True)
        position = found.end()
    if rest := text[position:].lstrip():  # a quotation mark that is never closed
        raise _unsupported(_Token(rest, len(text) - len(rest)))
    yield _Token("", len(text))


class _Parser:
    """Dijkstra's shunting yard: conditions go straight out, operators wait until what binds closer is out."""

    def __init__(self, text: str) -> None:
        self._tokens = tuple(_tokens(text))
        self._at = 0
        self._waiting: list[Operator | None] = []  # None stands for an open parenthesis
        self.groups = 0

    def steps(self) -> Iterator[Condition | Operator]:
        while True:
            self._open()
            yield self._condition()
            yield from self._close()
            if not self._peek().text and not self._peek().quoted:
                break
            operator = self._operator()
            yield from self._released(_BINDING[operator])
            self._waiting.append(operator)
        yield from self._released()
        if self._waiting:
            raise _unsupported(self._peek(), ")")

    def _open(self) -> None:
        while (word := self._word()) in {"(", Operator.NOT}:
            self._at += 1
            self.groups += word == "("
            self._waiting.append(None if word == "(" else Operator.NOT)

    def _close(self) -> Iterator[Operator]:
        while self._word() == ")":
            yield from self._released()
            if not self._waiting:
                raise _unsupported(self._peek())
            self._waiting.pop()
            self._at += 1

    def _released(self, loosest: int = _LOOSEST) -> Iterator[Operator]:
        """The operators waiting since the last open parenthesis, latest first, that bind as close as `loosest`."""
        while self._waiting and (operator := self._waiting[-1]) is not None and _BINDING[operator] <= loosest:
            self._waiting.pop()
            yield operator

    def _operator(self) -> Operator:
        token = self._take()
        if token.quoted or token.text not in {Operator.AND, Operator.OR}:
            raise _unsupported(token)
        return Operator(token.text)

    def _condition(self) -> Condition:
        token = self._take()
        word = "" if token.quoted else token.text
        if word.upper() in {"TRUE", "FALSE"}:
            return Constant(word.upper() == "TRUE")
        if word == "AT_LEAST":
            return self._at_least()
        if word not in tuple(AlarmState):
            raise _unsupported(token)
        self._expect("(")
        reference = self._reference()
        self._expect(")")
        return InState(reference, AlarmState(word))

    def _at_least(self) -> AtLeast:
        self._expect("(")
        number = self._take()
        threshold = _THRESHOLD.fullmatch(number.text)
        if threshold is None or number.quoted:
            raise _unsupported(number)
        self._expect(",")
        negated = self._word() == Operator.NOT
        self._at += negated
        state = self._take()
        if state.quoted or state.text not in tuple(AlarmState):
            raise _unsupported(state)
        self._expect(",")
        references = tuple(self._list())
        self._expect(")")
        return AtLeast(
            int(threshold["number"]), bool(threshold["percent"]), AlarmState(state.text), negated, references
        )

    def _list(self) -> Iterator[str]:
        self._expect("(")
        yield self._reference()
        while self._word() == ",":
            self._at += 1
            yield self._reference()
        self._expect(")")

    def _reference(self) -> str:
        token = self._take()
        if not token.text or (not token.quoted and token.text in "(),"):
            raise _unsupported(token)
        return token.text

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.quoted or token.text != text:
            raise _unsupported(token, text)

    def _peek(self) -> _Token:
        return self._tokens[min(self._at, len(self._tokens) - 1)]

    def _word(self) -> str | None:
        """The next token, unless it is a quoted name."""
        return None if self._peek().quoted else self._peek().text

    def _take(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token


def _unsupported(token: _Token, expected: str | None = None) -> AlarmRuleError:
    """CloudWatch's words, e.g. in https://github.com/aws/aws-cdk/issues/13953; positions count from 0."""
    must = f", must be: '{expected}'" if expected else ""
    return AlarmRuleError(f"Error in AlarmRule [Unsupported token '{token.text}' at char {token.position}{must}]")
