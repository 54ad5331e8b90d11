"""The one module that knows rdklib: it records a verdict through rdklib's Evaluator, with its hazards closed.

rdklib 0.3.10 returns an error dictionary for every ClientError and ValueError, so a failed evaluation looks like a
success; ignores FailedEvaluations; assumes a role that the event names, at a hard-coded STS endpoint; and lists old
evaluations before it puts new ones. Each is answered below.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError
from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection, client_config
from rootguard.kit.errors import EvaluationNotRecorded
from rootguard.kit.evaluation import evaluate
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import Invocation
from rootguard.kit.verdict import Verdict

RESOURCE_TYPE = "AWS::::Account"


class _PinnedRule(ConfigRule):  # type: ignore[misc]  # rdklib is untyped
    """Hands a verdict to rdklib and lets nothing in the event choose a role, a mode or a Region."""

    delete_old_evaluations_on_scheduled_notification = False

    def __init__(self, verdict: Verdict, account_id: str, region: str) -> None:
        super().__init__()
        self._verdict = verdict
        self._account_id = account_id
        self._region = region

    def get_execution_role_arn(self, event: Mapping[str, Any]) -> str | None:  # noqa: ARG002 - rdklib's signature
        """No role: the function's own credentials."""
        return None

    def get_assume_role_mode(self, event: Mapping[str, Any]) -> bool:  # noqa: ARG002 - rdklib's signature
        """Never assume one, so rdklib never calls STS."""
        return False

    def get_assume_role_region(self, event: Mapping[str, Any]) -> str:  # noqa: ARG002 - rdklib's signature
        """The function's Region."""
        return self._region

    def evaluate_periodic(self, event: Any, client_factory: Any, valid_rule_parameters: Any) -> list[Evaluation]:  # noqa: ANN401, ARG002
        """The one evaluation of a run; rdklib adds notificationCreationTime as its OrderingTimestamp."""
        compliance = getattr(ComplianceType, self._verdict.compliance.name)
        return [Evaluation(compliance, self._account_id, RESOURCE_TYPE, annotation=self._verdict.reason)]


def own_account(invocation: Invocation) -> Account:
    """The function's own account, asked with the function's own credentials."""
    session = _default_session(invocation.region)
    return Account(invocation.account_id, invocation.partition, invocation.region, SessionConnection(session))


def evaluate_and_record(rule: AnyRule, account: Account, invocation: Invocation, today: date) -> Verdict:
    """Judge the function's own account and have AWS Config record the verdict.

    Raises:
        RuleError: See `rootguard.kit.errors`; nothing was recorded.
    """
    verdict = evaluate(rule, account, invocation.rule_parameters, today)
    _record(verdict, invocation)
    return verdict


def _default_session(region: str) -> boto3.Session:
    """A session that rdklib's bare `boto3.client` calls use too: our timeouts, our retries, no silent failure."""
    core = botocore.session.Session()
    core.set_default_client_config(client_config())
    core.register("after-call.config-service.PutEvaluations", _raise_failed_evaluations)
    boto3.setup_default_session(botocore_session=core, region_name=region)
    return boto3.Session(botocore_session=core, region_name=region)


def _raise_failed_evaluations(**after_call: Any) -> None:  # noqa: ANN401 - botocore's event
    failed = after_call["parsed"].get("FailedEvaluations")
    if failed:
        raise EvaluationNotRecorded(f"AWS Config reported FailedEvaluations: {failed}")


def _record(verdict: Verdict, invocation: Invocation) -> None:
    event = {"invokingEvent": invocation.invoking_event, "resultToken": invocation.result_token}
    rule = _PinnedRule(verdict, invocation.account_id, invocation.region)
    try:
        result = Evaluator(rule).handle(event, None)
    except BotoCoreError as error:
        raise _not_recorded(invocation, type(error).__name__, error) from error
    if not isinstance(result, list):
        code = result.get("customerErrorCode") or result.get("internalErrorMessage")
        raise _not_recorded(invocation, code, result.get("customerErrorMessage") or result.get("internalErrorDetails"))
    if len(result) != 1:
        raise EvaluationNotRecorded(f"rdklib recorded {len(result)} evaluations instead of one")


def _not_recorded(invocation: Invocation, code: object, detail: object) -> EvaluationNotRecorded:
    place = f"account {invocation.account_id} ({invocation.region})"
    return EvaluationNotRecorded(f"config:PutEvaluations in {place}: {code}: {detail}")
