"""Which accounts the organization conformance pack has to leave out: those that get no functions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore import xform_name

from rootguard.account_state import ACTIVE, state_of
from rootguard.aws_session import AwsSession
from rootguard.deploy.parameters import OPTION_OF
from rootguard.deploy.standing import Standing
from rootguard.errors import RootguardError
from rootguard.organizational_units import Pages, accounts_below, check_parent_ids

MOST_EXCLUDED = 315
"""Account ids that a parameter of 4,096 characters holds; AWS Config itself takes 1,000 for a pack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html and
https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
"""

NO_PLAIN_STACK = "StackSets never reach the management account, and a delegated administrator cannot deploy there"
UNITS_OPTION, EXCLUDE_OPTION = OPTION_OF["OrganizationalUnitIds"], OPTION_OF["ExcludedAccounts"]
OUTSIDE = "outside the chosen organizational units"


def root_id(session: AwsSession) -> str:
    """The id of the organization's root, `r-...`."""
    pages = session.client("organizations").get_paginator("list_roots").paginate()
    return next(str(root["Id"]) for page in pages for root in page["Roots"])


def check_choice(root: str, known: Collection[str], units: Sequence[str], excluded: Sequence[str]) -> None:
    """See that what the user names is there, before a StackSet would: with the other stacks deployed already.

    Args:
        root: The id of the organization's root.
        known: The ids of all its accounts.
        units: As --organizational-unit gives them.
        excluded: As --exclude gives them.

    Raises:
        RootguardError: Something is not.
    """
    check_parent_ids(UNITS_OPTION, units)
    for unit in units:
        if unit.startswith("r-") and unit != root:
            raise RootguardError(f"{UNITS_OPTION} {unit}: the organization's root is {root}")
    if unknown := sorted(set(excluded).difference(known)):
        raise RootguardError(f"{EXCLUDE_OPTION} {unknown[0]}: the organization has no such account")


def left_out(
    session: AwsSession, standing: Standing, known: Collection[str], units: Sequence[str], excluded: Iterable[str]
) -> dict[str, str]:
    """The accounts, besides those that the user excludes, that get no functions -> why.

    Args:
        session: May read the organization.
        standing: Where the deployment is made from.
        known: The ids of all the organization's accounts.
        units: The StackSet's targets: organizational units, or the root.
        excluded: Accounts that the user excludes, which need no second mention.
    """
    reasons = {} if standing.in_management_account else {standing.management_account_id: NO_PLAIN_STACK}
    if not any(unit.startswith("r-") for unit in units):
        below = (account for unit in units for account in accounts_below(_pages_of(session), UNITS_OPTION, unit))
        inside = {str(account["Id"]) for account in below}
        inside.add(standing.management_account_id)
        reasons |= dict.fromkeys(sorted(set(known) - inside), OUTSIDE)
    skipped = set(excluded)
    return {account: reason for account, reason in reasons.items() if account not in skipped}


def check_room(reasons: Mapping[str, str], excluded: Sequence[str]) -> None:
    """So many accounts can be left out and no more.

    Raises:
        RootguardError: There are more.
    """
    if len(excluded) > MOST_EXCLUDED:
        raise RootguardError(
            f"{EXCLUDE_OPTION} takes at most {MOST_EXCLUDED} accounts and was given {len(excluded)}: choose the "
            f"accounts by {UNITS_OPTION}"
        )
    if len(reasons) > MOST_EXCLUDED:
        raise RootguardError(
            f"{len(reasons)} accounts get no functions and would have to be kept from the organization's pack, which "
            f"{MOST_EXCLUDED} can be: give --pack-deployment stackset, or more organizational units"
        )


def active_accounts(session: AwsSession) -> list[str]:
    """The accounts of the organization in which anything can be done."""
    return active(account_states(session))


def active(states: Mapping[str, str]) -> list[str]:
    """Those of `account_states` in which anything can be done."""
    return sorted(account for account, state in states.items() if state == ACTIVE)


def account_states(session: AwsSession) -> dict[str, str]:
    """ACTIVE, SUSPENDED, ... by account id, of the organization's accounts."""
    return {str(account["Id"]): state_of(account) for account in listed_accounts(session)}


def listed_accounts(session: AwsSession) -> list[Any]:
    """The organization's accounts as ListAccounts shows them, twenty a request."""
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    return [account for page in pages for account in page["Accounts"]]


def _pages_of(session: AwsSession) -> Pages:
    client = session.client("organizations")

    def pages(action: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
        return iter(client.get_paginator(xform_name(action.partition(":")[2])).paginate(**parameters))

    return pages
