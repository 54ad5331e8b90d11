"""The rule expression of a composite alarm.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html (AlarmRule): the functions
ALARM, OK and INSUFFICIENT_DATA of an alarm's name or ARN, quoted where it must be, the constants TRUE and FALSE, the
operators AND, OR and NOT, and parentheses. NOT binds closest, then AND, then OR. AT_LEAST counts alarms in a state:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_STATE = "ALARM|OK|INSUFFICIENT_DATA"
_NAME = r"""(?:"(?:[^"\\]|\\.)*"|[^\s"(),]+)"""
_TOKEN = re.compile(
    rf"""\s*(?:(?P<state>{_STATE})\s*\(\s*(?P<alarm>{_NAME})\s*\)"""
    rf"""|AT_LEAST\s*\(\s*(?P<least>\d{{1,9}})(?P<percent>%)?\s*,\s*(?P<negated>NOT\s+)?(?P<counted>{_STATE})\s*,"""
    rf"""\s*\(\s*(?P<alarms>{_NAME}(?:\s*,\s*{_NAME})*)\s*\)\s*\)"""
    r"""|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))"""
)


class AlarmRuleError(ValueError):
    """The expression is not one that the documented grammar allows."""


@dataclass(frozen=True, slots=True)
class State:
    """`ALARM(name)` and its like."""

    state: str
    alarm: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`AT_LEAST(2, ALARM, (a, b, c))`; `percent` of the alarms instead of a number, `negated` for NOT in that state."""

    least: int
    percent: bool
    negated: bool
    state: str
    alarms: tuple[str, ...]

    def enough(self, count: int) -> bool:
        """Whether so many of the alarms are enough."""
        return count * 100 >= self.least * len(self.alarms) if self.percent else count >= self.least


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT operand`."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """`left AND right`."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Or:
    """`left OR right`."""

    left: "Expression"
    right: "Expression"


type Expression = bool | State | AtLeast | Not | And | Or
type _Token = str | State | AtLeast


def parse_alarm_rule(rule: str) -> Expression:
    """The expression of an AlarmRule.

    Raises:
        AlarmRuleError: It does not fit the grammar.
    """
    parser = _Parser(tuple(_tokens(rule)))
    try:
        expression = parser.disjunction()
    except RecursionError:
        raise AlarmRuleError("the alarm rule is nested too deeply to be followed") from None
    if parser.next is not None:
        raise AlarmRuleError(f"unexpected {parser.next!r} in the alarm rule {rule!r}")
    return expression


def holds(expression: Expression, alarmed: Collection[str]) -> bool:
    """Whether an expression is true while the alarms `alarmed` (names and ARNs) are in ALARM and all others OK."""
    match expression:
        case Not(operand):
            return not holds(operand, alarmed)
        case And(left, right):
            return holds(left, alarmed) and holds(right, alarmed)
        case Or(left, right):
            return holds(left, alarmed) or holds(right, alarmed)
        case State(state, alarm):
            return state == ("ALARM" if alarm in alarmed else "OK")
        case AtLeast():
            found = [holds(State(expression.state, alarm), alarmed) for alarm in expression.alarms]
            return expression.enough(found.count(not expression.negated))
        case constant:
            return constant


def _tokens(rule: str) -> Iterator[_Token]:
    position = 0
    while rule[position:].strip():
        found = _TOKEN.match(rule, position)
        if found is None:
            raise AlarmRuleError(f"cannot read the alarm rule at {rule[position:].strip()!r:.60}")
        position = found.end()
        yield _token(found)


def _token(found: re.Match[str]) -> _Token:
    if found["state"]:
        return State(found["state"], _unquoted(found["alarm"]))
    if found["least"]:
        alarms = tuple(map(_unquoted, re.findall(_NAME, found["alarms"])))
        return AtLeast(int(found["least"]), bool(found["percent"]), bool(found["negated"]), found["counted"], alarms)
    return found["word"] or found["bracket"]


def _unquoted(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name


class _Parser:
    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._position = 0

    @property
    def next(self) -> _Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def disjunction(self) -> Expression:
        left = self._conjunction()
        while self._take("OR"):
            left = Or(left, self._conjunction())
        return left

    def _conjunction(self) -> Expression:
        left = self._term()
        while self._take("AND"):
            left = And(left, self._term())
        return left

    def _term(self) -> Expression:
        if self._take("NOT"):
            return Not(self._term())
        if self._take("("):
            inner = self.disjunction()
            if not self._take(")"):
                raise AlarmRuleError("a parenthesis of the alarm rule is not closed")
            return inner
        if self._take("TRUE"):
            return True
        if self._take("FALSE"):
            return False
        found = self.next
        if not isinstance(found, State | AtLeast):
            raise AlarmRuleError(f"an alarm's state is missing before {found!r}")
        self._position += 1
        return found

    def _take(self, word: str) -> bool:
        if self.next != word:
            return False
        self._position += 1
        return True
