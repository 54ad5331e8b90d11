"""The commands as a person or a pipeline runs them: the installed script, in a process of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT
from typer.testing import CliRunner

from rootguard.catalog import load_process_checks, load_rules
from rootguard.cli import app
from rootguard.deploy import names
from rootguard.errors import RootguardError
from rootguard.sandbox import background
from rootguard.sandbox.credentials import operator

SCRIPT = Path(sys.executable).with_name("rootguard")
RULES = {f"rootguard-{rule.name}" for rule in load_rules()}
CHECKS = [check.name for check in load_process_checks()]

type Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def organization(world: Any) -> Any:
    organization = world.organization()
    organization.members = [organization.member(), organization.member()]
    return organization


@pytest.fixture
def environment(world: Any, organization: Any, tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COLUMNS"))}
    nowhere = {name: str(tmp_path / "none") for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
    return {
        **clean,
        **nowhere,
        **world.sandbox.environment(operator(organization.management_id)),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "200",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts the script; nothing of it outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def started(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        settings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": environment,
            "preexec_fn": _interruptible,
            **options,
        }
        processes.append(subprocess.Popen([SCRIPT, *arguments], text=True, **settings))  # noqa: S603 - our own program
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def _interruptible() -> None:
    """Tests that run in the background ignore SIGINT, and a child inherits that; a person's terminal does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def run(start: Start) -> Callable[..., tuple[int, str, str]]:
    """Exit code, standard output and standard error."""

    def ran(*arguments: str | Path) -> tuple[int, str, str]:
        process = start(*arguments)
        shown, said = process.communicate(timeout=LONGEST_WAIT)
        return process.returncode, shown, said

    return ran


