"""From which accounts one can deploy, and which accounts of the organization then get no functions."""

from collections.abc import Sequence
from typing import Any

import pytest

from rootguard.deploy.coverage import (
    MOST_EXCLUDED,
    NO_PLAIN_STACK,
    OUTSIDE,
    account_states,
    check_room,
    left_out,
    root_id,
)
from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.deploy.standing import CallAs, Standing, find_standing
from rootguard.errors import RootguardError
from rootguard.sandbox.dispatch import failing

BOTH = (STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)


@pytest.fixture(scope="module")
def organization(world: Any) -> Any:
    return world.organization()


@pytest.fixture(scope="module")
def delegate(organization: Any) -> str:
    account_id = organization.member()
    organization.delegate(account_id, *BOTH)
    return str(account_id)


@pytest.mark.parametrize("call_as", [None, "SELF"])
def test_the_management_account_deploys_as_itself(world: Any, organization: Any, call_as: CallAs | None) -> None:
    management = organization.management_id
    standing = find_standing(world.session(management, "eu-central-1"), call_as)
    found = organization.client("organizations").describe_organization()["Organization"]["Id"]
    assert standing == Standing(management, found, management, "aws", "eu-central-1", "SELF")
    assert standing.in_management_account


@pytest.mark.parametrize("call_as", [None, "DELEGATED_ADMIN"])
def test_a_delegated_administrator_deploys_as_one(
    world: Any, organization: Any, delegate: str, call_as: CallAs | None
) -> None:
    standing = find_standing(world.session(delegate), call_as)
    assert (standing.account_id, standing.call_as) == (delegate, "DELEGATED_ADMIN")
    assert standing.management_account_id == organization.management_id
    assert not standing.in_management_account


@pytest.mark.parametrize(
    ("principals", "missing"),
    [
        pytest.param((), BOTH, id="a plain member"),
        pytest.param((STACK_SETS_PRINCIPAL,), (PACKS_PRINCIPAL,), id="delegated for StackSets only"),
        pytest.param((PACKS_PRINCIPAL,), (STACK_SETS_PRINCIPAL,), id="delegated for AWS Config only"),
    ],
)
def test_a_member_is_told_how_it_could(
    world: Any, organization: Any, principals: Sequence[str], missing: Sequence[str]
) -> None:
    member = organization.member()
    organization.delegate(member, *principals)
    with pytest.raises(RootguardError) as error:
        find_standing(world.session(member))
    command = f"aws organizations register-delegated-administrator --account-id {member} --service-principal"
    assert str(error.value).endswith(" && ".join(f"{command} {principal}" for principal in missing))
    assert f"run this in the management account {organization.management_id}" in str(error.value)


def test_who_may_not_ask_for_lack_of_permission_is_not_taken_for_a_plain_member(world: Any, delegate: str) -> None:
    """Organizations tells a plain member that it may not; a missing IAM permission names the action."""
    action = "organizations:ListDelegatedAdministrators"
    denial = f"User: arn:aws:iam::{delegate}:user/u is not authorized to perform: {action}"
    fix = f"grant {action} to whoever runs this, or say --call-as delegated-admin"
    with failing(action, "AccessDeniedException", denial), pytest.raises(RootguardError, match=fix):
        find_standing(world.session(delegate))


def test_what_an_account_cannot_be_is_not_believed(world: Any, organization: Any, delegate: str) -> None:
    with pytest.raises(RootguardError, match="manages the organization: leave out --call-as"):
        find_standing(world.session(organization.management_id), "DELEGATED_ADMIN")
    with pytest.raises(RootguardError, match=f"account {delegate} is a member: run this in the management account"):
        find_standing(world.session(delegate), "SELF")


def test_a_plain_member_is_no_delegated_administrator_whatever_it_says(organization: Any, world: Any) -> None:
    with pytest.raises(RootguardError, match="neither manages the organization nor administers it for"):
        find_standing(world.session(organization.member()), "DELEGATED_ADMIN")


def test_stack_sets_are_enough_for_who_says_so(organization: Any, world: Any) -> None:
    """With PackDeployment=stackset no organization conformance pack is put."""
    member = organization.member()
    organization.delegate(member, STACK_SETS_PRINCIPAL)
    assert find_standing(world.session(member), "DELEGATED_ADMIN").call_as == "DELEGATED_ADMIN"


