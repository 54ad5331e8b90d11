"""Automation rules made, changed and listed by whoever administers hubs.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/: CreateAutomationRule and its like.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.security_hub import customer_fields
from rootguard.sandbox.security_hub.administration import administrator_of
from rootguard.sandbox.security_hub.automation_rules import MOST_RULES, AutomationRule, AutomationRules, rules_of
from rootguard.sandbox.security_hub.filter_checks import check_criteria
from rootguard.sandbox.security_hub.hub import SERVICE, invalid_input, place_of, subscribed
from rootguard.sandbox.security_hub.tags import tags_of

_PAGE = 100
_DEFAULTS = {"RuleStatus": "ENABLED", "IsTerminal": False}
_MEMBERS = ("RuleStatus", "RuleOrder", "RuleName", "Description", "IsTerminal", "Criteria", "Actions")
_NOT_LISTED = ("Criteria", "Actions")
_LONGEST = {"RuleName": 256, "Description": 1024}
"""As the schema of AWS::SecurityHub::AutomationRule has it; the API model names no limit."""
_NOT_FOUND = 404
_INVALID = 400


@operation("securityhub:CreateAutomationRule")
def create_automation_rule(call: Call) -> dict[str, Any]:
    """Make a rule, which acts upon what comes from now on."""
    rules, place = _own(call), place_of(call)
    definition = {**_DEFAULTS, **{name: call.parameters[name] for name in _MEMBERS if name in call.parameters}}
    _check(definition)
    now = datetime.now(UTC)
    with rules.lock:
        if len(rules.by_arn) >= MOST_RULES:
            raise AwsError("LimitExceededException", f"You can have no more than {MOST_RULES} automation rules.")
        arn = place.arn(f"automation-rule/{uuid.uuid4()}", SERVICE)
        rules.by_arn[arn] = AutomationRule(arn, definition, now, now, caller_of(call).arn)
    tags_of(place, arn).update(call.parameters.get("Tags") or {})
    return {"RuleArn": arn}


@operation("securityhub:BatchUpdateAutomationRules")
def batch_update_automation_rules(call: Call) -> Answer:
    """Change rules, each on its own."""
    rules = _own(call)
    processed, unprocessed = list[str](), list[dict[str, Any]]()
    for item in call.parameters["UpdateAutomationRulesRequestItems"]:
        rule = rules.by_arn.get(item["RuleArn"])
        if rule is None:
            unprocessed.append(_unprocessed(item["RuleArn"]))
            continue
        changed = {**rule.definition, **{name: item[name] for name in _MEMBERS if name in item}}
        try:
            _check(changed)
        except AwsError as refusal:
            unprocessed.append(_unprocessed(rule.arn, _INVALID, refusal.message))
            continue
        with rules.lock:
            rule.definition, rule.edited = changed, datetime.now(UTC)
        processed.append(rule.arn)
    return _outcome(call, processed, unprocessed)


@operation("securityhub:BatchDeleteAutomationRules")
def batch_delete_automation_rules(call: Call) -> Answer:
    """Delete rules; what they did to findings stays."""
    rules = _own(call)
    processed, unprocessed = list[str](), list[dict[str, Any]]()
    for arn in call.parameters["AutomationRulesArns"]:
        with rules.lock:
            gone = rules.by_arn.pop(arn, None)
        if gone is None:
            unprocessed.append(_unprocessed(arn))
            continue
        tags_of(place_of(call), arn).clear()
        processed.append(arn)
    return _outcome(call, processed, unprocessed)


@operation("securityhub:BatchGetAutomationRules")
def batch_get_automation_rules(call: Call) -> dict[str, Any]:
    """Describe rules by their ARNs."""
    rules, asked = _own(call).by_arn, call.parameters["AutomationRulesArns"]
    return {
        "Rules": [rules[arn].describe() for arn in asked if arn in rules],
        "UnprocessedAutomationRules": [_unprocessed(arn) for arn in asked if arn not in rules],
    }


@operation("securityhub:ListAutomationRules")
def list_automation_rules(call: Call) -> dict[str, Any]:
    """List the account's rules, without criteria and actions."""
    asked, rules = call.parameters, list(_own(call).by_arn.values())
    try:
        chosen, token = page(rules, lambda rule: (rule.arn,), asked.get("MaxResults", _PAGE), asked.get("NextToken"))
    except InvalidTokenError:
        raise invalid_input("Invalid parameter 'NextToken'.") from None
    listed = [{name: value for name, value in rule.describe().items() if name not in _NOT_LISTED} for rule in chosen]
    return {"AutomationRulesMetadata": listed} | ({"NextToken": token} if token else {})


def _own(call: Call) -> AutomationRules:
    """The caller's rules, unless somebody else administers its hub: "from an administrator account only".

    Raises:
        AwsError: InvalidAccessException, AccessDeniedException.
    """
    subscribed(call)
    if administrator_of(place_of(call)) is not None:
        message = f"Account {call.account_id} is a member account: automation rules are its administrator's."
        raise AwsError("AccessDeniedException", message)
    return rules_of(place_of(call))


def _outcome(call: Call, processed: list[str], unprocessed: list[dict[str, Any]]) -> Answer:
    """What became of each rule; none that was processed make an empty list, though the model asks for one at least."""
    answer = {"ProcessedAutomationRules": processed, "UnprocessedAutomationRules": unprocessed}
    return answer if processed else call.unchecked(answer)


def _unprocessed(arn: str, code: int = _NOT_FOUND, message: str = "The rule does not exist.") -> dict[str, Any]:
    return {"RuleArn": arn, "ErrorCode": code, "ErrorMessage": message}


def _check(definition: Mapping[str, Any]) -> None:
    for name, most in _LONGEST.items():
        if len(definition[name]) > most:
            raise invalid_input(f"Invalid parameter '{name}'. It should NOT be longer than {most} characters")
    check_criteria(definition["Criteria"])
    for action in definition["Actions"]:
        for violation in _violations(action):
            raise invalid_input(f"Invalid Actions in the input: {violation}")


def _violations(action: Mapping[str, Any]) -> Iterator[str]:
    if action.get("Type") is None:
        yield "data[0] should have required property 'Type'"
    fields = action.get("FindingFieldsUpdate")
    if not fields:
        yield "data[0] should have required property 'FindingFieldsUpdate'"
    yield from customer_fields.violations(fields or {}, "data[0].FindingFieldsUpdate")
