"""Asks AWS about every account: the administrator's own view, and from within each account what only it can show."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from rootguard.account_state import ACTIVE, state_of
from rootguard.aws_session import AwsSession
from rootguard.catalog import load_process_checks, load_rules
from rootguard.deploy import coverage, names
from rootguard.deploy.accounts import pack_error, pack_statuses
from rootguard.deploy.choices import ORGANIZATION_PACK
from rootguard.deploy.instances import stack_instances
from rootguard.deploy.members import NotSeen, look_into
from rootguard.deploy.parameters import as_list
from rootguard.deploy.stacks import Stack, Stacks
from rootguard.deploy.standing import CallAs, Standing, find_standing
from rootguard.deploy.status.model import AccountState, Deployment, Inside, PackState
from rootguard.deploy.status.rules import read_inside
from rootguard.errors import RootguardError
from rootguard.organizational_units import UnknownUnitError
from rootguard.pack_names import wanting

_EXCLUDED = "excluded by --exclude"
_INACTIVE = "the account is {}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was found out.

    Attributes:
        accounts: Of the organization, by id.
    """

    standing: Standing
    deployment: Deployment
    accounts: tuple[AccountState, ...]


def look(session: AwsSession, call_as: CallAs | None, role_name: str) -> Seen:
    """Look at every account.

    Args:
        session: Of the account that has deployed.
        call_as: As for deploy.
        role_name: To assume in every other account, with config:Describe* and config:GetComplianceDetailsByConfigRule.

    Raises:
        RootguardError: Nothing is deployed from here.
        ClientError: AWS refuses what the administrator must see.
    """
    standing = find_standing(session, call_as)
    organization, stacks = _stacks(session, standing)
    deployment = Deployment(
        stacks={name: stack.status for name, stack in stacks.items()},
        has_organization_pack=organization.parameters.get("PackDeployment", ORGANIZATION_PACK) == ORGANIZATION_PACK,
        function_prefix=organization.parameters.get("FunctionPrefix", ""),
        rules=tuple(rule.name for rule in load_rules() if not wanting(rule, organization.parameters)),
        process_checks=tuple(check.name for check in load_process_checks()),
    )
    listed = {str(account["Id"]): account for account in coverage.listed_accounts(session)}
    left_out, lost = _left_out(session, standing, listed, organization.parameters)
    deployment = replace(deployment, lost_units=lost)
    outside = list(_from_outside(session, standing, deployment, listed, left_out))
    accounts = list(_with_inside(session, outside, deployment, role_name))
    return Seen(standing, deployment, tuple(_with_aggregated(session, accounts, deployment)))


def _stacks(session: AwsSession, standing: Standing) -> tuple[Stack, dict[str, Stack]]:
    stacks = Stacks(session)
    wanted = (names.ARTIFACTS_STACK, names.RULES_STACK, names.ORGANIZATION_STACK)
    found = {name: stack for name in wanted if (stack := stacks.find(name)) is not None}
    if names.ORGANIZATION_STACK not in found:
        there = ", ".join(f"{name} ({stack.status})" for name, stack in found.items() if name != names.ARTIFACTS_STACK)
        begun = f"has {there}, but " if there else ""
        raise RootguardError(
            f"nothing is deployed from account {standing.account_id} in {standing.region}, which {begun}has no stack "
            f"{names.ORGANIZATION_STACK}: run `rootguard deploy`, or give the --profile and --region that have deployed"
        )
    return found[names.ORGANIZATION_STACK], found


def _left_out(
    session: AwsSession, standing: Standing, known: Collection[str], parameters: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The accounts that get nothing -> why; and the chosen organizational units that are no more."""
    excluded = as_list(parameters.get("ExcludedAccounts", ""))
    units, lost = as_list(parameters.get("OrganizationalUnitIds", "")), list[str]()
    while True:
        try:
            left_out = coverage.left_out(session, standing, known, units, excluded)
        except UnknownUnitError as error:
            if error.parent not in units:  # a nested one, which has gone this very moment
                raise
            units.remove(error.parent)
            lost.append(error.parent)
        else:
            return left_out | dict.fromkeys(excluded, _EXCLUDED), tuple(lost)


def _from_outside(
    session: AwsSession,
    standing: Standing,
    deployment: Deployment,
    listed: Mapping[str, Any],
    left_out: Mapping[str, str],
) -> Iterator[AccountState]:
    """Every account of the organization as the administrator sees it."""
    instances = {each.account_id: each for each in stack_instances(session, standing.call_as) or ()}
    packs = {each["AccountId"]: each for each in pack_statuses(session)} if deployment.has_organization_pack else {}
    for identifier, account in sorted(listed.items()):
        state = state_of(account)
        is_management = identifier == standing.management_account_id
        yield AccountState(
            id=identifier,
            name=str(account.get("Name", "")),
            is_management=is_management,
            left_out=left_out.get(identifier, "") if state == ACTIVE else _INACTIVE.format(state.lower()),
            instance=instances.get(identifier),
            stack_status=deployment.stacks.get(names.RULES_STACK) if is_management else None,
            pack=_pack(packs.get(identifier)),
        )


def _pack(status: Mapping[str, Any] | None) -> PackState | None:
    if status is None:
        return None
    return PackState(status["Status"], pack_error(status))


def _with_inside(
    session: AwsSession, accounts: Sequence[AccountState], deployment: Deployment, role_name: str
) -> Iterator[AccountState]:
    """The accounts with what they show themselves, or with why they do not."""

    def read(there: AwsSession) -> Inside:
        return read_inside(there, deployment)

    found = look_into(session, [each.id for each in accounts if not each.left_out], role_name, read)
    for account in accounts:
        match found.get(account.id):
            case Inside() as inside:
                yield replace(account, inside=inside, compliance=inside.counted())
            case NotSeen(reason):
                yield replace(account, not_seen=reason)
            case None:
                yield account


def _with_aggregated(
    session: AwsSession, accounts: list[AccountState], deployment: Deployment
) -> Iterator[AccountState]:
    """What an organization aggregator says of accounts that could not be asked themselves: compliance, no more."""
    unseen = any(account.not_seen for account in accounts)
    aggregated = _aggregated(session, deployment) if unseen else {}
    for account in accounts:
        yield replace(account, compliance=aggregated.get(account.id)) if account.not_seen else account


def _aggregated(session: AwsSession, deployment: Deployment) -> dict[str, Counter[str]]:
    """Account id -> how many of our rules are what; empty where there is no organization aggregator to be read.

    https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeAggregateComplianceByConfigRules.html
    """
    config: Any = session.client("config")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    try:
        aggregators = [
            aggregator["ConfigurationAggregatorName"]
            for page in config.get_paginator("describe_configuration_aggregators").paginate()
            for aggregator in page["ConfigurationAggregators"]
            if "OrganizationAggregationSource" in aggregator
        ]
        pages = config.get_paginator("describe_aggregate_compliance_by_config_rules")
        for name in aggregators[:1]:
            filters = {"AwsRegion": session.region}
            for page in pages.paginate(ConfigurationAggregatorName=name, Filters=filters):
                for found in page["AggregateComplianceByConfigRules"]:
                    if _is_ours(found["ConfigRuleName"], (*deployment.rules, *deployment.process_checks)):
                        counts[found["AccountId"]][found["Compliance"]["ComplianceType"]] += 1
    except ClientError:  # the account stays what it is: not seen, with its own reason
        return {}
    return counts


def _is_ours(config_name: str, rules: tuple[str, ...]) -> bool:
    """By name alone: an aggregator does not show whose function a rule has."""
    return config_name.partition("-conformance-pack-")[0] in rules
