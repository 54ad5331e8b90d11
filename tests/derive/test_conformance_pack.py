import json
import os
import random
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
import yaml

from rootguard.catalog import load_catalog, load_process_checks, load_rules
from rootguard.derive.conformance_pack import conformance_pack
from rootguard.derive.errors import DerivationError
from rootguard.kit.rule import EXEMPT_ACCOUNTS, AnyRule, Parameter
from rootguard.pack_names import logical_id

type MakeRule = Callable[..., AnyRule]

RULES = load_rules()
PACK = yaml.safe_load(conformance_pack(RULES))
ANY = r"(?s).*"


def parameters(count: int) -> tuple[Parameter, ...]:
    letters = product(string.ascii_lowercase, repeat=2)
    return tuple(Parameter(f"P{one}{two}", "Anything.", ANY) for one, two in islice(letters, count))


def references(value: Any, function: str) -> Iterator[Any]:
    """The arguments of every call of an intrinsic function."""
    if isinstance(value, dict):
        for name, argument in value.items():
            if name == function:
                yield argument
            yield from references(argument, function)
    elif isinstance(value, list):
        for each in value:
            yield from references(each, function)


def test_every_rule_is_a_resource_and_nothing_else_is() -> None:
    resources = PACK["Resources"]
    assert {resource["Type"] for resource in resources.values()} == {"AWS::Config::ConfigRule"}
    assert [resource["Properties"]["ConfigRuleName"] for resource in resources.values()] == [r.name for r in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_in_the_pack_what_its_module_says(rule: AnyRule) -> None:
    properties = PACK["Resources"][logical_id(rule)]["Properties"]
    assert properties["Description"] == rule.title
    assert properties["ConfigRuleName"] == rule.name
    assert properties["InputParameters"].keys() == {parameter.name for parameter in rule.parameters}
    assert properties["Source"] == {
        "Owner": "CUSTOM_LAMBDA",
        "SourceIdentifier": {
            "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
            f":function:${{FunctionPrefix}}{rule.name}"
        },
        "SourceDetails": [
            {
                "EventSource": "aws.config",
                "MessageType": "ScheduledNotification",
                "MaximumExecutionFrequency": str(rule.frequency),
            }
        ],
    }


def test_a_process_check_has_neither_function_nor_parameters() -> None:
    checks = load_process_checks()
    pack = yaml.safe_load(conformance_pack(checks))
    assert checks
    assert pack["Parameters"].keys() == {"FunctionPrefix"}
    assert pack["Resources"] == {
        logical_id(check): {
            "Type": "AWS::Config::ConfigRule",
            "Properties": {
                "ConfigRuleName": check.name,
                "Description": check.title,
                "Source": {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"},
            },
        }
        for check in checks
    }


def test_what_people_answer_and_what_functions_judge_stand_in_one_pack() -> None:
    pack = yaml.safe_load(conformance_pack(load_catalog()))
    names = [resource["Properties"]["ConfigRuleName"] for resource in pack["Resources"].values()]
    assert names == [rule.name for rule in load_catalog()]
    assert pack["Parameters"] == PACK["Parameters"]


def test_every_name_in_the_template_is_declared_in_it() -> None:
    declared = PACK["Parameters"].keys()
    assert set(references(PACK, "Ref")) <= declared | {"AWS::NoValue"}
    substituted = {name for text in references(PACK, "Fn::Sub") for name in re.findall(r"\$\{(.+?)\}", text)}
    assert substituted == {"AWS::Partition", "AWS::Region", "AWS::AccountId", "FunctionPrefix"}
    required = {resource["Condition"] for resource in PACK["Resources"].values() if "Condition" in resource}
    assert {condition for condition, *_ in references(PACK, "Fn::If")} | required == PACK["Conditions"].keys()
    assert all(parameter.keys() == {"Type", "Default"} for parameter in PACK["Parameters"].values())


def test_a_parameter_that_is_not_given_is_not_passed_on(make_rule: MakeRule) -> None:
    rule = make_rule(parameters=(Parameter("Colour", "A colour.", "red|green", "red"),))
    pack = yaml.safe_load(conformance_pack([rule]))
    passed = pack["Resources"]["RootMadeUp"]["Properties"]["InputParameters"]["Colour"]
    assert passed == {"Fn::If": ["RootMadeUpColourIsGiven", {"Ref": "RootMadeUpColour"}, {"Ref": "AWS::NoValue"}]}
    assert pack["Conditions"]["RootMadeUpColourIsGiven"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "RootMadeUpColour"}, ""]}]
    }
    assert pack["Parameters"]["RootMadeUpColour"] == {"Type": "String", "Default": "red"}


def test_a_rule_is_left_out_until_what_it_requires_is_given(make_rule: MakeRule) -> None:
    rule = make_rule(parameters=(Parameter("RoleArn", "A role.", ANY, required=True), Parameter("Text", "Any.", ANY)))
    pack = yaml.safe_load(conformance_pack([rule, make_rule("root-other")]))

    assert pack["Resources"]["RootMadeUp"]["Condition"] == "RootMadeUpRoleArnIsGiven"
    assert pack["Conditions"]["RootMadeUpRoleArnIsGiven"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "RootMadeUpRoleArn"}, ""]}]
    }
    assert pack["Resources"]["RootMadeUp"]["Properties"]["InputParameters"]["RoleArn"] == {"Ref": "RootMadeUpRoleArn"}
    assert "Condition" not in pack["Resources"]["RootOther"]


