"""What every template owes to those who read it and to those who fill in its parameters."""

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from rootguard.catalog import templates_directory
from rootguard.sandbox.template.text import load

PACK = "conformance-pack.yaml"
"""AWS Config's, not CloudFormation's: it takes neither outputs nor what is said of parameters."""
NAMES = sorted(path.name for path in templates_directory().glob("*.yaml"))
STACKS = [name for name in NAMES if name != PACK]


def text(name: str) -> str:
    return (templates_directory() / name).read_text("utf-8")


@cache
def template(name: str) -> Any:
    return load(text(name))


def unchecked(parameter: dict[str, Any]) -> bool:
    """Whether CloudFormation takes any value for it."""
    if parameter["Type"] == "Number":
        return not ("AllowedValues" in parameter or {"MinValue", "MaxValue"} <= parameter.keys())
    return not {"AllowedPattern", "AllowedValues"} & parameter.keys()


@pytest.mark.parametrize("name", STACKS)
def test_it_says_what_it_is(name: str) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html
    assert 0 < len(template(name)["Description"].encode()) <= 1024
    assert template(name)["Outputs"]
    assert all(output["Description"] for output in template(name)["Outputs"].values())


@pytest.mark.parametrize("name", STACKS)
def test_every_parameter_is_described_checked_and_in_one_group(name: str) -> None:
    parameters = template(name)["Parameters"]
    interface = template(name)["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [each for group in interface["ParameterGroups"] for each in group["Parameters"]]
    assert Counter(grouped) == Counter(parameters.keys())
    assert interface.get("ParameterLabels", {}).keys() <= parameters.keys()
    assert [each for each, parameter in parameters.items() if not parameter.get("Description")] == []
    assert [each for each, parameter in parameters.items() if unchecked(parameter)] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_of_no_partition(name: str) -> None:
    assert "arn:aws:" not in text(name)
    assert "Transform" not in template(name)  # service-managed StackSets refuse macros


@pytest.mark.parametrize("name", NAMES)
def test_every_skipped_check_is_explained(name: str) -> None:
    resources = template(name)["Resources"].values()
    skips = [skip for each in resources for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", [])]
    assert [skip["id"] for skip in skips if len(skip.get("comment", "").split()) < 4] == []
    assert text(name).count("CKV_") == len(skips)


@pytest.mark.parametrize("name", ["reader-role.yaml", "root-audit-role.yaml"])
def test_a_role_says_which_parameters_of_the_rollout_want_it(name: str) -> None:
    said = template(name)["Description"], template(name)["Outputs"]["RoleArn"]["Description"]
    described, put_out = (set(re.findall(r"\w+RoleArn", each)) for each in said)
    assert described == put_out
    assert described <= template("organization.yaml")["Parameters"].keys() & template(PACK)["Parameters"].keys()
    assert described
