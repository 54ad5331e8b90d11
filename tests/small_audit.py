"""Audits of a few cells, each a sign, to see at a glance what a test is about."""

from datetime import UTC, datetime

from rootguard.audit.results import (
    Audit,
    AuditedAccount,
    Compliance,
    Evidence,
    Observation,
    Result,
    Scope,
    Unseen,
)
from rootguard.caller import Caller
from rootguard.kit.rule import Severity

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
RULES = {f"root-{severity}": severity for severity in Severity}
"""One rule of each severity, the gravest first."""
SIGNS = {
    ".": Compliance.COMPLIANT,
    "X": Compliance.NON_COMPLIANT,
    "-": Compliance.NOT_APPLICABLE,
    "?": Compliance.ERROR,
}
SUSPENDED = "suspended"
MISSING = "missing"


def account_id(number: int) -> str:
    """Of the account in a row, counted from 1: 111111111111, 222222222222 and so on."""
    return str(number) * 12


def small_audit(*rows: str, generated_at: datetime = NOW) -> Audit:
    """An audit with an account for each row and a rule for each column, of RULES in their order.

    Args:
        rows: Each a SIGN for each rule, or a space where there is no result; SUSPENDED; or MISSING.
        generated_at: When it ended.
    """
    numbered = [(account_id(number), row) for number, row in enumerate(rows, start=1)]
    columns = max((len(row) for row in rows if row not in {SUSPENDED, MISSING}), default=len(RULES))
    accounts = tuple(
        AuditedAccount(id_, f"account {id_[0]}", "SUSPENDED" if row == SUSPENDED else "ACTIVE") for id_, row in numbered
    )
    return Audit(
        generated_at=generated_at,
        caller=Caller(account_id(1), f"arn:aws:iam::{account_id(1)}:user/auditor", "aws"),
        scope=Scope(
            accounts=accounts,
            rules=tuple(RULES)[:columns],
            region="eu-central-1",
            role_name="Auditor",
            organization_id="o-exampleorgid",
            management_account_id=account_id(1),
            parameters=(("ExemptAccounts", "123456789012:2027-01-31"),),
        ),
        results=tuple(
            _result(id_, rule, SIGNS[sign])
            for id_, row in numbered
            if row not in {SUSPENDED, MISSING}
            for rule, sign in zip(RULES, row, strict=False)
            if sign != " "
        ),
        missing=tuple(id_ for id_, row in numbered if row == MISSING),
    )


def _result(id_: str, rule: str, compliance: Compliance) -> Result:
    action, region, code = "iam:GetAccountSummary", "eu-central-1", "AccessDenied"
    unseen = Unseen("EvidenceUnavailable", id_, f"{code}: no", action, region, code, f"grant {action}")
    observation = Observation(action, id_, region, "SummaryMap.AccountMFAEnabled", "1", "2026-11-23T05:29:58Z")
    return Result(
        account_id=id_,
        account_name=f"account {id_[0]}",
        rule=rule,
        severity=RULES[rule],
        compliance=compliance,
        reason=f"{rule} is {compliance}",
        evidence=Evidence([observation]),
        unseen=unseen if compliance is Compliance.ERROR else None,
    )