def test_one_required_parameter_is_all_that_the_pack_takes(make_rule: MakeRule) -> None:
    both = tuple(Parameter(name, "Needed.", ANY, required=True) for name in ("One", "Other"))
    with pytest.raises(DerivationError, match="RootMadeUpOne, RootMadeUpOther; the pack takes one"):
        conformance_pack([make_rule(parameters=both)])


def test_exempt_accounts_are_given_once_for_all_rules(make_rule: MakeRule) -> None:
    pack = yaml.safe_load(conformance_pack([make_rule("root-one"), make_rule("root-two")]))
    assert pack["Parameters"].keys() == {"FunctionPrefix", EXEMPT_ACCOUNTS.name}
    passed = [resource["Properties"]["InputParameters"] for resource in pack["Resources"].values()]
    assert passed[0] == passed[1]
    assert passed[0]["ExemptAccounts"]["Fn::If"][1] == {"Ref": EXEMPT_ACCOUNTS.name}


HOSTILE = {
    "a boolean of YAML": "yes",
    "a date": "2027-01-31",
    "an octal number": "0123",
    "indicators": "! & * # {}: [] - ? | > % @ ` ' \"",
    "beyond ASCII": "Wurzel √ 根",
    "white space": "  two lines\n and a tab\t",
    "longer than a line": "a: b " * 50,
    "CloudFormation's own signs": "${AWS::Region} {{resolve:ssm:x}}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_texts_arrive_as_they_are(make_rule: MakeRule, text: str) -> None:
    rule = make_rule(title=text, parameters=(Parameter("Text", "Anything.", ANY, text),))
    pack = yaml.safe_load(conformance_pack([rule]))
    assert pack["Resources"]["RootMadeUp"]["Properties"]["Description"] == text
    assert pack["Parameters"]["RootMadeUpText"]["Default"] == text


def test_output_is_the_same_in_every_order_and_process() -> None:
    shuffled = random.Random(0).sample(RULES, len(RULES))  # noqa: S311 - a shuffle, not a secret
    assert shuffled != list(RULES)
    assert yaml.safe_load(conformance_pack(shuffled)) == PACK
    assert conformance_pack(RULES) == conformance_pack(RULES)
    program = (
        "import sys; from rootguard.catalog import load_rules; from rootguard.derive import conformance_pack;"
        "sys.stdout.write(conformance_pack(load_rules()))"
    )
    seed = {"PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=seed
    )
    assert done.stdout == conformance_pack(RULES)


def test_sixty_parameters_are_the_most(make_rule: MakeRule) -> None:
    pack = yaml.safe_load(conformance_pack([make_rule(parameters=parameters(58))]))
    assert len(pack["Parameters"]) == 60
    with pytest.raises(DerivationError, match="the pack has 61 parameters, AWS Config takes 60"):
        conformance_pack([make_rule("root-a"), make_rule("root-b", parameters=parameters(59))])


def test_a_template_of_51200_bytes_is_the_largest(make_rule: MakeRule) -> None:
    def pack(padding: int) -> str:
        """Of 70 rules, whose titles take `padding` bytes more than they must."""
        titles = ["x" * (1 + min(255, max(0, padding - 255 * position))) for position in range(70)]
        return conformance_pack([make_rule(f"root-{number:02}", title=title) for number, title in enumerate(titles)])

    room = 51_200 - len(pack(0).encode())
    assert len(pack(room).encode()) == 51_200
    with pytest.raises(DerivationError, match="the pack's template has 51201 bytes, AWS Config takes 51200"):
        pack(room + 1)


def test_1024_characters_of_input_parameters_are_the_most(make_rule: MakeRule) -> None:
    def rule(length: int) -> AnyRule:
        return make_rule(parameters=(Parameter("Text", "Anything.", ANY, "x" * length),))

    rest = 1_024 - len(json.dumps({"Text": "", EXEMPT_ACCOUNTS.name: ""}))
    assert "x" * rest in conformance_pack([rule(rest)])
    with pytest.raises(DerivationError, match="root-made-up: 1025 characters of parameters, AWS Config takes 1024"):
        conformance_pack([rule(rest + 1)])


@pytest.mark.parametrize(
    ("names", "clash"),
    [
        pytest.param({"root-made": "UpText", "root-made-up": "Text"}, "RootMadeUpText", id="parameters"),
        pytest.param({"root-made-1": "Text", "root-made1": "Text"}, "RootMade1", id="rules"),
    ],
)
def test_what_would_be_one_thing_in_the_pack_is_refused(make_rule: MakeRule, names: dict[str, str], clash: str) -> None:
    rules = [make_rule(name, parameters=(Parameter(own, "Anything.", ANY),)) for name, own in names.items()]
    with pytest.raises(DerivationError, match=f"{clash} would stand for both .+ and"):
        conformance_pack(rules)


@pytest.mark.slow
def test_cfn_lint_finds_nothing_at_any_level(make_rule: MakeRule, tmp_path: Path) -> None:
    texts = [text.strip() for text in HOSTILE.values() if "resolve" not in text]
    extreme = [make_rule(f"root-{number}", title=text, parameters=parameters(3)) for number, text in enumerate(texts)]
    templates = {"ours.yaml": conformance_pack(load_catalog()), "extreme.yaml": conformance_pack(extreme)}
    for name, text in templates.items():
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(  # noqa: S603 - cfn-lint's own entry point
        [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--template", *templates],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
