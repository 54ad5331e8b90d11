"""What AWS Config refuses, and that a refusal changes nothing: one account serves all cases."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules import work

PROCESS_CHECK = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:judge"
PERIODIC = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]
ATTESTED = json.dumps(
    {
        "Resources": {
            "A": {"Type": "AWS::Config::ConfigRule", "Properties": {"ConfigRuleName": "a", "Source": PROCESS_CHECK}}
        }
    }
)


def lambda_source(**members: Any) -> dict[str, Any]:
    return {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": PERIODIC} | members


@pytest.fixture(scope="module")
def ready(prepared: Callable[[], Any]) -> Any:
    """The management account of an organization, with the rules `attested` and `judged`."""
    account = prepared()
    account.client("organizations").create_organization(FeatureSet="ALL")
    account.put_process_check("attested")
    account.put_lambda_rule("judged", account.permitted_function("judge"))
    return account


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        pytest.param({"ConfigRuleName": "x" * 129, "Source": PROCESS_CHECK}, "ValidationException", id="name too long"),
        pytest.param({"Source": PROCESS_CHECK}, "InvalidParameterValueException", id="no name, ARN or id"),
        pytest.param(
            {"ConfigRuleName": "x", "ConfigRuleId": "config-rule-abcdef", "Source": PROCESS_CHECK},
            "InvalidParameterValueException",
            id="a new rule with an id",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": {"Owner": "AWS", "SourceIdentifier": "NO_SUCH_RULE"}},
            "InvalidParameterValueException",
            id="unknown managed rule",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": {**PROCESS_CHECK, "SourceDetails": PERIODIC}},
            "InvalidParameterValueException",
            id="managed rule with source details",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": PROCESS_CHECK, "InputParameters": '{"a":"b"}'},
            "InvalidParameterValueException",
            id="managed rule with a parameter it does not know",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}},
            "InvalidParameterValueException",
            id="managed rule without its required parameter",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(SourceDetails=[])},
            "InvalidParameterValueException",
            id="function without source details",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "InputParameters": '{"days":90}'},
            "InvalidParameterValueException",
            id="parameter that is a number",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "InputParameters": "days=90"},
            "InvalidParameterValueException",
            id="parameters that are not JSON",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "InputParameters": f'{{"a":"{"b" * 1024}"}}'},
            "ValidationException",
            id="parameters over 1024 characters",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "Scope": {"TagValue": "v"}},
            "InvalidParameterValueException",
            id="scope with a tag value and no key",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "Scope": {"ComplianceResourceId": "i-1"}},
            "InvalidParameterValueException",
            id="scope with a resource id and no type",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "CreatedBy": "me.amazonaws.com"},
            "InvalidParameterValueException",
            id="a caller who says which service created it",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "ConfigRuleState": "DELETING"},
            "InvalidParameterValueException",
            id="a state that only AWS sets",
        ),
        pytest.param(
            {
                "ConfigRuleName": "x",
                "Source": lambda_source(
                    SourceDetails=[{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
                ),
            },
            "SandboxNotImplemented",
            id="change-triggered: the sandbox records nothing",
        ),
        pytest.param(
            {"ConfigRuleName": "x", "Source": lambda_source(), "EvaluationModes": [{"Mode": "PROACTIVE"}]},
            "SandboxNotImplemented",
            id="proactive",
        ),
    ],
)
def test_put_config_rule_refuses(ready: Any, rule: dict[str, Any], code: str) -> None:
    before = ready.config.describe_config_rules()["ConfigRules"]

    with pytest.raises(ClientError) as refusal:
        ready.config.put_config_rule(ConfigRule=rule)

    assert refusal.value.response["Error"]["Code"] == code
    assert ready.config.describe_config_rules()["ConfigRules"] == before


@pytest.mark.parametrize(
    ("names", "code"),
    [
        pytest.param(["judged", "missing"], "NoSuchConfigRuleException", id="one name is unknown"),
        pytest.param([f"rule-{number}" for number in range(26)], "ValidationException", id="26 names"),
        pytest.param(["attested"], "SandboxNotImplemented", id="a rule that a person answers"),
    ],
)
def test_start_config_rules_evaluation_refuses_and_starts_nothing(ready: Any, names: list[str], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        ready.config.start_config_rules_evaluation(ConfigRuleNames=names)

    assert work.pending() == 0


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        pytest.param({}, "ConformancePackTemplateValidationException", id="no template"),
        pytest.param({"TemplateBody": "a: b"}, "ConformancePackTemplateValidationException", id="no resources"),
        pytest.param({"TemplateBody": "#" * 51_201}, "ValidationException", id="over 51,200 characters"),
        pytest.param(
            {"TemplateBody": "é" * 25_601}, "ConformancePackTemplateValidationException", id="over 51,200 bytes"
        ),
        pytest.param(
            {
                "TemplateBody": ATTESTED,
                "ConformancePackInputParameters": [{"ParameterName": "Missing", "ParameterValue": "x"}],
            },
            "ConformancePackTemplateValidationException",
            id="a parameter the template has not",
        ),
        pytest.param(
            {
                "TemplateBody": ATTESTED,
                "ConformancePackInputParameters": [
                    {"ParameterName": f"P{number}", "ParameterValue": "x"} for number in range(61)
                ],
            },
            "at most 60 input parameters",
            id="61 parameters",
        ),
        pytest.param({"Source": {"SourceIdentifier": "X"}}, "SandboxNotImplemented", id="a managed pack"),
    ],
)
def test_put_conformance_pack_refuses(ready: Any, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        ready.config.put_conformance_pack(ConformancePackName="pack", **parameters)

    assert ready.config.describe_conformance_packs()["ConformancePackDetails"] == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        pytest.param(
            {"TemplateBody": "a: b"}, "OrganizationConformancePackTemplateValidationException", id="bad template"
        ),
        pytest.param(
            {"TemplateBody": ATTESTED, "DeliveryS3Bucket": "mine"},
            "ValidationException",
            id="a bucket not named awsconfigconforms",
        ),
        pytest.param(
            {"TemplateBody": ATTESTED, "OrganizationConformancePackName": "1pack"},
            "ValidationException",
            id="a name that begins with a digit",
        ),
        pytest.param({"TemplateBody": ATTESTED, "ExcludedAccounts": ["12"]}, "ValidationException", id="no account id"),
    ],
)
def test_put_organization_conformance_pack_refuses(ready: Any, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        ready.config.put_organization_conformance_pack(**{"OrganizationConformancePackName": "pack", **parameters})

    assert ready.config.describe_organization_conformance_packs()["OrganizationConformancePacks"] == []
