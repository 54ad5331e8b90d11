"""The compliance view: what AWS Config says of every account and rule, read back through its API."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rootguard.demo.organization import DemoAccount
from rootguard.process_check import ConfigRule, ProcessCheck

_SUFFIX = "-conformance-pack-"
_COMPLIANCE_TYPES = ("COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE")


@dataclass(frozen=True, slots=True)
class Cell:
    """One account, one rule.

    Attributes:
        compliance: As AWS Config says it; ERROR where the last evaluation failed; OPEN where a person has to answer.
        reason: The annotation, or the error.
    """

    account_id: str
    account_name: str
    rule: str
    compliance: str
    reason: str


ERROR = "ERROR"
OPEN = "OPEN"


def pack_rules(account: DemoAccount) -> dict[str, str]:
    """The account's pack rules that functions judge: our name -> the name AWS Config gave it there."""
    return {name: deployed for name, (deployed, owner) in _deployed(account).items() if owner == "CUSTOM_LAMBDA"}


def _deployed(account: DemoAccount) -> dict[str, tuple[str, str]]:
    """The account's pack rules: our name -> the name AWS Config gave it there, and who judges."""
    pages = account.administrator.client("config").get_paginator("describe_config_rules").paginate()
    rules = {rule["ConfigRuleName"]: rule["Source"]["Owner"] for page in pages for rule in page["ConfigRules"]}
    return {name.partition(_SUFFIX)[0]: (name, owner) for name, owner in rules.items() if _SUFFIX in name}


def start_evaluations(account: DemoAccount) -> None:
    """Have every rule of the pack evaluated now rather than within a day."""
    names = sorted(pack_rules(account).values())
    account.administrator.client("config").start_config_rules_evaluation(ConfigRuleNames=names)


def await_evaluations(accounts: Sequence[DemoAccount]) -> Iterator[int]:
    """Wait until AWS Config has an outcome for every rule; yields how many accounts came through since it last did."""
    for account in accounts:
        names = pack_rules(account).values()
        while not all(_is_settled(status) for status in _statuses(account, names)):
            time.sleep(0.1)
            yield 0
        yield 1


def _statuses(account: DemoAccount, names: Iterable[str]) -> list[Any]:
    config = account.administrator.client("config")
    answer = config.describe_config_rule_evaluation_status(ConfigRuleNames=sorted(names))
    return list(answer["ConfigRulesEvaluationStatus"])


def _is_settled(status: Mapping[str, Any]) -> bool:
    return "LastSuccessfulEvaluationTime" in status or last_run_failed(status)


def last_run_failed(status: Mapping[str, Any]) -> bool:
    """Whether a rule's last run failed: its last error stays in the status after it has succeeded again.

    Args:
        status: One of DescribeConfigRuleEvaluationStatus
            (https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRuleEvaluationStatus.html).
    """
    failures = [status[name] for name in ("LastFailedInvocationTime", "LastFailedEvaluationTime") if name in status]
    succeeded = status.get("LastSuccessfulEvaluationTime")
    return bool(failures) and (succeeded is None or max(failures) > succeeded)


def read_cells(account: DemoAccount, rules: Sequence[ConfigRule]) -> Iterator[Cell]:
    """What AWS Config says of one account, by rule; an ERROR wherever it says nothing that a function should."""
    deployed = _deployed(account)
    judged = [name for name, owner in deployed.values() if owner == "CUSTOM_LAMBDA"]
    failed = filter(last_run_failed, _statuses(account, judged))
    errors = {status["ConfigRuleName"]: status["LastErrorMessage"] for status in failed}
    for rule in rules:
        name, _ = deployed.get(rule.name, (None, None))
        compliance, reason = ERROR, "AWS Config does not have this rule"
        if name in errors:
            reason = errors[name]
        elif name:
            compliance, reason = _result(account, name) or _silence(rule)
        yield Cell(account.id, account.name, rule.name, compliance, reason)


def _result(account: DemoAccount, name: str) -> tuple[str, str] | None:
    """The compliance of the account and the annotation: a rule of ours judges nothing but the account."""
    config = account.administrator.client("config")
    found = config.get_compliance_details_by_config_rule(ConfigRuleName=name, ComplianceTypes=list(_COMPLIANCE_TYPES))
    for result in found["EvaluationResults"]:
        return str(result["ComplianceType"]), result.get("Annotation", "")
    return None


def _silence(rule: ConfigRule) -> tuple[str, str]:
    """What it means that AWS Config has no result."""
    if isinstance(rule, ProcessCheck):
        return OPEN, "nobody has attested"
    return ERROR, "AWS Config has no result for this rule"


def as_document(cells: Sequence[Cell]) -> dict[str, Any]:
    """The content of compliance.json."""
    return {
        "results": [asdict(cell) for cell in cells if cell.compliance not in {ERROR, OPEN}],
        "errors": [{**_place(cell), "error": cell.reason} for cell in cells if cell.compliance == ERROR],
        "open": [_place(cell) for cell in cells if cell.compliance == OPEN],
    }


def _place(cell: Cell) -> dict[str, str]:
    return {"account_id": cell.account_id, "account_name": cell.account_name, "rule": cell.rule}
