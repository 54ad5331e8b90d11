"""The `rootguard` command as a person or a pipeline meets it: the installed script, in a process of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rootguard import __version__
from rootguard.catalog import PROJECT
from rootguard.cli import app

SCRIPT = Path(sys.executable).with_name("rootguard")
PACK = "templates/conformance-pack.yaml"
SKIPPED = shutil.ignore_patterns("__pycache__")

type Done = subprocess.CompletedProcess[str]


def run(*command: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COLUMNS"))}
    return subprocess.run(  # noqa: S603 - our own program
        command, check=False, capture_output=True, text=True, env={**clean, **(environment or {})}, cwd=cwd
    )


def rootguard(*arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
    return run(SCRIPT, *arguments, environment=environment, cwd=cwd)


def words(text: str) -> str:
    """What typer says, without the frame that it draws around it."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def assert_one_line(done: Done, pattern: str) -> None:
    """The command ended with 2, having said nothing but one line."""
    assert re.fullmatch(f"rootguard: {pattern}\n", done.stderr), done.stderr
    assert (done.returncode, done.stdout) == (2, "")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what `derive` and `build` need, in which the copy's own code runs (see `inside`)."""
    project = tmp_path / "a checkout"
    for folder in (
        "rules",
        "templates",
        "docs",
        *(
            f"src/rootguard/{package}"
            for package in ("attest", "audit", "kit", "derive", "deploy", "doctor", "report", "rulebook")
        ),
    ):
        shutil.copytree(PROJECT / folder, project / folder, ignore=SKIPPED)
    for file in (PROJECT / "src" / "rootguard").iterdir():
        if file.is_file():
            shutil.copy(file, project / "src" / "rootguard")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT / name, project)
    return project


@pytest.fixture
def installed(checkout: Path) -> Path:
    """The same, laid out as pip installs it."""
    packages = checkout.parent / "lib" / "site-packages"
    shutil.move(checkout / "src", packages)
    shutil.move(checkout / "rules", packages / "rootguard" / "_rules")
    shutil.move(checkout / "templates", packages / "rootguard" / "_templates")
    shutil.rmtree(checkout)
    return packages


def inside(source: Path) -> dict[str, str]:
    """Makes the script import rootguard from there."""
    return {"PYTHONPATH": str(source)}


