"""Judges an account anew and writes down how the verdict comes about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import rootguard
from rootguard import __version__
from rootguard.audit.operator import Wrap
from rootguard.audit.results import Compliance
from rootguard.catalog import module_of
from rootguard.explain.answers import requests_made, withheld_texts
from rootguard.explain.explanation import SCHEMA, Explanation, OutcomeEntry
from rootguard.explain.glimpse import Discretion
from rootguard.explain.narration import Narrator
from rootguard.explain.recording import Principal, Record, RecordingConnection
from rootguard.explain.source import source_of
from rootguard.explain.tracing import Trace
from rootguard.kit.account import Account
from rootguard.kit.alerting.events import load_events
from rootguard.kit.errors import EvidenceUnavailable, InvalidParameters, RuleError
from rootguard.kit.evaluation import EXEMPT, evaluate
from rootguard.kit.facts import Fact, timestamp
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Verdict

_PACKAGE = Path(rootguard.__file__).parent


@dataclass(frozen=True, slots=True)
class Subject:
    """The account that is judged, and the way to it.

    Attributes:
        account_id: Twelve digits.
        account_name: As AWS Organizations has it, "" where it is not known.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
        region: The home Region.
        view: The account as the rule sees it, each of its connections wrapped.
    """

    account_id: str
    account_name: str
    partition: str
    region: str
    view: Callable[[Wrap], Account]


def explain(rule: AnyRule, subject: Subject, given: Mapping[str, str], today: date) -> Explanation:
    """Evaluate a rule and tell how it came to its verdict, or why it has none.

    Args:
        rule: One of the catalogue.
        subject: The account; AWS is asked anew.
        given: The rule's parameters.
        today: The day in UTC.

    Raises:
        RootguardError: The evaluation cannot be watched, or its source is not there.
    """
    trace = Trace(str(module_of(rule).__file__))
    record = Record(trace.asked)
    account = subject.view(lambda way, arn, owner: RecordingConnection(way, record, Principal(arn, owner)))
    with trace.watching():
        result = _evaluated(rule, account, given, today)
    facts = tuple(account.facts)
    discretion = _discretion(subject, _parameters(rule, given), result, facts, record, trace)
    compliance = Compliance.ERROR if isinstance(result, RuleError) else Compliance(result.compliance)
    return Explanation(
        schema=SCHEMA,
        rootguard=__version__,
        generated_at=timestamp(datetime.now(UTC)),
        account_id=subject.account_id,
        account_name=subject.account_name,
        rule=rule.name,
        title=rule.title,
        severity=rule.severity,
        parameters={name: value for name, value in _parameters(rule, given).items() if value},
        compliance=compliance,
        reason=discretion.clean(str(result) if isinstance(result, RuleError) else result.reason),
        advice=result.advice if isinstance(result, EvidenceUnavailable) else "",
        requests=requests_made(record.requests, facts, discretion),
        steps=Narrator(discretion, _PACKAGE).tell(trace.root),
        outcomes=list(_outcomes(rule, result)),
        remediation=rule.remediation.text,
        page=page_url(rule.name),
    )


def _evaluated(rule: AnyRule, account: Account, given: Mapping[str, str], today: date) -> Verdict | RuleError:
    try:
        return evaluate(rule, account, given, today)
    except RuleError as error:
        return error


def _parameters(rule: AnyRule, given: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return rule.parse(given)
    except InvalidParameters:
        return given


def _outcomes(rule: AnyRule, result: Verdict | RuleError) -> Iterator[OutcomeEntry]:
    given = None if isinstance(result, RuleError) else result.outcome
    for outcome in (*rule.outcomes, EXEMPT):
        yield OutcomeEntry(Compliance(outcome.compliance), outcome.reason, outcome is given)


def _discretion(  # noqa: PLR0913, PLR0917 - all that is known of what may be told
    subject: Subject,
    parameters: Mapping[str, str],
    result: Verdict | RuleError,
    facts: Sequence[Fact],
    record: Record,
    trace: Trace,
) -> Discretion:
    texts = [text for fact in facts for text in (fact.text, *fact.text.split(", "))]
    own = [text for value in parameters.values() for text in (value, *value.split(","))]
    events = load_events(subject.account_id, subject.partition)
    written = [text for file in trace.files() for text in source_of(file).constants]
    return Discretion(
        facts={*texts, *own, subject.account_id, subject.region, *(request.region for request in record.requests)},
        ours={*written, *(event.title for event in events)},
        withheld=withheld_texts(record.requests),
        secrets=record.secrets,
        reason=str(result) if isinstance(result, RuleError) else result.reason,
    )
