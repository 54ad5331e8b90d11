"""Whether a finding of ours keeps to the AWS Security Finding Format, before Security Hub is asked to take it.

Only what `asff` writes is checked, and nothing else may be in a finding. Lengths and allowed values are those of the
API model securityhub (AwsSecurityFinding) and of the user guide:
https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LARGEST = 240 * 1024
"""Bytes of a finding (API reference, BatchImportFindings)."""


class Limits(NamedTuple):
    """The least and most characters or items, and whether it must be there."""

    least: int
    most: int
    required: bool = True


_OPTIONAL_TEXT = Limits(1, 1024, required=False)
_TEXTS: Mapping[str, Limits] = {
    "AwsAccountId": Limits(12, 12),
    "CompanyName": Limits(1, 128),
    "Compliance.RelatedRequirements.*": Limits(1, 64),  # as AWS refused longer ones of Prowler
    "Compliance.Status": Limits(1, 32),
    "Compliance.StatusReasons.*.Description": Limits(1, 1024),
    "Compliance.StatusReasons.*.ReasonCode": Limits(1, 100),
    "CreatedAt": Limits(1, 32),
    "Description": Limits(1, 1024),
    "FindingProviderFields.Severity.Label": Limits(1, 32),
    "FindingProviderFields.Severity.Original": Limits(1, 64),
    "FindingProviderFields.Types.*": Limits(1, 256),
    "FirstObservedAt": Limits(1, 32),
    "GeneratorId": Limits(1, 512),
    "Id": Limits(1, 512),
    "LastObservedAt": Limits(1, 32),
    "ProductArn": Limits(12, 2048),
    "ProductFields.*": Limits(1, 2048),
    "ProductName": Limits(1, 128),
    "RecordState": Limits(1, 32),
    "Remediation.Recommendation.Text": Limits(1, 512),
    "Remediation.Recommendation.Url": Limits(1, 2048),
    "Resources.*.Id": Limits(1, 512),
    "Resources.*.Partition": Limits(1, 32, required=False),
    "Resources.*.Region": Limits(1, 16),
    "Resources.*.Type": Limits(1, 256),
    "SchemaVersion": Limits(1, 32),
    "Title": Limits(1, 256),
    "UpdatedAt": Limits(1, 32),
}
"""By path; `*` is every item of a list or every value of a map."""
_COLLECTIONS: Mapping[str, Limits] = {
    "Compliance.RelatedRequirements": Limits(1, 32, required=False),
    "Compliance.StatusReasons": Limits(1, 10, required=False),
    "FindingProviderFields.Types": Limits(1, 50),
    "ProductFields": Limits(1, 50),
    "Resources": Limits(1, 32),
}
_TIMESTAMP = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z")
_NAMESPACES = "Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "AwsAccountId": re.compile(r"\d{12}"),
    "Compliance.Status": re.compile("PASSED|WARNING|FAILED|NOT_AVAILABLE"),
    "CreatedAt": _TIMESTAMP,
    "FindingProviderFields.Severity.Label": re.compile("INFORMATIONAL|LOW|MEDIUM|HIGH|CRITICAL"),
    "FindingProviderFields.Types.*": re.compile(rf"(?:{_NAMESPACES})(?:/[^/]+){{0,2}}"),
    "FirstObservedAt": _TIMESTAMP,
    "LastObservedAt": _TIMESTAMP,
    "ProductArn": re.compile(r"arn:aws[a-z-]*:securityhub:[a-z0-9-]+:(\d{12}):product/\1/default"),
    "RecordState": re.compile("ACTIVE|ARCHIVED"),
    "Remediation.Recommendation.Url": re.compile(r"https://\S+"),
    "Resources.*.Partition": re.compile("aws|aws-cn|aws-us-gov"),
    "Resources.*.Type": re.compile("AwsAccount"),
    "SchemaVersion": re.compile("2018-10-08"),
    "UpdatedAt": _TIMESTAMP,
}
_FIELD_NAME = re.compile(r"[\w./-]{1,128}", re.ASCII)


def violations(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """What the format does not allow in a finding, each with its path; empty if it is in order.

    Args:
        finding: As `asff` builds it.
    """
    return tuple(_violations(finding))


def _violations(finding: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{path} is not expected" for path in sorted(_unexpected(finding)))
    for path, limits in _COLLECTIONS.items():
        yield from _of_collection(finding, path, limits)
    for path, limits in _TEXTS.items():
        yield from _of_texts(finding, path, limits)
    names = [str(name) for name in _object(finding.get("ProductFields"))]
    yield from (f"ProductFields has the name {name!r:.80}" for name in names if not _FIELD_NAME.fullmatch(name))
    if str(finding.get("ProductArn")).split(":")[4:5] != [finding.get("AwsAccountId")]:
        yield "ProductArn is of another account than AwsAccountId"
    size = len(json.dumps(finding, default=str).encode())
    if size > LARGEST:
        yield f"the finding has {size} bytes, more than {LARGEST}"


def _of_collection(finding: Mapping[str, Any], path: str, limits: Limits) -> Iterator[str]:
    for value in _values(finding, path):
        if value is None:
            if limits.required:
                yield f"{path} is missing"
        elif not isinstance(value, (list, dict)) or not limits.least <= len(value) <= limits.most:
            yield f"{path} has not {limits.least} to {limits.most} items"


def _of_texts(finding: Mapping[str, Any], path: str, limits: Limits) -> Iterator[str]:
    pattern = _PATTERNS.get(path)
    for value in _values(finding, path):
        if value is None:
            if limits.required:
                yield f"{path} is missing"
        elif not isinstance(value, str) or not value.strip():
            yield f"{path} is no text: {value!r:.80}"
        elif not limits.least <= len(value) <= limits.most:
            yield f"{path} has {len(value)} characters, not {limits.least} to {limits.most}"
        elif pattern and not pattern.fullmatch(value):
            yield f"{path} is {value!r:.80}"


def _values(holder: object, path: str) -> Iterator[Any]:
    """What stands at a path, None for a member that is missing; nothing below what is missing and may be."""
    head, _, rest = path.partition(".")
    if head == "*":
        below = list(holder.values()) if isinstance(holder, dict) else holder if isinstance(holder, list) else []
    else:
        below = [_object(holder).get(head)]
    for value in below:
        if not rest:
            yield value
        elif value is not None or "*" not in rest:
            yield from _values(value, rest)


def _unexpected(value: object, path: str = "") -> Iterator[str]:
    """Paths of values that the tables above do not have."""
    if isinstance(value, dict) and f"{path}.*" not in _TEXTS:
        for name, each in value.items():
            yield from _unexpected(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _unexpected(each, f"{path}.*")
    elif path not in _TEXTS:
        yield path


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
