import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rootguard import artifacts, vendored
from rootguard.artifacts import ArtifactError, Manifest, build
from rootguard.catalog import load_process_checks, load_rules, rules_directory

RULES = rules_directory()
NAMES = [rule.name for rule in load_rules()]

type Tree = dict[str, bytes]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts") / "build"
    build(RULES, folder)
    return folder


@pytest.fixture
def one_rule(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    shutil.copytree(
        RULES / "root-mfa-enabled", rules / "root-mfa-enabled", ignore=shutil.ignore_patterns("__pycache__")
    )
    return rules


def tree(folder: Path) -> Tree:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def zipped_names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as package:
        return set(package.namelist())


@pytest.mark.parametrize("rule", NAMES)
def test_zip_holds_the_rule_the_kit_and_rdklib_and_nothing_else(output: Path, rule: str) -> None:
    kit = Path(artifacts.__file__).parent
    expected = {f"{rule.replace('-', '_')}.py", "rootguard/__init__.py"}
    expected |= {str(path.relative_to(kit.parent)) for path in kit.glob("kit/**/*") if path.suffix in {".py", ".json"}}
    expected |= set(vendored.rdklib_files())
    assert zipped_names(output / f"{rule}.zip") == expected
    assert "rdklib/util/internal.py" not in expected


@pytest.mark.parametrize("rule", NAMES)
def test_zip_says_nothing_of_the_machine(output: Path, rule: str) -> None:
    with zipfile.ZipFile(output / f"{rule}.zip") as package:
        entries = package.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}
    assert {(entry.extra, entry.comment, entry.create_system, entry.flag_bits) for entry in entries} == {
        (b"", b"", 3, 0)
    }


def test_manifest_describes_the_zips(output: Path) -> None:
    manifest = json.loads((output / "manifest.json").read_text())
    assert (manifest["schema_version"], manifest["rootguard_version"]) == (1, "0.1.0")
    assert sorted(manifest["rules"]) == NAMES
    for rule, artifact in manifest["rules"].items():
        content = (output / artifact["zip"]).read_bytes()
        digest = hashlib.sha256(content)
        assert artifact == {
            "zip": f"{rule}.zip",
            "sha256": digest.hexdigest(),
            "code_sha256": base64.b64encode(digest.digest()).decode(),
            "size": len(content),
            "handler": f"{rule.replace('-', '_')}.lambda_handler",
        }


def test_manifest_is_read_back(output: Path) -> None:
    assert Manifest.read(output).text() == (output / "manifest.json").read_text()


@pytest.mark.parametrize("rule", NAMES)
def test_workspace_folder_is_the_zip_with_parameters_and_a_test(output: Path, rule: str) -> None:
    module = rule.replace("-", "_")
    folder = tree(output / rule)
    assert folder.pop("parameters.json") == (RULES / rule / "parameters.json").read_bytes()
    assert f'import_module("{module}")' in folder.pop(f"{module}_test.py").decode()
    with zipfile.ZipFile(output / f"{rule}.zip") as package:
        assert folder == {name: package.read(name) for name in package.namelist()}


BUILD = (
    "import os, sys; os.umask(int(sys.argv[3], 8)); from pathlib import Path; from rootguard.artifacts import build;"
    "build(Path(sys.argv[1]), Path(sys.argv[2]))"
)


def test_second_build_elsewhere_makes_the_same_bytes(output: Path, tmp_path: Path) -> None:
    copied, other = tmp_path / "a copy of the rules", tmp_path / "deep" / "er" / "output"
    shutil.copytree(RULES, copied, copy_function=shutil.copyfile)
    environment = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", BUILD, str(copied), str(other), "077"]
    subprocess.run(command, check=True, env=environment, cwd=tmp_path)  # noqa: S603 - our own program
    assert tree(other) == tree(output)
    modes = {stat.filemode(path.stat().st_mode) for path in other.rglob("*") if path.is_file()}
    assert modes == {"-rw-r--r--"}


def test_build_replaces_an_earlier_build(one_rule: Path, tmp_path: Path) -> None:
    target = tmp_path / "build"
    build(RULES, target)
    build(one_rule, target)
    assert sorted(path.name for path in target.iterdir()) == [
        "manifest.json",
        "root-mfa-enabled",
        "root-mfa-enabled.zip",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "rules"]


def test_what_people_answer_has_no_package(one_rule: Path, tmp_path: Path) -> None:
    for check in load_process_checks():
        shutil.copytree(RULES / check.name, one_rule / check.name, ignore=shutil.ignore_patterns("__pycache__"))
    assert list(build(one_rule, tmp_path / "build").rules) == ["root-mfa-enabled"]


def no_module(rules: Path) -> None:
    (rules / "root-mfa-enabled" / "root_mfa_enabled.py").unlink()


def second_module(rules: Path) -> None:
    (rules / "root-mfa-enabled" / "other.py").touch()


def no_parameters(rules: Path) -> None:
    (rules / "root-mfa-enabled" / "parameters.json").unlink()


def broken_parameters(rules: Path) -> None:
    (rules / "root-mfa-enabled" / "parameters.json").write_text("{")


def other_handler(rules: Path) -> None:
    path = rules / "root-mfa-enabled" / "parameters.json"
    path.write_text(path.read_text().replace("root_mfa_enabled.lambda_handler", "root-mfa-enabled.lambda_handler"))


