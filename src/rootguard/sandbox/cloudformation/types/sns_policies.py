"""Amazon SNS: who may use a topic.

Without its policy a topic has the default one again, which is that of
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html and of GetTopicAttributes on a new topic.
"""

import json
from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, send
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_OWNERS_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


@resource_type("AWS::SNS::TopicPolicy")
class TopicPolicy(ResourceType):
    """One policy for several topics."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Set the policy of each topic."""
        for topic in properties["Topics"]:
            _set_policy(context, topic, properties["PolicyDocument"])
        identifier = context.generated_name()
        return Physical(identifier, {"Id": identifier})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Set the policy of each topic, and reset the topics that are no longer listed."""
        for topic in new["Topics"]:
            _set_policy(context, topic, new["PolicyDocument"])
        _reset(context, [topic for topic in old["Topics"] if topic not in new["Topics"]])
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Reset the topics."""
        _reset(context, properties["Topics"])


@resource_type("AWS::SNS::TopicInlinePolicy")
class TopicInlinePolicy(ResourceType):
    """The policy of one topic; Ref gives the topic's ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Set the topic's policy."""
        _set_policy(context, properties["TopicArn"], properties["PolicyDocument"])
        return Physical(properties["TopicArn"])

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Set the topic's policy."""
        _set_policy(context, physical.id, new["PolicyDocument"])
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Reset the topic."""
        _reset(context, [physical.id])


def _set_policy(context: Context, topic: str, policy: Any) -> None:
    request = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}
    send(context.client("sns"), "SetTopicAttributes", request)


def _reset(context: Context, topics: list[str]) -> None:
    for topic in topics:
        with gone("NotFound"):
            _set_policy(context, topic, json.dumps(_default_policy(topic)))


def _default_policy(topic: str) -> dict[str, Any]:
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OWNERS_ACTIONS],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.split(":")[4]}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
