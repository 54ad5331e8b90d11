"""What a request changes in a StackSet, and the operation that carries it to the instances."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from botocore.session import Session

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.stack_sets import operations
from rootguard.sandbox.stack_sets.operation import Action, InstanceKey, Operation, Result
from rootguard.sandbox.stack_sets.preferences import Preferences, preferences_of
from rootguard.sandbox.stack_sets.stack_set import InstanceStatus, StackInstance, StackSet
from rootguard.sandbox.stack_sets.targets import Targets, accounts_under, chosen_accounts, targets_of
from rootguard.sandbox.stack_sets.template import overrides_of


def create_instances(stack_set: StackSet, parameters: Mapping[str, Any]) -> Operation:
    """Make instances that are not there, and try again those that are OUTDATED.

    Raises:
        AwsError: ValidationError, OperationInProgressException, OperationIdAlreadyExistsException.
    """
    regions = _regions(parameters)
    _check_regions(regions, stack_set.place.partition)
    accounts = _accounts_to_create(stack_set, parameters)
    with stack_set.lock:
        operations.check_startable(stack_set, parameters.get("OperationId"))
        given, results = parameters.get("ParameterOverrides"), dict[InstanceKey, Result]()
        for account_id, unit_id in accounts.items():
            for region in regions:
                known = stack_set.instances.get((account_id, region))
                instance = known or StackInstance(account_id, region, unit_id)
                overrides = overrides_of(stack_set, given, instance.overrides)
                if known and known.status is InstanceStatus.CURRENT and overrides == known.overrides:
                    continue
                instance.overrides = overrides
                stack_set.instances[instance.key] = instance
                results[instance.key] = Result(account_id, region, instance.unit_id)
        _remember_targets(stack_set, parameters, regions)
        return _requested(stack_set, Action.CREATE, parameters, results)


def update_instances(stack_set: StackSet, parameters: Mapping[str, Any]) -> Operation:
    """Change the overrides of instances.

    Raises:
        AwsError: StackInstanceNotFoundException, ValidationError, OperationInProgressException,
            OperationIdAlreadyExistsException.
    """
    with stack_set.lock:
        operations.check_startable(stack_set, parameters.get("OperationId"))
        instances = [each for each in _meant(stack_set, parameters) if each.status is not InstanceStatus.INOPERABLE]
        if not instances:
            message = f"No stack instances of {stack_set.name} in the specified accounts and Regions"
            raise AwsError("StackInstanceNotFoundException", message)
        given = parameters.get("ParameterOverrides")
        changed = [overrides_of(stack_set, given, instance.overrides) for instance in instances]
        for instance, overrides in zip(instances, changed, strict=True):
            instance.overrides = overrides
        return _requested(stack_set, Action.UPDATE, parameters, _results(instances))


def delete_instances(stack_set: StackSet, parameters: Mapping[str, Any]) -> Operation:
    """Delete instances, with their stacks unless RetainStacks says otherwise.

    Raises:
        AwsError: ValidationError, OperationInProgressException, OperationIdAlreadyExistsException.
    """
    with stack_set.lock:
        operations.check_startable(stack_set, parameters.get("OperationId"))
        instances = _meant(stack_set, parameters)
        _forget_targets(stack_set, parameters, instances)
        return _requested(
            stack_set, Action.DELETE, parameters, _results(instances), retains=bool(parameters["RetainStacks"])
        )


def update_all(stack_set: StackSet, parameters: Mapping[str, Any]) -> Operation:
    """Bring instances up to date with a StackSet that has changed; without targets, all that are not INOPERABLE.

    The StackSet's lock is held and its definition changed already.
    """
    for instance in stack_set.instances.values():
        if instance.status is InstanceStatus.CURRENT:
            instance.status = InstanceStatus.OUTDATED
    return _requested(
        stack_set, Action.UPDATE, parameters, _results(instances_to_update(stack_set, parameters)), on_whole_set=True
    )


def instances_to_update(stack_set: StackSet, parameters: Mapping[str, Any]) -> list[StackInstance]:
    """The instances that UpdateStackSet works at.

    Raises:
        AwsError: ValidationError.
    """
    is_narrowed = any(parameters.get(each) for each in ("DeploymentTargets", "Accounts", "Regions"))
    meant = _meant(stack_set, parameters) if is_narrowed else list(stack_set.instances.values())
    return [instance for instance in meant if instance.status is not InstanceStatus.INOPERABLE]


def _requested(  # noqa: PLR0913 - an operation's parts
    stack_set: StackSet,
    action: Action,
    parameters: Mapping[str, Any],
    results: dict[InstanceKey, Result],
    *,
    retains: bool | None = None,
    on_whole_set: bool = False,
) -> Operation:
    preferences = preferences_of(parameters)
    operation = Operation(
        action,
        _ordered_regions(preferences, parameters, results.values()),
        results,
        preferences,
        targets=parameters.get("DeploymentTargets"),
        retains=retains,
        on_whole_set=on_whole_set,
    )
    if parameters.get("OperationId"):
        operation.id = parameters["OperationId"]
    operations.request(stack_set, operation)
    return operation


def _ordered_regions(
    preferences: Preferences, parameters: Mapping[str, Any], results: Iterable[Result]
) -> tuple[str, ...]:
    named = parameters.get("Regions") or sorted({result.region for result in results})
    return preferences.ordered(tuple(dict.fromkeys(named)))


def _results(instances: Iterable[StackInstance]) -> dict[InstanceKey, Result]:
    return {each.key: Result(each.account_id, each.region, each.unit_id) for each in instances}


def _regions(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    regions = tuple(dict.fromkeys(parameters.get("Regions") or ()))
    if not regions:
        raise AwsError("ValidationError", "Regions must be specified")
    return regions


def _check_regions(regions: Iterable[str], partition: str) -> None:
    unknown = sorted(set(regions) - _known_regions(partition))
    if unknown:
        raise AwsError("ValidationError", f"Region {unknown[0]} is not supported")


@lru_cache
def _known_regions(partition: str) -> frozenset[str]:
    return frozenset(Session().get_available_regions("cloudformation", partition))


def _accounts_to_create(stack_set: StackSet, parameters: Mapping[str, Any]) -> dict[str, str | None]:
    if stack_set.is_service_managed:
        targets = targets_of(parameters, creates=True)
        return {**chosen_accounts(targets, stack_set.place)}
    return dict.fromkeys(_self_managed_accounts(parameters))


def _self_managed_accounts(parameters: Mapping[str, Any]) -> list[str]:
    targets = parameters.get("DeploymentTargets") or {}
    if targets.get("OrganizationalUnitIds"):
        message = "StackSets with SELF_MANAGED permission model can only have accounts as target"
        raise AwsError("ValidationError", message)
    accounts = parameters.get("Accounts") or targets.get("Accounts")
    if not accounts:
        raise AwsError("ValidationError", "Accounts must be specified")
    return list(accounts)


def _meant(stack_set: StackSet, parameters: Mapping[str, Any]) -> list[StackInstance]:
    """The existing instances that a request means."""
    regions = _regions(parameters)
    in_regions = [each for each in stack_set.instances.values() if each.region in regions]
    if not stack_set.is_service_managed:
        accounts = _self_managed_accounts(parameters)
        return [each for each in in_regions if each.account_id in accounts]
    targets = targets_of(parameters, creates=False)
    now = {account_id for unit_id in targets.units for account_id in accounts_under(unit_id, stack_set.place)}
    return [each for each in in_regions if _is_meant(each, targets, now)]


def _is_meant(instance: StackInstance, targets: Targets, now: set[str]) -> bool:
    """An account that has left a unit since is still the unit's, as far as the instance goes."""
    is_in_units = instance.account_id in now or instance.unit_id in targets.units
    return targets.admits(instance.account_id, is_in_units=is_in_units)


def _remember_targets(stack_set: StackSet, parameters: Mapping[str, Any], regions: Iterable[str]) -> None:
    """Note where automatic deployment is to go: it does "not consider account level targeting filters".

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """
    if not stack_set.is_service_managed:
        return
    for unit_id in targets_of(parameters, creates=True).units:
        known = stack_set.targets.setdefault(unit_id, [])
        known += [region for region in regions if region not in known]


def _forget_targets(stack_set: StackSet, parameters: Mapping[str, Any], going: list[StackInstance]) -> None:
    """A unit is no target any more when all of it is deleted, or when nothing of it is left."""
    if not stack_set.is_service_managed:
        return
    targets, gone = targets_of(parameters, creates=False), {instance.key for instance in going}
    staying = {(each.unit_id, each.region) for each in stack_set.instances.values() if each.key not in gone}
    for unit_id in targets.units:
        kept = [
            region
            for region in stack_set.targets.get(unit_id, ())
            if region not in parameters["Regions"] or (targets.narrows() and (unit_id, region) in staying)
        ]
        if kept:
            stack_set.targets[unit_id] = kept
        else:
            stack_set.targets.pop(unit_id, None)
