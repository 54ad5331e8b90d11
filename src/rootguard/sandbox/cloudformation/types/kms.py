"""AWS::KMS::Key and AWS::KMS::Alias.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_KMS.html
"""

from typing import Any

from rootguard.sandbox.cloudformation.requests import gone, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")
_CREATED = (*_FIXED, "Description", "BypassPolicyLockoutSafetyCheck")
_ROTATION = ("EnableKeyRotation", "RotationPeriodInDays")
_TRUE = "true"


@resource_type("AWS::KMS::Key")
class Key(ResourceType):
    """A key; the physical id is its key id."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the key; one that cannot be set up as wanted is scheduled for deletion."""
        kms, wanted = context.client("kms"), tags(properties, context, system=False)
        asked = {name: properties.get(name) for name in _CREATED}
        asked |= {"Policy": properties.get("KeyPolicy"), "Tags": _tag_list(wanted) or None}
        metadata = send(kms, "CreateKey", asked)["KeyMetadata"]
        try:
            _set_rotation(kms, metadata["KeyId"], {}, properties)
            _set_state(kms, metadata["KeyId"], {}, properties)
        except Exception:
            kms.schedule_key_deletion(KeyId=metadata["KeyId"], PendingWindowInDays=7)
            raise
        return Physical(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change what a key can change."""
        fixed = [name for name in _FIXED if old.get(name) != new.get(name)]
        if fixed:
            raise ResourceFailedError(f"You cannot change the {', '.join(fixed)} of a KMS key")
        kms, key_id = context.client("kms"), physical.id
        if old.get("Description", "") != new.get("Description", ""):
            kms.update_key_description(KeyId=key_id, Description=new.get("Description", ""))
        if "KeyPolicy" in new and old.get("KeyPolicy") != new["KeyPolicy"]:
            bypass = new.get("BypassPolicyLockoutSafetyCheck")
            policy = {"Policy": new["KeyPolicy"], "BypassPolicyLockoutSafetyCheck": bypass}
            send(kms, "PutKeyPolicy", {"KeyId": key_id, "PolicyName": "default"} | policy)
        _set_rotation(kms, key_id, old, new)
        _set_state(kms, key_id, old, new)
        wanted = tags(new, context, system=False)
        lost = removed_tags(old, wanted, context)
        if lost:
            kms.untag_resource(KeyId=key_id, TagKeys=lost)
        if wanted:
            kms.tag_resource(KeyId=key_id, Tags=_tag_list(wanted))
        return physical

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Schedule its deletion, in 30 days unless the template says otherwise; KMS deletes nothing at once."""
        window = {"PendingWindowInDays": properties.get("PendingWindowInDays")}
        with gone("NotFoundException", "KMSInvalidStateException"):
            send(context.client("kms"), "ScheduleKeyDeletion", {"KeyId": physical.id} | window)


def _set_rotation(kms: Any, key_id: str, old: Properties, new: Properties) -> None:
    if all(old.get(name) == new.get(name) for name in _ROTATION):
        return
    if _is_true(new.get("EnableKeyRotation", False)):
        period = new.get("RotationPeriodInDays")
        send(kms, "EnableKeyRotation", {"KeyId": key_id, "RotationPeriodInDays": period})
    elif _is_true(old.get("EnableKeyRotation", False)):
        kms.disable_key_rotation(KeyId=key_id)


def _set_state(kms: Any, key_id: str, old: Properties, new: Properties) -> None:
    before, after = (_is_true(properties.get("Enabled", True)) for properties in (old, new))
    if before and not after:
        kms.disable_key(KeyId=key_id)
    elif after and not before:
        kms.enable_key(KeyId=key_id)


def _is_true(value: object) -> bool:
    return str(value).lower() == _TRUE


def _tag_list(wanted: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in wanted.items()]


@resource_type("AWS::KMS::Alias")
class Alias(ResourceType):
    """A key's other name, which is the physical id."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the alias."""
        send(context.client("kms"), "CreateAlias", properties)
        return Physical(properties["AliasName"])

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Point it at another key."""
        del old
        send(context.client("kms"), "UpdateAlias", new)
        return physical

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove it; the key stays."""
        del properties
        with gone("NotFoundException"):
            context.client("kms").delete_alias(AliasName=physical.id)