def huge_rule(rules: Path) -> None:
    noise = os.urandom(artifacts.LARGEST_ZIP).hex()
    (rules / "root-mfa-enabled" / "root_mfa_enabled.py").write_text(f"NOISE = {noise!r}\n")


def no_rule(rules: Path) -> None:
    shutil.rmtree(rules / "root-mfa-enabled")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(no_module, "a rule is one module, root_mfa_enabled.py; the folder has nothing", id="no module"),
        pytest.param(second_module, "the folder has other.py, root_mfa_enabled.py", id="second module"),
        pytest.param(no_parameters, "parameters.json cannot be read", id="no parameters.json"),
        pytest.param(broken_parameters, "parameters.json cannot be read", id="broken parameters.json"),
        pytest.param(other_handler, "names the handler root-mfa-enabled.lambda_handler", id="other handler"),
        pytest.param(huge_rule, f"more than {artifacts.LARGEST_ZIP}", id="too large"),
        pytest.param(no_rule, "no rules in", id="no rules"),
    ],
)
def test_failed_build_leaves_the_earlier_output(
    one_rule: Path, tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    target = tmp_path / "build"
    build(one_rule, target)
    before = tree(target)
    spoil(one_rule)
    with pytest.raises(ArtifactError, match=message) as refusal:
        build(one_rule, target)
    assert "\n" not in str(refusal.value)
    assert tree(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "rules"]


def test_folder_of_something_else_is_not_replaced(one_rule: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "letter.txt").write_text("dear")
    with pytest.raises(ArtifactError, match="no manifest"):
        build(one_rule, target)
    assert tree(target) == {"letter.txt": b"dear"}


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param('{"schema_version": 2, "rules": {}}', "schema version 2", id="another schema"),
        pytest.param('{"schema_version": 1, "rules": {"a": {}}}', "no manifest", id="missing members"),
        pytest.param("[]", "no manifest", id="something else"),
    ],
)
def test_foreign_manifest_is_refused(tmp_path: Path, manifest: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(ArtifactError, match=message):
        Manifest.read(tmp_path)


@pytest.fixture
def rdklib(tmp_path: Path) -> Path:
    for path, content in vendored.rdklib_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path / "rdklib"


def test_pinned_rdklib_is_recognized(rdklib: Path) -> None:
    assert vendored.verified(rdklib) == vendored.rdklib_files()


def changed_byte(package: Path) -> None:
    path = package / "evaluator.py"
    path.write_bytes(path.read_bytes() + b"\n")


def internal_module(package: Path) -> None:
    (package / "util" / "internal.py").touch()


def removed_module(package: Path) -> None:
    (package / "errors.py").unlink()


@pytest.mark.parametrize("spoil", [changed_byte, internal_module, removed_module])
def test_other_rdklib_is_refused(rdklib: Path, spoil: Callable[[Path], None]) -> None:
    spoil(rdklib)
    with pytest.raises(vendored.VendoredLibraryError, match=r"is not rdklib 0\.3\.10 with sha256") as refusal:
        vendored.verified(rdklib)
    assert "\n" not in str(refusal.value)


def test_module_that_records_nothing_is_refused_even_if_its_digest_were_pinned(rdklib: Path) -> None:
    internal_module(rdklib)
    modules = {f"rdklib/{path.relative_to(rdklib).as_posix()}": path.read_bytes() for path in rdklib.rglob("*.py")}
    with pytest.raises(vendored.VendoredLibraryError):
        vendored.verified(rdklib, vendored.digest(modules))


def rdk(output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    program = "import sys; from rdk.cli import main; sys.argv[0] = 'rdk'; main()"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(  # noqa: S603 - rdk's own entry point
        command, check=False, capture_output=True, text=True, cwd=output, env=environment
    )


def test_rdk_runs_the_derived_tests(output: Path) -> None:
    done = rdk(output, "test-local", "root-mfa-enabled")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 6 tests" in done.stderr
    assert done.stderr.rstrip().endswith("OK")


@pytest.mark.slow
@pytest.mark.parametrize("rule", NAMES)
def test_rdk_runs_the_derived_tests_of_every_rule(output: Path, rule: str) -> None:
    done = rdk(output, "test-local", rule)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 6 tests" in done.stderr


HANDLER = "lambda_handler = handler(RULE)"
BLIND = HANDLER + "\nlambda_handler = lambda *_: {'compliance': 'COMPLIANT'}"


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        pytest.param(HANDLER, BLIND, "test_unreachable_aws_is_no_verdict", id="answers blindly"),
        pytest.param(
            'name="root-mfa-enabled"', 'name="root-mfa-off"', "test_rule_has_its_folders_name", id="another name"
        ),
    ],
)
def test_derived_tests_notice_a_wrong_rule(one_rule: Path, tmp_path: Path, old: str, new: str, failing: str) -> None:
    module = one_rule / "root-mfa-enabled" / "root_mfa_enabled.py"
    assert old in module.read_text()
    module.write_text(module.read_text().replace(old, new))
    build(one_rule, tmp_path / "build")
    done = rdk(tmp_path / "build", "test-local", "root-mfa-enabled")
    assert done.returncode != 0
    assert f"FAIL: {failing} " in done.stderr
