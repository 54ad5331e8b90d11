"""CloudTrail as it is changed: who may change which trail from where (cloudtrail, API model).

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html tells the management
account, delegated administrators and members apart.
"""

from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail, cloudtrail_backends
from moto.core.exceptions import JsonRESTError

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.event_selectors import checked_selectors
from rootguard.sandbox.organization import has_trusted_access, is_delegated_administrator, organization_of
from rootguard.sandbox.services.cloudtrail import configured, selectors
from rootguard.sandbox.state import state
from rootguard.sandbox.trail_delivery import check_log_delivery
from rootguard.sandbox.trails import (
    SERVICE_PRINCIPAL,
    TrailSettings,
    check_name,
    find_trail,
    management_account_of,
    trails_of,
)

_MOST_TRAILS = 5  # per Region, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html


@operation("cloudtrail:CreateTrail")
def create_trail(call: Call) -> Answer:
    """Create a trail; one for the organization in the management account, whoever creates it.

    "The organization's management account remains the owner of any CloudTrail organization resources the delegated
    administrator creates" (cloudtrail-delegated-administrator).
    """
    wanted = call.parameters
    check_name(wanted["Name"])
    _check_multi_region(wanted.get("IsMultiRegionTrail", False), wanted.get("IncludeGlobalServiceEvents", True))
    owner = _organization_owner(call) if wanted.get("IsOrganizationTrail") else call.account_id
    _check_log_delivery(call, wanted)
    backend = cloudtrail_backends[owner][call.region]
    if wanted["Name"] in backend.trails:
        message = f"Trail {wanted['Name']} already exists for customer: {owner}"
        raise AwsError("TrailAlreadyExistsException", message)
    _check_quota(owner, call)
    trail = _created(backend, call)
    _keep_settings(trail, wanted)
    return configured(trail)


@operation("cloudtrail:UpdateTrail")
def update_trail(call: Call) -> Answer:
    """Change a trail in its home Region; only the management account turns it into an organization trail or back."""
    trail, wanted = _changeable(call, call.parameters["Name"]), call.parameters
    multi_region = wanted.get("IsMultiRegionTrail", trail.is_multi_region)
    _check_multi_region(multi_region, wanted.get("IncludeGlobalServiceEvents", trail.include_global_service_events))
    for_organization = wanted.get("IsOrganizationTrail", trail.is_org_trail)
    if for_organization != trail.is_org_trail:
        _check_conversion(call, becomes=for_organization)
    _check_log_delivery(call, _with_log_delivery_of(trail, wanted))
    trail.update(
        s3_bucket_name=wanted.get("S3BucketName"),
        s3_key_prefix=wanted.get("S3KeyPrefix"),
        sns_topic_name=_topic_name(call, wanted.get("SnsTopicName")),
        include_global_service_events=wanted.get("IncludeGlobalServiceEvents"),
        is_multi_region_trail=wanted.get("IsMultiRegionTrail"),
        enable_log_file_validation=wanted.get("EnableLogFileValidation"),
        is_organization_trail=wanted.get("IsOrganizationTrail"),
        cw_log_group_arn=wanted.get("CloudWatchLogsLogGroupArn"),
        cw_role_arn=wanted.get("CloudWatchLogsRoleArn"),
        kms_key_id=wanted.get("KmsKeyId"),
    )
    _keep_settings(trail, wanted)
    return configured(trail)


@operation("cloudtrail:DeleteTrail")
def delete_trail(call: Call) -> Answer:
    """Delete a trail from its home Region."""
    trail = _changeable(call, call.parameters["Name"])
    del cloudtrail_backends[trail.account_id][trail.region_name].trails[trail.trail_name]
    state(TrailSettings, trail.account_id, trail.region_name).by_arn.pop(trail.arn, None)
    return {}


@operation("cloudtrail:StartLogging")
def start_logging(call: Call) -> Answer:
    """Start logging, from the trail's home Region."""
    _changeable(call, call.parameters["Name"]).start_logging()
    return {}


@operation("cloudtrail:StopLogging")
def stop_logging(call: Call) -> Answer:
    """Stop logging, from the trail's home Region."""
    _changeable(call, call.parameters["Name"]).stop_logging()
    return {}


@operation("cloudtrail:PutEventSelectors")
def put_event_selectors(call: Call) -> Answer:
    """Replace the event selectors of either kind by those of one kind."""
    trail = _changeable(call, call.parameters["TrailName"])
    trail.event_selectors, trail.advanced_event_selectors = checked_selectors(
        call.parameters.get("EventSelectors") or [], call.parameters.get("AdvancedEventSelectors") or []
    )
    return {"TrailARN": trail.arn} | selectors(trail)


def _changeable(call: Call, name_or_arn: str) -> Trail:
    """The trail that a request changes, called in its home Region by its owner or a delegated administrator.

    Raises:
        AwsError: NotOrganizationMasterAccountException, InvalidHomeRegionException, or the trail is not found.
    """
    trail = find_trail(call, name_or_arn)
    if trail.account_id != call.account_id:
        _check_administrator(call, trail.account_id)
    if trail.region_name != call.region:
        message = f"The trail {trail.arn} can only be changed from its home Region {trail.region_name}."
        raise AwsError("InvalidHomeRegionException", message)
    return trail


