"""AWS CloudTrail: trails.

What the handlers call is listed in the type's schema (handlers); see
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudtrail-trail.html.
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, refuse, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_LONGEST_NAME = 128
_SETTINGS = (
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "IsOrganizationTrail",
)
# What UpdateTrail would leave as it is where the template no longer says it: the type's defaults, "" for nothing.
_DEFAULTS: dict[str, Any] = {
    "S3KeyPrefix": "",
    "SnsTopicName": "",
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "EnableLogFileValidation": False,
    "CloudWatchLogsLogGroupArn": "",
    "CloudWatchLogsRoleArn": "",
    "IsOrganizationTrail": False,
    "KmsKeyId": "",
}
_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")
_ALL_MANAGEMENT_EVENTS = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
_GONE = "TrailNotFoundException"


@resource_type("AWS::CloudTrail::Trail")
class Trail(ResourceType):
    """A trail; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the trail, then its event selectors, then start it if it is to log."""
        self._check(properties)
        client, name = (
            context.client("cloudtrail"),
            properties.get("TrailName") or context.generated_name(_LONGEST_NAME),
        )
        if exists(client, "GetTrail", {"Name": name}, _GONE):
            raise already_exists(self.name, name)
        request = _settings(properties) | {"Name": name, "TagsList": tag_list(tags(properties, context))}
        made = send(client, "CreateTrail", request)
        _select(client, made["TrailARN"], properties)
        _set_logging(client, made["TrailARN"], properties["IsLogging"])
        return _physical(made)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the trail; what the template no longer says goes back to the type's default."""
        self._check(new)
        client, arn = context.client("cloudtrail"), physical.attributes["Arn"]
        made = send(client, "UpdateTrail", _reset(old) | _settings(new) | {"Name": arn})
        if any(old.get(name) != new.get(name) for name in _SELECTORS):
            _select(client, arn, new, default=_ALL_MANAGEMENT_EVENTS)
        _set_logging(client, arn, new["IsLogging"])
        _tag(client, arn, old, new, context)
        return _physical(made)

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the trail; what it has delivered stays."""
        with gone(_GONE):
            context.client("cloudtrail").delete_trail(Name=physical.attributes["Arn"])

    def _check(self, properties: Properties) -> None:
        refuse(properties, self.name, "InsightSelectors", "AggregationConfigurations")


def _settings(properties: Properties) -> dict[str, Any]:
    """The properties that are parameters of CreateTrail and UpdateTrail; the key is spelled otherwise there."""
    given = {name: properties[name] for name in _SETTINGS if properties.get(name) is not None}
    return given | ({"KmsKeyId": properties["KMSKeyId"]} if properties.get("KMSKeyId") else {})


def _reset(old: Properties) -> dict[str, Any]:
    return {name: _DEFAULTS[name] for name in _settings(old) if name in _DEFAULTS}


def _select(client: Any, arn: str, properties: Properties, default: list[dict[str, Any]] | None = None) -> None:
    given = {name: properties[name] for name in _SELECTORS if properties.get(name)}
    if not given and default:
        given = {"EventSelectors": default}
    if given:
        send(client, "PutEventSelectors", given | {"TrailName": arn})


def _set_logging(client: Any, arn: str, wanted: object) -> None:
    if str(wanted).lower() == "true":
        client.start_logging(Name=arn)
    else:
        client.stop_logging(Name=arn)


def _tag(client: Any, arn: str, old: Properties, new: Properties, context: Context) -> None:
    wanted = tags(new, context)
    if removed := removed_tags(old, wanted, context):
        client.remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in removed])
    if wanted:
        client.add_tags(ResourceId=arn, TagsList=tag_list(wanted))


def _physical(made: dict[str, Any]) -> Physical:
    return Physical(made["Name"], {"Arn": made["TrailARN"], "SnsTopicArn": made.get("SnsTopicARN", "")})
