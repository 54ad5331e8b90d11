"""CloudWatch Logs: log groups.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, refuse, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_GONE = "ResourceNotFoundException"
_UNSUPPORTED = (
    "BearerTokenAuthenticationEnabled",
    "DataProtectionPolicy",
    "FieldIndexPolicies",
    "ResourcePolicyDocument",
)
_STANDARD = "STANDARD"


@resource_type("AWS::Logs::LogGroup")
class LogGroup(ResourceType):
    """A log group; Ref gives its name, its Arn ends in `:*`. Events are not encrypted here and never expire."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the group, then say how long it keeps events."""
        refuse(properties, self.name, *_UNSUPPORTED)
        logs, name = context.client("logs"), properties.get("LogGroupName") or context.generated_name(512)
        request = {
            "logGroupName": name,
            "kmsKeyId": properties.get("KmsKeyId"),
            "logGroupClass": properties.get("LogGroupClass"),
            "deletionProtectionEnabled": properties.get("DeletionProtectionEnabled"),
            "tags": tags(properties, context),
        }
        send(logs, "CreateLogGroup", request)
        arn = f"arn:{context.partition}:logs:{context.region}:{context.account_id}:log-group:{name}:*"
        physical = Physical(name, {"Arn": arn})
        with undoing(lambda: self.delete(physical, properties, context)):
            _keep_for(logs, name, {}, properties)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change key, retention, protection and tags; a group's class is for ever."""
        refuse(new, self.name, *_UNSUPPORTED)
        if old.get("LogGroupClass", _STANDARD) != new.get("LogGroupClass", _STANDARD):
            raise ResourceFailedError("The class of a log group cannot be changed after it is created.")
        logs, name = context.client("logs"), physical.id
        _encrypt(logs, name, old, new)
        _keep_for(logs, name, old, new)
        _protect(logs, name, old, new)
        wanted, arn = tags(new, context), physical.attributes["Arn"].removesuffix(":*")
        if lost := removed_tags(old, wanted, context):
            send(logs, "UntagResource", {"resourceArn": arn, "tagKeys": lost})
        if wanted:
            send(logs, "TagResource", {"resourceArn": arn, "tags": wanted})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the group with its events, unless it is protected."""
        with gone(_GONE):
            send(context.client("logs"), "DeleteLogGroup", {"logGroupName": physical.id})


def _encrypt(logs: Any, name: str, old: Properties, new: Properties) -> None:
    key = new.get("KmsKeyId")
    if key == old.get("KmsKeyId"):
        return
    if key:
        send(logs, "AssociateKmsKey", {"logGroupName": name, "kmsKeyId": key})
    else:
        send(logs, "DisassociateKmsKey", {"logGroupName": name})


def _keep_for(logs: Any, name: str, old: Properties, new: Properties) -> None:
    days = new.get("RetentionInDays")
    if days == old.get("RetentionInDays"):
        return
    if days is None:
        send(logs, "DeleteRetentionPolicy", {"logGroupName": name})
    else:
        send(logs, "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": days})


def _protect(logs: Any, name: str, old: Properties, new: Properties) -> None:
    wanted = new.get("DeletionProtectionEnabled", False)
    if wanted != old.get("DeletionProtectionEnabled", False):
        request = {"logGroupIdentifier": name, "deletionProtectionEnabled": wanted}
        send(logs, "PutLogGroupDeletionProtection", request)
