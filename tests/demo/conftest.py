"""The demo as a person runs it: the installed script, in a process of its own."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.patience import LONGEST_WAIT

SCRIPT = Path(sys.executable).with_name("rootguard")
SERVING = "\nThe sandbox stays up; "
LATE_TRAIL = "organization-root-activity"
"""Made after the rules were evaluated, in all accounts but one; without it the organization is as they saw it."""


def environment(temporary: Path) -> dict[str, str]:
    """Nothing of AWS from outside, a screen of 80 columns, and temporary files where a test finds them."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**clean, "COLUMNS": "80", "TMPDIR": str(temporary)}


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo's temporary files and, below, its output go."""
    return tmp_path_factory.mktemp("demo")


@dataclass(frozen=True)
class ServedDemo:
    """What the demo said until it served its sandbox, and what an audit said of that sandbox."""

    run: subprocess.CompletedProcess[str]
    audit: subprocess.CompletedProcess[str] | None


@pytest.fixture(scope="session")
def served_demo(demo_folder: Path) -> ServedDemo:
    """The demo with all its cases, run once, and audited before it ends."""
    command = [str(SCRIPT), "demo", "--serve", "--output", str(demo_folder / "not" / "yet" / "there")]
    with (
        _interruptible(),
        subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(demo_folder)
        ) as process,
        contextlib.ExitStack() as on_failure,
    ):
        on_failure.callback(process.kill)
        assert process.stdout
        said = "".join(itertools.takewhile(lambda line: line != "Ctrl-C ends it.\n", process.stdout))
        exports = dict(line[7:].split("=", 1) for line in said.splitlines() if line.startswith("export "))
        audit = _audit(exports, demo_folder) if exports else None
        process.send_signal(signal.SIGINT)
        _, progress = process.communicate(timeout=LONGEST_WAIT)
    shown = said.partition(SERVING)[0]
    return ServedDemo(subprocess.CompletedProcess(command, process.returncode, shown, progress), audit)


def _audit(exports: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """With the deployed rules' parameters; what they see by roles that trust them alone, by one's own credentials."""
    session: Any = boto3.Session(
        exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"], region_name=exports["AWS_REGION"]
    )
    url = exports["AWS_ENDPOINT_URL"]
    cloudtrail, config = (session.client(name, endpoint_url=url) for name in ("cloudtrail", "config"))
    cloudtrail.delete_trail(Name=LATE_TRAIL)
    (pack,) = config.describe_organization_conformance_packs()["OrganizationConformancePacks"]
    given = {each["ParameterName"]: each["ParameterValue"] for each in pack["ConformancePackInputParameters"]}
    theirs = ("FunctionPrefix", "HardwareMfaForRootRootAuditRoleArn", "RootDeniedByScpReaderRoleArn")
    ours = [f"--parameter={name}={value}" for name, value in given.items() if name not in theirs]
    return subprocess.run(  # noqa: S603 - our own program
        [SCRIPT, "audit", "--organization", "--assume-root", "--format", "json", *ours],
        check=False,
        capture_output=True,
        text=True,
        env={**environment(folder), **exports},
    )


@pytest.fixture(scope="session")
def demo_run(served_demo: ServedDemo) -> subprocess.CompletedProcess[str]:
    """What the demo said until it served its sandbox."""
    return served_demo.run


@pytest.fixture(scope="session")
def audit_run(served_demo: ServedDemo) -> subprocess.CompletedProcess[str]:
    """An audit of the demo's organization."""
    assert served_demo.audit, served_demo.run.stderr
    return served_demo.audit


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


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Tests that run in the background ignore SIGINT, and a child inherits that; a person's terminal does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
