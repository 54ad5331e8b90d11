"""Accounts that come into a StackSet's targets, or leave them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html: "triggered
when accounts are added to a target organization or OU, removed from a target organization or OU, or moved between
target OUs". New accounts get the StackSet's own parameter values, whatever filters and overrides there were.
"""

from collections.abc import Iterable, Iterator

from rootguard.sandbox.organization import (
    on_account_created,
    on_account_moved,
    on_account_removed,
    organization_backend,
)
from rootguard.sandbox.stack_sets import operations
from rootguard.sandbox.stack_sets.access import is_activated
from rootguard.sandbox.stack_sets.operation import Action, InstanceKey, Operation, Result
from rootguard.sandbox.stack_sets.preferences import Preferences
from rootguard.sandbox.stack_sets.stack_set import StackInstance, StackSet, StackSets
from rootguard.sandbox.stack_sets.targets import ancestors
from rootguard.sandbox.state import every


@on_account_created
@on_account_moved
@on_account_removed
def adapt_to_place(account_id: str) -> None:
    """Deploy to an account what its place in the organization calls for, and take away what it does not any more."""
    for stack_set in _automatic():
        with stack_set.lock:
            _adapt(stack_set, account_id)


@operations.on_end
def adapt_late(stack_set: StackSet, operation: Operation) -> None:
    """Look again at accounts that moved while the operation worked at them."""
    for account_id in {result.account_id for result in operation.results.values()} & stack_set.waiting:
        stack_set.waiting.discard(account_id)
        _adapt(stack_set, account_id)


def _automatic() -> Iterator[StackSet]:
    """The StackSets that deploy automatically."""
    for store in every(StackSets).values():
        for stack_set in store.active():
            if stack_set.auto_deployment and stack_set.auto_deployment.enabled and is_activated(stack_set.place):
                yield stack_set


def _adapt(stack_set: StackSet, account_id: str) -> None:
    if any(result.account_id == account_id for each in stack_set.unfinished() for result in each.results.values()):
        stack_set.waiting.add(account_id)
        return
    wanted = _wanted(stack_set, _units_above(stack_set, account_id))
    present = {each.region: each for each in stack_set.instances.values() if each.account_id == account_id}
    leaving = [each for region, each in present.items() if region not in wanted and each.unit_id in stack_set.targets]
    _delete(stack_set, leaving)
    arriving = [
        StackInstance(account_id, region, unit_id) for region, unit_id in wanted.items() if region not in present
    ]
    _create(stack_set, arriving)


def _units_above(stack_set: StackSet, account_id: str) -> list[str]:
    """The unit that the account is in, and those above, in the StackSet's organization; none if it is not in there."""
    backend = organization_backend(stack_set.place.account_id, stack_set.place.partition)
    account = next((each for each in backend.accounts if each.id == account_id), None) if backend else None
    if backend is None or account is None or account_id == stack_set.place.account_id:
        return []
    return ancestors(str(account.parent_id), backend)


def _wanted(stack_set: StackSet, units: Iterable[str]) -> dict[str, str]:
    """The Regions in which an account beneath these units gets a stack, and the unit because of which."""
    wanted = dict[str, str]()
    for unit_id in units:
        for region in stack_set.targets.get(unit_id, ()):
            wanted.setdefault(region, unit_id)
    return wanted


def _create(stack_set: StackSet, instances: list[StackInstance]) -> None:
    if not instances:
        return
    for instance in instances:
        stack_set.instances[instance.key] = instance
    _request(stack_set, Action.CREATE, instances, None)


def _delete(stack_set: StackSet, instances: list[StackInstance]) -> None:
    settings = stack_set.auto_deployment
    if instances and settings:
        _request(stack_set, Action.DELETE, instances, settings.retains_stacks)


def _request(stack_set: StackSet, action: Action, instances: list[StackInstance], retains: bool | None) -> None:  # noqa: FBT001 - RetainStacks, unknown for CREATE
    results: dict[InstanceKey, Result] = {
        each.key: Result(each.account_id, each.region, each.unit_id) for each in instances
    }
    targets = {
        "OrganizationalUnitIds": sorted({each.unit_id for each in instances if each.unit_id}),
        "Accounts": [instances[0].account_id],
        "AccountFilterType": "INTERSECTION",
    }
    regions = tuple(dict.fromkeys(each.region for each in instances))
    preferences = Preferences(unlimited=True)
    operations.request(stack_set, Operation(action, regions, results, preferences, targets=targets, retains=retains))
