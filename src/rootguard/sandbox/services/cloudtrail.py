"""CloudTrail as it is read: trails, shadow trails, organization trails in members, status, event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html; each operation's own rules
are in its documentation in the API model (cloudtrail). What changes trails is in `cloudtrail_changes`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudtrail.models import Trail
from moto.core.utils import utcnow

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.state import state
from rootguard.sandbox.trail_delivery import bucket_error, log_group_error
from rootguard.sandbox.trails import TrailSettings, find_trail, is_shadow, own_arn, seen_by_arn, trails_of

DEFAULT_EVENT_SELECTORS: tuple[dict[str, Any], ...] = (
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    },
)
"""What "trails created without specific event selectors" have (PutEventSelectors, API model)."""


@operation("cloudtrail:DescribeTrails")
def describe_trails(call: Call) -> Answer:
    """Describe the trails of the Region, by default with shadow trails; what is not found is left out."""
    with_shadows = call.parameters.get("includeShadowTrails", True)
    wanted = call.parameters.get("trailNameList") or []
    found = _named(call, wanted) if wanted else _present(call)
    shown = [trail for trail in found if with_shadows or not is_shadow(trail, call.account_id, call.region)]
    return {"trailList": [described(trail) for trail in shown]}


def _present(call: Call) -> Iterator[Trail]:
    """What exists in the Region: trails made there and replications of multi-Region trails."""
    for trail in trails_of(call.account_id, call.partition):
        if trail.is_multi_region or trail.region_name == call.region:
            yield trail


def _named(call: Call, wanted: list[str]) -> Iterator[Trail]:
    """Names mean trails of the current Region and account, ARNs any that the account sees (API model)."""
    for name in dict.fromkeys(wanted):
        trail = seen_by_arn(call, name if name.startswith("arn:") else own_arn(call, name))
        if trail is not None:
            yield trail


@operation("cloudtrail:ListTrails")
def list_trails(call: Call) -> Answer:
    """List "trails that are in the current account", of every Region, on one page."""
    if call.parameters.get("NextToken"):
        raise AwsError("InvalidNextTokenException", "The token is not valid: ListTrails answers on one page here.")
    trails = trails_of(call.account_id, call.partition)
    return {"Trails": [{"TrailARN": t.arn, "Name": t.trail_name, "HomeRegion": t.region_name} for t in trails]}


@operation("cloudtrail:GetTrail")
def get_trail(call: Call) -> Answer:
    """Describe one trail, by ARN from any Region."""
    return {"Trail": described(find_trail(call, call.parameters["Name"]))}


@operation("cloudtrail:GetTrailStatus")
def get_trail_status(call: Call) -> Answer:
    """Say whether a trail logs, and when it last delivered: just now while it logs, else when it was stopped.

    Delivery errors are those of S3 and of CloudWatch Logs, and a member too sees them (creating-trail-organization).
    """
    trail = find_trail(call, call.parameters["Name"])
    started, stopped = trail.status.started, trail.status.stopped
    delivered = utcnow() if trail.status.is_logging else stopped
    answer = {"IsLogging": trail.status.is_logging} | _no_longer_in_use(started, stopped, delivered)
    if started is None or delivered is None:
        return answer
    failures = {
        "LatestDeliveryError": bucket_error(trail),
        "LatestCloudWatchLogsDeliveryError": log_group_error(trail) if trail.cw_log_group_arn else None,
    }
    times = {
        "StartLoggingTime": started,
        "StopLoggingTime": stopped,
        "LatestDeliveryTime": None if failures["LatestDeliveryError"] else delivered,
        "LatestCloudWatchLogsDeliveryTime": delivered if _delivers_to_logs(trail, failures) else None,
    }
    answer |= {name: moment.replace(tzinfo=UTC) for name, moment in times.items() if moment is not None}
    return answer | {name: error for name, error in failures.items() if error}


def _delivers_to_logs(trail: Trail, failures: dict[str, str | None]) -> bool:
    return bool(trail.cw_log_group_arn) and not failures["LatestCloudWatchLogsDeliveryError"]


def _no_longer_in_use(started: datetime | None, stopped: datetime | None, delivered: datetime | None) -> dict[str, Any]:
    """Members that the API model calls "no longer in use" and that CloudTrail still fills."""
    return {
        "LatestDeliveryAttemptTime": _text(delivered),
        "LatestDeliveryAttemptSucceeded": _text(delivered),
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "TimeLoggingStarted": _text(started),
        "TimeLoggingStopped": _text(stopped),
    }


def _text(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


@operation("cloudtrail:GetEventSelectors")
def get_event_selectors(call: Call) -> Answer:
    """Describe the event selectors of one trail, advanced or basic ones, never both; by ARN from any Region.

    That a member may ask for an organization trail's selectors follows from what it "can see"; a report that it may
    not: https://github.com/cloud-custodian/cloud-custodian/pull/6394.
    """
    trail = find_trail(call, call.parameters["TrailName"])
    return {"TrailARN": trail.arn} | selectors(trail)


@operation("cloudtrail:ListTags")
def list_tags(call: Call) -> Answer:
    """List tags of the caller's own trails; worded as in https://github.com/prowler-cloud/prowler/pull/2025."""
    for arn in call.parameters["ResourceIdList"]:
        if arn.split(":")[4:5] != [call.account_id]:
            message = f"AccountID in ARN is wrong, you can only access resources with AccountID {call.account_id}."
            raise AwsError("CloudTrailARNInvalidException", message)
    return call.moto()


def selectors(trail: Trail) -> dict[str, Any]:
    """The selectors of a trail under the member that holds their kind."""
    if trail.advanced_event_selectors:
        return {"AdvancedEventSelectors": trail.advanced_event_selectors}
    return {"EventSelectors": trail.event_selectors or list(DEFAULT_EVENT_SELECTORS)}


def described(trail: Trail) -> dict[str, Any]:
    """A trail in the words of the API, strings only where it has them (DescribeTrails, API model)."""
    custom = trail.advanced_event_selectors or trail.event_selectors not in ([], list(DEFAULT_EVENT_SELECTORS))
    return configured(trail) | {
        "HomeRegion": trail.region_name,
        "HasCustomEventSelectors": bool(custom),
        "HasInsightSelectors": bool(trail.insight_selectors),
    }


def configured(trail: Trail) -> dict[str, Any]:
    """A trail as CreateTrail and UpdateTrail answer it."""
    settings = state(TrailSettings, trail.account_id, trail.region_name).by_arn.get(trail.arn, {})
    strings = {
        "Name": trail.trail_name,
        "S3BucketName": trail.bucket_name,
        "S3KeyPrefix": trail.s3_key_prefix,
        "SnsTopicName": trail.sns_topic_name,
        "SnsTopicARN": trail.topic_arn,
        "TrailARN": trail.arn,
        "CloudWatchLogsLogGroupArn": trail.cw_log_group_arn,
        "CloudWatchLogsRoleArn": trail.cw_role_arn,
        "KmsKeyId": trail.kms_key_id,
    }
    return {
        "IncludeGlobalServiceEvents": trail.include_global_service_events,
        "IsMultiRegionTrail": trail.is_multi_region,
        "LogFileValidationEnabled": trail.log_validation,
        "IsOrganizationTrail": trail.is_org_trail,
        **{name: value for name, value in strings.items() if value},
        **settings,
    }
