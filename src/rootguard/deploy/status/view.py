"""The result of `rootguard status`: a table for people, a document for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rootguard.deploy.layout import is_narrow, print_table
from rootguard.deploy.status.attestations import due_in
from rootguard.deploy.status.judgement import problems_of, problems_of_stacks
from rootguard.deploy.status.model import AccountState, Attestation, Problem, RuleState
from rootguard.deploy.status.reading import Seen
from rootguard.deploy.wording import counted, listed, together

SCHEMA_VERSION = 1
_MOST_ROWS = 50
_SIGNS = {"COMPLIANT": "✔", "NON_COMPLIANT": "✘", "NOT_APPLICABLE": "·", "INSUFFICIENT_DATA": "?"}
"""ComplianceType: https://docs.aws.amazon.com/config/latest/APIReference/API_Compliance.html."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen, judged.

    Attributes:
        general: What is wrong with the administrator's own stacks.
        by_account: Account id -> what is wrong there.
        due: Account id -> what somebody has to attest there: nothing is wrong with the deployment.
    """

    seen: Seen
    general: Sequence[Problem]
    by_account: Mapping[str, Sequence[Problem]]
    due: Mapping[str, Sequence[Problem]] = field(default_factory=dict)

    @property
    def has_problems(self) -> bool:
        """Whether anything is wrong, as far as could be seen."""
        return bool(self.general) or any(self.by_account.values())

    @property
    def has_due(self) -> bool:
        """Whether somebody has to attest something."""
        return any(self.due.values())

    def is_fine(self, account: AccountState) -> bool:
        """Whether there is nothing to say of an account that is to have it all."""
        return not (self.by_account[account.id] or account.not_seen or account.left_out)

    @property
    def is_complete(self) -> bool:
        """Whether every account could be seen."""
        return not any(account.not_seen for account in self.seen.accounts)


def report_on(seen: Seen, now: datetime, attestation_days: int = 365) -> Report:
    """Judge what was seen.

    Args:
        seen: All that was found out.
        now: The time.
        attestation_days: How old a person's answer may be.
    """
    problems = {account.id: problems_of(account, seen.deployment, now) for account in seen.accounts}
    longest = timedelta(days=attestation_days)
    due = {account.id: list(due_in(account, now, longest)) for account in seen.accounts}
    return Report(seen, list(problems_of_stacks(seen.deployment)), problems, due)


def show(console: Console, report: Report) -> None:
    """The table, below it a line for each thing that is wrong or could not be seen, and how many accounts are what.

    A large organization's table has those accounts only of which there is something to say.
    """
    accounts = report.seen.accounts
    rows = accounts if len(accounts) <= _MOST_ROWS else [each for each in accounts if not report.is_fine(each)]
    if rows:
        if is_narrow(console):
            for account in rows:
                console.print(_row_as_line(report, account), markup=False, soft_wrap=True, highlight=False)
        else:
            print_table(console, _table(report, rows))
        console.print(", ".join(f"{sign} {kind}" for kind, sign in _SIGNS.items()), end="\n\n", highlight=False)
    for line in (*(problem.line() for problem in report.general), *_lines(report), _summary(report)):
        console.print(line, markup=False, soft_wrap=True, highlight=False)


def _table(report: Report, accounts: Sequence[AccountState]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Account", no_wrap=True)
    table.add_column("Name", overflow="fold")
    table.add_column("Functions", overflow="fold")
    table.add_column("Pack", no_wrap=True)
    table.add_column("Rules", no_wrap=True)
    table.add_column("Wrong", justify="right")
    for account in accounts:
        number = len(report.by_account[account.id])
        cells = (account.name, _functions(account), _pack(account), _compliance(account), str(number or ""))
        table.add_row(account.id, *map(escape, cells))
    return table


def _row_as_line(report: Report, account: AccountState) -> str:
    number = len(report.by_account[account.id])
    cells = {
        "" if account.left_out else "functions ": _functions(account),
        "pack ": _pack(account),
        "rules ": _compliance(account),
        "wrong ": str(number or ""),
    }
    told = ", ".join(f"{title}{cell}" for title, cell in cells.items() if cell)
    return f"{account.id} {account.name}: {told}"


def _lines(report: Report) -> Iterator[str]:
    """What is wrong or not seen, once for all accounts of which it is true."""
    names = {account.id: f"{account.id} {account.name}".strip() for account in report.seen.accounts}
    said = [
        (account, problem.line())
        for judged in (report.by_account, report.due)
        for account, problems in judged.items()
        for problem in problems
    ]
    unseen = [
        (account.id, f"the rules could not be seen: {account.not_seen}; or give another --role-name")
        for account in report.seen.accounts
        if account.not_seen
    ]
    for accounts, text in together([*said, *unseen]):
        who = names[accounts[0]] if len(accounts) == 1 else f"{len(accounts)} accounts ({listed(accounts)})"
        yield f"{who}: {text}"


def _summary(report: Report) -> str:
    accounts = report.seen.accounts
    parts = {
        "fine": [each for each in accounts if report.is_fine(each) and not report.due.get(each.id)],
        "with problems": [each for each in accounts if report.by_account[each.id]],
        "not seen": [each for each in accounts if each.not_seen],
        "with attestations due": [each for each in accounts if report.due.get(each.id)],
        "left out": [each for each in accounts if each.left_out],
    }
    numbers = ", ".join(f"{len(some)} {kind}" for kind, some in parts.items() if some)
    return f"{counted(accounts, 'account')}: {numbers}"


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
    return " ".join(f"{account.compliance[kind]}{sign}" for kind, sign in _SIGNS.items() if kind in account.compliance)


def as_document(report: Report) -> dict[str, Any]:
    """The JSON of --output json."""
    standing = report.seen.standing
    return {
        "schema_version": SCHEMA_VERSION,
        "organization_id": standing.organization_id,
        "region": standing.region,
        "stacks": dict(report.seen.deployment.stacks),
        "problems": [_problem(problem) for problem in report.general],
        "accounts": [
            _account(account, report.by_account[account.id], report.due.get(account.id, ()))
            for account in report.seen.accounts
        ],
    }


def _account(account: AccountState, problems: Sequence[Problem], due: Sequence[Problem]) -> dict[str, Any]:
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
        "attestations": None if inside is None else [_attestation(each) for each in inside.attestations],
        "compliance": None if account.compliance is None else dict(account.compliance),
        "not_seen": account.not_seen or None,
        "problems": [_problem(problem) for problem in problems],
        "attestations_due": [_problem(each) for each in due],
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


def _attestation(attestation: Attestation) -> dict[str, str | None]:
    return {
        "process_check": attestation.check,
        "config_rule_name": attestation.config_name,
        "compliance": attestation.compliance,
        "attested": _time(attestation.attested),
        "annotation": attestation.annotation or None,
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"what": problem.what, "reason": problem.reason, "fix": problem.fix}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
