"""Amazon SNS: topics and their subscriptions; policies are in `sns_policies`.

What Ref and GetAtt give is said on the page of each type in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html.
"""

from collections.abc import Mapping
from typing import Any, override

from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, refuse, send, text, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_TOPIC_DEFAULTS = {
    "ArchivePolicy": "",
    "ContentBasedDeduplication": "false",
    "DisplayName": "",
    "FifoThroughputScope": "Topic",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}
"""Attributes of a topic and what takes a value back (https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html)."""
_FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_PROTOCOLS = {"http/s": "HTTP", "sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose", "application": "Application"}

_SUBSCRIPTION_DEFAULTS = {
    "DeliveryPolicy": "",
    "FilterPolicyScope": "MessageAttributes",
    "FilterPolicy": "",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
    "ReplayPolicy": "",
    "SubscriptionRoleArn": "",
}
"""Attributes of a subscription (https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html)."""


@resource_type("AWS::SNS::Topic")
class Topic(ResourceType):
    """A topic with the subscriptions that it lists."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the topic, then subscribe; CreateTopic itself would hand out a topic that exists."""
        refuse(properties, self.name, "DataProtectionPolicy", "MaximumMessageSize")
        sns = context.client("sns")
        name = properties.get("TopicName") or _generated_name(properties, context)
        arn = f"arn:{context.partition}:sns:{context.region}:{context.account_id}:{name}"
        if exists(sns, "GetTopicAttributes", {"TopicArn": arn}, "NotFound"):
            raise already_exists(self.name, arn)
        attributes = _topic_attributes(properties)
        if properties.get("FifoTopic") is not None:
            attributes["FifoTopic"] = text(properties["FifoTopic"])
        send(sns, "CreateTopic", {"Name": name, "Attributes": attributes, "Tags": tag_list(tags(properties, context))})
        physical = Physical(arn, {"TopicArn": arn, "TopicName": name})
        with undoing(lambda: self.delete(physical, properties, context)):
            _subscribe(sns, arn, _endpoints(properties))
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Set what changed, reset what is gone; a pending subscription that is gone expires by itself."""
        refuse(new, self.name, "DataProtectionPolicy", "MaximumMessageSize")
        sns, arn = context.client("sns"), physical.id
        for name, value in _changes(_topic_attributes(old), _topic_attributes(new), _TOPIC_DEFAULTS):
            send(sns, "SetTopicAttributes", {"TopicArn": arn, "AttributeName": name, "AttributeValue": value})
        before, after = _endpoints(old), _endpoints(new)
        _subscribe(sns, arn, [endpoint for endpoint in after if endpoint not in before])
        _unsubscribe(sns, arn, [endpoint for endpoint in before if endpoint not in after])
        wanted = tags(new, context)
        if lost := removed_tags(old, wanted, context):
            send(sns, "UntagResource", {"ResourceArn": arn, "TagKeys": lost})
        if wanted:
            send(sns, "TagResource", {"ResourceArn": arn, "Tags": tag_list(wanted)})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the topic and, with it, every subscription."""
        with gone("NotFound"):
            send(context.client("sns"), "DeleteTopic", {"TopicArn": physical.id})


def _generated_name(properties: Properties, context: Context) -> str:
    """A FIFO topic's name ends in .fifo."""
    if text(properties.get("FifoTopic", False)) == "true":
        return f"{context.generated_name(251)}.fifo"
    return context.generated_name(256)


def _topic_attributes(properties: Properties) -> dict[str, str]:
    attributes = {name: text(properties[name]) for name in _TOPIC_DEFAULTS if properties.get(name) is not None}
    for logging in properties.get("DeliveryStatusLogging") or ():
        prefix = _PROTOCOLS[logging["Protocol"]]
        attributes |= {f"{prefix}{name}": text(logging[name]) for name in _FEEDBACK if logging.get(name) is not None}
    return attributes


def _changes(old: Mapping[str, str], new: Mapping[str, str], defaults: Mapping[str, str]) -> list[tuple[str, str]]:
    """Attributes to set, in order of their names: what differs, and what returns to its default."""
    names = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
    return [(name, new.get(name, defaults.get(name, ""))) for name in names]


def _endpoints(properties: Properties) -> list[tuple[str, str]]:
    return [(each["Protocol"], each["Endpoint"]) for each in properties.get("Subscription") or ()]


def _subscribe(sns: Any, arn: str, endpoints: list[tuple[str, str]]) -> None:
    for protocol, endpoint in endpoints:
        send(sns, "Subscribe", {"TopicArn": arn, "Protocol": protocol, "Endpoint": endpoint})


def _unsubscribe(sns: Any, arn: str, endpoints: list[tuple[str, str]]) -> None:
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
    for each in [each for page in pages for each in page["Subscriptions"]]:
        if (each["Protocol"], each["Endpoint"]) in endpoints and each["SubscriptionArn"].startswith("arn:"):
            send(sns, "Unsubscribe", {"SubscriptionArn": each["SubscriptionArn"]})


@resource_type("AWS::SNS::Subscription")
class Subscription(ResourceType):
    """A subscription; one by e-mail waits for its confirmation, which the stack does not.

    Without effect here: Region, which helps CloudFormation to find a topic of another Region; the ARN says it.
    """

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Subscribe."""
        topic = properties["TopicArn"]
        request = {"TopicArn": topic, "Protocol": properties["Protocol"], "Endpoint": properties.get("Endpoint")}
        request |= {"Attributes": _subscription_attributes(properties), "ReturnSubscriptionArn": True}
        arn = send(_sns_of(topic, context), "Subscribe", request)["SubscriptionArn"]
        return Physical(arn, {"Arn": arn})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Set what changed, a filter's scope before the filter, which is judged by it."""
        sns = _sns_of(physical.id, context)
        changes = _changes(_subscription_attributes(old), _subscription_attributes(new), _SUBSCRIPTION_DEFAULTS)
        for name, value in sorted(changes, key=lambda change: change[0] != "FilterPolicyScope"):
            request = {"SubscriptionArn": physical.id, "AttributeName": name, "AttributeValue": value}
            send(sns, "SetSubscriptionAttributes", request)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Unsubscribe; one that is still pending cannot be, and goes with its topic or after 48 hours.

        https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
        """
        try:
            send(_sns_of(physical.id, context), "Unsubscribe", {"SubscriptionArn": physical.id})
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] != "NotFound" and "pending confirmation" not in said["Message"]:
                raise


def _subscription_attributes(properties: Properties) -> dict[str, str]:
    return {name: text(properties[name]) for name in _SUBSCRIPTION_DEFAULTS if properties.get(name) is not None}


def _sns_of(arn: str, context: Context) -> Any:
    """SNS in the Region of an ARN."""
    make: Any = context.clients.client
    return make("sns", region_name=arn.split(":")[3])
