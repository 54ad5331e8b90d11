"""Signing profiles and jobs, over HTTP."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.signing import signature_of

PLATFORM = "AWSLambda-SHA384-ECDSA"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def signer(running: Sandbox) -> Any:
    return running.session(running.management_account_id).client("signer")


@pytest.fixture(scope="module")
def s3(running: Sandbox) -> Any:
    client = running.session(running.management_account_id).client("s3")
    client.create_bucket(Bucket="code")
    client.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture(scope="module")
def profile(signer: Any) -> str:
    return str(signer.put_signing_profile(profileName="functions", platformId=PLATFORM)["profileVersionArn"])


def started(signer: Any, s3: Any, content: bytes, **changes: Any) -> Any:
    version = s3.put_object(Bucket="code", Key="unsigned.zip", Body=content)["VersionId"]
    request = {
        "source": {"s3": {"bucketName": "code", "key": "unsigned.zip", "version": version}},
        "destination": {"s3": {"bucketName": "code", "prefix": "signed/"}},
        "profileName": "functions",
    }
    return signer.start_signing_job(**request | changes)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_signed_zip_keeps_its_files_and_is_known_to_be_signed(signer: Any, s3: Any, profile: str) -> None:
    job_id = started(signer, s3, zipped(a="1", b="2"))["jobId"]
    job = signer.describe_signing_job(jobId=job_id)
    assert (job["status"], job["profileName"]) == ("Succeeded", "functions")
    assert job["signedObject"]["s3"] == {"bucketName": "code", "key": f"signed/{job_id}.zip"}
    assert job["signatureExpiresAt"] > job["createdAt"]
    content = s3.get_object(Bucket="code", Key=f"signed/{job_id}.zip")["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.namelist() == ["a.py", "b.py", "META_INF/aws_signer_signature_v1.0.SF"]
        assert package.testzip() is None
    signature = signature_of(content)
    assert signature is not None
    assert signature.profile_version_arn == profile
    assert signature.job_arn.endswith(f":/signing-jobs/{job_id}")
    assert signature_of(content + b" ") is None
    assert job_id in {each["jobId"] for each in signer.list_signing_jobs(status="Succeeded")["jobs"]}


def test_the_version_that_was_named_is_signed(signer: Any, s3: Any, profile: str) -> None:
    del profile
    version = s3.put_object(Bucket="code", Key="two.zip", Body=zipped(old="1"))["VersionId"]
    s3.put_object(Bucket="code", Key="two.zip", Body=zipped(new="1"))
    source = {"s3": {"bucketName": "code", "key": "two.zip", "version": version}}
    job_id = started(signer, s3, zipped(x="1"), source=source)["jobId"]
    content = s3.get_object(Bucket="code", Key=f"signed/{job_id}.zip")["Body"].read()
    assert "old.py" in zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_a_request_token_makes_one_job(signer: Any, s3: Any, profile: str) -> None:
    del profile
    jobs = [started(signer, s3, zipped(a=text), clientRequestToken="once")["jobId"] for text in ("1", "2")]
    assert jobs[0] == jobs[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"no zip", "malformed"), (zipped(), "empty"), (None, "already has a signature")],
    ids=["no zip", "an empty zip", "a zip that is signed"],
)
def test_a_job_fails_on(signer: Any, s3: Any, profile: str, content: bytes | None, reason: str) -> None:
    del profile
    if content is None:
        job_id = started(signer, s3, zipped(a="1"))["jobId"]
        content = s3.get_object(Bucket="code", Key=f"signed/{job_id}.zip")["Body"].read()
    job = signer.describe_signing_job(jobId=started(signer, s3, content)["jobId"])
    assert job["status"] == "Failed"
    assert reason in job["statusReason"]
    assert "signedObject" not in job


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"profileName": "unknown"}, "ResourceNotFoundException"),
        ({"destination": {"s3": {"bucketName": "nowhere"}}}, "ResourceNotFoundException"),
        (
            {"source": {"s3": {"bucketName": "code", "key": "unsigned.zip", "version": "7"}}},
            "ResourceNotFoundException",
        ),
        ({"destination": {"s3": {"bucketName": "code-in-europe"}}}, "ValidationException"),
        ({"profileName": "canceled"}, "ValidationException"),
        ({"profileOwner": "210987654321"}, "SandboxNotImplemented"),
    ],
    ids=["no profile", "no bucket", "no version", "another Region", "a canceled profile", "another account's profile"],
)
def test_a_job_is_refused_with(signer: Any, s3: Any, profile: str, changes: dict[str, Any], code: str) -> None:
    del profile
    if changes.get("profileName") == "canceled":
        signer.put_signing_profile(profileName="canceled", platformId=PLATFORM)
        signer.cancel_signing_profile(profileName="canceled")
        assert signer.get_signing_profile(profileName="canceled")["status"] == "Canceled"
    if "code-in-europe" in str(changes):
        s3.create_bucket(Bucket="code-in-europe", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(ClientError) as refused:
        started(signer, s3, zipped(a="1"), **changes)
    assert refusal(refused) == code


def test_a_job_reads_and_writes_with_its_callers_permissions(running: Sandbox, s3: Any, profile: str) -> None:
    iam = running.session(running.management_account_id).client("iam")
    iam.create_user(UserName="builder")
    key = iam.create_access_key(UserName="builder")["AccessKey"]
    caller: Any = running.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"])).client("signer")

    def allow(*statements: tuple[str, str]) -> None:
        document = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
        policy = json.dumps({"Version": "2012-10-17", "Statement": document})
        iam.put_user_policy(UserName="builder", PolicyName="sign", PolicyDocument=policy)

    start = "signer:StartSigningJob", profile.rsplit("/", 1)[0]
    read, write = ("s3:GetObjectVersion", "arn:aws:s3:::code/*"), ("s3:PutObject", "arn:aws:s3:::code/signed/*")
    for granted in ((start, read), (start, write), (read, write)):
        allow(*granted)
        with pytest.raises(ClientError) as refused:
            started(caller, s3, zipped(a="1"))
        assert refusal(refused) == "AccessDeniedException"
    allow(start, read, write)
    assert started(caller, s3, zipped(a="1"))["jobOwner"] == running.management_account_id


def test_what_does_not_exist_is_said_so(signer: Any) -> None:
    with pytest.raises(ClientError) as refused:
        signer.get_signing_profile(profileName="nobody")
    assert refusal(refused) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as refused:
        signer.describe_signing_job(jobId="nothing")
    assert refusal(refused) == "ResourceNotFoundException"


def test_profiles_are_listed_while_active(signer: Any, profile: str) -> None:
    del profile
    signer.put_signing_profile(profileName="ended", platformId=PLATFORM)
    signer.cancel_signing_profile(profileName="ended")
    active = {each["profileName"] for each in signer.list_signing_profiles()["profiles"]}
    assert "functions" in active
    assert "ended" not in active
    everyone = signer.list_signing_profiles(includeCanceled=True)["profiles"]
    assert "ended" in {each["profileName"] for each in everyone}
    with pytest.raises(ClientError) as refused:
        signer.put_signing_profile(profileName="ended", platformId=PLATFORM)
    assert refusal(refused) == "ValidationException"
