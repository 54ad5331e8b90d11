"""The attributes of an SNS topic, of which moto stores all and tells half.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html and API_GetTopicAttributes.html
"""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.models import Topic

from rootguard.sandbox.errors import AwsError

_ALWAYS = ("Policy", "DisplayName", "DeliveryPolicy", "EffectiveDeliveryPolicy")
_FEEDBACK = tuple(
    f"{protocol}{attribute}"
    for protocol in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
    for attribute in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
)
_WHEN_SET = (
    "ArchivePolicy",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    *_FEEDBACK,
)
_FIFO = ("FifoTopic", "ContentBasedDeduplication")
_SETTABLE = frozenset({"Policy", "DisplayName", "DeliveryPolicy", *_WHEN_SET, *_FIFO})


def check_attribute(name: str) -> None:
    """Refuse to set what is no attribute.

    Raises:
        AwsError: InvalidParameter.
    """
    if name not in _SETTABLE:
        raise AwsError("InvalidParameter", "Invalid parameter: AttributeName")


def topic_attributes(topic: Topic) -> dict[str, str]:
    """What GetTopicAttributes tells; what was never set, or was taken back by an empty value, is left out."""
    attributes = {
        "Owner": topic.account_id,
        "TopicArn": topic.arn,
        "SubscriptionsPending": topic.subscriptions_pending,
        "SubscriptionsConfirmed": topic.subscriptions_confimed,
        "SubscriptionsDeleted": topic.subscriptions_deleted,
        **{name: _value(topic, name) for name in _ALWAYS},
        **{name: value for name in _WHEN_SET if (value := _value(topic, name))},
    }
    if topic.fifo_topic:
        attributes |= {name: _value(topic, name) for name in _FIFO}
    return {name: _text(value) for name, value in attributes.items()}


def _value(topic: Topic, name: str) -> Any:
    return getattr(topic, camelcase_to_underscores(name), None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