def _organization_owner(call: Call) -> str:
    """The management account of the organization, if the caller may create trails for it.

    "your organization must have all features enabled" and trusted access for CloudTrail
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-an-organizational-trail-prepare.html).
    """
    organization = organization_of(call.account_id, call.partition)
    if organization is None:
        raise AwsError("OrganizationsNotInUseException", "Your account is not a member of an organization.")
    owner: str = organization.master_account_id
    _check_administrator(call, owner)
    if organization.feature_set != "ALL":
        message = "Your organization must have all features enabled."
        raise AwsError("OrganizationNotInAllFeaturesModeException", message)
    if not has_trusted_access(owner, SERVICE_PRINCIPAL, call.partition):
        message = (  # as quoted in https://github.com/hashicorp/terraform-provider-aws/issues/31401
            "The request could not be processed because your organization hasn't enabled CloudTrail service access. "
            "Enable service access for CloudTrail, and then try again."
        )
        raise AwsError("CloudTrailAccessNotEnabledException", message)
    return owner


def _check_administrator(call: Call, management_account_id: str) -> None:
    if call.account_id == management_account_id:
        return
    if not is_delegated_administrator(call.account_id, SERVICE_PRINCIPAL, call.partition):
        raise _not_management_account()


def _check_conversion(call: Call, *, becomes: bool) -> None:
    if management_account_of(call.account_id, call.partition) not in (None, call.account_id):
        raise _not_management_account()
    if becomes:
        _organization_owner(call)


def _not_management_account() -> AwsError:
    message = (  # as quoted in https://github.com/aws/aws-cdk/pull/21824
        "You cannot configure or manage trails for an organization because this action requires being signed in with "
        "the management account."
    )
    return AwsError("NotOrganizationMasterAccountException", message)


def _check_multi_region(multi_region: bool, global_events: bool) -> None:  # noqa: FBT001 - two members of the request
    if multi_region and not global_events:
        message = "Multi-Region trail must include global service events."
        raise AwsError("InvalidParameterCombinationException", message)


def _check_log_delivery(call: Call, wanted: dict[str, Any]) -> None:
    check_log_delivery(call, wanted.get("CloudWatchLogsLogGroupArn"), wanted.get("CloudWatchLogsRoleArn"))


def _with_log_delivery_of(trail: Trail, wanted: dict[str, Any]) -> dict[str, Any]:
    """What delivery to CloudWatch Logs would be after an update; nothing to check if the update leaves it alone."""
    names = {"CloudWatchLogsLogGroupArn": trail.cw_log_group_arn, "CloudWatchLogsRoleArn": trail.cw_role_arn}
    if all(wanted.get(name) is None for name in names):
        return {}
    return names | {name: wanted[name] for name in names if wanted.get(name) is not None}


def _check_quota(owner: str, call: Call) -> None:
    """A trail counts in its home Region and, if it is multi-Region, in every other one."""
    here = [trail for trail in trails_of(owner, call.partition) if trail.is_multi_region or _is_at(trail, call)]
    if len(here) >= _MOST_TRAILS:
        message = f"User: {owner} already has {_MOST_TRAILS} trails in {call.region}."
        raise AwsError("MaximumNumberOfTrailsExceededException", message)


def _is_at(trail: Trail, call: Call) -> bool:
    return bool(trail.region_name == call.region)


def _created(backend: CloudTrailBackend, call: Call) -> Trail:
    wanted = call.parameters
    try:
        return backend.create_trail(
            name=wanted["Name"],
            bucket_name=wanted["S3BucketName"],
            s3_key_prefix=wanted.get("S3KeyPrefix", ""),
            sns_topic_name=_topic_name(call, wanted.get("SnsTopicName")) or "",
            is_global=wanted.get("IncludeGlobalServiceEvents", True),
            is_multi_region=wanted.get("IsMultiRegionTrail", False),
            log_validation=wanted.get("EnableLogFileValidation", False),
            is_org_trail=wanted.get("IsOrganizationTrail", False),
            cw_log_group_arn=wanted.get("CloudWatchLogsLogGroupArn", ""),
            cw_role_arn=wanted.get("CloudWatchLogsRoleArn", ""),
            kms_key_id=wanted.get("KmsKeyId", ""),
            tags_list=wanted.get("TagsList", []),
        )
    except JsonRESTError as refusal:
        raise AwsError(refusal.error_type, refusal.message) from None


def _topic_name(call: Call, name_or_arn: str | None) -> str | None:
    """The topic's name, by which moto knows it; its ARN says the same, "name or ARN" (API model)."""
    if name_or_arn is None or not name_or_arn.startswith("arn:"):
        return name_or_arn
    *_, region, account_id, name = name_or_arn.split(":")
    if (account_id, region) != (call.account_id, call.region):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no trails that notify a topic of another account or Region.")
    return name


def _keep_settings(trail: Trail, wanted: dict[str, Any]) -> None:
    if "RecursiveLogging" in wanted:
        settings = state(TrailSettings, trail.account_id, trail.region_name)
        settings.by_arn[trail.arn] = {"RecursiveLogging": wanted["RecursiveLogging"]}
