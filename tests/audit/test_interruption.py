"""Audits that are interrupted end at once, whatever they wait for, and the rest can be had later."""

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.audit.conftest import Done, Ground, started
from tests.patience import LONGEST_WAIT, wait_until

from rootguard.report.reading import read
from rootguard.sandbox import dispatch

CONTACT = "root-security-contact"


@dataclass
class Hold:
    """Accounts whose requests wait until they are let go."""

    accounts: set[str] = field(default_factory=set)
    let_go: threading.Event = field(default_factory=threading.Event)
    waiting: set[str] = field(default_factory=set)


HOLD = Hold()


@dispatch.check
def _hold(call: dispatch.Call) -> None:
    if call.account_id in HOLD.accounts:
        HOLD.waiting.add(call.account_id)
        HOLD.let_go.wait(LONGEST_WAIT)


@contextmanager
def holding(accounts: Sequence[str]) -> Iterator[None]:
    HOLD.accounts, HOLD.waiting, HOLD.let_go = set(accounts), set(), threading.Event()
    try:
        yield
    finally:
        HOLD.accounts.clear()
        HOLD.let_go.set()


@pytest.mark.parametrize(
    ("number", "jobs"),
    [
        pytest.param(signal.SIGINT, 2, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 2, id="SIGTERM", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 1, id="Ctrl-C, one job", marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_ends_it_whatever_it_waits_for_and_the_rest_can_be_had_later(
    ground: Ground, tmp_path: Path, number: signal.Signals, jobs: int
) -> None:
    members = ground.organization("one", "two", "x held", "y held")
    done, held, now = {ground.management, *members[:2]}, members[2:], tmp_path / "now.json"
    options = ("--rule", CONTACT, "--jobs", str(jobs))
    with holding(held), started(ground.sandbox, *options) as process:
        wait_until(lambda: len(HOLD.waiting) == jobs)
        process.send_signal(number)
        interrupted = Done.of(process, LONGEST_WAIT)
    assert interrupted.exit_code == 130
    assert interrupted.cells.keys() == {(account, CONTACT) for account in done}
    assert interrupted.document["missing"] == held
    assert re.search(
        r"^rootguard: interrupted; .+; 2 accounts were not looked into to the end$", interrupted.err, re.MULTILINE
    )
    assert "Traceback" not in interrupted.err

    now.write_text(interrupted.out)
    with dispatch.recording() as requests:
        resumed = ground.audit("--organization", "--format", "json", "--rule", CONTACT, "--resume", now)
    assert resumed.document["missing"] == []
    assert resumed.cells.keys() == {(account, CONTACT) for account in (*done, *held)}
    assert Counter(each.action for each in requests if each.action.startswith(("sts:AssumeRole", "account:"))) == {
        "sts:AssumeRole": 2,
        "account:GetAlternateContact": 2,
    }
    assert {each.account_id for each in requests if each.action.startswith("account:")} == {*held}


def test_an_interrupt_before_the_walk_leaves_nothing_to_tell(ground: Ground) -> None:
    ground.organization("one")
    with holding([ground.management]), started(ground.sandbox) as process:
        wait_until(lambda: HOLD.waiting)
        process.send_signal(signal.SIGINT)
        done = Done.of(process, LONGEST_WAIT)
    assert (done.exit_code, done.out) == (130, "")
    assert "Traceback" not in done.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_what_is_being_written(ground: Ground, tmp_path: Path, number: signal.Signals) -> None:
    now, unread = tmp_path / "now.json", tmp_path / "unread"
    os.mkfifo(unread)
    options = ("--rule", CONTACT, "--output", now, "--format", "html", "--output", unread)
    ground.organization()
    with started(ground.sandbox, *options) as process:
        pipe = os.open(unread, os.O_RDONLY)  # returns when somebody begins to write; the report is more than it holds
        process.send_signal(number)
        done = Done.of(process, LONGEST_WAIT)
        os.close(pipe)
    assert (done.exit_code, done.out) == (130, "")
    assert "Traceback" not in done.err
    assert len(read(now).results) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"now.json", "unread"}
