"""Findings in the AWS Security Finding Format: what a rule found out about an account, for an analyst.

An account has one finding per rule, from the first evaluation on, and one more per rule that could not be evaluated.
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html

    verdict           Compliance.Status  Severity       RecordState
    NON_COMPLIANT     FAILED             the rule's     ACTIVE
    COMPLIANT         PASSED             INFORMATIONAL  ARCHIVED
    NOT_APPLICABLE    NOT_AVAILABLE      INFORMATIONAL  ARCHIVED
    none, an error    NOT_AVAILABLE      MEDIUM         ACTIVE until the next verdict, then PASSED and ARCHIVED

What passes is archived because only that takes it off the analyst's list: "by default, active findings with a NEW or
NOTIFIED workflow status are shown" (the user guide's page securityhub-findings-viewing), and the workflow status is the
customer's. A finding that becomes active again is NEW again, unless it is suppressed (API reference, Workflow).
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rootguard import __version__
from rootguard.kit.facts import timestamp
from rootguard.kit.findings.evidence import LONGEST_DESCRIPTION, LONGEST_PRODUCT_FIELD, described, evidence_field
from rootguard.kit.findings.judged import Failure, JudgedAccount
from rootguard.kit.findings.requirements import related_requirements, types
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Compliance, Verdict, shortened

type Finding = dict[str, Any]
"""AwsSecurityFinding of the API model securityhub."""

COMMIT_VARIABLE = "ROOTGUARD_COMMIT"
"""Names, in a function's environment, the commit that its code is of; a path that has it as a part will do."""
NAME = "rootguard"
"""ProductName and CompanyName; they may be set with the default product ARN (API model, ProductName)."""
SCHEMA_VERSION = "2018-10-08"
LONGEST_TITLE = 256
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""Those that a resource may be said to be in (API model, Partition); of the others the model has other names."""

_FAILURE = "could-not-be-evaluated"
_FAILURE_SEVERITY = "MEDIUM"
"""That a rule is blind "must be addressed but not urgently" (API model, Severity.Label)."""
_STATUS = {
    Compliance.COMPLIANT: "PASSED",
    Compliance.NON_COMPLIANT: "FAILED",
    Compliance.NOT_APPLICABLE: "NOT_AVAILABLE",
}
_REASON_CODES = {
    Compliance.NON_COMPLIANT: "NON_COMPLIANT",
    # Security Hub's own code, https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html
    Compliance.NOT_APPLICABLE: "CONFIG_RETURNS_NOT_APPLICABLE",
}
_COMMIT = re.compile(r"\b(?:[0-9a-f]{40}|[0-9a-f]{64})\b")


def product_arn(account: JudgedAccount) -> str:
    """The product under which an account imports findings of its own programs.

    https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
    """
    return f"arn:{account.partition}:securityhub:{account.region}:{account.id}:product/{account.id}/default"


def finding_id(rule: AnyRule, account_id: str) -> str:
    """What identifies the finding with a rule's verdict, for good."""
    return f"{NAME}/{rule.name}/{account_id}"


def failure_id(rule: AnyRule, account_id: str) -> str:
    """What identifies the finding that a rule could not be evaluated."""
    return f"{finding_id(rule, account_id)}/{_FAILURE}"


def verdict_finding(
    rule: AnyRule, account: JudgedAccount, verdict: Verdict, now: datetime, known: Finding | None = None
) -> Finding:
    """The finding with a verdict and the facts that the account told on the way to it.

    Args:
        rule: The rule.
        account: The account that was judged, as it was asked.
        verdict: What the rule said.
        now: When, with a time zone.
        known: The same finding as Security Hub has it: its CreatedAt and FirstObservedAt stay. FirstObservedAt starts
            anew when a problem comes back after it was gone.
    """
    compliance, failed = verdict.compliance, verdict.compliance is Compliance.NON_COMPLIANT
    facts = tuple(account.facts)
    code = _REASON_CODES.get(compliance)
    fields = {"Reason": verdict.reason, "Compliance": str(compliance), **evidence_field(facts)}
    since = _since(known, now, returns=failed)
    if failed and since["FirstObservedAt"] == _milliseconds(now):
        fields["IsNew"] = "true"  # by which event patterns, which compare no two fields, tell it from a refreshed one
    return {
        **_frame(rule, account, now, fields),
        "Id": finding_id(rule, account.id),
        "GeneratorId": f"{NAME}/{rule.name}",
        "Title": rule.finding_title if failed else rule.title,
        "Description": described(verdict.reason, facts, account.id),
        "FindingProviderFields": _provider_fields(rule, rule.severity.upper() if failed else "INFORMATIONAL"),
        "Compliance": _compliance(rule, _STATUS[compliance], code, verdict.reason),
        "RecordState": "ACTIVE" if failed else "ARCHIVED",
        **since,
    }


