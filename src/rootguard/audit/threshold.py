"""What a pipeline makes of an audit: the exit code of `--fail-on`, and why, in a sentence.

1 goes before 3: of an audit that finds violations and has holes, too, the exit code tells the violations and the
sentence both. 0 is said only where everything was seen. `--fail-on` is about violations alone: whatever it says, what
could not be seen may be one, so it ends with 3, also under `never`, and also where it could not be seen earlier
either. A hole that is known and accepted is left out of the scope, by `--exclude` or `--rule`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rootguard.audit.comparison import Comparison
from rootguard.audit.results import Audit, Compliance, Result
from rootguard.errors import RootguardError
from rootguard.kit.facts import timestamp
from rootguard.kit.rule import Severity

NOTHING = 0
VIOLATIONS = 1
UNSEEN = 3


class Threshold(StrEnum):
    """The severity from which on a violation ends the command with 1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEVER = "never"

    def is_reached(self, severity: Severity) -> bool:
        """Whether a violation of this severity counts."""
        return self is not Threshold.NEVER and severity.rank <= Severity(self.value).rank


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How the command ends.

    Attributes:
        exit_code: 0 nothing at or above the threshold, and all was seen; 1 something is; 3 nothing is, as far as could
            be seen, but something could not.
        sentence: Why, one line for people, without a full stop. It holds no account's name.
    """

    exit_code: int
    sentence: str


def conclude(
    audit: Audit, threshold: Threshold, comparison: Comparison | None = None, *, only_new: bool = False
) -> Conclusion:
    """Judge an audit as a whole.

    Args:
        audit: What was found out.
        threshold: From which severity on a violation counts.
        comparison: With an earlier audit.
        only_new: Whether only violations count that the earlier audit lacks. It makes no difference to what could not
            be seen.

    Raises:
        RootguardError: only_new without a comparison.
    """
    if only_new and comparison is None:
        raise RootguardError("--fail-on-new needs an earlier audit to compare with: add --baseline FILE")
    violations = [result for result in audit.results if result.compliance is Compliance.NON_COMPLIANT]
    candidates = comparison.new if comparison and only_new else violations
    counted = [result for result in candidates if threshold.is_reached(result.severity)]
    holes = _holes(audit)
    sentence = "; ".join([_found(counted, violations, threshold, comparison if only_new else None), *holes])
    if counted:
        return Conclusion(VIOLATIONS, sentence)
    return Conclusion(UNSEEN if holes else NOTHING, sentence)


def exit_code(
    audit: Audit, threshold: Threshold, comparison: Comparison | None = None, *, only_new: bool = False
) -> int:
    """The exit code alone; see conclude."""
    return conclude(audit, threshold, comparison, only_new=only_new).exit_code


def _found(
    counted: Sequence[Result], violations: Sequence[Result], threshold: Threshold, since: Comparison | None
) -> str:
    if threshold is Threshold.NEVER:
        return f"{_number(len(violations), 'violation')}, and --fail-on never counts none"
    new = "new " if since else ""
    rest = _rest(len(violations) - len(counted), since)
    if not counted:
        above = "" if threshold is Threshold.CRITICAL else " or above"
        return f"no {new}violation of severity {threshold}{above}{rest}"
    accounts = _number(len({result.account_id for result in counted}), "account")
    return f"{_by_severity(counted)} {new}{_plural(len(counted), 'violation')} in {accounts}{rest}"


def _rest(number: int, since: Comparison | None) -> str:
    if not number:
        return ""
    why = f"less severe or known since {timestamp(since.since)}" if since else "less severe"
    return f" ({number} {why})"


def _by_severity(results: Iterable[Result]) -> str:
    counts = Counter(result.severity for result in results)
    return ", ".join(f"{counts[severity]} {severity}" for severity in Severity if severity in counts)


def _holes(audit: Audit) -> list[str]:
    """What was not seen, a part of the sentence for each kind."""
    unseen = [result for result in audit.results if result.compliance is Compliance.ERROR]
    unfinished = {*audit.unfinished, *audit.missing}
    holes = []
    if not audit.scope.rules or not any(account.is_active for account in audit.scope.accounts):
        holes.append("there was nothing to look at: the scope has no active account or no rule")
    if unseen:
        accounts = _number(len({result.account_id for result in unseen}), "account")
        holes.append(f"{_number(len(unseen), 'result')} of {accounts} could not be seen")
    if unfinished:
        verb = "was" if len(unfinished) == 1 else "were"
        holes.append(f"{_number(len(unfinished), 'account')} {verb} not looked into to the end")
    return holes


def _number(count: int, noun: str) -> str:
    return f"{count} {_plural(count, noun)}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
