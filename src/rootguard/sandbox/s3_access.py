"""Who may use a bucket: identity policies and the bucket's policy, which another account needs.

moto's S3 asks nobody and knows a bucket's policy by its statements for everybody, without their conditions; its
requests do not pass `BaseResponse.call_action`. Access control lists are not looked at: new buckets have them disabled
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html).
"""

import functools
from collections.abc import Callable
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from rootguard.sandbox.callers import Caller, CallerType, caller_of
from rootguard.sandbox.dispatch import Call, admit, call_of, check
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.objects import bucket_resource, find_bucket, held_object, object_resource
from rootguard.sandbox.request_context import Values, request_context
from rootguard.sandbox.resource_access import Resource, judge_caller, refusal
from rootguard.sandbox.s3_actions import Need, condition_keys, needs

type Answering = Callable[[S3Response, Any, str], Any]

_OF_THE_POLICY = frozenset({"s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"})
_READING = frozenset({"GetObject", "HeadObject"})
_WITHOUT_BUCKET = frozenset({"CreateBucket", "ListBuckets"})
_OWN_CODES = {"InvalidClientTokenId": "InvalidAccessKeyId"}


@check
def authorize_s3(call: Call) -> None:
    """Refuse what the caller's policies or the bucket's policy do not allow.

    Raises:
        AwsError: AccessDenied.
    """
    if call.service != "s3":
        return
    caller = caller_of(call)
    context: Values = {**request_context(call, caller), **condition_keys(call)}
    for need in needs(call):
        resource = _resource(call, need)
        if resource is not None:
            _require(caller, need.action, resource, context)
    bucket = find_bucket(str(call.parameters.get("Bucket", "")))
    if bucket is None or call.operation not in _READING:
        return
    if held_object(bucket, call.parameters["Key"], call.parameters.get("VersionId")) is None:
        # Who may not list the bucket is not told that there is no such object (API reference of GetObject).
        _require(caller, "s3:ListBucket", bucket_resource(bucket), context)


def _require(caller: Caller, action: str, resource: Resource, context: Values) -> None:
    if action in _OF_THE_POLICY and _owns(caller, resource):
        return
    verdict = judge_caller(caller, action, resource, {**context, "s3:ResourceAccount": resource.account_id})
    if not verdict.allowed:
        raise refusal(caller, action, resource, verdict)


def _owns(caller: Caller, resource: Resource) -> bool:
    """Whether no policy of the bucket can lock its caller out of that policy: the root user of the bucket's account.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    whole = caller.type in (CallerType.OPERATOR, CallerType.ROOT)
    return whole and caller.account_id == resource.account_id


def _resource(call: Call, need: Need) -> Resource | None:
    """What an action is about; None for a bucket that does not exist, which moto says."""
    if call.operation == "ListBuckets":
        return Resource("*", call.account_id)
    if call.operation == "CreateBucket":
        return Resource(f"arn:{call.partition}:s3:::{need.bucket}", call.account_id)
    bucket = find_bucket(need.bucket)
    if bucket is None:
        return None
    return bucket_resource(bucket) if need.key is None else object_resource(bucket, need.key)


def install() -> None:
    """Let every request to S3 pass the sandbox's checks, and reach the account that has the bucket."""
    moto: Any = S3Response
    if hasattr(moto._bucket_response, "__wrapped__"):  # noqa: SLF001 - where moto knows the request
        return
    moto._bucket_response = _checked(moto._bucket_response)  # noqa: SLF001
    moto._key_response = _checked(moto._key_response)  # noqa: SLF001
    FakeBucket.get_permission = _neutral  # type: ignore[method-assign] # judged here, with conditions


def _neutral(self: FakeBucket, action: str, resource: str) -> Any:
    del self, action, resource
    return PermissionResult.NEUTRAL


def _checked(original: Answering) -> Answering:
    @functools.wraps(original)
    def answer(self: S3Response, request: Any, full_url: str) -> Any:
        try:
            _admit(self)
        except AwsError as error:
            return _refused(self, error)
        return original(self, request, full_url)

    return answer


def _admit(response: S3Response) -> None:
    name = response._get_action_from_method_and_request_uri(response.normalized_request)  # noqa: SLF001 - as dispatch
    if name is None:  # OPTIONS, which browsers ask
        return
    if "Authorization" not in response.headers:
        if "X-Amz-Credential" in response.querystring or "AWSAccessKeyId" in response.querystring:
            raise AwsError(NOT_IMPLEMENTED, "The sandbox's S3 takes no presigned URLs.")
        raise AwsError("AccessDenied", "Access Denied", 403)
    response.parse_parameters(response.normalized_request)
    call = call_of(response, "s3", name, _unused)
    admit(call)
    bucket = find_bucket(str(call.parameters.get("Bucket", "")))
    if bucket is not None and name not in _WITHOUT_BUCKET:
        response.current_account = bucket.account_id


def _unused(_: Any) -> TYPE_RESPONSE:
    raise AssertionError("S3 has no operations of the sandbox's own")


def _refused(response: S3Response, error: AwsError) -> TYPE_RESPONSE:
    code = _OWN_CODES.get(error.code, error.code)
    status = error.status or 400
    if response.method == "HEAD":
        return status, {}, ""
    _, headers, body = response.serialized(ActionResult(AwsError(code, error.message, status)))
    return status, headers, body
