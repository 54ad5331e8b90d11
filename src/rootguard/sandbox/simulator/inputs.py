"""What SimulateCustomPolicy was asked, checked and read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.policy import Principal
from rootguard.sandbox.policy.patterns import ARN_COMPONENTS
from rootguard.sandbox.simulator.context import SimulatedCaller, filled_in, read_caller, read_entries
from rootguard.sandbox.simulator.judging import Simulation
from rootguard.sandbox.simulator.sources import (
    boundary_source,
    identity_sources,
    organization_levels,
    resource_source,
)

EVERYTHING = "*"

_OWNER_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):.+")
_INSTANCE = ("instance", "image", "security-group", "network-interface")
_HANDLING = {
    "EC2-VPC-InstanceStore": _INSTANCE,
    "EC2-VPC-InstanceStore-Subnet": (*_INSTANCE, "subnet"),
    "EC2-VPC-EBS": (*_INSTANCE, "volume"),
    "EC2-VPC-EBS-Subnet": (*_INSTANCE, "subnet", "volume"),
}


def read(call: Call) -> Simulation:
    """Read the parameters of a request.

    Raises:
        AwsError: InvalidInput.
    """
    parameters = call.parameters
    resources = tuple(parameters.get("ResourceArns") or (EVERYTHING,))
    _check_resources(resources, parameters.get("ResourceHandlingOption"))
    actions = _actions(parameters["ActionNames"])
    entries, caller = read_entries(parameters.get("ContextEntries") or ()), read_caller(parameters.get("CallerArn"))
    owner_id = _owner(parameters.get("ResourceOwner"))
    _check_resource_policy(parameters, resources, caller)
    return Simulation(
        actions=actions,
        resources=resources,
        identity=identity_sources(parameters["PolicyInputList"]),
        boundary=boundary_source(parameters.get("PermissionsBoundaryPolicyInputList") or ()),
        resource_policy=resource_source(parameters.get("ResourcePolicy")),
        levels=organization_levels(parameters.get("OrderedOrganizationPolicyInputList") or ()),
        context={**filled_in(caller, call.account_id, call.partition), **entries.values},
        given=frozenset(entries.values),
        lists=entries.lists,
        principal=Principal(arn=caller.arn, account_id=caller.account_id) if caller else None,
        owner_id=owner_id or (caller.account_id if caller else call.account_id),
    )


def _actions(names: Sequence[str]) -> tuple[str, ...]:
    if any(":" not in name for name in names):
        raise AwsError("InvalidInput", "The action is invalid since it is missing names")
    return tuple(names)


def _check_resources(resources: Sequence[str], handling: str | None) -> None:
    for resource in resources:
        is_arn = resource.startswith("arn:") and resource.count(":") >= ARN_COMPONENTS - 1
        if resource != EVERYTHING and not is_arn:
            raise AwsError("InvalidInput", f"ResourceNames are not in a valid ARN format: {resource}.")
    if handling is None:
        return
    if handling not in _HANDLING:
        raise AwsError("InvalidInput", f"Invalid ResourceHandlingOption: {handling}.")
    given = {resource.split(":", ARN_COMPONENTS - 1)[-1].partition("/")[0] for resource in resources}
    lacking = [kind for kind in _HANDLING[handling] if kind not in given]
    if lacking:
        message = f"ResourceHandlingOption {handling} requires resources of type: {', '.join(lacking)}."
        raise AwsError("InvalidInput", message)


def _check_resource_policy(
    parameters: Mapping[str, Any], resources: Sequence[str], caller: SimulatedCaller | None
) -> None:
    if "ResourcePolicy" not in parameters:
        return
    if caller is None:
        raise AwsError("InvalidInput", "Invalid caller - Caller cannot be null or empty.")
    if EVERYTHING in resources:
        message = f"Invalid Entity Arn: {EVERYTHING} does not clearly define entity type and name."
        raise AwsError("InvalidInput", message)


def _owner(arn: str | None) -> str | None:
    """The account of `ResourceOwner`, which is an ARN and no account id."""
    if arn is None:
        return None
    found = _OWNER_ARN.fullmatch(arn)
    if found is None:
        raise AwsError("InvalidInput", f"'{arn}' is not a valid as a Resource Owner.")
    return found["account"]
