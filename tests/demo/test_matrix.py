"""The matrix as a person reads it."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Literal

import pytest
from rich.console import Console

from rootguard.demo.compliance_view import Cell
from rootguard.demo.matrix import show

RULES = ("hardware-mfa-for-root", "root-alarm-present", "root-mfa-enabled", "root-no-access-keys")
COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, ERROR = "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "ERROR"


def account(
    name: str,
    number: int = 1,
    answers: Sequence[str] = (COMPLIANT,) * len(RULES),
    reason: str = "it is as it is",
) -> list[Cell]:
    return [
        Cell(f"{number:012}", name, rule, compliance, reason) for rule, compliance in zip(RULES, answers, strict=False)
    ]


def shown(cells: Iterable[Cell], width: int = 80, *, terminal: bool = False) -> str:
    file = StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    show(Console(file=file, width=width, force_terminal=terminal, color_system=colours), list(cells))
    return file.getvalue()


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


MIXED = [
    *account("management", 111122223333),
    *account("payments", 444455556666, (NON_COMPLIANT, ERROR, COMPLIANT, NOT_APPLICABLE), "because " * 12 + "so"),
    *account("sandbox", 777788889999, (NOT_APPLICABLE, COMPLIANT, NON_COMPLIANT, COMPLIANT)),
]

AT_80_COLUMNS = """\
AWS Config compliance
                          hardware-   root-              root-no-
                          mfa-for-   alarm-   root-mfa-  access-
account       name          root     present   enabled     keys
──────────────────────────────────────────────────────────────────
111122223333  management      ✔         ✔         ✔         ✔
444455556666  payments        ✘         !         ✔         ·
777788889999  sandbox         ·         ✔         ✘         ✔
✔ compliant   ✘ non-compliant   · not applicable   ! could not be evaluated

By rule
rule                      ✘     !     ·     ✔
──────────────────────────────────────────────
hardware-mfa-for-root     1     0     1     1
root-alarm-present        0     1     0     2
root-mfa-enabled          1     0     0     2
root-no-access-keys       0     0     1     2

payments (444455556666)
  ✘ hardware-mfa-for-root because because because because because because
                          because because because because because because so
  ! root-alarm-present    because because because because because because
                          because because because because because because so
  · root-no-access-keys   because because because because because because
                          because because because because because because so

sandbox (777788889999)
  ✘ root-mfa-enabled      it is as it is
  · hardware-mfa-for-root it is as it is
"""


def test_at_80_columns() -> None:
    assert lines(shown(MIXED)) == AT_80_COLUMNS.splitlines()


def test_at_120_columns_only_the_reasons_take_the_room() -> None:
    indent = "\n" + 26 * " "
    narrow = "because " * 5 + f"because{indent}" + "because " * 6 + "so"
    wide = "because " * 10 + f"because{indent}because so"
    assert narrow in AT_80_COLUMNS
    assert lines(shown(MIXED, 120)) == AT_80_COLUMNS.replace(narrow, wide).splitlines()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_long_name_takes_no_room_from_what_identifies_and_judges(width: int) -> None:
    """An account's name has up to 50 characters (API model organizations, AccountName)."""
    found = lines(shown([*account("n" * 50, 111122223333), *account("two words " * 5, 444455556666)], width))
    rows = [line for line in found if line.endswith("✔") and line[0].isdigit()]
    assert [(row[:12], row[14:].split()[-4:]) for row in rows] == [
        ("111122223333", ["✔"] * 4),
        ("444455556666", ["✔"] * 4),
    ]
    assert "…" not in "\n".join(found)
    assert sum(line[14:].split()[0].count("n") for line in found if line[14:].startswith("nn")) == 50
    assert max(map(len, found)) <= width


HOSTILE = {
    "markup": "[red]evil[/red]",
    "a closing tag alone": "[/] [/bold]",
    "a link": "[link=https://example.com]click[/link]",
    "an escaped bracket": r"\[bold] \\",
    "an emoji code": ":pile_of_poo:",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_markup_of_others_is_text(text: str) -> None:
    found = shown(account(text, answers=[NON_COMPLIANT], reason=text))
    assert found.count(text) == 3  # in the matrix, above the reasons, as the reason


CONTROLS = {
    "an escape sequence": "\x1b[2J\x1b[31mred",
    "a title": "\x1b]0;mine\x07",
    "a C1 control": "\x9b31mred",
    "a backspace": "a\bb",
    "a carriage return": "good\rbad",
    "a new line": "one\ntwo",
    "a tab": "one\ttwo",
    "a right-to-left override": "\u202egood",
    "a zero width space": "a\u200bb",
}


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
@pytest.mark.parametrize("text", CONTROLS.values(), ids=CONTROLS)
def test_control_characters_of_others_do_not_reach_the_screen(text: str, terminal: bool) -> None:  # noqa: FBT001 - a parameter
    def show_text(text: str) -> str:
        return shown(account(text, answers=[NON_COMPLIANT], reason=text), terminal=terminal)

    ours = {character for character in show_text("plain") if not character.isprintable()}
    found = show_text(text)
    assert {character for character in found if not character.isprintable()} <= ours
    assert len(found.splitlines()) == len(show_text("plain").splitlines())
    assert found.count("\x1b") == show_text("plain").count("\x1b")


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = shown(MIXED, terminal=True)
    assert "\x1b[32m✔" in coloured
    assert "\x1b[1;31m✘" in coloured
    assert "\x1b" not in shown(MIXED)

    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(f"{colour}m" in shown(MIXED, terminal=True) for colour in range(30, 38))
    assert "✘" in shown(MIXED, terminal=True)


def test_beyond_forty_accounts_the_rest_is_counted() -> None:
    cells = [cell for number in range(43) for cell in account(f"account-{number}", number, (NON_COMPLIANT,) * 4)]
    found = lines(shown(cells))
    assert "… and 3 more accounts; --output writes all of them to compliance.json" in found
    assert [line.split()[1] for line in found if line.endswith("✘         ✘         ✘         ✘")] == [
        f"account-{number}" for number in range(40)
    ]
    assert "root-mfa-enabled         43     0     0     0" in found
    assert sum(line.startswith("account-") for line in found) == 40


def test_forty_accounts_are_all_shown() -> None:
    cells = [cell for number in range(40) for cell in account(f"account-{number}", number)]
    assert "more accounts" not in shown(cells)


def test_all_compliant_needs_no_reasons() -> None:
    assert lines(shown(account("management")))[-1] == "root-no-access-keys       0     0     0     1"


def test_accounts_of_one_name_stay_apart() -> None:
    found = lines(shown([*account("twin", 1), *account("twin", 2, (NON_COMPLIANT,) * 4)]))
    assert [line.split() for line in found if line.startswith("0000")] == [
        ["000000000001", "twin", "✔", "✔", "✔", "✔"],
        ["000000000002", "twin", "✘", "✘", "✘", "✘"],
    ]


def test_a_rule_without_a_cell_leaves_its_place_empty() -> None:
    found = lines(shown([*account("whole", 1), *account("part", 2)[1:2]]))
    whole, part = (next(line for line in found if name in line) for name in ("whole", "part"))
    assert part.index("✔") == [index for index, sign in enumerate(whole) if sign == "✔"][1]
    assert part.count("✔") == 1


def test_without_cells_it_does_not_fail() -> None:
    assert "By rule" in shown([])
