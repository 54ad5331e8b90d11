"""How far an audit is, on standard error: a bar on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

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
def progress(total: int, screen: TextIO, clock: Callable[[], float] = time.monotonic) -> Iterator[Advance]:
    """For the length of the walk over so many accounts; of a single one nothing is said."""
    tally = Tally(total)
    if total <= 1:
        yield tally.add
    elif screen.isatty():
        with _bar(tally, screen) as advance:
            yield advance
    else:
        yield _log(tally, screen, clock)


@contextmanager
def _bar(tally: Tally, screen: TextIO) -> Iterator[Advance]:
    # rich takes time to import, which an audit of one account or in a pipeline does not owe it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(file=screen), transient=True) as bar:
        task = bar.add_task("looking into accounts", total=tally.total)

        def advance(results: tuple[Result, ...]) -> None:
            tally.add(results)
            bar.update(task, completed=tally.done, description=tally.found)

        yield advance


def _log(tally: Tally, screen: TextIO, clock: Callable[[], float]) -> Advance:
    began = said = clock()
    print(f"rootguard: looking into {tally.total} accounts", file=screen)

    def advance(results: tuple[Result, ...]) -> None:
        nonlocal said
        tally.add(results)
        now = clock()
        if now - said < _PAUSE and tally.done < tally.total:
            return
        said = now
        left = timedelta(seconds=round((now - began) / tally.done * (tally.total - tally.done)))
        eta = f", about {left} left" if left else ""
        print(f"rootguard: {tally.done} of {tally.total} accounts: {tally.found}{eta}", file=screen, flush=True)

    return advance
