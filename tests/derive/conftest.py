"""Rules that nobody wrote, to see what becomes of them in the derived files, and a project to write into."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
import yaml
from tests.sample_rule import sample_rule

from rootguard.catalog import PROJECT
from rootguard.kit.rule import AnyRule, Controls, Parameter


class MakeRule(Protocol):
    """Makes a rule of which only what the derived files show matters."""

    def __call__(self, name: str = ..., *, title: str = ..., parameters: tuple[Parameter, ...] = ...) -> AnyRule: ...


def _make_rule(name: str, *, title: str, parameters: tuple[Parameter, ...]) -> AnyRule:
    controls = Controls(cis={"1.4.0": "1.5", "5.0.0": "1.4", "6.0.0": "2.4"})
    return sample_rule(name=name, title=title, controls=controls, own_parameters=parameters)


@pytest.fixture(scope="module", autouse=True)
def each_template_is_written_once() -> Iterator[None]:
    """Its text depends on nothing but its value, and takes PyYAML a quarter of a second."""
    write, texts = yaml.dump, dict[str, Any]()

    def dump(template: object, **options: Any) -> Any:
        value = repr((template, options))
        if value not in texts:
            texts[value] = write(template, **options)
        return texts[value]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "dump", dump)
        yield


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
