"""buildspec.yml: what it says, and that its phases run as CodeBuild runs them.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from rootguard.catalog import PROJECT, load_rules
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FEW_TESTS = "tests/kit/test_verdict.py"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "build", "out", "dist", ".coverage"
)
CODEBUILD_VARIABLES = {"CODEBUILD_RESOLVED_SOURCE_VERSION"}
IMAGE_PROGRAMS = {"pip"}

UV = """#!/bin/sh
shift
program=$1
shift
if [ "$program" = pytest ]; then
  [ "${{TESTS_EXIT:-0}}" = 0 ] || echo "a test has failed" >&2
  exit "${{TESTS_EXIT:-0}}"
fi
exec "{folder}/$program" "$@"
"""
"""`uv run` of the programs of an environment that is there, but for tests, whose outcome TESTS_EXIT says."""

type Buildspec = dict[str, Any]


@pytest.fixture(scope="module")
def buildspec() -> Buildspec:
    return dict(yaml.safe_load((PROJECT / "buildspec.yml").read_text("utf-8")))


def commands(buildspec: Buildspec) -> list[str]:
    return [command for phase in buildspec["phases"].values() for command in phase["commands"]]


def programs(command: str) -> Iterator[str]:
    """The programs that a command starts: each one of a list, behind `uv run` too."""
    without_substitutions = re.sub(r"\$\([^)]*\)", "", command)
    for part in re.split(r"\bthen\b|;|&&|\|\|", without_substitutions):
        words = [word for word in shlex.split(part) if not re.match(r"[A-Z_]+=", word)]
        if not words or words[0] in {"if", "fi", "export"}:
            continue
        yield words[0]
        if words[:2] == ["uv", "run"]:
            yield words[2]


def test_it_is_of_the_version_whose_commands_share_a_shell(buildspec: Buildspec) -> None:
    assert buildspec["version"] == 0.2
    assert buildspec.keys() <= {"version", "env", "phases", "reports", "artifacts", "cache"}
    assert list(buildspec["phases"]) == ["install", "pre_build", "build"]
    assert buildspec["env"]["shell"] == "bash"


def test_python_is_the_lambdas(buildspec: Buildspec) -> None:
    wanted = (PROJECT / ".python-version").read_text("utf-8").strip()
    assert buildspec["phases"]["install"]["runtime-versions"] == {"python": wanted}


def test_a_build_that_fails_publishes_nothing(buildspec: Buildspec) -> None:
    """No phase continues, and post_build, which runs after a build phase that failed, does not exist."""
    assert {phase.get("on-failure", "ABORT") for phase in buildspec["phases"].values()} == {"ABORT"}
    assert ["rootguard publish" in command for command in commands(buildspec)].index(True) == len(
        commands(buildspec)
    ) - 1


def test_tests_that_fail_are_reported(buildspec: Buildspec) -> None:
    """CodeBuild reports in UPLOAD_ARTIFACTS, which it attempts once the build phase has run, unless that aborts.

    https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
    """
    tested = [
        name for name, phase in buildspec["phases"].items() if any("pytest" in each for each in phase["commands"])
    ]
    assert tested == ["build"]
    assert "on-failure" not in buildspec["phases"]["build"]


def test_what_is_installed_is_found(buildspec: Buildspec) -> None:
    """The images' Python is pyenv's, which until 2025 made no shim for what `python -m pip` had installed.

    https://github.com/pyenv/pyenv/issues/2243
    """
    assert buildspec["phases"]["install"]["commands"][0].startswith("pip install ")


def test_every_variable_is_declared(buildspec: Buildspec) -> None:
    used = {name for command in commands(buildspec) for name in re.findall(r"\$\{?([A-Z_]+)", command)}
    assigned = {name for command in commands(buildspec) for name in re.findall(r"([A-Z_]+)=", command)}
    assert used <= buildspec["env"]["variables"].keys() | CODEBUILD_VARIABLES | assigned
    assert set(buildspec["env"]["exported-variables"]) <= buildspec["env"]["variables"].keys() | assigned
    assert all(isinstance(value, str) for value in buildspec["env"]["variables"].values())


def test_every_program_is_there(buildspec: Buildspec) -> None:
    started = {program for command in commands(buildspec) for program in programs(command)}
    assert {"uv", "ruff", "mypy", "pytest", "lint-imports", "cfn-lint", "rootguard"} <= started
    folder = Path(sys.executable).parent
    missing = {name for name in started - {"uv", "uvx"} - IMAGE_PROGRAMS if not (folder / name).exists()}
    assert missing == set()


def test_it_runs_every_check_of_the_project(buildspec: Buildspec) -> None:
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert {"ruff", "mypy", "pytest", "importlinter"} <= declared.keys()
    text = "\n".join(commands(buildspec))
    for check in (
        "ruff check",
        "ruff format --check",
        "uv run mypy\n",
        "lint-imports",
        "derive --check",
        "cfn-lint",
        "checkov",
    ):
        assert check in text


def test_reports_are_where_the_tests_write_them(buildspec: Buildspec) -> None:
    text = "\n".join(commands(buildspec))
    for report in buildspec["reports"].values():
        (file,) = report["files"]
        assert f"{report['base-directory']}/{file}" in text
    assert {report["file-format"] for report in buildspec["reports"].values()} == {"JUNITXML", "COBERTURAXML"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sources, as CodeBuild fetches them."""
    return shutil.copytree(PROJECT, tmp_path / "src", ignore=NOT_COPIED)


