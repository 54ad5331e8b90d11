"""What changes of a StackSet do to its instances."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

REGION = "us-east-1"
OTHER = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: second}}}"


def value(key: str, text: str) -> dict[str, Any]:
    return {"ParameterKey": key, "ParameterValue": text}


def kept(key: str) -> dict[str, Any]:
    return {"ParameterKey": key, "UsePreviousValue": True}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param({"TemplateBody": OTHER}, "second", id="template"),
        pytest.param({"Parameters": [value("Name", "renamed")]}, "renamed", id="parameter"),
        pytest.param({"Parameters": [kept("Name")]}, "first", id="previous-value"),
        pytest.param({"Parameters": []}, "hello", id="default-again"),
        pytest.param({}, "first", id="nothing"),
    ],
)
def test_an_update_reaches_every_instance(organization: Any, request_: dict[str, Any], expected: str) -> None:
    organization.stack_set(Parameters=[value("Name", "first")])
    organization.deploy("Workloads")
    operation_id = organization.update(**request_)
    assert organization.operation(operation_id)["Status"] == "SUCCEEDED"
    assert organization.topics() == {"gamma": [expected], "delta": [expected]}
    assert set(organization.instances().values()) == {("CURRENT", "SUCCEEDED")}


def test_an_update_without_changes_says_so(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    operation_id = organization.update()
    assert organization.results(operation_id) == {("epsilon", REGION): ("SUCCEEDED", "No updates are to be performed.")}


def test_an_update_of_some_leaves_the_others_outdated(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Workloads")
    organization.update(TemplateBody=OTHER, DeploymentTargets=organization.targets("Production"), Regions=[REGION])
    assert organization.topics() == {"gamma": ["hello"], "delta": ["second"]}
    assert {name: status for name, (status, _) in organization.instances().items()} == {
        "gamma": "OUTDATED",
        "delta": "CURRENT",
    }
    operation_id = organization.update()
    assert set(organization.results(operation_id)) == {("gamma", REGION), ("delta", REGION)}
    assert organization.topics() == {"gamma": ["second"], "delta": ["second"]}


def test_overrides(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Workloads", ParameterOverrides=[value("Name", "overridden")])
    organization.update(Parameters=[value("Name", "renamed")])
    assert organization.topics() == {"gamma": ["overridden"], "delta": ["overridden"]}
    organization.cloudformation.update_stack_instances(
        StackSetName="topics",
        DeploymentTargets=organization.targets("Production"),
        Regions=[REGION],
        ParameterOverrides=[],
    )
    organization.rest()
    assert organization.topics() == {"gamma": ["overridden"], "delta": ["renamed"]}
    described = organization.cloudformation.describe_stack_instance(
        StackSetName="topics", StackInstanceAccount=organization.accounts["gamma"], StackInstanceRegion=REGION
    )["StackInstance"]
    assert described["ParameterOverrides"] == [{**value("Name", "overridden"), "UsePreviousValue": False}]


def test_a_name_is_taken_once_except_by_the_same_request(organization: Any, refused: Any) -> None:
    first = organization.stack_set(ClientRequestToken="token")
    assert organization.stack_set(ClientRequestToken="token") == first
    assert refused(organization.stack_set)[0] == "NameAlreadyExistsException"


def test_every_parameter_is_shown_unless_it_is_secret(organization: Any) -> None:
    template = f"Parameters: {{A: {{Type: String, Default: a}}, B: {{Type: String, NoEcho: true}}}}\n{OTHER}"
    organization.stack_set(template, Parameters=[value("B", "secret")])
    described = organization.cloudformation.describe_stack_set(StackSetName="topics")["StackSet"]
    shown = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    assert shown == {"A": "a", "B": "****"}
    assert described["TemplateBody"] == template


def test_a_template_too_large_for_a_request_comes_from_s3(organization: Any) -> None:
    s3 = organization.client(organization.management_id, "s3")
    s3.create_bucket(Bucket="templates")
    template = {
        "Metadata": {"Filling": "x" * 60_000},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "large"}}},
    }
    s3.put_object(Bucket="templates", Key="large.json", Body=json.dumps(template).encode())
    organization.cloudformation.create_stack_set(
        StackSetName="topics",
        TemplateURL="https://templates.s3.us-east-1.amazonaws.com/large.json",
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
    )
    organization.deploy("Workloads")
    assert organization.topics() == {"gamma": ["large"], "delta": ["large"]}
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["templates"]


def test_a_stack_deleted_by_hand_is_made_anew(organization: Any) -> None:
    organization.stack_set()
    organization.deploy("Sandbox")
    member = organization.client(organization.accounts["epsilon"], "cloudformation")
    member.delete_stack(StackName=member.describe_stacks()["Stacks"][0]["StackName"])
    organization.rest()
    assert organization.topics() == {}
    organization.update()
    assert organization.topics() == {"epsilon": ["hello"]}
    assert len(member.describe_stacks()["Stacks"]) == 1
