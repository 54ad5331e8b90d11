"""Accounts that are closed or have left: nothing can be done in them, and all else can be done without them."""

from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.deploy import names
from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.sandbox import background
from rootguard.sandbox.organization import member

pytestmark = pytest.mark.slow


@pytest.fixture
def organization(world: Any) -> Any:
    return world.organization()


def close(organization: Any, account_id: str) -> None:
    organization.client("organizations").close_account(AccountId=account_id)


def let_go(organization: Any, account_id: str) -> None:
    """Remove an account while StackSets may not look, so that its instance stays."""
    organization.client("cloudformation").deactivate_organizations_access()
    organization.client("organizations").remove_account_from_organization(AccountId=account_id)
    organization.client("cloudformation").activate_organizations_access()


def reopen(account_id: str) -> None:
    """As AWS Support does within 90 days: there is no API for it."""
    account = member(account_id)
    assert account is not None
    account.status = account.state = "ACTIVE"


def functions(organization: Any, account_id: str) -> set[str]:
    found = organization.client("lambda", account_id).list_functions()["Functions"]
    return {each["FunctionName"] for each in found}


@pytest.fixture(params=["management account", "delegated administrator"])
def operator(request: Any, world: Any, organization: Any) -> Any:
    if request.param == "management account":
        return world.operator(organization.management_id)
    delegate = organization.member()
    organization.delegate(delegate, STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)
    return world.operator(delegate)


@pytest.fixture
def manager(world: Any, organization: Any) -> Any:
    return world.operator(organization.management_id)


def test_destroy_takes_closed_accounts_out_of_the_stack_set(operator: Any, organization: Any, zips: Path) -> None:
    there, closed = organization.member(), organization.member()
    operator.deploy(build_directory=zips)
    close(organization, closed)
    said = operator.destroy(delete_artifacts=True)
    assert f" (they stay in {closed}, which is suspended) and the conformance pack" in said
    assert (
        f"\ntaken out of the StackSet: account {closed}, which is suspended; its stack StackSet-{names.STACK_SET}-"
        in said
    )
    assert "\nnothing is left\n" in said
    assert functions(organization, there) == set()
    assert functions(organization, closed), "AWS deletes them with the account"


def test_destroy_finishes_what_has_failed_because_of_a_closed_account(
    manager: Any, organization: Any, zips: Path
) -> None:
    closed = organization.member()
    manager.deploy(build_directory=zips)
    close(organization, closed)
    organization.client("cloudformation").delete_stack(StackName=names.ORGANIZATION_STACK)
    background.idle(LONGEST_WAIT)
    assert manager.stack(names.ORGANIZATION_STACK).status == "DELETE_FAILED"
    assert "\nnothing is left\n" in manager.destroy()


def test_destroy_takes_an_account_that_has_left_out_of_the_stack_set(
    manager: Any, organization: Any, zips: Path
) -> None:
    unit = organization.unit("prod")
    there, gone = organization.member(unit), organization.member(unit)
    manager.deploy(build_directory=zips, units=(unit,))
    let_go(organization, gone)
    said = manager.destroy()
    assert f"\ntaken out of the StackSet: account {gone}, which has left the organization; its stack " in said
    assert "\nnothing is left\n" in said
    assert functions(organization, there) == set()


def test_a_stack_set_of_another_account_keeps_its_closed_accounts(
    world: Any, organization: Any, manager: Any, zips: Path
) -> None:
    delegate, closed = organization.member(), organization.member()
    organization.delegate(delegate, STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)
    world.operator(delegate).deploy(build_directory=zips)
    close(organization, closed)
    body = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
    organization.client("cloudformation").create_stack(StackName=names.ORGANIZATION_STACK, TemplateBody=body)
    background.idle(LONGEST_WAIT)
    with pytest.raises(Exception, match="left over: the StackSet"):
        manager.destroy()
    instances = organization.client("cloudformation").list_stack_instances(StackSetName=names.STACK_SET)["Summaries"]
    assert {each["Account"] for each in instances} == {delegate, closed}


def test_deploy_passes_closed_accounts_by_until_they_are_opened_again(
    manager: Any, organization: Any, zips: Path
) -> None:
    there, closed = organization.member(), organization.member()
    manager.deploy(build_directory=zips)
    close(organization, closed)
    background.idle(LONGEST_WAIT)
    said = manager.deploy(build_directory=zips, parameters=("LogRetentionDays=30",))
    assert "trying again" not in said
    background.idle(LONGEST_WAIT)
    report = manager.status()
    left_out = {account.id: account.left_out for account in report.seen.accounts}
    assert left_out == {organization.management_id: "", there: "", closed: "the account is suspended"}
    assert (report.has_problems, report.is_complete) == (False, True)

    reopen(closed)
    (problem,) = manager.status().by_account[closed]
    assert problem.line() == (
        "functions are left as they were while the account was suspended -> run `rootguard deploy`"
    )
    assert "trying again in 1 account behind the StackSet" in manager.deploy(build_directory=zips)
    background.idle(LONGEST_WAIT)
    assert not manager.status().has_problems


def test_deploy_replaces_what_could_not_be_deleted_because_of_a_closed_account(
    manager: Any, organization: Any, zips: Path
) -> None:
    there, closed = organization.member(), organization.member()
    manager.deploy(build_directory=zips)
    close(organization, closed)
    organization.client("cloudformation").delete_stack(StackName=names.ORGANIZATION_STACK)
    background.idle(LONGEST_WAIT)
    said = manager.deploy(build_directory=zips)
    assert f"taken out of the StackSet: account {closed}, which is suspended" in said
    assert manager.stack(names.ORGANIZATION_STACK).status == "CREATE_COMPLETE"
    assert functions(organization, there)
