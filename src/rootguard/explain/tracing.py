"""Watches a decision while it is made: which functions ran, which conditions held, what was returned.

It observes the very code that runs, by `sys.monitoring` (https://docs.python.org/3/library/sys.monitoring.html):
nothing is rewritten and nothing evaluated twice, so what is told is what happened. The kit's plumbing is left out.
"""

import ast
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

from rootguard import kit
from rootguard.errors import RootguardError
from rootguard.explain.branches import branches_of, check_positions, returned_at
from rootguard.explain.conditions import Condition, Kind
from rootguard.explain.glimpse import glimpse
from rootguard.explain.looking import looked_at
from rootguard.explain.source import source_of
from rootguard.explain.watched import Asked, Checked, Raised, Ran, Returned

_KIT = f"{Path(kit.__file__).parent}/"
_PLUMBING = {
    "account.py", "answer.py", "connection.py", "errors.py", "facts.py", "links.py", "rdk.py", "remediation.py",
    "rule.py", "runtime.py", "verdict.py",
}  # fmt: skip
_EVENTS = sys.monitoring.events
_WITHIN = _EVENTS.PY_RETURN | _EVENTS.BRANCH | _EVENTS.LINE
"""What is watched of the functions that decide, and of no others."""


class Trace:
    """What ran, one function below the other.

    Args:
        rule_file: The file of the rule's module, which is watched beside the kit.

    Raises:
        RootguardError: Every place for a watcher is taken, by debuggers and profilers.
    """

    def __init__(self, rule_file: str) -> None:
        self.root = Ran(None)
        self._rule_file = rule_file
        self._thread = threading.get_ident()
        self._tool = _free_tool()
        self._codes = set[CodeType]()
        self._running = dict[FrameType, tuple[Ran, Ran]]()  # what runs in it, and below whom
        self._matching = set[tuple[FrameType, ast.expr]]()
        self._open = dict[tuple[FrameType, Condition], dict[ast.expr, bool]]()

    def files(self) -> set[str]:
        """The source files of what ran."""
        return {code.co_filename for code in self._codes}

    def asked(self, number: int) -> None:
        """Note a call to AWS where it was made."""
        self._host(sys._getframe(1)).steps.append(Asked(number))  # noqa: SLF001 - there is no other way to a frame

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread inside the block.

        Raises:
            RootguardError: Python was told to forget where instructions come from.
        """
        check_positions()
        watchers: Mapping[int, Callable[..., object]] = {
            _EVENTS.PY_START: self._on_start,
            _EVENTS.PY_RETURN: self._on_return,
            _EVENTS.PY_UNWIND: self._on_unwind,
            _EVENTS.BRANCH: self._on_branch,
            _EVENTS.LINE: self._on_line,
        }
        sys.monitoring.use_tool_id(self._tool, "rootguard explain")
        try:
            for event, watcher in watchers.items():
                sys.monitoring.register_callback(self._tool, event, watcher)
            sys.monitoring.restart_events()
            sys.monitoring.set_events(self._tool, _EVENTS.PY_START | _EVENTS.PY_UNWIND)
            yield
        finally:
            sys.monitoring.set_events(self._tool, _EVENTS.NO_EVENTS)
            for code in self._codes:
                sys.monitoring.set_local_events(self._tool, code, _EVENTS.NO_EVENTS)
            for event in watchers:
                sys.monitoring.register_callback(self._tool, event, None)
            sys.monitoring.free_tool_id(self._tool)
            self._end_all()

    def _on_start(self, code: CodeType, _offset: int) -> object:
        if not self._is_watched(code):
            return sys.monitoring.DISABLE
        if not self._here():
            return None
        if code not in self._codes:
            self._codes.add(code)
            sys.monitoring.set_local_events(self._tool, code, _WITHIN)
        if not code.co_name.startswith("<"):
            frame = sys._getframe(1)  # noqa: SLF001
            self._running[frame] = Ran(code), self._host(frame)
        return None

    def _on_return(self, code: CodeType, offset: int, value: object) -> object:
        if not self._is_watched(code):
            return sys.monitoring.DISABLE
        if self._here():
            frame = sys._getframe(1)  # noqa: SLF001
            if frame in self._running:
                line, expression = returned_at(code, offset)
                self._running[frame][0].steps.append(Returned(line, expression, glimpse(value)))
                self._end(frame, value)
        return None

    def _on_unwind(self, code: CodeType, _offset: int, error: BaseException) -> None:
        if self._here() and self._is_watched(code):
            frame = sys._getframe(1)  # noqa: SLF001
            if frame in self._running:
                if not isinstance(error, GeneratorExit):
                    self._running[frame][0].steps.append(Raised(frame.f_lineno, error))
                self._end(frame, error)

    def _on_branch(self, code: CodeType, offset: int, destination: int) -> object:
        branch = branches_of(code).get(offset) if self._is_watched(code) else None
        if branch is None:
            return sys.monitoring.DISABLE
        if self._here():
            frame = sys._getframe(1)  # noqa: SLF001
            holds = branch.truth(destination)
            if branch.part.last or not holds:
                for condition in branch.part.conditions:
                    self._learn(frame, condition, branch.part.node, holds=holds)
        return None

    def _on_line(self, code: CodeType, line: int) -> object:
        source = source_of(code.co_filename)
        if line not in source.matches and line not in source.cases:
            return sys.monitoring.DISABLE
        if not self._here():
            return None
        frame = sys._getframe(1)  # noqa: SLF001
        if line in source.matches:
            self._matching.add((frame, source.matches[line]))
        case = source.cases.get(line)
        if case and (frame, case.node) in self._matching:
            self._matching.remove((frame, case.node))  # the line may come again, as a loop's does
            host = self._host(frame)
            host.steps.append(Checked(case, held=True, chosen=None, values=looked_at([case.node], frame, host)))
        return None

    def _learn(self, frame: FrameType, condition: Condition, part: ast.expr, *, holds: bool) -> None:
        known = self._open.setdefault((frame, condition), {})
        known[part] = holds
        chosen = _chosen(condition, part, holds=holds)
        held = holds if chosen else condition.settled(known)
        if held is None or (condition.kind is Kind.CHOICE and chosen is None):
            return
        del self._open[frame, condition]
        host = self._host(frame)
        host.steps.append(Checked(condition, held, chosen, looked_at(known, frame, host)))
        host.returned.clear()

    def _end(self, frame: FrameType, value: object) -> None:
        ran, host = self._running.pop(frame)
        host.steps.append(ran)
        host.returned[frame.f_code.co_name] = value

    def _end_all(self) -> None:
        """Generators that nobody asked for more are still running."""
        for frame in reversed(tuple(self._running)):
            self._end(frame, None)
        self._open.clear()
        self._matching.clear()

    def _host(self, frame: FrameType) -> Ran:
        """The function in whose steps belongs what happens in a frame: the caller, or who a lambda is written in."""
        caller: FrameType | None = frame
        while caller is not None:
            if caller in self._running:
                return self._running[caller][0]
            if self._is_watched(caller.f_code) and (writer := self._writer(caller)):
                return writer
            caller = caller.f_back
        return self.root

    def _writer(self, frame: FrameType) -> Ran | None:
        """The running function in which a lambda or a generator expression is written."""
        caller = frame.f_back
        while caller is not None:
            if caller in self._running and frame.f_code in caller.f_code.co_consts:
                return self._running[caller][0]
            caller = caller.f_back
        return None

    def _is_watched(self, code: CodeType) -> bool:
        file = code.co_filename
        if code.co_name == "<module>":
            return False
        return file == self._rule_file or (file.startswith(_KIT) and file.rpartition("/")[2] not in _PLUMBING)

    def _here(self) -> bool:
        return threading.get_ident() == self._thread


def _free_tool() -> int:
    for tool in (4, 3, 5):  # those that debuggers, coverage and profilers do not take first
        if sys.monitoring.get_tool(tool) is None:
            return tool
    raise RootguardError("to explain a verdict, Python must be free to be watched: end debuggers and profilers first")


def _chosen(condition: Condition, part: ast.expr, *, holds: bool) -> ast.expr | None:
    """The operand that became the value of a choice; None for another condition, or while that is open."""
    if condition.kind is not Kind.CHOICE or not isinstance(condition.node, ast.BoolOp):
        return None
    operands = condition.node.values
    if holds is isinstance(condition.node.op, ast.Or):
        return part
    return operands[-1] if part is operands[-2] else None
