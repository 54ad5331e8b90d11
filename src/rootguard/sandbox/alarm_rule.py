"""What the rule of a composite alarm says: a value that judges the states of other alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html ("Rule expressions"); the text is
read by `alarm_rule_syntax`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class AlarmState(StrEnum):
    """The states of an alarm (cloudwatch, StateValue)."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Operator(StrEnum):
    """What joins conditions."""

    NOT = "NOT"
    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True)
class InState:
    """`ALARM(reference)` and its like; the reference is a name or an ARN, as it was written."""

    reference: str
    state: AlarmState


@dataclass(frozen=True, slots=True)
class Constant:
    """`TRUE` or `FALSE`."""

    value: bool


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`AT_LEAST(2, NOT OK, (a, b, c))`; the threshold counts alarms, or percent of them."""

    threshold: int
    percent: bool
    state: AlarmState
    negated: bool
    references: tuple[str, ...]


type Condition = InState | Constant | AtLeast
type StateOf = Callable[[str], AlarmState]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A rule in postfix order, so that no nesting is too deep for it."""

    steps: tuple[Condition | Operator, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """The alarms it mentions, each once, in their order."""
        return tuple(dict.fromkeys(name for step in self.steps for name in _references(step)))

    def holds(self, state_of: StateOf) -> bool:
        """Whether the composite alarm goes into ALARM, given the state of each reference."""
        values: list[bool] = []
        for step in self.steps:
            match step:
                case Operator.NOT:
                    values.append(not values.pop())
                case Operator.AND | Operator.OR:
                    right, left = values.pop(), values.pop()
                    values.append((left and right) if step is Operator.AND else (left or right))
                case InState() | Constant() | AtLeast():
                    values.append(_holds(step, state_of))
        return values.pop()


def _references(step: Condition | Operator) -> tuple[str, ...]:
    match step:
        case InState(reference):
            return (reference,)
        case AtLeast(references=references):
            return references
        case _:
            return ()


def _holds(condition: Condition, state_of: StateOf) -> bool:
    match condition:
        case Constant(value):
            return value
        case InState(reference, state):
            return state_of(reference) is state
        case AtLeast(threshold, percent, state, negated, references):
            count = sum((state_of(reference) is state) is not negated for reference in references)
            return count * 100 >= threshold * len(references) if percent else count >= threshold
