"""How far an audit is, on standard error: a bar on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from rootguard.audit.results import Compliance, Result

_PAUSE = 10.0
"""Seconds between two lines of a log."""


class Tally:
    """What is known so far.

    Attributes:
        done: Accounts that were looked into.
        at_risk: Those of them with a violation.
        unseen: Those of them with something that could not be seen.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = self.at_risk = self.unseen = 0

    def add(self, results: tuple[Result, ...]) -> None:
        """Count an account."""
        said = {result.compliance for result in results}
        self.done += 1
        self.at_risk += Compliance.NON_COMPLIANT in said
        self.unseen += Compliance.ERROR in said

    @property
    def found(self) -> str:
        """In words, short."""
        return f"{self.at_risk} at risk, {self.unseen} not wholly seen"


type Advance = Callable[[tuple[Result, ...]], None]
"""To be called with the results of each account."""


@contextmanager
def progress(total: int, console: Console, clock: Callable[[], float] = time.monotonic) -> Iterator[Advance]:
    """For the length of the walk over so many accounts; of a single one nothing is said."""
    tally = Tally(total)
    if total <= 1:
        yield tally.add
    elif console.is_terminal:
        with _bar(tally, console) as advance:
            yield advance
    else:
        yield _log(tally, console, clock)


@contextmanager
def _bar(tally: Tally, console: Console) -> Iterator[Advance]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("looking into accounts", total=tally.total)

        def advance(results: tuple[Result, ...]) -> None:
            tally.add(results)
            bar.update(task, completed=tally.done, description=tally.found)

        yield advance


def _log(tally: Tally, console: Console, clock: Callable[[], float]) -> Advance:
    began = said = clock()
    console.print(f"rootguard: looking into {tally.total} accounts", soft_wrap=True, highlight=False)

    def advance(results: tuple[Result, ...]) -> None:
        nonlocal said
        tally.add(results)
        now = clock()
        if now - said < _PAUSE and tally.done < tally.total:
            return
        said = now
        left = timedelta(seconds=round((now - began) / tally.done * (tally.total - tally.done)))
        eta = f", about {left} left" if left else ""
        line = f"rootguard: {tally.done} of {tally.total} accounts: {tally.found}{eta}"
        console.print(line, soft_wrap=True, highlight=False)

    return advance
