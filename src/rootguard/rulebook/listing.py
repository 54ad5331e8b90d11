"""The catalogue at a glance: a table for people, a document for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule, Controls
from rootguard.process_check import ConfigRule, ProcessCheck

_COLUMNS: Mapping[str, int] = {
    "rule": 0,
    "severity": 0,
    "practice": 56,
    "what must hold": 80,
    "controls": 110,
    "kind": 130,
    "actions": 160,
    "parameters": 190,
}
"""Each with the width of the screen from which it is shown."""


def show_list(console: Console, rules: Sequence[ConfigRule]) -> None:
    """A table of the rules, with as many columns as the screen takes."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    headings = [heading for heading, width in _COLUMNS.items() if console.width >= width]
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for rule in rules:
        cells = _cells(rule)
        table.add_row(*(Text(cells[heading]) for heading in headings))
    console.print(table)
    console.print("rootguard rules NAME explains one of them", highlight=False)


def as_document(rules: Sequence[ConfigRule]) -> list[dict[str, Any]]:
    """The JSON of `rootguard rules --format json`."""
    return [entry(rule) for rule in rules]


def entry(rule: ConfigRule) -> dict[str, Any]:
    """All that the catalogue knows of a rule, but for its page."""
    return {
        "name": rule.name,
        "kind": kind(rule),
        "title": rule.title,
        "severity": str(rule.severity),
        "practice": rule.practice,
        "controls": [control._asdict() for control in rule.controls],
        "remediation": rule.remediation.text,
        "page": page_url(rule.name),
        **(_nothing_asked() if isinstance(rule, ProcessCheck) else _asked(rule)),
    }


def kind(rule: ConfigRule) -> str:
    """Who judges: a function or a person."""
    return "process check" if isinstance(rule, ProcessCheck) else "lambda"


def _asked(rule: AnyRule) -> dict[str, Any]:
    return {
        "frequency": str(rule.frequency),
        "outcomes": [{"compliance": str(each.compliance), "reason": each.reason} for each in rule.outcomes],
        "actions": list(rule.actions),
        "assumed_actions": list(rule.assumed_actions),
        "parameters": [
            {"name": each.name, "description": each.description, "pattern": each.pattern, "default": each.default}
            for each in rule.parameters
        ],
    }


def _nothing_asked() -> dict[str, Any]:
    return {"frequency": None, "outcomes": [], "actions": [], "assumed_actions": [], "parameters": []}


def _cells(rule: ConfigRule) -> Mapping[str, str]:
    asks = () if isinstance(rule, ProcessCheck) else rule.actions
    parameters = () if isinstance(rule, ProcessCheck) else rule.parameters
    return {
        "rule": rule.name,
        "severity": rule.severity,
        "practice": str(rule.practice),
        "what must hold": rule.title,
        "controls": "\n".join(_controls(rule.controls)),
        "kind": kind(rule),
        "actions": "\n".join(asks),
        "parameters": "\n".join(parameter.name for parameter in parameters),
    }


def _controls(controls: Controls) -> Iterator[str]:
    """In short, of CIS the newest version only."""
    if controls.cis:
        version, number = list(controls.cis.items())[-1]
        yield f"CIS {version}: {number}"
    others = {
        "FSBP": controls.fsbp,
        "NIST 800-53 r5": controls.nist_800_53_r5,
        "PCI DSS 4.0.1": controls.pci_dss_4_0_1,
    }
    yield from (f"{name}: {', '.join(ids)}" for name, ids in others.items() if ids)
