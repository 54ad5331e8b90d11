"""`rootguard doctor` from end to end: ask, show, and say by the exit code how it went."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from rootguard.aws_session import AwsSession, explained
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.doctor.account import ACCOUNT_CHECKS, identity
from rootguard.doctor.assumptions import assumption_checks
from rootguard.doctor.finding import Finding, Status, run_all, unseen
from rootguard.doctor.management import management_checks
from rootguard.doctor.organization import organization_checks
from rootguard.doctor.quotas import quota_checks
from rootguard.doctor.recorders import recorder_checks
from rootguard.doctor.standing import read_standing
from rootguard.kit.errors import EvidenceUnavailable

SCHEMA_VERSION = 1

_MARKS = {
    Status.OK: ("✓", "green"),
    Status.ADVICE: ("!", "yellow"),
    Status.FAILED: ("✗", "bold red"),
    Status.UNSEEN: ("?", "magenta"),
    Status.UNPROVEN: ("·", "dim"),
}


def examine(session: AwsSession, role_name: str = DEFAULT_ROLE) -> tuple[Finding, ...]:
    """Every finding about the caller's account and its organization, by read-only calls.

    Args:
        session: The caller's.
        role_name: To assume in the organization's other accounts, to see whether they record and, from a delegated
            administrator, into the management account.

    Raises:
        RootguardError: There are no usable credentials.
    """
    with explained():
        account, who = session.account, identity(session.caller)
    try:
        standing = read_standing(account)
    except EvidenceUnavailable as unavailable:
        return who, unseen("account", unavailable)
    checks = (
        *organization_checks(standing),
        *management_checks(standing, role_name),
        *ACCOUNT_CHECKS,
        *quota_checks(standing),
        *recorder_checks(standing, session, role_name),
        *assumption_checks(),
    )
    return who, *run_all(checks, standing)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 if something failed, else 3 if something could not be seen, else 0."""
    found = {finding.status for finding in findings}
    if Status.FAILED in found:
        return 1
    return 3 if Status.UNSEEN in found else 0


def show(console: Console, findings: Sequence[Finding]) -> None:
    """One line per finding, with its fix below it, and the count. Lines are left whole, so that fixes can be copied."""
    unproven = [finding for finding in findings if finding.status is Status.UNPROVEN]
    _show_lines(console, [finding for finding in findings if finding not in unproven])
    if unproven:
        console.print("\nNo read-only call tells, the sandbox neither:", soft_wrap=True, highlight=False)
        _show_lines(console, unproven)
    console.print(f"\n{_count(findings)}", soft_wrap=True, highlight=False)


def _show_lines(console: Console, findings: Sequence[Finding]) -> None:
    for finding in findings:
        mark, style = _MARKS[finding.status]
        line = Text.assemble((mark, style), " ", (finding.check, "bold"), f": {finding.message}")
        console.print(line, soft_wrap=True, highlight=False)
        if finding.fix:
            console.print(Text.assemble(("    fix: ", "cyan"), finding.fix), soft_wrap=True, highlight=False)


def _count(findings: Sequence[Finding]) -> str:
    counts = {status: sum(finding.status is status for finding in findings) for status in Status}
    return ", ".join(f"{number} {status}" for status, number in counts.items() if number)


def as_json(findings: Sequence[Finding]) -> str:
    """The findings as a document: `{"schema": 1, "findings": [{"check", "status", "message", "fix"}]}`."""
    document = {"schema": SCHEMA_VERSION, "findings": [asdict(finding) for finding in findings]}
    return json.dumps(document, indent=2, ensure_ascii=False)
