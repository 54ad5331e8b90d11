"""An audit against an earlier one: what is new, what is fixed, what stays."""

from dataclasses import dataclass
from datetime import datetime

from rootguard.audit.results import Audit, Compliance, Result


@dataclass(frozen=True, slots=True)
class Comparison:
    """What has become of the violations.

    Attributes:
        since: When the earlier audit ended, UTC.
        new: NON_COMPLIANT now and not NON_COMPLIANT then; also of accounts and rules that the earlier audit lacks.
        fixed: NON_COMPLIANT then, COMPLIANT or NOT_APPLICABLE now: today's results.
        unchanged: NON_COMPLIANT then and now: today's results.
        lost: NON_COMPLIANT then, and today's audit has no verdict: not seen, interrupted, or out of its scope. These
            are the earlier results. They are not fixed, as far as anybody knows.
    """

    since: datetime
    new: tuple[Result, ...]
    fixed: tuple[Result, ...]
    unchanged: tuple[Result, ...]
    lost: tuple[Result, ...]


def compare(earlier: Audit, now: Audit) -> Comparison:
    """Compare two audits, cell by cell."""
    before = {result.place: result for result in earlier.results if _is_violation(result)}
    today = {result.place: result for result in now.results}
    violations = [result for result in now.results if _is_violation(result)]
    settled = {Compliance.COMPLIANT, Compliance.NOT_APPLICABLE}
    return Comparison(
        since=earlier.generated_at,
        new=tuple(result for result in violations if result.place not in before),
        fixed=tuple(result for result in now.results if result.place in before and result.compliance in settled),
        unchanged=tuple(result for result in violations if result.place in before),
        lost=tuple(result for place, result in before.items() if not _has_verdict(today.get(place))),
    )


def _is_violation(result: Result) -> bool:
    return result.compliance is Compliance.NON_COMPLIANT


def _has_verdict(result: Result | None) -> bool:
    return result is not None and result.compliance is not Compliance.ERROR
