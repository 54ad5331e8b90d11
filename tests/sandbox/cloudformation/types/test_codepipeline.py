"""Pipelines, as CloudFormation makes them; none ever runs here."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

type Handlers = Callable[[str], ResourceType]


@pytest.fixture(scope="module")
def client(context: Context) -> Any:
    return context.client("codepipeline")


@pytest.fixture(scope="module")
def properties(context: Context) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = context.client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    source = {
        "Name": "Source",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"},
        "Configuration": {"S3Bucket": "source", "S3ObjectKey": "x.zip"},
        "OutputArtifacts": [{"Name": "Source"}],
        "RunOrder": "1",
    }
    building = {
        "Name": "Build",
        "ActionTypeId": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"},
        "Configuration": {"ProjectName": "x"},
        "InputArtifacts": [{"Name": "Source"}],
    }
    return {
        "Name": "mine",
        "RoleArn": role,
        "PipelineType": "V2",
        "ExecutionMode": "QUEUED",
        "ArtifactStore": {"Type": "S3", "Location": "store"},
        "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Build", "Actions": [building]}],
        "Tags": [{"Key": "team", "Value": "security"}],
    }


@pytest.fixture
def pipeline(handler: Handlers, context: Context, client: Any, properties: dict[str, Any]) -> Physical:
    client.delete_pipeline(name="mine")
    return handler("AWS::CodePipeline::Pipeline").create(properties, context)


def test_a_pipeline_is_as_its_properties_say(context: Context, client: Any, pipeline: Physical) -> None:
    arn = f"arn:aws:codepipeline:us-east-1:{context.account_id}:mine"
    assert pipeline == Physical("mine", {"Arn": arn, "Version": "1"})
    found = client.get_pipeline(name="mine")["pipeline"]
    assert (found["pipelineType"], found["executionMode"]) == ("V2", "QUEUED")
    assert found["artifactStore"] == {"type": "S3", "location": "store"}
    source = found["stages"][0]["actions"][0]
    assert source["configuration"] == {"S3Bucket": "source", "S3ObjectKey": "x.zip"}
    assert (source["runOrder"], source["actionTypeId"]["provider"]) == (1, "S3")
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "security"}]


def test_an_update_makes_a_new_version(
    handler: Handlers, context: Context, client: Any, pipeline: Physical, properties: dict[str, Any]
) -> None:
    new = {**properties, "ExecutionMode": "SUPERSEDED", "Tags": [{"Key": "cost", "Value": "42"}]}
    changed = handler("AWS::CodePipeline::Pipeline").update(pipeline, properties, new, context)
    assert changed.attributes["Version"] == "2"
    assert client.get_pipeline(name="mine")["pipeline"]["executionMode"] == "SUPERSEDED"
    tags = client.list_tags_for_resource(resourceArn=changed.attributes["Arn"])["tags"]
    assert tags == [{"key": "cost", "value": "42"}]


def test_a_deleted_pipeline_is_gone(
    handler: Handlers, context: Context, client: Any, pipeline: Physical, properties: dict[str, Any]
) -> None:
    kind = handler("AWS::CodePipeline::Pipeline")
    kind.delete(pipeline, properties, context)
    kind.delete(pipeline, properties, context)
    with pytest.raises(ClientError, match="PipelineNotFound"):
        client.get_pipeline(name="mine")


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"Name": "mine"}, ClientError, "already exists"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, ClientError, "not authorized"),
        ({"Fancy": True}, ResourceFailedError, "takes no Fancy"),
        ({"RestartExecutionOnUpdate": True}, ResourceFailedError, "RestartExecutionOnUpdate"),
    ],
    ids=["a name that is taken", "no role", "a property that the API lacks", "a run after each update"],
)
def test_a_pipeline_is_refused(
    handler: Handlers,
    context: Context,
    pipeline: Physical,
    properties: dict[str, Any],
    *,
    changes: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    assert pipeline.id == "mine"
    with pytest.raises(error, match=said):
        handler("AWS::CodePipeline::Pipeline").create({**properties, "Name": "other", **changes}, context)


def test_no_pipeline_passes_for_one_that_ran(client: Any, pipeline: Physical) -> None:
    with pytest.raises(ClientError, match="SandboxNotImplemented"):
        client.start_pipeline_execution(name=pipeline.id)
