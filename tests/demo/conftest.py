"""The demo as a person runs it: the installed script, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(sys.executable).with_name("rootguard")


def environment(temporary: Path) -> dict[str, str]:
    """Nothing of AWS from outside, a screen of 80 columns, and temporary files where a test finds them."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**clean, "COLUMNS": "80", "TMPDIR": str(temporary)}


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo's temporary files and, below, its output go."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_run(demo_folder: Path) -> subprocess.CompletedProcess[str]:
    """The demo with all its cases, run once."""
    command = [str(SCRIPT), "demo", "--output", str(demo_folder / "not" / "yet" / "there")]
    return subprocess.run(  # noqa: S603 - our own program
        command, check=False, capture_output=True, text=True, env=environment(demo_folder)
    )


@pytest.fixture(scope="session")
def document(demo_run: subprocess.CompletedProcess[str], demo_folder: Path) -> dict[str, list[dict[str, str]]]:
    """The compliance.json that the demo wrote."""
    assert demo_run.returncode == 0, demo_run.stderr
    loaded: dict[str, Any] = json.loads((demo_folder / "not" / "yet" / "there" / "compliance.json").read_text("utf-8"))
    return loaded


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts demos, each the leader of its own process group, that do not outlive the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        with _interruptible():
            process = subprocess.Popen(  # noqa: S603 - our own program
                [SCRIPT, "demo", *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(tmp_path),
                start_new_session=True,
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Tests that run in the background ignore SIGINT, and a child inherits that; a person's terminal does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
