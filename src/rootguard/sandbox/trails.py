"""Which trails an account sees, and under which names: its own, and those of its organization.

An organization trail lives in the management account only; "All accounts in the organization can see" it, under the
management account's ARN, but members "do not have sufficient permissions to delete organization trails, turn logging on
or off, change what types of events are logged, or otherwise change" one
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html). So a member's trails are
found through the management account's, whatever the number of accounts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from moto.cloudtrail.models import Trail, cloudtrail_backends
from moto.organizations.models import FakeDelegatedAdministrator

from rootguard.sandbox.dispatch import Call, check
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import has_trusted_access, organization_of

SERVICE_PRINCIPAL = "cloudtrail.amazonaws.com"

_CHARACTERS = (
    "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), "
    "and underscores (_)."
)
_ARN = re.compile(r"arn:[^:]+:cloudtrail:(?P<region>[^:]+):(?P<account>\d{12}):trail/(?P<name>.+)")

# CloudTrail supports delegated administrators, which moto's list leaves out:
# https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudtrail.html
if SERVICE_PRINCIPAL not in FakeDelegatedAdministrator.SUPPORTED_SERVICES:
    FakeDelegatedAdministrator.SUPPORTED_SERVICES.append(SERVICE_PRINCIPAL)


@dataclass
class TrailSettings:
    """What moto's trails have no place for, in the words of the API, by trail ARN. Kept for the trail's owner."""

    by_arn: dict[str, dict[str, bool]] = field(default_factory=dict)


def management_account_of(account_id: str, partition: str) -> str | None:
    """The account that owns the trails of the organization, None outside of any."""
    organization = organization_of(account_id, partition)
    return None if organization is None else organization.master_account_id


def own_trails(account_id: str) -> Iterator[Trail]:
    """The trails that an account owns, in all Regions."""
    for backend in list(cloudtrail_backends[account_id].values()):
        yield from map(_converted, list(backend.trails.values()))


def _converted(trail: Trail) -> Trail:
    """The trail, an account's own again once CloudTrail has lost its access to the organization.

    Then "all organization trails for member accounts are deleted", those of the management account "are converted to
    account-level trails", and enabling access again does not bring them back
    (https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudtrail.html).
    """
    if trail.is_org_trail and not has_trusted_access(trail.account_id, SERVICE_PRINCIPAL, trail.partition):
        trail.is_org_trail = False
    return trail


@check
def convert_before_access_returns(call: Call) -> None:
    """Convert the trails of an organization without trusted access while it still is without."""
    if call.action == "organizations:EnableAWSServiceAccess":
        for trail in own_trails(call.account_id):
            _converted(trail)


def trails_of(account_id: str, partition: str) -> Iterator[Trail]:
    """The trails that an account owns and, for a member, the trails of its organization."""
    yield from own_trails(account_id)
    management = management_account_of(account_id, partition)
    if management is not None and management != account_id:
        yield from (trail for trail in own_trails(management) if trail.is_org_trail)


def is_shadow(trail: Trail, account_id: str, region: str) -> bool:
    """Whether the trail is here as a replication.

    That is "a replication in a Region of a trail that was created in a different Region, or in the case of an
    organization trail, the replication of an organization trail in member accounts" (DescribeTrails, API model).
    """
    return bool(trail.account_id != account_id or trail.region_name != region)


def find_trail(call: Call, name_or_arn: str) -> Trail:
    """The trail that a request means: by name one of the own account and Region, by ARN any that the account sees.

    "If the trail is an organization trail and you are a member account [...], you must provide the full ARN of that
    trail, and not just the name"; a shadow trail too is only found by its ARN (GetTrailStatus, API model).

    Raises:
        AwsError: TrailNotFoundException, CloudTrailARNInvalidException, InvalidTrailNameException.
    """
    if not name_or_arn.startswith("arn:"):
        name_or_arn = own_arn(call, name_or_arn)
    found = seen_by_arn(call, name_or_arn)
    if found is None:  # worded as in https://github.com/turbot/steampipe-plugin-aws/issues/577
        raise AwsError("TrailNotFoundException", f"Unknown trail: {name_or_arn} for the user: {call.account_id}")
    return found


def own_arn(call: Call, name: str) -> str:
    """The ARN that a name stands for: names mean trails of the current Region and account (DescribeTrails).

    Raises:
        AwsError: InvalidTrailNameException.
    """
    check_name(name)
    return f"arn:{call.partition}:cloudtrail:{call.region}:{call.account_id}:trail/{name}"


def seen_by_arn(call: Call, arn: str) -> Trail | None:
    """The trail of that ARN, if the account sees it.

    Raises:
        AwsError: CloudTrailARNInvalidException.
    """
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise AwsError("CloudTrailARNInvalidException", f"The trail ARN {arn} is not valid.")
    if parts["account"] not in (call.account_id, management_account_of(call.account_id, call.partition)):
        return None
    if parts["region"] not in cloudtrail_backends[parts["account"]]:
        return None
    trail = cloudtrail_backends[parts["account"]][parts["region"]].trails.get(parts["name"])
    if trail is None or trail.arn != arn:
        return None
    seen = _converted(trail).is_org_trail or trail.account_id == call.account_id
    return trail if seen else None


def check_name(name: str) -> None:
    """Refuse a name that no trail can have (CreateTrail, member Name, API model).

    Raises:
        AwsError: InvalidTrailNameException.
    """
    problem = _name_problem(name)
    if problem:
        raise AwsError("InvalidTrailNameException", problem)


def _name_problem(name: str) -> str | None:
    length = f"characters. Specified name length: {len(name)} characters."
    rules = (
        (len(name) < 3, f"Trail name too short. Minimum allowed length: 3 {length}"),  # noqa: PLR2004 - said beside it
        (len(name) > 128, f"Trail name too long. Maximum allowed length: 128 {length}"),  # noqa: PLR2004 - likewise
        (not name[:1].isalnum(), "Trail name must starts with a letter or number."),
        (not name[-1:].isalnum(), "Trail name must ends with a letter or number."),
        (not re.fullmatch(r"[.\-_0-9a-zA-Z]+", name), _CHARACTERS),
        (re.search(r"[.\-_]{2}", name), "Trail name cannot have adjacent periods, underscores or dashes."),
        (re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", name), "Trail name cannot be in IP address format."),
    )
    return next((message for broken, message in rules if broken), None)
