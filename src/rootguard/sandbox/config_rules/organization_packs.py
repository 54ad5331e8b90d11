"""Organization conformance packs: what was put, and what became of it in each account.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html. Each account's pack is
named `OrgConformsPack-<name>-<8 characters>`, the characters being those at the end of the organization pack's ARN.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rootguard.sandbox.config_rules.packs import PackRequest
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import organization_backend
from rootguard.sandbox.paging import Key
from rootguard.sandbox.state import every, state

MAXIMUM_PACKS = 50
"""Per organization (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""


@dataclass
class Deployment:
    """A pack's fate in one account; `status` is an OrganizationResourceDetailedStatus.

    Attributes:
        error: Code and message of what failed.
        waits: Whether a configuration recorder that starts is to try again.
    """

    account_id: str
    status: str
    updated: datetime
    error: tuple[str, str] | None = None
    waits: bool = False


@dataclass
class OrganizationPack:
    """An organization conformance pack, kept where it was put: other administrators do not see it."""

    place: Place
    name: str
    suffix: str
    request: PackRequest
    excluded: tuple[str, ...]
    tags: dict[str, str]
    status: str = "CREATE_IN_PROGRESS"
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    deployments: dict[str, Deployment] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def key(self) -> Key:
        """What sorts organization packs."""
        return (self.name,)

    @property
    def arn(self) -> str:
        """The ARN, which ends in the suffix."""
        return self.place.arn(f"organization-conformance-pack/{self.name}-{self.suffix}")

    @property
    def pack_name(self) -> str:
        """The pack's name in each account."""
        return f"OrgConformsPack-{self.name}-{self.suffix}"

    def failure(self) -> tuple[str, str] | None:
        """Code and message of the first account that failed."""
        return next((each.error for each in list(self.deployments.values()) if each.error), None)


@dataclass
class OrganizationPacks:
    """The organization packs put by one account in one Region, by name."""

    by_name: dict[str, OrganizationPack] = field(default_factory=dict)


def organization_packs_of(place: Place) -> OrganizationPacks:
    """The store of a place."""
    return state(OrganizationPacks, place.account_id, place.region)


def existing_organization_pack(place: Place, name: str) -> OrganizationPack:
    """The organization pack of that name, put from this place.

    Raises:
        AwsError: NoSuchOrganizationConformancePackException.
    """
    pack = organization_packs_of(place).by_name.get(name)
    if pack is None:
        message = f"The organization conformance pack {name} does not exist."
        raise AwsError("NoSuchOrganizationConformancePackException", message)
    return pack


def check_settled(pack: OrganizationPack) -> None:
    """Refuse to touch a pack that is on its way.

    Raises:
        AwsError: ResourceInUseException.
    """
    if pack.status.endswith("_IN_PROGRESS"):
        message = f"The organization conformance pack {pack.name} is in the state {pack.status}."
        raise AwsError("ResourceInUseException", message)


def active_accounts(place: Place) -> list[str]:
    """The active accounts of the organization, the management account among them."""
    backend = organization_backend(place.account_id, place.partition)
    return [account.id for account in backend.accounts if account.status == "ACTIVE"] if backend else []


def count_in_organization(place: Place) -> int:
    """How many packs the organization has in the Region, whoever of its accounts put them."""
    accounts = set(active_accounts(place))
    stores = every(OrganizationPacks)
    return sum(
        len(store.by_name)
        for (account_id, region), store in stores.items()
        if region == place.region and account_id in accounts
    )


def packs_for(account_id: str) -> list[OrganizationPack]:
    """The packs that an account of the organization gets, in every Region."""
    backend = organization_backend(account_id)
    return [
        pack
        for store in every(OrganizationPacks).values()
        for pack in list(store.by_name.values())
        if backend is not None
        and organization_backend(pack.place.account_id) is backend
        and account_id not in pack.excluded
        and pack.status != "DELETE_IN_PROGRESS"
    ]
