"""What changes of a StackSet do to its instances."""

import json
from typing import Any

import pytest

REGION = "us-east-1"
OTHER = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: second}}}"
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""
NAMED_ROLE = f"{ROLE}      RoleName: named\n"


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


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        pytest.param(
            {"ParameterOverrides": [value("Nobody", "x")]},
            "ValidationError",
            "[Nobody] do not exist in the template",
            id="unknown-parameter",
        ),
        pytest.param(
            {"ParameterOverrides": [kept("Name")]}, "ValidationError", "no previous value", id="no-previous-override"
        ),
        pytest.param({"Regions": ["eu-west-1"]}, "StackInstanceNotFoundException", "No stack instances", id="nowhere"),
    ],
)
def test_updates_of_instances_that_are_refused(
    organization: Any, refused: Any, request_: dict[str, Any], code: str, words: str
) -> None:
    organization.stack_set()
    organization.deploy("Workloads")
    whole = {"DeploymentTargets": organization.targets("Workloads"), "Regions": [REGION], **request_}
    refusal = refused(lambda: organization.cloudformation.update_stack_instances(StackSetName="topics", **whole))
    assert refusal[0] == code
    assert words in refusal[1]


@pytest.mark.parametrize(
    ("template", "request_", "refusal"),
    [
        pytest.param(ROLE, {}, ("InsufficientCapabilitiesException", "[CAPABILITY_IAM]"), id="iam"),
        pytest.param(
            NAMED_ROLE,
            {"Capabilities": ["CAPABILITY_IAM"]},
            ("InsufficientCapabilitiesException", "[CAPABILITY_NAMED_IAM]"),
            id="named-iam",
        ),
        pytest.param(f"Transform: AWS::LanguageExtensions\n{OTHER}", {}, ("ValidationError", "transforms"), id="macro"),
        pytest.param(
            "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://x}}}",
            {},
            ("ValidationError", "Nested stacks"),
            id="nested-stack",
        ),
        pytest.param(
            f"Parameters: {{P: {{Type: String}}}}\n{OTHER}",
            {},
            ("ValidationError", "[P] must have values"),
            id="no-value",
        ),
        pytest.param(
            OTHER, {"Parameters": [value("P", "x")]}, ("ValidationError", "[P] do not exist"), id="unknown-parameter"
        ),
        pytest.param(
            OTHER,
            {"AutoDeployment": {"Enabled": False, "RetainStacksOnAccountRemoval": True}},
            ("ValidationError", "RetainStacksOnAccountRemoval"),
            id="retaining-without-auto-deployment",
        ),
        pytest.param(
            OTHER,
            {"ExecutionRoleName": "mine"},
            ("ValidationError", "only valid with SELF_MANAGED"),
            id="role-of-the-other-model",
        ),
        pytest.param("Resources: {T: {Type: AWS::No::Thing}}", {}, ("ValidationError", "AWS::No::Thing"), id="no-type"),
    ],
)
def test_definitions_that_are_refused(
    organization: Any, refused: Any, template: str, request_: dict[str, Any], refusal: tuple[str, str]
) -> None:
    code, message = refused(lambda: organization.stack_set(template, **request_))
    assert code == refusal[0]
    assert refusal[1] in message


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
