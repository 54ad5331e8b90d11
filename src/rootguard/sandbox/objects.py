"""Objects in S3 as AWS services read them in a caller's name: a function's code, a template.

The caller needs s3:GetObject as if it asked S3 itself: Lambda, CloudFormation and AWS Config read with the caller's own
permissions (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html).
"""

from dataclasses import replace

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, s3_backends

from rootguard.sandbox.callers import Caller, caller_of_key
from rootguard.sandbox.credentials import account_of
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.request_context import Values
from rootguard.sandbox.resource_access import Resource, judge_caller, own_policy, refusal

_ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_RESTORED = 'ongoing-request="false"'
_IN_NAME_OF = {"aws:ViaAWSService": "true"}


def read_object(access_key: str, bucket: str, key: str, version: str | None = None, partition: str = "aws") -> bytes:
    """What an object contains, read with the permissions of the holder of an access key.

    Args:
        access_key: The caller's access key id, `call.access_key`.
        bucket: The bucket's name, of whichever account.
        key: The object's key.
        version: The object's version, the latest one if not given.
        partition: Where the caller is.

    Raises:
        AwsError: NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidObjectState for an archived object, and AccessDenied,
            also for an object that does not exist if the caller may not list the bucket
            (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    """
    account_id = account_of(access_key)
    caller = caller_of_key(access_key, account_id, partition) if account_id else None
    if caller is None:
        raise AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    found = find_bucket(bucket)
    if found is None:
        raise no_such_bucket()
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    _require(caller, action, object_resource(found, key))
    held = held_object(found, key, version)
    if held is None:
        _require(caller, "s3:ListBucket", bucket_resource(found))  # else it may not know that there is nothing
        raise _no_such_object(version)
    if held.storage_class in _ARCHIVED and _RESTORED not in held.response_dict.get("x-amz-restore", ""):
        message = "The operation is not valid for the object's storage class"
        raise AwsError("InvalidObjectState", message, 403)
    return bytes(held.value)


def bucket_region(bucket: str) -> str | None:
    """The Region of a bucket of whichever account, None if there is none."""
    found = find_bucket(bucket)
    return str(found.region_name) if found else None


def find_bucket(name: str) -> FakeBucket | None:
    """The bucket of that name; names are shared by all accounts of a partition."""
    if name not in s3_backends.bucket_accounts:
        return None
    partition, account_id = s3_backends.bucket_accounts[name]
    return s3_backends[account_id][partition].buckets.get(name)


def bucket_resource(bucket: FakeBucket) -> Resource:
    """The bucket as policies see it."""
    arn = f"arn:{bucket.partition}:s3:::{bucket.name}"
    return Resource(arn, bucket.account_id, own_policy(_policy(bucket), arn))


def object_resource(bucket: FakeBucket, key: str) -> Resource:
    """An object as policies see it, whether it exists or not."""
    return replace(bucket_resource(bucket), arn=f"arn:{bucket.partition}:s3:::{bucket.name}/{key}")


def no_such_bucket() -> AwsError:
    """The refusal of a bucket that is not there."""
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404)


def _require(caller: Caller, action: str, resource: Resource) -> None:
    context: Values = {**_IN_NAME_OF, "s3:ResourceAccount": resource.account_id}
    verdict = judge_caller(caller, action, resource, context)
    if not verdict.allowed:
        raise refusal(caller, action, resource, verdict)


def held_object(bucket: FakeBucket, key: str, version: str | None) -> FakeKey | None:
    """The object, the latest version if none is named; None if there is none or it was deleted."""
    versions = bucket.keys.getlist(key, default=[])
    if version is None:
        held = versions[-1] if versions else None
    else:
        held = next((each for each in versions if str(each.version_id) == version), None)
    return None if isinstance(held, FakeDeleteMarker) else held


def _no_such_object(version: str | None) -> AwsError:
    if version:
        return AwsError("NoSuchVersion", "The specified version does not exist.", 404)
    return AwsError("NoSuchKey", "The specified key does not exist.", 404)


def _policy(bucket: FakeBucket) -> str | None:
    policy = bucket.policy
    return policy.decode() if isinstance(policy, bytes) else policy
