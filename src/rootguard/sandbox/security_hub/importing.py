"""What a finding provider's import makes of a finding.

https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.organization import member
from rootguard.sandbox.security_hub import severity
from rootguard.sandbox.security_hub.hub import Attributes, Finding, default_product
from rootguard.sandbox.security_hub.timestamps import moment, rounded, text

PROVIDER_FIELDS = ("Confidence", "Criticality", "RelatedFindings", "Severity", "Types")
"""The attributes that exist twice: as the provider sees them, and as the customer does."""

_OF_CUSTOMER = ("Note", "UserDefinedFields", "VerificationState", "Workflow", "WorkflowState")
"""What a provider may give at first and never change."""
_TIMESTAMPS = ("CreatedAt", "FirstObservedAt", "LastObservedAt", "UpdatedAt")
_RESET = frozenset({"NOTIFIED", "RESOLVED"})
_NOT_PASSED = frozenset({"FAILED", "NOT_AVAILABLE", "WARNING"})
_DEFAULT_NAMES = ("Personal", "Default")
"""Company and product of an account's own programs, unless the finding names them (securityhub-custom-providers)."""


def created(place: Place, given: Mapping[str, Any], now: datetime) -> Finding:
    """A new finding: what the provider gave, and what Security Hub adds to it."""
    attributes = _given(given)
    provider = attributes.get("FindingProviderFields") or {}
    for name in PROVIDER_FIELDS:
        value = provider.get(name, attributes.get(name))
        if value is not None:
            attributes[name] = _for_customer(name, value)
            provider[name] = _for_provider(name, value)
    attributes["FindingProviderFields"] = provider
    attributes.setdefault("RecordState", "ACTIVE")
    attributes.setdefault("WorkflowState", "NEW")
    attributes["Workflow"] = {"Status": "NEW"} | (attributes.get("Workflow") or {})
    _add_origin(attributes, place, now)
    return Finding(attributes)


def is_news(known: Finding, given: Mapping[str, Any]) -> bool:
    """Whether an import changes a finding: if its UpdatedAt "matches or occurs before", it is ignored."""
    return moment(given["UpdatedAt"]) > moment(known.attributes["UpdatedAt"])


def updated(known: Finding, place: Place, given: Mapping[str, Any], now: datetime) -> Finding:
    """A finding after its provider sent it again.

    "Resend the full finding" (securityhub-custom-providers): what the provider leaves out now is gone, except its
    record state and the fields that exist twice. That CreatedAt "can't be changed upon subsequent updates" the user
    guide said until 2019; it does not say what becomes of another one, which is ignored here.
    """
    old, attributes = known.attributes, _given(given)
    provider = deepcopy(old["FindingProviderFields"])
    sent = attributes.get("FindingProviderFields") or {}
    for name in PROVIDER_FIELDS:
        own, top = sent.get(name), attributes.pop(name, None)
        if own is not None or top is not None:
            provider[name] = _for_provider(name, top if own is None else own)
        value = own if top is None else top
        if value is None or name in known.by_customer:
            value = old.get(name)
        if value is not None:
            attributes[name] = _for_customer(name, value)
    attributes["FindingProviderFields"] = provider
    for name in _OF_CUSTOMER:
        attributes.pop(name, None)
        if name in old:
            attributes[name] = deepcopy(old[name])
    attributes.setdefault("RecordState", old["RecordState"])
    attributes["CreatedAt"] = old["CreatedAt"]
    _add_origin(attributes, place, now)
    if _is_reopened(old, attributes) and attributes["Workflow"]["Status"] in _RESET:
        attributes["Workflow"]["Status"] = "NEW"
    return Finding(attributes, known.by_customer)


def _given(given: Mapping[str, Any]) -> Attributes:
    attributes = {name: deepcopy(value) for name, value in given.items() if value is not None}
    for name in _TIMESTAMPS:
        if name in attributes:
            attributes[name] = rounded(attributes[name])
    return attributes


def _for_customer(name: str, value: Any) -> Any:
    return severity.completed(value) if name == "Severity" else deepcopy(value)


def _for_provider(name: str, value: Any) -> Any:
    return severity.of_provider(value) if name == "Severity" else deepcopy(value)


def _add_origin(attributes: Attributes, place: Place, now: datetime) -> None:
    """Whose finding it is, of what, from where and since when: what Security Hub fills in itself."""
    company, product = _DEFAULT_NAMES
    if attributes["ProductArn"] == default_product(place):
        names = {"CompanyName": company, "ProductName": product}
        attributes.update({name: attributes.get(name) or default for name, default in names.items()})
    else:
        company, product = attributes["CompanyName"], attributes["ProductName"]
    attributes["ProductFields"] = {
        **(attributes.get("ProductFields") or {}),
        "aws/securityhub/FindingId": f"{attributes['ProductArn']}/{attributes['Id']}",
        "aws/securityhub/ProductName": product,
        "aws/securityhub/CompanyName": company,
    }
    account = member(place.account_id, place.partition)
    attributes.pop("AwsAccountName", None)
    if account is not None:
        attributes["AwsAccountName"] = account.name
    attributes["Region"], attributes["ProcessedAt"] = place.region, text(now)


def _is_reopened(old: Attributes, new: Attributes) -> bool:
    """Whether "additional investigation is required".

    https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html
    """
    if (old["RecordState"], new["RecordState"]) == ("ARCHIVED", "ACTIVE"):
        return True
    return _status(old) == "PASSED" and _status(new) in _NOT_PASSED


def _status(attributes: Attributes) -> str | None:
    status: str | None = (attributes.get("Compliance") or {}).get("Status")
    return status
