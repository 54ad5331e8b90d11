"""Who administers whose hub.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-accounts-orgs.html. Designation and membership
hold in one Region; accounts that join by invitation are not in the sandbox.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.organization import (
    is_management_account,
    on_account_created,
    on_account_removed,
    organization_of,
)
from rootguard.sandbox.security_hub.hub import is_on, switch_on
from rootguard.sandbox.state import every, state


@dataclass
class Administration:
    """What an organization's administrator for Security Hub set up in a Region; kept with the management account.

    Attributes:
        administrator_id: The account that administers, None if none does.
        member_ids: The accounts that it administers, with when they came in and when that last changed.
        auto_enable: Whether new accounts come in by themselves.
        auto_enable_standards: As UpdateOrganizationConfiguration sets it; the sandbox has no standards.
    """

    administrator_id: str | None = None
    member_ids: dict[str, datetime] = field(default_factory=dict)
    auto_enable: bool = False
    auto_enable_standards: str = "DEFAULT"


def administration_of(place: Place) -> Administration | None:
    """The administration of the organization that the account is in, None outside of any."""
    organization = organization_of(place.account_id, place.partition)
    return state(Administration, organization.master_account_id, place.region) if organization else None


def administrator_of(place: Place) -> Place | None:
    """Where a member's findings are seen besides, None for an account that nobody administers."""
    administration = administration_of(place)
    if administration is None or administration.administrator_id is None:
        return None
    if place.account_id not in administration.member_ids:
        return None
    return Place(administration.administrator_id, place.region)


def is_administrator(place: Place) -> bool:
    """Whether the account administers its organization's hubs."""
    administration = administration_of(place)
    return administration is not None and administration.administrator_id == place.account_id


def seen_from(place: Place) -> list[Place]:
    """The hubs whose findings an account sees: its own, and those of the members that it administers."""
    administration = administration_of(place)
    if administration is None or administration.administrator_id != place.account_id:
        return [place]
    members = (Place(account_id, place.region) for account_id in administration.member_ids)
    return [place, *(each for each in members if is_on(each))]


def add_member(administration: Administration, place: Place) -> None:
    """Take an account of the organization in, and switch its hub on, except the management account's.

    "Security Hub CSPM can't be enabled automatically for the organization management account"
    (https://docs.aws.amazon.com/securityhub/latest/userguide/designate-orgs-admin-account.html).
    """
    if not is_on(place) and not is_management_account(place.account_id, place.partition):
        switch_on(place)
    administration.member_ids[place.account_id] = datetime.now(UTC)


@on_account_created
def add_new_account(account_id: str) -> None:
    """Take in a new account wherever that was asked for (AutoEnable)."""
    organization = organization_of(account_id)
    for (management_id, region), administration in every(Administration).items():
        if organization is None or management_id != organization.master_account_id:
            continue
        if administration.auto_enable and administration.administrator_id is not None:
            add_member(administration, Place(account_id, region))


@on_account_removed
def forget_account(account_id: str) -> None:
    """Let an account go that has left its organization."""
    for administration in every(Administration).values():
        administration.member_ids.pop(account_id, None)
