"""What deploy and destroy show while they work: on standard error, live on a terminal, line by line in a log."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rootguard.deploy.accounts import Tally
from rootguard.deploy.change_sets import Change
from rootguard.deploy.layout import is_narrow, print_table
from rootguard.deploy.stacks import Event
from rootguard.deploy.wording import counted
from rootguard.errors import RootguardError

_FEWEST_ROWS, _OTHER_ROWS = 3, 12
"""Of the accounts on a terminal, and those left to all else."""


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
        if is_narrow(self.console):
            for line in (title, *map(_line, changes)):
                self.say(line)
            return
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        columns = {
            "Action": [change.action for change in changes],
            "Resource": [change.logical_id for change in changes],
            "Type": [change.type for change in changes],
            "Replaced": [_replaced(change) for change in changes],
            "Properties": [", ".join(change.properties) for change in changes],
        }
        told = {heading: cells for heading, cells in columns.items() if any(cells)}
        for heading in told:
            table.add_column(heading, overflow="fold")
        for row in zip(*told.values(), strict=True):
            table.add_row(*row)
        print_table(self.console, table)

    def agree(self, question: str) -> bool:
        """Ask, unless --yes has answered.

        Raises:
            RootguardError: There is nobody to ask.
        """
        if self.agreed:
            return True
        if sys.stdin is None or not sys.stdin.isatty():  # None for one that was closed before we began
            raise RootguardError(f"{question} There is no terminal to ask at: give --yes to agree beforehand")
        self.console.print(f"{question} \\[y/N] ", end="")
        answer = ""
        try:
            answer = sys.stdin.readline()
        finally:
            if not answer:  # Ctrl-C or Ctrl-D: what is said next begins a line
                self.console.print()
        return answer.strip().lower() in {"y", "yes"}

    @contextmanager
    def following(self, title: str) -> Iterator["View"]:
        """For the length of a stack's operation."""
        if not self.console.is_terminal:
            yield LogView(self, title)
            return
        view = LiveView(self, title)
        with Live(console=self.console, get_renderable=view.rendered, transient=True):
            yield view


def _line(change: Change) -> str:
    replaced = f", replaced: {_replaced(change)}" if _replaced(change) else ""
    properties = f": {', '.join(change.properties)}" if change.properties else ""
    return f"{change.action} {change.logical_id} ({change.type}){replaced}{properties}"


def _replaced(change: Change) -> str:
    return "" if change.action == "Add" else change.replacement


class View:
    """How the progress of one operation is shown."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._failed: set[tuple[str, str]] = set()

    def event(self, event: Event) -> None:
        """Something happened to a resource."""
        raise NotImplementedError

    def tallies(self, tallies: Iterable[Tally]) -> None:
        """So far have the accounts come."""
        raise NotImplementedError

    def _say_failures(self, tally: Tally, indent: str = "") -> None:
        """Each account that fails is named at once, for the rest may take an hour."""
        for account, reason in sorted(tally.failures.items()):
            if (tally.title, account) not in self._failed:
                self._failed.add((tally.title, account))
                self._screen.say(f"{indent}account {account}: {tally.title}: {' '.join(reason.split())}")


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
            self._say_failures(tally, "  ")
            line = f"  {tally.title}: {tally.done} of {tally.total} accounts{_failed(tally)}"
            if self._said.get(tally.title) != line:
                self._said[tally.title] = line
                self._screen.say(line)


class LiveView(View):
    """For a terminal: bars that grow, below them each account that is not done, and a line for each failure."""

    def __init__(self, screen: Screen, title: str) -> None:
        super().__init__(screen)
        self._console = screen.console
        wide = () if is_narrow(self._console) else (BarColumn(), TimeElapsedColumn())
        count = TextColumn("{task.fields[count]}")
        self._bars = Progress(SpinnerColumn(), TextColumn("{task.description}"), count, *wide, console=self._console)
        self._stack = self._bars.add_task(title, total=None, count="")
        self._tasks: dict[str, TaskID] = {}
        self._done: set[str] = set()
        self._open: dict[str, dict[str, str]] = {}

    def event(self, event: Event) -> None:
        """Count what is complete, say what has failed and how the stack itself ends: the bars do not stay."""
        if event.is_cause or event.ends_stack:
            self._screen.say(described(event))
        if event.status.endswith("_COMPLETE"):
            self._done.add(event.logical_id)
            self._bars.update(self._stack, count=counted(self._done, "resource"))

    def tallies(self, tallies: Iterable[Tally]) -> None:
        """Move the bars."""
        states: dict[str, dict[str, str]] = defaultdict(dict)
        for tally in tallies:
            self._say_failures(tally)
            if tally.title not in self._tasks:
                self._tasks[tally.title] = self._bars.add_task(tally.title, count="")
            count = f"{tally.done} of {tally.total} accounts{_failed(tally)}"
            self._bars.update(self._tasks[tally.title], completed=tally.done, total=tally.total, count=count)
            for account, state in tally.open.items():
                states[account][tally.title] = state
        self._open = states

    def rendered(self) -> RenderableType:
        """What the terminal shows now."""
        return Group(self._bars, *self._accounts())

    def _accounts(self) -> Iterator[Text]:
        """Those that are not done, first what has failed, then what AWS is at work on; as many as there is room for."""
        room = max(_FEWEST_ROWS, self._console.height - _OTHER_ROWS)
        ranked = sorted(self._open, key=lambda account: (_rank(self._open[account].values()), account))
        for account in ranked[:room]:
            states = ", ".join(f"{title} {state}" for title, state in self._open[account].items())
            yield Text(f"  {account}  {states}", overflow="ellipsis", no_wrap=True)
        if len(ranked) > room:
            yield Text(f"  and {len(ranked) - room} more accounts")


def _rank(states: Iterable[str]) -> int:
    found = set(states)
    if any(state.endswith("FAILED") for state in found):
        return 0
    return 2 if found <= {"PENDING", "CANCELLED"} else 1


def _failed(tally: Tally) -> str:
    return f", {len(tally.failures)} failed" if tally.failures else ""


def described(event: Event) -> str:
    """An event on one line."""
    reason = f": {' '.join(event.reason.split())}" if event.reason else ""
    return f"{event.status} {event.logical_id} ({event.type}){reason}"
