"""AWS Config: conformance packs of an organization, put by its management account or a delegated administrator.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html and the pages of the
operations below. "The APIs can only see and interact with the organization-related resource that were deployed from
within the account calling those APIs."
"""

from typing import Any

from rootguard.sandbox.callers import Caller
from rootguard.sandbox.config_rules.organization_deployment import (
    delete_organization_pack,
    put_organization_pack,
    recorder_started,
)
from rootguard.sandbox.config_rules.organization_packs import (
    Deployment,
    OrganizationPack,
    existing_organization_pack,
    organization_packs_of,
)
from rootguard.sandbox.config_rules.pack_source import pack_request
from rootguard.sandbox.config_rules.pack_template import TemplateError
from rootguard.sandbox.config_rules.paging import paged
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.service_roles import MULTI_ACCOUNT_PRINCIPAL
from rootguard.sandbox.config_rules.tags import tags_of
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import (
    has_trusted_access,
    is_delegated_administrator,
    is_management_account,
    organization_backend,
    organization_of,
)
from rootguard.sandbox.request_resources import resource_finder

_PER_PAGE = 100
_DELIVERY_PREFIX = "awsconfigconforms"


@resource_finder("config")
def organization_pack_of(call: Call, _: Caller) -> str | None:
    """The organization pack that is named, if there is one; the id of one that is yet to be put is not known."""
    packs = organization_packs_of(Place(call.account_id, call.region)).by_name
    name = call.parameters.get("OrganizationConformancePackName")
    return packs[name].arn if name in packs else None


@operation("config:PutOrganizationConformancePack")
def put_organization_conformance_pack(call: Call) -> dict[str, Any]:
    """Create or update an organization pack; its deployment goes on in the background."""
    _check_administrator(call)
    organization = organization_of(call.account_id, call.partition)
    if organization is None or organization.feature_set != "ALL":
        message = "Your organization does not have all features enabled."
        raise AwsError("OrganizationAllFeaturesNotEnabledException", message)
    bucket = call.parameters.get("DeliveryS3Bucket")
    if bucket and not bucket.startswith(_DELIVERY_PREFIX):
        raise AwsError("ValidationException", f"The delivery bucket's name must begin with {_DELIVERY_PREFIX}.")
    place = Place(call.account_id, call.region)
    try:
        request = pack_request(call.parameters, place, call.access_key)
    except TemplateError as error:
        raise AwsError("OrganizationConformancePackTemplateValidationException", str(error)) from None
    _enable_trusted_access(call)
    pack = put_organization_pack(
        place,
        call.parameters["OrganizationConformancePackName"],
        request,
        call.parameters.get("ExcludedAccounts") or (),
        tags_of(call.parameters.get("Tags") or []),
    )
    return {"OrganizationConformancePackArn": pack.arn}


def _enable_trusted_access(call: Call) -> None:
    """Let AWS Config into the organization: "This API enables organization service access" for its principal."""
    backend = organization_backend(call.account_id, call.partition)
    if backend and not has_trusted_access(call.account_id, MULTI_ACCOUNT_PRINCIPAL, call.partition):
        backend.enable_aws_service_access(ServicePrincipal=MULTI_ACCOUNT_PRINCIPAL)


def _check_administrator(call: Call) -> None:
    """Refuse other callers than the management account and delegated administrators."""
    if organization_of(call.account_id, call.partition) is None:
        message = "This action can only be made by accounts in an AWS Organization."
        raise AwsError("OrganizationAccessDeniedException", message)
    if is_management_account(call.account_id, call.partition):
        return
    if not is_delegated_administrator(call.account_id, MULTI_ACCOUNT_PRINCIPAL, call.partition):
        message = "This action can only be made by the management account or a delegated administrator."
        raise AwsError("OrganizationAccessDeniedException", message)


@operation("config:DescribeOrganizationConformancePacks")
def describe_organization_conformance_packs(call: Call) -> dict[str, Any]:
    """List organization packs; "limit and next token are not applicable" to packs asked for by name."""
    rows = {pack.key: _detail(pack) for pack in _selected(call)}
    return _listed("OrganizationConformancePacks", rows, call)


@operation("config:DescribeOrganizationConformancePackStatuses")
def describe_organization_conformance_pack_statuses(call: Call) -> dict[str, Any]:
    """Tell how organization packs are doing."""
    rows = {pack.key: _status(pack) for pack in _selected(call)}
    return _listed("OrganizationConformancePackStatuses", rows, call)


def _listed(member: str, rows: dict[tuple[str, ...], dict[str, Any]], call: Call) -> dict[str, Any]:
    if call.parameters.get("OrganizationConformancePackNames"):
        return {member: list(rows.values())}
    return paged(member, rows, call.parameters, _PER_PAGE)


def _selected(call: Call) -> list[OrganizationPack]:
    _check_administrator(call)
    place = Place(call.account_id, call.region)
    names = call.parameters.get("OrganizationConformancePackNames")
    if names:
        return [existing_organization_pack(place, name) for name in names]
    return list(organization_packs_of(place).by_name.values())


def _detail(pack: OrganizationPack) -> dict[str, Any]:
    return {
        "OrganizationConformancePackName": pack.name,
        "OrganizationConformancePackArn": pack.arn,
        "ConformancePackInputParameters": list(pack.request.inputs),
        "ExcludedAccounts": list(pack.excluded),
        "LastUpdateTime": pack.updated,
        **pack.request.delivery,
    }


def _status(pack: OrganizationPack) -> dict[str, Any]:
    status = {
        "OrganizationConformancePackName": pack.name,
        "Status": pack.status,
        "LastUpdateTime": pack.updated,
    }
    return status | _error(pack.failure() if pack.status.endswith("_FAILED") else None)


def _error(error: tuple[str, str] | None) -> dict[str, str]:
    return {} if error is None else {"ErrorCode": error[0], "ErrorMessage": error[1]}


@operation("config:GetOrganizationConformancePackDetailedStatus")
def get_organization_conformance_pack_detailed_status(call: Call) -> dict[str, Any]:
    """Tell how an organization pack is doing in each account."""
    _check_administrator(call)
    name, filters = call.parameters["OrganizationConformancePackName"], call.parameters.get("Filters") or {}
    pack = existing_organization_pack(Place(call.account_id, call.region), name)
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        (each.account_id,): _detailed(pack, each)
        for each in list(pack.deployments.values())
        if each.account_id == filters.get("AccountId", each.account_id)
        and each.status == filters.get("Status", each.status)
    }
    return paged("OrganizationConformancePackDetailedStatuses", rows, call.parameters, _PER_PAGE)


def _detailed(pack: OrganizationPack, deployment: Deployment) -> dict[str, Any]:
    return {
        "AccountId": deployment.account_id,
        "ConformancePackName": pack.pack_name,
        "Status": deployment.status,
        "LastUpdateTime": deployment.updated,
        **_error(deployment.error),
    }


@operation("config:DeleteOrganizationConformancePack")
def delete_organization_conformance_pack(call: Call) -> dict[str, Any]:
    """Delete an organization pack from every account, in the background."""
    _check_administrator(call)
    name = call.parameters["OrganizationConformancePackName"]
    delete_organization_pack(existing_organization_pack(Place(call.account_id, call.region), name))
    return {}


@operation("config:StartConfigurationRecorder")
def start_configuration_recorder(call: Call) -> Answer:
    """Start recording, as moto does, and let in the organization packs that waited for it."""
    answer = call.moto()
    recorder_started(Place(call.account_id, call.region))
    return answer
