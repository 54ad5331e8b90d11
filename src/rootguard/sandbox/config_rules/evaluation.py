"""One evaluation of a custom Lambda rule: the event, the token, the invocation and what it leaves behind.

The event is AWS Config's for a periodic rule
(https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html). Config
invokes the function asynchronously, so what the function returns counts for nothing; only PutEvaluations does.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rootguard.sandbox.asynchronous_invocation import perform
from rootguard.sandbox.config_rules.function_permission import check_invocable
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.recorder import execution_role
from rootguard.sandbox.config_rules.rules import Rule, put_rule, rules_of
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.config_rules.work import Evaluations
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.state import state


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation of one rule, which its result token stands for."""

    place: Place
    rule_name: str
    rule_id: str
    token: str
    started: datetime


@dataclass
class Runs:
    """Every run that a token was issued for, in the whole sandbox."""

    by_token: dict[str, Run] = field(default_factory=dict)


def put_evaluated_rule(
    place: Place, definition: dict[str, Any], tags: dict[str, str], created_by: str | None = None
) -> Rule:
    """`put_rule`, and the evaluation that AWS Config starts when the rule is new (see `Settings.evaluate_on_creation`).

    Rules that AWS evaluates itself stay without results: the sandbox has no evaluators for them.
    """
    new = definition["ConfigRuleName"] not in rules_of(place).by_name
    rule = put_rule(place, definition, tags, created_by)
    if new and rule.function_arn and state(Settings).evaluate_on_creation:
        evaluate(rule)
    return rule


def evaluate(rule: Rule) -> None:
    """Queue an evaluation of a custom Lambda rule; it is EVALUATING from now on."""
    with rules_of(rule.place).lock:
        rule.runs += 1
    state(Evaluations).submit(partial(_perform, rule))


def run_of(place: Place, token: str) -> Run:
    """The run that a result token was issued for.

    A token serves any number of PutEvaluations calls: a call takes 100 evaluations and a rule may have more, so AWS's
    own rdklib sends several with one token. AWS documents neither that nor how long a token lives (see `Settings`).

    Raises:
        AwsError: InvalidResultTokenException for a token of nobody, of another account or Region, or too old.
    """
    run = state(Runs).by_token.get(token)
    if run is None or run.place != place or datetime.now(UTC) - run.started > state(Settings).token_lifetime:
        raise AwsError("InvalidResultTokenException", "The resultToken provided is invalid")
    return run


def event_for(rule: Rule, run: Run) -> dict[str, Any]:
    """The event that the function receives."""
    invoking_event = {
        "awsAccountId": rule.place.account_id,
        "notificationCreationTime": run.started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    return {
        "version": "1.0",
        "invokingEvent": json.dumps(invoking_event),
        "ruleParameters": rule.definition.get("InputParameters", "{}"),
        "resultToken": run.token,
        "eventLeftScope": False,
        "executionRoleArn": execution_role(rule.place),
        "configRuleArn": rule.arn,
        "configRuleName": rule.name,
        "configRuleId": rule.rule_id,
        "accountId": rule.place.account_id,
    }


def _perform(rule: Rule) -> None:
    try:
        if rules_of(rule.place).by_name.get(rule.name) is rule and rule.function_arn:
            _invoke(rule, rule.function_arn)
    finally:
        with rules_of(rule.place).lock:
            rule.runs -= 1


def _invoke(rule: Rule, function_arn: str) -> None:
    run = Run(rule.place, rule.name, rule.rule_id, secrets.token_urlsafe(96), datetime.now(UTC))
    state(Runs).by_token[run.token] = run
    try:
        check_invocable(function_arn, rule.place, rule.arn)
        error = perform(function_arn, json.dumps(event_for(rule, run)).encode()).error
    except AwsError as refusal:
        if refusal.code == NOT_IMPLEMENTED:
            raise
        rule.status.last_error_code, rule.status.last_error_message = refusal.code, refusal.message
        rule.status.last_failed_invocation_time = run.started  # last: who sees the time finds the error
        return
    rule.status.last_successful_invocation_time = run.started
    if error is not None:
        rule.status.last_error_code, rule.status.last_error_message = error.type, error.message
        rule.status.last_failed_evaluation_time = datetime.now(UTC)
