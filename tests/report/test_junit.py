"""An audit as JUnit XML: well-formed, as the schemas in use have it, and no verdict turned into a pass."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

import pytest
from tests.report_samples import compared_report, report_of, small_report, violation, written
from tests.sample_audit import sample_report

from rootguard.audit.results import Compliance
from rootguard.kit.links import page_url
from rootguard.report.junit import write
from rootguard.report.report import Report


class Shape(NamedTuple):
    """What an element must have, in the order in which it must have it; "?" is at most one, "*" any number."""

    attributes: frozenset[str]
    children: str


SHAPES: Mapping[str, Shape] = {
    "testsuites": Shape(frozenset(), "(testsuite )*"),
    "testsuite": Shape(
        frozenset(["id", "name", "package", "hostname", "timestamp", "time", "tests", "failures", "errors", "skipped"]),
        "properties (testcase )*system-out system-err ",
    ),
    "properties": Shape(frozenset(), "(property )*"),
    "property": Shape(frozenset({"name", "value"}), ""),
    "testcase": Shape(frozenset({"name", "classname", "time"}), "(skipped |error |failure )?"),
    "skipped": Shape(frozenset({"message"}), ""),
    "error": Shape(frozenset({"message", "type"}), ""),
    "failure": Shape(frozenset({"message", "type"}), ""),
    "system-out": Shape(frozenset(), ""),
    "system-err": Shape(frozenset(), ""),
}
"""What both schemas allow and the stricter one asks for: Ant's
(https://github.com/windyroad/JUnit-Schema/blob/master/JUnit.xsd) and Jenkins's
(https://github.com/jenkinsci/xunit-plugin, junit-10.xsd). With xmlschema, both took what is written here.
"""


def suites(report: Report) -> list[Element]:
    text = written(write, report)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    return list(fromstring(text.encode()))  # noqa: S314 - our own


def outcomes(suite: Element) -> list[str]:
    return [case[0].tag if len(case) else "passed" for case in suite.iter("testcase")]


REPORTS = {
    "twelve accounts": sample_report(12),
    "hostile names": sample_report(30, hostile=True),
    "an interrupted audit": compared_report(12),
    "no account": small_report(),
    "no results": small_report("missing", "suspended"),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_it_is_as_the_schemas_have_it(report: Report) -> None:
    root = fromstring(written(write, report).encode())  # noqa: S314 - our own
    for element in root.iter():
        shape = SHAPES[element.tag]
        assert set(element.attrib) == shape.attributes
        assert re.fullmatch(shape.children, "".join(f"{child.tag} " for child in element))
    for suite in root:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert all(suite.attrib[name] for name in ("name", "package", "hostname"))
        counts = Counter(outcomes(suite))
        told = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
        assert told == {
            "tests": counts.total(),
            "failures": counts["failure"],
            "errors": counts["error"],
            "skipped": counts["skipped"],
        }
    assert [suite.attrib["id"] for suite in root] == [str(number) for number, _ in enumerate(root)]


OUTCOMES = {
    "every verdict": ("X?-.", ["failure", "error", "skipped", "passed"]),
    "suspended": ("suspended", ["skipped"] * 4),
    "interrupted before it": ("missing", ["error"] * 4),
    "interrupted within it": ("X .", ["failure", "error", "passed"]),
}


@pytest.mark.parametrize(("row", "expected"), OUTCOMES.values(), ids=OUTCOMES)
def test_what_becomes_of_a_rule(row: str, expected: Sequence[str]) -> None:
    [suite] = suites(small_report(row))
    assert outcomes(suite) == expected
    assert [case.attrib["classname"] for case in suite.iter("testcase")] == ["rootguard.111111111111"] * len(expected)


def test_every_result_is_a_case_of_its_account() -> None:
    report = sample_report(12)
    tags = {
        Compliance.COMPLIANT: "passed",
        Compliance.NON_COMPLIANT: "failure",
        Compliance.ERROR: "error",
        Compliance.NOT_APPLICABLE: "skipped",
    }
    *active, suspended = suites(report)
    assert set(outcomes(suspended)) == {"skipped"}
    for suite, results in zip(active, report.audit.by_account.values(), strict=True):
        assert suite.attrib["name"] == f"{results[0].account_name} ({results[0].account_id})"
        assert [case.attrib["name"] for case in suite.iter("testcase")] == [result.rule for result in results]
        assert outcomes(suite) == [tags[result.compliance] for result in results]
        said = [case[0].attrib["message"] for case in suite.iter("testcase") if len(case)]
        assert said == [result.reason for result in results if result.compliance is not Compliance.COMPLIANT]


def test_a_failure_says_how_to_mend_it() -> None:
    [suite] = suites(small_report("X..."))
    [failure] = suite.iter("failure")
    assert failure.attrib == {"type": "critical", "message": "root-critical is NON_COMPLIANT"}
    assert (failure.text or "").splitlines() == [
        "A sample",
        "root-critical is NON_COMPLIANT",
        "Severity: critical",
        "Fix: Mend root-critical.",
        "Control: CIS AWS Foundations Benchmark 5.0.0 1.4",
        page_url("root-critical"),
    ]
    assert [(each.attrib["name"], each.attrib["value"]) for each in suite.iter("property")] == [
        ("account_id", "111111111111"),
        ("account_name", "account 1"),
        ("account_state", "ACTIVE"),
        ("root-critical.severity", "critical"),
        ("root-critical.controls", "CIS AWS Foundations Benchmark 5.0.0 1.4"),
    ]


def test_an_error_is_of_the_kind_that_kept_it_from_a_verdict() -> None:
    [suite] = suites(small_report("?..."))
    [error] = suite.iter("error")
    assert error.attrib == {"type": "EvidenceUnavailable", "message": "root-critical is ERROR"}
    assert "Fix" not in (error.text or "")


FORBIDDEN = {
    "a null": "a\0b",
    "an escape": "a\x1bb",
    "a C1 control": "a\x9bb",
    "a lone surrogate": "a\ud800b",
    "a noncharacter": "a\ufffeb",
    "an override": "a\u202eb",
}


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN)
def test_characters_that_xml_does_not_know_are_replaced(text: str) -> None:
    [suite] = suites(report_of(violation(1, text, text)))
    assert suite.attrib["name"] == "a\ufffdb (000000000001)"
    assert [each.attrib["message"] for each in suite.iter("failure")] == ["a\ufffdb"]


def test_markup_of_others_is_text() -> None:
    text = "\"'><failure/>]]>&lt;<!-- &amp; <?x?>"
    [suite] = suites(report_of(violation(1, text, text)))
    assert suite.attrib["name"] == f"{text} (000000000001)"
    [failure] = suite.iter("failure")
    assert failure.attrib["message"] == text
    assert text in (failure.text or "").splitlines()


@pytest.mark.slow
def test_a_thousand_accounts() -> None:
    report = sample_report(1000, hostile=True)
    found = suites(report)
    assert len(found) == 1000
    counts = Counter(outcome for suite in found for outcome in outcomes(suite))
    said = Counter(result.compliance for result in report.audit.results)
    assert counts == {
        "passed": said[Compliance.COMPLIANT],
        "failure": said[Compliance.NON_COMPLIANT],
        "error": said[Compliance.ERROR],
        "skipped": said[Compliance.NOT_APPLICABLE] + 10,
    }
