"""SNS subscriptions: pending ones, their confirmation, and topics of other accounts (sns, API model).

What waits for a confirmation is said in `subscriptions`, who may use a topic in `topic_access`.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import Subscription, sns_backends

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.subscriptions import (
    arn_parts,
    confirm,
    drop,
    find_topic,
    is_pending,
    keep,
    topic_backend,
    topic_subscriptions,
)
from rootguard.sandbox.topic_access import checked_policy
from rootguard.sandbox.topic_attributes import check_attribute, topic_attributes

_PAGE = 100

# What an endpoint of each protocol looks like (sns:Subscribe, member Endpoint, API model).
_ENDPOINTS = {
    "http": r"http://.+",
    "https": r"https://.+",
    "email": r"[^@\s]+@[^@\s]+",
    "email-json": r"[^@\s]+@[^@\s]+",
    "sms": r".+",
    "sqs": r"arn:[^:]+:sqs:[^:]+:\d{12}:.+",
    "application": r"arn:[^:]+:sns:[^:]+:\d{12}:endpoint/.+",
    "lambda": r"arn:[^:]+:lambda:[^:]+:\d{12}:function:.+",
    "firehose": r"arn:[^:]+:firehose:[^:]+:\d{12}:deliverystream/.+",
}


@operation("sns:CreateTopic")
def create_topic(call: Call) -> Answer:
    """Create a topic, whose policy must be one."""
    attributes = call.parameters.get("Attributes") or {}
    for name in attributes:
        check_attribute(name)
    _check_policy(attributes.get("Policy"))
    return call.moto()


@operation("sns:SetTopicAttributes")
def set_topic_attributes(call: Call) -> Answer:
    """Set an attribute of a topic, whose policy must be one."""
    check_attribute(call.parameters["AttributeName"])
    if call.parameters["AttributeName"] == "Policy":
        _check_policy(call.parameters.get("AttributeValue"))
    return call.moto()


def _check_policy(text: str | None) -> None:
    if text:
        checked_policy(text)


@operation("sns:Subscribe")
def subscribe(call: Call) -> Answer:
    """Subscribe an endpoint: "pending confirmation" instead of an ARN, unless ReturnSubscriptionArn is set."""
    wanted = call.parameters
    attributes = dict(wanted.get("Attributes") or {})
    _check_endpoint(wanted["Protocol"], wanted.get("Endpoint"), attributes)
    backend = sns_backends[call.account_id][call.region]
    known = set(backend.subscriptions)
    with _refusals():
        subscription = backend.subscribe(wanted["TopicArn"], wanted["Endpoint"], wanted["Protocol"])
        try:
            _set_attributes(call, subscription, attributes)
        except (ServiceException, ValueError):
            if subscription.arn not in known:
                backend.unsubscribe(subscription.arn)
            raise
    keep(subscription)
    hidden = is_pending(subscription) and not wanted.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": "pending confirmation" if hidden else subscription.arn}


def _check_endpoint(protocol: str, endpoint: str | None, attributes: dict[str, str]) -> None:
    if protocol not in _ENDPOINTS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if not endpoint or re.fullmatch(_ENDPOINTS[protocol], endpoint) is None:
        raise _invalid("Endpoint Reason: Endpoint must match the specified protocol")
    if protocol == "firehose" and "SubscriptionRoleArn" not in attributes:
        raise _invalid("Attributes Reason: SubscriptionRoleArn is required for Firehose delivery stream subscriptions")


def _set_attributes(call: Call, subscription: Subscription, attributes: dict[str, str]) -> None:
    """Moto judges a filter policy by its scope, so the scope goes first."""
    backend = sns_backends[call.account_id][call.region]
    for name in sorted(attributes, key=lambda name: name != "FilterPolicyScope"):
        raw = attributes[name]
        value: Any = raw.lower() == "true" if name == "RawMessageDelivery" else raw
        backend.set_subscription_attributes(subscription.arn, name, value)


@operation("sns:ConfirmSubscription")
def confirm_subscription(call: Call) -> Answer:
    """Confirm a subscription by the token that its endpoint was sent.

    The Region is checked as in https://github.com/localstack/localstack/pull/8129.
    """
    arn = call.parameters["TopicArn"]
    if arn_parts(arn, "TopicArn")[3] != call.region:
        raise _invalid("Topic")
    if find_topic(arn) is None:
        raise AwsError("NotFound", "Topic does not exist")
    authenticated = call.parameters.get("AuthenticateOnUnsubscribe", "false").lower() == "true"
    return {"SubscriptionArn": confirm(arn, call.parameters["Token"], authenticated=authenticated).arn}


@operation("sns:ListSubscriptions")
def list_subscriptions(call: Call) -> Answer:
    """List the requester's subscriptions, up to 100 on a page."""
    kept = list(sns_backends[call.account_id][call.region].subscriptions.values())
    return _listed((each for each in kept if each.owner == call.account_id), call)


