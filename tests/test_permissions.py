"""The IAM statements of rules' roles."""

from collections.abc import Callable

import pytest
from tests.sample_rule import sample_rule

from rootguard.catalog import load_rules
from rootguard.kit.rule import AnyRule, Parameter
from rootguard.permissions import (
    FINDING_ACTIONS,
    RESOURCES,
    UnknownActionError,
    execution_policy,
    finding_grants,
    grants,
    reader_role_parameters,
)

RULES = {rule.name: rule for rule in load_rules()}
READER_ROLE = "arn:aws-cn:iam::444455556666:role/reader"


def rule(*actions: str, parameters: tuple[Parameter, ...] = ()) -> AnyRule:
    return sample_rule(name="root-made-up", actions=actions, own_parameters=parameters)


def granted(found: AnyRule) -> dict[str, str]:
    return {action: grant.resource for grant in grants(found) for action in grant.actions}


@pytest.mark.parametrize("found", RULES.values(), ids=RULES)
def test_a_rule_is_granted_its_actions_and_its_result_and_nothing_else(found: AnyRule) -> None:
    assert granted(found).keys() == {*found.actions, "config:PutEvaluations"} - {"sts:AssumeRole"}


def test_findings_are_a_grant_of_their_own_on_the_accounts_own_product_and_hub() -> None:
    hub = "arn:${AWS::Partition}:securityhub:${AWS::Region}:${AWS::AccountId}"
    granted_besides = {action: grant.resource for grant in finding_grants() for action in grant.actions}
    assert granted_besides == {
        "securityhub:BatchImportFindings": f"{hub}:product/${{AWS::AccountId}}/default",
        "securityhub:GetFindings": f"{hub}:hub/default",
    }
    assert granted_besides.keys() == set(FINDING_ACTIONS)


def test_no_grant_has_a_wildcard_in_its_action() -> None:
    assert not [action for action in RESOURCES if "*" in action or "?" in action]


def test_resources_are_of_the_partition_and_of_the_account_where_they_can_be() -> None:
    policy = execution_policy(RULES["root-alarm-present"], "111122223333", "aws-cn")
    resources = {str(statement["Resource"]): statement["Action"] for statement in policy["Statement"]}
    assert resources == {
        "*": [
            "cloudtrail:DescribeTrails",
            "cloudwatch:DescribeAlarms",
            "config:PutEvaluations",
            "events:ListRules",
            "events:TestEventPattern",
            "logs:TestMetricFilter",
        ],
        "arn:aws-cn:cloudtrail:*:*:trail/*": ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"],
        "arn:aws-cn:events:*:111122223333:rule/*": ["events:ListTargetsByRule"],
        "arn:aws-cn:logs:*:111122223333:log-group:*": ["logs:DescribeMetricFilters"],
        "arn:aws-cn:sns:*:*:*": ["sns:ListSubscriptionsByTopic"],
    }


@pytest.mark.parametrize(
    ("found", "arn", "statements"),
    [
        pytest.param(RULES["root-alarm-present"], "", [], id="no role given"),
        pytest.param(
            RULES["root-alarm-present"],
            READER_ROLE,
            [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": READER_ROLE}],
            id="the role given",
        ),
        pytest.param(RULES["root-mfa-enabled"], READER_ROLE, [], id="a rule that assumes none"),
    ],
)
def test_a_role_may_be_assumed_only_if_it_is_the_reader_role(
    found: AnyRule, arn: str, statements: list[dict[str, str]]
) -> None:
    policy = execution_policy(found, "111122223333", reader_role_arn=arn)
    assert [each for each in policy["Statement"] if "sts:AssumeRole" in each["Action"]] == statements


def test_a_rule_assumes_roles_exactly_if_a_parameter_names_them() -> None:
    for found in RULES.values():
        assert ("sts:AssumeRole" in found.actions) == bool(reader_role_parameters(found))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: grants(rule("iam:GetUser", "sqs:ListQueues")), id="grants"),
        pytest.param(lambda: execution_policy(rule("sqs:ListQueues"), "111122223333"), id="a policy"),
    ],
)
def test_an_action_that_nobody_has_looked_up_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UnknownActionError, match=r"root-made-up: look up .+ sqs:ListQueues can be narrowed to"):
        make()
