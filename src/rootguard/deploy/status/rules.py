"""Our rules in one account, read with a session of that account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any

from rootguard.aws_session import AwsSession
from rootguard.deploy.recorders import Recorder, recorder_in
from rootguard.deploy.status.attestations import attestations_among
from rootguard.deploy.status.model import Deployment, Inside, RuleState

_PERIODS = {
    "One_Hour": timedelta(hours=1),
    "Three_Hours": timedelta(hours=3),
    "Six_Hours": timedelta(hours=6),
    "Twelve_Hours": timedelta(hours=12),
    "TwentyFour_Hours": timedelta(hours=24),
}
"""https://docs.aws.amazon.com/config/latest/APIReference/API_SourceDetail.html"""

_NO_DATA = "INSUFFICIENT_DATA"
_MOST_NAMES = 25
"""That a request takes: https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html"""


def read_inside(session: AwsSession, deployment: Deployment) -> Inside:
    """The recorder and our rules in the session's account and Region.

    Args:
        session: May config:Describe* and config:GetComplianceDetailsByConfigRule.
        deployment: What is to be there. What our functions' names begin with tells our rules from others', whoever
            deployed them.

    Raises:
        ClientError: AWS refuses.
    """
    config: Any = session.client("config")
    definitions = [
        rule for page in config.get_paginator("describe_config_rules").paginate() for rule in page["ConfigRules"]
    ]
    ours = dict(_ours(definitions, {f"{deployment.function_prefix}{rule}": rule for rule in deployment.rules}))
    statuses, compliance = _statuses(config, list(ours)), _compliance(config, list(ours))
    for name, status in statuses.items():
        if compliance.get(name, _NO_DATA) == _NO_DATA and "LastSuccessfulEvaluationTime" in status:
            compliance[name] = _of_result(config, name)
    states = (
        _state(rule, definition, statuses.get(name, {}), compliance.get(name, _NO_DATA))
        for name, (rule, definition) in ours.items()
    )
    return Inside(
        is_recording=recorder_in(session) is Recorder.ON,
        rules=tuple(sorted(states, key=lambda state: (state.rule, state.config_name))),
        attestations=attestations_among(definitions, config, deployment.process_checks),
    )


def _ours(definitions: Sequence[Any], functions: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """AWS Config's name -> our name and the rule, of those whose function is one of ours."""
    for definition in definitions:
        function = definition["Source"].get("SourceIdentifier", "").rpartition(":")[2]
        if definition["Source"]["Owner"] == "CUSTOM_LAMBDA" and function in functions:
            yield definition["ConfigRuleName"], (functions[function], definition)


def _statuses(config: Any, names: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401 - a client
    pages = config.get_paginator("describe_config_rule_evaluation_status")
    return {
        status["ConfigRuleName"]: status
        for some in batched(names, _MOST_NAMES, strict=False)
        for page in pages.paginate(ConfigRuleNames=list(some))
        for status in page["ConfigRulesEvaluationStatus"]
    }


def _compliance(config: Any, names: Sequence[str]) -> dict[str, str]:  # noqa: ANN401 - a client
    pages = config.get_paginator("describe_compliance_by_config_rule")
    return {
        found["ConfigRuleName"]: found["Compliance"]["ComplianceType"]
        for some in batched(names, _MOST_NAMES, strict=False)
        for page in pages.paginate(ConfigRuleNames=list(some))
        for found in page["ComplianceByConfigRules"]
    }


def _of_result(config: Any, name: str) -> str:  # noqa: ANN401 - a client
    """Of a rule that has been evaluated, the result's own word: what is NOT_APPLICABLE is INSUFFICIENT_DATA of a rule.

    https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html
    """
    results = config.get_compliance_details_by_config_rule(ConfigRuleName=name)["EvaluationResults"]
    return str(results[0]["ComplianceType"]) if results else _NO_DATA


def _state(rule: str, definition: Mapping[str, Any], status: Mapping[str, Any], compliance: str) -> RuleState:
    """https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRuleEvaluationStatus.html."""
    failures = [status[name] for name in ("LastFailedInvocationTime", "LastFailedEvaluationTime") if name in status]
    error = " ".join(filter(None, (status.get("LastErrorCode"), status.get("LastErrorMessage"))))
    return RuleState(
        rule=rule,
        config_name=definition["ConfigRuleName"],
        period=_period(definition),
        compliance=compliance,
        activated=status.get("FirstActivatedTime"),
        last_success=status.get("LastSuccessfulEvaluationTime"),
        last_failure=max(failures, default=None),
        error=error,
    )


def _period(definition: Mapping[str, Any]) -> timedelta:
    details = definition["Source"].get("SourceDetails", [])
    frequencies = [detail.get("MaximumExecutionFrequency") for detail in details]
    frequency: str = next(filter(None, frequencies), definition.get("MaximumExecutionFrequency", "TwentyFour_Hours"))
    return _PERIODS[frequency]
