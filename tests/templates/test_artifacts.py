"""artifacts.yaml and code-signing.yaml: who reads the bucket, what it keeps, and whose signature the code has."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.artifacts import build
from rootguard.catalog import rules_directory, templates_directory
from rootguard.deploy.publication import publish
from rootguard.sandbox.background import idle
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.policy import Outcome, Principal, Request, evaluate, parse
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.signing import signature_of

TEMPLATES = {"rules.yaml": b"Resources: {}\n", "conformance-pack.yaml": b"Resources: {}\n"}


@pytest.fixture(scope="module")
def bucket(management: Any, organization: Mapping[str, str]) -> str:
    outputs = management.deploy("artifacts.yaml", stack="rootguard-artifacts", OrganizationId=organization["id"])
    return str(outputs["ArtifactBucket"])


@pytest.fixture(scope="module")
def member(new_member: Callable[[], Any]) -> Any:
    return new_member()


@pytest.fixture(scope="module")
def stranger(new_account: Callable[[], Any]) -> Any:
    return new_account()


@pytest.fixture(scope="module")
def published(management: Any, bucket: str) -> dict[str, str]:
    """An object, with its version."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("code.py", "def handler(event, context): ...")
    made = management.client("s3").put_object(Bucket=bucket, Key="a1b2/code.zip", Body=content.getvalue())
    return {"Bucket": bucket, "Key": "a1b2/code.zip", "VersionId": made["VersionId"]}


