"""From what was watched to what is told: the steps that decide, without those that only lead from one to the next."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from rootguard.explain.explanation import Call, Condition, Failure, Function, Return, Step, ValueSeen
from rootguard.explain.glimpse import Discretion
from rootguard.explain.watched import Asked, Checked, Raised, Ran, Returned
from rootguard.explain.watched import Step as Watched

_ALWAYS = frozenset({"evaluate", "gather", "decide"})
"""Functions that are told even if nothing is decided in them."""
_PREPARING = ("kit/readers/", "kit/denial/request_context.py")
"""Where answers and questions are put into form while evidence is gathered.

What is decided there, whether an answer is well-formed, is told only if it is not.
"""
_MOST_ALIKE = 3
"""Runs of a function with the same steps that are told one by one if they follow each other."""


class Narrator:
    """Tells what ran.

    Args:
        discretion: Which texts may be told.
        package: The folder that files are named from.
    """

    def __init__(self, discretion: Discretion, package: Path) -> None:
        self._discretion = discretion
        self._package = package
        self._gathering = False

    def tell(self, trace: Ran) -> list[Step]:
        """All that ran, as far as it counts."""
        return list(_without_repeats(self._steps(trace), set()))

    def _steps(self, ran: Ran) -> list[Step]:
        return _folded(list(_linked(step for watched in _merged(ran.steps) for step in self._told(watched))))

    def _told(self, watched: Sequence[Watched]) -> Iterable[Step]:
        match watched[0]:
            case Checked():
                return [self._condition([each for each in watched if isinstance(each, Checked)])]
            case Asked(number):
                return [Call(number)]
            case Returned(line, expression, value):
                return [Return(expression, line, self._discretion.told(value))]
            case Raised(line, error):
                return [Failure(line, self._discretion.clean(f"{type(error).__name__}: {error}"))]
            case Ran() as ran:
                return self._function(ran)

    def _condition(self, checked: Sequence[Checked]) -> Condition:
        shown = next((each for each in checked if each.held), checked[0])
        return Condition(
            source=shown.condition.text,
            line=shown.condition.line,
            held=shown.held,
            values=[ValueSeen(name, self._discretion.told(value)) for name, value in shown.values],
            chosen=shown.condition.operand(shown.chosen) if shown.chosen else "",
            times=len(checked),
            times_held=sum(each.held for each in checked),
        )

    def _function(self, ran: Ran) -> Iterable[Step]:
        if ran.code is None:
            return self._steps(ran)
        name, file = ran.code.co_qualname, self._file(ran.code.co_filename)
        was_gathering, self._gathering = self._gathering, name == "gather" or (self._gathering and name != "decide")
        steps = self._steps(ran)
        prepares = self._gathering and file.startswith(_PREPARING)
        self._gathering = was_gathering
        counts = (_is_failure if prepares else _decides) if name not in _ALWAYS else _counts_always
        if not any(map(counts, steps)):
            return [step for step in steps if isinstance(step, Call | Function)]
        if prepares:
            steps = [step for step in steps if not isinstance(step, Condition)]
        return [Function(name.replace(".<locals>", ""), file, ran.code.co_firstlineno, steps)]

    def _file(self, file: str) -> str:
        path = Path(file)
        return path.relative_to(self._package).as_posix() if path.is_relative_to(self._package) else path.name


def _counts_always(_: Step) -> bool:
    return True


def _decides(step: Step) -> bool:
    return isinstance(step, Condition) or _is_failure(step)


def _is_failure(step: Step) -> bool:
    return isinstance(step, Failure) and not step.passed_on


def _without_repeats(steps: Iterable[Step], told: set[bytes]) -> Iterator[Step]:
    """The steps; of a function that ran before in just the same way only how it ended.

    Args:
        steps: What to tell.
        told: What was told already; it grows.
    """
    for step in steps:
        if not isinstance(step, Function) or any(isinstance(each, Call) for each in _all_steps(step)):
            yield _with_fewer_repeats(step, told)
            continue
        whole = msgspec.json.encode(step)
        if whole in told:
            yield msgspec.structs.replace(step, steps=list(map(_told_whole, step.steps[-1:])), as_before=True)
        else:
            told.add(whole)
            yield _with_fewer_repeats(step, told)


def _told_whole(step: Step) -> Step:
    return msgspec.structs.replace(step, passed_on=False) if isinstance(step, Return | Failure) else step


def _with_fewer_repeats(step: Step, told: set[bytes]) -> Step:
    if not isinstance(step, Function):
        return step
    return msgspec.structs.replace(step, steps=list(_without_repeats(step.steps, told)))


def _all_steps(function: Function) -> Iterator[Step]:
    for step in function.steps:
        yield step
        if isinstance(step, Function):
            yield from _all_steps(step)


def _merged(steps: Sequence[Watched]) -> Iterator[Sequence[Watched]]:
    """Evaluations of one condition that follow each other, as in a comprehension, belong together."""
    numbered = groupby(enumerate(steps), lambda each: each[1].condition if isinstance(each[1], Checked) else each[0])
    for _, group in numbered:
        yield [step for _, step in group]


def _linked(steps: Iterable[Step]) -> Iterator[Step]:
    """Returns and failures that only pass on what came from the last function below are marked."""
    last: Step | None = None
    for step in steps:
        if isinstance(step, Function):
            last = step.steps[-1] if step.steps else None
        passed_on = (isinstance(step, Return) and isinstance(last, Return) and last.value == step.value) or (
            isinstance(step, Failure) and isinstance(last, Failure) and last.error == step.error
        )
        yield msgspec.structs.replace(step, passed_on=True) if passed_on else step


def _folded(steps: list[Step]) -> list[Step]:
    """A function that ran many times in a row in the same way is told once; calls to AWS are told one by one."""
    found: list[Step] = []
    for _, group in groupby(steps, _shape):
        alike = list(group)
        if isinstance(alike[0], Function) and len(alike) > _MOST_ALIKE:
            alike = [msgspec.structs.replace(alike[0], times=len(alike))]
        found += alike
    return found


def _shape(step: Step) -> object:
    """What two runs of the same way have in common, whatever values they saw."""
    match step:
        case Function():
            return step.name, step.line, tuple(map(_shape, step.steps))
        case Condition():
            return step.line, step.source, step.held, step.chosen
        case Return():
            return step.line, step.source
        case _:
            return id(step)
