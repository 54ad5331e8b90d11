"""The same results by the controls of a framework: in how many accounts each of them holds."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rootguard.kit.rule import AnyRule, Control
from rootguard.report.html.matrix import FAILS, NOT_APPLICABLE, NOT_LOOKED_INTO, PASSES, UNSEEN, Row
from rootguard.report.html.overview import Tally
from rootguard.report.report import Report

_SHORT_NAMES = {
    "CIS AWS Foundations Benchmark": "CIS",
    "AWS Foundational Security Best Practices": "FSBP",
    "NIST SP 800-53": "NIST 800-53",
}


@dataclass(frozen=True, slots=True)
class ControlView:
    """A control.

    Attributes:
        id: As its framework numbers it.
        rules: The audited rules that answer for it.
        columns: Their places in the heat map, from 0.
        left_out: Rules that answer for it and were not part of the audit: without them it is never said to hold.
        tally: The active accounts by whether it holds: where every rule does.
    """

    id: str
    rules: tuple[AnyRule, ...]
    columns: tuple[int, ...]
    left_out: tuple[str, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A framework in one version.

    Attributes:
        key: Names it in the address, `cis-7.0.0`.
        name: With its version.
        short_name: The same in short, as people who know it say.
        controls: Those that audited rules answer for.
        others: Audited rules that answer for none of its controls.
    """

    key: str
    name: str
    short_name: str
    controls: tuple[ControlView, ...]
    others: tuple[str, ...]


def frameworks(report: Report, rows: Sequence[Row]) -> tuple[FrameworkView, ...]:
    """Every framework that audited rules answer for, of each the newest version first."""
    columns = {name: column for column, name in enumerate(report.audit.scope.rules)}
    answering = _answering(report.rules.values())
    judged = Counter(row.codes for row in rows if row.is_judged)
    versions = dict[tuple[str, str], list[ControlView]]()
    for control, rules in answering.items():
        if audited := [rule for rule in rules if rule.name in columns]:
            left_out = tuple(rule.name for rule in rules if rule.name not in columns)
            places = tuple(columns[rule.name] for rule in audited)
            view = ControlView(control.id, tuple(audited), places, left_out, _tally(judged, places, left_out))
            versions.setdefault((control.framework, control.version), []).append(view)
    order = {framework: rank for rank, (framework, _) in reversed(list(enumerate(versions)))}
    newest_first = sorted(versions, key=lambda version: _numbers(version[1]), reverse=True)
    return tuple(
        _view(version, versions[version], tuple(columns))
        for version in sorted(newest_first, key=lambda version: order[version[0]])
    )


def state(codes: Iterable[str], *, complete: bool = True) -> str:
    """The code of a control's mark in an account, from those of its rules; the script says the same of one account."""
    said = set(codes)
    if FAILS.code in said:
        return FAILS.code
    if not complete or said & {UNSEEN.code, NOT_LOOKED_INTO.code}:
        return UNSEEN.code
    return NOT_APPLICABLE.code if said == {NOT_APPLICABLE.code} else PASSES.code


def _answering(rules: Iterable[AnyRule]) -> dict[Control, list[AnyRule]]:
    found = dict[Control, list[AnyRule]]()
    for rule in rules:
        for control in rule.controls:
            found.setdefault(control, []).append(rule)
    return found


def _tally(judged: Counter[str], places: Sequence[int], left_out: Sequence[str]) -> Tally:
    counts = Counter[str]()
    for codes, accounts in judged.items():
        counts[state((codes[place] for place in places), complete=not left_out)] += accounts
    return Tally(counts)


def _view(version: tuple[str, str], controls: Iterable[ControlView], names: Sequence[str]) -> FrameworkView:
    framework, number = version
    name, short_name = f"{framework} {number}", f"{_SHORT_NAMES.get(framework, framework)} {number}"
    ordered = tuple(sorted(controls, key=lambda control: _numbers(control.id)))
    answering = {rule.name for control in ordered for rule in control.rules}
    key = re.sub(r"[^a-z0-9.]+", "-", short_name.lower()).strip("-.")
    return FrameworkView(key, name, short_name, ordered, tuple(each for each in names if each not in answering))


def _numbers(text: str) -> tuple[tuple[str, int], ...]:
    """Sorts 1.10 behind 1.9, and AC-3(15) behind AC-3(7)."""
    return tuple((word, int(number or 0)) for word, number in re.findall(r"(\D*)(\d*)", text))
