"""The names of rules and their parameters in CloudFormation, which have no hyphen, and what the pack gives a rule."""

import json
from collections.abc import Mapping

from rootguard.kit.rule import EXEMPT_ACCOUNTS, AnyRule, Parameter
from rootguard.process_check import ConfigRule

MAXIMUM_INPUT_PARAMETERS = 1_024
"""Characters of a rule's InputParameters (API model config)."""


def logical_id(rule: ConfigRule) -> str:
    """A rule's name in CloudFormation: RootMfaEnabled."""
    return "".join(part.capitalize() for part in rule.name.split("-"))


def deployed_prefix(rule: ConfigRule) -> str:
    """What a rule of the pack is called in every account, up to the id that AWS Config gives it there.

    Other rules' names do not begin so, as no name of ours holds `-conformance-pack-`.
    """
    return f"{rule.name}-conformance-pack-"


def pack_parameter(rule: AnyRule, parameter: Parameter) -> str:
    """The pack's name for a rule's parameter; ExemptAccounts is one for all rules.

    AWS's own packs name them <rule><parameter>
    (https://docs.aws.amazon.com/config/latest/developerguide/custom-conformance-pack.html).
    """
    return parameter.name if parameter is EXEMPT_ACCOUNTS else f"{logical_id(rule)}{parameter.name}"


def input_parameters(rule: AnyRule, values: Mapping[str, str]) -> str:
    """A rule's InputParameters, JSON, as the pack gives them to AWS Config: those that have a value.

    Args:
        rule: The rule.
        values: The pack's parameters.
    """
    given = {each.name: value for each in rule.parameters if (value := values.get(pack_parameter(rule, each)))}
    return json.dumps(given)


def wanting(rule: AnyRule, values: Mapping[str, str]) -> tuple[str, ...]:
    """The required parameters that the pack is not given; while there are any, it leaves the rule out.

    Args:
        rule: The rule.
        values: The pack's parameters.
    """
    return tuple(name for each in rule.required_parameters if not values.get(name := pack_parameter(rule, each)))
