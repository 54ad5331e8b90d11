"""The steps of a decision, a line each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from rootguard.explain.explanation import Call, Condition, Failure, Function, Return, Step
from rootguard.kit.verdict import shortened
from rootguard.printable import printable

_INDENT = 2
_DEEPEST = 24
"""Columns that steps are moved to the right at most, so that a screen of 80 holds them."""
_SOURCE_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Line:
    """A line: how far it is to the right, its mark, what it says."""

    indent: int
    mark: Text
    said: Text


def lines(steps: Sequence[Step], actions: Mapping[int, str], depth: int = 0) -> Iterator[Line]:
    """A line for each step, those within a function further to the right.

    Args:
        steps: What happened.
        actions: Of the requests to AWS, by their numbers.
        depth: How many functions are above.
    """
    for step in steps:
        indent = min(depth * _INDENT, _DEEPEST)
        match step:
            case Function():
                yield Line(indent, Text("▸", "blue"), _function(step))
                yield from lines(step.steps, actions, depth + 1)
            case Condition():
                yield Line(indent, _held(step), _condition(step))
            case Call(number):
                yield Line(indent, Text("→", "cyan"), Text(f"({number}) {actions[number]}", "cyan"))
            case Return():
                yield Line(indent, Text("=", "bold"), _return(step))
            case Failure():
                said = "passes the error on" if step.passed_on else printable(step.error)
                yield Line(indent, Text("!", "bold yellow"), Text(said, "yellow"))


def _function(step: Function) -> Text:
    said = Text.assemble((step.name, "bold blue"), (f"  {step.file}:{step.line}", "dim"))
    if step.as_before:
        said.append("  just as above", "dim")
    if step.times > 1:
        said.append(f"  {step.times} times in a row the same way; the first:", "dim")
    return said


def _held(step: Condition) -> Text:
    if step.chosen:
        return Text("so ", "magenta")
    if step.times > 1:
        return Text(f"{step.times_held} of {step.times}", "green" if step.times_held else "red")
    return Text("yes", "green") if step.held else Text("no ", "red")


def _condition(step: Condition) -> Text:
    said = Text(shortened(step.source, _SOURCE_LENGTH))
    if step.chosen:
        said.append(f"  takes {shortened(step.chosen, _SOURCE_LENGTH)}", "magenta")
    values = [each for each in step.values if not _goes_without_saying(step, each.name)]
    if values:
        said.append(f"  [{'; '.join(f'{each.name} = {printable(each.value)}' for each in values)}]", "dim")
    return said


def _goes_without_saying(step: Condition, name: str) -> bool:
    """Whether the answer is the value: a flag by itself."""
    return step.times == 1 and name == step.source and not step.chosen


def _return(step: Return) -> Text:
    if not step.source:
        return Text("ends")
    said = Text(f"return {shortened(step.source, _SOURCE_LENGTH)}")
    if not step.passed_on and step.value != step.source:
        said.append(f"  {printable(step.value)}", "dim")
    return said
