"""Writes an audit as JSON, a result at a time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

import msgspec
from msgspec import Struct

from rootguard import __version__
from rootguard.audit.comparison import Comparison
from rootguard.audit.results import Audit, Result, Unseen
from rootguard.kit.facts import timestamp
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.report.document import (
    SCHEMA,
    AccountEntry,
    CallerEntry,
    CellEntry,
    ComparisonEntry,
    ControlEntry,
    ErrorEntry,
    LackingEntry,
    ObservationEntry,
    RemediationEntry,
    ResultEntry,
    ScopeEntry,
)
from rootguard.report.report import Report

_encode = msgspec.json.Encoder().encode


def write(report: Report, out: TextIO) -> None:
    """Write the document; results and errors stand on a line each, for diff and grep."""
    audit = report.audit
    out.write("{\n")
    _member(out, "schema", SCHEMA)
    _member(out, "rootguard", __version__)
    _member(out, "generated_at", timestamp(audit.generated_at))
    _member(out, "caller", CallerEntry(**asdict(audit.caller)))
    _member(out, "scope", _scope(audit))
    _member(out, "missing", audit.missing)
    _items(out, "results", (_result(result, report.rules[result.rule]) for result in audit.results))
    _items(out, "errors", (_error(unseen, results) for unseen, results in audit.errors.items()))
    out.write(f'  "comparison": {_text(_comparison(report.comparison))}\n}}\n')


def _member(out: TextIO, name: str, value: object) -> None:
    out.write(f'  "{name}": {_text(value)},\n')


def _items(out: TextIO, name: str, items: Iterable[Struct]) -> None:
    out.write(f'  "{name}": [')
    out.writelines(f"{',' if number else ''}\n    {_text(item)}" for number, item in enumerate(items))
    out.write("\n  ],\n")


def _text(value: object) -> str:
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may carry into a Python text, but UTF-8 not
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace").decode()


def _scope(audit: Audit) -> ScopeEntry:
    scope = audit.scope
    return ScopeEntry(
        organization_id=scope.organization_id or None,
        management_account_id=scope.management_account_id or None,
        role_name=scope.role_name or None,
        region=scope.region,
        rules=list(scope.rules),
        parameters=dict(scope.parameters),
        accounts=[
            AccountEntry(account.id, account.name, account.state, audit.standing(account.id))
            for account in scope.accounts
        ],
    )


def _result(result: Result, rule: AnyRule) -> ResultEntry:
    return ResultEntry(
        account_id=result.account_id,
        account_name=result.account_name,
        rule=result.rule,
        severity=result.severity,
        compliance=result.compliance,
        reason=result.reason,
        evidence=[ObservationEntry(*each.members()) for each in result.evidence],
        controls=[ControlEntry(*control) for control in rule.controls],
        remediation=RemediationEntry(rule.remediation.text, page_url(rule.name)),
    )


def _error(unseen: Unseen, results: Sequence[Result]) -> ErrorEntry:
    lacking = dict[str, list[str]]()
    for result in results:
        lacking.setdefault(result.account_id, []).append(result.rule)
    return ErrorEntry(**asdict(unseen), results=[LackingEntry(id_, rules) for id_, rules in lacking.items()])


def _comparison(comparison: Comparison | None) -> ComparisonEntry | None:
    if comparison is None:
        return None
    return ComparisonEntry(
        since=timestamp(comparison.since),
        new=_cells(comparison.new),
        fixed=_cells(comparison.fixed),
        unchanged=_cells(comparison.unchanged),
        lost=_cells(comparison.lost),
    )


def _cells(results: Iterable[Result]) -> list[CellEntry]:
    return [CellEntry(result.account_id, result.rule) for result in results]
