"""pipeline.yaml: a project that builds and publishes with no more than it needs, with and without a pipeline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from rootguard.artifacts import build
from rootguard.catalog import PROJECT, rules_directory
from rootguard.deploy.publication import publish
from rootguard.errors import RootguardError
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

TEMPLATES = {"rules.yaml": b"Resources: {}\n", "conformance-pack.yaml": b"Resources: {}\n"}
CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef"
SOURCE = {"SourceLocation": "https://github.com/example/rootguard.git"}


class Pipeline:
    """A deployed pipeline.yaml, its bucket and signing profile beside it."""

    def __init__(self, sandbox: Sandbox, home: Any, **parameters: str) -> None:
        self.sandbox = sandbox
        self.home = home
        organization = {"OrganizationId": "o-a1b2c3d4e5"}
        self.bucket = str(home.deploy("artifacts.yaml", stack="artifacts", **organization)["ArtifactBucket"])
        self.profile = str(home.deploy("code-signing.yaml", stack="signing")["SigningProfileName"])
        given = {"ArtifactBucket": self.bucket, "SigningProfileName": self.profile} | parameters
        self.outputs: dict[str, str] = home.deploy("pipeline.yaml", stack="pipeline", **given)

    def project_arn(self, name: str = "rootguard") -> str:
        return f"arn:aws:codebuild:us-east-1:{self.home.id}:project/{name}"

    def builder(self, project_arn: str | None = None) -> Any:
        """A session of the build's role, as CodeBuild has it."""
        context = {"aws:SourceAccount": self.home.id, "aws:SourceArn": project_arn or self.project_arn()}
        role = self.outputs["BuildRoleArn"]
        session = start_service_session(role, "codebuild.amazonaws.com", "AWSCodeBuild", context=context)
        return self.sandbox.session_for(session.keys)

    def policies(self) -> dict[str, dict[str, Any]]:
        iam, role = self.home.client("iam"), self.outputs["BuildRoleArn"].rpartition("/")[2]
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


