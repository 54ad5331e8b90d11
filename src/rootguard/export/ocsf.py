"""A finding in the Open Cybersecurity Schema Framework: a Compliance Finding (class 2003) of the same verdict.

    ASFF                              OCSF
    Compliance.Status                 compliance.status: Pass, Fail; of a verdict NOT_APPLICABLE Other;
                                      of a rule that could not be evaluated Warning
    RecordState, CreatedAt            activity: Close where it is archived, else Create or Update
    Workflow.Status, RecordState      status: New, In Progress, Suppressed, Resolved, Archived
    Severity.Label                    severity; what the customer changed has ours in vendor_attributes
    ProductFields rootguard/Evidence  evidences, one per call

Security Hub's own documents are the model where the schema leaves a choice: `time` is that of the latest update, a
closed finding is one whose activity is Close
(https://docs.aws.amazon.com/securityhub/latest/userguide/ocsf-findings.html).
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rootguard.export.ocsf_schema import captions, version
from rootguard.kit.findings.asff import NAME, Finding

type Document = dict[str, Any]
"""An OCSF event."""

_CATEGORY, _CLASS = 2, 2003
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_NEW, _IN_PROGRESS, _SUPPRESSED, _RESOLVED, _ARCHIVED = 1, 2, 3, 4, 5
_WORKFLOW = {"NEW": _NEW, "NOTIFIED": _IN_PROGRESS, "SUPPRESSED": _SUPPRESSED, "RESOLVED": _RESOLVED}
_SEVERITIES = {"INFORMATIONAL": 1, "LOW": 2, "MEDIUM": 3, "HIGH": 4, "CRITICAL": 5}
_PASS, _WARNING, _FAIL, _OTHER = 1, 2, 3, 99
_ACCOUNT = {"type_id": 10, "type": "AWS Account"}
_ACCOUNT_RESOURCE = "AWS::::Account"
"""AWS Config's name of the resource type."""
_RULE = 1
_AFFECTED = 3
_FAILURE = "/could-not-be-evaluated"
_CALL = ("action", "account", "region", "time")
_MAPPED_FIELDS = frozenset({"Rule", "Version", "Reason", "Evidence"})


def compliance_finding(finding: Finding) -> Document:
    """The same finding as OCSF has it.

    Args:
        finding: One of ours in the AWS Security Finding Format, as it is imported or as GetFindings returns it.

    Raises:
        ValueError: It is not a finding of ours.
    """
    if not str(finding.get("GeneratorId")).startswith(f"{NAME}/"):
        raise ValueError(f"{finding.get('Id')} is of {finding.get('GeneratorId')}, not a finding of {NAME}")
    activity, status, severity = _activity(finding), _status(finding), _severity(finding)
    document = {
        **_named("category_uid", _CATEGORY, "category_name"),
        **_named("class_uid", _CLASS, "class_name"),
        **_named("activity_id", activity, "activity_name"),
        **_named("type_uid", _CLASS * 100 + activity, "type_name"),
        **_named("severity_id", severity, "severity"),
        **_named("status_id", status, "status"),
        **_at("time", finding["UpdatedAt"]),
        "message": f"{finding['Title']}: {_reason(finding)}",
        "metadata": _metadata(finding),
        "cloud": _cloud(finding),
        "finding_info": _finding_info(finding),
        "compliance": _compliance(finding),
        "remediation": _remediation(finding),
        "resources": [_resource(finding, resource) for resource in finding["Resources"]],
        "evidences": _evidences(finding),
        "unmapped": _unmapped(finding),
        "comment": finding.get("Note", {}).get("Text"),
        "vendor_attributes": _vendor_attributes(finding, severity),
    }
    told: Document = _told(document)
    return told


def _activity(finding: Finding) -> int:
    if finding["RecordState"] == "ARCHIVED":
        return _CLOSE
    return _CREATE if finding["CreatedAt"] == finding["UpdatedAt"] else _UPDATE


def _status(finding: Finding) -> int:
    workflow = _WORKFLOW[finding.get("Workflow", {}).get("Status", "NEW")]
    is_settled = workflow in {_SUPPRESSED, _RESOLVED}
    return workflow if is_settled or finding["RecordState"] != "ARCHIVED" else _ARCHIVED


def _severity(finding: Finding) -> int:
    """As the customer sees it, who may have changed what we said."""
    said = finding.get("Severity") or finding["FindingProviderFields"]["Severity"]
    return _SEVERITIES[said["Label"]]


def _vendor_attributes(finding: Finding, severity: int) -> Document:
    """For the consumer of findings to write, not for who makes them: where the two differ."""
    ours = _SEVERITIES[finding["FindingProviderFields"]["Severity"]["Label"]]
    return {} if ours == severity else _named("severity_id", ours, "severity")


def _metadata(finding: Finding) -> Document:
    arn = finding["ProductArn"]
    return {
        "version": version(),
        "profiles": ["cloud", "datetime"],
        "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn}/{finding['Id']}/{finding['UpdatedAt']}")),
        "original_time": finding["UpdatedAt"],
        "product": {
            "name": finding.get("ProductName", NAME),
            "vendor_name": finding.get("CompanyName", NAME),
            "uid": arn,
            "version": _field(finding, "Version"),
        },
    }


