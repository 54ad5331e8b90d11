"""However the demo ends, it leaves no process behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.patience import LONGEST_WAIT, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

type StartDemo = Callable[..., subprocess.Popen[str]]


def children(folder: Path) -> list[int]:
    """The processes that the sandbox has started: they have their scratch folder, which is below `folder`, in argv."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if any(argument.startswith(os.fsencode(folder)) for argument in arguments):
            found.append(int(process.name))
    return sorted(found)


def await_children(folder: Path, wanted: Callable[[int], bool]) -> list[int]:
    wait_until(lambda: wanted(len(children(folder))), lambda: f"there are {children(folder)}")
    return children(folder)


@pytest.fixture
def demo(start_demo: StartDemo, tmp_path: Path) -> subprocess.Popen[str]:
    """A demo in the middle of its evaluations: the process that runs functions is up, and a function in it."""
    process = start_demo("--accounts", "3")
    await_children(tmp_path, lambda count: count > 1)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_with_130_and_leaves_nothing(
    demo: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    os.killpg(demo.pid, number)  # as a terminal does
    shown, said = demo.communicate(timeout=LONGEST_WAIT)
    assert (demo.returncode, shown) == (130, "")
    assert "evaluating the rules" in said
    assert "Traceback" not in said
    assert children(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


INTERRUPTED_IMPORT = """
import os, signal, sys, weakref
from rootguard.demo.command import run
class Thing: ...
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "moto.cloudformation":
            thing = Thing()
            callback = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
            del thing
sys.meta_path.insert(0, Finder())
run(2, None, serve=False)
"""
"""Interrupts a callback, as those that the import system has: Python drops what is raised there."""


def test_an_interrupt_while_modules_are_imported_is_not_lost(tmp_path: Path) -> None:
    command, temporary = [sys.executable, "-c", INTERRUPTED_IMPORT], {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **temporary})  # noqa: S603 - our own program

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_no_more_than_the_files(
    start_demo: StartDemo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    output = tmp_path_factory.mktemp("output")
    (output / "compliance.json").symlink_to("/dev/full")

    demo = start_demo("--accounts", "2", "--output", str(output))
    shown, said = demo.communicate()

    assert (demo.returncode, shown.splitlines()[0].strip()) == (2, "AWS Config compliance")
    assert said.splitlines()[-1] == (
        f"rootguard: cannot write into {output}: No space left on device; its files are incomplete; "
        "give --output another folder"
    )


def test_killing_it_leaves_no_process(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    demo.kill()
    demo.wait(LONGEST_WAIT)
    await_children(tmp_path, lambda count: count == 0)
    assert list(tmp_path.glob("rootguard-sandbox-*")) == []


def test_a_crash_in_the_background_ends_it_rather_than_waiting_for_ever(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    host = min(children(tmp_path))  # the functions are its children
    os.kill(host, signal.SIGKILL)
    shown, said = demo.communicate(timeout=LONGEST_WAIT)
    assert (demo.returncode, shown) == (2, "")
    assert said.splitlines()[-1].startswith("rootguard: the sandbox itself failed, which is a bug of rootguard: ")
    assert children(tmp_path) == []
