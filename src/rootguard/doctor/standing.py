"""What the caller's account is in its organization."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL, delegations, registering
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

IAM_PRINCIPAL = "iam.amazonaws.com"
_PRINCIPALS = (PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL, IAM_PRINCIPAL)
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

    def in_management(self, commands: str) -> str:
        """The commands, with where they are to be run if that is not here."""
        here = self.kind is AccountKind.MANAGEMENT
        return commands if here else f"in the management account {self.management_account_id}: {commands}"

    def enabling(self, principal: str) -> str:
        """The command that gives a service trusted access, with where it is to be run if that is not here."""
        return self.in_management(f"aws organizations enable-aws-service-access --service-principal {principal}")

    def registering(self, principals: Iterable[str]) -> str:
        """The commands that make the account a delegated administrator, with where they are to be run."""
        return self.in_management("; ".join(registering(self.account.id, principal) for principal in principals))


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
    delegated = frozenset[str]() if management == account.id else delegations(account, _PRINCIPALS)
    kind = AccountKind.DELEGATED if delegated else AccountKind.MEMBER
    return Standing(
        account,
        AccountKind.MANAGEMENT if management == account.id else kind,
        delegated,
        organization.text("FeatureSet"),
        organization.text("Id"),
        management,
    )