def _cloud(finding: Finding) -> Document:
    _, partition, _, region, *_ = finding["ProductArn"].split(":")
    account = {"uid": finding["AwsAccountId"], "name": finding.get("AwsAccountName"), **_ACCOUNT}
    return {"provider": "AWS", "cloud_partition": partition, "region": region, "account": account}


def _finding_info(finding: Finding) -> Document:
    return {
        "uid": finding["Id"],
        "title": finding["Title"],
        "desc": finding["Description"],
        "types": finding["FindingProviderFields"]["Types"],
        **_at("created_time", finding["CreatedAt"]),
        **_at("modified_time", finding["UpdatedAt"]),
        **_at("first_seen_time", finding["FirstObservedAt"]),
        **_at("last_seen_time", finding["LastObservedAt"]),
        "analytic": {
            "uid": finding["GeneratorId"],
            "name": _field(finding, "Rule"),
            "version": _field(finding, "Version"),
            **_named("type_id", _RULE, "type", "analytic"),
        },
    }


def _compliance(finding: Finding) -> Document:
    said = finding["Compliance"]
    number, caption = _compliance_status(finding)
    reasons = said.get("StatusReasons", [])
    requirements = said.get("RelatedRequirements", [])
    return {
        "control": _field(finding, "Rule"),
        "requirements": requirements,
        "standards": list(dict.fromkeys(_standard(each) for each in requirements)),
        "status_id": number,
        "status": caption,
        "status_code": reasons[0]["ReasonCode"] if reasons else None,
        "status_details": [each["Description"] for each in reasons] or [_reason(finding)],
    }


def _compliance_status(finding: Finding) -> tuple[int, str]:
    """What could not be seen is neither Pass nor Fail, nor is it once it can be seen again."""
    names = captions("status_id", "compliance")
    if finding["GeneratorId"].endswith(_FAILURE):
        return (_OTHER, "EVALUATED_AGAIN") if finding["RecordState"] == "ARCHIVED" else (_WARNING, names[_WARNING])
    match finding["Compliance"]["Status"]:
        case "PASSED":
            return _PASS, names[_PASS]
        case "FAILED":
            return _FAIL, names[_FAIL]
        case status:
            return _OTHER, _field(finding, "Compliance") or status


def _standard(requirement: str) -> str:
    """Of `PCI DSS v4.0.1/8.4.2` and `NIST.800-53.r5 AC-2(1)` what stands before the requirement's own number."""
    separator = "/" if "/" in requirement else " "
    return requirement.rpartition(separator)[0] or requirement


def _remediation(finding: Finding) -> Document:
    recommended = finding["Remediation"]["Recommendation"]
    return {"desc": recommended["Text"], "references": [recommended["Url"]]}


def _resource(finding: Finding, resource: Mapping[str, Any]) -> Document:
    account_id = finding["AwsAccountId"]
    return {
        "type": _ACCOUNT_RESOURCE,
        "uid": account_id,
        "uid_alt": resource["Id"],
        "region": resource.get("Region"),
        "cloud_partition": resource.get("Partition"),
        **_named("role_id", _AFFECTED, "role", "resource_details"),
        "owner": {"account": {"uid": account_id, **_ACCOUNT}},
    }


def _evidences(finding: Finding) -> list[Document]:
    """The facts, those of one answer together: a member that comes again is of the next answer."""
    found, call, answer = list[Document](), tuple[str, ...](), dict[str, str]()
    for fact in json.loads(_field(finding, "Evidence") or "[]"):
        this_call = tuple(fact[name] for name in _CALL)
        if this_call != call or fact["member"] in answer:
            call, answer = this_call, {}
            found.append(_evidence(fact, answer))
        answer[fact["member"]] = fact["value"]
    return found


def _evidence(fact: Mapping[str, str], answer: Mapping[str, str]) -> Document:
    service, _, operation = fact["action"].partition(":")
    return {
        "name": fact["action"],
        "api": {"operation": operation, "service": {"name": service}},
        "data": {**{name: fact[name] for name in _CALL if name != "action"}, "answer": answer},
    }


def _unmapped(finding: Finding) -> Document:
    """Our product fields that OCSF has no attribute for."""
    own = {name.removeprefix(f"{NAME}/"): value for name, value in _fields(finding) if name.startswith(f"{NAME}/")}
    return {name: value for name, value in own.items() if name not in _MAPPED_FIELDS}


def _reason(finding: Finding) -> str:
    return _field(finding, "Reason") or str(finding["Description"])


def _field(finding: Finding, name: str) -> str | None:
    return dict(_fields(finding)).get(f"{NAME}/{name}")


def _fields(finding: Finding) -> Iterable[tuple[str, str]]:
    fields: dict[str, str] = finding.get("ProductFields", {})
    return fields.items()


def _named(attribute: str, number: int, sibling: str, structure: str = "compliance_finding") -> Document:
    """A number of an enumeration, and what it means."""
    return {attribute: number, sibling: captions(attribute, structure)[number]}


def _at(attribute: str, time: str) -> Document:
    """A time in milliseconds since 1970, and as it is written."""
    return {attribute: round(datetime.fromisoformat(time).timestamp() * 1000), f"{attribute}_dt": time}


def _told(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Without members that say nothing."""
    if isinstance(value, dict):
        told = {name: _told(each) for name, each in value.items()}
        return {name: each for name, each in told.items() if each is not None and each not in ("", [], {})}
    if isinstance(value, list):
        return [_told(each) for each in value]
    return value
