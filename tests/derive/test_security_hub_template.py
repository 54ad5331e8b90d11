from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rootguard.catalog import load_catalog, load_process_checks, load_rules
from rootguard.derive.errors import DerivationError
from rootguard.derive.security_hub_template import security_hub_template
from rootguard.kit.rule import AnyRule, Severity
from rootguard.pack_names import logical_id
from rootguard.sandbox.template.text import load

type MakeRule = Callable[..., AnyRule]

TEXT = security_hub_template(load_catalog())
TEMPLATE: Any = load(TEXT)


def properties(rule: Any, template: Any = TEMPLATE) -> Any:
    return template["Resources"][f"{logical_id(rule)}Findings"]["Properties"]


def references(value: Any) -> set[str]:
    """The parameters and conditions that are used somewhere."""
    if isinstance(value, list):
        return {name for each in value for name in references(each)}
    if not isinstance(value, dict):
        return set()
    names = {str(value["Ref"])} if "Ref" in value else set()
    names |= {str(value["Fn::If"][0])} if "Fn::If" in value else set()
    names |= {str(value["Condition"])} if isinstance(value.get("Condition"), str) else set()
    return names | {name for each in value.values() for name in references(each)}


@pytest.mark.parametrize("rule", load_catalog(), ids=lambda rule: rule.name)
def test_a_finding_is_known_by_what_findings_of_aws_config_have(rule: Any) -> None:
    criteria = properties(rule)["Criteria"]
    assert criteria.keys() == {"ProductName", "Title", "WorkflowStatus"}
    assert criteria["ProductName"] == [{"Comparison": "EQUALS", "Value": "Config"}]
    assert criteria["Title"] == [{"Comparison": "PREFIX", "Value": f"{rule.name}-conformance-pack-"}]


@pytest.mark.parametrize("check", load_process_checks(), ids=lambda check: check.name)
def test_a_process_checks_finding_depends_on_no_choice(check: Any) -> None:
    assert "Fn::If" not in str(properties(check))
    assert "Workflow" not in properties(check)["Actions"][0]["FindingFieldsUpdate"]


def test_every_rule_has_its_automation_rule() -> None:
    found = [name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::SecurityHub::AutomationRule"]
    assert found == [f"{logical_id(rule)}Findings" for rule in load_catalog()]


def test_every_parameter_and_condition_is_used_and_every_parameter_explained() -> None:
    parameters = TEMPLATE["Parameters"]
    assert references(TEMPLATE["Resources"]) | references(TEMPLATE["Conditions"]) >= parameters.keys()
    assert references(TEMPLATE["Resources"]) >= TEMPLATE["Conditions"].keys()
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(interface["ParameterLabels"]) == list(parameters)
    assert all(each["Description"] for each in parameters.values())


def test_it_is_for_every_partition() -> None:
    assert "arn:aws:" not in TEXT


def test_titles_of_loud_rules_alone_are_told(make_rule: MakeRule) -> None:
    severities = [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    rules = [replace(make_rule(f"root-{severity}"), severity=severity) for severity in severities]
    template: Any = load(security_hub_template(rules))
    rule = template["Resources"]["NewRaisedFindings"]
    assert rule["Condition"] == "BuiltInFindingsAreRaised"
    assert rule["Properties"]["EventPattern"]["detail"]["findings"]["Title"] == [
        {"prefix": "root-critical-conformance-pack-"},
        {"prefix": "root-high-conformance-pack-"},
    ]


def test_a_loud_process_check_is_told_whatever_is_chosen() -> None:
    check = replace(load_process_checks()[0], severity=Severity.HIGH)
    loud = next(rule for rule in load_rules() if rule.severity is Severity.CRITICAL)
    template: Any = load(security_hub_template([loud, check]))
    rule = template["Resources"]["NewRaisedFindings"]
    assert "Condition" not in rule
    prefix = {"prefix": f"{loud.name}-conformance-pack-"}
    assert rule["Properties"]["EventPattern"]["detail"]["findings"]["Title"] == [
        {"Fn::If": ["BuiltInFindingsAreRaised", prefix, {"Ref": "AWS::NoValue"}]},
        {"prefix": f"{check.name}-conformance-pack-"},
    ]


def test_where_no_rule_is_loud_nobody_is_told_of_raised_findings(make_rule: MakeRule) -> None:
    template: Any = load(security_hub_template([replace(make_rule(), severity=Severity.LOW)]))
    assert "NewRaisedFindings" not in template["Resources"]
    assert "NewFindings" in template["Resources"]


def test_security_hub_takes_a_hundred_automation_rules(make_rule: MakeRule) -> None:
    rules = [make_rule(f"r{number}") for number in range(101)]
    with pytest.raises(DerivationError, match="has 101 rules, Security Hub takes 100"):
        security_hub_template(rules)
    with pytest.raises(DerivationError, match=r"bytes, CloudFormation takes 51200"):
        security_hub_template(rules[:100])


def test_a_note_that_security_hub_would_refuse_is_refused() -> None:
    check = replace(load_process_checks()[0], title="x" * 256)
    security_hub_template([check])
    object.__setattr__(check, "title", "x" * 500)
    with pytest.raises(DerivationError, match="Security Hub takes 512"):
        security_hub_template([check])


def test_what_would_be_one_thing_in_the_template_is_refused(make_rule: MakeRule) -> None:
    with pytest.raises(DerivationError, match="RootMade1 would stand for both"):
        security_hub_template([make_rule("root-made-1"), make_rule("root-made1")])
