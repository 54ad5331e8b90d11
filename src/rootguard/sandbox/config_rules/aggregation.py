"""What an organization aggregator sees: the rules and packs of its organization's accounts, in its Regions.

https://docs.aws.amazon.com/config/latest/developerguide/aggregate-data.html. AWS collects the data some time after it
came to be; here an aggregator sees what is there now. An aggregator whose organization AWS Config may no longer read
(trusted access or the role is gone) sees nothing, and its sources' status says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.config.models import config_backends

from rootguard.sandbox.config_rules.organization_packs import active_accounts
from rootguard.sandbox.config_rules.packs import Pack, packs_of
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.rules import Rule, rules_of
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.identity_policies import role_policies
from rootguard.sandbox.organization import has_trusted_access, is_delegated_administrator, is_management_account
from rootguard.sandbox.policy import Principal, Request, evaluate
from rootguard.sandbox.role_trust import ASSUME_ROLE, find_role, trust_policy

CONFIG_PRINCIPAL = "config.amazonaws.com"
"""The service for which trusted access is enabled and administrators are delegated."""

# AWSConfigRoleForOrganizations
_NEEDED = ("organizations:DescribeOrganization", "organizations:ListAccounts")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an aggregator's organization cannot be read: LastErrorCode and LastErrorMessage of its source."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Aggregator:
    """An aggregator over the organization of its account.

    Attributes:
        role_arn: The role by which AWS Config reads the organization.
        regions: The Regions that it aggregates, None for all.
    """

    place: Place
    role_arn: str
    regions: tuple[str, ...] | None

    def covers(self, region: str) -> bool:
        """Whether it aggregates a Region; the Regions of another partition it never does."""
        same_partition = Place(self.place.account_id, region).partition == self.place.partition
        return same_partition and (self.regions is None or region in self.regions)


def existing_aggregator(place: Place, name: str) -> Aggregator:
    """The aggregator of that name.

    Raises:
        AwsError: NoSuchConfigurationAggregatorException; SandboxNotImplemented for one over single accounts.
    """
    found = config_backends[place.account_id][place.region].config_aggregators.get(name)
    if found is None:
        message = f"The configuration aggregator {name} does not exist."
        raise AwsError("NoSuchConfigurationAggregatorException", message)
    source = found.organization_aggregation_source
    if source is None:
        raise AwsError(NOT_IMPLEMENTED, "The sandbox reads aggregators over an organization only.")
    return Aggregator(place, source.role_arn, None if source.all_aws_regions else tuple(source.aws_regions or ()))


def is_administrator(place: Place) -> bool:
    """Whether the account may aggregate for its organization."""
    return is_management_account(place.account_id, place.partition) or is_delegated_administrator(
        place.account_id, CONFIG_PRINCIPAL, place.partition
    )


def problem_of(aggregator: Aggregator) -> Problem | None:
    """Why AWS Config cannot read the organization, None if it can."""
    place, arn = aggregator.place, aggregator.role_arn
    if not has_trusted_access(place.account_id, CONFIG_PRINCIPAL, place.partition):
        return Problem("OrganizationAccessDeniedException", "AWS Config has no trusted access to the organization.")
    if not is_administrator(place):
        return Problem("OrganizationAccessDeniedException", "The account no longer administers the organization.")
    if not _may_read_organization(place, arn):
        return Problem("InvalidRoleException", f"AWS Config cannot read the organization by the role {arn}.")
    return None


def _may_read_organization(place: Place, role_arn: str) -> bool:
    role = find_role(role_arn)
    if role is None or role.account_id != place.account_id:
        return False
    trust = Request.of(ASSUME_ROLE, role_arn, {}, Principal(service=CONFIG_PRINCIPAL))
    if not evaluate((trust_policy(role),), trust).allowed:
        return False
    policies = role_policies(role)
    return all(evaluate(policies, Request.of(action, "*", {}, None)).allowed for action in _NEEDED)


def sources(aggregator: Aggregator) -> Iterator[Place]:
    """The places that an aggregator reads: the organization's active accounts that record, in its Regions."""
    if problem_of(aggregator) is not None:
        return
    for account_id in active_accounts(aggregator.place):
        for region, backend in list(config_backends[account_id].items()):
            if aggregator.covers(region) and backend.recorders:
                yield Place(account_id, region)


def aggregated_rules(aggregator: Aggregator, filters: Mapping[str, Any]) -> Iterator[Rule]:
    """The rules of all sources that the filters AccountId, AwsRegion and ConfigRuleName leave."""
    for source in _filtered(aggregator, filters):
        for rule in list(rules_of(source).by_name.values()):
            if rule.name == filters.get("ConfigRuleName", rule.name):
                yield rule


def aggregated_packs(aggregator: Aggregator, filters: Mapping[str, Any]) -> Iterator[Pack]:
    """The conformance packs of all sources that the filters AccountId, AwsRegion and ConformancePackName leave."""
    for source in _filtered(aggregator, filters):
        for pack in list(packs_of(source).by_name.values()):
            if pack.name == filters.get("ConformancePackName", pack.name):
                yield pack


def _filtered(aggregator: Aggregator, filters: Mapping[str, Any]) -> Iterator[Place]:
    for source in sources(aggregator):
        wanted = filters.get("AccountId", source.account_id), filters.get("AwsRegion", source.region)
        if (source.account_id, source.region) == wanted:
            yield source
