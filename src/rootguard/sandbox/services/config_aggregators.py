"""AWS Config: aggregators, and how their sources are doing.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationAggregator.html. moto keeps them; what they
have aggregated is in `config_aggregate_compliance`.
"""

from datetime import UTC, datetime
from typing import Any

from moto.config.models import config_backends
from moto.organizations.models import OrganizationsBackend

from rootguard.sandbox.config_rules.aggregation import (
    CONFIG_PRINCIPAL,
    existing_aggregator,
    is_administrator,
    problem_of,
    sources,
)
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.organization import is_management_account, organization_backend, organization_of

_PER_PAGE = 100


@operation("config:PutConfigurationAggregator")
def put_configuration_aggregator(call: Call) -> Answer:
    """Create or change an aggregator; one over the organization only where the account may have it.

    From the management account "Config calls EnableAwsServiceAccess". Tags "cannot be updated with this operation".

    Raises:
        AwsError: NoAvailableOrganizationException, OrganizationAllFeaturesNotEnabledException,
            OrganizationAccessDeniedException, InvalidRoleException.
    """
    if call.parameters.get("AggregatorFilters"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no AggregatorFilters.")
    source = call.parameters.get("OrganizationAggregationSource")
    if source is not None:
        _check_organization(call)
        if not source["RoleArn"]:
            raise AwsError("InvalidRoleException", "The role's ARN is empty.")
    known = config_backends[call.account_id][call.region].config_aggregators
    before = known.get(call.parameters["ConfigurationAggregatorName"])
    tags = None if before is None else dict(before.tags)
    answer = call.moto()
    if tags is not None:
        known[call.parameters["ConfigurationAggregatorName"]].tags = tags
    return answer


def _check_organization(call: Call) -> None:
    organization = organization_of(call.account_id, call.partition)
    backend = organization_backend(call.account_id, call.partition)
    if organization is None or backend is None:
        raise AwsError("NoAvailableOrganizationException", "Organization is no longer available.")
    if organization.feature_set != "ALL":
        message = "Your organization does not have all features enabled."
        raise AwsError("OrganizationAllFeaturesNotEnabledException", message)
    if not is_administrator(Place(call.account_id, call.region)):
        message = "The account is neither the management account nor a delegated administrator of AWS Config."
        raise AwsError("OrganizationAccessDeniedException", message)
    if is_management_account(call.account_id, call.partition):
        _enable_trusted_access(backend)


def _enable_trusted_access(backend: OrganizationsBackend) -> None:
    if not any(each["ServicePrincipal"] == CONFIG_PRINCIPAL for each in backend.services):
        backend.enable_aws_service_access(ServicePrincipal=CONFIG_PRINCIPAL)


@operation("config:DescribeConfigurationAggregatorSourcesStatus")
def describe_configuration_aggregator_sources_status(call: Call) -> dict[str, Any]:
    """Tell of the organization, and of each account and Region read, whether it worked.

    What SourceId an organization has is not documented; here its id.
    """
    place = Place(call.account_id, call.region)
    aggregator = existing_aggregator(place, call.parameters["ConfigurationAggregatorName"])
    problem = problem_of(aggregator)
    organization = organization_of(place.account_id, place.partition)
    failure = {} if problem is None else {"LastErrorCode": problem.code, "LastErrorMessage": problem.message}
    found = [(organization.id if organization else "", "ORGANIZATION", place.region)]
    found += [(source.account_id, "ACCOUNT", source.region) for source in sources(aggregator)]
    wanted = call.parameters.get("UpdateStatus") or ["FAILED", "SUCCEEDED", "OUTDATED"]
    status = "SUCCEEDED" if problem is None else "FAILED"
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        (kind, source_id, region): {
            "SourceId": source_id,
            "SourceType": kind,
            "AwsRegion": region,
            "LastUpdateStatus": status,
            "LastUpdateTime": datetime.now(UTC),
            **failure,
        }
        for source_id, kind, region in found
        if status in wanted
    }
    return paged("AggregatedSourceStatusList", rows, call.parameters, _PER_PAGE)
