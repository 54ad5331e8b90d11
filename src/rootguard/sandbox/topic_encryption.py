"""An encrypted topic takes messages only from those who may use its key.

"The publisher must have the kms:GenerateDataKey* and kms:Decrypt permissions for the KMS key"; a service that publishes
must be in the key's policy, and of EventBridge's requests the key's policy sees neither aws:SourceAccount nor
aws:SourceArn (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
"""

import json

from moto.kms.models import Key, kms_backends
from moto.sns.models import Topic

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.resource_access import Resource, own_policy
from rootguard.sandbox.senders import RoleSender, Sender, ServiceSender

_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_AWS_MANAGED = "alias/aws/"
_EVENTBRIDGE = "events.amazonaws.com"


def require_key(sender: Sender, topic: Topic) -> None:
    """Refuse a sender that may not encrypt for a topic; a topic without a key takes messages of all.

    Raises:
        AwsError: AccessDenied, KMSNotFound, KMSDisabled or KMSInvalidState.
    """
    if not topic.kms_master_key_id:
        return
    resource = _resource(topic, topic.kms_master_key_id)
    for action in _ACTIONS:
        sender.require(action, resource, **_context(sender, topic))


def _resource(topic: Topic, key_id: str) -> Resource:
    if _AWS_MANAGED in key_id:
        return _managed_key(topic, key_id)
    key = _key(topic, key_id)
    return Resource(key.arn, key.account_id, own_policy(key.policy, key.arn), must_allow=True)


def _key(topic: Topic, key_id: str) -> Key:
    """The key, which may be another account's if it is named by its ARN."""
    place = key_id.split(":") if key_id.startswith("arn:") else topic.arn.split(":")
    backend = kms_backends[place[4]][place[3]]
    key = next((key for key in backend.list_keys() if _is_named(key, key_id)), None)
    if key is None:
        raise AwsError("KMSNotFound", f"The key {key_id} of topic {topic.arn} does not exist.")
    if key.key_state != "Enabled":
        code = "KMSDisabled" if key.key_state == "Disabled" else "KMSInvalidState"
        raise AwsError(code, f"The key {key_id} of topic {topic.arn} is {key.key_state}.")
    return key


def _is_named(key: Key, name: str) -> bool:
    """By its id, its ARN, or an alias of which either is given."""
    return name in {key.id, key.arn} or name.rpartition(":")[2] in key.aliases


def _managed_key(topic: Topic, alias: str) -> Resource:
    """An AWS managed key serves whoever in its account may use the service, and no other service.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    """
    partition, region = topic.arn.split(":")[1], topic.arn.split(":")[3]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": _ACTIONS,
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": topic.account_id}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = f"arn:{partition}:kms:{region}:{topic.account_id}:{alias.rpartition(':')[2]}"
    return Resource(arn, topic.account_id, own_policy(policy, arn), must_allow=True)


def _context(sender: Sender, topic: Topic) -> dict[str, str | None]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html."""
    context: dict[str, str | None] = {"kms:EncryptionContext:aws:sns:topicArn": topic.arn}
    if isinstance(sender, RoleSender):
        region = topic.arn.split(":")[3]
        context |= {"kms:CallerAccount": sender.caller.account_id, "kms:ViaService": f"sns.{region}.amazonaws.com"}
    if isinstance(sender, ServiceSender) and sender.service == _EVENTBRIDGE:
        context |= {"aws:SourceAccount": None, "aws:SourceArn": None}
    return context
