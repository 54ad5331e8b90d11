"""Runs a process and measures it alone; starts the server that the processes ask.

Nothing heavy is imported here: a child's peak memory, as Linux counts it, is at least that of the process it came from.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.figures import Measurement

_LONGEST = 900
"""Seconds that a process may take."""
_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "COVERAGE_PROCESS_START")
"""Would have Python compile all that it imports at each start, or would otherwise slow it."""


class FailedError(Exception):
    """A process did not do what it should have."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended well: how it was measured and what it wrote to standard output."""

    measured: Measurement
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], codes: frozenset[int] = frozenset({0})) -> Finished:
    """Run a command to its end.

    Args:
        command: Its first word an absolute path.
        environment: All of it.
        codes: The exit codes with which it has done its work.

    Raises:
        FailedError: It ended with another code, or had to be killed after `_LONGEST`.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment)  # noqa: S603 - a contestant
        timer = Timer(_LONGEST, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)  # wait4 took what Popen would wait for
        for each in (output, errors):
            each.seek(0)
        if process.returncode not in codes:
            told = errors.read().decode(errors="replace").strip() or output.read().decode(errors="replace").strip()
            raise FailedError(f"{' '.join(command)[:200]}: exit code {process.returncode}: {told[-2000:]}")
        measured = Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        return Finished(measured, output.read().decode(errors="replace"))


def plain_environment(home: Path) -> dict[str, str]:
    """What every process gets: nobody's AWS configuration, and Python as people run it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}


class Server:
    """The server, in a process of its own for the length of a `with` block."""

    def __init__(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self._core = cores[0] if len(cores) > 1 else None
        self._others = frozenset(cores[1:]) or frozenset(cores)
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.benchmarks.server"]
        inherited = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command if self._core is None else [*command, str(self._core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=inherited,
        )
        os.sched_setaffinity(0, {max(self._others)})  # what is measured inherits it
        self.environment = self._read()["environment"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # it ended before
            self._process.communicate(timeout=60)

    def ask(self, **question: object) -> Any:
        """What the server answers to one question; see tests/benchmarks/server.py."""
        if self._process.stdin is None:
            raise FailedError("the server has no standard input")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._read()

    def requests(self) -> dict[str, int]:
        """How many requests arrived since this was last asked, by IAM action."""
        counted: dict[str, int] = self.ask(requests=True)["requests"]
        return counted

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise FailedError("the server ended")
        return json.loads(line)
