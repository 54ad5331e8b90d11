"""The fields by which a customer tracks a finding, set by BatchUpdateFindings and by automation rules.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchupdatefindings.html. They leave the
finding's UpdatedAt as it is.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from rootguard.sandbox.security_hub import severity
from rootguard.sandbox.security_hub.finding_format import member_violations, type_violations
from rootguard.sandbox.security_hub.hub import Finding
from rootguard.sandbox.security_hub.timestamps import text

FIELDS = (
    "Confidence",
    "Criticality",
    "Note",
    "RelatedFindings",
    "Severity",
    "Types",
    "UserDefinedFields",
    "VerificationState",
    "Workflow",
)
_MOST_TYPES = 50
_AS_IN_FINDINGS = ("RelatedFindings", "UserDefinedFields", "VerificationState")


def update(finding: Finding, fields: Mapping[str, Any], now: datetime) -> None:
    """Set fields of a finding; what is not among them stays.

    Args:
        finding: The finding, which is changed.
        fields: Those of `FIELDS` that a request or a rule names.
        now: When a note was written.
    """
    attributes = dict(finding.attributes)  # whoever reads the finding now reads the old ones
    for name in FIELDS:
        value = fields.get(name)
        if value is None:
            continue
        match name:
            case "Severity":
                attributes[name] = severity.completed({**_kept(attributes, value), **value})
            case "Note":
                attributes[name] = {**value, "UpdatedAt": text(now)}
            case "Workflow":
                attributes[name] = {**attributes["Workflow"], **value}
            case _:
                attributes[name] = deepcopy(value)
    finding.attributes = attributes


def violations(fields: Mapping[str, Any], path: str = "data") -> Iterator[str]:
    """What the finding format forbids in such fields."""
    if note := fields.get("Note"):
        yield from member_violations(note, "NoteUpdate", f"{path}.Note")
    part = {name: fields[name] for name in _AS_IN_FINDINGS if fields.get(name) is not None}
    lacking = f"{path} should have required property"
    yield from (each for each in member_violations(part, "AwsSecurityFinding", path) if not each.startswith(lacking))
    types = fields.get("Types") or []
    yield from type_violations(types, f"{path}.Types")
    if len(types) > _MOST_TYPES:
        yield f"{path}.Types should NOT have more than {_MOST_TYPES} items"


def _kept(attributes: Mapping[str, Any], severity_update: Mapping[str, Any]) -> dict[str, Any]:
    """What a new severity does not replace: the provider's own word for it, and the old one if it brings none."""
    old = attributes.get("Severity") or {}
    replaced = {"Label", "Normalized"} if severity_update.keys() & {"Label", "Normalized"} else set()
    return {name: value for name, value in old.items() if name not in replaced}
