"""Accounts that come and go."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

AUTOMATIC = {"Enabled": True, "RetainStacksOnAccountRemoval": False}
RETAINING = {"Enabled": True, "RetainStacksOnAccountRemoval": True}
MANUAL = {"Enabled": False}


def removed(organization: Any, name: str) -> None:
    organization.client(organization.management_id, "organizations").remove_account_from_organization(
        AccountId=organization.accounts[name]
    )
    organization.rest()


@pytest.mark.parametrize(
    ("automatic", "expected"),
    [pytest.param(AUTOMATIC, {"new": ["hello"]}, id="on"), pytest.param(MANUAL, {}, id="off")],
)
def test_a_new_account(organization: Any, automatic: dict[str, bool], expected: dict[str, list[str]]) -> None:
    organization.stack_set(AutoDeployment=automatic)
    filtered = organization.targets("Root", accounts=("beta",), filter_type="INTERSECTION")
    organization.deploy(DeploymentTargets=filtered)
    organization.account("new")
    organization.rest()
    topics = organization.topics()
    assert topics.pop("beta") == ["hello"]
    assert topics == expected


def test_a_new_account_gets_the_stack_sets_own_values(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Root", ParameterOverrides=[{"ParameterKey": "Name", "ParameterValue": "overridden"}])
    organization.account("new")
    organization.rest()
    assert organization.topics()["alpha"] == ["overridden"]
    assert organization.topics()["new"] == ["hello"]


@pytest.mark.parametrize(
    ("source", "destination", "has_stack"),
    [
        pytest.param("Sandbox", "Workloads", True, id="into-a-target"),
        pytest.param("Sandbox", "Production", True, id="into-a-unit-beneath-a-target"),
        pytest.param("Sandbox", "Root", False, id="elsewhere"),
    ],
)
def test_a_moved_account(organization: Any, source: str, destination: str, *, has_stack: bool) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Workloads")
    organization.move("epsilon", source, destination)
    organization.rest()
    assert ("epsilon" in organization.topics()) is has_stack
    assert ("epsilon" in organization.instances()) is has_stack


@pytest.mark.parametrize(
    ("automatic", "keeps_stack", "keeps_instance"),
    [
        pytest.param(AUTOMATIC, False, False, id="deleting"),
        pytest.param(RETAINING, True, False, id="retaining"),
        pytest.param(MANUAL, True, True, id="not-automatic"),
    ],
)
def test_an_account_that_leaves_a_target(
    organization: Any, automatic: dict[str, bool], *, keeps_stack: bool, keeps_instance: bool
) -> None:
    organization.stack_set(AutoDeployment=automatic)
    organization.deploy("Workloads")
    organization.move("gamma", "Workloads", "Sandbox")
    organization.rest()
    assert ("gamma" in organization.topics()) is keeps_stack
    assert ("gamma" in organization.instances()) is keeps_instance
    assert organization.topics()["delta"] == ["hello"]


def test_an_account_that_leaves_the_organization(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Root")
    removed(organization, "epsilon")
    assert "epsilon" not in organization.topics()
    assert "epsilon" not in organization.instances()


def test_a_move_within_the_targets_changes_nothing(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Workloads")
    before = organization.cloudformation.list_stack_set_operations(StackSetName="topics")["Summaries"]
    organization.move("gamma", "Workloads", "Production")
    organization.rest()
    assert organization.cloudformation.list_stack_set_operations(StackSetName="topics")["Summaries"] == before


def test_there_and_back_while_operations_run(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Workloads")
    organization.move("gamma", "Workloads", "Sandbox")
    organization.move("gamma", "Sandbox", "Workloads")
    organization.rest()
    assert organization.topics()["gamma"] == ["hello"]
    assert organization.instances()["gamma"] == ("CURRENT", "SUCCEEDED")


def test_many_new_accounts_at_once_queue_up(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Sandbox")
    for name in ("one", "two", "three"):
        organization.account(name, "Sandbox")
    organization.rest()
    operations = organization.cloudformation.list_stack_set_operations(StackSetName="topics")["Summaries"]
    assert set(organization.topics()) == {"epsilon", "one", "two", "three"}
    assert [(each["Action"], each["Status"]) for each in operations] == [("CREATE", "SUCCEEDED")] * 4


def test_deleted_targets_are_targets_no_more(organization: Any) -> None:
    organization.stack_set(AutoDeployment=AUTOMATIC)
    organization.deploy("Workloads", "Sandbox")
    listed = organization.cloudformation.list_stack_set_auto_deployment_targets(StackSetName="topics")["Summaries"]
    organization.delete(organization.targets("Sandbox"))
    left = organization.cloudformation.list_stack_set_auto_deployment_targets(StackSetName="topics")["Summaries"]
    organization.account("new", "Sandbox")
    organization.rest()
    units = organization.units
    assert {each["OrganizationalUnitId"] for each in listed} == {units["Workloads"], units["Sandbox"]}
    assert left == [{"OrganizationalUnitId": units["Workloads"], "Regions": ["us-east-1"]}]
    assert set(organization.topics()) == {"gamma", "delta"}


def test_automatic_deployment_can_be_turned_on_later(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    organization.account("before", "Sandbox")
    organization.update(AutoDeployment=AUTOMATIC)
    organization.account("after", "Sandbox")
    organization.rest()
    assert set(organization.topics()) == {"epsilon", "after"}


def test_a_move_out_of_another_parent_is_refused(organization: Any, refused: Any) -> None:
    assert refused(lambda: organization.move("alpha", "Sandbox", "Workloads"))[0] == "SourceParentNotFoundException"
