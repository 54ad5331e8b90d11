"""The StackInstancesGroup of AWS::CloudFormation::StackSet: which instances it asks for, and what a change of it means.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-stackset-stackinstances.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rootguard.sandbox.cloudformation.requests import unsupported
from rootguard.sandbox.cloudformation.resource_type import Properties, ResourceFailedError

type Overrides = tuple[tuple[str, str], ...] | None
type Place = tuple[str, str | None]
"""A Region, and a root or organizational unit; None where accounts are named without one."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Some of the accounts of a unit, or all but some."""

    named: frozenset[str]
    are_excluded: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no account can be meant."""
        return not self.named and not self.are_excluded

    def both(self, other: "Accounts") -> "Accounts":
        """The accounts that are in both."""
        match self.are_excluded, other.are_excluded:
            case True, True:
                return Accounts(self.named | other.named, are_excluded=True)
            case True, False:
                return Accounts(other.named - self.named)
            case False, True:
                return Accounts(self.named - other.named)
            case _:
                return Accounts(self.named & other.named)

    def without(self, other: "Accounts") -> "Accounts":
        """The accounts that are not in the other."""
        return self.both(Accounts(other.named, are_excluded=not other.are_excluded))


@dataclass(frozen=True, slots=True)
class Instances:
    """One operation's worth of instances.

    Attributes:
        units: Root and organizational units; empty where only accounts are named.
        overrides: None where there is no ParameterOverrides.
    """

    regions: tuple[str, ...]
    units: tuple[str, ...]
    accounts: Accounts
    overrides: Overrides

    def created(self) -> dict[str, Any]:
        """The parameters of CreateStackInstances."""
        return {**self._where(), "ParameterOverrides": _parameters(self.overrides)}

    def updated(self) -> dict[str, Any]:
        """The parameters of UpdateStackInstances; without overrides, those that there are go."""
        return {**self._where(), "ParameterOverrides": _parameters(self.overrides or ())}

    def deleted(self) -> dict[str, Any]:
        """The parameters of DeleteStackInstances: AWS's handler never retains stacks."""
        return {**self._where(), "RetainStacks": False}

    def _where(self) -> dict[str, Any]:
        named = sorted(self.accounts.named)
        if not self.units:
            return {"Regions": list(self.regions), "Accounts": named}
        targets: dict[str, Any] = {"OrganizationalUnitIds": list(self.units)}
        if named:
            kind = "DIFFERENCE" if self.accounts.are_excluded else "INTERSECTION"
            targets |= {"Accounts": named, "AccountFilterType": kind}
        return {"Regions": list(self.regions), "DeploymentTargets": targets}


def instances_of(properties: Properties) -> list[Instances]:
    """The instances that a resource asks for.

    Raises:
        ResourceFailedError: DeploymentTargets that the sandbox does not have.
    """
    return [_instances(entry) for entry in properties.get("StackInstancesGroup") or ()]


def _instances(entry: Mapping[str, Any]) -> Instances:
    targets = entry["DeploymentTargets"]
    kind = targets.get("AccountFilterType")
    if targets.get("AccountsUrl") or kind == "UNION":
        raise unsupported("a StackSet's DeploymentTargets take no AccountsUrl and no AccountFilterType UNION here")
    units, named = tuple(targets.get("OrganizationalUnitIds") or ()), frozenset(targets.get("Accounts") or ())
    if (kind in ("INTERSECTION", "DIFFERENCE")) != bool(units and named):
        message = "AccountFilterType INTERSECTION or DIFFERENCE goes with OrganizationalUnitIds and Accounts together"
        raise ResourceFailedError(f"{message}, and with nothing else.")
    kind = kind or ("INTERSECTION" if named else "NONE")
    accounts = Accounts(named, are_excluded=kind != "INTERSECTION")
    return Instances(tuple(entry["Regions"]), units, accounts, _overrides(entry.get("ParameterOverrides")))


def _overrides(given: Sequence[Mapping[str, str]] | None) -> Overrides:
    return None if given is None else tuple((each["ParameterKey"], str(each["ParameterValue"])) for each in given)


def _parameters(overrides: Overrides) -> list[dict[str, str]] | None:
    if overrides is None:
        return None
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in overrides]


def changes(
    old: Sequence[Instances], new: Sequence[Instances]
) -> tuple[list[Instances], list[Instances], list[Instances]]:
    """What a change of the group means.

    Returns:
        What is to be deleted, to be created, and to get other overrides.
    """
    before, after = _by_place(old), _by_place(new)
    nobody = (Accounts(frozenset()), None)
    going, coming, changing = list[Instances](), list[Instances](), list[Instances]()
    for place in dict.fromkeys((*before, *after)):
        was, had = before.get(place, nobody)
        becomes, has = after.get(place, nobody)
        going += _at(place, was.without(becomes), None)
        coming += _at(place, becomes.without(was), has)
        if (had or ()) != (has or ()):
            changing += _at(place, was.both(becomes), has)
    return _merged(going), _merged(coming), _merged(changing)


def _by_place(group: Iterable[Instances]) -> dict[Place, tuple[Accounts, Overrides]]:
    """Each Region's and unit's accounts.

    Raises:
        ResourceFailedError: A unit stands in the group twice for the same Region.
    """
    found = dict[Place, tuple[Accounts, Overrides]]()
    for instances in group:
        for region in instances.regions:
            for unit in instances.units or (None,):
                if (region, unit) in found:
                    raise unsupported(f"{unit or 'Accounts'} may stand in StackInstancesGroup once for {region} here")
                found[region, unit] = instances.accounts, instances.overrides
    return found


def _at(place: Place, accounts: Accounts, overrides: Overrides) -> list[Instances]:
    region, unit = place
    return [] if accounts.is_empty else [Instances((region,), (unit,) if unit else (), accounts, overrides)]


def _merged(group: Iterable[Instances]) -> list[Instances]:
    """The same instances in fewer operations: first units, then Regions that have everything else in common."""
    by_units = dict[tuple[Any, ...], list[str]]()
    for each in group:
        by_units.setdefault((each.regions, each.accounts, each.overrides), []).extend(each.units)
    by_regions = dict[tuple[Any, ...], list[str]]()
    for (regions, accounts, overrides), units in by_units.items():
        by_regions.setdefault((tuple(units), accounts, overrides), []).extend(regions)
    return [
        Instances(tuple(regions), units, accounts, overrides)
        for (units, accounts, overrides), regions in by_regions.items()
    ]
