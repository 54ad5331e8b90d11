"""AWS Organizations: policies and where they are attached.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-policy.html; what the
handlers call is listed in the type's schema (handlers).
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, send, text
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_DEFAULT_DESCRIPTION = ""
_GONE = "PolicyNotFoundException"


@resource_type("AWS::Organizations::Policy")
class Policy(ResourceType):
    """A policy, attached to its targets; Ref gives its id."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the policy, then attach it; one that cannot be attached is deleted again."""
        client = context.client("organizations")
        request = _description(properties) | {
            "Type": properties["Type"],
            "Tags": tag_list(tags(properties, context)),
        }
        summary = send(client, "CreatePolicy", request)["Policy"]["PolicySummary"]
        physical = _physical(summary)
        try:
            _attach(client, physical.id, properties.get("TargetIds") or [])
        except Exception:
            self.delete(physical, properties, context)
            raise
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the policy, attach it to new targets, then detach it from those that are no longer listed."""
        client = context.client("organizations")
        summary = send(client, "UpdatePolicy", _description(new) | {"PolicyId": physical.id})["Policy"]["PolicySummary"]
        attached, wanted = _targets(client, physical.id), new.get("TargetIds") or []
        _attach(client, physical.id, [target for target in wanted if target not in attached])
        _detach(client, physical.id, [target for target in attached if target not in wanted])
        _tag(client, physical.id, old, new, context)
        return _physical(summary)

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Detach the policy from every target, without which Organizations does not delete it, and delete it."""
        client = context.client("organizations")
        with gone(_GONE):
            _detach(client, physical.id, _targets(client, physical.id))
            client.delete_policy(PolicyId=physical.id)


def _description(properties: Properties) -> dict[str, Any]:
    return {
        "Name": properties["Name"],
        "Description": properties.get("Description") or _DEFAULT_DESCRIPTION,
        "Content": text(properties["Content"]),
    }


def _targets(client: Any, policy_id: str) -> list[str]:
    pages = client.get_paginator("list_targets_for_policy").paginate(PolicyId=policy_id)
    return [target["TargetId"] for page in pages for target in page["Targets"]]


def _attach(client: Any, policy_id: str, targets: list[str]) -> None:
    for target in targets:
        client.attach_policy(PolicyId=policy_id, TargetId=target)


def _detach(client: Any, policy_id: str, targets: list[str]) -> None:
    for target in targets:
        client.detach_policy(PolicyId=policy_id, TargetId=target)


def _tag(client: Any, policy_id: str, old: Properties, new: Properties, context: Context) -> None:
    wanted = tags(new, context)
    if removed := removed_tags(old, wanted, context):
        client.untag_resource(ResourceId=policy_id, TagKeys=removed)
    if wanted:
        client.tag_resource(ResourceId=policy_id, Tags=tag_list(wanted))


def _physical(summary: dict[str, Any]) -> Physical:
    return Physical(
        summary["Id"], {"Id": summary["Id"], "Arn": summary["Arn"], "AwsManaged": summary.get("AwsManaged", False)}
    )
