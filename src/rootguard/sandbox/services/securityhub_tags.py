"""Tags of hubs and automation rules.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/: TagResource, UntagResource, ListTagsForResource.
"""

from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.security_hub.automation_rules import rules_of
from rootguard.sandbox.security_hub.hub import hub_arn, is_on, not_found, place_of
from rootguard.sandbox.security_hub.tags import tags_of


@operation("securityhub:TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    """Add tags to what exists."""
    _tags(call).update(call.parameters["Tags"])
    return {}


@operation("securityhub:UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    """Take tags away."""
    tags = _tags(call)
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("securityhub:ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """List tags."""
    return {"Tags": dict(_tags(call))}


def _tags(call: Call) -> dict[str, str]:
    arn, place = call.parameters["ResourceArn"], place_of(call)
    known = set(rules_of(place).by_arn) | ({hub_arn(place)} if is_on(place) else set())
    if arn not in known:
        raise not_found(f"The resource {arn} does not exist.")
    return tags_of(place, arn)
