"""Central root access: which of its features an organization has enabled, and which tasks they permit.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""

from dataclasses import dataclass, field
from enum import StrEnum

from moto.organizations.models import FakeOrganization

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import has_trusted_access, is_delegated_administrator, organization_of
from rootguard.sandbox.state import state

IAM_PRINCIPAL = "iam.amazonaws.com"


class Feature(StrEnum):
    """The features, as iam:ListOrganizationsFeatures calls them."""

    ROOT_CREDENTIALS_MANAGEMENT = "RootCredentialsManagement"
    ROOT_SESSIONS = "RootSessions"


TASKS = {
    "IAMAuditRootUserCredentials": Feature.ROOT_CREDENTIALS_MANAGEMENT,
    "IAMCreateRootUserPassword": Feature.ROOT_CREDENTIALS_MANAGEMENT,
    "IAMDeleteRootUserCredentials": Feature.ROOT_CREDENTIALS_MANAGEMENT,
    "S3UnlockBucketPolicy": Feature.ROOT_SESSIONS,
    "SQSUnlockQueuePolicy": Feature.ROOT_SESSIONS,
}
"""Task policies under `policy/root-task/`, and the feature that each needs."""


@dataclass
class RootAccess:
    """The features that an organization has enabled."""

    enabled: set[Feature] = field(default_factory=set)

    def shown(self) -> list[str]:
        """As the API lists them."""
        return sorted(str(feature) for feature in self.enabled)


def root_access(organization: FakeOrganization) -> RootAccess:
    """What an organization has enabled."""
    return state(RootAccess, organization.id)


def administered_organization(call: Call) -> FakeOrganization:
    """The organization whose root access the calling account may look at.

    Raises:
        AwsError: The five documented ones but CallerIsNotManagementAccountException: no organization, not all
            features, no trusted access for IAM, neither management account nor delegated administrator.
    """
    organization = organization_of(call.account_id, call.partition)
    if organization is None:
        raise AwsError("OrganizationNotFoundException", "No organization is associated with your account.")
    if organization.feature_set != "ALL":
        message = "Your organization does not have all features enabled."
        raise AwsError("OrganizationNotInAllFeaturesModeException", message)
    management = organization.master_account_id == call.account_id
    if not management and not is_delegated_administrator(call.account_id, IAM_PRINCIPAL, call.partition):
        message = "The account making the request is not the management account or a delegated administrator for IAM."
        raise AwsError("AccountNotManagementOrDelegatedAdministratorException", message)
    if not has_trusted_access(call.account_id, IAM_PRINCIPAL, call.partition):
        message = "Trusted access is not enabled for IAM in your organization."
        raise AwsError("ServiceAccessNotEnabledException", message)
    return organization
