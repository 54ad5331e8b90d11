"""Signatures of AWS Signer on the functions' code, which Lambda checks before it takes it.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

from rootguard.errors import RootguardError

SIGNING_PREFIX = "signing/"
"""Where code lies before and after it was signed, until it is published; templates/artifacts.yaml lets it expire."""

PLATFORM = "AWSLambda-SHA384-ECDSA"

_UNVERSIONED = "null"
_POLL_SECONDS, _POLLS = 2, 150


class SigningError(RootguardError):
    """Code that cannot be signed; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class SigningProfile:
    """A profile of AWS Signer.

    Attributes:
        version_arn: Of its current version: what a function's code signing configuration trusts.
    """

    name: str
    version_arn: str


def find_profile(session: boto3.Session, name: str) -> SigningProfile:
    """The profile of that name in the session's account and Region.

    Raises:
        SigningError: There is none, or it cannot sign Lambda code.
        ClientError: AWS refuses; signer:GetSigningProfile is needed.
    """
    signer: Any = session.client("signer")
    try:
        found = signer.get_signing_profile(profileName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise SigningError(
            f"there is no signing profile {name} in {session.region_name}; templates/code-signing.yaml makes one"
        ) from error
    if found["platformId"] != PLATFORM:
        raise SigningError(f"the signing profile {name} is for {found['platformId']}; choose one for {PLATFORM}")
    if found["status"] != "Active":
        raise SigningError(f"the signing profile {name} is {found['status'].lower()}; choose another")
    return SigningProfile(name, found["profileVersionArn"])


def sign(session: boto3.Session, bucket: str, profile: SigningProfile, code: Mapping[str, bytes]) -> dict[str, bytes]:
    """Have zips signed; all jobs run at once.

    Args:
        session: Needs signer:StartSigningJob on the profile and signer:DescribeSigningJob, s3:ListBucket, and
            s3:PutObject, s3:GetObject, s3:GetObjectVersion under signing/: AWS Signer reads and writes as its caller
            (https://docs.aws.amazon.com/signer/latest/developerguide/gs-iam.html).
        bucket: Versioned, and of the profile's Region (API model signer, StartSigningJob).
        profile: Signs.
        code: Unsigned zips, by any name.

    Returns:
        The signed zips, by the same names.

    Raises:
        SigningError: The bucket has no versions, or a job fails.
        ClientError: AWS refuses.
    """
    jobs = _Jobs(session, bucket, profile)
    started = {name: jobs.start(content) for name, content in code.items()}
    return {name: jobs.result(name, job_id) for name, job_id in started.items()}


class _Jobs:
    """Signing jobs in a bucket."""

    def __init__(self, session: boto3.Session, bucket: str, profile: SigningProfile) -> None:
        self._s3: Any = session.client("s3")
        self._signer: Any = session.client("signer")
        self._bucket = bucket
        self._profile = profile

    def start(self, content: bytes) -> str:
        """Have a zip signed; the job's id."""
        key = f"{SIGNING_PREFIX}{hashlib.sha256(content).hexdigest()}.zip"
        put = self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
        version = put.get("VersionId", _UNVERSIONED)
        if version == _UNVERSIONED:
            raise SigningError(
                f"the bucket {self._bucket} keeps no versions, which AWS Signer needs; enable versioning"
            )
        job = self._signer.start_signing_job(
            source={"s3": {"bucketName": self._bucket, "key": key, "version": version}},
            destination={"s3": {"bucketName": self._bucket, "prefix": SIGNING_PREFIX}},
            profileName=self._profile.name,
        )
        return str(job["jobId"])

    def result(self, name: str, job_id: str) -> bytes:
        """Wait for a job; the signed zip."""
        waiter = self._signer.get_waiter("successful_signing_job")
        try:
            waiter.wait(jobId=job_id, WaiterConfig={"Delay": _POLL_SECONDS, "MaxAttempts": _POLLS})
        except WaiterError as error:
            if "Error" in error.last_response:
                raise ClientError(error.last_response, "DescribeSigningJob") from error
            reason = error.last_response.get("statusReason") or f"not done after {_POLL_SECONDS * _POLLS} s; try again"
            raise SigningError(f"AWS Signer could not sign {name}: {reason}") from error
        signed = self._signer.describe_signing_job(jobId=job_id)["signedObject"]["s3"]
        return bytes(self._s3.get_object(Bucket=signed["bucketName"], Key=signed["key"])["Body"].read())
