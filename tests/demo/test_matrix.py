"""The matrix as a person reads it."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Literal

import pytest
from rich.console import Console

from rootguard.catalog import by_severity, load_catalog
from rootguard.demo.compliance_view import ERROR, OPEN, Cell
from rootguard.demo.matrix import show
from rootguard.process_check import ConfigRule

RULES = tuple(
    rule
    for rule in by_severity(load_catalog())
    if rule.name in {"hardware-mfa-for-root", "root-alarm-present", "root-mfa-enabled", "root-recovery-attested"}
)
COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE = "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"


def account(
    name: str,
    number: int = 1,
    answers: Sequence[str] = (COMPLIANT,) * len(RULES),
    reason: str = "it is as it is",
) -> list[Cell]:
    return [
        Cell(f"{number:012}", name, rule.name, compliance, reason)
        for rule, compliance in zip(RULES, answers, strict=False)
    ]


def shown(
    cells: Iterable[Cell], width: int = 80, *, terminal: bool = False, rules: Sequence[ConfigRule] = RULES
) -> str:
    file = StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    show(Console(file=file, width=width, force_terminal=terminal, color_system=colours), list(cells), rules)
    return file.getvalue()


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


MIXED = [
    *account("management", 111122223333),
    *account("payments", 444455556666, (NON_COMPLIANT, ERROR, COMPLIANT, NOT_APPLICABLE), "because " * 12 + "so"),
    *account("sandbox", 777788889999, (NON_COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, OPEN)),
    *account("exempt", 888899990000, (NOT_APPLICABLE,) * 3 + (OPEN,), "exempt until 2027-01-31"),
]

WITH_NAMES = """\
AWS Config compliance
                         hardware-            root-    root-
                         mfa-for-  root-mfa- alarm-  recovery-
                           root     enabled  present attested
account       name           1         2        3        4
──────────────────────────────────────────────────────────────
111122223333  management     ✔         ✔        ✔        ✔
444455556666  payments       ✘         !        ✔        ·
777788889999  sandbox        ✘         ✘        ·        ?
888899990000  exempt         ·         ·        ·        ?
✔ compliant  ✘ non-compliant  ! could not be seen  ? to attest  · not applicable

By rule
   rule                    severity    ✘    !    ?    ·    ✔
────────────────────────────────────────────────────────────
1  hardware-mfa-for-root   critical    2    0    0    1    1
2  root-mfa-enabled        critical    1    1    0    1    1
3  root-alarm-present      high        0    0    0    2    2
4  root-recovery-attested  medium      0    0    2    1    1

payments (444455556666)
  ✘ hardware-mfa-for-root: because because because because because because
    because because because because because because so
  ! root-mfa-enabled: because because because because because …ause because
    because because because so

sandbox (777788889999)
  ✘ hardware-mfa-for-root, root-mfa-enabled: it is as it is

exempt (888899990000)
  · hardware-mfa-for-root, root-mfa-enabled, root-alarm-present: exempt until
    2027-01-31
"""

WITH_NUMBERS = """\
AWS Config compliance
account       name       1  2  3  4
────────────────────────────────────
111122223333  management ✔  ✔  ✔  ✔
444455556666  payments   ✘  !  ✔  ·
777788889999  sandbox    ✘  ✘  ·  ?
888899990000  exempt     ·  ·  ·  ?
"""


def test_rules_are_named_above_their_columns_where_that_fits() -> None:
    assert lines(shown(MIXED)) == WITH_NAMES.splitlines()


def test_rules_have_numbers_above_their_columns_elsewhere() -> None:
    assert lines(shown(MIXED, 60))[:7] == WITH_NUMBERS.splitlines()


def test_on_a_wide_screen_only_the_reasons_take_the_room() -> None:
    found = "\n".join(lines(shown(MIXED, 140)))
    assert f"  ✘ hardware-mfa-for-root: {'because ' * 12}so\n" in found
    assert found.startswith(WITH_NAMES.partition("payments (")[0])


@pytest.mark.parametrize(("width", "named"), [(80, False), (120, False), (200, True)])
def test_all_our_rules_fit(width: int, *, named: bool) -> None:
    rules = by_severity(load_catalog())
    cells = [Cell("111122223333", "signing-certificate", rule.name, COMPLIANT, "well") for rule in rules]
    found = lines(shown(cells, width, rules=rules))
    assert max(map(len, found)) <= width
    [row] = [line.split() for line in found if line.startswith("111122223333")]
    assert row == ["111122223333", "signing-certificate", *"✔" * len(rules)]
    assert any("certificates" in line for line in found[: found.index(next(x for x in found if "─" in x))]) is named


def test_an_error_shows_its_beginning_and_its_end() -> None:
    """The middle names the function's role, so that what was denied to several rules is told once."""
    reasons = (
        f"iam:GetAccountSummary in account 000000000001 (us-east-1): AccessDenied: User: arn:aws:sts::1:{role} is "
        f"{'not authorized ' * 20}-> grant iam:GetAccountSummary to the role that evaluates the rule"
        for role in ("one-role", "other-role")
    )
    cells = [Cell("1".zfill(12), "one", rule.name, ERROR, reason) for rule, reason in zip(RULES, reasons, strict=False)]
    found = " ".join(shown(cells).split())
    assert found.endswith(
        "one (000000000001) ! hardware-mfa-for-root, root-mfa-enabled: iam:GetAccountSummary (us-east-1): Acces…"
        "uthorized not authorized not authorized -> grant iam:GetAccountSummary to the role that evaluates the rule"
    )


