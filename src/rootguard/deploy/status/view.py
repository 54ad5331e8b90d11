"""The result of `rootguard status`: a table for people, a document for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from rootguard.deploy.status.judgement import problems_of, problems_of_stacks
from rootguard.deploy.status.model import AccountState, Problem, RuleState
from rootguard.deploy.status.reading import Seen

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen, judged.

    Attributes:
        general: What is wrong with the administrator's own stacks.
        by_account: Account id -> what is wrong there.
    """

    seen: Seen
    general: Sequence[Problem]
    by_account: Mapping[str, Sequence[Problem]]

    @property
    def has_problems(self) -> bool:
        """Whether anything is wrong, as far as could be seen."""
        return bool(self.general) or any(self.by_account.values())

    @property
    def is_complete(self) -> bool:
        """Whether every account could be seen."""
        return not any(account.not_seen for account in self.seen.accounts)


def report_on(seen: Seen, now: datetime) -> Report:
    """Judge what was seen."""
    problems = {account.id: problems_of(account, seen.deployment, now) for account in seen.accounts}
    return Report(seen, list(problems_of_stacks(seen.deployment)), problems)


def show(console: Console, report: Report) -> None:
    """The table, and below it a line for each thing that is wrong or could not be seen."""
    table = Table()
    for heading in ("Account", "Name", "Functions", "Conformance pack", "Rules", "Problems"):
        table.add_column(heading, overflow="fold")
    for account in report.seen.accounts:
        number = len(report.by_account[account.id])
        table.add_row(
            account.id, account.name, _functions(account), _pack(account), _compliance(account), str(number or "")
        )
    console.print(table)
    lines = [problem.line() for problem in report.general]
    for account in report.seen.accounts:
        who = f"{account.id} {account.name}".strip()
        lines += [f"{who}: {problem.line()}" for problem in report.by_account[account.id]]
        if account.not_seen:
            lines.append(f"{who}: its rules could not be seen: {account.not_seen}; or give another --role-name")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True, highlight=False)


def _functions(account: AccountState) -> str:
    if account.left_out:
        return f"left out: {account.left_out}"
    if account.is_management:
        return account.stack_status or "none"
    return "none" if account.instance is None else account.instance.status


def _pack(account: AccountState) -> str:
    return "" if account.pack is None else account.pack.status


def _compliance(account: AccountState) -> str:
    if account.compliance is None:
        return "not seen" if account.not_seen else ""
    return ", ".join(f"{number} {kind}" for kind, number in sorted(account.compliance.items()))


def as_document(report: Report) -> dict[str, Any]:
    """The JSON of --output json."""
    standing = report.seen.standing
    return {
        "schema_version": SCHEMA_VERSION,
        "organization_id": standing.organization_id,
        "region": standing.region,
        "stacks": dict(report.seen.deployment.stacks),
        "problems": [_problem(problem) for problem in report.general],
        "accounts": [_account(account, report.by_account[account.id]) for account in report.seen.accounts],
    }


def _account(account: AccountState, problems: Sequence[Problem]) -> dict[str, Any]:
    instance, pack, inside = account.instance, account.pack, account.inside
    return {
        "id": account.id,
        "name": account.name,
        "left_out": account.left_out or None,
        "stack_set_instance": instance
        and {"status": instance.status, "detailed_status": instance.detailed_status, "reason": instance.reason},
        "stack": account.stack_status,
        "conformance_pack": pack and {"status": pack.status, "error": pack.error},
        "recording": inside and inside.is_recording,
        "rules": None if inside is None else [_rule(rule) for rule in inside.rules],
        "compliance": None if account.compliance is None else dict(account.compliance),
        "not_seen": account.not_seen or None,
        "problems": [_problem(problem) for problem in problems],
    }


def _rule(rule: RuleState) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "config_rule_name": rule.config_name,
        "compliance": rule.compliance,
        "last_success": _time(rule.last_success),
        "last_failure": _time(rule.last_failure),
        "error": rule.error or None,
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"what": problem.what, "reason": problem.reason, "fix": problem.fix}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
