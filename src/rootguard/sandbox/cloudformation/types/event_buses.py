"""Amazon EventBridge: event buses and their policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

import json
from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, gone, refuse, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_GONE = "ResourceNotFoundException"
_DEFAULT = "default"
_SETTINGS: dict[str, Any] = {
    "DeadLetterConfig": {},
    "Description": "",
    "KmsKeyIdentifier": "",
    "LogConfig": {"Level": "OFF"},
}
"""And what takes them back."""


@resource_type("AWS::Events::EventBus")
class EventBus(ResourceType):
    """An event bus with its policy; Ref gives its name. Events are not encrypted here."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the bus, then say who may put events on it."""
        refuse(properties, self.name, "EventSourceName")
        events, name = context.client("events"), properties["Name"]
        request = {member: properties.get(member) for member in _SETTINGS}
        request |= {"Name": name, "Tags": tag_list(tags(properties, context))}
        arn = send(events, "CreateEventBus", request)["EventBusArn"]
        physical = Physical(name, {"Arn": arn})
        with undoing(lambda: self.delete(physical, properties, context)):
            _put_policy(events, name, {}, properties)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the settings that changed, the policy and the tags."""
        events: Any = context.client("events")
        changes = {
            member: new.get(member, empty) for member, empty in _SETTINGS.items() if old.get(member) != new.get(member)
        }
        if changes:
            send(events, "UpdateEventBus", {"Name": physical.id, **changes})
        _put_policy(events, physical.id, old, new)
        wanted, arn = tags(new, context), physical.attributes["Arn"]
        if lost := removed_tags(old, wanted, context):
            send(events, "UntagResource", {"ResourceARN": arn, "TagKeys": lost})
        if wanted:
            send(events, "TagResource", {"ResourceARN": arn, "Tags": tag_list(wanted)})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the bus."""
        with gone(_GONE):
            send(context.client("events"), "DeleteEventBus", {"Name": physical.id})


def _put_policy(events: Any, bus: str, old: Properties, new: Properties) -> None:
    policy = new.get("Policy")
    if policy:
        send(events, "PutPermission", {"EventBusName": bus, "Policy": policy})
    elif old.get("Policy"):
        send(events, "RemovePermission", {"EventBusName": bus, "RemoveAllPermissions": True})


@resource_type("AWS::Events::EventBusPolicy")
class EventBusPolicy(ResourceType):
    """One statement of a bus's policy, beside those that others put there."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Add a statement that the policy does not have."""
        events, bus, name = context.client("events"), _bus(properties), properties["StatementId"]
        if any(each.get("Sid") == name for each in _statements(events, bus)):
            raise already_exists(self.name, f"{bus}|{name}")
        _put_statement(events, properties)
        return Physical(f"{bus}|{name}")

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the statement again."""
        _put_statement(context.client("events"), new)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the statement."""
        request = {"EventBusName": _bus(properties), "StatementId": properties["StatementId"]}
        with gone(_GONE):
            send(context.client("events"), "RemovePermission", request)


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName") or _DEFAULT)


def _statements(events: Any, bus: str) -> list[dict[str, Any]]:
    policy = send(events, "DescribeEventBus", {"Name": bus}).get("Policy")
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"] if policy else []
    return statements


def _put_statement(events: Any, properties: Properties) -> None:
    """By its document, which has to go into the whole policy, or by the older parameters."""
    given, bus, name = properties.get("Statement"), _bus(properties), properties["StatementId"]
    if given is None:
        send(events, "PutPermission", {**properties, "EventBusName": bus})
        return
    statement = (json.loads(given) if isinstance(given, str) else dict(given)) | {"Sid": name}
    others = [each for each in _statements(events, bus) if each.get("Sid") != name]
    policy = {"Version": "2012-10-17", "Statement": [*others, statement]}
    send(events, "PutPermission", {"EventBusName": bus, "Policy": policy})
