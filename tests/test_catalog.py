"""How rules are found and imported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rootguard import catalog
from rootguard.catalog import (
    CatalogError,
    load_catalog,
    load_process_checks,
    load_rules,
    module_of,
    rules_directory,
    templates_directory,
)
from rootguard.process_check import ConfigRule

MODULE = """
from tests.sample_rule import sample_rule

RULE = sample_rule(name="{name}")
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty checkout, which the catalogue takes for the one that it belongs to."""
    for folder in ("rules", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "templates" / "pack.yaml").touch()
    monkeypatch.setattr(catalog, "PROJECT", tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in {name for name in sys.modules if name.startswith("root_")} - before:
        del sys.modules[name]


def add_rule(checkout: Path, folder: str, module: str | None = None, text: str | None = None) -> None:
    path = checkout / "rules" / folder / f"{module or folder.replace('-', '_')}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(MODULE.format(name=folder) if text is None else text)


def load() -> tuple[ConfigRule, ...]:
    """What load_catalog does once per process."""
    return load_catalog.__wrapped__()


def test_our_rules_come_by_name_each_from_its_folder() -> None:
    names = [rule.name for rule in load_catalog()]
    assert names == sorted(path.name for path in rules_directory().iterdir() if "-" in path.name)
    for rule in load_catalog():
        assert module_of(rule).__name__ == rule.name.replace("-", "_")
        assert Path(str(module_of(rule).__file__)).parent == rules_directory() / rule.name
        assert module_of(rule).RULE is rule


def test_what_people_answer_stands_apart_from_what_functions_judge() -> None:
    people = [check.name for check in load_process_checks()]
    assert people == ["root-password-policy-attested", "root-recovery-attested"]
    functions = [rule.name for rule in load_rules()]
    assert sorted(people + functions) == [rule.name for rule in load_catalog()]
    assert not {*people} & {*functions}


def test_rules_come_by_name_in_whatever_order_they_were_made(checkout: Path) -> None:
    for name in ("root-b", "root-c", "root-a"):
        add_rule(checkout, name)
    assert [rule.name for rule in load()] == ["root-a", "root-b", "root-c"]


def test_only_folders_with_a_hyphen_are_rules(checkout: Path) -> None:
    add_rule(checkout, "root-a")
    for other in ("__pycache__", "shared"):
        (checkout / "rules" / other).mkdir()
    (checkout / "rules" / "a-letter.txt").touch()
    assert [rule.name for rule in load()] == ["root-a"]


@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        pytest.param("other", None, r"root-x: there is no root_x\.py", id="no module"),
        pytest.param("root-x", None, r"root-x: there is no root_x\.py", id="a module with a hyphen"),
        pytest.param(None, "", "root-x: its module has no RULE", id="no RULE"),
        pytest.param(None, "RULE = 'root-x'", "root-x: its module has no RULE", id="a RULE that is none"),
        pytest.param(None, MODULE.format(name="root-y"), "root-x: its RULE is called root-y", id="another name"),
        pytest.param(
            None, MODULE.format(name="Root_X"), r"root-x: root_x\.py: ValueError: rule name 'Root_X'", id="invalid RULE"
        ),
        pytest.param(None, "def", r"root-x: root_x\.py: SyntaxError: .*line 1", id="no Python"),
        pytest.param(
            None, "import nothing_of_this_name", r"root-x: root_x\.py: ModuleNotFoundError: ", id="missing import"
        ),
    ],
)
def test_a_folder_that_is_no_rule_is_an_error_of_one_line(
    checkout: Path, module: str | None, text: str | None, message: str
) -> None:
    add_rule(checkout, "root-a")
    add_rule(checkout, "root-x", module, text)
    with pytest.raises(CatalogError, match=f"^{message}") as refusal:
        load()
    assert "\n" not in str(refusal.value)


def test_a_module_that_failed_is_not_left_half_imported(checkout: Path) -> None:
    add_rule(checkout, "root-x", text="RULE = 1 / 0")
    with pytest.raises(CatalogError, match="ZeroDivisionError"):
        load()
    assert "root_x" not in sys.modules


def test_no_rules_at_all_is_an_error(checkout: Path) -> None:
    (checkout / "rules" / "shared").mkdir()
    (checkout / "rules" / "shared" / "shared.py").touch()
    with pytest.raises(CatalogError, match=f"no rules in {checkout / 'rules'}"):
        load()


def test_a_checkout_is_preferred(checkout: Path) -> None:
    add_rule(checkout, "root-a")
    assert (rules_directory(), templates_directory()) == (checkout / "rules", checkout / "templates")


@pytest.mark.parametrize("missing", ["pyproject.toml", "content"])
def test_without_a_checkout_the_package_carries_both(checkout: Path, missing: str) -> None:
    """An installed copy's grandparent may have folders of these names, too."""
    add_rule(checkout, "root-a")
    (checkout / "pyproject.toml").unlink()
    if missing == "content":
        (checkout / "pyproject.toml").touch()
        (checkout / "rules" / "root-a" / "root_a.py").unlink()
        (checkout / "templates" / "pack.yaml").unlink()
    package = Path(catalog.__file__).parent
    assert (rules_directory(), templates_directory()) == (package / "_rules", package / "_templates")
