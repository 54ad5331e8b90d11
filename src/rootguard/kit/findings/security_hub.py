"""The way of a finding into the account's own Security Hub, which never costs an evaluation.

It is taken after AWS Config has the evaluation. Whatever goes wrong on it is told in one line of the function's log,
which CloudWatch counts as well, and the invocation succeeds or fails as it would have done.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rootguard.kit.account import Account
from rootguard.kit.connection import client_config
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.findings.asff import (
    Finding,
    failure_finding,
    failure_id,
    finding_id,
    product_arn,
    recovery_finding,
    verdict_finding,
)
from rootguard.kit.findings.constraints import violations
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Compliance, Verdict

if TYPE_CHECKING:  # see rootguard.kit.account
    from botocore.config import Config

SWITCH = "ROOTGUARD_SECURITY_HUB"
"""The environment variable that is `on` where the function imports findings; anything else is off."""
METRIC_NAMESPACE, METRIC = "rootguard", "FindingsNotImported"
"""Of the metric that counts findings which Security Hub did not get; its dimension is `rule`."""

_GET, _IMPORT = "securityhub:GetFindings", "securityhub:BatchImportFindings"
_OFF = "InvalidAccessException"
_SWITCH_ON = (
    "switch Security Hub on in this account and Region, or deploy with SecurityHubFindings none, which imports nothing"
)
_CONNECT_TIMEOUT, _READ_TIMEOUT = 2, 5
"""Seconds. Both calls, their retries and pauses take 80 at worst; nearly every evaluation leaves more of the function's
two minutes, and one that does not has been recorded. As many retries as ever, because the functions of an account run
at once and GetFindings takes six calls at a time (API model, "throttling limits").
"""


def publish_verdict(rule: AnyRule, account: Account, verdict: Verdict) -> None:
    """Import or update the finding with a verdict, and close the one that there was none.

    NOT_APPLICABLE makes no finding where there is none to archive.

    Args:
        rule: The rule.
        account: The account that was judged, as it was asked: its facts are the evidence.
        verdict: What AWS Config has recorded.
    """

    def findings(known: Mapping[str, Finding], now: datetime) -> Iterator[Finding]:
        current = known.get(finding_id(rule, account.id))
        if current is not None or verdict.compliance is not Compliance.NOT_APPLICABLE:
            yield verdict_finding(rule, account, verdict, now, current)
        failure = known.get(failure_id(rule, account.id))
        if failure is not None and failure.get("RecordState") != "ARCHIVED":
            yield recovery_finding(rule, account, now, failure)

    _publish(rule, account, findings)


def publish_failure(rule: AnyRule, account: Account, error: Exception) -> None:
    """Import or update the finding that a rule could not be evaluated; the one with its last verdict stays.

    Args:
        rule: The rule.
        account: The account that was to be judged, as it was asked.
        error: What kept the rule from a verdict that AWS Config recorded.
    """

    def findings(known: Mapping[str, Finding], now: datetime) -> Iterator[Finding]:
        yield failure_finding(rule, account, error, now, known.get(failure_id(rule, account.id)))

    _publish(rule, account, findings)


def _publish(
    rule: AnyRule, account: Account, make: Callable[[Mapping[str, Finding], datetime], Iterator[Finding]]
) -> None:
    if os.environ.get(SWITCH) != "on":
        return
    try:
        hub = account.asked_with(_client_config())
        known = _known(hub, rule)
        ready = [finding for finding in make(known, datetime.now(UTC)) if _in_order(rule, account, finding)]
        if ready:
            _import(hub, rule, ready)
    except EvidenceUnavailable as error:
        advice = _SWITCH_ON if error.code == _OFF else error.advice
        _warn(rule, account, error.code or "NoAnswer", f"{error.action}: {error.problem}", advice)
    except Exception as error:  # noqa: BLE001 - a mistake of ours here must not undo an evaluation that stands
        _warn(rule, account, type(error).__name__, str(error), "report this as a bug of rootguard")


def _client_config() -> "Config":
    from botocore.config import Config  # noqa: PLC0415 - see rootguard.kit.account

    return client_config().merge(Config(connect_timeout=_CONNECT_TIMEOUT, read_timeout=_READ_TIMEOUT))


def _known(hub: Account, rule: AnyRule) -> dict[str, Finding]:
    """What Security Hub has of the rule's findings about this account, by Id."""
    ids = (finding_id(rule, hub.id), failure_id(rule, hub.id))
    filters = {"ProductArn": _equals(product_arn(hub)), "AwsAccountId": _equals(hub.id), "Id": _equals(*ids)}
    found: list[Finding] = hub.call(_GET, Filters=filters, MaxResults=len(ids)).raw("Findings")
    return {finding["Id"]: finding for finding in found}


def _equals(*values: str) -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": "EQUALS"} for value in values]


def _in_order(rule: AnyRule, account: Account, finding: Finding) -> bool:
    found = violations(finding)
    if found:
        _warn(
            rule, account, "InvalidFinding", f"{finding['Id']}: {'; '.join(found)}", "report this as a bug of rootguard"
        )
    return not found


def _import(hub: Account, rule: AnyRule, findings: list[Finding]) -> None:
    for failed in hub.call(_IMPORT, Findings=findings).structures("FailedFindings", []):
        problem = f"{_IMPORT}: {failed.text('Id')}: {failed.text('ErrorMessage')}"
        _warn(rule, hub, failed.text("ErrorCode"), problem, "")


def _warn(rule: AnyRule, account: Account, code: str, problem: str, advice: str) -> None:
    """One line for people, which is a metric in CloudWatch's embedded format as well.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metric: dict[str, Any] = {
        "Namespace": METRIC_NAMESPACE,
        "Dimensions": [["rule"]],
        "Metrics": [{"Name": METRIC, "Unit": "Count"}],
    }
    line = {
        "event": "finding",
        "level": "warning",
        "account": account.id,
        "region": account.region,
        "rule": rule.name,
        "code": code,
        "reason": " ".join(problem.split()),
        **({"advice": advice} if advice else {}),
        METRIC: 1,
        "_aws": {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [metric]},
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
