"""How an organization conformance pack comes into the accounts, now and later, and out of them again.

https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from rootguard.sandbox.config_rules.organization_packs import (
    MAXIMUM_PACKS,
    Deployment,
    OrganizationPack,
    OrganizationPacks,
    active_accounts,
    check_settled,
    count_in_organization,
    organization_packs_of,
    packs_for,
)
from rootguard.sandbox.config_rules.packs import PackRequest, PackState, delete_pack, deploy, packs_of, put_pack
from rootguard.sandbox.config_rules.place import Place, random_id
from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL
from rootguard.sandbox.config_rules.service_roles import MULTI_ACCOUNT_PRINCIPAL, ensure_role, has_role
from rootguard.sandbox.config_rules.work import Deployments
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import is_management_account, on_account_created, on_account_removed
from rootguard.sandbox.state import every, state

_NO_RECORDER = "NoAvailableConfigurationRecorderException"


def put_organization_pack(
    place: Place, name: str, request: PackRequest, excluded: Iterable[str], tags: dict[str, str]
) -> OrganizationPack:
    """Create or update an organization pack and start its deployment.

    Raises:
        AwsError: MaxNumberOfOrganizationConformancePacksExceededException, ResourceInUseException.
    """
    packs = organization_packs_of(place).by_name
    pack = packs.get(name)
    if pack is None:
        if count_in_organization(place) >= MAXIMUM_PACKS:
            message = f"You have reached the limit of {MAXIMUM_PACKS} organization conformance packs."
            raise AwsError("MaxNumberOfOrganizationConformancePacksExceededException", message)
        pack = OrganizationPack(place, name, random_id(8), request, tuple(excluded), tags)
        packs[name] = pack
    else:
        check_settled(pack)
        failed = pack.status == "CREATE_FAILED"
        pack.request, pack.excluded = request, tuple(excluded)
        pack.status = "CREATE_IN_PROGRESS" if failed else "UPDATE_IN_PROGRESS"
    pack.updated = datetime.now(UTC)
    ensure_role(place.account_id, place.partition, MULTI_ACCOUNT_PRINCIPAL)
    state(Deployments).submit(partial(_deploy, pack, _announce(pack)))
    return pack


def _announce(pack: OrganizationPack) -> list[str]:
    """Show what will happen to every account before anything does, and name those that get the pack."""
    excluded = set(pack.excluded)
    targets = [account_id for account_id in active_accounts(pack.place) if account_id not in excluded]
    for account_id in pack.deployments.keys() - set(targets):
        pack.deployments[account_id] = Deployment(account_id, "DELETE_IN_PROGRESS", datetime.now(UTC))
    for account_id in targets:
        known = pack.deployments.get(account_id)
        verb = "UPDATE" if known and known.status != "CREATE_FAILED" else "CREATE"
        waits = known is not None and known.waits
        pack.deployments[account_id] = Deployment(account_id, f"{verb}_IN_PROGRESS", datetime.now(UTC), waits=waits)
    return targets


def _deploy(pack: OrganizationPack, targets: list[str]) -> None:
    with pack.lock:
        for account_id in list(pack.deployments.keys() - set(targets)):
            _remove_from(pack, account_id)
        for account_id in targets:
            _deploy_to(pack, account_id)
        _settle(pack)


def _settle(pack: OrganizationPack) -> None:
    verb = pack.status.partition("_")[0]
    failed = any(each.status.endswith("_FAILED") for each in pack.deployments.values())
    pack.status = f"{verb}_FAILED" if failed else f"{verb}_SUCCESSFUL"
    pack.updated = datetime.now(UTC)


def _deploy_to(pack: OrganizationPack, account_id: str) -> None:
    verb = pack.deployments[account_id].status.partition("_")[0]
    waits = pack.deployments[account_id].waits
    error = _deployed(pack, Place(account_id, pack.place.region))
    status = f"{verb}_FAILED" if error else f"{verb}_SUCCESSFUL"
    waits = waits and error is not None and error[0] == _NO_RECORDER
    pack.deployments[account_id] = Deployment(account_id, status, datetime.now(UTC), error, waits)


def _deployed(pack: OrganizationPack, place: Place) -> tuple[str, str] | None:
    """Deploy to one account.

    A delegated administrator's deployment does not make the service-linked role in the management account, which then
    fails (conformance-pack-organization-apis, "service-linked role").

    Returns:
        Code and message of what failed.
    """
    by_delegate = place.account_id != pack.place.account_id and is_management_account(place.account_id)
    if not by_delegate:
        ensure_role(place.account_id, place.partition, CONFORMS_PRINCIPAL)
    elif not has_role(place.account_id, place.partition, CONFORMS_PRINCIPAL):
        return "InsufficientPermissionsException", "AWSServiceRoleForConfigConforms does not exist in the account."
    try:
        created = put_pack(place, pack.pack_name, pack.request, {}, MULTI_ACCOUNT_PRINCIPAL)
    except AwsError as refusal:
        return refusal.code, refusal.message
    deploy(created)
    return created.reason


def _remove_from(pack: OrganizationPack, account_id: str) -> None:
    deployed = packs_of(Place(account_id, pack.place.region)).by_name.get(pack.pack_name)
    if deployed is not None:
        deployed.pack_state = PackState.DELETE_IN_PROGRESS
        delete_pack(deployed)
    pack.deployments.pop(account_id, None)


def delete_organization_pack(pack: OrganizationPack) -> None:
    """Delete a pack from every account, in the background.

    Raises:
        AwsError: ResourceInUseException.
    """
    check_settled(pack)
    pack.status = "DELETE_IN_PROGRESS"
    for deployment in list(pack.deployments.values()):
        deployment.status, deployment.updated = "DELETE_IN_PROGRESS", datetime.now(UTC)
    state(Deployments).submit(partial(_delete, pack))


def _delete(pack: OrganizationPack) -> None:
    with pack.lock:
        for account_id in list(pack.deployments):
            _remove_from(pack, account_id)
    organization_packs_of(pack.place).by_name.pop(pack.name, None)


@on_account_created
def deploy_to_new_account(account_id: str) -> None:
    """Give a new account every pack of its organization.

    "Deployment ... will only be retried for 7 hours after an account is added to your organization if a recorder is not
    available": here the account shows CREATE_FAILED until its recorder starts, however long that takes. Which status
    AWS shows meanwhile it does not say.
    """
    for pack in packs_for(account_id):
        pack.deployments[account_id] = Deployment(account_id, "CREATE_IN_PROGRESS", datetime.now(UTC), waits=True)
        state(Deployments).submit(partial(_deploy_late, pack, account_id))


def recorder_started(place: Place) -> None:
    """Try again what waits for the recorder of a new account."""
    for pack in packs_for(place.account_id):
        deployment = pack.deployments.get(place.account_id)
        if pack.place.region == place.region and deployment is not None and deployment.waits:
            deployment.status, deployment.error = "CREATE_IN_PROGRESS", None
            state(Deployments).submit(partial(_deploy_late, pack, place.account_id))


@on_account_removed
def remove_from_account(account_id: str) -> None:
    """Take every organization pack out of an account that leaves: "the rule or conformance pack is removed"."""
    for store in every(OrganizationPacks).values():
        for pack in list(store.by_name.values()):
            if account_id in pack.deployments:
                state(Deployments).submit(partial(_remove_from, pack, account_id))


def _deploy_late(pack: OrganizationPack, account_id: str) -> None:
    with pack.lock:
        if account_id in pack.deployments:
            _deploy_to(pack, account_id)
            _settle(pack)
