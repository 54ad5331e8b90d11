"""What deploy and destroy show while they work: on standard error, live on a terminal, line by line in a log."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from rootguard.deploy.accounts import Tally
from rootguard.deploy.change_sets import Change
from rootguard.deploy.stacks import Event
from rootguard.deploy.wording import counted
from rootguard.errors import RootguardError


@dataclass
class Screen:
    """Standard error, and the keyboard.

    Attributes:
        agreed: --yes: questions are not asked.
        console: Where to.
    """

    agreed: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, emoji=False))

    def say(self, line: str) -> None:
        """A line, as long as it is."""
        self.console.print(line, markup=False, soft_wrap=True)

    def show_changes(self, stack_name: str, changes: Sequence[Change]) -> None:
        """What would happen to a stack."""
        title = f"{stack_name}: {counted(changes, 'change')}"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        columns = {
            "Action": [change.action for change in changes],
            "Resource": [change.logical_id for change in changes],
            "Type": [change.type for change in changes],
            "Replaced": ["" if change.action == "Add" else change.replacement for change in changes],
            "Properties": [", ".join(change.properties) for change in changes],
        }
        told = {heading: cells for heading, cells in columns.items() if any(cells)}
        for heading in told:
            table.add_column(heading, overflow="fold")
        for row in zip(*told.values(), strict=True):
            table.add_row(*row)
        self.console.print(table)

    def agree(self, question: str) -> bool:
        """Ask, unless --yes has answered.

        Raises:
            RootguardError: There is nobody to ask.
        """
        if self.agreed:
            return True
        if not sys.stdin.isatty():
            raise RootguardError(f"{question} There is no terminal to ask at: give --yes to agree beforehand")
        self.console.print(f"{question} \\[y/N] ", end="")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    @contextmanager
    def following(self, title: str) -> Iterator["View"]:
        """For the length of a stack's operation."""
        if not self.console.is_terminal:
            yield LogView(self, title)
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True) as progress:
            yield LiveView(self, progress, progress.add_task(title, total=None))


class View:
    """How the progress of one operation is shown."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def event(self, event: Event) -> None:
        """Something happened to a resource."""
        raise NotImplementedError

    def tallies(self, tallies: Iterable[Tally]) -> None:
        """So far have the accounts come."""
        raise NotImplementedError


class LogView(View):
    """For a pipeline's log: a line for everything that has come to its end, none twice."""

    def __init__(self, screen: Screen, title: str) -> None:
        super().__init__(screen)
        self._said: dict[str, str] = {}
        screen.say(title)

    def event(self, event: Event) -> None:
        """Say what is complete or has failed."""
        if not event.status.endswith("_IN_PROGRESS"):
            self._screen.say("  " + described(event))

    def tallies(self, tallies: Iterable[Tally]) -> None:
        """Say what has changed since the last time."""
        for tally in tallies:
            failed = f", {len(tally.failures)} failed" if tally.failures else ""
            line = f"  {tally.title}: {tally.done} of {tally.total} accounts{failed}"
            if self._said.get(tally.title) != line:
                self._said[tally.title] = line
                self._screen.say(line)


class LiveView(View):
    """For a terminal: bars that grow, and a line for each failure."""

    def __init__(self, screen: Screen, progress: Progress, main: TaskID) -> None:
        super().__init__(screen)
        self._progress, self._main = progress, main
        self._tasks: dict[str, TaskID] = {}
        self._done: set[str] = set()

    def event(self, event: Event) -> None:
        """Count what is complete, say what has failed and how the stack itself ends: the bars do not stay."""
        if event.is_cause or event.ends_stack:
            self._screen.say(described(event))
        if event.status.endswith("_COMPLETE"):
            self._done.add(event.logical_id)
            self._progress.update(self._main, completed=len(self._done))

    def tallies(self, tallies: Iterable[Tally]) -> None:
        """Move the bars."""
        for tally in tallies:
            if tally.title not in self._tasks:
                self._tasks[tally.title] = self._progress.add_task(tally.title, total=tally.total)
            failed = f", {len(tally.failures)} failed" if tally.failures else ""
            self._progress.update(
                self._tasks[tally.title],
                completed=tally.done,
                total=tally.total,
                description=f"{tally.title}{failed}",
            )


def described(event: Event) -> str:
    """An event on one line."""
    reason = f": {' '.join(event.reason.split())}" if event.reason else ""
    return f"{event.status} {event.logical_id} ({event.type}){reason}"
