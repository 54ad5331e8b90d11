"""Findings: imported by those who find, updated by those who investigate, read by both.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/: BatchImportFindings, BatchUpdateFindings, GetFindings.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import OperationModel

from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.security_hub import customer_fields
from rootguard.sandbox.security_hub.administration import seen_from
from rootguard.sandbox.security_hub.announcements import announce
from rootguard.sandbox.security_hub.filter_checks import check_filters
from rootguard.sandbox.security_hub.filters import matches
from rootguard.sandbox.security_hub.finding_format import violations
from rootguard.sandbox.security_hub.hub import (
    Finding,
    FindingKey,
    Hub,
    default_product,
    hub_of,
    invalid_input,
    is_on,
    place_of,
    subscribed,
)
from rootguard.sandbox.security_hub.intake import take_in
from rootguard.sandbox.security_hub.ordering import page_of, sorted_by
from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.state import state

_MOST_FINDINGS = 100
_PAGE = 100


def batch_is_sized(parameters: Mapping[str, Any], model: OperationModel) -> None:
    """Check no more of a request to import than how many findings it has: each finding is refused on its own.

    Raises:
        AwsError: InvalidInputException.
    """
    del model
    count = len(parameters.get("Findings") or ())
    if not 1 <= count <= _MOST_FINDINGS:
        raise invalid_input(f"Invalid parameter 'Findings'. It has {count} items: 1 to {_MOST_FINDINGS} are allowed.")


@operation("securityhub:BatchImportFindings", check=batch_is_sized)
def batch_import_findings(call: Call) -> dict[str, Any]:
    """Import findings; those that do not adhere to the format fail alone.

    "If the custom product sends multiple findings with the same finding ID, Security Hub CSPM only processes the first
    finding" (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html).
    """
    place, failed, seen = place_of(call), list[dict[str, str]](), set[FindingKey]()
    findings = call.parameters["Findings"]
    if not (state(Settings).off_fails_findings and not is_on(place)):
        subscribed(call)
    for finding in findings:
        _check_product(place, finding)
        _check_owner(call, finding)
    for finding in findings:
        error = _refused(place, finding)
        if error is not None:
            failed.append({"Id": finding.get("Id") or "unknown", "ErrorCode": error[0], "ErrorMessage": error[1]})
            continue
        key = FindingKey(finding["ProductArn"], finding["Id"])
        if key not in seen:
            seen.add(key)
            take_in(place, finding)
    return {"FailedCount": len(failed), "SuccessCount": len(findings) - len(failed), "FailedFindings": failed}


def _check_product(place: Place, finding: Mapping[str, Any]) -> None:
    """Refuse the whole request for an ARN that is no product's of this Region.

    AWS says so with no more words than https://github.com/aquasecurity/trivy/issues/6010 quotes.
    """
    arn = finding.get("ProductArn") or ""
    prefix = f"arn:{place.partition}:securityhub:{place.region}:"
    if not re.fullmatch(rf"{re.escape(prefix)}([0-9]{{12}})?:product/[^/]+/[^/]+", arn):
        raise invalid_input(f'productArn: "{arn}"')


def _check_owner(call: Call, finding: Mapping[str, Any]) -> None:
    """Refuse the whole request for another product than the account's own, or for a finding about another account.

    Of both AWS says that the user is not authorized, whatever the policies allow
    (https://github.com/prowler-cloud/prowler/issues/867, where AWS's support confirms it).
    """
    product, account_id = finding["ProductArn"], finding.get("AwsAccountId")
    if product == default_product(place_of(call)) and account_id in (None, "", call.account_id):
        return
    message = f"User: {caller_of(call).arn} is not authorized to perform: {call.action} on resource: {product}"
    raise AwsError("AccessDeniedException", message)


def _refused(place: Place, finding: Mapping[str, Any]) -> tuple[str, str] | None:
    """Code and message of what is wrong with a finding, None if nothing is."""
    if not is_on(place):
        return "InvalidAccess", f"Account {place.account_id} is not subscribed to AWS Security Hub"
    if found := violations(finding):
        return "InvalidInput", f"Finding does not adhere to Amazon Finding Format. {', '.join(found)}."
    return None


@operation("securityhub:BatchUpdateFindings")
def batch_update_findings(call: Call) -> dict[str, Any]:
    """Set what a customer tracks, of the caller's findings and of those of the members that it administers.

    AWS takes up to minutes; here it is done at once.
    """
    subscribed(call)
    asked = call.parameters
    identifiers = [FindingKey(each["ProductArn"], each["Id"]) for each in asked["FindingIdentifiers"]]
    if not 1 <= len(identifiers) <= _MOST_FINDINGS:
        raise invalid_input(f"Invalid parameter 'FindingIdentifiers'. 1 to {_MOST_FINDINGS} are allowed.")
    wrong = list(customer_fields.violations(asked))
    processed, unprocessed = list[dict[str, str]](), list[dict[str, Any]]()
    for key in identifiers:
        identifier = {"Id": key.id, "ProductArn": key.product_arn}
        error = _not_updated(call, key, identifiers, wrong)
        if error is None:
            processed.append(identifier)
        else:
            unprocessed.append({"FindingIdentifier": identifier, "ErrorCode": error[0], "ErrorMessage": error[1]})
    return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}


def _not_updated(call: Call, key: FindingKey, all_keys: list[FindingKey], wrong: list[str]) -> tuple[str, str] | None:
    """Update a finding, unless that fails; code and message of why it does.

    Both are those that the API model lists (BatchUpdateFindingsUnprocessedFinding).
    """
    if all_keys.count(key) > 1:
        return "DuplicatedFindingIdentifier", "Finding Identifier is duplicated"
    if wrong:
        return "InvalidInput", "Invalid Input"
    for place in seen_from(place_of(call)):
        hub = hub_of(place)
        with hub.lock:
            finding = next((each for each in hub.current() if each.key == key), None)
            if finding is not None:
                customer_fields.update(finding, call.parameters, datetime.now(UTC))
                finding.by_customer |= call.parameters.keys() & set(customer_fields.FIELDS)
        if finding is not None:
            announce(place, finding)
            return None
    return "FindingNotFound", "Finding Not Found"


@operation("securityhub:GetFindings")
def get_findings(call: Call) -> dict[str, Any]:
    """List findings that pass the filters, a hundred at a time, those of the caller's members among them."""
    subscribed(call)
    asked = call.parameters
    filters = asked.get("Filters") or {}
    check_filters(filters)
    found = [each for each in visible(place_of(call)) if matches(each.attributes, filters)]
    ordered = sorted_by(found, asked.get("SortCriteria") or [])
    chosen, token = page_of(ordered, asked.get("MaxResults", _PAGE), asked.get("NextToken"))
    return {"Findings": [each.attributes for each in chosen]} | ({"NextToken": token} if token else {})


def visible(place: Place) -> list[Finding]:
    """The findings that an account sees."""
    hubs: list[Hub] = [hub_of(each) for each in seen_from(place)]
    return [finding for hub in hubs for finding in hub.current()]
