"""Buckets and their policies, as CloudFormation makes them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

type Handlers = Callable[[str], ResourceType]

FULL: dict[str, Any] = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "old",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            },
            {"Status": "Disabled", "Prefix": "logs/", "ExpirationInDays": 400},
        ]
    },
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    },
    "VersioningConfiguration": {"Status": "Enabled"},
    "Tags": [{"Key": "team", "Value": "security"}],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}


@pytest.fixture(scope="module")
def s3(context: Context) -> Any:
    return context.client("s3")


@pytest.fixture
def bucket(handler: Handlers, context: Context) -> Physical:
    return handler("AWS::S3::Bucket").create({}, context)


def found(s3: Any, name: str) -> dict[str, Any]:
    """What a bucket has, by property; None for what it has not."""

    def read(operation: str, *path: str) -> Any:
        try:
            answer: Any = getattr(s3, operation)(Bucket=name)
        except ClientError:
            return None
        for member in path:
            answer = answer.get(member, {})
        return answer or None

    return {
        "BucketEncryption": read("get_bucket_encryption", "ServerSideEncryptionConfiguration", "Rules"),
        "LifecycleConfiguration": read("get_bucket_lifecycle_configuration", "Rules"),
        "OwnershipControls": read("get_bucket_ownership_controls", "OwnershipControls", "Rules"),
        "PublicAccessBlockConfiguration": read("get_public_access_block", "PublicAccessBlockConfiguration"),
        "VersioningConfiguration": read("get_bucket_versioning", "Status"),
        "Tags": read("get_bucket_tagging", "TagSet"),
    }


def test_a_bucket_has_all_that_its_properties_say(handler: Handlers, context: Context, s3: Any) -> None:
    made = handler("AWS::S3::Bucket").create({"BucketName": "full-bucket", **FULL}, context)
    assert made.id == "full-bucket"
    has = found(s3, made.id)
    assert has["BucketEncryption"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert has["LifecycleConfiguration"] == [
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"Status": "Disabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}},
    ]
    assert has["OwnershipControls"] == FULL["OwnershipControls"]["Rules"]
    assert has["PublicAccessBlockConfiguration"] == FULL["PublicAccessBlockConfiguration"]
    assert has["VersioningConfiguration"] == "Enabled"
    assert has["Tags"] == FULL["Tags"]


def test_attributes_are_those_of_the_resource_reference(handler: Handlers, context_in: Callable[..., Context]) -> None:
    made = handler("AWS::S3::Bucket").create({"BucketName": "far-away"}, context_in("eu-west-1"))
    assert made.attributes == {
        "Arn": "arn:aws:s3:::far-away",
        "DomainName": "far-away.s3.amazonaws.com",
        "DualStackDomainName": "far-away.s3.dualstack.eu-west-1.amazonaws.com",
        "RegionalDomainName": "far-away.s3.eu-west-1.amazonaws.com",
    }


def test_a_generated_name_is_one_that_s3_takes(bucket: Physical) -> None:
    assert bucket.id.startswith("demo-thing-")
    assert bucket.id == bucket.id.lower()


def test_an_update_sets_what_changed_and_takes_away_what_is_gone(
    handler: Handlers, context: Context, s3: Any, bucket: Physical
) -> None:
    kind = handler("AWS::S3::Bucket")
    assert kind.update(bucket, {}, FULL, context).id == bucket.id
    assert all(found(s3, bucket.id).values())
    kind.update(bucket, FULL, {}, context)
    left = found(s3, bucket.id)
    assert left.pop("VersioningConfiguration") == "Suspended"
    assert left.pop("BucketEncryption") in (None, [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}])
    assert not any(left.values())


def test_stack_tags_stand_beneath_the_buckets_own(
    handler: Handlers, context_in: Callable[..., Context], s3: Any
) -> None:
    tags = {"team": "stack", "cost": "42", "aws:cloudformation:stack-name": "demo"}
    made = handler("AWS::S3::Bucket").create({"Tags": FULL["Tags"]}, context_in(tags=tags))
    assert {tag["Key"]: tag["Value"] for tag in found(s3, made.id)["Tags"]} == {"team": "security", "cost": "42"}


def test_access_logs_go_to_a_bucket_whose_policy_lets_them(
    handler: Handlers, context: Context, s3: Any, bucket: Physical
) -> None:
    logs = handler("AWS::S3::Bucket").create({"OwnershipControls": FULL["OwnershipControls"]}, context).id
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{logs}/*",
    }
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
    wanted = {"LoggingConfiguration": {"DestinationBucketName": logs, "LogFilePrefix": "artifacts/"}}
    handler("AWS::S3::Bucket").update(bucket, {}, wanted, context)
    enabled = s3.get_bucket_logging(Bucket=bucket.id)["LoggingEnabled"]
    assert (enabled["TargetBucket"], enabled["TargetPrefix"]) == (logs, "artifacts/")
    handler("AWS::S3::Bucket").update(bucket, wanted, {}, context)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket.id)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"WebsiteConfiguration": {"IndexDocument": "x"}}, "AWS::S3::Bucket.s property WebsiteConfiguration"),
        (
            {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "TagFilters": []}]}},
            "takes no TagFilters",
        ),
    ],
    ids=["a property of the bucket", "a property inside a property"],
)
def test_what_the_sandbox_cannot_do_fails_the_resource(
    handler: Handlers, context: Context, s3: Any, properties: dict[str, Any], named: str
) -> None:
    with pytest.raises(ResourceFailedError, match=named):
        handler("AWS::S3::Bucket").create({"BucketName": "not-possible", **properties}, context)
    assert "not-possible" not in {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_a_bucket_that_exists_is_not_taken_over(handler: Handlers, context: Context, bucket: Physical) -> None:
    with pytest.raises(ResourceFailedError, match="already exists"):
        handler("AWS::S3::Bucket").create({"BucketName": bucket.id}, context)


def test_only_an_empty_bucket_can_be_deleted(handler: Handlers, context: Context, s3: Any, bucket: Physical) -> None:
    kind = handler("AWS::S3::Bucket")
    s3.put_bucket_versioning(Bucket=bucket.id, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket.id, Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket.id, Key="a")["VersionId"]
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        kind.delete(bucket, {}, context)
    for each in (version, marker):
        s3.delete_object(Bucket=bucket.id, Key="a", VersionId=each)
    kind.delete(bucket, {}, context)
    kind.delete(bucket, {}, context)
    assert bucket.id not in {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_a_bucket_policy_lives_once(handler: Handlers, context: Context, s3: Any, bucket: Physical) -> None:
    statement = {**POLICY["Statement"][0], "Resource": f"arn:aws:s3:::{bucket.id}/*"}  # type: ignore[dict-item]
    properties = {"Bucket": bucket.id, "PolicyDocument": {**POLICY, "Statement": [statement]}}
    kind = handler("AWS::S3::BucketPolicy")
    made = kind.create(properties, context)
    assert made.id == bucket.id
    with pytest.raises(ResourceFailedError, match="already exists"):
        kind.create(properties, context)
    changed = {**properties, "PolicyDocument": {**POLICY, "Statement": [{**statement, "Sid": "Changed"}]}}
    kind.update(made, properties, changed, context)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket.id)["Policy"]) == changed["PolicyDocument"]
    kind.delete(made, changed, context)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket.id)
    handler("AWS::S3::Bucket").delete(bucket, {}, context)
    kind.delete(made, changed, context)
