import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from rootguard.catalog import load_rules
from rootguard.derive.errors import DerivationError
from rootguard.derive.rules_template import rules_template
from rootguard.kit.rule import AnyRule, Frequency, Parameter
from rootguard.pack_names import logical_id
from rootguard.permissions import UnknownActionError
from rootguard.sandbox.template.text import load

type MakeRule = Callable[..., AnyRule]

RULES = load_rules()
TEMPLATE: Any = load(rules_template(RULES))
SIGNED: Any = load(rules_template(RULES, signed=True))
PER_RULE = {
    "LogGroup": "AWS::Logs::LogGroup",
    "Role": "AWS::IAM::Role",
    "Function": "AWS::Lambda::Function",
    "Permission": "AWS::Lambda::Permission",
    "FailureDestination": "AWS::Lambda::EventInvokeConfig",
    "ErrorsAlarm": "AWS::CloudWatch::Alarm",
    "SilenceAlarm": "AWS::CloudWatch::Alarm",
}


def arguments(value: Any, *functions: str) -> Iterator[Any]:
    """The arguments of every call of intrinsic functions."""
    if isinstance(value, dict):
        for name, argument in value.items():
            if name in functions:
                yield argument
            yield from arguments(argument, *functions)
    elif isinstance(value, list):
        for each in value:
            yield from arguments(each, *functions)


def statements(rule: AnyRule, template: Any = TEMPLATE) -> list[Any]:
    [policy] = template["Resources"][f"{logical_id(rule)}Role"]["Properties"]["Policies"]
    return list(policy["PolicyDocument"]["Statement"])


def test_every_rule_has_its_resources_and_nothing_else_is_there() -> None:
    expected = {f"{logical_id(rule)}{suffix}": kind for rule in RULES for suffix, kind in PER_RULE.items()}
    shared = {"FailureDestinationPolicy": "AWS::IAM::ManagedPolicy", "Pack": "AWS::Config::ConformancePack"}
    assert {name: resource["Type"] for name, resource in TEMPLATE["Resources"].items()} == expected | shared


