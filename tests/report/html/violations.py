"""A sample audit, and what is violated where in it."""

from collections.abc import Iterable

from tests.sample_audit import sample_report

from rootguard.audit.results import Compliance, Result

SAMPLE = sample_report(40)
RULES = SAMPLE.audit.scope.rules
FAILS, UNSEEN = Compliance.NON_COMPLIANT, Compliance.ERROR


def accounts(results: Iterable[Result]) -> set[str]:
    return {result.account_id for result in results}


def found(*compliance: Compliance, rule: str = "", severity: str = "") -> set[str]:
    """The accounts with such a result."""
    return accounts(
        result
        for result in SAMPLE.audit.results
        if result.compliance in compliance and rule in ("", result.rule) and severity in ("", result.severity)
    )


def violation() -> Result:
    """One whose fix has commands that name the account."""
    return next(
        result
        for result in SAMPLE.audit.results
        if result.compliance is FAILS and result.rule == "root-no-access-keys" and result.account_id != "111111111111"
    )
