"""Keys and aliases, as CloudFormation makes them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

type Handlers = Callable[[str], ResourceType]


def policy(account_id: str, sid: str = "Administration") -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{account_id}:root"}
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture(scope="module")
def kms(context: Context) -> Any:
    return context.client("kms")


@pytest.fixture
def full(context: Context) -> dict[str, Any]:
    return {
        "Description": "what for",
        "EnableKeyRotation": "true",
        "RotationPeriodInDays": "200",
        "KeyPolicy": policy(context.account_id),
        "Tags": [{"Key": "team", "Value": "security"}],
    }


@pytest.fixture
def key(handler: Handlers, context: Context, full: dict[str, Any]) -> Physical:
    return handler("AWS::KMS::Key").create(full, context)


def found(kms: Any, key_id: str) -> dict[str, Any]:
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    return {
        "Description": metadata["Description"],
        "KeyState": metadata["KeyState"],
        "Rotates": kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"],
        "Sid": json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])["Statement"][0]["Sid"],
        "Tags": {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key_id)["Tags"]},
    }


def test_a_key_is_as_its_properties_say(kms: Any, key: Physical) -> None:
    assert key.attributes == {"Arn": kms.describe_key(KeyId=key.id)["KeyMetadata"]["Arn"], "KeyId": key.id}
    assert found(kms, key.id) == {
        "Description": "what for",
        "KeyState": "Enabled",
        "Rotates": True,
        "Sid": "Administration",
        "Tags": {"team": "security"},
    }


def test_an_update_changes_what_a_key_can_change(
    handler: Handlers, context: Context, kms: Any, key: Physical, full: dict[str, Any]
) -> None:
    new = {"Enabled": False, "KeyPolicy": policy(context.account_id, "Changed")}
    kind = handler("AWS::KMS::Key")
    assert kind.update(key, full, new, context) == key
    assert kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "Disabled"
    assert kind.update(key, new, {**new, "Enabled": "true"}, context) == key
    assert found(kms, key.id) == {
        "Description": "",
        "KeyState": "Enabled",
        "Rotates": False,
        "Sid": "Changed",
        "Tags": {},
    }


def test_a_keys_kind_cannot_change(handler: Handlers, context: Context, key: Physical, full: dict[str, Any]) -> None:
    with pytest.raises(ResourceFailedError, match="cannot change the KeySpec"):
        handler("AWS::KMS::Key").update(key, full, {**full, "KeySpec": "RSA_4096"}, context)


def test_a_key_that_cannot_be_set_up_does_not_stay(handler: Handlers, context: Context, kms: Any) -> None:
    before = {each["KeyId"] for each in kms.list_keys()["Keys"]}
    wanted = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "EnableKeyRotation": True, "RotationPeriodInDays": 1}
    with pytest.raises((ClientError, ResourceFailedError)):
        handler("AWS::KMS::Key").create(wanted, context)
    (made,) = {each["KeyId"] for each in kms.list_keys()["Keys"]} - before
    assert kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_deletion_is_scheduled_once(handler: Handlers, context: Context, kms: Any, key: Physical) -> None:
    kind = handler("AWS::KMS::Key")
    kind.delete(key, {"PendingWindowInDays": "7"}, context)
    assert kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kind.delete(key, {}, context)
    kind.delete(Physical("00000000-0000-0000-0000-000000000000"), {}, context)


def test_an_alias_points_at_a_key_then_at_another(
    handler: Handlers, context: Context, kms: Any, key: Physical, full: dict[str, Any]
) -> None:
    other = handler("AWS::KMS::Key").create(full, context)
    kind = handler("AWS::KMS::Alias")
    properties = {"AliasName": "alias/demo", "TargetKeyId": key.id}
    made = kind.create(properties, context)
    assert made.id == "alias/demo"
    with pytest.raises(ClientError, match="AlreadyExists"):
        kind.create(properties, context)
    kind.update(made, properties, {**properties, "TargetKeyId": other.id}, context)
    assert kms.describe_key(KeyId="alias/demo")["KeyMetadata"]["KeyId"] == other.id
    kind.delete(made, properties, context)
    kind.delete(made, properties, context)
    assert "alias/demo" not in {each["AliasName"] for each in kms.list_aliases()["Aliases"]}