def test_many_rules_that_say_the_same_are_counted() -> None:
    rules = by_severity(load_catalog())[:6]
    cells = [Cell("1".zfill(12), "one", rule.name, NOT_APPLICABLE, "exempt until 2027-01-31") for rule in rules]
    assert "  · 6 rules: exempt until 2027-01-31" in lines(shown(cells, rules=rules))


def test_what_does_not_apply_for_several_reasons_is_left_to_the_file() -> None:
    cells = [Cell("1".zfill(12), "one", rule.name, NOT_APPLICABLE, rule.title) for rule in RULES]
    assert not any(line.startswith("one (") for line in lines(shown(cells)))


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_long_name_takes_no_room_from_what_identifies_and_judges(width: int) -> None:
    """An account's name has up to 50 characters (API model organizations, AccountName)."""
    found = lines(shown([*account("n" * 50, 111122223333), *account("two words " * 5, 444455556666)], width))
    rows = [line for line in found if line.endswith("✔") and line[0].isdigit() and len(line.split()[0]) == 12]
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
    assert "\x1b[1mhardware-mfa-for-root, root-mfa-enabled\x1b[0m: it is as it is" in coloured
    assert "\x1b" not in shown(MIXED)

    monkeypatch.setenv("NO_COLOR", "1")
    assert not any(f"{colour}m" in shown(MIXED, terminal=True) for colour in range(30, 38))
    assert "✘" in shown(MIXED, terminal=True)


def test_beyond_forty_accounts_the_rest_is_counted() -> None:
    cells = [cell for number in range(43) for cell in account(f"account-{number}", number, (NON_COMPLIANT,) * 4)]
    found = lines(shown(cells))
    assert "… and 3 more accounts; --output writes all of them to compliance.json" in found
    rows = [line.split() for line in found if line.startswith("0000")]
    assert [row[1:] for row in rows] == [[f"account-{number}", *"✘✘✘✘"] for number in range(40)]
    assert ["2", "root-mfa-enabled", "critical", "43", "0", "0", "0", "0"] in [line.split() for line in found]
    assert sum(line.startswith("account-") for line in found) == 40


def test_forty_accounts_are_all_shown() -> None:
    cells = [cell for number in range(40) for cell in account(f"account-{number}", number)]
    assert "more accounts" not in shown(cells)


def test_all_compliant_needs_no_reasons() -> None:
    assert lines(shown(account("management")))[-1].split() == [*"4", "root-recovery-attested", "medium", *"00001"]


def test_accounts_of_one_name_stay_apart() -> None:
    found = lines(shown([*account("twin", 1), *account("twin", 2, (NON_COMPLIANT,) * 4)]))
    assert [line.split() for line in found if line.startswith("0000")] == [
        ["000000000001", "twin", "✔", "✔", "✔", "✔"],
        ["000000000002", "twin", "✘", "✘", "✘", "✘"],
    ]


def test_a_rule_without_a_cell_leaves_its_place_empty() -> None:
    found = lines(shown([*account("whole", 1), *account("part", 2)[1:2]]))
    whole, part = (next(line for line in found if f"  {name} " in line) for name in ("whole", "part"))
    assert part.index("✔") == [index for index, sign in enumerate(whole) if sign == "✔"][1]
    assert part.count("✔") == 1


def test_without_cells_it_does_not_fail() -> None:
    assert "By rule" in shown([])
