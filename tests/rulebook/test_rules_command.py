"""`rootguard rules`: the list for people and programs, the page of one, and what it says of a name it does not know."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from rootguard.catalog import load_catalog, load_process_checks, load_rules
from rootguard.cli import app
from rootguard.errors import RootguardError
from rootguard.rulebook.command import show_page
from rootguard.rulebook.listing import show_list
from rootguard.rulebook.page import page

CATALOG = load_catalog()
NAMES = [rule.name for rule in CATALOG]


def rules(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["rules", *arguments], prog_name="rootguard", catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(rules("--format", "json"))}


def test_json_lists_every_rule_and_process_check(listed: dict[str, dict[str, Any]]) -> None:
    assert list(listed) == NAMES
    assert {name for name, entry in listed.items() if entry["kind"] == "lambda"} == {each.name for each in load_rules()}
    assert {name for name, entry in listed.items() if entry["kind"] == "process check"} == {
        each.name for each in load_process_checks()
    }


def test_json_says_what_the_rules_say(listed: dict[str, dict[str, Any]]) -> None:
    for rule in CATALOG:
        entry = listed[rule.name]
        assert (entry["title"], entry["severity"], entry["practice"]) == (rule.title, rule.severity, rule.practice)
        assert [tuple(control.values()) for control in entry["controls"]] == list(rule.controls)
        assert entry["remediation"] == rule.remediation.text
    for rule in load_rules():
        entry = listed[rule.name]
        assert entry["actions"] == list(rule.actions)
        assert [parameter["name"] for parameter in entry["parameters"]] == [each.name for each in rule.parameters]
        assert [each["reason"] for each in entry["outcomes"]] == [outcome.reason for outcome in rule.outcomes]


def test_process_checks_have_the_same_members_and_ask_nothing(listed: dict[str, dict[str, Any]]) -> None:
    assert len({tuple(entry) for entry in listed.values()}) == 1
    assert all(listed[check.name]["actions"] == [] for check in load_process_checks())


def test_json_of_one_rule_is_its_entry(listed: dict[str, dict[str, Any]]) -> None:
    assert json.loads(rules("root-mfa-enabled", "--format", "json")) == listed["root-mfa-enabled"]


def table(width: int) -> str:
    buffer = io.StringIO()
    show_list(Console(file=buffer, width=width), CATALOG)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "first", "absent"),
    [
        pytest.param(48, "rule severity", "practice", id="half a screen"),
        pytest.param(64, "rule severity practice", "what must hold", id="a small one"),
        pytest.param(80, "rule severity practice what must hold", "controls", id="a terminal"),
        pytest.param(120, "rule severity practice what must hold controls", "kind", id="a wide one"),
        pytest.param(
            200,
            "rule severity practice what must hold controls kind actions parameters",
            "Lambda",
            id="a very wide one",
        ),
    ],
)
def test_the_table_has_as_many_columns_as_fit(width: int, first: str, absent: str) -> None:
    text = table(width)
    assert " ".join(text.splitlines()[0].split()) == first
    assert max(map(len, text.splitlines())) <= width
    assert absent not in text.splitlines()[0]
    assert all(any(line.startswith(f"{name} ") for line in text.splitlines()) for name in NAMES)


def test_without_a_name_the_table_is_what_one_sees() -> None:
    text = rules()
    assert [line.split()[0] for line in text.splitlines() if line.split(" ")[0] in NAMES] == NAMES


@pytest.mark.parametrize("rule", CATALOG, ids=lambda rule: rule.name)
def test_with_a_name_a_program_gets_the_page_as_it_is(rule: Any) -> None:
    assert rules(rule.name) == page(rule)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_on_a_terminal_the_page_is_rendered(width: int) -> None:
    buffer = io.StringIO()
    show_page(Console(file=buffer, width=width, force_terminal=True, color_system=None), page(CATALOG[0]))
    lines = buffer.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.startswith(("#", "|", "```"))]
    assert "\\" not in "".join(line for line in lines if "pattern" not in line and "arn:" not in line)[:1000]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("root-not-usd", "did you mean root-not-used?", id="a letter missing"),
        pytest.param("ROOT-MFA-ENABLED", "did you mean root-mfa-enabled?", id="in capitals"),
        pytest.param("hardware", "did you mean hardware-mfa-for-root?", id="a part of one"),
        pytest.param("zzz", "`rootguard rules` lists them", id="nothing like it"),
        pytest.param("", "`rootguard rules` lists them", id="no name at all"),
    ],
)
def test_an_unknown_name_is_one_line_with_what_was_meant(name: str, hint: str) -> None:
    with pytest.raises(RootguardError) as refusal:
        CliRunner().invoke(app, ["rules", name], catch_exceptions=False, standalone_mode=False)
    said = str(refusal.value)
    assert said.startswith(f"there is no rule {name or repr(name)}; ")
    assert hint.removesuffix("?") in said
    assert "\n" not in said


@pytest.mark.parametrize("arguments", [[], ["--format", "json"], ["root-mfa-enabled"]], ids=["list", "json", "page"])
def test_asking_the_rules_does_not_load_what_asks_aws(arguments: list[str]) -> None:
    program = (
        f"import sys; sys.argv = {['rootguard', 'rules', *arguments]!r}\n"
        "from rootguard.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*({'boto3', 'botocore', 'rdklib', 'moto', 'yaml'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - ours
    assert (done.stdout != "", done.stderr) == (True, "\n")
