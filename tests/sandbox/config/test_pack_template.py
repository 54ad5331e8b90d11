"""Conformance pack templates: what they amount to in an account, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.sandbox.config_rules.pack_parameters import parameter_values
from rootguard.sandbox.config_rules.pack_resources import PackResources, resources_in
from rootguard.sandbox.config_rules.pack_template import Template, TemplateError, parse
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.template.intrinsics import Resolver

PLACE = Place("123456789012", "us-east-1")
TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Description: A pack.
Parameters:
  MaxDays: {Type: Number, Default: 90, MinValue: 1, MaxValue: 365}
  Topic: {Type: String, Default: ""}
  Kinds: {Type: CommaDelimitedList, Default: "hardware, virtual"}
Mappings:
  Severity: {us-east-1: {word: high}}
Conditions:
  HasTopic: !Not [!Equals [!Ref Topic, ""]]
  Both: !And [!Condition HasTopic, !Equals [!Ref "AWS::Region", us-east-1]]
Resources:
  Mfa:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: root-mfa
      Description: !Join [" ", [!Select [0, !Ref Kinds], !FindInMap [Severity, !Ref "AWS::Region", word]]]
      InputParameters:
        maxDays: !Ref MaxDays
        topic: !If [HasTopic, !Ref Topic, !Ref "AWS::NoValue"]
      Source:
        Owner: CUSTOM_LAMBDA
        SourceIdentifier: !Sub arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:rg-root-mfa
        SourceDetails:
          - {EventSource: aws.config, MessageType: ScheduledNotification}
  Attested:
    Type: AWS::Config::ConfigRule
    Condition: Both
    Properties:
      ConfigRuleName: attested
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
  Fix:
    Type: AWS::Config::RemediationConfiguration
    Properties:
      ConfigRuleName: root-mfa
      TargetType: SSM_DOCUMENT
      TargetId: AWS-PublishSNSNotification
      Automatic: true
      MaximumAutomaticAttempts: 5
"""


def resolved(text: str = TEMPLATE, **inputs: str) -> PackResources:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in inputs.items()]
    return resources_in(parse(text), listed, PLACE)


def test_a_template_amounts_to_rules_of_the_account() -> None:
    resources = resolved()

    assert resources.rules == {
        "Mfa": {
            "ConfigRuleName": "root-mfa",
            "Description": "hardware high",
            "InputParameters": '{"maxDays":"90"}',
            "Source": {
                "Owner": "CUSTOM_LAMBDA",
                "SourceIdentifier": "arn:aws:lambda:us-east-1:123456789012:function:rg-root-mfa",
                "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}],
            },
        }
    }
    assert resources.remediations == {
        "Fix": {
            "ConfigRuleName": "root-mfa",
            "TargetType": "SSM_DOCUMENT",
            "TargetId": "AWS-PublishSNSNotification",
            "Automatic": True,
            "MaximumAutomaticAttempts": 5,
        }
    }


def test_inputs_override_defaults_and_turn_conditions() -> None:
    resources = resolved(MaxDays="30", Topic="alerts")

    assert list(resources.rules) == ["Mfa", "Attested"]
    assert json.loads(resources.rules["Mfa"]["InputParameters"]) == {"maxDays": "30", "topic": "alerts"}


def test_json_is_read_as_well() -> None:
    rule = {"ConfigRuleName": "a", "Source": {"Owner": "AWS", "SourceIdentifier": {"Ref": "Rule"}}}
    text = json.dumps(
        {
            "Parameters": {"Rule": {"Type": "String", "Default": "AWS_CONFIG_PROCESS_CHECK"}},
            "Resources": {"A": {"Type": "AWS::Config::ConfigRule", "Properties": rule}},
        }
    )

    assert resolved(text).rules["A"]["Source"]["SourceIdentifier"] == "AWS_CONFIG_PROCESS_CHECK"


