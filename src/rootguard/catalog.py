"""Finds and imports the rules: one folder per rule, `rules/<name>/<name_with_underscores>.py` with a RULE.

A RULE is judged by a Lambda function (`Rule`) or by a person (`ProcessCheck`).
"""

import difflib
import functools
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from rootguard.errors import RootguardError
from rootguard.kit.rule import AnyRule, Rule
from rootguard.process_check import ConfigRule, ProcessCheck

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout, where rootguard runs from one."""


class CatalogError(RootguardError):
    """A rule's folder is not as it must be; the message says which and why."""


def rules_directory() -> Path:
    """The folder of the rules: the checkout's, or the one that the wheel carries."""
    return _directory("rules", "_rules", "*/*.py")


def templates_directory() -> Path:
    """The folder of the CloudFormation templates: the checkout's, or the one that the wheel carries."""
    return _directory("templates", "_templates", "*.yaml")


def _directory(name: str, packaged: str, content: str) -> Path:
    carried = Path(__file__).with_name(packaged)
    checkout = PROJECT / name
    in_checkout = (PROJECT / "pyproject.toml").is_file() and any(checkout.glob(content))
    return checkout if in_checkout else carried


@functools.cache
def load_catalog() -> tuple[ConfigRule, ...]:
    """Everything that the conformance pack makes a rule of, by name.

    Raises:
        CatalogError: A folder without its module, a module that fails or has no RULE, a RULE named otherwise than its
            folder.
    """
    folders = sorted(path for path in rules_directory().iterdir() if path.is_dir() and "-" in path.name)
    if not folders:
        raise CatalogError(f"no rules in {rules_directory()}")
    return tuple(_load(folder) for folder in folders)


def load_rules() -> tuple[AnyRule, ...]:
    """The rules that a Lambda function judges, by name.

    Raises:
        CatalogError: As load_catalog.
    """
    return tuple(rule for rule in load_catalog() if isinstance(rule, Rule))


def load_process_checks() -> tuple[ProcessCheck, ...]:
    """The rules that a person answers, by name.

    Raises:
        CatalogError: As load_catalog.
    """
    return tuple(rule for rule in load_catalog() if isinstance(rule, ProcessCheck))


def named[R: ConfigRule](rules: Iterable[R], name: str) -> R:
    """The rule of that name.

    Raises:
        RootguardError: There is none.
    """
    known = {rule.name: rule for rule in rules}
    if name not in known:
        raise RootguardError(f"there is no rule {name or repr(name)}; {hint(name, known)}")
    return known[name]


def hint(name: str, known: Iterable[str]) -> str:
    """Which rules are called about like a name that none has."""
    names, sought = list(known), name.lower()
    parts = [each for each in names if sought and sought in each]
    near = parts or difflib.get_close_matches(sought, names, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "`rootguard rules` lists them"


def by_severity[R: ConfigRule](rules: Iterable[R]) -> list[R]:
    """The most severe first, in the order in which screens and reports have them."""
    return sorted(rules, key=lambda rule: (rule.severity.rank, rule.name))


def _load(folder: Path) -> ConfigRule:
    rule: object = getattr(_import(folder), "RULE", None)
    if not isinstance(rule, Rule | ProcessCheck):
        raise CatalogError(f"{folder.name}: its module has no RULE")
    if rule.name != folder.name:
        raise CatalogError(f"{folder.name}: its RULE is called {rule.name}")
    return rule


def _import(folder: Path) -> ModuleType:
    """Import a rule's module under its plain name, as Lambda does."""
    name = folder.name.replace("-", "_")
    path = folder / f"{name}.py"
    if not path.is_file():
        raise CatalogError(f"{folder.name}: there is no {path.name}")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogError(f"{folder.name}: {path.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise CatalogError(f"{folder.name}: {path.name}: {type(error).__name__}: {error}") from error
    return module


def module_of(rule: ConfigRule) -> ModuleType:
    """The module that a loaded rule stands in."""
    return sys.modules[rule.module]
