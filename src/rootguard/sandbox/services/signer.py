"""AWS Signer: profiles that exist or not, and signing jobs for Lambda code, which moto lacks (signer, API model).

A job is done when StartSigningJob answers. On AWS it shows InProgress for a while; whoever polls sees the same end.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends
from moto.signer import urls
from moto.signer.models import SigningProfile, signer_backends
from moto.signer.responses import SignerResponse

from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.objects import bucket_region, find_bucket, object_resource, read_object
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.resource_access import judge_caller, refusal
from rootguard.sandbox.signing import Signature, sign
from rootguard.sandbox.signing_jobs import Job, Jobs, UnsignableError, current_time, expiry, signed_zip
from rootguard.sandbox.state import state

for _path in ("/signing-jobs$", "/signing-jobs/(?P<job_id>[^/]+)$", "/signing-profiles$"):
    urls.url_paths.setdefault(f"{{0}}{_path}", SignerResponse.dispatch)

_PLATFORM = "AWSLambda-SHA384-ECDSA"
_ACTIVE = "Active"
_PAGE = 25
_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "NoSuchVersion"})


@operation("signer:PutSigningProfile")
def put_signing_profile(call: Call) -> Answer:
    """Create a profile; a name that was used is used for ever, also by a canceled profile."""
    if call.parameters.get("overrides") or call.parameters.get("signingParameters"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no overrides and no signingParameters of a signing profile.")
    name = call.parameters["profileName"]
    if name in signer_backends[call.account_id][call.region].signing_profiles:
        raise _invalid(f"A signing profile with the name {name} already exists.")
    return call.moto()


@operation("signer:GetSigningProfile")
def get_signing_profile(call: Call) -> Answer:
    """Describe a profile that exists."""
    _profile(call)
    return call.moto()


@operation("signer:CancelSigningProfile")
def cancel_signing_profile(call: Call) -> Answer:
    """Cancel a profile: it stays visible and signs no more."""
    _profile(call)
    return call.moto()


@operation("signer:ListSigningProfiles")
def list_signing_profiles(call: Call) -> Answer:
    """List the active profiles, the canceled ones too if asked."""
    asked = call.parameters
    everyone = signer_backends[call.account_id][call.region].signing_profiles.values()
    statuses = set(asked.get("statuses") or ()) or (
        {_ACTIVE, "Canceled"} if asked.get("includeCanceled") else {_ACTIVE}
    )
    chosen = [each for each in everyone if each.status in statuses and _is_of(each.platform_id, asked)]
    shown, token = _page(chosen, lambda each: (each.name,), asked)
    profiles = [{key: value for key, value in each.to_dict().items() if value is not None} for each in shown]
    return {"profiles": profiles} | token


@operation("signer:StartSigningJob")
def start_signing_job(call: Call) -> Answer:
    """Sign a zip in S3, with the caller's permissions on both buckets.

    https://docs.aws.amazon.com/signer/latest/developerguide/gs-iam.html names s3:GetObjectVersion and s3:PutObject;
    how a refusal by S3 is worded is not documented.
    """
    jobs = state(Jobs, call.account_id, call.region)
    known = jobs.by_token.get(call.parameters["clientRequestToken"])
    if known is None:
        known = _run(call)
        jobs.by_id[known.id] = jobs.by_token[call.parameters["clientRequestToken"]] = known
    return {"jobId": known.id, "jobOwner": call.account_id}


@operation("signer:DescribeSigningJob")
def describe_signing_job(call: Call) -> Answer:
    """Describe a job of the account."""
    job = state(Jobs, call.account_id, call.region).by_id.get(call.parameters["jobId"])
    if job is None:
        raise _not_found(f"The signing job {call.parameters['jobId']} was not found.")
    return job.answer


@operation("signer:ListSigningJobs")
def list_signing_jobs(call: Call) -> Answer:
    """List the account's jobs, by status and platform if asked."""
    asked = call.parameters
    others = asked.keys() - {"status", "platformId", "maxResults", "nextToken"}
    if others:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox cannot list signing jobs by {', '.join(sorted(others))}.")
    jobs = [
        job
        for job in state(Jobs, call.account_id, call.region).by_id.values()
        if job.answer["status"] == asked.get("status", job.answer["status"]) and _is_of(job.answer["platformId"], asked)
    ]
    shown, token = _page(jobs, lambda each: (each.answer["createdAt"].isoformat(), each.id), asked)
    left_out = {"completedAt", "requestedBy", "statusReason", "signatureExpiresAt"}
    listed = [{key: value for key, value in job.answer.items() if key not in left_out} for job in shown]
    return {"jobs": [each | {"isRevoked": False} for each in listed]} | token


