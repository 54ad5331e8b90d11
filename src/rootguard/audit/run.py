"""`rootguard audit` from end to end: who asks, what is looked at, the walk, the reports, the exit code."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import typer

from rootguard.audit.clients import open_connection
from rootguard.audit.comparison import compare
from rootguard.audit.operator import Operator, Role
from rootguard.audit.plan import Wish, make_plan
from rootguard.audit.progress import progress
from rootguard.audit.results import Audit, Result, Scope
from rootguard.audit.resumption import known_results
from rootguard.audit.scope import Choice, find_accounts, find_place
from rootguard.audit.threshold import Threshold, conclude
from rootguard.audit.walk import Walk
from rootguard.aws_errors import explained
from rootguard.catalog import load_rules
from rootguard.errors import RootguardError
from rootguard.report.outputs import Output, write_all
from rootguard.report.report import Report

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        profile: None for AWS_PROFILE, else the environment's or the default credentials.
        region: None for AWS_REGION, AWS_DEFAULT_REGION or the profile's.
        choice: The accounts.
        wish: The rules.
        role: To assume in other accounts.
        jobs: How many requests may be under way at a time.
        outputs: Formats, and where each goes.
        threshold: From which severity on a violation ends the command with 1.
        only_new: Whether only violations count that the baseline lacks.
        baseline: An earlier audit to compare with.
        resume: An interrupted audit to continue.
    """

    profile: str | None
    region: str | None
    choice: Choice
    wish: Wish
    role: Role
    jobs: int
    outputs: tuple[Output, ...]
    threshold: Threshold
    only_new: bool = False
    baseline: Path | None = None
    resume: Path | None = None


def run(options: Options) -> int:
    """Audit, write the reports, and say on standard error what is to be said.

    Returns:
        The exit code, see `rootguard.audit.threshold`; 130 where the audit was interrupted.

    Raises:
        RootguardError: Wrong usage, or an organization that does not show its accounts.
        KeyboardInterrupt: It was interrupted before or after it looked into accounts.
    """
    with _interruptible_by_signals():
        return _run(options)


def _run(options: Options) -> int:
    if options.only_new and options.baseline is None:
        raise RootguardError("--fail-on-new needs an earlier audit to compare with: add --baseline FILE")
    baseline, earlier = _read(options.baseline), _read(options.resume)
    for output in options.outputs:
        output.check()
    with explained():
        walk, scope = _prepared(options)
    known = known_results(earlier, scope, walk.operator.caller, datetime.now(UTC)) if earlier else {}
    for note in walk.plan.notes:
        _say(note)
    audit = _walked(walk, scope, known)
    comparison = compare(baseline, audit) if baseline else None
    report = Report(audit, {rule.name: rule for rule in load_rules()}, comparison)
    write_all(options.outputs, report)
    conclusion = conclude(audit, options.threshold, comparison, only_new=options.only_new)
    if audit.missing:
        _say(f"interrupted; {conclusion.sentence}")
        return INTERRUPTED
    if conclusion.exit_code:
        _say(conclusion.sentence)
    return conclusion.exit_code


def _read(path: Path | None) -> Audit | None:
    if path is None:
        return None
    from rootguard.report.reading import read  # noqa: PLC0415 - takes time to import, and most audits do not read

    return read(path)


def _say(line: str) -> None:
    typer.echo(f"rootguard: {line}", err=True)


def _prepared(options: Options) -> tuple[Walk, Scope]:
    connection, region = open_connection(options.profile, options.region, options.jobs)
    operator = Operator(connection, region)
    place = find_place(operator)
    in_management_account = operator.caller.account_id == place.management_account_id
    plan = make_plan(load_rules(), options.wish, operator, in_management_account=in_management_account)
    accounts = find_accounts(operator, options.choice, place)
    others = any(account.id != operator.caller.account_id for account in accounts)
    scope = Scope(
        accounts=accounts,
        rules=tuple(rule.name for rule in plan.rules),
        region=region,
        role_name=options.role.name if others else "",
        organization_id=place.organization_id if options.choice.is_whole_organization else "",
        management_account_id=place.management_account_id if options.choice.is_whole_organization else "",
        parameters=plan.told,
    )
    return Walk(operator, plan, options.role, options.jobs), scope


def _walked(walk: Walk, scope: Scope, known: Mapping[str, tuple[Result, ...]]) -> Audit:
    active = [account for account in scope.accounts if account.is_active]
    found = dict(known)
    waiting = [account for account in active if account.id not in found]
    try:
        with progress(len(waiting), sys.stderr) as advance:
            for account, results in walk.over(waiting):
                found[account.id] = results
                advance(results)
    except KeyboardInterrupt:
        pass  # what is known is told, and what is missing
    return Audit(
        generated_at=datetime.now(UTC),
        caller=walk.operator.caller,
        scope=scope,
        results=tuple(result for account in active for result in found.get(account.id, ())),
        missing=tuple(account.id for account in active if account.id not in found),
    )


@contextmanager
def _interruptible_by_signals() -> Iterator[None]:
    """Let SIGTERM, by which pipelines end what they have started, do what Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