@pytest.fixture
def bucket() -> Iterator[tuple[Sandbox, Any]]:
    with Sandbox() as sandbox:
        s3 = sandbox.session(sandbox.management_account_id).client("s3")
        s3.create_bucket(Bucket="artifacts")
        s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
        yield sandbox, s3


def environment(buildspec: Buildspec, sandbox: Sandbox, tools: Path, **variables: str) -> dict[str, str]:
    """What a build's shell has: first on its path is a python into which pip may install, then the one behind it."""
    runtime = Path(sys.base_prefix) / "bin"
    kept = ("HOME", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "SSL_CERT_FILE")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **{f"{name}": os.environ[name] for name in os.environ if name.lower().endswith("_proxy")},
        **buildspec["env"]["variables"],
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
        "PATH": f"{tools / 'bin'}:{runtime}:/usr/local/bin:/usr/bin:/bin",
        **sandbox.environment(operator(sandbox.management_account_id)),
        "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT,
        **variables,
    }


def run(
    buildspec: Buildspec, phases: list[str], cwd: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run phases as version 0.2 does: every command in one shell, the first that fails ends the build."""
    listed = [command for phase in phases for command in buildspec["phases"][phase]["commands"]]
    script = "\n".join(f"eval {shlex.quote(command)} || exit 1" for command in listed)
    return subprocess.run(  # noqa: S603 - our own commands
        ["/bin/bash", "-c", script], check=False, capture_output=True, text=True, cwd=cwd, env=variables
    )


@pytest.mark.slow
def test_its_phases_build_and_publish_under_the_commit_id(
    buildspec: Buildspec, checkout: Path, bucket: tuple[Sandbox, Any], tmp_path: Path
) -> None:
    sandbox, s3 = bucket
    signer = sandbox.session(sandbox.management_account_id).client("signer")
    signer.put_signing_profile(profileName="functions", platformId="AWSLambda-SHA384-ECDSA")
    venv.create(tmp_path / "tools", with_pip=True)
    variables = environment(
        buildspec,
        sandbox,
        tmp_path / "tools",
        ARTIFACT_BUCKET="artifacts",
        SIGNING_PROFILE="functions",
        PYTEST_ADDOPTS=f"-n0 {FEW_TESTS}",
        COVERAGE_MINIMUM="0",
    )
    done = run(buildspec, list(buildspec["phases"]), checkout, variables)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    expected = {f"{COMMIT}/{rule.name}.zip" for rule in load_rules()} | {
        f"{COMMIT}/rules.yaml",
        f"{COMMIT}/signed-rules.yaml",
        f"{COMMIT}/conformance-pack.yaml",
    }
    keys = {each["Key"] for each in s3.list_objects_v2(Bucket="artifacts", Prefix=f"{COMMIT}/")["Contents"]}
    assert keys == expected
    assert {each["status"] for each in signer.list_signing_jobs()["jobs"]} == {"Succeeded"}
    tests = ET.parse(checkout / "reports/tests.xml").getroot()  # noqa: S314 - pytest wrote it
    assert int(tests[0].attrib["tests"]) > 0
    coverage = ET.parse(checkout / "reports/coverage.xml").getroot()  # noqa: S314 - coverage wrote it
    assert coverage.tag == "coverage"
    for pattern in buildspec["artifacts"]["files"]:
        assert list(checkout.glob(pattern)), pattern


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CODEBUILD_RESOLVED_SOURCE_VERSION": ""}, "no commit id to publish under"),
        ({"ARTIFACT_BUCKET": "nowhere"}, "there is no bucket nowhere"),
        ({"TESTS_EXIT": "1"}, "a test has failed"),
        ({"ARTIFACT_BUCKET": ""}, None),
    ],
    ids=["no commit id", "no bucket", "a test that fails", "nothing to publish"],
)
def test_its_build_phase(
    buildspec: Buildspec, bucket: tuple[Sandbox, Any], tmp_path: Path, changes: dict[str, str], said: str | None
) -> None:
    """With this environment's rootguard in place of the one that `uv run` finds in the build's, and no tests."""
    sandbox, s3 = bucket
    tools = tmp_path / "tools" / "bin"
    tools.mkdir(parents=True)
    (tools / "uv").write_text(UV.format(folder=Path(sys.executable).parent), "utf-8")
    (tools / "uv").chmod(0o755)
    variables = environment(buildspec, sandbox, tmp_path / "tools", **({"ARTIFACT_BUCKET": "artifacts"} | changes))
    done = run(buildspec, ["build"], tmp_path, variables)
    assert (done.returncode == 0) is (said is None), done.stderr
    assert said is None or said in done.stderr
    assert "Contents" not in s3.list_objects_v2(Bucket="artifacts")
