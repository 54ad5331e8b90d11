"""What a rule and its parameters must be, and how given parameters are read."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.kit.errors import InvalidParameters
from rootguard.kit.rule import EXEMPT_ACCOUNTS, Control, Controls, Parameter, Severity

DAYS = Parameter("MaximumDays", "Days since the last use: 90", r"\d{1,4}", "90")
ROLE = Parameter("ReaderRole", "Name of a role", r"[\w+=,.@-]+")

RULE = sample_rule(own_parameters=(DAYS, ROLE))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"name": "root_sample"}, "not kebab case", id="name in snake case"),
        pytest.param({"name": "Root-sample"}, "not kebab case", id="name with a capital"),
        pytest.param({"name": "root--sample"}, "not kebab case", id="name with two hyphens"),
        pytest.param({"name": ""}, "not kebab case", id="no name"),
        pytest.param({"name": "r" * 47}, "at most 46 characters", id="name too long for RDK's function"),
        pytest.param({"title": ""}, "1 to 256 characters", id="no title"),
        pytest.param({"title": "t" * 257}, "1 to 256 characters", id="title too long for AWS Config"),
        pytest.param({"actions": ("iam:Get*",)}, "iam:Get", id="wildcard"),
        pytest.param({"actions": ("*",)}, "whole IAM actions", id="everything"),
        pytest.param({"actions": ("sns:A", "iam:A")}, "sorted", id="actions not sorted"),
        pytest.param({"actions": ("iam:A", "iam:A")}, "each once", id="action twice"),
        pytest.param({"assumed_actions": ("sts:AssumeRoot",)}, "need sts:AssumeRole", id="assumed by nobody"),
        pytest.param(
            {"actions": ("iam:A", "sts:AssumeRole"), "assumed_actions": ("iam:A",)}, "`actions` only", id="both ways"
        ),
        pytest.param(
            {"actions": ("sts:AssumeRole",), "assumed_actions": ("iam:Get*",)}, "whole IAM", id="assumed wildcard"
        ),
        pytest.param({"outcomes": (FINE,)}, "can say COMPLIANT and NON_COMPLIANT", id="cannot fail"),
        pytest.param({"outcomes": (WRONG,)}, "can say COMPLIANT and NON_COMPLIANT", id="cannot pass"),
    ],
)
def test_a_rule_that_could_not_be_deployed_does_not_exist(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(RULE, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": "r" * 46}, id="longest name"),
        pytest.param({"title": "t" * 256}, id="longest title"),
        pytest.param({"actions": ()}, id="no actions"),
        pytest.param({"actions": ("iam:A", "iam:B", "sns:A")}, id="several actions"),
        pytest.param({"actions": ("sts:AssumeRole",), "assumed_actions": ("iam:A", "sts:B")}, id="assumed actions"),
    ],
)
def test_a_rule_at_its_limits(changes: dict[str, Any]) -> None:
    rule = dataclasses.replace(RULE, **changes)
    assert {name: getattr(rule, name) for name in changes} == changes


@pytest.mark.parametrize(
    ("name", "pattern", "default", "message"),
    [
        ("maximumDays", r"\d+", "", "UpperCamelCase"),
        ("Maximum_Days", r"\d+", "", "UpperCamelCase"),
        ("MaximumDays", r"\d+", "many", "does not match its own pattern"),
        ("MaximumDays", r"\d", "90", "does not match its own pattern"),
    ],
)
def test_a_parameter_that_contradicts_itself_does_not_exist(
    name: str, pattern: str, default: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Parameter(name, "", pattern, default)


def test_a_rule_knows_its_module_and_all_its_parameters() -> None:
    assert RULE.module == "root_sample"
    assert RULE.parameters == (DAYS, ROLE, EXEMPT_ACCOUNTS)


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        pytest.param({}, {}, id="nothing: the defaults"),
        pytest.param({"MaximumDays": ""}, {}, id="empty: the default"),
        pytest.param({"MaximumDays": "  "}, {}, id="blank: the default"),
        pytest.param({"MaximumDays": " 30\n"}, {"MaximumDays": "30"}, id="spaces around a value"),
        pytest.param({"ReaderRole": "reader"}, {"ReaderRole": "reader"}, id="one without a default"),
    ],
)
def test_parameters_are_all_there_after_parsing(given: Mapping[str, object], parsed: dict[str, str]) -> None:
    assert RULE.parse(given) == {"MaximumDays": "90", "ReaderRole": "", "ExemptAccounts": ""} | parsed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"MaximumDays": "ninety"},
            "MaximumDays is 'ninety'; expected: Days since the last use: 90",
            id="value that does not match",
        ),
        pytest.param({"MaximumDays": "90 days"}, "MaximumDays is '90 days'; expected", id="value that matches in part"),
        pytest.param(
            {"MaximumDays": 90}, "MaximumDays is 90; AWS Config passes every parameter as a string", id="a number"
        ),
        pytest.param({"MaximumDays": None}, "MaximumDays is None; AWS Config passes", id="null"),
        pytest.param(
            {"maximumDays": "90", "AssumeRoleMode": "true"},
            "root-sample has no parameter AssumeRoleMode, maximumDays; it has MaximumDays, ReaderRole, ExemptAccounts",
            id="unknown names, one in the wrong case",
        ),
    ],
)
def test_a_malformed_parameter_is_named(given: Mapping[str, object], message: str) -> None:
    with pytest.raises(InvalidParameters) as raised:
        RULE.parse(given)
    assert str(raised.value).startswith(message)


def test_controls_come_one_by_one_with_framework_and_version() -> None:
    controls = Controls(
        cis={"1.4.0": "1.5", "7.0.0": "2.5"}, fsbp=("IAM.6",), nist_800_53_r5=("AC-6",), pci_dss_4_0_1=("8.4.2",)
    )
    assert tuple(controls) == (
        Control("CIS AWS Foundations Benchmark", "1.4.0", "1.5"),
        Control("CIS AWS Foundations Benchmark", "7.0.0", "2.5"),
        Control("AWS Foundational Security Best Practices", "1.0.0", "IAM.6"),
        Control("NIST SP 800-53", "Rev. 5", "AC-6"),
        Control("PCI DSS", "4.0.1", "8.4.2"),
    )
    assert tuple(Controls()) == ()


def test_severities_rank_from_the_gravest() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
    assert sorted((Severity.LOW, Severity.CRITICAL, Severity.MEDIUM), key=lambda one: one.rank) == [
        Severity.CRITICAL,
        Severity.MEDIUM,
        Severity.LOW,
    ]
