"""Who may ask Organizations: everybody of an organization, its delegated administrators, or its management account.

The documentation of each operation in botocore's model says which ("You can only call this operation from ...").
"""

from moto.organizations.models import OrganizationsBackend

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import is_delegated_administrator, is_management_account, organization_backend


def _backend(call: Call) -> OrganizationsBackend:
    backend = organization_backend(call.account_id, call.partition)
    if backend is None:
        raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return backend


def reader(call: Call) -> OrganizationsBackend:
    """The organization, for its management account and for delegated administrators of any service."""
    backend = _backend(call)
    if is_management_account(call.account_id, call.partition) or is_delegated_administrator(
        call.account_id, partition=call.partition
    ):
        return backend
    raise _refused()


def writer(call: Call) -> OrganizationsBackend:
    """The organization, for its management account only."""
    backend = _backend(call)
    if is_management_account(call.account_id, call.partition):
        return backend
    raise _refused()


def _refused() -> AwsError:
    return AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
