"""What an audit comes down to in a few sentences, for whoever reads no further."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rootguard.audit.results import Audit, Standing
from rootguard.kit.facts import timestamp
from rootguard.printable import printable
from rootguard.report.changes import summary
from rootguard.report.left_out import inactive
from rootguard.report.naming import counted
from rootguard.report.report import Report

_OF_AT_MOST_ONE = {
    None: "No account was looked into.",
    Standing.SAFE: "Root is safe.",
    Standing.AT_RISK: "Root is at risk.",
    Standing.UNSEEN: "Root was not seen well enough to tell whether it is safe.",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """How the accounts stand.

    Attributes:
        standings: How many active accounts are SAFE, AT_RISK, UNSEEN; those that an interrupted audit did not reach are
            UNSEEN.
        missing: How many of them it did not, or not wholly, look into.
        inactive: How many accounts are not active, and not looked into.
    """

    standings: Counter[Standing]
    missing: int
    inactive: int

    @classmethod
    def of(cls, audit: Audit) -> "Headline":
        """Of an audit."""
        active = (account for account in audit.scope.accounts if account.is_active)
        standings = Counter(audit.standing(account.id) for account in active)
        return cls(standings, missing=len(audit.unfinished), inactive=len(inactive(audit)))

    @property
    def accounts(self) -> int:
        """How many are active."""
        return self.standings.total()

    @property
    def verdict(self) -> str:
        """The one sentence."""
        safe, at_risk, unseen = (self.standings[each] for each in Standing)
        if self.accounts <= 1:
            return _OF_AT_MOST_ONE[next(iter(self.standings.elements()), None)]
        told = [f"Root is safe in {safe} of {counted(self.accounts, 'account')}"]
        told += [f"at risk in {at_risk}"] if at_risk else []
        told += [f"not seen well enough to tell in {unseen}"] if unseen else []
        return f"{', '.join(told)}."


def remarks(report: Report) -> Iterator[str]:
    """What the verdict must not be read without: an interruption, accounts left out, what changed."""
    headline = Headline.of(report.audit)
    if headline.missing:
        yield f"Interrupted: {counted(headline.missing, 'account')} not wholly looked into."
    if headline.inactive:
        yield f"{counted(headline.inactive, 'account')} not active, so not looked into."
    if report.comparison:
        yield f"{summary(report.comparison)}."


def circumstances(audit: Audit) -> str:
    """Who asked, when, of what."""
    scope = audit.scope
    told = [f"{timestamp(audit.generated_at)} by {audit.caller.arn}"]
    told += [f"organization {scope.organization_id}"] if scope.organization_id else []
    told += [f"role {scope.role_name}"] if scope.role_name else []
    told += [f"home Region {scope.region}", counted(len(scope.rules), "rule")]
    told += [f"parameters {', '.join(name for name, _ in scope.parameters)}"] if scope.parameters else []
    return printable(", ".join(told))
