"""How the doctor's findings are shown and what they amount to."""

import io
import json

import pytest
from rich.console import Console

from rootguard.doctor.command import as_json, exit_code, show
from rootguard.doctor.finding import Finding, Status

OK = Finding("a", Status.OK, "fine")
ADVICE = Finding("b", Status.ADVICE, "missing", "aws do this")
FAILED = Finding("c", Status.FAILED, "broken", "aws do that")
UNSEEN = Finding("d", Status.UNSEEN, "denied", "grant it")
UNPROVEN = Finding("e", Status.UNPROVEN, "who knows")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        pytest.param([OK, ADVICE, UNPROVEN], 0, id="advice and open questions"),
        pytest.param([OK, FAILED], 1, id="something failed"),
        pytest.param([OK, UNSEEN], 3, id="something could not be seen"),
        pytest.param([UNSEEN, FAILED], 1, id="a failure outweighs what is unseen"),
    ],
)
def test_exit_code(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


def test_every_fix_stands_whole_on_a_line() -> None:
    screen = io.StringIO()
    long = Finding("c", Status.FAILED, "broken [not markup]", "aws " + "word " * 60 + "end")
    show(Console(file=screen, width=40), [OK, long])
    lines = screen.getvalue().splitlines()
    assert lines[0] == "✓ a: fine"
    assert lines[1] == "✗ c: broken [not markup]"
    assert lines[2].startswith("    fix: aws word")
    assert lines[2].endswith("end")
    assert lines[3:] == ["", "1 ok, 1 failed"]


def test_what_only_use_can_settle_stands_apart() -> None:
    screen = io.StringIO()
    show(Console(file=screen, width=40), [UNPROVEN, OK])
    said = ["✓ a: fine", "", "No read-only call tells, the sandbox neither:", "· e: who knows", "", "1 ok, 1 unproven"]
    assert screen.getvalue().splitlines() == said


def test_json() -> None:
    document = json.loads(as_json([OK, ADVICE]))
    assert document == {
        "schema": 1,
        "findings": [
            {"check": "a", "status": "ok", "message": "fine", "fix": ""},
            {"check": "b", "status": "advice", "message": "missing", "fix": "aws do this"},
        ],
    }
