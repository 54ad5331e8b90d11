"""What an audit comes down to: what to fix first, what could not be seen, which accounts are worst."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from string import Formatter

from rootguard.audit.results import Audit, AuditedAccount, Compliance, Result, Standing, Unseen
from rootguard.kit.rule import AnyRule, Severity
from rootguard.report.naming import called
from rootguard.report.report import Report

_ANY_ACCOUNT = "ACCOUNT_ID"
_MANY = 4
"""Accounts, from which on one does not want to do the same in each of them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Results of one rule that say the same.

    Attributes:
        text: The reason; where the results' own differ, the outcome's, with `<details>` for what they differ in.
        results: In the order of the accounts.
    """

    text: str
    results: tuple[Result, ...]

    def told(self, most: int) -> Mapping[str, tuple[Result, ...]]:
        """The results by their own reasons where those are at most so many; otherwise all of them by the outcome's."""
        found = dict[str, list[Result]]()
        for result in self.results:
            found.setdefault(result.reason, []).append(result)
        if len(found) > most:
            return {self.text: self.results}
        return {text: tuple(results) for text, results in found.items()}


@dataclass(frozen=True, slots=True)
class Fix:
    """Something to repair: one rule's remediation, and the accounts that need it.

    Attributes:
        rule: What is violated.
        reasons: In what ways, the most frequent first.
    """

    rule: AnyRule
    reasons: tuple[Reason, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        """All of them, one an account."""
        return tuple(result for reason in self.reasons for result in reason.results)


@dataclass(frozen=True, slots=True)
class Blank:
    """Something that could not be seen, in one or many accounts alike.

    Attributes:
        unseen: What and why; where several accounts were asked, its texts have ACCOUNT_ID for their ids.
        asked: The ids of the accounts that were asked.
        results: What lacks it.
    """

    unseen: Unseen
    asked: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules that lack it, each once."""
        return tuple(dict.fromkeys(result.rule for result in self.results))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts whose verdicts lack it, as reports call them."""
        return tuple(dict.fromkeys(called(result.account_id, result.account_name) for result in self.results))

    @property
    def call(self) -> str:
        """What failed: the call and where, or the kind of error."""
        return f"{self.unseen.action} ({self.unseen.region})" if self.unseen.action else self.unseen.kind

    @property
    def asked_elsewhere(self) -> tuple[str, ...]:
        """The ids of the accounts that were asked, where they are not those that are judged."""
        judged = {result.account_id for result in self.results}
        return () if judged == {*self.asked} else self.asked


@dataclass(frozen=True, slots=True)
class AccountAtRisk:
    """An account with its violations, counted by severity, and how much of it could not be seen."""

    account: AuditedAccount
    violations: Mapping[Severity, int]
    unseen: int


def what_to_fix(report: Report) -> tuple[Fix, ...]:
    """The most severe first; of one severity what repairs the most accounts."""
    violations = [result for result in report.audit.results if result.compliance is Compliance.NON_COMPLIANT]
    fixes = [Fix(report.rules[name], reasons(report.rules[name], found)) for name, found in _by_rule(violations)]
    return tuple(sorted(fixes, key=lambda fix: (fix.rule.severity.rank, -len(fix.results), fix.rule.name)))


def advice_on(fix: Fix) -> str:
    """How to repair it, in short: for all accounts at once where many need it."""
    remediation = fix.rule.remediation
    return remediation.organization if len(fix.results) >= _MANY else remediation.text


def reasons(rule: AnyRule, results: Iterable[Result]) -> tuple[Reason, ...]:
    """Results of one rule, those of one outcome together, the most frequent first."""
    by_outcome = dict[str, list[Result]]()
    for result in results:
        by_outcome.setdefault(_outcome(rule, result), []).append(result)
    found = (Reason(_common(template, alike), tuple(alike)) for template, alike in by_outcome.items())
    return tuple(sorted(found, key=lambda reason: -len(reason.results)))


def what_could_not_be_seen(audit: Audit) -> tuple[Blank, ...]:
    """What most results lack first; the same call that failed alike in several accounts is one."""
    alike = dict[tuple[str, ...], list[Unseen]]()
    for unseen in audit.errors:
        anywhere = _anywhere(unseen)
        key = (anywhere.kind, anywhere.action, anywhere.region, anywhere.code, anywhere.advice)
        # Without a code the problem is all that there is to tell one from another.
        alike.setdefault(key if anywhere.code else (*key, anywhere.problem), []).append(unseen)
    blanks = (_blank(audit, several) for several in alike.values())
    return tuple(sorted(blanks, key=lambda blank: -len(blank.results)))


def accounts_at_risk(audit: Audit) -> tuple[AccountAtRisk, ...]:
    """The worst first: by violations of the gravest severity, then of the next; what could not be seen comes last."""
    found = (
        _at_risk(account, audit.by_account[account.id])
        for account in audit.scope.accounts
        if account.id in audit.by_account and audit.standing(account.id) is not Standing.SAFE
    )
    return tuple(sorted(found, key=_worst_first))


def _by_rule(results: Iterable[Result]) -> Iterator[tuple[str, tuple[Result, ...]]]:
    ordered = sorted(results, key=lambda result: result.rule)  # stable: accounts keep their order
    return ((name, tuple(found)) for name, found in groupby(ordered, lambda result: result.rule))


def _outcome(rule: AnyRule, result: Result) -> str:
    """The outcome's reason, as `str.format` takes it; where none is recognised, such as a shortened one, the own."""
    templates = (outcome.reason for outcome in rule.outcomes if outcome.compliance.value == result.compliance.value)
    fitting = [template for template in templates if _shape(template).fullmatch(result.reason)]
    return max(fitting, key=_literal_length) if fitting else _as_template(result.reason)


def _as_template(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _common(template: str, results: Sequence[Result]) -> str:
    """A reason for all: their details where these agree, the details' names where they differ."""
    first = results[0].reason
    if all(result.reason == first for result in results):
        return first
    found = [_shape(template).fullmatch(result.reason) for result in results]
    values = [match.groups() for match in found if match]
    details = iter(zip(*values, strict=True))
    said = "".join(literal + (_agreed(name, next(details)) if name else "") for literal, name in _parts(template))
    notes = {value[-1] or "" for value in values}
    return said + (notes.pop() if len(notes) == 1 else "")


def _agreed(name: str, values: tuple[str, ...]) -> str:
    return values[0] if len(set(values)) == 1 else f"<{name.replace('_', ' ')}>"


@lru_cache(maxsize=256)
def _shape(template: str) -> re.Pattern[str]:
    """Of the reasons that an outcome's template gives, also with a note after them (`Verdict.noting`)."""
    parts = (re.escape(literal) + ("(.*?)" if name else "") for literal, name in _parts(template))
    return re.compile(f"{''.join(parts)}(; exemption expired .*)?", re.DOTALL)


def _literal_length(template: str) -> int:
    return sum(len(literal) for literal, _ in _parts(template))


def _parts(template: str) -> list[tuple[str, str]]:
    """Literal texts, each with the name of the detail after it; details without a text between them are one."""
    found = list[tuple[str, str]]()
    for literal, name, _, _ in Formatter().parse(template):
        if literal or not found:
            found.append((literal, name or ""))
    return found


def _anywhere(unseen: Unseen) -> Unseen:
    """The same, whichever account was asked."""
    return replace(
        unseen,
        problem=unseen.problem.replace(unseen.account_id, _ANY_ACCOUNT),
        advice=unseen.advice.replace(unseen.account_id, _ANY_ACCOUNT),
    )


def _blank(audit: Audit, alike: Sequence[Unseen]) -> Blank:
    results = tuple(result for unseen in alike for result in audit.errors[unseen])
    asked = tuple(dict.fromkeys(unseen.account_id for unseen in alike))
    return Blank(alike[0] if len(asked) == 1 else _anywhere(alike[0]), asked, results)


def _at_risk(account: AuditedAccount, results: Iterable[Result]) -> AccountAtRisk:
    found = tuple(results)
    violations = Counter(result.severity for result in found if result.compliance is Compliance.NON_COMPLIANT)
    return AccountAtRisk(account, violations, sum(result.unseen is not None for result in found))


def _worst_first(at_risk: AccountAtRisk) -> tuple[int, ...]:
    return (*(-at_risk.violations.get(severity, 0) for severity in Severity), -at_risk.unseen)
