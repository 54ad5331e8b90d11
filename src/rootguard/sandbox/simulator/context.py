"""The condition keys of a simulated request: those that the caller gives, over those that the simulator fills in."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import organization_of, organization_path
from rootguard.sandbox.policy.operators import binary, instant, number

_CALLER_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):(?P<kind>user|role|group)/(?P<name>.+)"
)
_NO_CALLER_ID = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"
_LIST = "List"
_FORMATS: dict[str, tuple[Callable[[str], object], str]] = {
    "numeric": (number, "numeric format"),
    "date": (instant, "DateTime format"),
    "ip": (lambda text: ipaddress.ip_network(text, strict=False), "IP address"),
    "binary": (binary, "base-64 encoded binary format"),
}


@dataclass(frozen=True, slots=True)
class Entries:
    """`ContextEntries`: the values of each key, in lower case, and which of the keys take several values."""

    values: dict[str, tuple[str, ...]]
    lists: frozenset[str]


@dataclass(frozen=True, slots=True)
class SimulatedCaller:
    """`CallerArn`: a user, a role or a group, which need not exist."""

    arn: str
    account_id: str
    partition: str
    user_name: str | None


def read_entries(entries: Sequence[dict[str, Any]]) -> Entries:
    """Check and fold the context entries.

    Raises:
        AwsError: InvalidInput for a key given twice (names have no case), for several values of a scalar type, and for
            a value that is not of its type.
    """
    values: dict[str, tuple[str, ...]] = {}
    lists = set()
    for entry in entries:
        name, kind = entry.get("ContextKeyName", ""), entry.get("ContextKeyType", "string")
        key, given = name.lower(), tuple(entry.get("ContextKeyValues") or ())
        if key in values:
            raise AwsError("InvalidInput", f"Duplicate context key: {name}.")
        _check_values(name, kind, given)
        values[key] = given
        if kind.endswith(_LIST):
            lists.add(key)
    return Entries(values, frozenset(lists))


def _check_values(name: str, kind: str, values: tuple[str, ...]) -> None:
    if not kind.endswith(_LIST) and len(values) != 1:
        message = f"Context key {kind} expected a single value, but received {len(values)}."
        raise AwsError("InvalidInput", message)
    read, expected = _FORMATS.get(kind.removesuffix(_LIST), (str, ""))
    for value in values:
        try:
            read(value)
        except ValueError:
            message = f"Invalid context value for key {name}: expected {expected}."
            raise AwsError("InvalidInput", message) from None


def read_caller(arn: str | None) -> SimulatedCaller | None:
    """Check the caller.

    Raises:
        AwsError: InvalidInput for any other principal, the root user among them.
    """
    if arn is None:
        return None
    found = _CALLER_ARN.fullmatch(arn)
    if found is None:
        message = "Invalid caller - Caller must be an IAM user, role or group in this context."
        raise AwsError("InvalidInput", message)
    name = found["name"].rpartition("/")[2] if found["kind"] == "user" else None
    return SimulatedCaller(arn, found["account"], found["partition"], name)


def filled_in(caller: SimulatedCaller | None, account_id: str, partition: str) -> dict[str, tuple[str, ...]]:
    """The keys that the simulator fills in, in lower case, for the caller or, without one, for who asks.

    The guide lists some more (aws:PrincipalType, aws:PrincipalId, aws:Type) without saying what a simulation without a
    real principal gets; they are absent here.

    Args:
        caller: The simulated caller, if one is given.
        account_id: The account of the one who asks.
        partition: Its partition.
    """
    if caller is not None:
        account_id, partition = caller.account_id, caller.partition
    organization, path = organization_of(account_id, partition), organization_path(account_id, partition)
    keys = {
        "aws:principalarn": caller.arn if caller else None,
        "aws:principalaccount": account_id,
        "aws:userid": caller.arn if caller else _NO_CALLER_ID,
        "aws:username": caller.user_name if caller else None,
        "aws:principalorgid": organization.id if organization else None,
        "aws:principalorgmasteraccountid": organization.master_account_id if organization else None,
        "aws:principalorgpaths": path,
    }
    return {key: (value,) for key, value in keys.items() if value is not None}
