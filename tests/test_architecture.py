"""What may depend on what, what happens at import, and what must not stand in a file."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rootguard.catalog import PROJECT, rules_directory
from rootguard.process_check import declares_process_check

KIT = PROJECT / "src" / "rootguard" / "kit"
SHIPPED = sorted([*KIT.rglob("*.py"), *rules_directory().glob("*/*.py")])


def imported(path: Path) -> Iterator[str]:
    """The absolute name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.ImportFrom():
                pytest.fail(f"{path} has a relative import, which Lambda cannot resolve in a rule's module")
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(module))]):
                yield module
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="__import__")):
                pytest.fail(f"{path} imports something that only shows when it runs")


def outside_the_standard_library(paths: list[Path]) -> set[str]:
    modules = {module for path in paths for module in imported(path)}
    return {module for module in modules if module.partition(".")[0] not in sys.stdlib_module_names}


def test_import_contracts_hold() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - import-linter's own entry point
        [script, "--no-cache"], check=False, capture_output=True, text=True, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", done.stdout)
    assert kept
    assert int(kept[1]) == (PROJECT / "pyproject.toml").read_text("utf-8").count("[[tool.importlinter.contracts]]")


@pytest.mark.parametrize(
    ("number", "list_name", "exempt"),
    [
        pytest.param(0, "forbidden_modules", {"kit"}, id="the kit imports none"),
        pytest.param(1, "source_modules", {"cli", "demo", "sandbox"}, id="of the product all are held to it"),
        pytest.param(2, "forbidden_modules", {"errors", "sandbox"}, id="the sandbox imports none"),
    ],
)
def test_a_contract_forgets_no_module(number: int, list_name: str, exempt: set[str]) -> None:
    found = {path.name.removesuffix(".py") for path in KIT.parent.iterdir() if not path.name.startswith("__")}
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    listed = {name.removeprefix("rootguard.") for name in contracts[number][list_name] if name.startswith("rootguard.")}
    assert listed == {name for name in found if name.isidentifier()} - exempt


def test_kit_needs_boto3_and_rdklib_and_nothing_else() -> None:
    foreign = outside_the_standard_library(sorted(KIT.rglob("*.py")))
    ours = {module for module in foreign if re.fullmatch(r"rootguard|rootguard\.kit(\..+)?", module)}
    assert {module.partition(".")[0] for module in foreign - ours} == {"boto3", "botocore", "rdklib"}
    assert list(imported(KIT.parent / "__init__.py")) == []  # it ships as well


@pytest.mark.parametrize("path", sorted(rules_directory().glob("*/*.py")), ids=lambda path: path.stem)
def test_a_rule_needs_the_kit_and_nothing_else(path: Path) -> None:
    """What people answer has no function, so that nothing of it ships."""
    more = {"rootguard.process_check"} if declares_process_check(path.read_bytes()) else set()
    foreign = outside_the_standard_library([path]) - more
    assert foreign
    assert all(module.startswith("rootguard.kit.") for module in foreign), foreign


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_ships_reaches_rdklib_in_one_module(path: Path) -> None:
    """So that it can be left behind there."""
    assert any(module.partition(".")[0] == "rdklib" for module in imported(path)) == (path == KIT / "rdk.py")


GUARD = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.", "os.system")):
        raise SystemExit(f"{event} at import")

def refuse_client(*arguments, **options):
    raise SystemExit(f"a client at import: {arguments[1]}")

sys.addaudithook(refuse)
import botocore.session
botocore.session.Session.create_client = refuse_client
"""
EVERYTHING = """
import importlib, pkgutil
import rootguard.kit
from rootguard.catalog import load_catalog
names = [module.name for module in pkgutil.walk_packages(rootguard.kit.__path__, "rootguard.kit.")]
for name in names:
    importlib.import_module(name)
print(len(names), len(load_catalog()))
"""


def run(program: str, *, lambda_: bool = False) -> subprocess.CompletedProcess[str]:
    """In an environment without Region and credentials, or as Lambda names its functions, too."""
    environment = {"AWS_LAMBDA_FUNCTION_NAME": "rootguard"} if lambda_ else {}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environment, cwd=PROJECT
    )


@pytest.mark.parametrize("lambda_", [False, True], ids=["here", "in Lambda"])
def test_nothing_is_asked_at_import(lambda_: bool) -> None:  # noqa: FBT001 - a parameter
    done = run(GUARD + EVERYTHING, lambda_=lambda_)
    assert done.returncode == 0, done.stderr
    modules = [path for path in KIT.rglob("*.py") if path != KIT / "__init__.py"]
    rules = [path for path in rules_directory().iterdir() if "-" in path.name]
    assert done.stdout.split() == [str(len(modules)), str(len(rules))]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import boto3; boto3.client('iam', region_name='us-east-1')", "a client at import: iam"),
        ("import boto3; boto3.resource('sns', region_name='us-east-1')", "a client at import: sns"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo at import"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-V'])", "subprocess.Popen at import"),
    ],
)
def test_the_guard_notices(program: str, said: str) -> None:
    done = run(GUARD + program)
    assert (done.returncode, done.stderr) == (1, f"{said}\n")


def test_loading_the_rules_does_not_even_import_boto3() -> None:
    done = run("import sys; from rootguard.catalog import load_catalog; load_catalog(); print('boto3' in sys.modules)")
    assert (done.returncode, done.stdout) == (0, "False\n")


GENERATED = {"__pycache__", ".git", ".venv", ".hypothesis", "build", "dist", "out"}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The text of what is, or will be, committed, by its path."""
    found = [path for path in PROJECT.iterdir() if path.is_file() and path.name != ".coverage"]
    for folder in (path for path in PROJECT.iterdir() if path.is_dir() and not path.name.endswith("_cache")):
        if folder.name not in GENERATED:
            found += [
                path
                for path in folder.rglob("*")
                if path.is_file() and GENERATED.isdisjoint(path.relative_to(PROJECT).parts)
            ]
    return {path.relative_to(PROJECT).as_posix(): path.read_text("utf-8", "replace") for path in found}


def test_the_files_are_those_of_the_project(files: dict[str, str]) -> None:
    assert files.keys() >= {"README.md", "uv.lock", ".ci/run", "templates/conformance-pack.yaml", "tests/conftest.py"}
    assert len(files) > 200


def test_no_file_names_a_place_of_somebodys_machine(files: dict[str, str]) -> None:
    """`/root/` alone is a path of IAM; with something behind it, it is a home folder."""
    homes = "work|home|root|Users"
    pattern = re.compile(rf"(?<![\w.:/*-])(?:/(?:{homes})/[\w.]|{re.escape(str(PROJECT))}\b)")
    assert pattern.search(f"at {PROJECT}/README.md")
    assert {name: match[0] for name, text in files.items() if (match := pattern.search(text))} == {}


def test_account_ids_are_those_of_documentation(files: dict[str, str]) -> None:
    """Any other may be somebody's; 00000000001 and the like, which only count, are nobody's."""
    account_id = re.compile(r"(?<![\w.])\d{12}(?![\w.])")
    documented = re.compile(r"(\d)\1{3}(\d)\2{3}(\d)\3{3}|123456789012|210987654321|0{10}\d\d")
    found = {(name, one) for name, text in files.items() if name != "uv.lock" for one in account_id.findall(text)}
    assert {one for _, one in found} >= {"123456789012", "111122223333"}
    assert {(name, one) for name, one in found if not documented.fullmatch(one)} == set()


def test_packages_are_locked_from_the_public_index(files: dict[str, str]) -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", files["uv.lock"]))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
