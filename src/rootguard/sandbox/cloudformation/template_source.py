"""Where a stack's template comes from: the request itself, an object in S3, or the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rootguard.sandbox.config_rules.place import url_suffix
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.objects import bucket_region, read_object

BODY_BYTES = 51_200
OBJECT_BYTES = 1_048_576
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:\.dualstack)?(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d))?\.(?P<suffix>amazonaws\..+)"
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"""
_SANDBOX = re.compile(r"localhost|127(?:\.\d+){3}|::1")
"""Where clients find the sandbox's own S3."""
_ELSEWHERE = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future "
    "requests to this endpoint."
)
_MORE = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"


def template_text(call: Call, previous: str | None = None) -> str:
    """The text of the template that a request names.

    Args:
        call: Has TemplateBody, TemplateURL or UsePreviousTemplate.
        previous: The stack's own template, if there is a stack.

    Raises:
        AwsError: ValidationError.
    """
    parameters: dict[str, Any] = call.parameters
    body, url = parameters.get("TemplateBody"), parameters.get("TemplateURL")
    if parameters.get("UsePreviousTemplate"):
        if body or url or previous is None:
            raise validation_error("UsePreviousTemplate needs a stack, and neither TemplateBody nor TemplateURL.")
        return previous
    if bool(body) == bool(url):
        raise validation_error("Either Template URL or Template Body must be specified.")
    if url:
        return _fetched(call, url)
    text = str(body)
    if len(text.encode()) > BODY_BYTES:
        constraint = f"Member must have length less than or equal to {BODY_BYTES}"
        message = f"Value '{text[:80]}...' at 'templateBody' failed to satisfy constraint: {constraint}"
        raise validation_error(f"1 validation error detected: {message}")
    return text


def validation_error(message: str) -> AwsError:
    """CloudFormation's answer to nearly everything that is wrong with a request."""
    return AwsError("ValidationError", message)


def _fetched(call: Call, url: str) -> str:
    place = _location(url, call.partition)
    if place.region and bucket_region(place.bucket) not in (None, place.region):
        raise _s3_error(_ELSEWHERE)
    try:
        content = read_object(call.access_key, place.bucket, place.key, place.version, call.partition)
    except AwsError as refusal:
        raise _s3_error(refusal.message) from None
    if len(content) > OBJECT_BYTES:
        raise validation_error(f"Template may not exceed {OBJECT_BYTES} bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise validation_error("Template format error: the template is not UTF-8.") from error


def _s3_error(message: str) -> AwsError:
    return validation_error(f"S3 error: {message}\n{_MORE}")


@dataclass(frozen=True, slots=True)
class _Location:
    """Where an object is; `region` is that of the endpoint, if the URL says it."""

    bucket: str
    key: str
    version: str | None
    region: str | None


def _location(url: str, partition: str) -> _Location:
    """What `https://s3.REGION.amazonaws.com/BUCKET/KEY` and its relatives mean, or the same at the sandbox itself."""
    parts = urlsplit(url)
    name, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    host = _HOST.fullmatch(name)
    is_s3 = host["suffix"] == url_suffix(partition) if host else _SANDBOX.fullmatch(name)
    if host and host["bucket"]:
        bucket, key = host["bucket"], path
    else:
        bucket, _, key = path.partition("/")
    if parts.scheme not in {"http", "https"} or not is_s3 or not bucket or not key:
        raise validation_error("TemplateURL must be a supported URL.")
    versions = parse_qs(parts.query).get("versionId")
    return _Location(bucket, key, versions[0] if versions else None, host["region"] if host else None)
