"""organization.yaml as a stack of the management account: functions and pack in every account, and in later ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.templates.rollout.members import FUNCTIONS, LEFT_OUT, PACK, STACK, Organization

from rootguard.catalog import load_rules
from rootguard.sandbox.background import idle
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

pytestmark = pytest.mark.slow

JUDGED = sorted({rule.name for rule in load_rules()} - {LEFT_OUT})


def test_every_account_gets_functions_and_pack_later_ones_too_and_verdicts(organization: Organization) -> None:
    members = [organization.add("first"), organization.add("second", organization.inner)]
    organization.deploy_to_itself()

    outputs = organization.deploy()

    assert outputs["StackSetId"].startswith("rootguard-rules:")
    assert ":organization-conformance-pack/rootguard-" in outputs["PackArn"]
    for account_id in (organization.management, *members):
        assert organization.functions(account_id) == FUNCTIONS
        assert organization.pack_rules(account_id) == PACK

    state(Settings).evaluate_on_creation = True
    later = organization.add("later")
    assert idle(60)

    assert organization.functions(later) == FUNCTIONS
    assert organization.pack_rules(later) == PACK
    assert organization.judged(later) == JUDGED
    assert set(organization.pack_statuses().values()) <= {"CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL"}


@dataclass(frozen=True)
class Reach:
    """Who is to get what, by name: outside and beyond the units, in the outer and in the inner one."""

    functions: frozenset[str]
    pack: frozenset[str]


@pytest.mark.parametrize(
    ("unit", "parameters", "reach"),
    [
        pytest.param(
            "root",
            {"ExcludedAccounts": "outer,inner"},
            Reach(frozenset({"outside"}), frozenset({"outside", "management"})),
            id="without two accounts",
        ),
        pytest.param(
            "root",
            {"ExcludedAccounts": "outer", "PackExcludedAccounts": "management"},
            Reach(frozenset({"outside", "inner"}), frozenset({"outside", "inner"})),
            id="without an account, and the management account without the pack",
        ),
        pytest.param(
            "outer",
            {"PackExcludedAccounts": "outside,management"},
            Reach(frozenset({"outer", "inner"}), frozenset({"outer", "inner"})),
            id="one unit and the one in it",
        ),
        pytest.param(
            "outer",
            {"ExcludedAccounts": "outer", "PackDeployment": "stackset"},
            Reach(frozenset({"inner"}), frozenset({"inner"})),
            id="the pack in each account's stack",
        ),
    ],
)
def test_who_gets_functions_and_pack(
    organization: Organization, unit: str, parameters: dict[str, str], reach: Reach
) -> None:
    ids = {
        "management": organization.management,
        "outside": organization.add("outside"),
        "outer": organization.add("outer", organization.outer),
        "inner": organization.add("inner", organization.inner),
    }
    organization.deploy_to_itself()

    given = {name: ",".join(ids.get(each, each) for each in value.split(",")) for name, value in parameters.items()}
    outputs = organization.deploy({"root": organization.root, "outer": organization.outer}[unit], **given)

    functions = {name for name, account_id in ids.items() if organization.functions(account_id) == FUNCTIONS}
    assert functions == reach.functions | {"management"}
    assert {name for name, account_id in ids.items() if organization.pack_rules(account_id) == PACK} == reach.pack
    assert ("PackArn" in outputs) == ("PackDeployment" not in parameters)


def test_an_account_that_the_stack_set_has_not_reached_fails_the_pack_and_gets_it_later(
    organization: Organization,
) -> None:
    """The functions come to an account outside the units once it is moved into one."""
    organization.deploy_to_itself()
    organization.add("first", organization.outer)
    organization.deploy(organization.outer)

    later = organization.add("later")
    assert idle(60)
    assert organization.pack_statuses()[later] == "CREATE_FAILED"
    assert organization.functions(later) == []

    move = {"AccountId": later, "SourceParentId": organization.root, "DestinationParentId": organization.outer}
    organization.organizations.move_account(**move)
    assert idle(60)

    assert organization.pack_statuses()[later] == "CREATE_SUCCESSFUL"
    assert organization.functions(later) == FUNCTIONS
    assert organization.pack_rules(later) == PACK


def test_nothing_is_left_of_a_deleted_stack(organization: Organization, remove: Callable[[Any, str], None]) -> None:
    member = organization.add("member")
    organization.deploy_to_itself()
    organization.deploy()

    remove(organization.cloudformation, STACK)
    assert idle(60)

    assert organization.functions(member) == organization.pack_rules(member) == []
    assert organization.pack_rules(organization.management) == []
    assert organization.cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    roles = organization.client(organization.management, "iam").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles if "redeployment" in role["RoleName"]] == []