def test_signed_code_makes_this_difference_and_no_other() -> None:
    signed = copy.deepcopy(SIGNED)
    assert signed["Parameters"].pop("SigningProfileVersionArn").keys() == {"Type", "AllowedPattern", "Description"}
    signing = signed["Resources"].pop("CodeSigning")
    assert (signing["Type"], signing.keys()) == ("AWS::Lambda::CodeSigningConfig", {"Type", "Properties"})
    assert signing["Properties"]["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    functions = [each for each in signed["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == len(RULES)
    for function in functions:
        assert function["Properties"].pop("CodeSigningConfigArn") == {"Ref": "CodeSigning"}
    assert signed | {"Metadata": None} == TEMPLATE | {"Metadata": None}


def test_service_managed_stack_sets_take_it() -> None:
    """They refuse macros, transforms and nested stacks."""
    text = rules_template(RULES)
    assert not TEMPLATE.keys() & {"Transform", "Mappings"}
    assert not re.search("Fn::Transform|AWS::Include|AWS::CloudFormation::(Stack|Macro|CustomResource)|Custom::", text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_role_may_do_what_its_rule_says_and_write_its_log(rule: AnyRule) -> None:
    found = [each for each in statements(rule) if each.get("Fn::If", [""])[0] != "FindingsAreOwn"]
    given = [each["Fn::If"][1] if "Fn::If" in each else each for each in found]
    granted = [action for each in given for action in each["Action"]]
    log = ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert sorted(granted) == sorted([*rule.actions, "config:PutEvaluations", *log])
    assert not [action for action in granted if "*" in action]
    [logs] = [each for each in given if each["Action"] == log]
    assert logs["Resource"] == {"Fn::GetAtt": [f"{logical_id(rule)}LogGroup", "Arn"]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_only_a_function_that_is_told_to_import_findings_may_and_knows_of_it(rule: AnyRule) -> None:
    nothing = {"Ref": "AWS::NoValue"}
    chosen = [each["Fn::If"] for each in statements(rule) if each.get("Fn::If", [""])[0] == "FindingsAreOwn"]
    hub = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}"
    assert {allow["Action"][0]: allow["Resource"]["Fn::Sub"] for _, allow, _ in chosen} == {
        "securityhub:BatchImportFindings": f"{hub}:product/${{AWS::AccountId}}/default",
        "securityhub:GetFindings": f"{hub}:hub/default",
    }
    assert [(len(allow["Action"]), otherwise) for _, allow, otherwise in chosen] == [(1, nothing)] * 2
    function = TEMPLATE["Resources"][f"{logical_id(rule)}Function"]["Properties"]
    variables = {"ROOTGUARD_SECURITY_HUB": "on", "ROOTGUARD_COMMIT": {"Ref": "ArtifactPrefix"}}
    assert function["Environment"] == {"Fn::If": ["FindingsAreOwn", {"Variables": variables}, nothing]}


def test_findings_are_imported_only_if_asked_for() -> None:
    assert TEMPLATE["Parameters"]["SecurityHubFindings"]["Default"] == "none"
    assert TEMPLATE["Conditions"]["FindingsAreOwn"] == {"Fn::Equals": [{"Ref": "SecurityHubFindings"}, "own"]}


def test_the_reader_role_is_assumed_only_if_one_is_given(make_rule: MakeRule) -> None:
    parameter = Parameter("OtherRoleArn", "A role.", ".*")
    rule = replace(make_rule(parameters=(parameter,)), actions=("iam:GetAccountSummary", "sts:AssumeRole"))
    template: Any = load(rules_template([rule]))
    name = "RootMadeUpOtherRoleArn"
    allow = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": {"Ref": name}}
    assert statements(rule, template)[-1] == {"Fn::If": [f"{name}IsGiven", allow, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"][f"{name}IsGiven"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_only_aws_config_of_the_account_may_invoke(rule: AnyRule) -> None:
    assert TEMPLATE["Resources"][f"{logical_id(rule)}Permission"]["Properties"] == {
        "FunctionName": {"Ref": f"{logical_id(rule)}Function"},
        "Action": "lambda:InvokeFunction",
        "Principal": "config.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


@pytest.mark.parametrize(
    ("frequency", "periods"),
    [
        pytest.param(Frequency.ONE_HOUR, 2, id="hourly"),
        pytest.param(Frequency.THREE_HOURS, 4, id="every three hours"),
        pytest.param(Frequency.SIX_HOURS, 7, id="every six hours"),
        pytest.param(Frequency.TWELVE_HOURS, 13, id="twice a day"),
        pytest.param(Frequency.TWENTY_FOUR_HOURS, 25, id="daily"),
    ],
)
def test_silence_alarms_an_hour_after_an_invocation_was_due(
    make_rule: MakeRule, frequency: Frequency, periods: int
) -> None:
    template: Any = load(rules_template([replace(make_rule(), frequency=frequency)]))
    alarm = template["Resources"]["RootMadeUpSilenceAlarm"]["Properties"]
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (3600, periods, "breaching")
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 604_800
    assert f"for {periods} hours" in alarm["AlarmDescription"]


@pytest.mark.parametrize("template", [TEMPLATE, SIGNED], ids=["plain", "signed"])
def test_every_parameter_is_used_described_labelled_and_checked(template: Any) -> None:
    parameters = template["Parameters"]
    rest = {name: template[name] for name in ("Conditions", "Resources")}
    substituted = {name for text in arguments(rest, "Fn::Sub") for name in re.findall(r"\$\{(\w+)\}", text)}
    assert set(arguments(rest, "Ref")) | substituted >= parameters.keys()
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(parameters)
    assert list(interface["ParameterLabels"]) == grouped
    for definition in parameters.values():
        assert definition.keys() & {"AllowedPattern", "AllowedValues"}
        assert definition["Description"]


def test_every_condition_is_used() -> None:
    conditions = {resource["Condition"] for resource in TEMPLATE["Resources"].values() if "Condition" in resource}
    assert conditions | {condition for condition, *_ in arguments(TEMPLATE, "Fn::If")} == TEMPLATE["Conditions"].keys()


def test_the_pack_comes_after_every_function_and_gets_its_parameters() -> None:
    pack = TEMPLATE["Resources"]["Pack"]
    assert pack["DependsOn"] == [f"{logical_id(rule)}Permission" for rule in RULES]
    passed = {
        each["ParameterName"]: each["ParameterValue"] for each in pack["Properties"]["ConformancePackInputParameters"]
    }
    assert passed == {name: {"Ref": name} for name in passed}
    own = {f"{logical_id(rule)}{each.name}" for rule in RULES for each in rule.own_parameters}
    assert passed.keys() == {"FunctionPrefix", "ExemptAccounts"} | own


@pytest.mark.parametrize(
    ("default", "given", "accepted"),
    [
        pytest.param("", "", True, id="nothing"),
        pytest.param("", "red", True, id="a value"),
        pytest.param("", "red and more", False, id="a value and more"),
        pytest.param("", "no, not red", False, id="a value after more"),
        pytest.param("green", "green", True, id="the other value"),
    ],
)
def test_a_rules_parameter_accepts_what_the_rule_accepts_and_nothing(
    make_rule: MakeRule, default: str, given: str, *, accepted: bool
) -> None:
    template: Any = load(rules_template([make_rule(parameters=(Parameter("Colour", "One.", "red|green", default),))]))
    definition = template["Parameters"]["RootMadeUpColour"]
    assert definition["Default"] == default
    assert bool(re.search(definition["AllowedPattern"], given)) == accepted


@pytest.mark.slow
def test_a_template_of_a_megabyte_is_the_largest(make_rule: MakeRule) -> None:
    def template(padding: int) -> str:
        return rules_template([make_rule(parameters=(Parameter("Text", "x" * (1 + padding), "x"),))])

    room = 1_000_000 - len(template(0).encode())
    assert len(template(room).encode()) == 1_000_000
    with pytest.raises(DerivationError, match=r"rules\.yaml has 1000001 bytes, CloudFormation takes 1000000"):
        template(room + 1)


def test_five_hundred_resources_are_the_most(make_rule: MakeRule) -> None:
    rules = [make_rule(f"root-{number}") for number in range(72)]
    assert rules_template(rules[:71], signed=True).count("\n    Type: AWS::") == 500
    with pytest.raises(DerivationError, match=r"^signed-rules\.yaml has 507 resources, CloudFormation takes 500"):
        rules_template(rules, signed=True)
    with pytest.raises(DerivationError, match=r"^rules\.yaml has 506 resources"):
        rules_template(rules)


def test_what_would_be_one_thing_in_the_template_is_refused(make_rule: MakeRule) -> None:
    with pytest.raises(DerivationError, match="RootMade1 would stand for both root-made-1 and root-made1"):
        rules_template([make_rule("root-made-1"), make_rule("root-made1")])


def test_an_action_that_nobody_has_looked_up_is_refused(make_rule: MakeRule) -> None:
    with pytest.raises(UnknownActionError, match="sqs:ListQueues"):
        rules_template([replace(make_rule(), actions=("sqs:ListQueues",))])
