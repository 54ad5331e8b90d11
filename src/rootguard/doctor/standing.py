"""What the caller's account is in its organization."""

from dataclasses import dataclass
from enum import StrEnum

from rootguard.deploy.standing import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

IAM_PRINCIPAL = "iam.amazonaws.com"
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


class AccountKind(StrEnum):
    """What an account is in its organization."""

    MANAGEMENT = "the management account"
    DELEGATED = "a delegated administrator"
    MEMBER = "a member account"
    STANDALONE = "an account without an organization"


@dataclass(frozen=True, slots=True)
class Standing:
    """The caller's account, and the organization as far as any of its accounts may see it.

    Attributes:
        delegations: The principals among those that matter here for which the account is a delegated administrator.
        feature_set: `ALL` or `CONSOLIDATED_BILLING`; empty without an organization.
    """

    account: Account
    kind: AccountKind
    delegations: frozenset[str] = frozenset()
    feature_set: str = ""
    organization_id: str = ""
    management_account_id: str = ""

    @property
    def administers(self) -> bool:
        """Whether Organizations lets the account read the organization."""
        return self.kind in (AccountKind.MANAGEMENT, AccountKind.DELEGATED)


def read_standing(account: Account) -> Standing:
    """Find out; DescribeOrganization is open to every account of an organization.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html

    Raises:
        EvidenceUnavailable: It cannot be seen.
    """
    try:
        organization = account.call("organizations:DescribeOrganization").structure("Organization")
    except EvidenceUnavailable as unavailable:
        if unavailable.code == _NO_ORGANIZATION:
            return Standing(account, AccountKind.STANDALONE)
        raise
    management = organization.text("MasterAccountId")
    delegations = frozenset[str]() if management == account.id else _delegations(account)
    kind = AccountKind.DELEGATED if delegations else AccountKind.MEMBER
    return Standing(
        account,
        AccountKind.MANAGEMENT if management == account.id else kind,
        delegations,
        organization.text("FeatureSet"),
        organization.text("Id"),
        management,
    )


def _delegations(account: Account) -> frozenset[str]:
    """For which principals the account is registered. A plain member may not ask, which is itself the answer.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html: "can be called
    only from the organization's management account or by a member account that is a delegated administrator".
    """
    found = set[str]()
    for principal in (PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL, IAM_PRINCIPAL):
        try:
            pages = account.pages("organizations:ListDelegatedAdministrators", ServicePrincipal=principal)
            administrators = [each.text("Id") for page in pages for each in page.structures("DelegatedAdministrators")]
        except EvidenceUnavailable as unavailable:
            if unavailable.denied and "organizations:ListDelegatedAdministrators" not in unavailable.problem:
                return frozenset()
            raise
        if account.id in administrators:
            found.add(principal)
    return frozenset(found)
