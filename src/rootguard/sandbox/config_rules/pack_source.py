"""Where a pack's template comes from: the request itself, or an object in S3."""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.config_rules.pack_parameters import MAXIMUM_INPUTS
from rootguard.sandbox.config_rules.pack_resources import check_template
from rootguard.sandbox.config_rules.pack_template import TemplateError, parse
from rootguard.sandbox.config_rules.packs import PackRequest
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.objects import bucket_region, read_object

_BODY_BYTES = 51_200
_OBJECT_BYTES = 300 * 1024


def pack_request(parameters: Mapping[str, Any], place: Place, access_key: str) -> PackRequest:
    """What a PutConformancePack or PutOrganizationConformancePack asks for, its template read and checked.

    Args:
        parameters: The request's.
        place: Where it arrived.
        access_key: The caller's, with whose permissions Config reads a template in S3.

    Raises:
        TemplateError: The template or its parameters are wrong.
        AwsError: InsufficientPermissionsException for an object that cannot be read, ValidationException.
    """
    if parameters.get("TemplateSSMDocumentDetails") or parameters.get("Source") or parameters.get("Scope"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox takes templates as TemplateBody and TemplateS3Uri only.")
    inputs = tuple(parameters.get("ConformancePackInputParameters") or ())
    if len(inputs) > MAXIMUM_INPUTS:
        raise TemplateError(f"A custom conformance pack can have at most {MAXIMUM_INPUTS} input parameters.")
    template = parse(_text(parameters, place, access_key))
    check_template(template, inputs, place)
    delivery = {key: parameters[key] for key in ("DeliveryS3Bucket", "DeliveryS3KeyPrefix") if parameters.get(key)}
    return PackRequest(template, inputs, delivery)


def _text(parameters: Mapping[str, Any], place: Place, access_key: str) -> str:
    uri, body = parameters.get("TemplateS3Uri"), parameters.get("TemplateBody")
    if uri:
        return _object(uri, place, access_key)
    if not body:
        raise TemplateError("Either TemplateBody or TemplateS3Uri must be given.")
    if len(body.encode()) > _BODY_BYTES:
        raise TemplateError(f"The template body has more than {_BODY_BYTES} bytes.")
    return str(body)


def _object(uri: str, place: Place, access_key: str) -> str:
    """The text of `s3://bucket/key`, of whichever account, "in the same Region as the conformance pack" (API model)."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if bucket_region(bucket) not in (None, place.region):
        raise _unreadable(uri)
    try:
        content = read_object(access_key, bucket, key, partition=place.partition)
    except AwsError as refusal:
        if refusal.code == NOT_IMPLEMENTED:
            raise
        raise _unreadable(uri) from None
    if len(content) > _OBJECT_BYTES:
        raise TemplateError(f"The template in {uri} has more than {_OBJECT_BYTES} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise TemplateError(f"The template in {uri} is not UTF-8.") from error


def _unreadable(uri: str) -> AwsError:
    return AwsError("InsufficientPermissionsException", f"The template {uri} cannot be read from Amazon S3.")
