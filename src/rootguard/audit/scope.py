"""Which accounts an audit looks into."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rootguard.account_ids import check_account_ids
from rootguard.account_state import state_of
from rootguard.audit.operator import Operator
from rootguard.audit.results import AuditedAccount
from rootguard.aws_errors import code_of
from rootguard.errors import RootguardError
from rootguard.kit.readers.organization import NO_ORGANIZATION
from rootguard.organizational_units import accounts_below, check_parent_ids


@dataclass(frozen=True, slots=True)
class Choice:
    """The accounts as the command line chooses them; without any choice, the caller's own.

    Attributes:
        organization: Every account of the organization.
        units: Organizational units, or the root: every account below one of them.
        accounts: These, by their ids.
        excluded: But not these.
    """

    organization: bool = False
    units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_account_ids("--account", self.accounts)
        check_account_ids("--exclude", self.excluded)
        check_parent_ids("--ou", self.units)
        if self.accounts and (self.organization or self.units):
            raise RootguardError("--account names the accounts one by one: leave out --organization and --ou")

    @property
    def is_whole_organization(self) -> bool:
        """Whether the accounts are found out from the organization."""
        return self.organization or bool(self.units)


@dataclass(frozen=True, slots=True)
class Place:
    """The organization that the caller's account belongs to; both ids are "" outside of any, and where it is not seen.

    Attributes:
        organization_id: `o-exampleorgid`.
        management_account_id: Twelve digits.
        refusal: Why it was not seen.
    """

    organization_id: str
    management_account_id: str
    refusal: ClientError | None = None


def find_place(operator: Operator) -> Place:
    """The caller's organization (organizations:DescribeOrganization, which every member may ask).

    Raises:
        BotoCoreError: There is no way to AWS.
    """
    try:
        found = operator.ask("organizations:DescribeOrganization").members["Organization"]
    except ClientError as error:
        return Place("", "", None if code_of(error) == NO_ORGANIZATION else error)
    return Place(found["Id"], found["MasterAccountId"])


def find_accounts(operator: Operator, choice: Choice, place: Place) -> tuple[AuditedAccount, ...]:
    """The chosen accounts, also those that are not active: the management account first, then by name.

    Raises:
        RootguardError: There is no organization, no such organizational unit or no account left.
        BotoCoreError, ClientError: The organization does not show its accounts.
    """
    if choice.is_whole_organization and place.refusal:
        raise place.refusal
    if choice.is_whole_organization and not place.organization_id:
        raise RootguardError(
            f"account {operator.caller.account_id} is in no organization: leave out --organization and --ou"
        )
    excluded = {*choice.excluded}
    found = [account for account in _chosen(operator, choice) if account.id not in excluded]
    if not found:
        raise RootguardError("no account is left to look into: exclude fewer")
    return tuple(
        sorted(found, key=lambda each: (each.id != place.management_account_id, each.name.casefold(), each.id))
    )


def _chosen(operator: Operator, choice: Choice) -> Iterable[AuditedAccount]:
    if choice.is_whole_organization:
        return _unique(_of_organization(operator, choice.units))
    if choice.accounts:
        return _unique(_named(operator, account) for account in choice.accounts)
    return [AuditedAccount(operator.caller.account_id, "")]


def _unique(accounts: Iterable[AuditedAccount]) -> Iterable[AuditedAccount]:
    return {account.id: account for account in accounts}.values()


def _of_organization(operator: Operator, units: Sequence[str]) -> Iterator[AuditedAccount]:
    """Asked with the least that the choice needs: ListAccounts for all, the lists for parents below units."""

    def pages(action: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
        return (page.members for page in operator.ask_pages(action, **parameters))

    if not units:
        yield from (_listed_account(each) for page in pages("organizations:ListAccounts") for each in page["Accounts"])
    for unit in units:
        yield from map(_listed_account, accounts_below(pages, "--ou", unit))


def _named(operator: Operator, account_id: str) -> AuditedAccount:
    """With its name and state where the organization tells them to the caller; an account of another has none."""
    try:
        return _listed_account(operator.ask("organizations:DescribeAccount", AccountId=account_id).members["Account"])
    except ClientError:
        return AuditedAccount(account_id, "")


def _listed_account(account: Mapping[str, Any]) -> AuditedAccount:
    name: str = account.get("Name", "")
    # Half of a surrogate pair, which JSON can bring, could be written nowhere.
    return AuditedAccount(account["Id"], name.encode(errors="replace").decode(), state_of(account))