def until(process: subprocess.Popen[str], words: str) -> None:
    """Read what a process says until it says that."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"it never said {words!r}: {''.join(said)}")


def functions(organization: Any, account_id: str) -> set[str]:
    found = organization.client("lambda", account_id).list_functions()["Functions"]
    return {each["FunctionName"] for each in found} & RULES


def in_this_process(*arguments: str) -> tuple[BaseException | None, str]:
    """What a command raises, which `main` says in one line, and its output."""
    done = CliRunner().invoke(app, arguments, prog_name="rootguard")
    return done.exception, done.output


@pytest.mark.slow
def test_what_is_not_deployed_has_no_status(run: Callable[..., tuple[int, str, str]]) -> None:
    code, shown, said = run("status")
    assert (code, shown, said.count("\n")) == (2, "", 1)
    assert said.startswith("rootguard: nothing is deployed from account ")


@pytest.mark.slow
def test_a_pipeline_that_has_not_agreed_is_told_how(run: Callable[..., tuple[int, str, str]], zips: Path) -> None:
    code, shown, said = run("deploy", "--build-dir", zips)
    assert (code, shown) == (2, "")
    assert said.splitlines()[-1] == (
        "rootguard: Make these changes to rootguard-artifacts? There is no terminal to ask at: "
        "give --yes to agree beforehand"
    )


def test_an_account_id_is_checked() -> None:
    error, _ = in_this_process("deploy", "--exclude", "12")
    assert isinstance(error, RootguardError)
    assert str(error) == "--exclude 12: an account id has 12 digits"


@pytest.mark.slow
def test_deploy_status_destroy(
    run: Callable[..., tuple[int, str, str]], organization: Any, zips: Path, world: Any
) -> None:
    code, shown, said = run("deploy", "--yes", "--build-dir", zips)
    assert (code, shown) == (0, ""), said
    background.idle(LONGEST_WAIT)

    code, shown, said = run("status", "--output", "json")
    accounts = json.loads(shown)["accounts"]
    assert (code, said, [account["problems"] for account in accounts]) == (1, "", [[], [], []])
    assert all(len(account["attestations_due"]) == len(CHECKS) for account in accounts)
    for check in CHECKS:
        assert run("attest", check, "--all-accounts", "--compliant", "--note", "x")[::2] == (0, "")
    code, shown, said = run("status")
    assert (code, said, shown.splitlines()[-1]) == (0, "", "3 accounts: 3 fine")
    assert run("status", "--role-name", "nobody")[0] == 3, "what could not be seen"
    lost = organization.members[0]
    world.sandbox.session(lost).client("config").stop_configuration_recorder(ConfigurationRecorderName="default")
    code, shown, said = run("status")
    assert (code, said) == (1, "")
    assert f"{lost} member1: AWS Config does not record -> turn it on: " in shown

    code, shown, said = run("destroy", "--yes", "--delete-artifacts")
    assert (code, shown) == (0, ""), said
    assert all(functions(organization, account) == set() for account in organization.members)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("rootguard-artifacts: 2 changes", id="artifact stack"),
        pytest.param(" uploaded, ", id="after the upload"),
        pytest.param("CREATE_COMPLETE RootMfaEnabledRole", id="stack of the management account"),
        pytest.param("functions: ", id="StackSet"),
        pytest.param("conformance pack: ", id="conformance pack"),
    ],
)
def test_killed_anywhere_a_second_run_finishes(
    start: Start, run: Callable[..., tuple[int, str, str]], organization: Any, zips: Path, words: str
) -> None:
    process = start("deploy", "--yes", "--build-dir", zips)
    until(process, words)
    process.kill()
    process.wait(LONGEST_WAIT)

    code, _, said = run("deploy", "--yes", "--build-dir", zips)
    assert code == 0, said
    assert all(functions(organization, each) == RULES for each in (organization.management_id, *organization.members))
    code, _, said = run("deploy", "--yes", "--build-dir", zips)
    assert (code, said.count(": nothing changed")) == (0, 3)


@pytest.mark.slow
def test_a_destruction_that_was_killed_is_finished_by_the_next(
    start: Start, run: Callable[..., tuple[int, str, str]], organization: Any, zips: Path
) -> None:
    assert run("deploy", "--yes", "--build-dir", zips)[0] == 0
    process = start("destroy", "--yes", "--delete-artifacts")
    until(process, "DELETE_COMPLETE Redeployment")  # progress is shown only if one looks in time; an event always is
    process.kill()
    process.wait(LONGEST_WAIT)
    code, _, said = run("destroy", "--yes", "--delete-artifacts")
    assert code == 0, said
    assert all(functions(organization, each) == set() for each in (organization.management_id, *organization.members))


@pytest.mark.slow
def test_an_interrupt_says_what_goes_on(start: Start, zips: Path) -> None:
    process = start("deploy", "--yes", "--build-dir", zips)
    until(process, "rootguard-artifacts: 2 changes")
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=LONGEST_WAIT)
    assert (process.returncode, shown) == (130, "")
    assert said.splitlines()[-1] == (
        "rootguard: interrupted; AWS goes on with what has begun: run the same command again to finish, or "
        "`rootguard status` to see how far it is"
    )
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        pytest.param("n\n", 3, "rootguard-artifacts stays as it is: you did not agree to the changes", id="no"),
        pytest.param("\n", 3, "rootguard-artifacts stays as it is: you did not agree to the changes", id="nothing"),
        pytest.param("y\nyes\nY\n", 0, "StackSet: https://", id="yes to all"),
    ],
)
def test_at_a_terminal_one_is_asked(  # noqa: PLR0917 - a table's columns
    start: Start, organization: Any, zips: Path, answers: str, code: int, said: str
) -> None:
    ours, theirs = pty.openpty()
    process = start("deploy", "--build-dir", zips, stdin=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = _read_to_end(ours)
    assert process.wait(LONGEST_WAIT) == code, shown
    assert said in shown
    assert (functions(organization, organization.members[0]) == RULES) is (code == 0)
    stack = organization.client("cloudformation").list_stacks(StackStatusFilter=["REVIEW_IN_PROGRESS"])
    assert stack["StackSummaries"] == []
    assert names.ORGANIZATION_STACK in shown or code


def _read_to_end(terminal: int) -> str:
    """What a terminal shows until nobody writes to it any more."""
    shown = b""
    try:
        while some := os.read(terminal, 65536):
            shown += some
    except OSError:  # Linux says so instead of an end
        pass
    os.close(terminal)
    return shown.decode()
