"""A StackSet's template: where it comes from, and what it asks of whoever deploys it."""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.s3.models import s3_backends

from rootguard.sandbox.cloudformation.template import Template, parse
from rootguard.sandbox.config_rules.place import Place, url_suffix
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.stack_sets.stack_set import StackSet
from rootguard.sandbox.template.parameters import parameter_texts
from rootguard.sandbox.template.text import TemplateError, load

_BODY_BYTES = 51_200
_SERVICE_ACCOUNT = "000000000000"
_NESTED = "AWS::CloudFormation::Stack"
_KEEPING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values of a template's parameters.

    Attributes:
        values: Every parameter, given or default; DescribeStackSet shows both.
        hidden: Those whose value is not to be shown.
    """

    values: dict[str, str]
    hidden: frozenset[str]


def checked_template(text: str, *, is_service_managed: bool) -> Template:
    """The template, if a StackSet may have it.

    "StackSets with service-managed permissions don't currently support the use of macros in templates" (CreateStackSet,
    Capabilities), nor nested stacks
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html).
    AWS documents that "the StackSet operation will fail"; here the request does.

    Raises:
        AwsError: ValidationError; SandboxNotImplemented for what the sandbox's CloudFormation has not.
    """
    try:
        if is_service_managed and "Transform" in load(text):
            message = "Macros and transforms are not supported in StackSets with SERVICE_MANAGED permission model"
            raise AwsError("ValidationError", message)
        template = parse(text)
    except TemplateError as error:
        raise AwsError("ValidationError", str(error)) from error
    if is_service_managed and _NESTED in template.types:
        message = "Nested stacks are not supported in StackSets with SERVICE_MANAGED permission model"
        raise AwsError("ValidationError", message)
    return template


def resolved_parameters(
    template: Template, given: Sequence[Mapping[str, Any]] | None, previous: Mapping[str, str]
) -> Parameters:
    """The values of a StackSet's parameters.

    Args:
        template: The template.
        given: The request's Parameters; None keeps the previous values, of which AWS's documentation says nothing, but
            its examples change a StackSet's automatic deployment without them.
        previous: The values that the StackSet has.

    Raises:
        AwsError: ValidationError.
    """
    values = dict[str, str]()
    if given is None:
        values = {key: value for key, value in previous.items() if key in template.parameters}
    for parameter in given or ():
        values[parameter["ParameterKey"]] = _value(parameter, previous)
    try:
        texts = parameter_texts(template.parameters, values)
    except TemplateError as error:
        raise AwsError("ValidationError", str(error)) from error
    hidden = {key for key, declared in template.parameters.items() if str(declared.get("NoEcho")).lower() == "true"}
    return Parameters(texts, frozenset(hidden))


def overrides_of(
    stack_set: StackSet, given: Sequence[Mapping[str, Any]] | None, previous: Mapping[str, str]
) -> dict[str, str]:
    """An instance's overrides after a request with ParameterOverrides.

    None leaves them as they are; a list puts parameters that are not in it back to the StackSet's value
    (CreateStackInstances, ParameterOverrides).

    Raises:
        AwsError: ValidationError.
    """
    if given is None:
        return dict(previous)
    unknown = sorted({each["ParameterKey"] for each in given} - stack_set.parameters.keys())
    if unknown:
        raise AwsError("ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    return {each["ParameterKey"]: _value(each, previous) for each in given}


def _value(parameter: Mapping[str, Any], previous: Mapping[str, str]) -> str:
    key, value = parameter["ParameterKey"], parameter.get("ParameterValue")
    if not parameter.get("UsePreviousValue"):
        if value is None:
            raise AwsError("ValidationError", f"Parameter {key} must have a value")
        return str(value)
    if value is not None:
        message = f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and parameter value"
        raise AwsError("ValidationError", message)
    if key not in previous:
        raise AwsError("ValidationError", f"Invalid input for parameter key {key}. There is no previous value to use")
    return previous[key]


def template_argument(text: str, place: Place) -> dict[str, str]:
    """The template as CreateStack takes it: by value, or, if it is too large, by the URL of a copy.

    The copy is in a bucket of the service's own, which no account sees.
    """
    body = text.encode()
    if len(body) <= _BODY_BYTES:
        return {"TemplateBody": text}
    bucket, key = f"cloudformation-stacksets-{place.region}", hashlib.sha256(body).hexdigest()
    s3 = s3_backends[_SERVICE_ACCOUNT][place.partition]
    with _KEEPING:
        if bucket not in s3.buckets:
            s3.create_bucket(bucket, place.region)
            s3.put_bucket_policy(bucket, _readable(bucket, place.partition))
        if s3.get_object(bucket, key) is None:
            s3.put_object(bucket, key, body)
    return {"TemplateURL": f"https://s3.{place.region}.{url_suffix(place.partition)}/{bucket}/{key}"}


def _readable(bucket: str, partition: str) -> bytes:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:{partition}:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()
