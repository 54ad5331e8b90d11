"""AWS::S3::Bucket and AWS::S3::BucketPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_S3.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, refuse, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type
from rootguard.sandbox.cloudformation.s3_lifecycle import lifecycle
from rootguard.sandbox.config_rules.place import url_suffix

_NAME_LENGTH = 63
_NO_LOCATION_REGION = "us-east-1"
_OTHERS_BUCKET = 403

type Put = Callable[[Any, str, Any], object]
type Remove = Callable[[Any, str], object]


def _put_encryption(s3: Any, bucket: str, wanted: Mapping[str, Any]) -> None:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    rules = [
        {renamed.get(name, name): value for name, value in rule.items()}
        for rule in wanted["ServerSideEncryptionConfiguration"]
    ]
    send(s3, "PutBucketEncryption", {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}})


def _put_lifecycle(s3: Any, bucket: str, wanted: Mapping[str, Any]) -> None:
    send(s3, "PutBucketLifecycleConfiguration", {"Bucket": bucket} | lifecycle(wanted))


def _put_logging(s3: Any, bucket: str, wanted: Mapping[str, Any]) -> None:
    renamed = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
    enabled = {"TargetBucket": bucket, "TargetPrefix": ""}
    enabled |= {renamed.get(name, name): value for name, value in wanted.items()}
    send(s3, "PutBucketLogging", {"Bucket": bucket, "BucketLoggingStatus": {"LoggingEnabled": enabled}})


def _put(operation: str, parameter: str) -> Put:
    """For a property that the API takes as it is."""
    return lambda s3, bucket, wanted: send(s3, operation, {"Bucket": bucket, parameter: wanted})


def _delete(operation: str) -> Remove:
    return lambda s3, bucket: send(s3, operation, {"Bucket": bucket})


def _suspend_versions(s3: Any, bucket: str) -> None:
    """Versioning can only be suspended: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html ."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def _stop_logging(s3: Any, bucket: str) -> None:
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


# What a bucket has, by property: how it is set and how it is taken away.
_SECTIONS: dict[str, tuple[Put, Remove]] = {
    "OwnershipControls": (
        _put("PutBucketOwnershipControls", "OwnershipControls"),
        _delete("DeleteBucketOwnershipControls"),
    ),
    "PublicAccessBlockConfiguration": (
        _put("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
        _delete("DeletePublicAccessBlock"),
    ),
    "BucketEncryption": (_put_encryption, _delete("DeleteBucketEncryption")),
    "VersioningConfiguration": (_put("PutBucketVersioning", "VersioningConfiguration"), _suspend_versions),
    "LifecycleConfiguration": (_put_lifecycle, _delete("DeleteBucketLifecycle")),
    "LoggingConfiguration": (_put_logging, _stop_logging),
}
_KNOWN = (*_SECTIONS, "BucketName", "Tags")


@resource_type("AWS::S3::Bucket")
class Bucket(ResourceType):
    """A bucket; the physical id is its name. Fn::GetAtt WebsiteURL is not here: the sandbox serves no websites."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the bucket, then set what it has; one that has failed on the way is removed."""
        _refuse_others(properties)
        s3 = context.client("s3")
        name = properties.get("BucketName") or context.generated_name(_NAME_LENGTH).lower()
        _refuse_existing(s3, name)
        location = {"LocationConstraint": context.region} if context.region != _NO_LOCATION_REGION else None
        send(s3, "CreateBucket", {"Bucket": name, "CreateBucketConfiguration": location})
        try:
            _apply(s3, name, {}, properties, context)
        except Exception:
            s3.delete_bucket(Bucket=name)
            raise
        return _physical(name, context)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Set what has changed, take away what is gone."""
        _refuse_others(new)
        _apply(context.client("s3"), physical.id, old, new, context)
        return _physical(physical.id, context)

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the bucket, which must be empty, old versions and delete markers included."""
        del properties
        with gone("NoSuchBucket"):
            context.client("s3").delete_bucket(Bucket=physical.id)


def _refuse_others(properties: Properties) -> None:
    refuse(properties, Bucket.name, *(name for name in properties if name not in _KNOWN))


def _refuse_existing(s3: Any, name: str) -> None:
    """In us-east-1, CreateBucket succeeds for a bucket that the caller has already, so CloudFormation looks first."""
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != _OTHERS_BUCKET:
            return
    raise already_exists(Bucket.name, name)


def _apply(s3: Any, name: str, old: Properties, new: Properties, context: Context) -> None:
    for section, (put, remove) in _SECTIONS.items():
        if section in new and new[section] != old.get(section):
            put(s3, name, new[section])
        elif section in old and section not in new:
            remove(s3, name)
    wanted = tags(new, context, system=False)  # S3 takes aws: tags from CloudFormation, from no other caller
    if wanted:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(wanted)})
    elif removed_tags(old, wanted, context):
        s3.delete_bucket_tagging(Bucket=name)


def _physical(name: str, context: Context) -> Physical:
    suffix = url_suffix(context.partition)
    return Physical(
        name,
        {
            "Arn": f"arn:{context.partition}:s3:::{name}",
            "DomainName": f"{name}.s3.{suffix}",
            "DualStackDomainName": f"{name}.s3.dualstack.{context.region}.{suffix}",
            "RegionalDomainName": f"{name}.s3.{context.region}.{suffix}",
        },
    )


@resource_type("AWS::S3::BucketPolicy")
class BucketPolicy(ResourceType):
    """A bucket's policy; the physical id is the bucket's name."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Set the policy of a bucket that has none."""
        s3, bucket = context.client("s3"), properties["Bucket"]
        if exists(s3, "GetBucketPolicy", {"Bucket": bucket}, "NoSuchBucketPolicy"):
            raise already_exists(self.name, bucket)
        return _put_policy(s3, properties)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Replace the policy."""
        del physical, old
        return _put_policy(context.client("s3"), new)

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the policy."""
        del properties
        with gone("NoSuchBucket"):
            context.client("s3").delete_bucket_policy(Bucket=physical.id)


def _put_policy(s3: Any, properties: Properties) -> Physical:
    bucket = properties["Bucket"]
    send(s3, "PutBucketPolicy", {"Bucket": bucket, "Policy": properties["PolicyDocument"]})
    return Physical(bucket)
