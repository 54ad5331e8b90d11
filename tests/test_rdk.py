"""The build output as a workspace of the Rule Development Kit (rdk 1.0.0), run by its own command without AWS."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rootguard.artifacts import build
from rootguard.catalog import PROJECT, load_process_checks, load_rules, rules_directory
from rootguard.kit.rule import AnyRule

RULES = load_rules()
CHECKS = {check.name for check in load_process_checks()}
FOLDERS = sorted(path.name for path in rules_directory().iterdir() if "-" in path.name and path.name not in CHECKS)
"""Not those of process checks, which RDK cannot make: they live in conformance packs only."""
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "worth-nothing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
}

type Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rdk") / "build"
    build(rules_directory(), folder)
    return folder


def run(program: str, *arguments: str | Path, cwd: Path) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(  # noqa: S603 - an entry point of this environment
        [Path(sys.executable).with_name(program), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, **NOWHERE},
    )


@pytest.fixture(scope="module")
def template(workspace: Path) -> Path:
    path = workspace.parent / "rules.json"
    done = run("rdk", "create-rule-template", "--all", "--rules-only", "-o", path, cwd=workspace)
    assert done.returncode == 0, done.stderr
    return path


def resources(template: Path) -> dict[str, dict[str, Any]]:
    """The properties of each resource, by its logical id."""
    document = json.loads(template.read_text("utf-8"))
    assert {resource["Type"] for resource in document["Resources"].values()} == {"AWS::Config::ConfigRule"}
    return {name: resource["Properties"] for name, resource in document["Resources"].items()}


def test_version_is_the_pinned_one(workspace: Path) -> None:
    done = run("rdk", "--version", cwd=workspace)
    assert (done.returncode, done.stdout.strip()) == (0, "rdk 1.0.0")


def test_test_local_runs_the_tests_of_each_rule(workspace: Path) -> None:
    """RDK succeeds without any test as well, so they are counted."""
    done = run("rdk", "test-local", "--all", cwd=workspace)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = re.findall(r"^Testing (\S+)$", done.stdout, re.MULTILINE)
    counts = [int(count) for count in re.findall(r"^Ran (\d+) tests? in", done.stderr, re.MULTILINE)]
    assert sorted(tested) == FOLDERS
    assert len(counts) == len(FOLDERS)
    assert min(counts) >= 3
    assert re.findall(r"^(OK|FAILED|NO TESTS RAN)\b", done.stderr, re.MULTILINE) == ["OK"] * len(FOLDERS)


def test_a_failing_rule_fails_test_local(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    build(rules_directory(), folder)
    module = folder / "root-mfa-enabled" / "root_mfa_enabled.py"
    module.write_text(module.read_text().replace("handler(RULE)", "lambda *_: {'compliance': 'COMPLIANT'}"))
    done = run("rdk", "test-local", "root-mfa-enabled", cwd=folder)
    assert done.returncode == 1
    assert "FAILED" in done.stderr


def test_template_has_each_rule_once(template: Path) -> None:
    names = [properties["ConfigRuleName"] for properties in resources(template).values()]
    assert sorted(names) == FOLDERS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_template_says_what_the_rule_says(template: Path, rule: AnyRule) -> None:
    properties = resources(template)[f"{rule.name.replace('-', '')}ConfigRule"]
    assert properties["Description"] == rule.title
    assert properties["InputParameters"].keys() == {parameter.name for parameter in rule.parameters}
    assert properties["Source"]["Owner"] == "CUSTOM_LAMBDA"
    assert [detail["MaximumExecutionFrequency"] for detail in properties["Source"]["SourceDetails"]] == [
        str(rule.frequency)
    ]


@pytest.mark.slow
def test_cfn_lint_finds_nothing_in_the_template(template: Path) -> None:
    done = run("cfn-lint", "--include-checks", "I", "--template", template, cwd=template.parent)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_rulesets_are_listed(workspace: Path) -> None:
    done = run("rdk", "rulesets", "list", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()[1:]) == sorted({"rootguard", *(str(rule.severity) for rule in RULES)})


@pytest.mark.parametrize("ruleset", ["rootguard", "critical", "high"])
def test_a_ruleset_lists_its_rules(workspace: Path, ruleset: str) -> None:
    done = run("rdk", "rulesets", "list", ruleset, cwd=workspace)
    assert done.returncode == 0, done.stderr
    listed = set(re.findall(r"\b[a-z]+(?:-[a-z]+)+\b", done.stdout))
    assert listed == {rule.name for rule in RULES if ruleset in ("rootguard", rule.severity)}


def parameters(folder: str) -> dict[str, Any]:
    document = json.loads((rules_directory() / folder / "parameters.json").read_text("utf-8"))
    found: dict[str, Any] = document["Parameters"]
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_the_rule(folder: str) -> None:
    """RDK takes the name from the folder and never reads RuleName; ours must not say something else."""
    assert parameters(folder)["RuleName"] == folder
    assert len(f"RDK-Rule-Function-{folder}") <= 64  # Lambda's limit of a function name


@pytest.mark.parametrize("folder", FOLDERS)
def test_handler_is_in_the_only_module(folder: str) -> None:
    module, function = parameters(folder)["SourceHandler"].split(".")
    assert module.isidentifier()
    assert function == "lambda_handler"
    assert {path.name for path in (rules_directory() / folder).iterdir()} - {"__pycache__"} == {
        f"{module}.py",
        "parameters.json",
    }


def test_no_two_rules_are_one_to_rdk() -> None:
    """It names a resource after the folder without hyphens and underscores: root-mfa and rootmfa would be one."""
    assert len({re.sub("[-_]", "", folder) for folder in FOLDERS}) == len(FOLDERS)


def test_parameters_json_stands_only_where_a_rule_is() -> None:
    """RDK takes every folder that has one for a rule."""
    ignored = {".venv", "build", "out", "dist"}
    found = {
        path.parent.relative_to(PROJECT).as_posix()
        for top in PROJECT.iterdir()
        if top.is_dir() and top.name not in ignored
        for path in top.rglob("parameters.json")
    }
    assert found == {f"rules/{folder}" for folder in FOLDERS}
