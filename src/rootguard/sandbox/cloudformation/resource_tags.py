"""Tags of a resource: its own, and those of its stack, which they override.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from collections.abc import Iterable, Mapping

from rootguard.sandbox.cloudformation.requests import text
from rootguard.sandbox.cloudformation.resource_type import Context, Properties

_SYSTEM = "aws:"


def tags(properties: Properties, context: Context, *, system: bool = True) -> dict[str, str]:
    """The tags that a resource is to have.

    Args:
        properties: `Tags` as a list of Key and Value, or as an object.
        context: Has the stack's tags.
        system: Whether the type takes aws:cloudformation:* tags (its schema's `tagging.cloudFormationSystemTags`).
    """
    inherited = {key: value for key, value in context.tags.items() if system or not key.startswith(_SYSTEM)}
    return inherited | own_tags(properties)


def own_tags(properties: Properties) -> dict[str, str]:
    """The tags in the template itself."""
    given = properties.get("Tags") or {}
    if isinstance(given, Mapping):
        return {str(key): text(value) for key, value in given.items()}
    return {str(each["Key"]): text(each["Value"]) for each in given}


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most APIs take them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def removed_tags(old: Properties, new: Mapping[str, str], context: Context) -> list[str]:
    """The keys that the stack has given the resource and that it is not to have any more."""
    known: Iterable[str] = {**context.previous_tags, **own_tags(old)}
    return [key for key in known if key not in new]
