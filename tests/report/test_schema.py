import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.sample_audit import sample_audit, sample_report
from tests.sample_rule import sample_rule
from tests.small_audit import MISSING, NOW, RULES, SUSPENDED, small_audit

from rootguard.audit.comparison import compare
from rootguard.audit.results import Compliance, Standing
from rootguard.catalog import PROJECT
from rootguard.derive.audit_schema import audit_schema
from rootguard.kit.rule import Controls, Severity
from rootguard.report.document import SCHEMA, SCHEMA_FILE
from rootguard.report.json_format import write
from rootguard.report.reading import read
from rootguard.report.report import Report

PUBLISHED = json.loads((PROJECT / SCHEMA_FILE).read_text("utf-8"))
EARLIER = Path(__file__).with_name(f"audit-{SCHEMA}.json")
"""As the first rootguard with this schema wrote it. It is never written anew: files like it are out there."""

VALIDATOR = Draft202012Validator(PUBLISHED)
RULE_VALUES = {
    name: sample_rule(name=name, severity=severity, controls=Controls(cis={"7.0.0": "2.5"}))
    for name, severity in RULES.items()
}
NOW_AUDIT = small_audit("X.-X", "....", "?..?", SUSPENDED, MISSING)
THEN_AUDIT = small_audit("XX..", "....", "X...", SUSPENDED, "....", generated_at=NOW - timedelta(days=7))


def document(report: Report) -> Any:
    out = io.StringIO()
    write(report, out)
    return json.loads(out.getvalue())


def small_report(*rows: str) -> Report:
    return Report(small_audit(*rows), RULE_VALUES)


def without_organization() -> Report:
    audit = small_audit("....")
    return Report(
        replace(audit, scope=replace(audit.scope, organization_id="", management_account_id="", role_name="")),
        RULE_VALUES,
    )


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(sample_report(12), id="an organization"),
        pytest.param(sample_report(13, hostile=True), id="hostile names"),
        pytest.param(small_report("X.-?"), id="every compliance"),
        pytest.param(small_report(), id="no account"),
        pytest.param(small_report(""), id="no rule"),
        pytest.param(small_report(SUSPENDED), id="a suspended account alone"),
        pytest.param(small_report("X.-?", MISSING), id="interrupted"),
        pytest.param(without_organization(), id="one account, in no organization"),
        pytest.param(
            replace(sample_report(8), comparison=compare(sample_audit(9, seed=2), sample_audit(8))), id="compared"
        ),
    ],
)
def test_what_is_written_is_valid(report: Report) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(document(report))] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(["schema"], 2, id="schema 2"),
        pytest.param(["generated_at"], "2026-11-23T05:30:00", id="a time without zone"),
        pytest.param(["generated_at"], "2026-11-23T05:30:00+02:00", id="a time of another zone"),
        pytest.param(["caller", "account_id"], "11111111111", id="an account id of 11 digits"),
        pytest.param(["caller", "account_id"], "1111111111111", id="an account id of 13 digits"),
        pytest.param(["caller", "account_id"], 111111111111, id="an account id that is a number"),
        pytest.param(["missing"], None, id="null for a list"),
        pytest.param(["results", 0, "compliance"], "PASS", id="a compliance that is none"),
        pytest.param(["results", 0, "severity"], "CRITICAL", id="a severity in capitals"),
        pytest.param(["results", 0, "evidence", 0, "time"], "yesterday", id="an observation at no time"),
        pytest.param(["scope", "accounts", 0, "standing"], "FINE", id="a standing that is none"),
        pytest.param(["errors", 0, "results", 0], "111111111111", id="a text for what lacks an error's evidence"),
    ],
)
def test_what_breaks_the_schema_is_found(place: list[str | int], value: object) -> None:
    broken: Any = document(Report(NOW_AUDIT, RULE_VALUES, compare(THEN_AUDIT, NOW_AUDIT)))
    inner = broken
    for step in place[:-1]:
        inner = inner[step]
    assert inner[place[-1]] != value
    inner[place[-1]] = value
    errors = list(VALIDATOR.iter_errors(broken))
    assert [list(error.absolute_path)[: len(place)] for error in errors] == [place] * len(errors) != []


def test_the_published_schema_is_a_schema_and_is_derived() -> None:
    Draft202012Validator.check_schema(PUBLISHED)
    assert (PROJECT / SCHEMA_FILE).read_text("utf-8") == audit_schema()
    assert PUBLISHED["$id"].endswith(f"/{SCHEMA_FILE}")


def test_members_that_a_later_rootguard_adds_are_passed_over(tmp_path: Path) -> None:
    later = document(Report(NOW_AUDIT, RULE_VALUES))
    for each in (later, later["caller"], later["scope"], later["scope"]["accounts"][0], *later["results"]):
        each["added_later"] = {"nobody": ["knows"]}
    assert VALIDATOR.is_valid(later)
    file = tmp_path / "later.json"
    file.write_text(json.dumps(later), "utf-8")
    assert read(file) == NOW_AUDIT


class TestAnEarlierDocument:
    """What is out there stays valid and readable, and what programs read of it is still written."""

    def test_it_is_valid(self) -> None:
        assert [error.message for error in VALIDATOR.iter_errors(json.loads(EARLIER.read_text("utf-8")))] == []

    def test_it_is_read(self) -> None:
        audit = read(EARLIER)
        assert [sum(result.compliance is each for result in audit.results) for each in Compliance] == [7, 2, 1, 2]
        assert {audit.standing(account.id) for account in audit.scope.accounts} == set(Standing)
        assert {result.severity for result in audit.results} == set(Severity)
        assert audit.missing == ("555555555555",)
        assert [len(results) for results in audit.errors.values()] == [2]

    def test_each_of_its_members_is_still_written_in_the_same_form(self) -> None:
        audit = read(EARLIER)
        again = document(Report(audit, RULE_VALUES, compare(THEN_AUDIT, audit)))
        told = set(members(json.loads(EARLIER.read_text("utf-8"))))
        assert told - set(members(again)) == set()

    def test_it_has_every_member_that_the_schema_had(self) -> None:
        assert all(lists_are_filled(json.loads(EARLIER.read_text("utf-8"))))


def members(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """The path of every member in a document, and its JSON type."""
    yield path, type(value).__name__
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{path}[]")


def lists_are_filled(value: Any) -> Iterator[bool]:
    """Whether each list of a document has items, by which alone its form is known."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from lists_are_filled(inner)
    elif isinstance(value, list):
        yield bool(value)
        for inner in value:
            yield from lists_are_filled(inner)
