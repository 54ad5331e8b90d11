"""Where EventBridge and Lambda hand messages to: queues, topics, log groups, buckets, functions.

Each recipient is looked up in the account and Region of its ARN and asked whether the sender may.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import Queue, sqs_backends

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.objects import find_bucket, no_such_bucket, object_resource
from rootguard.sandbox.policy import Document
from rootguard.sandbox.resource_access import Resource, own_policy
from rootguard.sandbox.senders import Sender
from rootguard.sandbox.subscriptions import find_topic
from rootguard.sandbox.topic_encryption import require_key

_ARN_ELEMENTS = 6


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed over.

    Attributes:
        body: JSON, or any text.
        attributes: Of a message to a queue.
        group_id: Of a message to a FIFO queue.
        name: What stands for the sender in the key of an object.
    """

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None
    name: str = ""


type Recipient = Callable[[Sender, str, Message], None]

_RECIPIENTS: dict[str, Recipient] = {}


def recipient(service: str) -> Callable[[Recipient], Recipient]:
    """Register what takes messages for ARNs of a service: `@recipient("sqs")`."""

    def register(function: Recipient) -> Recipient:
        _RECIPIENTS[service] = function
        return function

    return register


def deliver(sender: Sender, arn: str, message: Message) -> None:
    """Hand a message to whatever the ARN names.

    Raises:
        AwsError: AccessDenied, the service's own error for what is not there, or SandboxNotImplemented.
    """
    parts = arn.split(":")
    take = _RECIPIENTS.get(parts[2]) if len(parts) >= _ARN_ELEMENTS else None
    if take is None:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox delivers nothing to {arn}.")
    take(sender, arn, message)


@recipient("sqs")
def _send_to_queue(sender: Sender, arn: str, message: Message) -> None:
    _, _, _, region, account_id, name = arn.split(":", _ARN_ELEMENTS - 1)
    queue = find_queue(arn)
    if queue is None:
        raise AwsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    sender.require("sqs:SendMessage", Resource(arn, account_id, own_policy(queue.policy, arn)))
    attributes = {key: {"DataType": "String", "StringValue": value} for key, value in message.attributes.items()}
    try:
        sqs_backends[account_id][region].send_message(
            name, message.body, message_attributes=attributes, group_id=message.group_id
        )
    except ServiceException as refusal:
        raise AwsError(str(refusal.code), str(refusal.message)) from None


def find_queue(arn: str) -> Queue | None:
    """The queue of that ARN."""
    _, _, _, region, account_id, name = arn.split(":", _ARN_ELEMENTS - 1)
    return sqs_backends[account_id][region].queues.get(name)


@recipient("sns")
def _publish_to_topic(sender: Sender, arn: str, message: Message) -> None:
    topic = find_topic(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist", 404)
    sender.require("sns:Publish", Resource(arn, topic.account_id, own_policy(topic.policy, arn)))
    require_key(sender, topic)
    try:
        sns_backends[topic.account_id][arn.split(":")[3]].publish(message.body, arn=arn)
    except ServiceException as refusal:
        raise AwsError(str(refusal.code), str(refusal.message)) from None


@recipient("logs")
def _write_to_log_group(sender: Sender, arn: str, message: Message) -> None:
    """A log stream per message, as EventBridge makes them.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
    """
    _, _, _, region, account_id, group = arn.removesuffix(":*").split(":", _ARN_ELEMENTS - 1)
    name = group.removeprefix("log-group:")
    backend = logs_backends[account_id][region]
    if name not in backend.groups:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    stream = str(uuid.uuid4())
    policies = _log_policies(account_id, region)
    group_arn = f"{arn.removesuffix(':*')}:log-stream:{stream}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        sender.require(action, Resource(group_arn, account_id, policies))
    backend.create_log_stream(name, stream)
    backend.put_log_events(name, stream, [{"timestamp": int(time.time() * 1000), "message": message.body}])


def _log_policies(account_id: str, region: str) -> tuple[Document, ...]:
    kept = logs_backends[account_id][region].resource_policies.values()
    return tuple(each for policy in kept for each in own_policy(policy.policy_document, policy.policy_name))


@recipient("s3")
def _write_object(sender: Sender, arn: str, message: Message) -> None:
    """An object under `aws/lambda/async/FUNCTION/`, as Lambda names its records.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    bucket = find_bucket(arn.rpartition(":")[2])
    if bucket is None:
        raise no_such_bucket()
    key = record_key(message.name)
    sender.require("s3:PutObject", object_resource(bucket, key))
    backend: Any = s3_backends[bucket.account_id][bucket.partition]
    backend.put_object(bucket.name, key, message.body.encode())


def record_key(function_name: str) -> str:
    """The key of a function's next record in a bucket."""
    now = datetime.now(UTC)
    return f"aws/lambda/async/{function_name}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
