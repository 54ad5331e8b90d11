"""What a check found, and how a check that could not see says so."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rootguard.kit.errors import DENIED_BY, EvidenceUnavailable


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    ADVICE = "advice"
    """Deployment works without it; something else will be missing."""
    FAILED = "failed"
    UNSEEN = "not seen"
    UNPROVEN = "unproven"
    """An assumption that only use can settle, not a check that failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        check: What was looked at, in a few words.
        message: What is the case.
        fix: What to do about it, best a command; empty where nothing is to be done.
    """

    check: str
    status: Status
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Check[Place]:
    """A question about a place: `look` answers it, at times in several lines, and may raise EvidenceUnavailable."""

    name: str
    look: Callable[[Place], Finding | tuple[Finding, ...]]

    def run(self, place: Place) -> tuple[Finding, ...]:
        """The answer; what could not be seen is an answer, too, and never a good one."""
        try:
            found = self.look(place)
        except EvidenceUnavailable as unavailable:
            return (unseen(self.name, unavailable),)
        return found if isinstance(found, tuple) else (found,)


def run_all[Place](checks: Iterable[Check[Place]], place: Place) -> Iterator[Finding]:
    """Every check's finding, in order."""
    for check in checks:
        yield from check.run(place)


def unseen(check: str, unavailable: EvidenceUnavailable) -> Finding:
    """What to say of a question that AWS did not answer."""
    where = f"{unavailable.action} in account {unavailable.account_id} ({unavailable.region})"
    return Finding(check, Status.UNSEEN, f"{where}: {unavailable.problem}", _fix(unavailable))


def _fix(unavailable: EvidenceUnavailable) -> str:
    if other := DENIED_BY.search(unavailable.problem):
        return f"a {other['policy']} is in the way: have it allow {unavailable.action} to the caller"
    if unavailable.denied:
        return f"grant {unavailable.action} to the caller"
    if unavailable.expired:
        return "the credentials have expired: sign in and run the doctor again"
    return "run the doctor again"