def test_the_bucket_is_private_encrypted_versioned_and_without_acls(management: Any, bucket: str) -> None:
    s3 = management.client("s3")
    access = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(access) == 4
    assert all(access.values())
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (owner,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_what_is_published_stays_and_everything_else_goes(management: Any, bucket: str) -> None:
    found = management.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    rules = {rule["ID"]: rule for rule in found}
    assert rules["noncurrent-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert rules["incomplete-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert [rule["Filter"] for rule in found if "Days" in rule.get("Expiration", {})] == [{"Prefix": "signing/"}]


def test_the_organization_reads_the_objects(member: Any, published: dict[str, str]) -> None:
    s3 = member.client("s3")
    assert s3.get_object(Bucket=published["Bucket"], Key=published["Key"])["ContentLength"]
    assert s3.get_object(**published)["VersionId"] == published["VersionId"]


def test_a_member_makes_a_function_of_it(member: Any, published: dict[str, str]) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = member.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = {"S3Bucket": published["Bucket"], "S3Key": published["Key"]}
    made = member.client("lambda").create_function(
        FunctionName="f", Runtime="python3.13", Role=role, Handler="code.handler", Code=code
    )
    assert made["CodeSize"]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda s3, bucket: s3.list_objects_v2(Bucket=bucket),
        lambda s3, bucket: s3.put_object(Bucket=bucket, Key="a1b2/code.zip", Body=b"changed"),
        lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="a1b2/code.zip"),
        lambda s3, bucket: s3.delete_bucket_policy(Bucket=bucket),
    ],
    ids=["list", "overwrite", "delete", "change the policy"],
)
def test_a_member_does_nothing_but_read(
    member: Any, published: dict[str, str], attempt: Callable[[Any, str], Any]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        attempt(member.client("s3"), published["Bucket"])


def test_an_account_outside_of_the_organization_reads_nothing(stranger: Any, published: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.client("s3").get_object(Bucket=published["Bucket"], Key=published["Key"])


@pytest.mark.parametrize(
    ("secure", "outcome"),
    [("true", Outcome.ALLOWED), ("false", Outcome.EXPLICIT_DENY)],
    ids=["over TLS", "in the clear"],
)
def test_reading_needs_tls(
    management: Any, organization: Mapping[str, str], bucket: str, secure: str, outcome: Outcome
) -> None:
    """The sandbox's own connections pass for TLS, so the policy itself is asked."""
    policy = parse(management.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    context = {"aws:SecureTransport": secure, "aws:PrincipalOrgID": organization["id"]}
    principal = Principal(arn="arn:aws:iam::210987654321:role/r", account_id="210987654321")
    request = Request.of("s3:GetObject", f"arn:aws:s3:::{bucket}/a", context, principal)
    assert evaluate((policy,), request).outcome is outcome


def test_access_logs_go_where_the_parameter_says(new_account: Callable[[], Any]) -> None:
    home = new_account()
    s3 = home.client("s3")
    s3.create_bucket(Bucket="access-logs")
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::access-logs/*",
    }
    s3.put_bucket_policy(Bucket="access-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
    outputs = home.deploy(
        "artifacts.yaml", OrganizationId="o-a1b2c3d4e5", AccessLogBucket="access-logs", NoncurrentVersionDays=30
    )
    bucket = outputs["ArtifactBucket"]
    enabled = s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]
    assert (enabled["TargetBucket"], enabled["TargetPrefix"]) == ("access-logs", "stack/")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert {"NoncurrentDays": 30} in [rule.get("NoncurrentVersionExpiration") for rule in rules]


@pytest.mark.parametrize(
    "parameters",
    [
        {"OrganizationId": "r-a1b2"},
        {"OrganizationId": "*"},
        {"OrganizationId": "o-a1b2c3d4e5", "AccessLogBucket": "Logs"},
        {"OrganizationId": "o-a1b2c3d4e5", "NoncurrentVersionDays": 0},
        {},
    ],
    ids=["a root's id", "everybody", "no bucket's name", "no days", "nothing"],
)
def test_parameters_are_refused(new_account: Callable[[], Any], parameters: dict[str, object]) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        new_account().deploy("artifacts.yaml", **parameters)


def test_the_bucket_outlives_the_stack(new_account: Callable[[], Any]) -> None:
    home = new_account()
    bucket = home.deploy("artifacts.yaml", OrganizationId="o-a1b2c3d4e5")["ArtifactBucket"]
    home.remove()
    s3 = home.client("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert "TlsOnly" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_a_failed_first_deployment_leaves_no_bucket_behind(sandbox: Sandbox, new_account: Callable[[], Any]) -> None:
    home = new_account()
    allowed = {"Effect": "Allow", "NotAction": "s3:PutBucketPolicy", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    home.client("iam").create_user(UserName="deployer")
    home.client("iam").put_user_policy(UserName="deployer", PolicyName="most", PolicyDocument=document)
    key = home.client("iam").create_access_key(UserName="deployer")["AccessKey"]
    deployer = sandbox.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"])).client("cloudformation")
    deployer.create_stack(
        StackName="stack",
        TemplateBody=(templates_directory() / "artifacts.yaml").read_text("utf-8"),
        Parameters=[{"ParameterKey": "OrganizationId", "ParameterValue": "o-a1b2c3d4e5"}],
    )
    assert idle(60)
    events = deployer.describe_stack_events(StackName="stack")["StackEvents"]
    assert ("ArtifactBucket", "CREATE_COMPLETE") in [
        (each["LogicalResourceId"], each["ResourceStatus"]) for each in events
    ]
    assert home.status() == "ROLLBACK_COMPLETE"
    assert home.client("s3").list_buckets()["Buckets"] == []


def test_code_is_signed_with_the_profile_of_the_other_stack(
    sandbox: Sandbox, management: Any, member: Any, bucket: str, tmp_path: Path
) -> None:
    outputs = management.deploy("code-signing.yaml", stack="rootguard-code-signing", SignatureValidityMonths=12)
    build(rules_directory(), tmp_path / "build")
    session = sandbox.session(management.id)
    done = publish(session, bucket, None, tmp_path / "build", outputs["SigningProfileName"], templates=TEMPLATES)
    assert done.signing_profile_version_arn == outputs["SigningProfileVersionArn"]
    s3 = member.client("s3")
    keys = [key for key in done.written if key.endswith(".zip")]
    signatures = [signature_of(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    assert signatures
    assert {each and each.profile_version_arn for each in signatures} == {outputs["SigningProfileVersionArn"]}
    found = management.client("signer").get_signing_profile(profileName=outputs["SigningProfileName"])
    assert found["signatureValidityPeriod"] == {"type": "MONTHS", "value": 12}
