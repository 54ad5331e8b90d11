"""Reports of a few words, to see at a glance what a test is about."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from io import StringIO

from tests.sample_audit import NOW, REGION, sample_audit, sample_report
from tests.sample_rule import REMEDIATION, sample_rule
from tests.small_audit import RULES, small_audit

from rootguard.audit.comparison import compare
from rootguard.audit.results import Audit, AuditedAccount, Compliance, Evidence, Result, Scope, Unseen
from rootguard.caller import Caller
from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import AnyRule, Controls, Severity
from rootguard.kit.verdict import non_compliant, not_applicable
from rootguard.report.report import Report, Write

SMALL_RULES = {
    name: sample_rule(
        name=name,
        severity=severity,
        remediation=Remediation(f"Mend {name}.", ("Sign in.",), ("aws iam mend",), f"Mend {name} everywhere."),
        controls=Controls(cis={"5.0.0": "1.4"}),
    )
    for name, severity in RULES.items()
}
"""Those of `small_audit`."""
KEYS = sample_rule(
    name="root-keys",
    severity=Severity.CRITICAL,
    outcomes=(
        sample_rule().outcomes[0],
        non_compliant("root has {count} keys in {place}"),
        non_compliant("root has {count} keys in {place}, of which {old} are old"),
        non_compliant("device {device}{more}"),
        not_applicable("no root"),
    ),
    remediation=REMEDIATION,
)
"""A rule with outcomes of several kinds."""


def small_report(*rows: str, before: tuple[str, ...] = ()) -> Report:
    """Of a `small_audit`, against an earlier one where there was one."""
    audit = small_audit(*rows)
    return Report(audit, SMALL_RULES, compare(small_audit(*before), audit) if before else None)


def report_of(*results: Result, rules: Iterable[AnyRule] = (KEYS,), partition: str = "aws") -> Report:
    """Of these results and their accounts."""
    accounts = {result.account_id: AuditedAccount(result.account_id, result.account_name) for result in results}
    known = {rule.name: rule for rule in rules}
    scope = Scope(tuple(accounts.values()), tuple(known), REGION)
    caller = Caller("111111111111", f"arn:{partition}:iam::111111111111:user/auditor", partition)
    return Report(Audit(NOW, caller, scope, results), known)


def violation(number: int, reason: str, name: str = "", rule: AnyRule = KEYS) -> Result:
    """Of the account with that number."""
    said = Compliance.NON_COMPLIANT
    return Result(f"{number:012}", name, rule.name, rule.severity, said, reason, Evidence())


def blank(number: int, unseen: Unseen, name: str = "", rule: AnyRule = KEYS) -> Result:
    """A rule that could not be evaluated in the account with that number."""
    reason = f"{unseen.action}: {unseen.problem}"
    return Result(f"{number:012}", name, rule.name, rule.severity, Compliance.ERROR, reason, Evidence(), unseen)


def denied(asked: int, problem: str = "AccessDenied: no", action: str = "iam:GetAccountSummary") -> Unseen:
    """A call that was refused, in the account with that number."""
    return Unseen("EvidenceUnavailable", f"{asked:012}", problem, action, REGION, "AccessDenied", f"grant {action}")


@cache
def compared_report(accounts: int, *, hostile: bool = False) -> Report:
    """A sample report with a comparison, the last quarter of its accounts not reached."""
    earlier, report = sample_audit(accounts, hostile=hostile, seed=2), sample_report(accounts, hostile=hostile)
    reached = {account.id for account in report.audit.scope.accounts[: accounts * 3 // 4]}
    missing = tuple(
        account.id for account in report.audit.scope.accounts if account.is_active and account.id not in reached
    )
    results = tuple(result for result in report.audit.results if result.account_id in reached)
    audit = replace(report.audit, results=results, missing=missing)
    return replace(report, audit=audit, comparison=compare(earlier, audit))


def written(write: Write | Callable[[Report, StringIO], None], report: Report) -> str:
    """What a format writes."""
    out = StringIO()
    write(report, out)
    return out.getvalue()
