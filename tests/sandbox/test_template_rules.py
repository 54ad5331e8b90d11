"""The Rules section of templates."""

from typing import Any

import pytest

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.template.intrinsics import Resolver
from rootguard.sandbox.template.rules import check_form, check_rules
from rootguard.sandbox.template.text import TemplateError

VALUES = {"Size": "small", "Stage": "prod", "Zones": ["a", "b"], "None": [""]}
SMALL = {"Fn::Equals": [{"Ref": "Size"}, "small"]}
LARGE = {"Fn::Equals": [{"Ref": "Size"}, "large"]}


def broken(rule: Any) -> str:
    """What the rule says, "" if it is met."""
    rules = {"Sized": rule}
    try:
        check_form(rules)
        check_rules(rules, Resolver(VALUES, {}, {}, str))
    except TemplateError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("assertion", "met"),
    [
        pytest.param(SMALL, True, id="equal"),
        pytest.param(LARGE, False, id="not equal"),
        pytest.param({"Fn::Not": [LARGE]}, True, id="not"),
        pytest.param({"Fn::And": [SMALL, LARGE]}, False, id="and"),
        pytest.param({"Fn::Or": [SMALL, LARGE]}, True, id="or"),
        pytest.param({"Fn::Contains": [["small", "large"], {"Ref": "Size"}]}, True, id="contained"),
        pytest.param({"Fn::Contains": [{"Ref": "Zones"}, "c"]}, False, id="not contained"),
        pytest.param({"Fn::Not": [{"Fn::Contains": [{"Ref": "None"}, ""]}]}, False, id="an empty list's one member"),
        pytest.param({"Fn::EachMemberEquals": [{"Ref": "Zones"}, "a"]}, False, id="not every member"),
        pytest.param({"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b", "c"]]}, True, id="every member allowed"),
        pytest.param({"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a"]]}, False, id="a member not allowed"),
    ],
)
def test_an_assertion_is_met_or_not(assertion: Any, met: bool) -> None:  # noqa: FBT001 - a column of the table
    said = broken({"Assertions": [{"Assert": assertion, "AssertDescription": "Take another."}]})
    assert said == ("" if met else "Rule Sized is not met: Take another.")


def test_a_rule_whose_condition_is_false_is_not_looked_at() -> None:
    assert broken({"RuleCondition": LARGE, "Assertions": [{"Assert": LARGE}]}) == ""


def test_every_assertion_has_to_hold() -> None:
    assertions = [{"Assert": SMALL}, {"Assert": LARGE, "AssertDescription": "The second."}]
    assert broken({"RuleCondition": SMALL, "Assertions": assertions}) == "Rule Sized is not met: The second."


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param([], id="a list"),
        pytest.param({"RuleCondition": SMALL}, id="without assertions"),
        pytest.param({"Assertions": [{"AssertDescription": "x"}]}, id="an assertion that asserts nothing"),
        pytest.param({"Assertions": [{"Assert": SMALL}], "Condition": "x"}, id="an unknown member"),
        pytest.param({"Assertions": [{"Assert": {"Condition": "Named"}}]}, id="a condition"),
        pytest.param({"Assertions": [{"Assert": {"Fn::Contains": ["text", "t"]}}]}, id="text in place of a list"),
    ],
)
def test_what_is_no_rule_is_refused(rule: Any) -> None:
    assert broken(rule).startswith("Template format error")


def test_functions_that_the_sandbox_lacks_are_refused() -> None:
    vpcs = {"Fn::RefAll": "AWS::EC2::VPC::Id"}
    with pytest.raises(AwsError, match="RefAll"):
        broken({"Assertions": [{"Assert": {"Fn::Contains": [vpcs, "x"]}}]})
