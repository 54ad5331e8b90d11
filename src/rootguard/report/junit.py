"""An audit as JUnit XML, which pipelines show as tests: a suite per account, a case per rule.

    NON_COMPLIANT   failure, its type the severity
    ERROR           error, its type that of what could not be seen
    NOT_APPLICABLE  skipped
    no ACTIVE account                 every case skipped
    account not reached, interrupted  every case an error

There is no standard, only what is read: this keeps to Jenkins's schema (junit-10.xsd of its plugin xunit) and to
that of Ant's reports (https://github.com/windyroad/JUnit-Schema), and GitLab, CodeBuild and GitHub's actions read it.
Neither schema has properties for a case, so a suite has those of its cases that fail or are in error,
`RULE.severity` and `RULE.controls`. A case's class name is made of the account's id, not of its name: what is renamed
keeps its history.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rootguard.audit.results import AuditedAccount, Compliance, Result
from rootguard.kit.facts import timestamp
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.printable import printable
from rootguard.report.left_out import INTERRUPTED, inactive_reason
from rootguard.report.naming import called, controls
from rootguard.report.report import Report

_OUTCOMES = {
    Compliance.COMPLIANT: "",
    Compliance.NON_COMPLIANT: "failure",
    Compliance.ERROR: "error",
    Compliance.NOT_APPLICABLE: "skipped",
}
_SECONDS = "0"
"""The rules of an account share what they ask, so none has a time of its own."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A test: what became of a rule.

    Attributes:
        outcome: `failure`, `error`, `skipped`; "" where it passed.
        type: Of a failure or an error.
    """

    rule: AnyRule
    outcome: str
    type: str
    reason: str


def write(report: Report, out: TextIO) -> None:
    """Write a suite at a time, those of all accounts of the scope."""
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
    for number, account in enumerate(report.audit.scope.accounts):
        suite = _suite(report, account, number)
        indent(suite)
        out.write(f"{tostring(suite, encoding='unicode')}\n")
    out.write("</testsuites>\n")


def _suite(report: Report, account: AuditedAccount, number: int) -> Element:
    cases = tuple(_cases(report, account))
    outcomes = Counter(case.outcome for case in cases)
    suite = _element(
        "testsuite",
        id=str(number),
        name=called(account.id, account.name),
        package="rootguard",
        hostname="localhost",  # as Ant's schema wants it where no host ran the tests
        timestamp=timestamp(report.audit.generated_at).removesuffix("Z"),
        time=_SECONDS,
        tests=str(len(cases)),
        failures=str(outcomes["failure"]),
        errors=str(outcomes["error"]),
        skipped=str(outcomes["skipped"]),
    )
    properties = SubElement(suite, "properties")
    properties.extend(_element("property", name=name, value=value) for name, value in _properties(account, cases))
    suite.extend(_testcase(account, case) for case in cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")
    return suite


def _cases(report: Report, account: AuditedAccount) -> Iterator[_Case]:
    results = {result.rule: result for result in report.audit.by_account.get(account.id, ())}
    for name in report.audit.scope.rules:
        yield _case(account, report.rules[name], results.get(name))


def _case(account: AuditedAccount, rule: AnyRule, result: Result | None) -> _Case:
    if result is None and account.is_active:
        return _Case(rule, "error", "Interrupted", INTERRUPTED)
    if result is None:
        return _Case(rule, "skipped", "", inactive_reason(account))
    kind = result.unseen.kind if result.unseen else result.severity
    return _Case(rule, _OUTCOMES[result.compliance], kind, result.reason)


def _properties(account: AuditedAccount, cases: tuple[_Case, ...]) -> Iterator[tuple[str, str]]:
    yield "account_id", account.id
    yield "account_name", account.name
    yield "account_state", account.state
    for case in cases:
        if case.outcome in {"failure", "error"}:
            yield f"{case.rule.name}.severity", case.rule.severity
            if told := controls(case.rule):
                yield f"{case.rule.name}.controls", told


def _testcase(account: AuditedAccount, case: _Case) -> Element:
    testcase = _element("testcase", name=case.rule.name, classname=f"rootguard.{account.id}", time=_SECONDS)
    match case.outcome:
        case "":
            pass
        case "skipped":
            testcase.append(_element("skipped", message=case.reason))
        case outcome:
            told = _element(outcome, message=case.reason, type=case.type)
            told.text = "\n".join(map(printable, _body(case)))
            testcase.append(told)
    return testcase


def _body(case: _Case) -> Iterator[str]:
    yield case.rule.title
    yield case.reason
    if case.outcome == "failure":
        yield f"Severity: {case.rule.severity}"
        yield f"Fix: {case.rule.remediation.text}"
        yield from (f"Control: {' '.join(control)}" for control in case.rule.controls)
    yield page_url(case.rule.name)


def _element(tag: str, **attributes: str) -> Element:
    """An element whose attributes have no character that XML 1.0 does not know."""
    return Element(tag, {name: printable(value) for name, value in attributes.items()})
