"""Where a stack's template comes from: the request itself, an object in S3, or the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.objects import read_object

BODY_BYTES = 51_200
OBJECT_BYTES = 1_048_576
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

_VIRTUAL = re.compile(r"(?P<bucket>.+)\.s3[.-](?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")
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
    bucket, key, version = _location(url)
    try:
        content = read_object(call.access_key, bucket, key, version, call.partition)
    except AwsError as refusal:
        raise validation_error(f"S3 error: {refusal.message}\n{_MORE}") from None
    if len(content) > OBJECT_BYTES:
        raise validation_error(f"Template may not exceed {OBJECT_BYTES} bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise validation_error("Template format error: the template is not UTF-8.") from error


def _location(url: str) -> tuple[str, str, str | None]:
    """Bucket, key and version of `https://s3.REGION.amazonaws.com/BUCKET/KEY` and its relatives, at any endpoint."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    virtual = _VIRTUAL.fullmatch(parts.hostname or "")
    if virtual:
        bucket, key = virtual["bucket"], path
    else:
        bucket, _, key = path.partition("/")
    if parts.scheme not in {"http", "https"} or not bucket or not key:
        raise validation_error("TemplateURL must be a supported URL.")
    versions = parse_qs(parts.query).get("versionId")
    return bucket, key, versions[0] if versions else None
