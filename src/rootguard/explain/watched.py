"""What was watched while a decision was made."""

import ast
from dataclasses import dataclass, field
from types import CodeType

from rootguard.explain.conditions import Condition
from rootguard.explain.glimpse import Glimpse


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition that was evaluated.

    Attributes:
        held: Whether it held; of a choice, whether the operand before the chosen one did.
        chosen: Of a choice, the operand that became the value; else None.
        values: What it looked at, by the expression.
    """

    condition: Condition
    held: bool
    chosen: ast.expr | None
    values: tuple[tuple[str, Glimpse], ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """A return: the expression, "" for none, and the value."""

    line: int
    expression: str
    value: Glimpse


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that left the function."""

    line: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to AWS, by its number."""

    number: int


@dataclass(slots=True)
class Ran:
    """A function that ran.

    Attributes:
        code: None for what is above all others.
        steps: What happened in it, in the order of time; a function that ran below it stands where it ended.
        returned: What functions below it returned since the last condition, by their names.
    """

    code: CodeType | None
    steps: "list[Step]" = field(default_factory=list)
    returned: dict[str, object] = field(default_factory=dict)


type Step = Checked | Returned | Raised | Asked | Ran
