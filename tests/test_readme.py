"""What README.md tells people to do works as written."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from rootguard.catalog import PROJECT, templates_directory
from rootguard.cli import app
from rootguard.kit.answer import Answer
from rootguard.kit.readers.account_summary import AccountSummary

README = (PROJECT / "README.md").read_text("utf-8")
COMMANDS = set(typer.main.get_group(app).commands)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> ModuleType:
    """The rule of "Add a rule", imported from a file of its own."""
    [source] = [text for language, text in BLOCKS if language == "python"]
    file = tmp_path / "root_no_password.py"
    file.write_text(source, "utf-8")
    spec = importlib.util.spec_from_file_location("root_no_password", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_first_two_commands_do_all_set_up() -> None:
    commands = [text.strip() for language, text in BLOCKS if not language][:2]

    assert commands == ["pip install -q uv && uv run rootguard demo", "uv run pytest"]


def test_ci_runs_the_test_command_as_written() -> None:
    assert re.search(r"^step uv run pytest$", (PROJECT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("present", "compliance"), [(0, "COMPLIANT"), (1, "NON_COMPLIANT")], ids=["none", "password"])
def test_the_example_rule_judges(example: ModuleType, present: int, compliance: str) -> None:
    answer = Answer({"AccountPasswordPresent": present}, "iam:GetAccountSummary", "111122223333", "us-east-1")

    assert example.decide(AccountSummary(answer), {}).compliance == compliance


def test_the_example_rule_is_as_short_as_it_is_said_to_be() -> None:
    [source] = [text for language, text in BLOCKS if language == "python"]

    assert len(source.splitlines()) < 50


def test_every_command_is_shown_and_every_one_shown_exists() -> None:
    shown = set(re.findall(r"rootguard (\w+)", README)) - {"itself"}
    shown |= {name for name in re.findall(r"`(\w+)`", README) if name in COMMANDS}

    assert shown == COMMANDS


def test_every_template_is_shown() -> None:
    names = {path.name for path in templates_directory().glob("*.yaml")}

    assert {name for name in names if f"`{name}`" not in README} == set()
