"""AWS Config: conformance packs of one account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-conformancepack.html
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)
from rootguard.sandbox.cloudformation.waiting import wait_for

_GONE = "NoSuchConformancePackException"


@resource_type("AWS::Config::ConformancePack")
class ConformancePack(ResourceType):
    """A pack, ready when its rules are there; Ref gives its name. TemplateS3Uri is read as whoever runs the stack."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a pack that does not exist, and wait for its rules."""
        config, name = context.client("config"), properties["ConformancePackName"]
        if _status(config, name) is not None:
            raise already_exists(self.name, name)
        request = {**properties, "Tags": tag_list(tags(properties, context))}
        arn = send(config, "PutConformancePack", request)["ConformancePackArn"]
        physical = Physical(name, {"ConformancePackArn": arn})
        with undoing(lambda: self.delete(physical, properties, context)):
            _settle(config, name)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the pack again, and wait."""
        config = context.client("config")
        send(config, "PutConformancePack", {**new, "Tags": None})
        _settle(config, physical.id)
        change_tags(config, physical.attributes["ConformancePackArn"], old, new, context)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the pack with its rules, and wait."""
        config = context.client("config")
        with gone(_GONE):
            send(config, "DeleteConformancePack", {"ConformancePackName": physical.id})
            wait_for(lambda: _status(config, physical.id) is None or None, f"the conformance pack {physical.id}")


def change_tags(config: Any, arn: str, old: Properties, new: Properties, context: Context) -> None:
    """Give a pack the tags that it is to have now."""
    wanted = tags(new, context)
    if lost := removed_tags(old, wanted, context):
        send(config, "UntagResource", {"ResourceArn": arn, "TagKeys": lost})
    if wanted:
        send(config, "TagResource", {"ResourceArn": arn, "Tags": tag_list(wanted)})


def _status(config: Any, name: str) -> dict[str, Any] | None:
    request = {"ConformancePackNames": [name]}
    found = send(config, "DescribeConformancePackStatus", request)["ConformancePackStatusDetails"]
    return found[0] if found else None


def _settle(config: Any, name: str) -> None:
    def settled() -> dict[str, Any] | None:
        status = _status(config, name) or {"ConformancePackState": "CREATE_FAILED"}
        return None if status["ConformancePackState"].endswith("_IN_PROGRESS") else status

    status = wait_for(settled, f"the conformance pack {name}")
    if status["ConformancePackState"].endswith("_FAILED"):
        reason = status.get("ConformancePackStatusReason", "it is gone")
        raise ResourceFailedError(f"Failed to Create/Update ConformancePack {name}. {reason}")
