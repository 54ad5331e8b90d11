"""What a person, or a log, learns while an audit goes on."""

import io
import re
from collections.abc import Sequence
from itertools import count

import pytest
from tests.small_audit import small_audit

from rootguard.audit.progress import progress

RESULTS = {row: tuple(small_audit(row).results) for row in ("....", "X...", "...?", "X..?")}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def log(rows: Sequence[str], seconds_each: float) -> list[str]:
    """The lines of a log, when each account takes so many seconds."""
    screen, clock = io.StringIO(), count(1000.0, seconds_each)
    with progress(len(rows), screen, lambda: next(clock)) as advance:
        for row in rows:
            advance(RESULTS[row])
    return screen.getvalue().splitlines()


def test_a_log_gets_a_line_now_and_then_with_what_is_known() -> None:
    assert log(["....", "X...", "...?", "X..?", "....", "...."], 5) == [
        "rootguard: looking into 6 accounts",
        "rootguard: 2 of 6 accounts: 1 at risk, 0 not wholly seen, about 0:00:20 left",
        "rootguard: 4 of 6 accounts: 2 at risk, 2 not wholly seen, about 0:00:10 left",
        "rootguard: 6 of 6 accounts: 2 at risk, 2 not wholly seen",
    ]


@pytest.mark.parametrize(
    ("accounts", "seconds_each", "lines"),
    [
        pytest.param(1000, 0.001, 2, id="quick: the first line and the last"),
        pytest.param(1000, 1.0, 101, id="slow: one in ten seconds"),
        pytest.param(3, 60.0, 4, id="slower: one for each account"),
        pytest.param(1, 60.0, 0, id="nothing of a single account"),
        pytest.param(0, 60.0, 0, id="nor of none"),
    ],
)
def test_how_many_lines_a_log_gets(accounts: int, seconds_each: float, lines: int) -> None:
    assert len(log(["...."] * accounts, seconds_each)) == lines


def test_a_log_has_no_control_characters() -> None:
    assert not re.search(r"[^ -~\n]", "\n".join(log(["X..?"] * 5, 60)))


def test_a_terminal_gets_a_bar_that_goes_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    with progress(3, terminal) as advance:
        for row in ("X...", "...?", "...."):
            advance(RESULTS[row])
    said = terminal.getvalue()
    assert "3/3" in said
    assert "1 at risk, 1 not wholly seen" in said
    assert said.endswith("\x1b[2K")  # the line is erased


def test_a_terminal_gets_nothing_of_a_single_account() -> None:
    terminal = Terminal()
    with progress(1, terminal) as advance:
        advance(RESULTS["X..."])
    assert terminal.getvalue() == ""


def test_an_interrupt_passes_through_the_bar() -> None:
    terminal = Terminal()

    def interrupted() -> None:
        with progress(3, terminal) as advance:
            advance(RESULTS["...."])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "1/3" in terminal.getvalue()
