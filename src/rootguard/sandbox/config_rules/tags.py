"""Tags as requests carry them."""

from collections.abc import Iterable, Mapping

from rootguard.sandbox.errors import AwsError

_RESERVED = "aws:"
_STACKS_OWN = "aws:cloudformation:"


def tags_of(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as key -> value.

    Args:
        listed: `[{"Key": ..., "Value": ...}]`, of which the value may be missing.

    Raises:
        AwsError: ValidationException for a key that comes twice or is reserved: "aws:" may not start a key
            (https://docs.aws.amazon.com/config/latest/developerguide/tagging.html), unless it is one of those that
            CloudFormation gives the resources of a stack; that nobody else may give them is not checked.
    """
    tags: dict[str, str] = {}
    for tag in listed:
        key = tag.get("Key")
        if not key or key in tags or _is_reserved(key):
            raise AwsError("ValidationException", f"The tag key '{key}' is missing, reserved or given twice.")
        tags[key] = tag.get("Value", "")
    return tags


def _is_reserved(key: str) -> bool:
    return key.lower().startswith(_RESERVED) and not key.startswith(_STACKS_OWN)
