import re
from typing import Any

import pytest
import typer
import yaml

from rootguard.audit.commands import audit
from rootguard.catalog import PROJECT, load_rules
from rootguard.derive.audit_page import FILE, policy
from rootguard.permissions import RESOURCES

TEXT = (PROJECT / FILE).read_text("utf-8")
OTHERS = {"--project", "--profile", "--region"}
"""Of uv; and those that need no explanation, being the aws CLI's."""


def options() -> set[str]:
    app = typer.Typer(add_completion=False)
    app.command()(audit)
    return {name for parameter in typer.main.get_command(app).params for name in parameter.opts}


def test_the_policy_grants_what_the_rules_ask_of_an_account_and_no_more() -> None:
    [statement] = policy(load_rules())["Statement"]
    needed = {action for rule in load_rules() for action in rule.actions} - {"sts:AssumeRole"}
    assert set(statement["Action"]) == needed
    assert needed <= RESOURCES.keys()


def test_the_page_tells_of_every_option_and_of_no_other() -> None:
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))
    assert told - OTHERS == options() - {"--help"} - OTHERS


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL), ids=["GitHub Actions", "CodeBuild"])
def test_a_pipeline_on_the_page_runs_an_audit(text: str) -> None:
    pipeline: Any = yaml.safe_load(text)
    assert "rootguard audit --organization" in str(pipeline)
    assert pipeline["jobs"] if "jobs" in pipeline else pipeline["phases"]
