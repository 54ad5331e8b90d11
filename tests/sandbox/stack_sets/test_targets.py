"""Which accounts get a stack."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

EVERYWHERE = {"alpha", "beta", "gamma", "delta", "epsilon"}


@pytest.mark.parametrize(
    ("units", "accounts", "filter_type", "expected"),
    [
        pytest.param(("Root",), (), None, EVERYWHERE, id="root-without-the-management-account"),
        pytest.param(("Workloads",), (), None, {"gamma", "delta"}, id="unit-with-the-units-in-it"),
        pytest.param(("Production",), (), "NONE", {"delta"}, id="innermost-unit"),
        pytest.param(("Workloads", "Sandbox"), (), None, {"gamma", "delta", "epsilon"}, id="two-units"),
        pytest.param(("Root",), ("beta", "delta"), "DIFFERENCE", {"alpha", "gamma", "epsilon"}, id="all-but-two"),
        pytest.param(("Root",), ("beta", "delta"), "INTERSECTION", {"beta", "delta"}, id="only-two"),
        pytest.param(("Sandbox",), ("beta", "epsilon"), "INTERSECTION", {"epsilon"}, id="only-those-in-the-unit"),
    ],
)
def test_create_instances(
    organization: Any, units: tuple[str, ...], accounts: tuple[str, ...], filter_type: str | None, expected: set[str]
) -> None:
    organization.stack_set()
    targets = organization.targets(*units, accounts=accounts, filter_type=filter_type)
    operation_id = organization.deploy(DeploymentTargets=targets)
    assert set(organization.topics()) == expected
    assert organization.operation(operation_id)["Status"] == "SUCCEEDED"
    assert {name for name, _ in organization.results(operation_id)} == expected


@pytest.mark.parametrize(
    ("units", "accounts", "filter_type", "left"),
    [
        pytest.param(("Workloads",), (), None, {"alpha", "beta", "epsilon"}, id="unit"),
        pytest.param(("Workloads",), ("alpha",), None, {"beta", "epsilon"}, id="unit-and-account-by-default"),
        pytest.param(("Root",), ("delta",), "DIFFERENCE", {"delta"}, id="all-but-one"),
        pytest.param(("Root",), (), None, set(), id="all"),
    ],
)
def test_delete_instances(
    organization: Any, units: tuple[str, ...], accounts: tuple[str, ...], filter_type: str | None, left: set[str]
) -> None:
    organization.stack_set()
    organization.deploy("Root")
    organization.delete(organization.targets(*units, accounts=accounts, filter_type=filter_type))
    assert set(organization.topics()) == set(organization.instances()) == left


def test_several_regions(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox", Regions=["us-east-1", "eu-west-1"])
    described = organization.cloudformation.describe_stack_set(StackSetName="topics")["StackSet"]
    assert organization.topics("eu-west-1") == organization.topics("us-east-1") == {"epsilon": ["hello"]}
    assert described["Regions"] == ["eu-west-1", "us-east-1"]
    assert described["OrganizationalUnitIds"] == [organization.units["Sandbox"]]


def test_a_suspended_account_is_skipped(organization: Any) -> None:
    organizations = organization.client(organization.management_id, "organizations")
    organizations.close_account(AccountId=organization.accounts["beta"])
    organization.stack_set()
    operation_id = organization.deploy("Root", OperationPreferences={"MaxConcurrentCount": 1})
    assert organization.operation(operation_id)["Status"] == "SUCCEEDED"
    assert organization.instances()["beta"] == ("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT")
    assert set(organization.topics()) == {"alpha", "gamma", "delta", "epsilon"}


@pytest.mark.parametrize(("retains", "is_left"), [pytest.param(False, True, id="deleted"), (True, False)])
def test_an_instance_of_a_suspended_account_goes_only_if_its_stack_is_retained(
    organization: Any, *, retains: bool, is_left: bool
) -> None:
    organization.stack_set()
    organization.deploy("Root")
    organization.client(organization.management_id, "organizations").close_account(
        AccountId=organization.accounts["beta"]
    )
    targets = organization.targets("Root", accounts=("beta",), filter_type="INTERSECTION")
    operation_id = organization.delete(targets, retains=retains)
    assert organization.operation(operation_id)["Status"] == "SUCCEEDED"
    assert ("beta" in organization.instances()) is is_left
    assert set(organization.topics()) == EVERYWHERE


def test_retained_stacks_stay(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    organization.delete(organization.targets("Sandbox"), retains=True)
    stacks = organization.client(organization.accounts["epsilon"], "cloudformation").describe_stacks()["Stacks"]
    assert organization.instances() == {}
    assert organization.topics() == {"epsilon": ["hello"]}
    assert [stack["StackStatus"] for stack in stacks] == ["CREATE_COMPLETE"]


def test_the_stack_is_made_by_the_execution_role(organization: Any) -> None:
    organization.stack_set(Tags=[{"Key": "team", "Value": "security"}])
    organization.deploy("Sandbox")
    account_id = organization.accounts["epsilon"]
    iam = organization.client(account_id, "iam")
    instance = organization.cloudformation.describe_stack_instance(
        StackSetName="topics", StackInstanceAccount=account_id, StackInstanceRegion="us-east-1"
    )["StackInstance"]
    stack = organization.client(account_id, "cloudformation").describe_stacks(StackName=instance["StackId"])
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    execution_role = next(name for name in roles if name.startswith("stacksets-exec-"))
    policies = iam.list_attached_role_policies(RoleName=execution_role)["AttachedPolicies"]
    assert stack["Stacks"][0]["StackName"].startswith("StackSet-topics-")
    assert stack["Stacks"][0]["Tags"] == [{"Key": "team", "Value": "security"}]
    assert len(execution_role) == len("stacksets-exec-") + 32
    assert "AWSServiceRoleForCloudFormationStackSetsOrgMember" in roles
    assert [policy["PolicyName"] for policy in policies] == ["AdministratorAccess"]


def test_a_denied_execution_role_fails_the_instance(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    iam = organization.client(organization.accounts["epsilon"], "iam")
    role = next(
        each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("stacksets-exec-")
    )
    deny = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:*", "Resource": "*"}]}'
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=deny)
    operation_id = organization.update(Parameters=[{"ParameterKey": "Name", "ParameterValue": "other"}])
    [(status, reason)] = organization.results(operation_id).values()
    assert status == "FAILED"
    assert reason is not None
    assert reason.startswith("ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:")
    assert "explicit deny" in reason


def test_a_delegate_deploys_everywhere_but_to_the_management_account(organization: Any) -> None:
    organization.client(organization.management_id, "organizations").register_delegated_administrator(
        AccountId=organization.accounts["alpha"], ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    delegate = organization.client(organization.accounts["alpha"], "cloudformation")
    organization.stack_set()
    delegate.create_stack_instances(
        StackSetName="topics",
        CallAs="DELEGATED_ADMIN",
        DeploymentTargets=organization.targets("Root"),
        Regions=["us-east-1"],
        OperationPreferences={"MaxConcurrentCount": 5, "FailureToleranceCount": 4},
    )
    organization.rest()
    assert set(organization.topics()) == EVERYWHERE