def resolver() -> Resolver:
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "P"}, "p"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Either": {"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "No"}, {"Condition": "Yes"}]},
    }
    return Resolver({"P": "p", "L": ["a", "b"]}, {"M": {"k": {"n": 5}}}, conditions, lambda name: f"exported {name}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"Fn::If": ["Either", "x", "y"]}, "x", id="or"),
        pytest.param({"Fn::If": ["Both", "x", "y"]}, "y", id="and"),
        pytest.param({"Fn::Sub": ["${P} ${Q}", {"Q": {"Ref": "P"}}]}, "p p", id="sub with variables"),
        pytest.param({"Fn::Split": [",", "a,b"]}, ["a", "b"], id="split"),
        pytest.param({"Fn::Select": [1, {"Ref": "L"}]}, "b", id="select"),
        pytest.param({"Fn::Join": ["-", {"Ref": "L"}]}, "a-b", id="join of a reference"),
        pytest.param({"Fn::FindInMap": ["M", "k", "n"]}, 5, id="find in map"),
        pytest.param({"Fn::ImportValue": {"Ref": "P"}}, "exported p", id="import"),
        pytest.param([{"Ref": "AWS::NoValue"}, 1], [1], id="no value in a list"),
        pytest.param({"a": {"Ref": "AWS::NoValue"}, "b": True}, {"b": True}, id="no value in a mapping"),
        pytest.param({"Ref": "P", "Other": 1}, {"Ref": "P", "Other": 1}, id="a mapping that happens to have Ref"),
    ],
)
def test_intrinsic_functions(value: Any, expected: Any) -> None:
    assert resolver().resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Ref": ["P"]}, id="ref to a list"),
        pytest.param({"Fn::Sub": 5}, id="sub of a number"),
        pytest.param({"Fn::Sub": "${L}"}, id="sub of a list"),
        pytest.param({"Fn::If": ["Yes", "x"]}, id="if without else"),
        pytest.param({"Fn::Join": ["-", "a"]}, id="join of text"),
        pytest.param({"Fn::Join": "-"}, id="join of nothing"),
        pytest.param({"Fn::Split": [","]}, id="split of nothing"),
        pytest.param({"Fn::Select": [2, ["a", "b"]]}, id="select beyond the end"),
        pytest.param({"Fn::FindInMap": ["M", "k"]}, id="find in map without a second key"),
        pytest.param({"Fn::FindInMap": ["M", "k", "x"]}, id="find in map of a missing key"),
    ],
)
def test_intrinsic_functions_refuse(value: Any) -> None:
    with pytest.raises(TemplateError):
        resolver().resolve(value)


RULE = "Resources: {A: {Type: AWS::Config::ConfigRule, Properties: {ConfigRuleName: a, %s}}}"
SOURCE = "Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[1, 2]", "not a mapping", id="a list"),
        pytest.param("Resources: {", "format error", id="broken YAML"),
        pytest.param("Resources: {}", "At least one", id="no resources"),
        pytest.param("Resources: {A: {Type: AWS::IAM::Role}}", "unsupported resource type", id="another resource type"),
        pytest.param(f"{RULE % SOURCE}\nOutputs: {{}}", "Outputs", id="a section that packs have not"),
        pytest.param(f"{RULE % SOURCE}\nTransform: AWS::LanguageExtensions", "Transform", id="a transform"),
        pytest.param(f"{RULE % SOURCE}\nDescription: a\nDescription: b", "Duplicate key", id="a key twice"),
        pytest.param(RULE % f"{SOURCE}, Severity: high", "Severity", id="an unknown property"),
        pytest.param(RULE % f"{SOURCE}, CreatedBy: me", "CreatedBy", id="a property of the API only"),
        pytest.param(RULE % "Source: {Owner: ME}", "Owner", id="an enum's stranger"),
        pytest.param(RULE % "Description: no source", "Source", id="a missing property"),
        pytest.param(RULE % f"{SOURCE}, Description: !Ref Missing", "Unresolved dependency Missing", id="unknown Ref"),
        pytest.param(RULE % f"{SOURCE}, Description: !Sub '${{Missing}}'", "Missing", id="unknown Sub"),
        pytest.param(RULE % f"{SOURCE}, Description: !GetAtt A.Arn", "Fn::GetAtt", id="an attribute"),
        pytest.param(RULE % f"{SOURCE}, Description: !Cidr x", "Fn::Cidr", id="an unknown function"),
        pytest.param(RULE % f"{SOURCE}, Description: !ImportValue none", "No export", id="a missing export"),
        pytest.param(
            RULE % f"{SOURCE}, Description: !If [Nope, a, b]", "condition dependency Nope", id="unknown condition"
        ),
        pytest.param(
            f"{RULE % SOURCE}\nConditions: {{A: !Not [!Condition A]}}", "Circular", id="a condition on itself"
        ),
        pytest.param(f"{RULE % SOURCE}\nConditions: {{A: yes}}", "not a condition", id="a condition that is none"),
        pytest.param(
            "Resources: {A: {Type: AWS::Config::ConfigRule, DeletionPolicy: Retain}}",
            "DeletionPolicy",
            id="an attribute",
        ),
        pytest.param(
            "Resources: {A: {Type: AWS::Config::RemediationConfiguration, Properties: {ConfigRuleName: b}}}",
            "no rule of the template",
            id="a remediation of no rule",
        ),
        pytest.param(
            "Resources:\n" + "".join(f"  A{number}: {{Type: AWS::Config::ConfigRule}}\n" for number in range(131)),
            "Number of resources provided in the template exceeds the allowed limit",
            id="131 rules",
        ),
    ],
)
def test_a_template_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        resolved(text)


