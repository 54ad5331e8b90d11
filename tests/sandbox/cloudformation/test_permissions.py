"""With whose permissions a stack works, and who may touch which stack."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys

A = "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Name: /a, Type: String, Value: a}}}"
STACKS = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
PARAMETERS = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def user(cloud: Any, *statements: dict[str, Any]) -> Keys:
    iam = cloud.client("iam")
    iam.create_user(UserName="builder")
    iam.put_user_policy(UserName="builder", PolicyName="p", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName="builder")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def role(cloud: Any, service: str, *statements: dict[str, Any]) -> str:
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="stacks", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName="stacks", PolicyName="p", PolicyDocument=document(*statements))
    return str(arn)


@pytest.mark.parametrize(
    ("statements", "status"),
    [
        pytest.param([STACKS, PARAMETERS], "CREATE_COMPLETE", id="both stacks and parameters"),
        pytest.param([STACKS], "ROLLBACK_COMPLETE", id="stacks alone"),
    ],
)
def test_a_stack_may_what_its_creator_may(cloud: Any, statements: list[dict[str, Any]], status: str) -> None:
    keys = user(cloud, *statements)

    cloud.client_with(keys).create_stack(StackName="s", TemplateBody=A)
    cloud.settled()

    assert cloud.status("s") == status
    if status == "ROLLBACK_COMPLETE":
        [reason] = cloud.reasons("s", "CREATE_FAILED")
        assert "user/builder is not authorized to perform: ssm:PutParameter" in reason
        assert "HandlerErrorCode: AccessDenied)" in reason


def test_a_stack_may_what_its_role_may(cloud: Any) -> None:
    arn = role(cloud, "cloudformation.amazonaws.com", PARAMETERS)
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn}
    builder = cloud.client_with(user(cloud, STACKS, passing))

    builder.create_stack(StackName="s", TemplateBody=A, RoleARN=arn)
    cloud.settled()
    assert cloud.status("s") == "CREATE_COMPLETE"
    assert cloud.stack("s")["RoleARN"] == arn

    builder.delete_stack(StackName="s")
    cloud.settled()
    assert cloud.values() == set()


def test_a_role_must_be_passed(cloud: Any) -> None:
    arn = role(cloud, "cloudformation.amazonaws.com", PARAMETERS)

    with pytest.raises(ClientError, match=f"builder is not authorized to perform: iam:PassRole on resource: {arn}"):
        cloud.client_with(user(cloud, STACKS)).create_stack(StackName="s", TemplateBody=A, RoleARN=arn)


def test_a_role_must_be_passed_to_a_change_set(cloud: Any) -> None:
    arn = role(cloud, "cloudformation.amazonaws.com", PARAMETERS)
    change_set = {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": A}

    with pytest.raises(ClientError, match=f"builder is not authorized to perform: iam:PassRole on resource: {arn}"):
        cloud.client_with(user(cloud, STACKS)).create_change_set(**change_set, RoleARN=arn)
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []


def test_a_role_must_trust_cloudformation(cloud: Any) -> None:
    arn = role(cloud, "lambda.amazonaws.com", PARAMETERS)

    with pytest.raises(ClientError, match=r"\(ValidationError\).*is invalid or cannot be assumed"):
        cloud.cloudformation.create_stack(StackName="s", TemplateBody=A, RoleARN=arn)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("create_stack", {"TemplateBody": A}, id="create"),
        pytest.param("describe_stacks", {}, id="describe"),
        pytest.param("describe_stack_events", {}, id="events"),
        pytest.param("create_change_set", {"TemplateBody": A, "ChangeSetName": "c"}, id="change set"),
        pytest.param("delete_stack", {}, id="delete"),
    ],
)
def test_a_policy_names_the_stacks(cloud: Any, operation: str, request_: dict[str, Any]) -> None:
    arn = f"arn:aws:cloudformation:us-east-1:{cloud.account_id}:stack/mine-*/*"
    builder = cloud.client_with(user(cloud, STACKS | {"Resource": arn}, PARAMETERS))
    for name in ("mine-a", "yours-a"):
        cloud.created(name, A.replace("/a", f"/{name}"))

    with pytest.raises(ClientError, match=r"\(AccessDenied\).*stack/yours-"):
        getattr(builder, operation)(StackName="yours-b" if operation == "create_stack" else "yours-a", **request_)
    if operation == "create_stack":
        getattr(builder, operation)(StackName="mine-b", **request_)
    elif operation == "create_change_set":
        with pytest.raises(ClientError, match="ValidationError") as caught:
            getattr(builder, operation)(StackName="mine-none", **request_)
        assert "does not exist" in str(caught.value)
    else:
        getattr(builder, operation)(StackName="mine-a", **request_)


def test_a_change_set_is_guarded_as_its_stack_is(cloud: Any) -> None:
    arn = f"arn:aws:cloudformation:us-east-1:{cloud.account_id}:stack/mine/*"
    builder = cloud.client_with(user(cloud, STACKS | {"Resource": arn}))
    ids = {}
    for name in ("mine", "yours"):
        request = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": A}
        ids[name] = cloud.cloudformation.create_change_set(**request)["Id"]

    assert builder.describe_change_set(ChangeSetName=ids["mine"])["StackName"] == "mine"
    with pytest.raises(ClientError, match="AccessDenied"):
        builder.describe_change_set(ChangeSetName=ids["yours"])


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://s3.amazonaws.com/BUCKET/dir/a.yaml", id="path style"),
        pytest.param("https://s3.us-east-1.amazonaws.com/BUCKET/dir/a.yaml", id="path style in a Region"),
        pytest.param("https://BUCKET.s3.amazonaws.com/dir/a.yaml", id="virtual host"),
        pytest.param("https://BUCKET.s3.us-east-1.amazonaws.com/dir/a.yaml", id="virtual host in a Region"),
        pytest.param("https://BUCKET.s3-us-east-1.amazonaws.com/dir/a.yaml", id="virtual host with a hyphen"),
        pytest.param("http://127.0.0.1:5000/BUCKET/dir/a.yaml", id="another endpoint"),
    ],
)
def test_a_template_comes_from_s3(cloud: Any, url: str) -> None:
    s3 = cloud.client("s3")
    bucket = f"templates-{cloud.account_id}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="dir/a.yaml", Body=A.encode())

    assert cloud.cloudformation.get_template_summary(TemplateURL=url.replace("BUCKET", bucket))["ResourceTypes"] == [
        "AWS::SSM::Parameter"
    ]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        pytest.param("https://s3.amazonaws.com/BUCKET/none", "S3 error: The specified key does not exist", id="no key"),
        pytest.param(
            "https://s3.amazonaws.com/none/a", "S3 error: The specified bucket does not exist", id="no bucket"
        ),
        pytest.param("s3://BUCKET/a", "TemplateURL must be a supported URL", id="no such scheme"),
        pytest.param("https://s3.amazonaws.com/BUCKET", "TemplateURL must be a supported URL", id="a bucket"),
        pytest.param("https://s3.amazonaws.com/BUCKET/large", "may not exceed 1048576 bytes", id="too large"),
        pytest.param(
            "https://BUCKET.s3.eu-west-1.amazonaws.com/large",
            "S3 error: The bucket you are attempting to access must be addressed using the specified endpoint",
            id="another Region's endpoint",
        ),
        pytest.param(
            "https://BUCKET.s3.us-east-1.amazonaws.com.cn/large", "must be a supported URL", id="another partition's"
        ),
        pytest.param("https://example.com/BUCKET/large", "must be a supported URL", id="no endpoint of S3"),
    ],
)
def test_a_template_does_not_come_from_s3(cloud: Any, url: str, error: str) -> None:
    s3 = cloud.client("s3")
    bucket = f"templates-{cloud.account_id}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="large", Body=b" " * 1_048_577)

    with pytest.raises(ClientError, match=error):
        cloud.cloudformation.validate_template(TemplateURL=url.replace("BUCKET", bucket))


def test_a_template_is_read_with_the_callers_permissions(cloud: Any) -> None:
    s3 = cloud.client("s3")
    bucket = f"templates-{cloud.account_id}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=A.encode())
    builder = cloud.client_with(user(cloud, STACKS))

    with pytest.raises(ClientError, match=r"S3 error: .*s3:GetObject"):
        builder.validate_template(TemplateURL=f"https://s3.amazonaws.com/{bucket}/a")
