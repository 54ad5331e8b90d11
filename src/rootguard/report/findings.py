"""An audit as findings: those that Security Hub would have if the deployed rules had said the same."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from rootguard.audit.results import Audit, Compliance, Result
from rootguard.errors import RootguardError
from rootguard.kit.facts import Fact
from rootguard.kit.findings.asff import Finding, failure_finding, seen_before, verdict_finding
from rootguard.kit.findings.constraints import violations
from rootguard.kit.findings.judged import Failure
from rootguard.kit.verdict import REASON_LENGTH, Outcome, Verdict, shortened
from rootguard.kit.verdict import Compliance as Judgement
from rootguard.report.report import Report


@dataclass(frozen=True, slots=True)
class _Told:
    """An account as a finding needs it, from what a result tells."""

    id: str
    partition: str
    region: str
    facts: tuple[Fact, ...]


def findings(report: Report) -> Iterator[tuple[Result, Finding]]:
    """The results that make a finding, each with it; in order, `constraints` says.

    NOT_APPLICABLE makes none, as the deployed rules import none where there is none to archive. What an earlier audit
    found already has been there since then.

    Raises:
        RootguardError: A finding is not as Security Hub takes it, which is a bug of rootguard.
    """
    known = _known(report)
    for result in report.audit.results:
        if result.compliance is not Compliance.NOT_APPLICABLE:
            yield result, _in_order(_finding(report, result, known.get(result.place)))


def write_list(documents: Iterable[dict[str, Any]], out: TextIO) -> None:
    """Write a JSON list with a document a line, in ASCII: names are anybody's words, and may be read in a terminal."""
    out.write("[")
    out.writelines(f"{',' if number else ''}\n{json.dumps(each)}" for number, each in enumerate(documents))
    out.write("\n]\n")


def _known(report: Report) -> dict[tuple[str, str], Finding]:
    comparison = report.comparison
    if comparison is None:
        return {}
    return {result.place: seen_before(comparison.since) for result in comparison.unchanged}


def _finding(report: Report, result: Result, known: Finding | None) -> Finding:
    audit, rule = report.audit, report.rules[result.rule]
    account = _told(audit, result)
    if result.unseen:
        unseen = result.unseen
        failure = Failure(unseen.kind, result.reason, unseen.action, unseen.code)
        return failure_finding(rule, account, failure, audit.generated_at)
    outcome = Outcome(Judgement(result.compliance.value), result.reason)
    return verdict_finding(
        rule, account, Verdict(outcome, shortened(result.reason, REASON_LENGTH)), audit.generated_at, known
    )


def _told(audit: Audit, result: Result) -> _Told:
    facts = tuple(
        Fact(each.action, each.account_id, each.region, each.member, each.value, datetime.fromisoformat(each.time))
        for each in result.evidence
    )
    return _Told(result.account_id, audit.caller.partition, audit.scope.region, facts)


def _in_order(finding: Finding) -> Finding:
    if found := violations(finding):
        raise RootguardError(f"bug of rootguard: {finding['Id']} does not keep to ASFF: {'; '.join(found)}")
    return finding
