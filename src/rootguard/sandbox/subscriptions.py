"""Subscriptions to SNS topics: which wait for a confirmation, and the tokens that would confirm them.

"If the endpoint type is HTTP/S or email, or if the endpoint and the topic are not in the same AWS account, the endpoint
owner must run the ConfirmSubscription action" (sns:Subscribe, API model); "Confirmation is automatic when the queue
owner creates the subscription" (https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html).
No mail and no request to another machine ever leaves the sandbox. A pending subscription never expires here.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from moto.sns.models import SNSBackend, Subscription, Topic, sns_backends
from moto.sqs.exceptions import QueueDoesNotExist

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.state import state

_ARN_ELEMENTS = 6
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Token:
    """What the confirmation message to an endpoint contains."""

    endpoint: str
    token: str = field(repr=False)


@dataclass
class Tokens:
    """Tokens by subscription ARN, of the topics of one account and Region."""

    by_subscription: dict[str, str] = field(default_factory=dict)


def confirmation_tokens(topic_arn: str) -> tuple[Token, ...]:
    """The tokens sent to the endpoints of a topic that have not yet confirmed, in the order of their subscriptions."""
    pending = [each for each in topic_subscriptions(topic_arn) if is_pending(each)]
    return tuple(Token(each.endpoint, _token(each)) for each in pending)


def is_pending(subscription: Subscription) -> bool:
    """Whether the endpoint's owner has yet to confirm."""
    return _needs_confirmation(subscription) and not subscription.confirmed


def _needs_confirmation(subscription: Subscription) -> bool:
    match subscription.protocol:
        case "http" | "https" | "email" | "email-json":
            return True
        case "sqs" | "lambda" | "firehose" | "application":
            return account_of(subscription.endpoint) != subscription.owner
        case _:
            return False


def confirm(topic_arn: str, token: str, *, authenticated: bool) -> Subscription:
    """Confirm the subscription that a token was made for; again, if it is confirmed already.

    Raises:
        AwsError: InvalidParameter, worded as in https://github.com/localstack/localstack/pull/8129.
    """
    known = state(Tokens, *_place(topic_arn)).by_subscription
    for subscription in topic_subscriptions(topic_arn):
        if secrets.compare_digest(known.get(subscription.arn, ""), token):
            subscription.confirmed = True
            subscription.attributes["ConfirmationWasAuthenticated"] = authenticated
            return subscription
    raise AwsError("InvalidParameter", "Invalid parameter: Token")


def topic_backend(arn: str) -> SNSBackend:
    """Moto's backend of the account and Region in a topic's or subscription's ARN."""
    account_id, region = _place(arn)
    return sns_backends[account_id][region]


def find_topic(arn: str) -> Topic | None:
    """The topic of that ARN, whoever owns it."""
    return topic_backend(arn).topics.get(arn)


def topic_subscriptions(topic_arn: str) -> tuple[Subscription, ...]:
    """All subscriptions to a topic, whoever owns them."""
    kept = list(topic_backend(topic_arn).subscriptions.values())
    return tuple(subscription for subscription in kept if subscription.topic_arn == topic_arn)


def keep(subscription: Subscription) -> None:
    """Let the topic's owner find a subscription that another account made, and moto deliver to the endpoint's account.

    The one who subscribed keeps it as well: ListSubscriptions tells "the requester's subscriptions" (API model).
    """
    topic_backend(subscription.topic_arn).subscriptions[subscription.arn] = subscription
    if subscription.protocol in {"sqs", "lambda"}:
        subscription.account_id = account_of(subscription.endpoint)
    _token(subscription)


def drop(subscription: Subscription) -> None:
    """Forget a subscription wherever it is kept."""
    _, region = _place(subscription.topic_arn)
    for account_id in {subscription.owner, account_of(subscription.topic_arn)}:
        sns_backends[account_id][region].subscriptions.pop(subscription.arn, None)
    state(Tokens, *_place(subscription.topic_arn)).by_subscription.pop(subscription.arn, None)


def arn_parts(arn: str, parameter: str) -> list[str]:
    """The elements of an ARN.

    Raises:
        AwsError: InvalidParameter, worded as in https://github.com/aws-samples/amazon-rekognition-video-analyzer/issues/41.
    """
    parts = arn.split(":")
    if len(parts) < _ARN_ELEMENTS:
        reason = f"An ARN must have at least {_ARN_ELEMENTS} elements, not {len(parts)}"
        raise AwsError("InvalidParameter", f"Invalid parameter: {parameter} Reason: {reason}")
    return parts


def account_of(arn: str) -> str:
    """The account in an ARN, the empty string if there is none."""
    return "".join(arn.split(":")[4:5])


def _place(arn: str) -> tuple[str, str]:
    _, _, _, region, account_id, *_ = arn.split(":")
    return account_id, region


def _token(subscription: Subscription) -> str:
    tokens = state(Tokens, *_place(subscription.topic_arn)).by_subscription
    return tokens.setdefault(subscription.arn, secrets.token_hex(104))


_moto_publish = Subscription.publish


def _publish(self: Subscription, *args: Any, **kwargs: Any) -> None:
    """Deliver a message as moto does, but not to endpoints that have not confirmed, nor to other machines.

    A delivery that fails is no failure of the one who publishes (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
    """
    if is_pending(self) or _is_elsewhere(self):
        return
    with suppress(QueueDoesNotExist):
        _moto_publish(self, *args, **kwargs)


def _is_elsewhere(subscription: Subscription) -> bool:
    return subscription.protocol in {"http", "https"} and urlsplit(subscription.endpoint).hostname not in _LOOPBACK


Subscription.publish = _publish  # type: ignore[method-assign]  # moto would post to unconfirmed and remote endpoints
