"""Where a pack's template comes from: the request itself, or an object in S3."""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from rootguard.sandbox.config_rules.pack_parameters import MAXIMUM_INPUTS
from rootguard.sandbox.config_rules.pack_resources import check_template
from rootguard.sandbox.config_rules.pack_template import TemplateError, parse
from rootguard.sandbox.config_rules.packs import PackRequest
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError

_BODY_BYTES = 51_200
_OBJECT_BYTES = 300 * 1024
_ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}


def pack_request(parameters: Mapping[str, Any], place: Place) -> PackRequest:
    """What a PutConformancePack or PutOrganizationConformancePack asks for, its template read and checked.

    Raises:
        TemplateError: The template or its parameters are wrong.
        AwsError: InsufficientPermissionsException for an object that cannot be read, ValidationException.
    """
    if parameters.get("TemplateSSMDocumentDetails") or parameters.get("Source") or parameters.get("Scope"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox takes templates as TemplateBody and TemplateS3Uri only.")
    inputs = tuple(parameters.get("ConformancePackInputParameters") or ())
    if len(inputs) > MAXIMUM_INPUTS:
        raise TemplateError(f"A custom conformance pack can have at most {MAXIMUM_INPUTS} input parameters.")
    template = parse(_text(parameters))
    check_template(template, inputs, place)
    delivery = {key: parameters[key] for key in ("DeliveryS3Bucket", "DeliveryS3KeyPrefix") if parameters.get(key)}
    return PackRequest(template, inputs, delivery)


def _text(parameters: Mapping[str, Any]) -> str:
    uri, body = parameters.get("TemplateS3Uri"), parameters.get("TemplateBody")
    if uri:
        return _object(uri)
    if not body:
        raise TemplateError("Either TemplateBody or TemplateS3Uri must be given.")
    if len(body.encode()) > _BODY_BYTES:
        raise TemplateError(f"The template body has more than {_BODY_BYTES} bytes.")
    return str(body)


def _object(uri: str) -> str:
    """The text of `s3://bucket/key`, whichever account has the bucket; its policy is not judged."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if bucket not in s3_backends.bucket_accounts:
        raise _unreadable(uri)
    partition, account_id = s3_backends.bucket_accounts[bucket]
    found = s3_backends[account_id][partition].get_object(bucket, key)
    if found is None or found.storage_class in _ARCHIVED:
        raise _unreadable(uri)
    if len(found.value) > _OBJECT_BYTES:
        raise TemplateError(f"The template in {uri} has more than {_OBJECT_BYTES} bytes.")
    try:
        return bytes(found.value).decode()
    except UnicodeDecodeError as error:
        raise TemplateError(f"The template in {uri} is not UTF-8.") from error


def _unreadable(uri: str) -> AwsError:
    return AwsError("InsufficientPermissionsException", f"The template {uri} cannot be read from Amazon S3.")
