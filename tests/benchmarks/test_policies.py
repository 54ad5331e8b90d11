"""The peers are asked for what our rules ask for, as far as they can answer."""

import json
from typing import Any

import yaml
from tests.benchmarks.contestants import CHECKS, POLICIES

from rootguard.catalog import load_rules


def policies() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(POLICIES.read_text("utf-8"))["policies"]
    return found


def test_a_policy_per_rule_or_a_word_why_not() -> None:
    written = [policy["name"] for policy in policies()]
    comments = [line for line in POLICIES.read_text("utf-8").splitlines() if line.startswith("#")]
    excused = {word for line in comments for word in line.split()}
    rules = {rule.name for rule in load_rules()}
    assert len(written) == len(set(written))
    assert set(written) <= rules
    assert rules - set(written) <= excused


def test_every_policy_is_of_the_account_and_filters() -> None:
    for policy in policies():
        assert policy["resource"] == "aws.account"
        assert policy["filters"]
        assert all("type" in each or "or" in each for each in policy["filters"])


def test_prowlers_checks_are_a_list_of_names() -> None:
    checks = json.loads(CHECKS.read_text("utf-8"))
    assert list(checks) == ["aws"]
    assert len(set(checks["aws"])) == len(checks["aws"]) == 8
    assert all(check.replace("_", "").isalnum() for check in checks["aws"])
