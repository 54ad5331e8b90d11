from collections.abc import Callable
from pathlib import Path

import pytest

from rootguard.catalog import load_catalog, load_process_checks
from rootguard.derive import derived_files, stale_files, write_files
from rootguard.derive.errors import DerivationError
from rootguard.kit.rule import AnyRule, Parameter

RULES = load_catalog()
PARAMETERS = "rules/root-mfa-enabled/parameters.json"
PACK = "templates/conformance-pack.yaml"
FUNCTIONS = "templates/rules.yaml"
SIGNED = "templates/signed-rules.yaml"
ORGANIZATION = "templates/organization.yaml"
SECURITY_HUB = "templates/security-hub.yaml"
PAGE = "docs/rules/root-mfa-enabled.md"
AUDIT_PAGE = "docs/audit.md"
AUDIT_SCHEMA = "docs/audit-1.schema.json"


def _remove(path: str) -> Callable[[Path], None]:
    return lambda project: (project / path).unlink()


def _append(path: str, text: bytes) -> Callable[[Path], None]:
    def append(project: Path) -> None:
        (project / path).write_bytes((project / path).read_bytes() + text)

    return append


def _edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        text = (project / path).read_text("utf-8")
        assert old in text
        (project / path).write_text(text.replace(old, new), "utf-8")

    return edit


def _windows_line_ends(project: Path) -> None:
    text = (project / PARAMETERS).read_bytes()
    (project / PARAMETERS).write_bytes(text.replace(b"\n", b"\r\n"))


def _stray_page(project: Path) -> None:
    (project / "docs" / "rules" / "root-is-gone.md").write_text("# root-is-gone\n")


def _stray(project: Path) -> None:
    (project / "rules" / "root-is-gone").mkdir()
    (project / "rules" / "root-is-gone" / "parameters.json").write_text("{}")


CHANGES = [
    pytest.param(_remove(PARAMETERS), PARAMETERS, id="parameters.json missing"),
    pytest.param(_append(PARAMETERS, b" "), PARAMETERS, id="parameters.json changed"),
    pytest.param(_append(PARAMETERS, b"\xff"), PARAMETERS, id="parameters.json not even text"),
    pytest.param(_windows_line_ends, PARAMETERS, id="parameters.json with other line ends"),
    pytest.param(_remove(PACK), PACK, id="pack missing"),
    pytest.param(_append(PACK, b"# mine\n"), PACK, id="pack changed"),
    pytest.param(_remove(FUNCTIONS), FUNCTIONS, id="functions missing"),
    pytest.param(_edit(FUNCTIONS, "config:PutEvaluations", "config:*"), FUNCTIONS, id="a role changed"),
    pytest.param(_edit(ORGANIZATION, "import boto3", "import boto"), ORGANIZATION, id="inline code changed"),
    pytest.param(
        _edit(ORGANIZATION, "Description: Bucket of this", "Description: Pail of this"),
        ORGANIZATION,
        id="passed-on parameter changed",
    ),
    pytest.param(_edit("README.md", "| critical |", "| low |"), "README.md", id="table changed"),
    pytest.param(_remove(PAGE), PAGE, id="page missing"),
    pytest.param(_edit(PAGE, "Severity: critical", "Severity: low"), PAGE, id="page changed"),
    pytest.param(_remove("docs/rules/root-recovery-attested.md"), "docs/rules/root-recovery-attested.md", id="no page"),
    pytest.param(_edit(AUDIT_PAGE, "iam:GetAccountSummary", "iam:Get*"), AUDIT_PAGE, id="an auditor's policy changed"),
    pytest.param(_remove(AUDIT_SCHEMA), AUDIT_SCHEMA, id="no schema of an audit"),
    pytest.param(_edit(AUDIT_SCHEMA, "NOT_APPLICABLE", "SKIPPED"), AUDIT_SCHEMA, id="schema of an audit changed"),
    pytest.param(_stray_page, "docs/rules/root-is-gone.md", id="page of a rule that is gone"),
    pytest.param(_stray, "rules/root-is-gone/parameters.json", id="parameters.json of a rule that is gone"),
]


def test_a_project_as_written_has_nothing_stale(project: Path) -> None:
    write_files(RULES, project)
    assert stale_files(RULES, project) == ()


@pytest.mark.parametrize(("change", "path"), CHANGES)
def test_checking_finds_the_change_and_leaves_it(project: Path, change: Callable[[Path], None], path: str) -> None:
    change(project)
    before = _content(project)
    assert stale_files(RULES, project) == (path,)
    assert _content(project) == before


@pytest.mark.parametrize(("change", "path"), CHANGES)
def test_writing_mends_the_change_and_nothing_else(project: Path, change: Callable[[Path], None], path: str) -> None:
    before = _content(project)
    change(project)
    assert write_files(RULES, project) == (path,)
    assert _content(project) == before
    assert write_files(RULES, project) == ()


@pytest.mark.parametrize("path", ["README.md", ORGANIZATION])
def test_what_people_write_beside_derived_parts_is_not_stale(project: Path, path: str) -> None:
    _append(path, b"\n# More words.\n")(project)
    assert stale_files(RULES, project) == ()


@pytest.mark.parametrize(
    ("parameters", "more"),
    [
        pytest.param((), set(), id="without parameters"),
        pytest.param((Parameter("Colour", "A colour.", "red"),), {ORGANIZATION}, id="with a parameter"),
    ],
)
def test_files_in_which_a_new_rule_is_stale(
    project: Path, make_rule: Callable[..., AnyRule], parameters: tuple[Parameter, ...], more: set[str]
) -> None:
    rules = (*RULES, make_rule(parameters=parameters))
    own = {"rules/root-made-up/parameters.json", "docs/rules/root-made-up.md"}
    paths = own | {PACK, FUNCTIONS, SIGNED, SECURITY_HUB, "README.md"} | more
    assert set(stale_files(rules, project)) == paths
    assert set(write_files(rules, project)) == paths


@pytest.mark.parametrize("path", ["README.md", ORGANIZATION, AUDIT_PAGE])
def test_nothing_is_written_if_something_cannot_be_derived(project: Path, path: str) -> None:
    (project / path).write_text("# no marks\n")
    (project / PARAMETERS).unlink()
    before = _content(project)
    with pytest.raises(DerivationError):
        write_files(RULES, project)
    assert _content(project) == before


def test_every_derived_file_is_named_once(project: Path) -> None:
    paths = [file.path for file in derived_files(RULES, project)]
    assert len(paths) == len(set(paths)) == 2 * len(RULES) - len(load_process_checks()) + 8


def test_a_page_names_the_module_to_edit(project: Path) -> None:
    pages = [file for file in derived_files(RULES, project) if file.path.startswith("docs/rules/")]
    assert [page.path for page in pages] == [f"docs/rules/{rule.name}.md" for rule in RULES]
    for rule, page in zip(RULES, pages, strict=True):
        source = f"rules/{rule.name}/{rule.module}.py"
        assert (project / source).is_file()
        assert page.text.startswith(
            f"<!-- Derived from {source} by `rootguard derive`; edit that. -->\n\n# {rule.name}\n"
        )


def test_what_people_write_beside_the_pages_stays(project: Path) -> None:
    (project / "docs" / "notes.md").write_text("mine\n")
    assert stale_files(RULES, project) == ()


def _content(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}
