"""A bucket's lifecycle rules, from CloudFormation's names to those of the S3 API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-rule.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_TRANSITION = {"StorageClass": "StorageClass", "TransitionInDays": "Days", "TransitionDate": "Date"}
_NONCURRENT_TRANSITION = {
    "StorageClass": "StorageClass",
    "TransitionInDays": "NoncurrentDays",
    "NewerNoncurrentVersions": "NewerNoncurrentVersions",
}
_LISTS = {"Transitions": _TRANSITION, "NoncurrentVersionTransitions": _NONCURRENT_TRANSITION}


def lifecycle(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What PutBucketLifecycleConfiguration takes for a LifecycleConfiguration property; unknown members are kept."""
    others = {name: value for name, value in wanted.items() if name != "Rules"}
    return {"LifecycleConfiguration": {"Rules": [dict(_members(rule)) for rule in wanted["Rules"]]}} | others


def _members(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "Filter", {"Prefix": rule.get("Prefix", "")}
    expiration = {api: rule[name] for name, api in _EXPIRATION.items() if name in rule}
    if expiration:
        yield "Expiration", expiration
    for name, value in rule.items():
        if name == "Id":
            yield "ID", value
        elif name in _LISTS:
            yield name, [{_LISTS[name].get(key, key): each for key, each in one.items()} for one in value]
        elif name not in {"Prefix", *_EXPIRATION}:
            yield name, value