def failure_finding(
    rule: AnyRule, account: JudgedAccount, error: Exception | Failure, now: datetime, known: Finding | None = None
) -> Finding:
    """The finding that a rule could not be evaluated; it says nothing about the account's compliance.

    Args:
        rule: The rule.
        account: The account that was to be judged, as it was asked.
        error: What kept the rule from a verdict that AWS Config recorded.
        now: When, with a time zone.
        known: The same finding as Security Hub has it.
    """
    failure = error if isinstance(error, Failure) else Failure.of(error)
    kind, reason, facts = failure.kind, failure.reason, tuple(account.facts)
    fields = {
        "Reason": shortened(reason, LONGEST_PRODUCT_FIELD),
        "Error": kind,
        **evidence_field(facts),
        "Action": failure.action,
        "ErrorCode": failure.code,
    }
    return {
        **_failure_frame(rule, account, now, fields),
        "Title": shortened(f"Could not be evaluated: {rule.title}", LONGEST_TITLE),
        "Description": described(shortened(reason, LONGEST_DESCRIPTION // 2), facts, account.id),
        "FindingProviderFields": _provider_fields(rule, _FAILURE_SEVERITY),
        "Compliance": _compliance(rule, "NOT_AVAILABLE", _upper_snake(kind), shortened(reason, LONGEST_DESCRIPTION)),
        "RecordState": "ACTIVE",
        **_since(known, now, returns=True),
    }


def seen_before(since: datetime) -> Finding:
    """What a finding has of a problem that was there before and still is, as `known` of `verdict_finding`."""
    time = _milliseconds(since)
    return {"CreatedAt": time, "FirstObservedAt": time, "RecordState": "ACTIVE"}


def recovery_finding(rule: AnyRule, account: JudgedAccount, now: datetime, known: Finding) -> Finding:
    """The same finding once the rule could be evaluated again: closed."""
    return {
        **_failure_frame(rule, account, now, {}),
        "Title": shortened(f"Evaluated again: {rule.title}", LONGEST_TITLE),
        "Description": f"The rule {rule.name} gave a verdict again at {timestamp(now)}.",
        "FindingProviderFields": _provider_fields(rule, "INFORMATIONAL"),
        "Compliance": _compliance(rule, "PASSED", None, ""),
        "RecordState": "ARCHIVED",
        **_since(known, now, returns=False),
    }


def _frame(rule: AnyRule, account: JudgedAccount, now: datetime, fields: Mapping[str, str]) -> Finding:
    """What every finding of a rule about an account has."""
    resource = {"Type": "AwsAccount", "Id": f"AWS::::Account:{account.id}", "Region": account.region}
    if account.partition in PARTITIONS:
        resource["Partition"] = account.partition
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "ProductArn": product_arn(account),
        "ProductName": NAME,
        "CompanyName": NAME,
        "AwsAccountId": account.id,
        "UpdatedAt": _milliseconds(now),
        "LastObservedAt": _milliseconds(now),
        "Resources": [resource],
        "Remediation": {"Recommendation": {"Text": rule.remediation.text, "Url": page_url(rule.name)}},
        "ProductFields": _product_fields(rule, fields),
    }


def _failure_frame(rule: AnyRule, account: JudgedAccount, now: datetime, fields: Mapping[str, str]) -> Finding:
    frame = _frame(rule, account, now, fields)
    text = "Mend what the description names; the finding closes by itself once the rule gives a verdict again."
    return frame | {
        "Id": failure_id(rule, account.id),
        "GeneratorId": f"{NAME}/{rule.name}/{_FAILURE}",
        "Remediation": {"Recommendation": {"Text": text, "Url": page_url(rule.name)}},
    }


def _product_fields(rule: AnyRule, fields: Mapping[str, str]) -> dict[str, str]:
    commit = _COMMIT.search(os.environ.get(COMMIT_VARIABLE, ""))
    # Not Compliance.SecurityControlId: Security Hub and automation rules know the findings of its own controls by that.
    every = {
        "Rule": rule.name,
        "Version": __version__,
        "Commit": commit[0] if commit else "",
        "Practice": str(rule.practice),
        "SecurityControls": ", ".join(rule.controls.fsbp),
        **fields,
    }
    return {f"{NAME}/{name}": value for name, value in every.items() if value}


def _provider_fields(rule: AnyRule, label: str) -> Finding:
    """Severity and types as the provider sees them; at the top level they would overwrite what the customer set."""
    return {"Severity": {"Label": label, "Original": str(rule.severity)}, "Types": list(types(rule.controls))}


def _compliance(rule: AnyRule, status: str, code: str | None, reason: str) -> Finding:
    requirements = list(related_requirements(rule.controls))
    return {
        "Status": status,
        **({"RelatedRequirements": requirements} if requirements else {}),
        **({"StatusReasons": [{"ReasonCode": code, "Description": reason}]} if code else {}),
    }


def _since(known: Finding | None, now: datetime, *, returns: bool) -> Finding:
    """Since when the finding is there, and since when the problem is.

    Args:
        known: The finding as it was before, None for a new one.
        now: The time of this one.
        returns: Whether there is a problem now.
    """
    time = _milliseconds(now)
    if known is None:
        return {"CreatedAt": time, "FirstObservedAt": time}
    was_closed = known.get("RecordState") == "ARCHIVED"
    first = time if returns and was_closed else known.get("FirstObservedAt", time)
    return {"CreatedAt": known.get("CreatedAt", time), "FirstObservedAt": first}


def _milliseconds(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
