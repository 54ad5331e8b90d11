"""Whether a finding adheres to the AWS Security Finding Format.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html and the API model. AWS checks
with a JSON schema, which is not public, and words what it finds as the library ajv does: `data.Resources[0].Type should
NOT be shorter than 1 characters` (https://github.com/prowler-cloud/prowler/issues/778). AWS tells one violation; here
all are told.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

from rootguard.sandbox.security_hub.format_limits import LENGTHS, PAIRS, TIMESTAMPS, URLS, Limits
from rootguard.sandbox.security_hub.timestamps import parse

_SCHEMA_VERSION = "2018-10-08"
_MOST_BYTES = 240 * 1024
# Namespace, category and classifier; "the '/' character is reserved" (the user guide's attributes, 2021).
_NAMESPACES = "Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications"
_TYPE = re.compile(rf"({_NAMESPACES})(/[^/]+){{0,2}}")
# "alphanumeric characters, white space, and ... _ . / = + - @" (likewise); AWS's own have a colon besides
_FIELD_NAMES = {"ProductFields": re.compile(r"[\w\s./=+\-@:]+"), "UserDefinedFields": re.compile(r"[\w\-=+@./:]+")}
# As AWS's refusals show it; no more than what the page "Timestamps" lists is taken here.
_TIMESTAMP_PATTERN = (
    r"(\d\d\d\d)-[0-1](\d)-[0-3](\d)[Tt](?:[0-2](\d):[0-5](\d):[0-5](\d)|23:59:60)(?:\.(\d)+)?"
    r"(?:[Zz]|[+-](\d\d)(?::?(\d\d))?)$"
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_PROVIDED = ("Severity", "Types")


def violations(finding: Mapping[str, Any]) -> list[str]:
    """What the format forbids in a finding, each worded as AWS does; empty if nothing."""
    found = [*member_violations(finding, "AwsSecurityFinding"), *_of_content(finding)]
    if len(json.dumps(finding, default=str).encode()) > _MOST_BYTES:
        found.append("data should NOT be larger than 240 KB")
    return found


def member_violations(value: Any, structure: str, path: str = "data") -> list[str]:
    """The same of a part of a finding: a value of one of the API model's structures."""
    return list(_of_shape(value, _shape(structure), path))


@cache
def _shape(name: str) -> Shape:
    """A shape of the model; a new one would have to read its members again."""
    return get_service_model("securityhub").shape_for(name)


def type_violations(types: list[str], path: str) -> Iterator[str]:
    """What is wrong with the `Types` of a finding."""
    for position, each in enumerate(types):
        if not _TYPE.fullmatch(each):
            yield f'{path}[{position}] should match pattern "^{_TYPE.pattern}$"'


def _of_shape(value: Any, shape: Shape, path: str) -> Iterator[str]:
    match shape:
        case StructureShape():
            yield from _of_structure(value, shape, path)
        case ListShape():
            for position, each in enumerate(value):
                yield from _of_shape(each, shape.member, f"{path}[{position}]")
        case MapShape():
            for key, each in value.items():
                yield from _of_shape(each, shape.value, f"{path}['{key}']")
        case StringShape():
            yield from _of_string(value, shape, path)
        case Shape(type_name="integer" | "long" | "float" | "double"):
            yield from _of_number(value, shape, path)


