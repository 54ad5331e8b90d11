"""Looks into accounts, several at a time, and evaluates the rules there."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rootguard.audit.operator import Entrance, Operator, Role
from rootguard.audit.plan import Plan
from rootguard.audit.results import AuditedAccount, Compliance, Evidence, Observation, Result, Unseen
from rootguard.audit.workers import in_threads
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable, RuleError
from rootguard.kit.evaluation import evaluate
from rootguard.kit.facts import Fact
from rootguard.kit.readers.account_summary import read_account_summary
from rootguard.kit.readers.credential_report import GENERATE
from rootguard.kit.rule import AnyRule

_AT_ONCE = 4
"""Rules of one account that are evaluated at a time, where there are threads to spare."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is done in every account.

    Attributes:
        operator: Who asks.
        plan: The rules.
        role: To assume in other accounts than the operator's.
        jobs: How many requests may be under way at a time, at most.
    """

    operator: Operator
    plan: Plan
    role: Role
    jobs: int

    def over(self, accounts: Sequence[AuditedAccount]) -> Iterator[tuple[AuditedAccount, tuple[Result, ...]]]:
        """Each account with its results, in the plan's order, as they come to be known."""
        # What is there by now, models and clients, stays; of the accounts to come there will be garbage.
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        at_once = min(_AT_ONCE, max(1, self.jobs // max(1, len(accounts))))
        return in_threads(accounts, lambda account: self._look(account, at_once), self.jobs)

    def _look(self, account: AuditedAccount, at_once: int) -> tuple[Result, ...]:
        try:
            entrance = self.operator.enter(account.id, self.role)
        except Exception as error:  # noqa: BLE001 - as in _judge
            return tuple(self._error(account, rule, error, ()) for rule in self.plan.rules)
        _start_report(entrance.view(), self.plan.rules)
        judged = in_threads(_report_last(self.plan.rules), lambda rule: self._judge(account, rule, entrance), at_once)
        found = {rule.name: result for rule, result in judged}
        return tuple(found[rule.name] for rule in self.plan.rules)

    def _judge(self, account: AuditedAccount, rule: AnyRule, entrance: Entrance) -> Result:
        view = entrance.view()
        try:
            verdict = evaluate(rule, view, self.plan.parameters[rule.name], datetime.now(UTC).date())
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one account must not cost the others theirs
            return self._error(account, rule, error, view.facts)
        compliance, evidence = Compliance(verdict.compliance), _evidence(view.facts)
        return Result(account.id, account.name, rule.name, rule.severity, compliance, verdict.reason, evidence)

    def _error(self, account: AuditedAccount, rule: AnyRule, error: Exception, facts: Iterable[Fact]) -> Result:
        unseen, reason = _unseen(account, error), str(error)
        if not isinstance(error, RuleError):
            reason = f"unexpected {type(error).__name__}: {error} (a fault of rootguard)"
        # What stands for the operator's own credentials is no role that anybody could look up.
        stand_in, caller = self.operator.own_role_arn, self.operator.caller.arn
        unseen = replace(
            unseen,
            problem=unseen.problem.replace(stand_in, caller),
            advice=unseen.advice.replace(stand_in, caller),
        )
        return Result(
            account.id,
            account.name,
            rule.name,
            rule.severity,
            Compliance.ERROR,
            " ".join(reason.replace(stand_in, caller).split()),
            _evidence(facts),
            unseen,
        )


def _unseen(account: AuditedAccount, error: Exception) -> Unseen:
    kind = type(error).__name__
    if isinstance(error, EvidenceUnavailable):
        return Unseen(kind, error.account_id, error.problem, error.action, error.region, error.code, error.advice)
    return Unseen(kind, account.id, " ".join(str(error).split()))


def _evidence(facts: Iterable[Fact]) -> Evidence:
    return Evidence(map(Observation.of, facts))


def _start_report(view: Account, rules: Sequence[AnyRule]) -> None:
    """Let AWS begin with what takes it seconds, if it will be asked for: then nobody has to wait for it."""
    # Whatever keeps it from being asked for here, the rules that need it will meet, and tell.
    with suppress(Exception):
        if any(map(_needs_report, rules)) and read_account_summary(view).known_credentials:
            view.call(GENERATE)


def _report_last(rules: Sequence[AnyRule]) -> list[AnyRule]:
    return sorted(rules, key=_needs_report)


def _needs_report(rule: AnyRule) -> bool:
    return GENERATE in rule.actions
