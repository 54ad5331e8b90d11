"""Topics, subscriptions and topic policies, as CloudFormation makes them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError

TOPIC, SUBSCRIPTION, POLICY, INLINE = (
    f"AWS::SNS::{name}" for name in ("Topic", "Subscription", "TopicPolicy", "TopicInlinePolicy")
)
MAIL = {"Protocol": "email", "Endpoint": "security@example.com"}
HOOK = {"Protocol": "https", "Endpoint": "https://example.com/hook"}
FULL = {
    "TopicName": "alarms",
    "DisplayName": "Alarms",
    "KmsMasterKeyId": "alias/aws/sns",
    "SignatureVersion": "2",
    "TracingConfig": "Active",
    "Subscription": [MAIL],
    "Tags": [{"Key": "team", "Value": "security"}],
}
ATTRIBUTES = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")


def attributes_of(account: Any, arn: str) -> dict[str, str]:
    found: dict[str, str] = account.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return found


def subscriptions_of(account: Any, arn: str) -> list[dict[str, str]]:
    found = account.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    return [{name: each[name] for name in ("Protocol", "Endpoint")} for each in found]


def tags_of(account: Any, arn: str) -> dict[str, str]:
    found = account.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {each["Key"]: each["Value"] for each in found}


def test_a_topic_is_what_its_properties_say(account: Any) -> None:
    physical = account.create(TOPIC, FULL)
    arn = f"arn:aws:sns:us-east-1:{account.id}:alarms"
    assert physical.id == arn
    assert physical.attributes == {"TopicArn": arn, "TopicName": "alarms"}
    found = attributes_of(account, arn)
    assert {name: found[name] for name in ATTRIBUTES} == {name: FULL[name] for name in ATTRIBUTES}
    assert subscriptions_of(account, arn) == [MAIL]
    assert tags_of(account, arn) == {"team": "security", "aws:cloudformation:stack-name": "stack"}


@pytest.mark.parametrize(
    ("properties", "ending"),
    [
        pytest.param({}, "", id="a standard one"),
        pytest.param({"FifoTopic": True, "ContentBasedDeduplication": True}, ".fifo", id="a FIFO one"),
    ],
)
def test_a_topic_without_a_name_is_named_after_its_stack(account: Any, properties: dict[str, Any], ending: str) -> None:
    physical = account.create(TOPIC, properties)
    name = physical.attributes["TopicName"]
    assert name.startswith("stack-Thing-")
    assert name.endswith(ending)
    assert attributes_of(account, physical.id).get("FifoTopic", "false") == ("true" if ending else "false")


def test_a_topic_that_exists_is_not_taken_over(account: Any) -> None:
    account.client("sns").create_topic(Name="alarms")
    with pytest.raises(ResourceFailedError, match=r"'AWS::SNS::Topic' with identifier .* already exists"):
        account.create(TOPIC, FULL)


def test_a_topic_changes_in_place(account: Any) -> None:
    physical = account.create(TOPIC, FULL)
    new = {"TopicName": "alarms", "DisplayName": "Root", "Subscription": [HOOK], "Tags": []}
    assert account.update(TOPIC, physical, FULL, new) == physical
    found = attributes_of(account, physical.id)
    assert {name: found.get(name, "") for name in ATTRIBUTES} == {
        "DisplayName": "Root",
        "KmsMasterKeyId": "",
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
    }
    assert HOOK in subscriptions_of(account, physical.id)
    assert tags_of(account, physical.id) == {"aws:cloudformation:stack-name": "stack"}


def test_a_confirmed_subscription_ends_with_its_entry(account: Any) -> None:
    queue = {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{account.id}:q"}
    physical = account.create(TOPIC, {"TopicName": "alarms", "Subscription": [queue]})
    account.update(TOPIC, physical, {"Subscription": [queue]}, {"TopicName": "alarms"})
    assert subscriptions_of(account, physical.id) == []


def test_a_topic_goes_once(account: Any) -> None:
    physical = account.create(TOPIC, FULL)
    account.delete(TOPIC, physical, FULL)
    account.delete(TOPIC, physical, FULL)
    assert account.client("sns").list_topics()["Topics"] == []


def test_a_topic_whose_subscription_is_refused_leaves_nothing(account: Any) -> None:
    with pytest.raises(ClientError, match="Endpoint must match the specified protocol"):
        account.create(TOPIC, FULL | {"Subscription": [MAIL, {"Protocol": "https", "Endpoint": "nowhere"}]})
    assert account.client("sns").list_topics()["Topics"] == []


def test_what_is_no_attribute_of_a_topic_is_refused(account: Any) -> None:
    topic = account.create(TOPIC, {"TopicName": "alarms"})
    with pytest.raises(ClientError, match="Invalid parameter: AttributeName"):
        account.client("sns").set_topic_attributes(TopicArn=topic.id, AttributeName="Colour", AttributeValue="red")


def test_what_the_sandbox_cannot_apply_it_refuses(account: Any) -> None:
    with pytest.raises(ResourceFailedError, match=r"SandboxNotImplemented.*DataProtectionPolicy"):
        account.create(TOPIC, FULL | {"DataProtectionPolicy": {}})


def test_a_subscription_by_mail_waits_for_its_confirmation(account: Any) -> None:
    topic = account.create(TOPIC, {"TopicName": "alarms"})
    properties = {"TopicArn": topic.id, **MAIL}
    physical = account.create(SUBSCRIPTION, properties)
    sns = account.client("sns")
    assert physical.attributes == {"Arn": physical.id}
    attributes = sns.get_subscription_attributes(SubscriptionArn=physical.id)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    account.delete(SUBSCRIPTION, physical, properties)
    assert subscriptions_of(account, topic.id) == [MAIL]


def test_a_subscription_changes_in_place_and_goes(account: Any) -> None:
    topic = account.create(TOPIC, {"TopicName": "alarms"})
    queue = f"arn:aws:sqs:us-east-1:{account.id}:q"
    old: dict[str, Any] = {
        "TopicArn": topic.id,
        "Protocol": "sqs",
        "Endpoint": queue,
        "RawMessageDelivery": "true",
        "FilterPolicyScope": "MessageBody",
        "FilterPolicy": {"severity": ["high"]},
    }
    physical = account.create(SUBSCRIPTION, old)
    sns = account.client("sns")
    attributes = sns.get_subscription_attributes(SubscriptionArn=physical.id)["Attributes"]
    assert attributes["RawMessageDelivery"] == "true"
    assert json.loads(attributes["FilterPolicy"]) == {"severity": ["high"]}
    account.update(SUBSCRIPTION, physical, old, {name: old[name] for name in ("TopicArn", "Protocol", "Endpoint")})
    attributes = sns.get_subscription_attributes(SubscriptionArn=physical.id)["Attributes"]
    assert (attributes["RawMessageDelivery"], attributes.get("FilterPolicy", "")) == ("false", "")
    account.delete(SUBSCRIPTION, physical, old)
    account.delete(SUBSCRIPTION, physical, old)
    assert subscriptions_of(account, topic.id) == []


def allow_publishing(topic: str, service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy_of(account: Any, arn: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(attributes_of(account, arn)["Policy"])
    return policy


def test_a_policy_is_for_several_topics_and_leaves_the_default(account: Any) -> None:
    one, two = (account.create(TOPIC, {"TopicName": name}) for name in ("one", "two"))
    default = policy_of(account, one.id)
    document = allow_publishing(one.id, "cloudwatch.amazonaws.com")
    old = {"Topics": [one.id, two.id], "PolicyDocument": document}
    physical = account.create(POLICY, old)
    assert physical.id == physical.attributes["Id"]
    assert [policy_of(account, topic.id) for topic in (one, two)] == [document, document]
    new = {"Topics": [two.id], "PolicyDocument": allow_publishing(two.id, "events.amazonaws.com")}
    account.update(POLICY, physical, old, new)
    assert policy_of(account, one.id) == default
    assert policy_of(account, two.id) == new["PolicyDocument"]
    account.delete(POLICY, physical, new)
    assert policy_of(account, two.id)["Id"] == "__default_policy_ID"
    account.delete(TOPIC, two, {})
    account.delete(POLICY, physical, new)


def test_an_inline_policy_is_named_after_its_topic(account: Any) -> None:
    topic = account.create(TOPIC, {"TopicName": "one"})
    document = allow_publishing(topic.id, "cloudwatch.amazonaws.com")
    properties = {"TopicArn": topic.id, "PolicyDocument": document}
    physical = account.create(INLINE, properties)
    assert physical.id == topic.id
    assert policy_of(account, topic.id) == document
    account.delete(INLINE, physical, properties)
    assert policy_of(account, topic.id)["Id"] == "__default_policy_ID"


def test_a_policy_that_is_none_is_refused(account: Any) -> None:
    topic = account.create(TOPIC, {"TopicName": "one"})
    with pytest.raises(ClientError, match="InvalidParameter"):
        account.create(POLICY, {"Topics": [topic.id], "PolicyDocument": {"Statement": "all"}})