def content(folder: Path) -> dict[str, bytes]:
    """Each file, but not what Python keeps of those that it has run."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_version() -> None:
    done = rootguard("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"rootguard {__version__}\n", "")


def test_help_names_every_command() -> None:
    done = rootguard("--help")
    assert (done.returncode, done.stderr) == (0, "")
    commands = ("rules", "derive", "build", "publish", "deploy", "status", "destroy", "demo")
    assert all(re.search(rf"\b{command}\b +[A-Z]", done.stdout) for command in commands)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param("", "Usage: rootguard [OPTIONS] COMMAND [ARGS]", id="nothing"),
        pytest.param("judge", "No such command 'judge'.", id="unknown command"),
        pytest.param("build --colour", "No such option: --colour", id="unknown option"),
        pytest.param("build now", "unexpected extra argument", id="unexpected argument"),
        pytest.param("build --output", "Option '--output' requires an argument", id="option without its value"),
        pytest.param("demo --accounts 1", "'--accounts': 1 is not in the range 2<=x<=2000.", id="too few"),
        pytest.param("demo --accounts 2001", "'--accounts': 2001 is not in the range 2<=x<=2000.", id="too many"),
        pytest.param("demo --accounts all", "'--accounts': 'all' is not a valid int", id="no number"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(arguments: str, said: str) -> None:
    done = CliRunner().invoke(app, arguments.split(), prog_name="rootguard")
    assert done.exit_code == 2
    assert said in words(done.stdout if not arguments else done.stderr)


def test_wrong_usage_of_the_script_ends_so_too() -> None:
    done = rootguard("judge")
    assert (done.returncode, done.stdout) == (2, "")
    assert words(done.stderr).endswith("Error No such command 'judge'.")


def test_derived_files_are_fresh() -> None:
    done = rootguard("derive", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_derive_finds_a_touched_file_and_mends_it(checkout: Path) -> None:
    before, environment = content(checkout), inside(checkout / "src")
    (checkout / PACK).write_text("mine\n")

    checked = rootguard("derive", "--check", environment=environment)
    assert (checked.returncode, checked.stdout) == (1, f"stale: {PACK}\n")
    assert checked.stderr == "rootguard: run `rootguard derive` and commit what it writes\n"
    assert (checkout / PACK).read_text() == "mine\n"

    written = rootguard("derive", environment=environment)
    assert (written.returncode, written.stdout, written.stderr) == (0, f"written: {PACK}\n", "")
    assert content(checkout) == before
    again = rootguard("derive", environment=environment)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert rootguard("derive", "--check", environment=environment).returncode == 0


def test_derive_removes_what_no_rule_stands_behind(checkout: Path) -> None:
    stray = checkout / "rules" / "gone" / "parameters.json"
    stray.parent.mkdir()
    stray.write_text("{}")
    done = rootguard("derive", environment=inside(checkout / "src"))
    assert (done.returncode, done.stdout) == (0, "removed: rules/gone/parameters.json\n")
    assert not stray.exists()


def test_the_rule_that_the_readme_adds_is_derived_and_built(checkout: Path) -> None:
    example = re.search(r"```python\n(.*?)```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL)
    assert example
    folder = checkout / "rules" / "root-no-password"
    folder.mkdir()
    (folder / "root_no_password.py").write_text(example[1])

    derived = rootguard("derive", environment=inside(checkout / "src"))
    assert (derived.returncode, derived.stderr) == (0, "")
    assert derived.stdout.splitlines() == [
        "written: README.md",
        "written: docs/rules/root-no-password.md",
        "written: rules/root-no-password/parameters.json",
        f"written: {PACK}",
        "written: templates/rules.yaml",
        "written: templates/security-hub.yaml",
        "written: templates/signed-rules.yaml",
    ]
    built = rootguard("build", environment=inside(checkout / "src"), cwd=checkout)
    assert built.returncode == 0
    assert (checkout / "build" / "root-no-password.zip").is_file()


def _unmark(checkout: Path) -> None:
    (checkout / "README.md").write_text("# rootguard\n")


def _no_readme(checkout: Path) -> None:
    (checkout / "README.md").unlink()


def _broken_rule(checkout: Path) -> None:
    (checkout / "rules" / "root-mfa-enabled" / "root_mfa_enabled.py").write_text("RULE = Rule()\n")


@pytest.mark.parametrize("command", ["derive", "derive --check"])
@pytest.mark.parametrize(
    ("spoil", "pattern"),
    [
        pytest.param(_unmark, r"README\.md lacks the marks .*", id="README without marks"),
        pytest.param(_no_readme, r"No such file or directory: .*/README\.md", id="no README"),
        pytest.param(
            _broken_rule,
            r"root-mfa-enabled: root_mfa_enabled\.py: NameError: name 'Rule' is not defined",
            id="broken rule",
        ),
    ],
)
def test_what_cannot_be_derived_is_one_line(checkout: Path, spoil: object, pattern: str, command: str) -> None:
    assert callable(spoil)
    spoil(checkout)
    assert_one_line(rootguard(*command.split(), environment=inside(checkout / "src")), pattern)


def test_a_fault_of_our_own_is_one_line_and_a_traceback_on_demand(checkout: Path) -> None:
    (checkout / "src" / "rootguard" / "derive" / "readme.py").write_text("readme = replaced = None\n")
    faulty = inside(checkout / "src")

    assert_one_line(rootguard("derive", environment=faulty), r"unexpected TypeError: .* \(a fault of rootguard; .*\)")
    assert "Traceback" in rootguard("derive", environment=faulty | {"ROOTGUARD_DEBUG": "1"}).stderr


def test_an_installed_copy_cannot_derive_and_says_so(installed: Path) -> None:
    done = rootguard("derive", environment=inside(installed))
    assert_one_line(done, "derive works on a checkout of rootguard; this is an installed copy")


def test_build_writes_the_same_from_a_checkout_and_an_installed_copy(installed: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    done = rootguard("build", "--output", ours)
    assert (done.returncode, done.stderr) == (0, "")
    assert rootguard("build", "--output", theirs, environment=inside(installed)).returncode == 0

    assert content(ours) == content(theirs)
    zips = sorted(ours.glob("*.zip"))
    assert [line.split()[2] for line in done.stdout.splitlines()] == [str(path) for path in zips]
    assert [int(line.split()[1]) for line in done.stdout.splitlines()] == [path.stat().st_size for path in zips]


def test_build_goes_into_the_folder_build_by_default(tmp_path: Path) -> None:
    done = rootguard("build", cwd=tmp_path)
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


@pytest.mark.parametrize(
    ("command", "below"),
    [
        pytest.param("build", "", id="build, a file in its place"),
        pytest.param("build", "folder", id="build, a file as its parent"),
        pytest.param("demo", "folder", marks=pytest.mark.slow, id="demo, a file as its parent"),
    ],
)
def test_an_output_that_cannot_be_written_is_one_line_before_any_work(tmp_path: Path, command: str, below: str) -> None:
    file, temporary = tmp_path / "file", tmp_path / "temporary"
    file.write_text("dear")
    temporary.mkdir()
    done = rootguard(command, "--output", file / below, environment={"TMPDIR": str(temporary)})
    assert_one_line(done, f".*{re.escape(str(file))}.*")
    assert file.read_text() == "dear"
    assert list(temporary.iterdir()) == []


def test_a_screen_that_cannot_show_the_result_is_one_line_before_any_work() -> None:
    done = rootguard("demo", environment={"PYTHONIOENCODING": "latin-1"})
    assert_one_line(done, "standard output takes iso8859-1 and this needs UTF-8; set PYTHONIOENCODING=utf-8")


def test_a_screen_that_lacks_a_character_shows_its_number() -> None:
    done = rootguard("rules", "root-not-used", environment={"PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, done.stderr) == (0, "")
    assert r"123456789012:2027-01-31,\u2026" in done.stdout


@pytest.mark.parametrize("missing", ["moto", pytest.param("awslambdaric", marks=pytest.mark.slow)])
def test_without_the_demo_extra_the_demo_says_what_to_install(tmp_path: Path, missing: str) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if re.split(r"[.-]", entry.name)[0] not in {missing, "rootguard"}:
            (packages / entry.name).symlink_to(entry)
    path = os.pathsep.join([str(PROJECT / "src"), str(packages)])
    program = "import sys; sys.argv[0] = 'rootguard'; from rootguard.cli import main; main()"
    done = run(sys.executable, "-S", "-c", program, "demo", "--accounts", "2", environment={"PYTHONPATH": path})
    assert_one_line(done, rf"the demo needs {missing}: pip install 'rootguard\[demo\]'")


HEAVY = {"boto3", "botocore", "moto", "rdklib", "yaml", "flask"}


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        pytest.param(None, set(), id="import"),
        pytest.param("--version", set(), id="version"),
        pytest.param("derive --check", {"yaml"}, id="derive"),
        pytest.param("build --output build", set(), id="build"),
    ],
)
def test_a_command_imports_what_it_needs(tmp_path: Path, arguments: str | None, loaded: set[str]) -> None:
    call = (
        ""
        if arguments is None
        else f"sys.argv = {['rootguard', *arguments.split()]!r}\ntry: main()\nexcept SystemExit: pass\n"
    )
    program = f"import sys\nfrom rootguard.cli import main\n{call}print('modules:', *sys.modules)"
    done = run(sys.executable, "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.splitlines()[-1].split()[1:])
    assert "rootguard.cli" in modules
    assert modules & HEAVY == loaded
