"""AWS::CloudFormation::StackSet, deployed by a stack of the management account."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

INNER = {
    "Parameters": {"Name": {"Type": "String", "Default": "hello"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
}


def template(targets: dict[str, Any], **properties: Any) -> str:
    stack_set = {
        "StackSetName": "topics",
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "TemplateBody": json.dumps(INNER),
        "OperationPreferences": {"MaxConcurrentPercentage": 100, "FailureToleranceCount": 0},
        "StackInstancesGroup": [{"DeploymentTargets": targets, "Regions": ["us-east-1"]}],
    }
    return json.dumps(
        {
            "Resources": {
                "Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": stack_set | properties},
            },
            "Outputs": {"Ref": {"Value": {"Ref": "Set"}}, "Id": {"Value": {"Fn::GetAtt": ["Set", "StackSetId"]}}},
        }
    )


def created(organization: Any, body: str) -> dict[str, Any]:
    organization.cloudformation.create_stack(StackName="outer", TemplateBody=body)
    return described(organization)


def described(organization: Any) -> dict[str, Any]:
    organization.rest()
    stack: dict[str, Any] = organization.cloudformation.describe_stacks(StackName="outer")["Stacks"][0]
    return stack


def test_its_whole_life(organization: Any) -> None:
    stack = created(organization, template(organization.targets("Workloads")))
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    stack_set = organization.cloudformation.describe_stack_set(StackSetName="topics")["StackSet"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert outputs == {"Ref": stack_set["StackSetId"], "Id": stack_set["StackSetId"]}
    assert organization.topics() == {"gamma": ["hello"], "delta": ["hello"]}

    moved = organization.targets("Production", "Sandbox")
    parameters = [{"ParameterKey": "Name", "ParameterValue": "renamed"}]
    body = template(moved, Parameters=parameters)
    organization.cloudformation.update_stack(StackName="outer", TemplateBody=body)
    assert described(organization)["StackStatus"] == "UPDATE_COMPLETE"
    assert organization.topics() == {"epsilon": ["renamed"], "delta": ["renamed"]}

    organization.account("new", "Sandbox")
    organization.rest()
    assert set(organization.topics()) == {"epsilon", "delta", "new"}

    organization.cloudformation.delete_stack(StackName="outer")
    organization.rest()
    assert organization.topics() == {}
    assert organization.cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"] == []


def test_an_account_taken_out_and_put_back(organization: Any) -> None:
    created(organization, template(organization.targets("Root")))
    without = organization.targets("Root", accounts=("beta",), filter_type="DIFFERENCE")
    organization.cloudformation.update_stack(StackName="outer", TemplateBody=template(without))
    assert described(organization)["StackStatus"] == "UPDATE_COMPLETE"
    assert set(organization.topics()) == {"alpha", "gamma", "delta", "epsilon"}
    whole = template(organization.targets("Root"))
    organization.cloudformation.update_stack(StackName="outer", TemplateBody=whole)
    assert described(organization)["StackStatus"] == "UPDATE_COMPLETE"
    assert "beta" in organization.topics()


def test_a_failed_instance_fails_the_stack_and_rolls_everything_back(organization: Any) -> None:
    organization.client(organization.accounts["gamma"], "sns").create_topic(Name="hello")
    stack = created(organization, template(organization.targets("Workloads")))
    events = organization.cloudformation.describe_stack_events(StackName="outer")["StackEvents"]
    [reason] = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "was unexpectedly stopped or failed. status reason(s): [ResourceLogicalId:Topic" in reason
    assert organization.cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    assert organization.topics() == {"gamma": ["hello"]}


def test_without_trusted_access(bare: Any) -> None:
    stack = created(bare, template(bare.targets("Root")))
    events = bare.cloudformation.describe_stack_events(StackName="outer")["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("You must enable organizations access" in reason for reason in reasons)
