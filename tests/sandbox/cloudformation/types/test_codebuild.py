"""Build projects and report groups, as CloudFormation makes them; nothing builds here."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

type Handlers = Callable[[str], ResourceType]


@pytest.fixture(scope="module")
def client(context: Context) -> Any:
    return context.client("codebuild")


@pytest.fixture(scope="module")
def role_of(context: Context) -> Callable[..., str]:
    """A role that trusts a service, for one project only if its ARN is given."""
    iam = context.client("iam")

    def make(name: str, service: str = "codebuild.amazonaws.com", source_arn: str | None = None) -> str:
        trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if source_arn:
            trust["Condition"] = {"ArnLike": {"aws:SourceArn": source_arn}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])

    return make


@pytest.fixture(scope="module")
def full(role_of: Callable[..., str]) -> dict[str, Any]:
    return {
        "Name": "full",
        "Description": "what for",
        "ServiceRole": role_of("builder"),
        "Source": {"Type": "GITHUB", "Location": "https://github.com/example/x.git", "BuildSpec": "buildspec.yml"},
        "SourceVersion": "main",
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Cache": {"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_MEDIUM",
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "PrivilegedMode": "false",
            "EnvironmentVariables": [{"Name": "A", "Value": "1"}],
        },
        "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "builds"}},
        "TimeoutInMinutes": "30",
        "Tags": [{"Key": "team", "Value": "security"}],
    }


def project(client: Any, name: str) -> dict[str, Any]:
    (found,) = client.batch_get_projects(names=[name])["projects"]
    return dict(found)


def test_a_project_lives_as_its_properties_say(
    handler: Handlers, context: Context, client: Any, full: dict[str, Any]
) -> None:
    kind = handler("AWS::CodeBuild::Project")
    made = kind.create(full, context)
    assert made == Physical("full", {"Arn": project(client, "full")["arn"]})
    found = project(client, made.attributes["Arn"])
    assert found["source"] == {
        "type": "GITHUB",
        "location": "https://github.com/example/x.git",
        "buildspec": "buildspec.yml",
    }
    assert found["environment"]["privilegedMode"] is False
    assert found["environment"]["environmentVariables"] == [{"name": "A", "value": "1"}]
    assert (found["timeoutInMinutes"], found["sourceVersion"], found["description"]) == (30, "main", "what for")
    assert found["tags"] == [{"key": "team", "value": "security"}]
    with pytest.raises(ClientError, match="already exists"):
        kind.create(full, context)

    gone = {"Description", "SourceVersion", "TimeoutInMinutes", "Cache", "Tags"}
    new = {name: value for name, value in full.items() if name not in gone}
    assert kind.update(made, full, new, context) == made
    found = project(client, "full")
    assert (found["timeoutInMinutes"], found["sourceVersion"], found["description"]) == (60, "", "")
    assert (found["cache"], found["tags"]) == ({"type": "NO_CACHE"}, [])

    kind.delete(made, new, context)
    kind.delete(made, new, context)
    assert client.batch_get_projects(names=["full"])["projectsNotFound"] == ["full"]


def test_a_project_without_a_name_gets_one(
    handler: Handlers, context: Context, client: Any, full: dict[str, Any]
) -> None:
    unnamed = {name: value for name, value in full.items() if name != "Name"}
    made = handler("AWS::CodeBuild::Project").create(unnamed, context)
    assert made.id.startswith("demo-Thing-")
    assert made.id in client.list_projects()["projects"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ServiceRole": "arn:aws:iam::123456789012:role/nobody"}, "not authorized to perform: sts:AssumeRole"),
        ({"ServiceRole": "arn:aws:iam::210987654321:role/builder"}, "does not match caller's account"),
        ({"Source": {"Type": "GITHUB"}}, "location is required"),
        ({"Source": {"Type": "CODEPIPELINE"}}, "both be of type CODEPIPELINE"),
        ({"Artifacts": {"Type": "NO_ARTIFACTS", "Location": "x"}}, "null location"),
        ({"Artifacts": {"Type": "S3"}}, "artifact location is required"),
        ({"BadgeEnabled": True}, "no build badges"),
        ({"Name": "no name!"}, "ValidationException"),
    ],
    ids=[
        "no role",
        "another account's role",
        "no location",
        "half a pipeline",
        "a location of nothing",
        "no location of artifacts",
        "a badge",
        "no name",
    ],
)
def test_codebuild_refuses(
    handler: Handlers, context: Context, full: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        handler("AWS::CodeBuild::Project").create({**full, "Name": "refused", **changes}, context)


def test_a_role_for_one_project_serves_no_other(
    handler: Handlers, context: Context, full: dict[str, Any], role_of: Callable[..., str]
) -> None:
    arn = f"arn:aws:codebuild:us-east-1:{context.account_id}:project/mine"
    role = role_of("for-mine", source_arn=arn)
    kind = handler("AWS::CodeBuild::Project")
    with pytest.raises(ClientError, match="not authorized"):
        kind.create({**full, "Name": "other", "ServiceRole": role}, context)
    assert kind.create({**full, "Name": "mine", "ServiceRole": role}, context).attributes["Arn"] == arn


@pytest.mark.parametrize(
    "properties",
    [{"Triggers": {"Webhook": True}}, {"Visibility": "PUBLIC_READ"}, {"Environment": {"Fancy": True}}],
    ids=["a webhook", "a public project", "a member that the API lacks"],
)
def test_what_the_sandbox_cannot_do_fails_the_resource(
    handler: Handlers, context: Context, full: dict[str, Any], properties: dict[str, Any]
) -> None:
    with pytest.raises(ResourceFailedError, match="SandboxNotImplemented"):
        handler("AWS::CodeBuild::Project").create({**full, "Name": "unsupported", **properties}, context)


def test_no_build_passes_for_one_that_ran(client: Any) -> None:
    with pytest.raises(ClientError, match="SandboxNotImplemented"):
        client.start_build(projectName="full")


def test_a_report_group_lives(handler: Handlers, context: Context, client: Any) -> None:
    kind = handler("AWS::CodeBuild::ReportGroup")
    properties = {"Name": "tests", "Type": "TEST", "ExportConfig": {"ExportConfigType": "NO_EXPORT"}}
    made = kind.create(properties, context)
    assert made.id == made.attributes["Arn"] == f"arn:aws:codebuild:us-east-1:{context.account_id}:report-group/tests"
    assert made.id in client.list_report_groups()["reportGroups"]
    with pytest.raises(ClientError, match="already exists"):
        kind.create(properties, context)
    export = {"ExportConfigType": "S3", "S3Destination": {"Bucket": "reports", "Packaging": "ZIP"}}
    kind.update(made, properties, {**properties, "ExportConfig": export}, context)
    (found,) = client.batch_get_report_groups(reportGroupArns=[made.id])["reportGroups"]
    assert found["exportConfig"] == {
        "exportConfigType": "S3",
        "s3Destination": {"bucket": "reports", "packaging": "ZIP"},
    }
    assert (found["type"], found["status"]) == ("TEST", "ACTIVE")
    kind.delete(made, {"DeleteReports": "true"}, context)
    kind.delete(made, {}, context)
    assert client.batch_get_report_groups(reportGroupArns=[made.id])["reportGroupsNotFound"] == [made.id]
    with pytest.raises(ClientError, match="does not exist"):
        kind.update(made, properties, properties, context)