@operation("sns:ListSubscriptionsByTopic")
def list_subscriptions_by_topic(call: Call) -> Answer:
    """List a topic's subscriptions, whoever owns them, up to 100 on a page."""
    return _listed(topic_subscriptions(call.parameters["TopicArn"]), call)


@operation("sns:GetSubscriptionAttributes")
def get_subscription_attributes(call: Call) -> Answer:
    """Describe a subscription to its owner.

    The refusal is worded as in https://github.com/ansible-collections/community.aws/pull/1418.
    """
    subscription = _subscription(call)
    if subscription is None:
        raise AwsError("NotFound", "Subscription does not exist")
    if subscription.owner != call.account_id:
        raise AwsError("AuthorizationError", "Not authorized to access this subscription")
    attributes = sns_backends[call.account_id][call.region].get_subscription_attributes(subscription.arn)
    attributes |= {"PendingConfirmation": is_pending(subscription)}
    if is_pending(subscription):
        attributes |= {"ConfirmationWasAuthenticated": False}
    return {"Attributes": {name: _text(value) for name, value in attributes.items()}}


@operation("sns:Unsubscribe")
def unsubscribe(call: Call) -> Answer:
    """Delete a subscription, which only its owner and the topic's owner may, and nobody while it is pending.

    https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html; worded as the Terraform provider
    expects it (hashicorp/terraform-provider-aws, resource aws_sns_topic_subscription).
    """
    subscription = _subscription(call)
    if subscription is None:
        return {}
    if call.account_id not in (subscription.owner, subscription.topic.account_id):
        raise AwsError("AuthorizationError", "Not authorized to access this subscription")
    if is_pending(subscription):
        raise _invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
    drop(subscription)
    subscription.topic.subscriptions_deleted += 1
    return {}


@operation("sns:GetTopicAttributes")
def get_topic_attributes(call: Call) -> Answer:
    """Describe a topic to its owner, with its subscriptions counted; moto keeps more attributes than it tells."""
    topic = find_topic(call.parameters["TopicArn"])
    if topic is None or topic.account_id != call.account_id:
        return call.moto()
    pending = [is_pending(each) for each in topic_subscriptions(topic.arn)]
    topic.subscriptions_pending, topic.subscriptions_confimed = sum(pending), len(pending) - sum(pending)
    return {"Attributes": topic_attributes(topic)}


@operation("sns:DeleteTopic")
def delete_topic(call: Call) -> Answer:
    """Delete "a topic and all its subscriptions", those of other accounts too."""
    arn = call.parameters["TopicArn"]
    for subscription in topic_subscriptions(arn):
        drop(subscription)
    topic_backend(arn).topics.pop(arn, None)
    return {}


def _subscription(call: Call) -> Subscription | None:
    arn = call.parameters["SubscriptionArn"]
    if arn_parts(arn, "SubscriptionArn")[3] != call.region:
        raise _invalid("SubscriptionArn")
    return topic_backend(arn).subscriptions.get(arn)


def _listed(subscriptions: Iterable[Subscription], call: Call) -> dict[str, Any]:
    try:
        shown, token = page(tuple(subscriptions), _position, _PAGE, call.parameters.get("NextToken"))
    except InvalidTokenError:
        raise _invalid("NextToken") from None
    answer: dict[str, Any] = {"Subscriptions": [_described(each) for each in shown]}
    return answer | ({"NextToken": token} if token else {})


def _position(subscription: Subscription) -> tuple[str, ...]:
    return subscription.topic_arn, subscription.protocol, subscription.endpoint, subscription.arn


def _described(subscription: Subscription) -> dict[str, str]:
    """A subscription in a list, where a pending one has no ARN yet.

    https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    return {
        "SubscriptionArn": "PendingConfirmation" if is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")


@contextmanager
def _refusals() -> Iterator[None]:
    """What moto refuses, refused."""
    try:
        yield
    except ServiceException as refusal:
        raise AwsError(refusal.code, refusal.message) from None
    except ValueError as error:
        raise _invalid(f"FilterPolicy: failed to parse JSON. {error}") from None
