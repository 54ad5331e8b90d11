"""The organization that an account belongs to, and who manages it."""

import re
from dataclasses import dataclass

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable

NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
"""DescribeOrganization's word for an account that is in no organization.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
"""
_ACCOUNT_ID = re.compile(r"\d{12}")
_FEATURE_SETS = {"ALL": True, "CONSOLIDATED_BILLING": False}


@dataclass(frozen=True, slots=True)
class Organization:
    """An AWS Organization.

    Attributes:
        id: `o-exampleorgid`.
        management_account_id: Twelve digits.
        all_features: False for consolidated billing only: no service control policies, no trusted access.
    """

    id: str
    management_account_id: str
    all_features: bool

    def is_management(self, account_id: str) -> bool:
        """Whether that account manages the organization."""
        return account_id == self.management_account_id


def read_organization(account: Account) -> Organization | None:
    """The account's organization, None for an account that is in none (organizations:DescribeOrganization).

    Any account of an organization may ask, so a member can tell that it is one.

    Raises:
        EvidenceUnavailable: The call failed otherwise, or does not say who manages the organization.
    """
    try:
        answer = account.call("organizations:DescribeOrganization").structure("Organization")
    except EvidenceUnavailable as error:
        if error.code == NO_ORGANIZATION:
            return None
        raise
    return Organization(answer.text("Id"), _management_account_id(answer), _all_features(answer))


def _management_account_id(answer: Answer) -> str:
    found = answer.text("MasterAccountId")
    if not _ACCOUNT_ID.fullmatch(found):
        raise answer.unavailable(f"MasterAccountId is no account id: {found!r:.60}")
    return found


def _all_features(answer: Answer) -> bool:
    found = answer.text("FeatureSet")
    if found not in _FEATURE_SETS:
        raise answer.unavailable(f"FeatureSet is neither ALL nor CONSOLIDATED_BILLING: {found!r:.60}")
    return _FEATURE_SETS[found]
