"""What deploy shows while it works, on a terminal and in a log."""

import io
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from rich.console import Console

from rootguard.deploy.accounts import Tally
from rootguard.deploy.change_sets import Change
from rootguard.deploy.screen import LiveView, LogView, Screen
from rootguard.deploy.stacks import STACK_TYPE, Event
from rootguard.errors import RootguardError

CHANGE = Change("Modify", "RootMfaEnabledFunction", "AWS::Lambda::Function", "False", ("Code", "Timeout"))
ROOM = 13
"""Rows of a terminal that leave the accounts the fewest."""


class Terminal(io.StringIO):
    """A keyboard: what it is given has been typed."""

    def isatty(self) -> bool:
        return True


def screen(*, terminal: bool, width: int = 120, height: int = 40) -> tuple[Screen, io.StringIO]:
    text = io.StringIO()
    console = Console(file=text, width=width, height=height, force_terminal=terminal, color_system=None)
    return Screen(console=console), text


def tally(states: Mapping[str, str], title: str = "functions") -> Tally:
    failures = {account: "Rate  exceeded" for account, state in states.items() if state.endswith("FAILED")}
    return Tally(title, states, failures)


def event(status: str, name: str = "Role", kind: str = "AWS::IAM::Role", reason: str = "") -> Event:
    return Event(f"{name}-{status}", datetime.now(UTC), name, kind, status, reason)


def rendered(view: LiveView, width: int = 120, height: int = 40) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=width, height=height).print(view.rendered())
    return [re.sub(r"(?<=\S) +", " ", line).rstrip() for line in text.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("SUCCEEDED", 1),
        ("CREATE_SUCCESSFUL", 1),
        ("GONE", 1),
        ("PENDING", 0),
        ("RUNNING", 0),
        ("CANCELLED", 0),
        ("UPDATE_FAILED", 0),
    ],
)
def test_what_counts_as_done(state: str, done: int) -> None:
    assert tally({"1": state}).done == done


def test_a_log_says_each_count_and_each_failure_once() -> None:
    shown, text = screen(terminal=False)
    view = LogView(shown, "stack")
    running = tally({"1": "SUCCEEDED", "2": "RUNNING"})
    failed = tally({"1": "SUCCEEDED", "2": "FAILED"})
    for each in (running, running, failed, failed):
        view.tallies([each])
    assert text.getvalue().splitlines() == [
        "stack",
        "  functions: 1 of 2 accounts",
        "  account 2: functions: Rate exceeded",
        "  functions: 1 of 2 accounts, 1 failed",
    ]


def test_a_terminal_shows_every_account_that_is_not_done() -> None:
    shown, text = screen(terminal=True)
    view = LiveView(shown, "stack")
    functions = tally({"1": "SUCCEEDED", "2": "PENDING", "3": "FAILED", "4": "RUNNING"})
    pack = tally({"1": "CREATE_SUCCESSFUL", "2": "CREATE_IN_PROGRESS"}, "conformance pack")
    view.tallies([functions, pack])
    lines = rendered(view)
    assert "functions 1 of 4 accounts, 1 failed" in lines[1]
    assert "conformance pack 1 of 2 accounts" in lines[2]
    assert lines[3:] == [
        "  3 functions FAILED",
        "  2 functions PENDING, conformance pack CREATE_IN_PROGRESS",
        "  4 functions RUNNING",
    ]
    assert text.getvalue() == "account 3: functions: Rate exceeded\n"
    view.tallies([tally(dict.fromkeys("1234", "SUCCEEDED"))])
    assert "functions 4 of 4 accounts" in rendered(view)[1]
    assert len(rendered(view)) == 3


def test_of_many_accounts_a_terminal_shows_those_that_matter_most() -> None:
    shown, _ = screen(terminal=True, height=ROOM)
    view = LiveView(shown, "stack")
    view.tallies([tally({f"{number:03}": "PENDING" for number in range(997)} | {"998": "RUNNING", "999": "FAILED"})])
    assert rendered(view)[2:] == [
        "  999 functions FAILED",
        "  998 functions RUNNING",
        "  000 functions PENDING",
        "  and 996 more accounts",
    ]


def test_a_terminal_says_what_fails_and_how_it_ends_and_counts_the_rest() -> None:
    shown, text = screen(terminal=True)
    view = LiveView(shown, "stack")
    for each in (
        event("CREATE_IN_PROGRESS"),
        event("CREATE_COMPLETE"),
        event("CREATE_FAILED", "Function", "AWS::Lambda::Function", "no\nroom"),
        event("ROLLBACK_COMPLETE", "stack", STACK_TYPE),
    ):
        view.event(each)
    assert "stack 2 resources" in rendered(view)[0]
    assert text.getvalue().splitlines() == [
        "CREATE_FAILED Function (AWS::Lambda::Function): no room",
        f"ROLLBACK_COMPLETE stack ({STACK_TYPE})",
    ]


def test_counts_are_readable_on_a_narrow_terminal() -> None:
    shown, _ = screen(terminal=True, width=40)
    view = LiveView(shown, "rootguard-rules")
    view.tallies([tally({str(number): "SUCCEEDED" for number in range(1000)})])
    assert rendered(view, width=40)[1].endswith("functions 1000 of 1000 accounts")


def test_a_narrow_terminal_has_a_line_for_each_change() -> None:
    shown, text = screen(terminal=True, width=40)
    added = Change("Add", "Role", "AWS::IAM::Role")
    replaced = Change("Modify", "Group", "AWS::Logs::LogGroup", "True", ("LogGroupName",))
    shown.show_changes("stack", [CHANGE, added, replaced])
    assert text.getvalue().splitlines() == [
        "stack: 3 changes",
        "Modify RootMfaEnabledFunction (AWS::Lambda::Function), replaced: False: Code, Timeout",
        "Add Role (AWS::IAM::Role)",
        "Modify Group (AWS::Logs::LogGroup), replaced: True: LogGroupName",
    ]


def test_a_log_has_a_row_for_each_change_however_long_it_is() -> None:
    shown, text = screen(terminal=False, width=40)
    shown.show_changes("stack", [CHANGE])
    assert text.getvalue().splitlines()[-1].split() == [
        "Modify",
        "RootMfaEnabledFunction",
        "AWS::Lambda::Function",
        "False",
        "Code,",
        "Timeout",
    ]


@pytest.mark.parametrize("stdin", [None, io.StringIO("yes\n")], ids=["closed", "a file"])
def test_without_a_terminal_nobody_agrees(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(RootguardError, match=r"^Sure\? There is no terminal to ask at: give --yes to agree"):
        Screen().agree("Sure?")


@pytest.mark.parametrize(
    ("typed", "agrees", "said"),
    [
        pytest.param("Yes\n", True, "Sure? [y/N] ", id="yes"),
        pytest.param("n\n", False, "Sure? [y/N] ", id="no"),
        pytest.param("", False, "Sure? [y/N] \n", id="Ctrl-D: what follows begins a line"),
    ],
)
def test_at_a_terminal_one_is_asked(monkeypatch: pytest.MonkeyPatch, typed: str, *, agrees: bool, said: str) -> None:
    shown, text = screen(terminal=True)
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert (shown.agree("Sure?"), text.getvalue()) == (agrees, said)
