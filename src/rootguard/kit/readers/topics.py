"""SNS topics: whether somebody hears what is published."""

import re
from dataclasses import dataclass

from rootguard.kit.account import Account, parse_arn
from rootguard.kit.errors import EvidenceUnavailable

_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[^:]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its subscriptions.

    Attributes:
        exists: Whether there is such a topic.
        confirmed: Subscriptions that receive messages.
        pending: Subscriptions whose endpoint has not confirmed.
    """

    arn: str
    exists: bool
    confirmed: int = 0
    pending: int = 0

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return topic_name(self.arn)


def topic_name(arn: str) -> str:
    """The name in a topic's ARN."""
    return arn.rsplit(":", 1)[-1]


def is_topic(arn: str) -> bool:
    """Whether an ARN is an SNS topic's."""
    return _TOPIC_ARN.fullmatch(arn) is not None


def read_topic(account: Account, arn: str) -> Topic:
    """Count a topic's subscriptions in its own Region (sns:ListSubscriptionsByTopic, all pages).

    A subscription that awaits confirmation has the words PendingConfirmation in place of its ARN
    (https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html).

    Raises:
        EvidenceUnavailable: The call failed otherwise than for want of the topic.
    """
    pages = account.pages("sns:ListSubscriptionsByTopic", region=parse_arn(arn)[1], TopicArn=arn)
    try:
        arns = [item.text("SubscriptionArn") for page in pages for item in page.structures("Subscriptions")]
    except EvidenceUnavailable as error:
        if error.code in {"NotFound", "NotFoundException"}:
            return Topic(arn, exists=False)
        raise
    confirmed = sum(found.startswith("arn:") for found in arns)
    pending = sum(found == "PendingConfirmation" for found in arns)
    return Topic(arn, exists=True, confirmed=confirmed, pending=pending)
