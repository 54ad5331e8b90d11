"""CloudTrail trails as the judged account sees them, and what they record."""

import re
from dataclasses import dataclass

from rootguard.kit.account import Account, Answer, parse_arn

_TRAIL_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/.+")
_LOG_GROUP_ARN = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[^:]+(:\*)?")


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A CloudWatch Logs log group, by its ARN `arn:P:logs:R:A:log-group:NAME:*`."""

    arn: str

    @property
    def account_id(self) -> str:
        """The account that owns it."""
        return parse_arn(self.arn)[2]

    @property
    def region(self) -> str:
        """Its Region."""
        return parse_arn(self.arn)[1]

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.split(":")[6]


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail: the account's own, a shadow of one, or its organization's.

    Attributes:
        log_group: Where it delivers to in CloudWatch Logs, None for nowhere.
    """

    arn: str
    name: str
    home_region: str
    multi_region: bool
    log_group: LogGroup | None

    @property
    def account_id(self) -> str:
        """The account that owns it: for an organization trail the management account."""
        return parse_arn(self.arn)[2]


@dataclass(frozen=True, slots=True)
class TrailStatus:
    """Whether a trail is logging, and the error of its last delivery to CloudWatch Logs ("" for none)."""

    logging: bool
    delivery_error: str

    @property
    def delivers(self) -> bool:
        """Whether new events reach the log group."""
        return self.logging and not self.delivery_error


def read_trails(account: Account) -> tuple[Trail, ...]:
    """Every trail that concerns the account, shadow and organization trails included (cloudtrail:DescribeTrails).

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html

    Raises:
        EvidenceUnavailable: The call failed, or a trail lacks a member or has a malformed ARN.
    """
    return tuple(_trail(item) for item in account.call("cloudtrail:DescribeTrails").structures("trailList"))


def _trail(item: Answer) -> Trail:
    return Trail(
        arn=_arn(item, "TrailARN", _TRAIL_ARN),
        name=item.text("Name"),
        home_region=item.text("HomeRegion"),
        multi_region=item.flag("IsMultiRegionTrail"),
        log_group=_log_group(item),
    )


def _log_group(item: Answer) -> LogGroup | None:
    if not item.text("CloudWatchLogsLogGroupArn", ""):
        return None
    return LogGroup(_arn(item, "CloudWatchLogsLogGroupArn", _LOG_GROUP_ARN))


def _arn(item: Answer, name: str, form: re.Pattern[str]) -> str:
    arn = item.text(name)
    if not form.fullmatch(arn):
        raise item.unavailable(f"{name} is not the ARN that it should be: {arn!r:.100}")
    return arn


def read_trail_status(account: Account, trail: Trail) -> TrailStatus:
    """Ask the trail's home Region how it is doing (cloudtrail:GetTrailStatus).

    Raises:
        EvidenceUnavailable: The call failed or does not say whether the trail is logging.
    """
    answer = account.call("cloudtrail:GetTrailStatus", region=trail.home_region, Name=trail.arn)
    return TrailStatus(answer.flag("IsLogging"), answer.text("LatestCloudWatchLogsDeliveryError", ""))


def read_unrecorded_management_events(account: Account, trail: Trail) -> str:
    """Which management events the trail leaves out, in words, "" for none (cloudtrail:GetEventSelectors).

    Leaving out single noisy services (ExcludeManagementEventSources, eventSource NotEquals) is no gap:
    CloudTrail allows it for AWS KMS and RDS Data API events only
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html).

    Raises:
        EvidenceUnavailable: The call failed or answered neither kind of selectors.
    """
    answer = account.call("cloudtrail:GetEventSelectors", region=trail.home_region, TrailName=trail.arn)
    classic = answer.structures("EventSelectors", [] if "AdvancedEventSelectors" in answer else None)
    advanced = answer.structures("AdvancedEventSelectors", [] if "EventSelectors" in answer else None)
    recorded = [*map(_classic, classic), *map(_advanced, advanced)]
    missing = {"read", "write"} - set[str]().union(*recorded)
    return " and ".join(sorted(missing))


def _classic(selector: Answer) -> set[str]:
    if not selector.flag("IncludeManagementEvents"):
        return set()
    kinds = {"All": {"read", "write"}, "ReadOnly": {"read"}, "WriteOnly": {"write"}}
    return kinds.get(selector.text("ReadWriteType"), set())


def _advanced(selector: Answer) -> set[str]:
    fields = {field.text("Field"): field for field in selector.structures("FieldSelectors")}
    category = fields.pop("eventCategory", None)
    if category is None or category.texts("Equals", []) != ("Management",):
        return set()
    source = fields.pop("eventSource", None)
    read_only = fields.pop("readOnly", None)
    if fields or (source is not None and not source.texts("NotEquals", [])):
        return set()  # narrowed further: not all of anything
    if read_only is None:
        return {"read", "write"}
    return {"read" if value == "true" else "write" for value in read_only.texts("Equals", [])}
