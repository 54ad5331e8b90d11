"""What a request to S3 needs: actions, which S3 names in its own way, on objects or buckets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.request_context import Values

_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""By operation; the others are named as their operation."""

_OF_VERSIONS = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
"""What becomes of an action where a version is named."""

_KEYS = {
    "s3:VersionId": "VersionId",
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
}
"""Condition keys, and the members of requests that they are the values of."""


class Need(NamedTuple):
    """One permission: an action on an object, or on the bucket if `key` is None."""

    action: str
    bucket: str
    key: str | None = None


def needs(call: Call) -> Iterator[Need]:
    """Every permission that a request to S3 needs."""
    bucket, keys = str(call.parameters.get("Bucket", "")), _keys(call)
    action = _ACTIONS.get(call.operation, call.operation)
    if call.parameters.get("VersionId"):
        action = _OF_VERSIONS.get(action, action)
    for key in keys:
        yield Need(f"s3:{action}", bucket, key)
    source = call.parameters.get("CopySource")
    if source:
        yield _source(str(source))


def condition_keys(call: Call) -> Values:
    """S3's own condition keys; the connection passes for TLS 1.3, as it does for aws:SecureTransport.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    given = {key: call.parameters.get(member) for key, member in _KEYS.items()}
    return {
        "s3:authType": "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:TlsVersion": "1.3",
        **{key: str(value) for key, value in given.items() if value is not None},
    }


def _keys(call: Call) -> tuple[str | None, ...]:
    if call.operation == "DeleteObjects":
        return tuple(each["Key"] for each in (call.parameters.get("Delete") or {}).get("Objects", ()))
    return (call.parameters.get("Key"),)


def _source(text: str) -> Need:
    """What CopyObject reads: `bucket/key?versionId=...`, percent-encoded.

    Raises:
        AwsError: InvalidArgument.
    """
    path, _, version = unquote(text).removeprefix("/").partition("?versionId=")
    bucket, _, key = path.partition("/")
    if not key:
        raise AwsError("InvalidArgument", "Invalid copy source object key")
    return Need("s3:GetObjectVersion" if version else "s3:GetObject", bucket, key)