def _of_structure(value: Mapping[str, Any], shape: StructureShape, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"{path} should have required property '{name}'"
    for name, member in shape.members.items():
        each = value.get(name)
        if each is None:
            continue
        yield from _of_shape(each, member, f"{path}.{name}")
        yield from _of_limits(each, (shape.name, name), f"{path}.{name}")


def _of_limits(value: Any, where: tuple[str, str], path: str) -> Iterator[str]:
    limits, pairs = LENGTHS.get(where), PAIRS.get(where)
    if limits is not None:
        yield from _of_length(value, limits, path)
    if pairs is not None:
        if len(value) > pairs.most:
            yield f"{path} should NOT have more than {pairs.most} properties"
        for key, each in value.items():
            if len(key) > pairs.key or not _is_field_name(where[1], key):
                yield f"{path} property name '{key}' is invalid"
            if len(each) > pairs.value:
                yield f"{path}['{key}'] should NOT be longer than {pairs.value} characters"
    if where in TIMESTAMPS and parse(value) is None:
        yield f'{path} should match pattern "{_TIMESTAMP_PATTERN}"'
    if where in URLS and not _URL.fullmatch(value):
        yield f'{path} should match format "uri"'


def _is_field_name(kind: str, key: str) -> bool:
    allowed = _FIELD_NAMES.get(kind)
    return allowed is None or allowed.fullmatch(key) is not None


def _of_length(value: Any, limits: Limits, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if limits.least > 1 and len(value) < limits.least:  # an empty one is told of already
            yield f"{path} should NOT be shorter than {limits.least} characters"
        if len(value) > limits.most:
            yield f"{path} should NOT be longer than {limits.most} characters"
        return
    if len(value) < limits.least:
        yield f"{path} should NOT have fewer than {limits.least} items"
    if len(value) > limits.most:
        yield f"{path} should NOT have more than {limits.most} items"


def _of_string(value: str, shape: StringShape, path: str) -> Iterator[str]:
    if not value:
        yield f"{path} should NOT be shorter than 1 characters"
    elif shape.enum and value not in shape.enum:
        yield f"{path} should be equal to one of the allowed values"
    elif shape.metadata.get("pattern") and not value.strip():
        yield f'{path} should match pattern "{shape.metadata["pattern"]}"'


def _of_number(value: float, shape: Shape, path: str) -> Iterator[str]:
    if shape.metadata.get("min") is not None and value < shape.metadata["min"]:
        yield f"{path} should be >= {shape.metadata['min']}"
    if shape.metadata.get("max") is not None and value > shape.metadata["max"]:
        yield f"{path} should be <= {shape.metadata['max']}"


def _of_content(finding: Mapping[str, Any]) -> Iterator[str]:
    if finding.get("SchemaVersion") not in (None, _SCHEMA_VERSION):
        yield "data.SchemaVersion should be equal to one of the allowed values"
    provider = finding.get("FindingProviderFields")
    yield from type_violations(finding.get("Types") or [], "data.Types")
    yield from type_violations((provider or {}).get("Types") or [], "data.FindingProviderFields.Types")
    for name in ("Confidence", "Criticality"):  # their shape has no range, unlike that of the provider's fields
        if not 0 <= finding.get(name, 0) <= 100:  # noqa: PLR2004 - "scored on a 0-100 basis"
            yield f"data.{name} should be <= 100" if finding[name] > 0 else f"data.{name} should be >= 0"
    yield from _of_severity(finding)
    yield from _missing_of_provider(finding, provider)


def _of_severity(finding: Mapping[str, Any]) -> Iterator[str]:
    """A severity "must have either Label or Normalized populated" (the user guide's attributes, 2021)."""
    for path, severity in (
        ("data.Severity", finding.get("Severity")),
        ("data.FindingProviderFields.Severity", (finding.get("FindingProviderFields") or {}).get("Severity")),
    ):
        if severity is not None and severity.get("Label") is None and severity.get("Normalized") is None:
            yield f"{path} should have required property 'Label'"


def _missing_of_provider(finding: Mapping[str, Any], provider: Mapping[str, Any] | None) -> Iterator[str]:
    """Severity and types are in the finding itself or among the provider's fields.

    Worded as https://github.com/aws-samples/aws-securityhub-config-integration/issues/3 quotes AWS.
    """
    missing = next((name for name in _PROVIDED if finding.get(name) is None and (provider or {}).get(name) is None), "")
    if not missing:
        return
    if provider is None:
        yield "data should have required property 'FindingProviderFields'"
    else:
        yield f"data.FindingProviderFields should have required property '{missing}'"
    yield "data should match some schema in anyOf"