def _run(call: Call) -> Job:
    profile, source, destination = _profile(call), *_places(call)
    if profile.status != _ACTIVE:
        raise _invalid(f"The signing profile {profile.name} is {profile.status}.")
    if profile.platform_id != _PLATFORM:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox signs for {_PLATFORM} only, not for {profile.platform_id}.")
    content = _read(call, source)
    job_id, now = str(uuid.uuid4()), current_time()
    answer = {
        "jobId": job_id,
        "source": {"s3": source},
        "platformId": profile.platform_id,
        "platformDisplayName": profile.to_dict()["platformDisplayName"],
        "profileName": profile.name,
        "profileVersion": profile.profile_version,
        "createdAt": now,
        "completedAt": now,
        "requestedBy": caller_of(call).arn,
        "jobOwner": call.account_id,
        "jobInvoker": call.account_id,
    }
    try:
        signed = signed_zip(content, profile, job_id)
    except UnsignableError as error:
        return Job(job_id, call.parameters, answer | {"status": "Failed", "statusReason": str(error)})
    key = f"{destination.get('prefix', '')}{job_id}.zip"
    _write(call, destination["bucketName"], key, signed)
    job_arn = f"arn:{call.partition}:signer:{call.region}:{call.account_id}:/signing-jobs/{job_id}"
    sign(signed, Signature(profile.profile_version_arn, job_arn))
    place = {"s3": {"bucketName": destination["bucketName"], "key": key}}
    done = {"status": "Succeeded", "signedObject": place, "signatureExpiresAt": expiry(profile, now)}
    return Job(job_id, call.parameters, answer | done)


def _places(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where the code is and where it goes; "the S3 buckets are from the same Region as the signing profile"."""
    source = call.parameters["source"].get("s3")
    destination = call.parameters["destination"].get("s3") or {}
    if not source or not destination.get("bucketName"):
        raise _invalid("Source and destination must be in Amazon S3.")
    for bucket in (source["bucketName"], destination["bucketName"]):
        region = bucket_region(bucket)
        if region is None:
            raise _not_found(f"The bucket {bucket} does not exist.")
        if region != call.region:
            raise _invalid(f"The bucket {bucket} is in {region}, the signing profile in {call.region}.")
    return source, destination


def _read(call: Call, source: Mapping[str, str]) -> bytes:
    try:
        return read_object(call.access_key, source["bucketName"], source["key"], source["version"], call.partition)
    except AwsError as error:
        if error.code in _MISSING:
            raise _not_found(error.message) from None
        raise _denied(error.message) from None


def _write(call: Call, bucket: str, key: str, content: bytes) -> None:
    found = find_bucket(bucket)
    caller = caller_of(call)
    if found is None:
        raise _not_found(f"The bucket {bucket} does not exist.")
    resource = object_resource(found, key)
    verdict = judge_caller(caller, "s3:PutObject", resource, {"aws:ViaAWSService": "true"})
    if not verdict.allowed:
        raise _denied(refusal(caller, "s3:PutObject", resource, verdict).message)
    s3_backends[found.account_id][found.partition].put_object(bucket, key, content)


def _profile(call: Call) -> SigningProfile:
    owner = call.parameters.get("profileOwner", call.account_id)
    if owner != call.account_id:
        raise AwsError(NOT_IMPLEMENTED, "The sandbox does not share signing profiles between accounts.")
    name = call.parameters["profileName"]
    found = signer_backends[call.account_id][call.region].signing_profiles.get(name)
    if found is None:
        raise _not_found(f"The signing profile {name} was not found.")
    return found


def _is_of(platform_id: str, asked: Mapping[str, Any]) -> bool:
    return asked.get("platformId") in (None, platform_id)


def _page(items: list[Any], key: Any, asked: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    try:
        shown, token = page(items, key, int(asked.get("maxResults", _PAGE)), asked.get("nextToken"))
    except InvalidTokenError:
        raise _invalid("The nextToken is not valid.") from None
    return shown, ({"nextToken": token} if token else {})


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)


def _denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message, 403)
