"""An audit of any size, without AWS: every rule's own answers, spread over accounts in the same way each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from rootguard.audit.results import (
    Audit,
    AuditedAccount,
    Compliance,
    Evidence,
    Observation,
    Result,
    Scope,
    Unseen,
)
from rootguard.caller import Caller
from rootguard.catalog import by_severity, load_rules
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.rule import AnyRule
from rootguard.report.report import Report

NOW = datetime(2026, 11, 23, 5, 30, 0, tzinfo=UTC)
REGION = "eu-central-1"
MANAGEMENT = "111111111111"
WHO = f"arn:aws:iam::{MANAGEMENT}:user/auditor"
RULES = by_severity(load_rules())
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.com","click")',
    "[bold red]not markup[/]",
    "two\nlines\x1b[31m and an escape",
    "a | b `c` **d** [e](javascript:alert(1))",
    "&lt;already escaped&gt; \"quoted\" 'name'",
    "ünïcödé \u202egnp.exe 株式会社",
    "x" * 50,
    "{{ 7 * 7 }} {% raw %}",
    "-1+cmd|' /C calc'!A0",
    "",
)
"""Account names are anybody's words: 1 to 50 characters of any kind."""
_NAMES = ("payments", "search", "data-lake", "sandbox", "security", "log-archive", "shop", "billing", "hr", "legacy")
_ODDS = (
    (Compliance.COMPLIANT, 70),
    (Compliance.NON_COMPLIANT, 14),
    (Compliance.NOT_APPLICABLE, 12),
    (Compliance.ERROR, 4),
)


def sample_report(accounts: int = 12, *, hostile: bool = False, seed: int = 1) -> Report:
    """A report on a sample audit, with all rules."""
    return Report(sample_audit(accounts, hostile=hostile, seed=seed), {rule.name: rule for rule in RULES})


def sample_audit(accounts: int = 12, *, hostile: bool = False, seed: int = 1) -> Audit:
    """An audit of an organization; its last account is suspended.

    Args:
        accounts: How many, two at least.
        hostile: Whether the names are such as attack whoever shows them.
        seed: Two audits of different seeds differ here and there.
    """
    names = HOSTILE_NAMES if hostile else _NAMES
    active = [
        AuditedAccount(MANAGEMENT, "management"),
        *(AuditedAccount(f"{222222222222 + number}", _name(number, names)) for number in range(1, accounts - 1)),
    ]
    suspended = AuditedAccount("999999999999", "closed-in-spring", "SUSPENDED")
    scope = Scope(
        accounts=(*active, suspended),
        rules=tuple(rule.name for rule in RULES),
        region=REGION,
        role_name="OrganizationAccountAccessRole",
        organization_id="o-exampleorgid",
        management_account_id=MANAGEMENT,
    )
    results = tuple(result for account in active for result in _results(account, seed))
    return Audit(NOW, Caller(MANAGEMENT, WHO, "aws"), scope, results)


def _name(number: int, names: tuple[str, ...]) -> str:
    name, round_ = names[number % len(names)], number // len(names)
    return f"{name}-{round_}" if round_ and names is _NAMES else name


def _results(account: AuditedAccount, seed: int) -> Iterator[Result]:
    calm, changed = random.Random(account.id), random.Random(f"{account.id}{seed}")  # noqa: S311 - no secrets
    denied = calm.random() < 0.03
    for rule in RULES:
        source = changed if changed.random() < 0.1 else calm
        compliance = source.choices([each for each, _ in _ODDS], [weight for _, weight in _ODDS])[0]
        if denied:
            problem = f"AccessDenied: {WHO} is not authorized to perform: sts:AssumeRole"
            advice = "let the role trust the caller"
            error = EvidenceUnavailable("sts:AssumeRole", account.id, REGION, problem, "AccessDenied", advice=advice)
            yield _unseen(account, rule, error)
        elif compliance is Compliance.ERROR:
            yield _unseen(
                account,
                rule,
                EvidenceUnavailable(rule.actions[0], account.id, REGION, "AccessDenied: no", "AccessDenied"),
            )
        else:
            yield _judged(account, rule, compliance, source)


def _unseen(account: AuditedAccount, rule: AnyRule, error: EvidenceUnavailable) -> Result:
    unseen = Unseen(
        "EvidenceUnavailable", error.account_id, error.problem, error.action, error.region, error.code, error.advice
    )
    return Result(
        account.id,
        account.name,
        rule.name,
        rule.severity,
        Compliance.ERROR,
        str(error),
        _evidence(account, rule, 1),
        unseen,
    )


def _judged(account: AuditedAccount, rule: AnyRule, compliance: Compliance, source: random.Random) -> Result:
    outcomes = [outcome for outcome in rule.outcomes if str(outcome.compliance) == compliance] or list(rule.outcomes)
    outcome = source.choice(outcomes)
    details = {name: f"<{name}>" for name in outcome.details}
    verdict = outcome(**details)
    said = Compliance(verdict.compliance)
    return Result(account.id, account.name, rule.name, rule.severity, said, verdict.reason, _evidence(account, rule, 4))


def _evidence(account: AuditedAccount, rule: AnyRule, most: int) -> Evidence:
    return Evidence(
        Observation(action, account.id, REGION, f"Member[{number}].Value", str(number), "2026-11-23T05:29:58Z")
        for number, action in zip(count(), rule.actions[:most], strict=False)
    )