@pytest.fixture(scope="module")
def pipeline(sandbox: Sandbox, new_account: Callable[[], Any]) -> Pipeline:
    return Pipeline(sandbox, new_account(), **SOURCE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline") / "build"
    build(rules_directory(), folder)
    return folder


@pytest.fixture(scope="module")
def buildspec() -> Any:
    return yaml.safe_load((PROJECT / "buildspec.yml").read_text("utf-8"))


def test_the_project_runs_the_buildspec_of_the_repository(pipeline: Pipeline, buildspec: Any) -> None:
    (project,) = pipeline.home.client("codebuild").batch_get_projects(names=["rootguard"])["projects"]
    assert project["source"] == {"type": "GITHUB", "location": SOURCE["SourceLocation"], "buildspec": "buildspec.yml"}
    assert project["sourceVersion"] == "main"
    assert project["artifacts"] == {"type": "NO_ARTIFACTS"}
    assert project["logsConfig"]["cloudWatchLogs"] == {"status": "ENABLED", "groupName": "/aws/codebuild/rootguard"}
    assert project["cache"]["modes"] == ["LOCAL_CUSTOM_CACHE"]
    variables = {each["name"]: each["value"] for each in project["environment"]["environmentVariables"]}
    assert variables == {"ARTIFACT_BUCKET": pipeline.bucket, "SIGNING_PROFILE": pipeline.profile}
    assert variables.keys() <= buildspec["env"]["variables"].keys()
    assert not project["environment"].get("privilegedMode")


def test_the_buildspecs_reports_have_their_groups(pipeline: Pipeline, buildspec: Any) -> None:
    client = pipeline.home.client("codebuild")
    groups = client.batch_get_report_groups(reportGroupArns=client.list_report_groups()["reportGroups"])["reportGroups"]
    kinds = {"JUNITXML": "TEST", "COBERTURAXML": "CODE_COVERAGE"}
    expected = {f"rootguard-{name}": kinds[report["file-format"]] for name, report in buildspec["reports"].items()}
    assert {group["name"]: group["type"] for group in groups} == expected


def test_the_build_may_write_these_reports(pipeline: Pipeline) -> None:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html names what a report needs."""
    groups = pipeline.home.client("codebuild").list_report_groups()["reportGroups"]
    (reports,) = [each for each in pipeline.policies()["build"]["Statement"] if each["Sid"] == "Reports"]
    written = {"CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases", "BatchPutCodeCoverages"}
    assert set(reports["Action"]) == {f"codebuild:{name}" for name in written}
    assert sorted(reports["Resource"]) == sorted(groups)


def test_the_build_publishes_and_signs_with_its_role(pipeline: Pipeline, built: Path) -> None:
    session = pipeline.builder()
    done = publish(session, pipeline.bucket, "0123abcd/", built, pipeline.profile, templates=TEMPLATES)
    assert len(done.written) == len(list(built.glob("*.zip"))) + len(TEMPLATES)
    again = publish(session, pipeline.bucket, "0123abcd/", built, pipeline.profile, templates=TEMPLATES)
    assert again.written == ()


@pytest.mark.parametrize(
    ("policy", "action"),
    [
        ("publish", "s3:ListBucket"),
        ("publish", "s3:GetObject"),
        ("publish", "s3:PutObject"),
        ("sign", "signer:GetSigningProfile"),
        ("sign", "signer:StartSigningJob"),
        ("sign", "signer:DescribeSigningJob"),
        ("sign", "s3:GetObjectVersion"),
        ("sign", "s3:PutObject"),
    ],
)
def test_without_one_action_the_build_publishes_nothing_signed(
    pipeline: Pipeline, built: Path, policy: str, action: str
) -> None:
    iam, role = pipeline.home.client("iam"), pipeline.outputs["BuildRoleArn"].rpartition("/")[2]
    whole = pipeline.policies()[policy]
    statements = [
        {**each, "Action": left}
        for each in whole["Statement"]
        if (
            left := [
                one
                for one in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
                if one != action
            ]
        )
    ]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**whole, "Statement": statements}))
    try:
        with pytest.raises((ClientError, RootguardError)):
            publish(
                pipeline.builder(), pipeline.bucket, f"{action.replace(':', '-')}-{policy}/", built, pipeline.profile,
                templates=TEMPLATES,
            )  # fmt: skip
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(whole))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda session, bucket: session.client("s3").put_object(Bucket=bucket, Key="a1b2/rules.yaml", Body=b"changed"),
        lambda session, bucket: session.client("s3").delete_object(Bucket=bucket, Key="a1b2/rules.yaml"),
        lambda session, bucket: session.client("s3").delete_bucket_policy(Bucket=bucket),
        lambda session, _: session.client("iam").list_users(),
        lambda session, _: session.client("cloudformation").list_stacks(),
    ],
    ids=["overwrite", "delete", "change the policy", "read IAM", "read stacks"],
)
def test_the_build_may_not(pipeline: Pipeline, attempt: Callable[[Any, str], Any]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        attempt(pipeline.builder(), pipeline.bucket)


def test_the_build_writes_its_own_log_and_no_other(pipeline: Pipeline) -> None:
    pipeline.home.client("logs").create_log_group(logGroupName="/aws/codebuild/other")
    logs = pipeline.builder().client("logs")
    logs.create_log_stream(logGroupName=pipeline.outputs["LogGroup"], logStreamName="build")
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.create_log_stream(logGroupName="/aws/codebuild/other", logStreamName="build")


def test_no_other_project_gets_the_role(pipeline: Pipeline) -> None:
    with pytest.raises(AwsError, match="not authorized"):
        pipeline.builder(pipeline.project_arn("other"))


def test_no_policy_has_a_wildcard_for_an_action_or_for_everything(pipeline: Pipeline) -> None:
    statements = [each for policy in pipeline.policies().values() for each in policy["Statement"]]
    assert statements
    for each in statements:
        assert "*" not in json.dumps(each["Action"])
        assert each["Resource"] != "*"


def test_unsigned_code_needs_no_signer(sandbox: Sandbox, new_account: Callable[[], Any], built: Path) -> None:
    plain = Pipeline(sandbox, new_account(), SigningProfileName="", **SOURCE)
    assert plain.policies().keys() == {"build", "publish"}
    done = publish(plain.builder(), plain.bucket, "0123abcd/", built, templates=TEMPLATES)
    assert done.written


@pytest.mark.parametrize(
    ("source", "policy", "resource"),
    [
        ({"SourceType": "GITLAB", "ConnectionArn": CONNECTION, **SOURCE}, "connection", CONNECTION),
        (
            {
                "SourceType": "CODECOMMIT",
                "SourceLocation": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/mine",
            },
            "codecommit",
            "arn:aws:codecommit:us-east-1:{account}:mine",
        ),
    ],
    ids=["by a connection", "from CodeCommit"],
)
def test_the_source_is_fetched(
    sandbox: Sandbox, new_account: Callable[[], Any], source: dict[str, str], policy: str, resource: str
) -> None:
    made = Pipeline(sandbox, new_account(), **source)
    (statement,) = made.policies()[policy]["Statement"]
    assert statement["Resource"] == resource.format(account=made.home.id)
    (project,) = made.home.client("codebuild").batch_get_projects(names=["rootguard"])["projects"]
    auth = {"type": "CODECONNECTIONS", "resource": CONNECTION} if policy == "connection" else None
    assert project["source"].get("auth") == auth


def test_a_pipeline_builds_every_push(sandbox: Sandbox, new_account: Callable[[], Any]) -> None:
    made = Pipeline(
        sandbox, new_account(), ConnectionArn=CONNECTION, PipelineRepository="example/rootguard", Branch="release"
    )
    client = made.home.client("codepipeline")
    found = client.get_pipeline(name=made.outputs["PipelineName"])["pipeline"]
    assert (found["pipelineType"], found["artifactStore"]["location"]) == ("V2", made.outputs["PipelineBucket"])
    source, building = [stage["actions"][0] for stage in found["stages"]]
    assert source["configuration"]["FullRepositoryId"] == "example/rootguard"
    assert source["configuration"]["BranchName"] == "release"
    assert building["configuration"] == {"ProjectName": "rootguard"}
    assert [each["name"] for each in building["inputArtifacts"]] == [each["name"] for each in source["outputArtifacts"]]
    (project,) = made.home.client("codebuild").batch_get_projects(names=["rootguard"])["projects"]
    assert (project["source"]["type"], project["artifacts"]["type"]) == ("CODEPIPELINE", "CODEPIPELINE")
    assert made.policies().keys() == {"build", "publish", "sign", "pipeline"}
    made.home.remove(stack="pipeline")
    assert made.home.client("s3").get_bucket_versioning(Bucket=made.outputs["PipelineBucket"])["Status"] == "Enabled"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"PipelineRepository": "example/rootguard"}, "give ConnectionArn, too"),
        ({}, "Give SourceLocation"),
        ({"SourceLocation": "git@github.com:example/rootguard.git"}, "an https:// URL"),
        ({**SOURCE, "ConnectionArn": "arn:aws:iam::123456789012:user/me"}, "a connection's ARN"),
    ],
    ids=["a pipeline without a connection", "nothing to fetch", "no https URL", "no connection"],
)
def test_parameters_are_refused(new_account: Callable[[], Any], parameters: dict[str, str], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        new_account().deploy("pipeline.yaml", ArtifactBucket="artifacts", **parameters)


def test_an_update_and_a_removal_leave_nothing_behind(sandbox: Sandbox, new_account: Callable[[], Any]) -> None:
    made = Pipeline(sandbox, new_account(), **SOURCE)
    changed = {"Branch": "release", "ArtifactBucket": made.bucket, **SOURCE}
    made.home.deploy("pipeline.yaml", stack="pipeline", **changed)
    codebuild = made.home.client("codebuild")
    (project,) = codebuild.batch_get_projects(names=["rootguard"])["projects"]
    assert project["sourceVersion"] == "release"
    assert [each["name"] for each in project["environment"]["environmentVariables"]] == ["ARTIFACT_BUCKET"]
    assert "sign" not in made.policies()
    made.home.remove(stack="pipeline")
    assert not codebuild.list_projects().get("projects")
    assert not codebuild.list_report_groups().get("reportGroups")
