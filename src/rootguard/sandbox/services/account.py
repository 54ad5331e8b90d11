"""AWS Account Management: the alternate contacts of an account, its own or a member's.

An account asks about itself without naming itself; who names an account speaks for the organization, as its management
account or as the delegated administrator for Account Management
(https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-api-modes-of-operation.html). moto lets everybody
name every account, and deletes what is not there.
"""

from dataclasses import dataclass, field
from typing import Any

from moto.organizations.models import FakeOrganization

from rootguard.sandbox.callers import caller_of
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.organization import has_trusted_access, is_delegated_administrator, organization_of
from rootguard.sandbox.state import state

PRINCIPAL = "account.amazonaws.com"
# Those with an endpoint in botocore's endpoints.json.
_PARTITIONS = ("aws", "aws-cn")
# As Steampipe's authors met them (github.com/turbot/steampipe-plugin-aws, issue 1309 and
# aws/table_aws_account_alternate_contact.go): this one in brackets, the others without a reason.
_MANAGEMENT = "The management account can only be managed using the standalone context from the management account."
_CONTACT = ("Name", "Title", "EmailAddress", "PhoneNumber", "AlternateContactType")


@dataclass
class AlternateContacts:
    """An account's contacts, by type, as the API shows them."""

    by_type: dict[str, dict[str, str]] = field(default_factory=dict)


@operation("account:GetAlternateContact")
def get_alternate_contact(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/accounts/latest/APIReference/API_GetAlternateContact.html.

    Raises:
        AwsError: ResourceNotFoundException, AccessDeniedException.
    """
    contacts = _contacts(call).by_type
    return {"AlternateContact": contacts[_set_type(call, contacts)]}


@operation("account:PutAlternateContact")
def put_alternate_contact(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/accounts/latest/APIReference/API_PutAlternateContact.html.

    Raises:
        AwsError: AccessDeniedException.
    """
    contact = {name: call.parameters[name] for name in _CONTACT}
    _contacts(call).by_type[contact["AlternateContactType"]] = contact
    return {}


@operation("account:DeleteAlternateContact")
def delete_alternate_contact(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/accounts/latest/APIReference/API_DeleteAlternateContact.html.

    Raises:
        AwsError: ResourceNotFoundException, AccessDeniedException.
    """
    contacts = _contacts(call).by_type
    del contacts[_set_type(call, contacts)]
    return {}


def _set_type(call: Call, contacts: dict[str, dict[str, str]]) -> str:
    contact_type = str(call.parameters["AlternateContactType"])
    if contact_type not in contacts:
        raise AwsError("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
    return contact_type


def _contacts(call: Call) -> AlternateContacts:
    if call.partition not in _PARTITIONS:
        message = f"AWS has no Account Management in {call.partition}, so a client could not even connect to it."
        raise AwsError(NOT_IMPLEMENTED, message)
    return state(AlternateContacts, _account_id(call))


def _account_id(call: Call) -> str:
    wanted = call.parameters.get("AccountId")
    if wanted is None:
        return call.account_id
    organization = organization_of(call.account_id, call.partition)
    if organization is None or not _administers(call, organization):
        raise _refused(call)
    if wanted == organization.master_account_id:
        raise _refused(call, f" ({_MANAGEMENT})")
    if organization_of(wanted, call.partition) is not organization:
        raise _refused(call)
    return str(wanted)


def _administers(call: Call, organization: FakeOrganization) -> bool:
    """Whether the caller may name accounts: with all features and trusted access, as management or delegate."""
    if organization.feature_set != "ALL" or not has_trusted_access(call.account_id, PRINCIPAL, call.partition):
        return False
    management = organization.master_account_id == call.account_id
    return management or is_delegated_administrator(call.account_id, PRINCIPAL, call.partition)


def _refused(call: Call, reason: str = "") -> AwsError:
    message = f"User: {caller_of(call).arn} is not authorized to perform: {call.action}{reason}"
    return AwsError("AccessDeniedException", message)
