"""AWS Security Hub: hubs, automation rules and insights.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecurityHub.html; what the handlers call is
listed in each type's schema (handlers).
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_OFF = "InvalidAccessException"
_GONE = "ResourceNotFoundException"
_RULE = ("RuleStatus", "RuleOrder", "RuleName", "Description", "IsTerminal", "Criteria", "Actions")
_INSIGHT = ("Name", "Filters", "GroupByAttribute")


@resource_type("AWS::SecurityHub::Hub")
class Hub(ResourceType):
    """Security Hub, switched on; Ref gives the hub's ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Switch Security Hub on; one that is on already is somebody else's."""
        client = context.client("securityhub")
        request = {
            "EnableDefaultStandards": properties.get("EnableDefaultStandards"),
            "ControlFindingGenerator": properties.get("ControlFindingGenerator"),
            "Tags": tags(properties, context) or None,
        }
        send(client, "EnableSecurityHub", request)
        described = send(client, "DescribeHub", {})
        arn = described["HubArn"]
        physical = Physical(arn, {"ARN": arn, "SubscribedAt": described["SubscribedAt"]})
        with undoing(lambda: self.delete(physical, properties, context)):
            if properties.get("AutoEnableControls") is not None:
                _configure(client, {"AutoEnableControls": properties["AutoEnableControls"]})
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change what concerns controls, and the tags."""
        client, wanted = context.client("securityhub"), tags(new, context)
        changed = {
            name: new[name]
            for name in ("AutoEnableControls", "ControlFindingGenerator")
            if new.get(name) is not None and new[name] != old.get(name)
        }
        if changed:
            _configure(client, changed)
        _tag(client, physical.id, removed_tags(old, wanted, context), wanted)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Switch Security Hub off."""
        with gone(_OFF, _GONE):
            send(context.client("securityhub"), "DisableSecurityHub", {})


@resource_type("AWS::SecurityHub::AutomationRule")
class AutomationRule(ResourceType):
    """A rule that acts upon findings as they come in; Ref gives its ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the rule."""
        client = context.client("securityhub")
        request = {name: properties.get(name) for name in _RULE}
        arn = send(client, "CreateAutomationRule", request | {"Tags": tags(properties, context) or None})["RuleArn"]
        return Physical(arn, _rule_attributes(client, arn))

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the rule; a property that is gone returns to its default."""
        client, arn = context.client("securityhub"), physical.id
        defaults = {"RuleStatus": "ENABLED", "IsTerminal": False}
        item = {"RuleArn": arn, **defaults, **{name: new[name] for name in _RULE if new.get(name) is not None}}
        answer = send(client, "BatchUpdateAutomationRules", {"UpdateAutomationRulesRequestItems": [item]})
        for failed in answer["UnprocessedAutomationRules"]:
            raise ResourceFailedError(f"{failed['ErrorMessage']} ({failed['ErrorCode']})")
        wanted = tags(new, context)
        _tag(client, arn, removed_tags(old, wanted, context), wanted)
        return Physical(arn, _rule_attributes(client, arn))

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the rule; it is gone where Security Hub is off, too."""
        with gone(_OFF):
            send(context.client("securityhub"), "BatchDeleteAutomationRules", {"AutomationRulesArns": [physical.id]})


@resource_type("AWS::SecurityHub::Insight")
class Insight(ResourceType):
    """A saved search of findings; Ref gives its ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Save the search."""
        request = {name: properties[name] for name in _INSIGHT}
        arn = send(context.client("securityhub"), "CreateInsight", request)["InsightArn"]
        return Physical(arn, {"InsightArn": arn})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the search."""
        request = {"InsightArn": physical.id, **{name: new[name] for name in _INSIGHT}}
        send(context.client("securityhub"), "UpdateInsight", request)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Forget the search."""
        with gone(_OFF, _GONE):
            send(context.client("securityhub"), "DeleteInsight", {"InsightArn": physical.id})


def _configure(client: Any, settings: dict[str, Any]) -> None:
    send(client, "UpdateSecurityHubConfiguration", settings)


def _rule_attributes(client: Any, arn: str) -> dict[str, str]:
    """What Fn::GetAtt gives of a rule."""
    answer = send(client, "BatchGetAutomationRules", {"AutomationRulesArns": [arn]})
    for rule in answer["Rules"]:
        times = {name: rule[name].isoformat() for name in ("CreatedAt", "UpdatedAt")}
        return {"RuleArn": arn, "CreatedBy": rule["CreatedBy"], **times}
    raise ResourceFailedError(f"Resource of type 'AWS::SecurityHub::AutomationRule' with identifier '{arn}' is gone.")


def _tag(client: Any, arn: str, lost: list[str], wanted: dict[str, str]) -> None:
    if lost:
        send(client, "UntagResource", {"ResourceArn": arn, "TagKeys": lost})
    if wanted:
        send(client, "TagResource", {"ResourceArn": arn, "Tags": wanted})
