"""Which features of central root access an organization has enabled in IAM."""

from enum import StrEnum

from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

ROOT_CREDENTIALS_MANAGEMENT = "RootCredentialsManagement"
ROOT_SESSIONS = "RootSessions"


class Refusal(StrEnum):
    """Why IAM tells nothing of the features, where its answer says something all the same.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
    """

    NOT_ADMINISTRATOR = "AccountNotManagementOrDelegatedAdministrator"
    NOT_ALL_FEATURES = "OrganizationNotInAllFeaturesMode"
    NO_TRUSTED_ACCESS = "ServiceAccessNotEnabled"


def read_root_features(account: Account) -> frozenset[str]:
    """The enabled features, by IAM's names (iam:ListOrganizationsFeatures).

    Raises:
        EvidenceUnavailable: The call failed or has no list; `refusal` tells the failures that say something.
    """
    return frozenset(account.call("iam:ListOrganizationsFeatures").texts("EnabledFeatures"))


def refusal(error: EvidenceUnavailable) -> Refusal | None:
    """What a failed call says about central root access, None for one that says nothing (denied, throttled).

    The API reference names the errors without the suffix that the API model gives them; both are taken.
    """
    code = error.code.removesuffix("Exception")
    return Refusal(code) if code in Refusal else None
