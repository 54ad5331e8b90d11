"""`templates/conformance-pack.yaml`: the rules as AWS Config deploys them to an organization.

A conformance pack has at most 60 parameters and 51,200 bytes
(https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html), a rule's InputParameters at most
1,024 characters (API model config, ConfigRule.InputParameters) and only rules and remediations for resources.
Process checks have a place in packs only, and no parameters
(https://docs.aws.amazon.com/config/latest/developerguide/process-checks.html).
"""

import json
from collections.abc import Sequence
from typing import Any

from rootguard.derive.errors import DerivationError
from rootguard.derive.template_text import HEADER, template_text
from rootguard.kit.rule import AnyRule, Parameter
from rootguard.pack_names import MAXIMUM_INPUT_PARAMETERS, logical_id, pack_parameter, wanting
from rootguard.process_check import SOURCE_IDENTIFIER, ConfigRule, ProcessCheck

MAXIMUM_PARAMETERS = 60
MAXIMUM_BYTES = 51_200


def conformance_pack(rules: Sequence[ConfigRule]) -> str:
    """The text of the pack's template.

    Raises:
        DerivationError: It is larger than AWS takes, or two names become one in it.
    """
    check_names(rules)
    parameters = _parameters(judged(rules))
    if len(parameters) > MAXIMUM_PARAMETERS:
        raise DerivationError(f"the pack has {len(parameters)} parameters, AWS Config takes {MAXIMUM_PARAMETERS}")
    template = {
        "Description": "rootguard: how every account of the organization protects its root user",
        "Parameters": parameters,
        "Conditions": {_condition(name): _is_given(name) for name in parameters if name != "FunctionPrefix"},
        "Resources": {logical_id(rule): _resource(rule) for rule in rules},
    }
    text = HEADER + template_text(template)
    size = len(text.encode())
    if size > MAXIMUM_BYTES:
        raise DerivationError(f"the pack's template has {size} bytes, AWS Config takes {MAXIMUM_BYTES}")
    return text


def judged(rules: Sequence[ConfigRule]) -> tuple[AnyRule, ...]:
    """Those that a function judges."""
    return tuple(rule for rule in rules if not isinstance(rule, ProcessCheck))


def _parameters(rules: Sequence[AnyRule]) -> dict[str, Any]:
    prefix = {"FunctionPrefix": {"Type": "String", "Default": "rootguard-"}}
    own = {pack_parameter(rule, each): _parameter(each) for rule in rules for each in rule.parameters}
    return prefix | dict(sorted(own.items()))


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {"Type": "String", "Default": parameter.default}


def _condition(name: str) -> str:
    return f"{name}IsGiven"


def _is_given(name: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}


def _resource(rule: ConfigRule) -> dict[str, Any]:
    answered = _by_a_person() if isinstance(rule, ProcessCheck) else _by_a_function(rule)
    properties = {"ConfigRuleName": rule.name, "Description": rule.title, **answered}
    return {"Type": "AWS::Config::ConfigRule", **_only_if(rule), "Properties": properties}


def _only_if(rule: ConfigRule) -> dict[str, Any]:
    """The condition of a rule that without a certain parameter could judge nothing: it is not in the pack then."""
    needed = () if isinstance(rule, ProcessCheck) else wanting(rule, {})
    if len(needed) > 1:
        raise DerivationError(f"{rule.name} has the required parameters {', '.join(needed)}; the pack takes one")
    return {"Condition": _condition(needed[0])} if needed else {}


def _by_a_person() -> dict[str, Any]:
    return {"Source": {"Owner": "AWS", "SourceIdentifier": SOURCE_IDENTIFIER}}


def _by_a_function(rule: AnyRule) -> dict[str, Any]:
    _check_input_parameters(rule)
    return {
        "InputParameters": {each.name: _value(rule, each) for each in rule.parameters},
        "Source": {
            "Owner": "CUSTOM_LAMBDA",
            "SourceIdentifier": {"Fn::Sub": _function_arn(rule)},
            "SourceDetails": [
                {
                    "EventSource": "aws.config",
                    "MessageType": "ScheduledNotification",
                    "MaximumExecutionFrequency": str(rule.frequency),
                }
            ],
        },
    }


def _value(rule: AnyRule, parameter: Parameter) -> dict[str, Any]:
    """What the rule is given; a required parameter always has a value, for without it the rule is not in the pack."""
    name = pack_parameter(rule, parameter)
    given = {"Ref": name}
    return given if parameter.required else {"Fn::If": [_condition(name), given, {"Ref": "AWS::NoValue"}]}


def _function_arn(rule: AnyRule) -> str:
    place = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
    return f"{place}:function:${{FunctionPrefix}}{rule.name}"


def check_names(rules: Sequence[ConfigRule]) -> None:
    """CloudFormation's names have no hyphen, so that a-1 and a1 are one there: the second would replace the first."""
    named: dict[str, str] = {}
    for rule in rules:
        own = {} if isinstance(rule, ProcessCheck) else _own_parameters(rule)
        for name, meaning in {logical_id(rule): rule.name, **own}.items():
            if name in named:
                raise DerivationError(f"{name} would stand for both {named[name]} and {meaning} in the pack")
            named[name] = meaning


def _own_parameters(rule: AnyRule) -> dict[str, str]:
    return {pack_parameter(rule, each): f"{rule.name}'s {each.name}" for each in rule.own_parameters}


def _check_input_parameters(rule: AnyRule) -> None:
    """Names and defaults alone must leave room for values; what people give, `rootguard deploy` counts."""
    size = len(json.dumps({each.name: each.default for each in rule.parameters}))
    if size > MAXIMUM_INPUT_PARAMETERS:
        raise DerivationError(
            f"{rule.name}: {size} characters of parameters, AWS Config takes {MAXIMUM_INPUT_PARAMETERS}"
        )
