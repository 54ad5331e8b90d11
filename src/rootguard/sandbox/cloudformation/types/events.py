"""Amazon EventBridge: rules and their targets. Event buses are in `event_buses`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_GONE = "ResourceNotFoundException"
_DEFAULT = "default"
_OF_THE_RULE = ("Description", "EventBusName", "EventPattern", "RoleArn", "ScheduleExpression", "State")


@resource_type("AWS::Events::Rule")
class Rule(ResourceType):
    """A rule with its targets; Ref gives its name, after the bus and a bar if that is not the default one."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a rule that does not exist, then its targets."""
        events, name = context.client("events"), properties.get("Name") or context.generated_name(64)
        if exists(events, "DescribeRule", {"Name": name, "EventBusName": properties.get("EventBusName")}, _GONE):
            raise already_exists(self.name, name)
        request = _rule(name, properties) | {"Tags": tag_list(tags(properties, context))}
        arn = send(events, "PutRule", request)["RuleArn"]
        bus = _bus_name(properties)
        physical = Physical(name if bus == _DEFAULT else f"{bus}|{name}", {"Arn": arn, "RuleName": name})
        with undoing(lambda: self.delete(physical, properties, context)):
            _put_targets(events, name, properties)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the rule and its targets again, and remove the targets that are not listed any more."""
        events, name = context.client("events"), _name(physical)
        send(events, "PutRule", _rule(name, new))
        _put_targets(events, name, new)
        _remove_targets(events, name, new, [each for each in _ids(old) if each not in _ids(new)])
        wanted, arn = tags(new, context), physical.attributes["Arn"]
        if lost := removed_tags(old, wanted, context):
            send(events, "UntagResource", {"ResourceARN": arn, "TagKeys": lost})
        if wanted:
            send(events, "TagResource", {"ResourceARN": arn, "Tags": tag_list(wanted)})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the targets, then the rule; what others made its targets keeps it."""
        events, name = context.client("events"), _name(physical)
        with gone(_GONE):
            _remove_targets(events, name, properties, _ids(properties))
            send(events, "DeleteRule", {"Name": name, "EventBusName": properties.get("EventBusName")})


def _name(physical: Physical) -> str:
    return physical.id.rpartition("|")[2]


def _bus_name(properties: Properties) -> str:
    """A bus may be given by its ARN."""
    return str(properties.get("EventBusName") or _DEFAULT).rpartition("event-bus/")[2]


def _rule(name: str, properties: Properties) -> dict[str, Any]:
    return {"Name": name, **{member: properties.get(member) for member in _OF_THE_RULE}}


def _ids(properties: Properties) -> list[str]:
    return [each["Id"] for each in properties.get("Targets") or ()]


def _put_targets(events: Any, name: str, properties: Properties) -> None:
    targets = list(properties.get("Targets") or ())
    if not targets:
        return
    request = {"Rule": name, "EventBusName": properties.get("EventBusName"), "Targets": targets}
    for failed in send(events, "PutTargets", request)["FailedEntries"]:
        raise ResourceFailedError(f"{failed['TargetId']}: {failed['ErrorMessage']} ({failed['ErrorCode']})")


def _remove_targets(events: Any, name: str, properties: Properties, ids: list[str]) -> None:
    if ids:
        request = {"Rule": name, "EventBusName": properties.get("EventBusName"), "Ids": ids}
        send(events, "RemoveTargets", request)