def values(declared: dict[str, Any], inputs: dict[str, str]) -> dict[str, str | list[str]]:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in inputs.items()]
    return parameter_values(Template({"P": declared}, {}, {}, ()), listed)


@pytest.mark.parametrize(
    ("declared", "inputs", "expected"),
    [
        pytest.param({"Type": "String"}, {"P": "x"}, "x", id="text"),
        pytest.param({"Type": "String", "Default": True}, {}, "true", id="a boolean default becomes text"),
        pytest.param({"Type": "CommaDelimitedList"}, {"P": "a, b"}, ["a", "b"], id="a list"),
        pytest.param({"Type": "Number", "Default": 90}, {}, "90", id="a number stays text"),
    ],
)
def test_parameter_values(declared: dict[str, Any], inputs: dict[str, str], expected: Any) -> None:
    assert values(declared, inputs) == {"P": expected}


@pytest.mark.parametrize(
    ("declared", "inputs", "message"),
    [
        pytest.param({"Type": "String"}, {}, "must have values", id="required and missing"),
        pytest.param({"Type": "String", "Default": ""}, {"Q": "x"}, "do not exist", id="not declared"),
        pytest.param({"Type": "Number"}, {"P": "x"}, "must be a number", id="no number"),
        pytest.param({"Type": "Number", "MaxValue": 5}, {"P": "6"}, "not greater than 5", id="too much"),
        pytest.param({"Type": "String", "AllowedValues": ["a"]}, {"P": "b"}, "AllowedValues", id="not allowed"),
        pytest.param({"Type": "String", "AllowedPattern": "[a-z]+"}, {"P": "a1"}, "match pattern", id="no match"),
        pytest.param({"Type": "String", "MinLength": 2}, {"P": "a"}, "at least 2 characters", id="too short"),
        pytest.param({"Type": "String", "Unit": "days"}, {"P": "a"}, "Unit", id="an unknown key"),
        pytest.param({"Default": "a"}, {}, "must contain a Type", id="no type"),
    ],
)
def test_a_parameter_is_refused(declared: dict[str, Any], inputs: dict[str, str], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        values(declared, inputs)


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_holds_no_function_resolves_to_itself(value: Any) -> None:
    assert Resolver({}, {}, {}, str).resolve(value) == value


@given(st.text(st.characters(exclude_characters="{}")), st.text(st.characters(exclude_characters="{}")))
def test_sub_replaces_variables_and_keeps_literals(name: str, around: str) -> None:
    resolver = Resolver({"P": "value"}, {}, {}, str)
    text = around.replace("$", "")

    assert resolver.resolve({"Fn::Sub": f"{text}${{P}}{text}"}) == f"{text}value{text}"
    literal = name.strip() or "x"
    assert resolver.resolve({"Fn::Sub": f"${{!{literal}}}"}) == f"${{{literal}}}"
