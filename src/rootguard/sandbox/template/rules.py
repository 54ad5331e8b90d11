"""The Rules section of a template: what the values of parameters have to be together.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html, which lists the
functions; "you can't use the Condition function" is
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1183.
"""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.template.intrinsics import Resolver
from rootguard.sandbox.template.text import TemplateError

_MEMBERS = {"RuleCondition", "Assertions"}
_ASSERTION_MEMBERS = {"Assert", "AssertDescription"}
_ABSENT = ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll")


def check_form(rules: Mapping[str, Any]) -> None:
    """Refuse rules that are none.

    Raises:
        TemplateError: What is wrong.
    """
    for name, rule in rules.items():
        assertions = rule.get("Assertions") if isinstance(rule, dict) else None
        if not isinstance(assertions, list) or not assertions or not rule.keys() <= _MEMBERS:
            raise TemplateError(f"Template format error: Rule {name} must have Assertions, and RuleCondition at most.")
        for each in assertions:
            if not isinstance(each, dict) or "Assert" not in each or not each.keys() <= _ASSERTION_MEMBERS:
                raise TemplateError(f"Template format error: An assertion of rule {name} must have an Assert member.")


def check_rules(rules: Mapping[str, Any], resolver: Resolver) -> None:
    """Refuse parameters that break a rule: "CloudFormation doesn't create or update the stack".

    AWS does not document its sentence; this one has the rule's name and its AssertDescription.

    Args:
        rules: The section.
        resolver: Knows the parameters' values.

    Raises:
        TemplateError: An assertion does not hold, or is none.
        AwsError: SandboxNotImplemented for Fn::RefAll, Fn::ValueOf and Fn::ValueOfAll.
    """
    for name, rule in rules.items():
        if "RuleCondition" in rule and not _holds(rule["RuleCondition"], resolver):
            continue
        for each in rule["Assertions"]:
            if not _holds(each["Assert"], resolver):
                raise TemplateError(f"Rule {name} is not met: {each.get('AssertDescription', 'no description')}")


def _holds(value: Any, resolver: Resolver) -> bool:
    match value:
        case {"Fn::Equals": [left, right]}:
            return bool(_resolved(left, resolver) == _resolved(right, resolver))
        case {"Fn::Not": [inner]}:
            return not _holds(inner, resolver)
        case {"Fn::And": [*inner]} if inner:
            return all(_holds(each, resolver) for each in inner)
        case {"Fn::Or": [*inner]} if inner:
            return any(_holds(each, resolver) for each in inner)
        case {"Fn::Contains": [listed, wanted]}:
            return _resolved(wanted, resolver) in _list(listed, resolver)
        case {"Fn::EachMemberEquals": [listed, wanted]}:
            return all(each == _resolved(wanted, resolver) for each in _list(listed, resolver))
        case {"Fn::EachMemberIn": [listed, allowed]}:
            return set(_list(listed, resolver)) <= set(_list(allowed, resolver))
    raise TemplateError(f"Template format error: {value} is no rule-specific function.")


def _list(value: Any, resolver: Resolver) -> list[Any]:
    found = _resolved(value, resolver)
    if not isinstance(found, list):
        raise TemplateError(f"Template format error: {value} is not a list.")
    return found


def _resolved(value: Any, resolver: Resolver) -> Any:
    if isinstance(value, dict) and value.keys() & set(_ABSENT):
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox's CloudFormation has no {', '.join(value)}.")
    return resolver.resolve(value)
