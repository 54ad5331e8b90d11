"""Rules that nobody wrote, to see what becomes of them in the derived files, and a project to write into."""

import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest
from tests.sample_rule import sample_rule

from rootguard.catalog import PROJECT
from rootguard.kit.rule import AnyRule, Controls, Parameter


class MakeRule(Protocol):
    """Makes a rule of which only what the derived files show matters."""

    def __call__(self, name: str = ..., *, title: str = ..., parameters: tuple[Parameter, ...] = ...) -> AnyRule: ...


def _make_rule(name: str, *, title: str, parameters: tuple[Parameter, ...]) -> AnyRule:
    controls = Controls(cis={"1.4.0": "1.5", "5.0.0": "1.4", "6.0.0": "2.4"})
    return sample_rule(name=name, title=title, controls=controls, own_parameters=parameters)


@pytest.fixture
def make_rule(monkeypatch: pytest.MonkeyPatch) -> MakeRule:
    def make(
        name: str = "root-made-up", *, title: str = "The root user is made up", parameters: tuple[Parameter, ...] = ()
    ) -> AnyRule:
        rule = _make_rule(name, title=title, parameters=parameters)
        monkeypatch.setitem(sys.modules, rule.module, ModuleType(rule.module, "Why.\n\nHow."))
        return rule

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What derived files are written into: a copy of ours."""
    for folder in ("rules", "templates", "docs"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "README.md", tmp_path)
    return tmp_path
