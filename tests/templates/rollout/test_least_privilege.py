"""The roles of rules.yaml as deployed: each suffices for its rule, each of their actions is needed, no other allowed.

Everything follows from the catalogue: a new rule is tested as soon as tests/scenarios.py makes it call what it
declares.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.scenarios import SCENARIOS, Place
from tests.templates.rollout.stage import FAILED, Stage, deploy

from rootguard.catalog import load_rules
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import RUNTIME_ACTIONS
from rootguard.permissions import FINDING_ACTIONS, LOG_ACTIONS, RESOURCES
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

RULES = load_rules()
QUICK = min(RULES, key=lambda rule: len(rule.actions))
"""The rule whose tests are not slow."""

BUS_ACTIONS = ("events:PutEvents",)
TOPIC_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "sns:Publish")
PUT = "config:PutEvaluations"

type Stages = Callable[..., Stage]


def case(rule: AnyRule, *more: str) -> Any:
    marks = () if rule is QUICK else pytest.mark.slow
    return pytest.param(rule, *more, id=" ".join((rule.name, *more)), marks=marks)


def declared(rule: AnyRule) -> list[str]:
    return sorted({*rule.actions, *RUNTIME_ACTIONS})


EACH_RULE = [case(rule) for rule in RULES]
EVIDENCE = [case(rule, action) for rule in RULES for action in declared(rule)]
NARROWED = [case(rule, action) for rule in RULES for action in declared(rule) if RESOURCES.get(action) != "*"]
LOGGED = [case(rule, action) for rule in RULES for action in LOG_ACTIONS]


@pytest.fixture(scope="module")
def stages(sandbox: Sandbox, administrators: Administrators, artifacts: Any) -> Stages:
    """The rules in an account of an organization of its own, per rule, number of its scenario, and parameters."""
    state(Settings).evaluate_on_creation = False
    state(Settings).minimum_interval = timedelta(0)
    numbers, made = itertools.count(1), dict[tuple[str, int, str, str], Stage]()

    def get(rule: AnyRule, number: int = 0, destination: str = "bus", findings: str = "none") -> Stage:
        key = rule.name, number, destination, findings
        if key not in made:
            place = Place.found(sandbox, administrators, f"{next(numbers):012}")
            made[key] = deploy(rule, SCENARIOS[rule.name][number], place, artifacts, destination, findings=findings)
        return made[key]

    return get


@pytest.fixture(scope="module")
def calling(stages: Stages) -> Callable[[AnyRule, str], Stage]:
    """An account in which the rule calls an action, if possible one in which its verdict hangs on it."""
    calls: dict[tuple[str, int], frozenset[str]] = {}

    def get(rule: AnyRule, action: str) -> Stage:
        found: list[Stage] = []
        for number, scenario in enumerate(SCENARIOS.get(rule.name, ())):
            stage = stages(rule, number)
            if (rule.name, number) not in calls:
                calls[rule.name, number] = stage.called()
            if action in calls[rule.name, number]:
                found.append(stage)
                if action not in scenario.unneeded:
                    return stage
        assert found, unreached(rule, action)
        return found[0]

    return get


def unreached(rule: AnyRule, action: str) -> str:
    return (
        f"no scenario makes {rule.name} call {action}, which it declares: add to SCENARIOS[{rule.name!r}] in "
        "tests/scenarios.py one whose set_up brings an account there, or take the action out of its RULE"
    )


def assert_it_is_missed(stage: Stage, action: str) -> None:
    """The evaluation fails for want of the action; a scenario that can do without it tells in the reason."""
    compliance, reason = stage.evaluate()
    assert action in reason
    assert compliance == (stage.scenario.compliance if action in stage.scenario.unneeded else FAILED)


@pytest.mark.parametrize("rule", EACH_RULE)
def test_a_role_grants_what_is_tested_here_and_nothing_else(rule: AnyRule, stages: Stages) -> None:
    granted = [stages(rule, number).grants.actions() for number in range(len(SCENARIOS[rule.name]))]
    assert all(len(actions) == len(set(actions)) for actions in granted)
    assert set(itertools.chain(*granted)) == {*declared(rule), *LOG_ACTIONS, *BUS_ACTIONS}


@pytest.mark.parametrize(("rule", "action"), EVIDENCE)
def test_an_action_can_be_used_and_cannot_be_left_out(
    rule: AnyRule, action: str, calling: Callable[[AnyRule, str], Stage]
) -> None:
    stage = calling(rule, action)
    with stage.grants.without(action):
        assert_it_is_missed(stage, action)
    assert stage.evaluate()[0] == stage.scenario.compliance


@pytest.mark.parametrize(("rule", "action"), NARROWED)
def test_an_action_on_resources_of_another_account_does_not_do(
    rule: AnyRule, action: str, calling: Callable[[AnyRule, str], Stage]
) -> None:
    stage = calling(rule, action)
    with stage.grants.elsewhere(action):
        assert_it_is_missed(stage, action)


def test_a_rule_without_a_scenario_for_an_action_is_told_what_to_add(
    calling: Callable[[AnyRule, str], Stage],
) -> None:
    with pytest.raises(AssertionError, match=rf"add to SCENARIOS\['{QUICK.name}'\] in tests/scenarios\.py"):
        calling(QUICK, "iam:ListUsers")


@pytest.mark.parametrize("rule", EACH_RULE)
def test_the_role_lets_the_function_log(rule: AnyRule, stages: Stages) -> None:
    stage = stages(rule)
    stage.log()
    compliance, _ = stage.evaluate()
    [messages] = stage.log()
    [line] = [json.loads(each) for each in messages if each.startswith("{")]
    assert (line["rule"], line["compliance"]) == (rule.name, compliance)


@pytest.mark.parametrize("limit", ["without", "elsewhere"])
@pytest.mark.parametrize(("rule", "action"), LOGGED)
def test_nothing_is_logged_without(rule: AnyRule, action: str, limit: str, stages: Stages) -> None:
    stage = stages(rule)
    stage.log()
    with getattr(stage.grants, limit)(action):
        assert stage.evaluate()[0] == stage.scenario.compliance
    assert stage.log() == ([] if action == "logs:CreateLogStream" else [[]])


def failing(stage: Stage) -> list[str]:
    """What arrives at the destination of an evaluation that fails for a missing permission."""
    stage.failures()
    with stage.grants.without(PUT):
        assert stage.evaluate()[0] == FAILED
    return [record["responsePayload"]["errorMessage"] for record in stage.failures()]


@pytest.mark.parametrize("rule", EACH_RULE)
def test_the_role_lets_failures_reach_a_bus(rule: AnyRule, stages: Stages) -> None:
    [message] = failing(stages(rule))
    assert PUT in message


@pytest.mark.parametrize("limit", ["without", "elsewhere"])
@pytest.mark.parametrize(("rule", "action"), [case(rule, action) for rule in RULES for action in BUS_ACTIONS])
def test_no_failure_reaches_a_bus_without(rule: AnyRule, action: str, limit: str, stages: Stages) -> None:
    stage = stages(rule)
    with getattr(stage.grants, limit)(action):
        assert failing(stage) == []


@pytest.mark.slow
def test_the_role_lets_failures_reach_an_encrypted_topic(stages: Stages) -> None:
    stage = stages(QUICK, destination="topic")
    assert stage.grants.actions() == sorted([*declared(QUICK), *LOG_ACTIONS, *TOPIC_ACTIONS])
    [message] = failing(stage)
    assert PUT in message


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["without", "elsewhere"])
@pytest.mark.parametrize("action", TOPIC_ACTIONS)
def test_no_failure_reaches_an_encrypted_topic_without(action: str, limit: str, stages: Stages) -> None:
    stage = stages(QUICK, destination="topic")
    with getattr(stage.grants, limit)(action):
        assert failing(stage) == []


@pytest.mark.slow
def test_the_role_lets_the_function_keep_a_finding(stages: Stages) -> None:
    stage = stages(QUICK, findings="own")
    assert stage.grants.actions() == sorted([*declared(QUICK), *LOG_ACTIONS, *BUS_ACTIONS, *FINDING_ACTIONS])
    before = stage.findings()
    assert stage.evaluate()[0] == stage.scenario.compliance
    [(name, updated)] = stage.findings()
    assert QUICK.name in name
    assert (name, updated) not in before


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["without", "elsewhere"])
@pytest.mark.parametrize("action", FINDING_ACTIONS)
def test_no_finding_is_kept_without_and_the_evaluation_stands(action: str, limit: str, stages: Stages) -> None:
    stage = stages(QUICK, findings="own")
    stage.evaluate()
    before, _ = stage.findings(), stage.log()
    with getattr(stage.grants, limit)(action):
        assert stage.evaluate()[0] == stage.scenario.compliance
    assert stage.findings() == before
    assert any(action in message for messages in stage.log() for message in messages)


def attempts(stage: Stage) -> Iterator[tuple[str, Callable[[], object]]]:
    """Calls that no rule needs, by action."""
    session: Any = stage.session()
    account_id, own = stage.place.account_id, stage.role_name
    yield "iam:ListUsers", session.client("iam").list_users
    yield (
        "iam:AttachRolePolicy",
        lambda: session.client("iam").attach_role_policy(
            RoleName=own, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
    )
    yield "iam:CreateAccessKey", lambda: session.client("iam").create_access_key(UserName="anybody")
    yield (
        "sts:AssumeRole",
        lambda: session.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/open", RoleSessionName="rootguard"
        ),
    )
    yield "config:DescribeConfigRules", session.client("config").describe_config_rules
    yield "lambda:InvokeFunction", lambda: session.client("lambda").invoke(FunctionName=own)
    yield "s3:ListAllMyBuckets", session.client("s3").list_buckets
    yield "logs:DescribeLogGroups", session.client("logs").describe_log_groups
    yield from _logging(session, f"/aws/lambda/{_another(stage)}")


def _another(stage: Stage) -> str:
    return next(f"rootguard-{rule.name}" for rule in RULES if rule is not stage.rule)


def _logging(session: Any, group: str) -> Sequence[tuple[str, Callable[[], object]]]:
    stream = {"logGroupName": group, "logStreamName": "forged"}
    logs = session.client("logs")
    return (
        ("logs:CreateLogStream", lambda: logs.create_log_stream(**stream)),
        ("logs:PutLogEvents", lambda: logs.put_log_events(**stream, logEvents=[{"timestamp": 1, "message": "x"}])),
    )


@pytest.mark.parametrize("rule", EACH_RULE)
def test_the_role_allows_nothing_that_is_not_declared(rule: AnyRule, stages: Stages) -> None:
    stage = stages(rule)
    trust = {"Effect": "Allow", "Principal": {"AWS": stage.place.account_id}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    stage.client("iam").create_role(RoleName="open", AssumeRolePolicyDocument=document)
    others = {"sts:AssumeRole", *LOG_ACTIONS}  # which a role has on its own reader role and log group
    for action, call in attempts(stage):
        if action in set(rule.actions) - others:
            continue
        with pytest.raises(ClientError, match=f"is not authorized to perform: {action} ") as refused:
            call()
        assert refused.value.response["Error"]["Code"].startswith("AccessDenied")
