"""What PutConfigRule refuses beyond the types and lengths that the API model gives.

Source: https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html, API_ConfigRule, API_Source,
API_SourceDetail, API_Scope; wording where moto's authors saw it at AWS (moto/config/models.py).
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.config.models import MANAGED_RULES_CONSTRAINTS

from rootguard.sandbox.config_rules.function_permission import check_invocable
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.recorder import check_recorder
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

PROCESS_CHECK = "AWS_CONFIG_PROCESS_CHECK"
"""The managed rule that a person answers; it has no parameters
(https://docs.aws.amazon.com/config/latest/developerguide/process-checks.html)."""

_SOURCE_DETAILS = (
    "SourceDetails should be null/empty if the owner is AWS. SourceDetails should be provided if the owner is "
    "CUSTOM_LAMBDA"
)


def check_rule(place: Place, definition: Mapping[str, Any], rule_arn: str | None) -> None:
    """Refuse a rule that AWS Config would refuse, or that the sandbox could not run.

    Args:
        place: Where the rule is to be.
        definition: ConfigRule, already checked against the API model.
        rule_arn: The ARN of the rule that is updated, None for a new one.

    Raises:
        AwsError: InvalidParameterValueException, InsufficientPermissionsException,
            NoAvailableConfigurationRecorderException; SandboxNotImplemented for what only AWS evaluates.
    """
    check_recorder(place)
    _check_state(definition)
    _check_scope(definition.get("Scope", {}))
    parameters = _parameters(definition.get("InputParameters"))
    source = definition["Source"]
    match source["Owner"]:
        case "AWS":
            _check_managed(source, parameters, definition.get("InputParameters"))
        case "CUSTOM_LAMBDA":
            _check_details(source.get("SourceDetails", []))
            check_invocable(source.get("SourceIdentifier", ""), place, rule_arn)
        case owner:
            raise AwsError(NOT_IMPLEMENTED, f"The sandbox does not evaluate rules of the owner {owner} (Guard).")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def _check_state(definition: Mapping[str, Any]) -> None:
    rule_state = definition.get("ConfigRuleState", "ACTIVE")
    if rule_state != "ACTIVE":
        raise _invalid(f"The ConfigRuleState {rule_state} is invalid.  Only the following values are permitted: ACTIVE")
    if definition.get("CreatedBy"):
        raise _invalid(
            "AWS Config populates the CreatedBy field for ServiceLinkedConfigRule. Try again without populating the "
            "CreatedBy field"
        )
    if {"Mode": "PROACTIVE"} in definition.get("EvaluationModes", []):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no proactive evaluation.")


def _check_scope(scope: Mapping[str, Any]) -> None:
    by_tag = scope.get("TagKey") or scope.get("TagValue")
    if by_tag and not scope.get("TagKey"):
        raise _invalid("Tag key should not be empty when tag value is provided in scope")
    if by_tag and (scope.get("ComplianceResourceTypes") or scope.get("ComplianceResourceId")):
        raise _invalid("Scope cannot be applied to both resource and tag")
    if scope.get("ComplianceResourceId") and len(scope.get("ComplianceResourceTypes", [])) != 1:
        raise _invalid("A single resourceType should be provided when resourceId is provided in scope")


def _parameters(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        parameters = json.loads(text)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise _invalid(f"Invalid json {text} passed in the InputParameters field")
    for name, value in parameters.items():
        if not isinstance(value, str) or not value.strip():
            raise _invalid(f"Blank spaces are not acceptable for input parameter: {name}. InputParameters': '{text}'")
    return parameters


def _check_managed(source: Mapping[str, Any], parameters: Mapping[str, str], text: str | None) -> None:
    identifier = source.get("SourceIdentifier")
    known = {**MANAGED_RULES_CONSTRAINTS, PROCESS_CHECK: {"Parameters": []}}
    if identifier not in known:
        raise _invalid(
            f"The sourceIdentifier {identifier} is invalid.  Please refer to the documentation for a list of valid "
            "sourceIdentifiers that can be used when AWS is the Owner"
        )
    if source.get("SourceDetails"):
        raise _invalid(_SOURCE_DETAILS)
    declared = known[identifier]["Parameters"]
    if not parameters.keys() <= {parameter["Name"] for parameter in declared}:
        raise _invalid(f"Unknown parameters provided in the inputParameters: {text}")
    missing = {parameter["Name"] for parameter in declared if not parameter["Optional"]} - parameters.keys()
    if missing:
        raise _invalid(f"The required parameter [{', '.join(sorted(missing))}] is not present in the inputParameters")


def _check_details(details: list[Mapping[str, Any]]) -> None:
    if not details:
        raise _invalid(_SOURCE_DETAILS)
    for detail in details:
        if not detail.get("EventSource") or not detail.get("MessageType"):
            raise _invalid(_SOURCE_DETAILS)
        message_type, frequency = detail["MessageType"], detail.get("MaximumExecutionFrequency")
        if frequency and message_type != "ScheduledNotification":
            raise _invalid(f"A maximum execution frequency is not allowed if MessageType is {message_type}")
        if message_type != "ScheduledNotification":
            message = f"The sandbox records no configuration items, so it sends no {message_type}."
            raise AwsError(NOT_IMPLEMENTED, message)
