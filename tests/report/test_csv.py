"""An audit for spreadsheets: what they read is what was found, and nothing of it is a formula."""

import csv
from io import StringIO

import pytest
from tests.report_samples import compared_report, report_of, small_report, violation, written
from tests.sample_audit import sample_report

from rootguard.kit.links import page_url
from rootguard.printable import printable
from rootguard.report.csv_format import COLUMNS, write
from rootguard.report.report import Report


def rows(report: Report) -> list[list[str]]:
    """As a strict reader has them, without the header."""
    header, *found = csv.reader(StringIO(written(write, report), newline=""), strict=True)
    assert header == list(COLUMNS)
    assert {len(row) for row in found} <= {len(COLUMNS)}
    return found


def named(name: str) -> Report:
    return report_of(violation(1, "root has 2 keys in IAM", name))


def test_a_row_per_account_and_rule() -> None:
    report = sample_report(12)
    told = [dict(zip(COLUMNS, row, strict=True)) for row in rows(report)]
    assert [(row["account_id"], row["rule"]) for row in told[:-1]] == [each.place for each in report.audit.results]
    for row, result in zip(told, report.audit.results, strict=False):
        rule = report.rules[result.rule]
        assert row == {
            "account_id": result.account_id,
            "account_name": result.account_name,
            "rule": rule.name,
            "severity": rule.severity,
            "compliance": result.compliance,
            "reason": result.reason,
            "controls": "; ".join(f"{framework} {version} {id_}" for framework, version, id_ in rule.controls),
            "remediation": rule.remediation.text,
            "page": page_url(rule.name),
        }


def test_it_is_rfc_4180() -> None:
    text = written(write, sample_report(12, hostile=True))
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    assert not set("\r\n") & set("".join(lines))


FORMULAS = {
    "equals": ("=1+1", "'=1+1"),
    "plus": ("+1", "'+1"),
    "minus": ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
    "at": ("@SUM(A1)", "'@SUM(A1)"),
    "a tab before it": ("\t=1", " '=1"),
    "a carriage return before it": ("\r=1", " '=1"),
    "spaces before it": ("  =1", "  '=1"),
    "quotes before it": ('"=1', "\"'=1"),
    "full-width": ("\uff1d1", "'\uff1d1"),
    "after a semicolon": ("a;=1", "a;'=1"),
    "after a semicolon and a quote": ('a"; "=1', 'a"; "\'=1'),
    "after a comma, which no reader splits at within quotes": ("a,=1", "a,=1"),
    "a hyphen within": ("data-lake", "data-lake"),
    "an equals sign within": ("a=b", "a=b"),
    "an ordinary apostrophe": ("o'neill", "o'neill"),
    "a line break": ("two\nlines", "two lines"),
    "an escape sequence": ("\x1b[31m", "\ufffd[31m"),
    "a bidirectional override": ("\u202eexe", "\ufffdexe"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("name", "cell"), FORMULAS.values(), ids=FORMULAS)
def test_names_are_no_formulas(name: str, cell: str) -> None:
    [[_, found, *_]] = rows(named(name))
    assert found == cell


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_however_a_spreadsheet_splits_the_lines(delimiter: str) -> None:
    report = compared_report(40, hostile=True)
    cells = [
        cell for row in csv.reader(StringIO(written(write, report), newline=""), delimiter=delimiter) for cell in row
    ]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.strip().strip('"').startswith(("=", "+", "-", "@"))]


def test_what_was_not_looked_into_has_a_row_without_a_verdict() -> None:
    found = rows(small_report("....", "missing", "suspended"))
    assert [row[:6] for row in found[4:]] == [
        ["222222222222", "account 2", "", "", "ERROR", "not wholly looked into: the audit was interrupted"],
        ["333333333333", "account 3", "", "", "", "not looked into: the account is SUSPENDED"],
    ]


def test_every_account_of_the_scope_is_there() -> None:
    report = compared_report(40)
    assert [row[0] for row in rows(report)][-10:] == [account.id for account in report.audit.scope.accounts[-10:]]
    assert {row[0] for row in rows(report)} == {account.id for account in report.audit.scope.accounts}


def test_an_empty_audit_is_a_header() -> None:
    assert rows(small_report()) == []


@pytest.mark.slow
def test_a_thousand_accounts() -> None:
    report = sample_report(1000, hostile=True)
    found = rows(report)
    assert len(found) == len(report.audit.results) + 1
    assert {printable(account.name) for account in report.audit.scope.accounts} == {row[1].lstrip("'") for row in found}
