"""The Lambda handler of a rule: which events it answers, and what it logs.

AWS Config sends the event described at
https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html
and ignores what the function returns, so every failure is raised: the invocation fails, Lambda counts it and its
failure destination hears of it.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from rootguard.kit.account import Account, parse_arn
from rootguard.kit.errors import EventRefused
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Verdict

RUNTIME_ACTIONS = ("config:PutEvaluations",)
"""What a rule's role needs beside the rule's own actions."""

TEST_MODE_VARIABLE = "ROOTGUARD_TEST_MODE"
"""Set to "allowed" by tests that use RDK's TESTMODE token, with which AWS Config records nothing."""

_TEST_TOKEN = "TESTMODE"  # noqa: S105 - RDK's word for "do not record"


class Context(Protocol):
    """What the handler uses of the context object.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    invoked_function_arn: str
    aws_request_id: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """A scheduled notification that this function may answer."""

    account_id: str
    partition: str
    region: str
    invoking_event: str
    result_token: str
    rule_parameters: Mapping[str, Any]

    @classmethod
    def parse(cls, event: Mapping[str, Any], function_arn: str) -> "Invocation":
        """Accept an event.

        Raises:
            EventRefused: It is malformed, of another account than the function's, of another message type than
                ScheduledNotification, or a test outside tests.
        """
        partition, region, own_account = _function_place(function_arn)
        invoking_event = _text(event, "invokingEvent")
        notification = _object(invoking_event, "invokingEvent")
        account_id = _text(event, "accountId")
        if (account_id, notification.get("awsAccountId")) != (own_account, own_account):
            raise EventRefused(
                f"the event is of account {account_id} (notified by {notification.get('awsAccountId')}), "
                f"this function judges its own account {own_account} only"
            )
        if notification.get("messageType") != "ScheduledNotification":
            raise EventRefused(f"this rule is periodic; it does not answer {notification.get('messageType')}")
        _text(notification, "notificationCreationTime")
        token = _text(event, "resultToken")
        if token == _TEST_TOKEN and os.environ.get(TEST_MODE_VARIABLE) != "allowed":
            raise EventRefused("the result token TESTMODE records nothing and is for tests only")
        parameters = _object(event.get("ruleParameters") or "{}", "ruleParameters")
        return cls(account_id, partition, region, invoking_event, token, parameters)


def handler(rule: AnyRule) -> Callable[[Mapping[str, Any], Context], dict[str, str]]:
    """The `lambda_handler` of a rule's module.

    The handler returns the compliance and the reason, for people who invoke it by hand. It raises RuleError. Findings,
    where they are switched on, come last: AWS Config has the evaluation by then, or the reason for none is logged.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        # Lambda gives its initialization a full processor: import boto3 and rdklib there, not in the first invocation.
        importlib.import_module("rootguard.kit.rdk")
        importlib.import_module("rootguard.kit.findings.security_hub")

    def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, str]:
        # Commands that record nothing do without them.
        from rootguard.kit import rdk  # noqa: PLC0415
        from rootguard.kit.findings import security_hub  # noqa: PLC0415

        started = time.monotonic()
        account_id = _account_of(event)
        account: Account | None = None
        try:
            invocation = Invocation.parse(event, context.invoked_function_arn)
            account = rdk.own_account(invocation)
            verdict = rdk.evaluate_and_record(rule, account, invocation, datetime.now(UTC).date())
        except Exception as error:
            _log(rule, account_id, context, started, {"compliance": "ERROR", **_failure(error)})
            if account is not None:
                security_hub.publish_failure(rule, account, error)
            raise
        _log(rule, account_id, context, started, _answer(verdict))
        security_hub.publish_verdict(rule, account, verdict)
        return _answer(verdict)

    return lambda_handler


def _account_of(event: object) -> str:
    return str(event.get("accountId")) if isinstance(event, Mapping) else "unknown"


def _answer(verdict: Verdict) -> dict[str, str]:
    return {"compliance": str(verdict.compliance), "reason": verdict.reason}


def _failure(error: Exception) -> dict[str, str]:
    return {"error": type(error).__name__, "reason": str(error)}


def _log(rule: AnyRule, account_id: str, context: Context, started: float, outcome: Mapping[str, str]) -> None:
    line = {
        "event": "evaluation",
        "account": account_id,
        "rule": rule.name,
        **outcome,
        "duration_ms": round((time.monotonic() - started) * 1000),
        "request_id": context.aws_request_id,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _function_place(function_arn: str) -> tuple[str, str, str]:
    try:
        return parse_arn(function_arn)
    except ValueError as error:
        raise EventRefused(f"invoked function: {error}") from None


def _text(holder: object, name: str) -> str:
    if not isinstance(holder, Mapping):
        raise EventRefused("the event is not an object")
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise EventRefused(f"the event has no {name}")
    return value


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise EventRefused(f"{name} is not a JSON object: {text!r:.80}")
    return value
