"""The accounts that nothing is known of, or not all, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rootguard.audit.results import Audit, AuditedAccount, Compliance
from rootguard.report.naming import called, counted

INTERRUPTED = "not wholly looked into: the audit was interrupted"
"""Why an account lacks results."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Accounts that were not, or not wholly, looked into.

    Attributes:
        why: In words.
        compliance: ERROR where they should have been; NOT_APPLICABLE where there is nothing to look into.
        accounts: As reports call them.
    """

    why: str
    compliance: Compliance
    accounts: tuple[str, ...]


def inactive(audit: Audit) -> tuple[AuditedAccount, ...]:
    """The accounts of the scope that are listed only."""
    return tuple(account for account in audit.scope.accounts if not account.is_active)


def inactive_reason(account: AuditedAccount) -> str:
    """Why nothing is known of an account that is not active."""
    return f"not looked into: the account is {account.state}"


def gaps(audit: Audit) -> Iterator[Gap]:
    """Those that an interruption left out, then the others by their state."""
    unfinished = {*audit.unfinished}
    if unfinished:
        names = tuple(_called(account) for account in audit.scope.accounts if account.id in unfinished)
        yield Gap(f"interrupted before {counted(len(names), 'account')}", Compliance.ERROR, names)
    ordered = sorted(inactive(audit), key=lambda account: account.state)
    for state, found in groupby(ordered, lambda account: account.state):
        yield Gap(state, Compliance.NOT_APPLICABLE, tuple(map(_called, found)))


def _called(account: AuditedAccount) -> str:
    return called(account.id, account.name)
