import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rootguard.catalog import load_rules
from rootguard.derive.rdk_parameters import rdk_parameters
from rootguard.kit.rule import AnyRule, Parameter

RULES = load_rules()


def document(rule: AnyRule) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(rdk_parameters(rule))
    return loaded


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_parameters_say_what_the_rule_says(rule: AnyRule) -> None:
    found = document(rule)
    assert found.keys() == {"Version", "Parameters", "Tags"}
    assert json.loads(found["Tags"]) == []
    assert found["Parameters"] == {
        "RuleName": rule.name,
        "Description": rule.title,
        "SourceRuntime": "python3.13",
        "SourceHandler": f"{rule.name.replace('-', '_')}.lambda_handler",
        "EvaluationMode": "DETECTIVE",
        "CodeKey": f"{rule.name}.zip",
        "InputParameters": "{}",
        "OptionalParameters": found["Parameters"]["OptionalParameters"],
        "SourcePeriodic": str(rule.frequency),
        "RuleSets": ["rootguard", str(rule.severity)],
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_parameters_are_json_within_json(rule: AnyRule) -> None:
    """RDK loads the strings (rdk 1.0.0, `json.loads(rule_params["OptionalParameters"])`)."""
    optional = document(rule)["Parameters"]["OptionalParameters"]
    assert isinstance(optional, str)
    assert json.loads(optional) == {parameter.name: parameter.default for parameter in rule.parameters}


def test_quotes_survive_being_quoted_twice(make_rule: Callable[..., AnyRule]) -> None:
    default = 'a "quoted" \\ text √'
    rule = make_rule(title=default, parameters=(Parameter("Text", "Anything.", ".*", default),))
    parameters = document(rule)["Parameters"]
    assert parameters["Description"] == default
    assert json.loads(parameters["OptionalParameters"])["Text"] == default


def test_runtime_is_one_that_rdk_knows_and_adds_no_layer_to() -> None:
    """A runtime that ends in -lib gets a layer of somebody else's account (rdk 1.0.0, rdk.py)."""
    package = importlib.util.find_spec("rdk")
    assert package is not None
    source = Path(str(package.origin)).with_name("rdk.py").read_text("utf-8")
    runtime = document(RULES[0])["Parameters"]["SourceRuntime"]
    assert f'"{runtime}"' in source
    assert not runtime.endswith("-lib")