def test_who_may_not_ask_is_believed_if_it_says_so(delegate: str, world: Any) -> None:
    action = "organizations:ListDelegatedAdministrators"
    denial = f"User: arn:aws:iam::{delegate}:user/u is not authorized to perform: {action}"
    with failing(action, "AccessDeniedException", denial):
        assert find_standing(world.session(delegate), "DELEGATED_ADMIN").call_as == "DELEGATED_ADMIN"


def test_an_account_without_an_organization_is_told_what_remains(world: Any) -> None:
    with pytest.raises(RootguardError, match=r"is in no organization: use .* or deploy templates/rules\.yaml"):
        find_standing(world.session("888888888888"))


@pytest.fixture(scope="module")
def tree(world: Any) -> dict[str, str]:
    """root: a; prod: b; prod/eu: c; test: d."""
    organization = world.organization()
    prod = organization.unit("prod")
    units = {"root": organization.root_id, "prod": prod, "eu": organization.unit("eu", prod)}
    units["test"] = organization.unit("test")
    places = {"a": None, "b": prod, "c": units["eu"], "d": units["test"]}
    accounts = {name: organization.member(unit) for name, unit in places.items()}
    organization.delegate(accounts["a"], *BOTH)
    return {**units, **accounts, "management": organization.management_id}


@pytest.mark.parametrize(
    ("caller", "units", "excluded", "expected"),
    [
        pytest.param("management", ["root"], [], {}, id="the whole organization"),
        pytest.param("management", ["prod"], [], {"a": OUTSIDE, "d": OUTSIDE}, id="a unit, with the one below it"),
        pytest.param("management", ["prod"], ["d", "b"], {"a": OUTSIDE}, id="excluded accounts are not repeated"),
        pytest.param("management", ["eu", "test"], [], {"a": OUTSIDE, "b": OUTSIDE}, id="two units"),
        pytest.param("management", ["root", "prod"], [], {}, id="the root among others"),
        pytest.param("a", ["root"], [], {"management": NO_PLAIN_STACK}, id="by a delegated administrator"),
        pytest.param("a", ["root"], ["management"], {}, id="by one, management account excluded"),
        pytest.param(
            "a",
            ["prod", "test"],
            [],
            {"management": NO_PLAIN_STACK, "a": OUTSIDE},
            id="by one that is outside itself",
        ),
    ],
)
def test_left_out(  # noqa: PLR0917 - a table's columns
    world: Any, tree: dict[str, str], caller: str, units: list[str], excluded: list[str], expected: dict[str, str]
) -> None:
    session = world.session(tree[caller])
    standing = find_standing(session)
    found = left_out(
        session, standing, account_states(session), [tree[unit] for unit in units], [tree[name] for name in excluded]
    )
    assert found == {tree[name]: reason for name, reason in expected.items()}


def test_root_id(world: Any, tree: dict[str, str]) -> None:
    assert root_id(world.session(tree["management"])) == tree["root"]


def test_a_unit_that_does_not_exist_is_named(world: Any, tree: dict[str, str]) -> None:
    session = world.session(tree["management"])
    with pytest.raises(RootguardError, match="ou-aaaa-11111111: the organization has no organizational unit or root"):
        left_out(session, find_standing(session), (), ["ou-aaaa-11111111"], [])


@pytest.mark.parametrize(
    ("left", "excluded", "said"),
    [
        pytest.param(MOST_EXCLUDED, MOST_EXCLUDED, None, id="as many as can be"),
        pytest.param(MOST_EXCLUDED + 1, 0, "give --pack-deployment stackset, or more", id="too many outside"),
        pytest.param(0, MOST_EXCLUDED + 1, "choose the accounts by --organizational-unit", id="too many excluded"),
    ],
)
def test_room(left: int, excluded: int, said: str | None) -> None:
    reasons = dict.fromkeys(map(str, range(left)), OUTSIDE)
    if said is None:
        check_room(reasons, ["1"] * excluded)
        return
    with pytest.raises(RootguardError, match=said):
        check_room(reasons, ["1"] * excluded)
