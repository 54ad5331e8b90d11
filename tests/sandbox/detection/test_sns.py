import json
from collections.abc import Callable
from typing import Any

import pytest

from rootguard.sandbox.subscriptions import confirmation_tokens

type Refusal = Callable[..., tuple[str, str]]
type Clients = Callable[..., Any]

MANAGEMENT = "123456789012"


@pytest.fixture
def sns(client: Clients) -> Any:
    return client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="root-use")["TopicArn"])


def counts(sns: Any, topic: str) -> tuple[int, int, int]:
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    confirmed, pending, deleted = (attributes[f"Subscriptions{name}"] for name in ("Confirmed", "Pending", "Deleted"))
    return int(confirmed), int(pending), int(deleted)


def listed(sns: Any, topic: str) -> list[tuple[str, str]]:
    return [
        (s["Endpoint"], s["SubscriptionArn"]) for s in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    ]


@pytest.mark.parametrize(
    ("protocol", "endpoint", "pending"),
    [
        pytest.param("email", "root@example.com", True, id="email"),
        pytest.param("email-json", "root@example.com", True, id="email-json"),
        pytest.param("http", "http://example.com/hook", True, id="http"),
        pytest.param("https", "https://example.com/hook", True, id="https"),
        pytest.param("sms", "+4915112345678", False, id="sms"),
        pytest.param("sqs", f"arn:aws:sqs:us-east-1:{MANAGEMENT}:queue", False, id="own-queue"),
        pytest.param("sqs", "arn:aws:sqs:us-east-1:999999999999:queue", True, id="queue-of-another-account"),
        pytest.param("lambda", f"arn:aws:lambda:us-east-1:{MANAGEMENT}:function:f", False, id="own-function"),
    ],
)
def test_what_waits_for_confirmation(
    sns: Any,
    topic: str,
    *,
    protocol: str,
    endpoint: str,
    pending: bool,
) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"]
    ((_, shown),) = listed(sns, topic)
    assert (answer == "pending confirmation", shown == "PendingConfirmation") == (pending, pending)
    assert pending or shown == answer
    assert counts(sns, topic) == ((0, 1, 0) if pending else (1, 0, 0))
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == shown
    assert [token.endpoint for token in confirmation_tokens(topic)] == ([endpoint] if pending else [])


def test_a_firehose_stream_is_confirmed_and_needs_a_role(sns: Any, topic: str, refusal: Refusal) -> None:
    stream = {
        "TopicArn": topic,
        "Protocol": "firehose",
        "Endpoint": f"arn:aws:firehose:us-east-1:{MANAGEMENT}:deliverystream/s",
    }
    assert refusal(sns.subscribe, **stream)[0] == "InvalidParameter"
    role = {"SubscriptionRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/r"}
    assert sns.subscribe(**stream, Attributes=role)["SubscriptionArn"].startswith(topic)


def test_confirmation(sns: Any, topic: str, refusal: Refusal) -> None:
    for name in ("first", "second"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{name}@example.com")
    token = next(each.token for each in confirmation_tokens(topic) if each.endpoint == "second@example.com")
    arn = sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    assert listed(sns, topic) == [("first@example.com", "PendingConfirmation"), ("second@example.com", arn)]
    assert counts(sns, topic) == (1, 1, 0)
    assert [each.endpoint for each in confirmation_tokens(topic)] == ["first@example.com"]
    assert sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == arn
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token="x") == (
        "InvalidParameter",
        "Invalid parameter: Token",
    )
    assert refusal(sns.confirm_subscription, TopicArn=f"{topic}x", Token=token)[0] == "NotFound"
    other = sns.create_topic(Name="other")["TopicArn"]
    assert refusal(sns.confirm_subscription, TopicArn=other, Token=token)[0] == "InvalidParameter"


def test_the_subscription_s_own_arn_on_request(sns: Any, topic: str, refusal: Refusal) -> None:
    wanted = {"TopicArn": topic, "Protocol": "email", "Endpoint": "root@example.com"}
    arn = sns.subscribe(**wanted, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert arn.startswith(f"{topic}:")
    assert sns.subscribe(**wanted)["SubscriptionArn"] == "pending confirmation"
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("true", "false")
    code, message = refusal(sns.unsubscribe, SubscriptionArn=arn)
    assert (code, "pending confirmation" in message) == ("InvalidParameter", True)
    (token,) = confirmation_tokens(topic)
    sns.confirm_subscription(TopicArn=topic, Token=token.token, AuthenticateOnUnsubscribe="true")
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("false", "true")
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert listed(sns, topic) == []
    assert counts(sns, topic) == (0, 0, 1)
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=arn)[0] == "NotFound"


@pytest.mark.parametrize("arn", ["PendingConfirmation", "pending confirmation", "Deleted"])
def test_words_are_no_arns(sns: Any, refusal: Refusal, arn: str) -> None:
    reason = "An ARN must have at least 6 elements, not 1"
    expected = ("InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {reason}")
    assert refusal(sns.unsubscribe, SubscriptionArn=arn) == expected


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        pytest.param("email", "nobody", id="no-address"),
        pytest.param("https", "http://example.com", id="other-scheme"),
        pytest.param("sqs", "queue", id="no-queue-arn"),
        pytest.param("lambda", f"arn:aws:sqs:us-east-1:{MANAGEMENT}:queue", id="other-service"),
        pytest.param("sms", "phone", id="no-number"),
        pytest.param("fax", "+4915112345678", id="unknown-protocol"),
    ],
)
def test_endpoints_refused(sns: Any, topic: str, refusal: Refusal, protocol: str, endpoint: str) -> None:
    assert refusal(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[0] == "InvalidParameter"
    assert listed(sns, topic) == []


def test_a_refused_attribute_leaves_no_subscription(sns: Any, topic: str, refusal: Refusal) -> None:
    wanted = {"TopicArn": topic, "Protocol": "email", "Endpoint": "root@example.com"}
    for attributes in ({"FilterPolicy": "{"}, {"Unknown": "x"}):
        assert refusal(sns.subscribe, **wanted, Attributes=attributes)[0] == "InvalidParameter"
    assert listed(sns, topic) == []


def test_attributes_come_back(sns: Any, topic: str) -> None:
    attributes = {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"a": ["b"]}', "RawMessageDelivery": "true"}
    queue = f"arn:aws:sqs:us-east-1:{MANAGEMENT}:queue"
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)["SubscriptionArn"]
    answer = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert {name: answer[name] for name in attributes} == attributes


def test_messages_reach_confirmed_queues_only(client: Clients, sns: Any, topic: str) -> None:
    queue = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{MANAGEMENT}:queue")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{MANAGEMENT}:missing")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://unconfirmed.invalid/hook")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://confirmed.invalid/hook")
    token = next(each.token for each in confirmation_tokens(topic) if "//confirmed" in each.endpoint)
    sns.confirm_subscription(TopicArn=topic, Token=token)
    sns.publish(TopicArn=topic, Message="root was here")
    (message,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "root was here"


def test_pages_of_100(sns: Any, topic: str, refusal: Refusal) -> None:
    for number in range(101):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{number:03}@example.com")
    first = sns.list_subscriptions_by_topic(TopicArn=topic)
    rest = sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=first["NextToken"])
    assert (len(first["Subscriptions"]), len(rest["Subscriptions"]), "NextToken" in rest) == (100, 1, False)
    pages = sns.get_paginator("list_subscriptions").paginate()
    assert [len(page["Subscriptions"]) for page in pages] == [100, 1]
    assert refusal(sns.list_subscriptions_by_topic, TopicArn=topic, NextToken="x")[0] == "InvalidParameter"


@pytest.mark.parametrize("operation", ["list_subscriptions_by_topic", "get_topic_attributes"])
def test_topics_not_found(client: Clients, sns: Any, topic: str, refusal: Refusal, operation: str) -> None:
    assert refusal(getattr(sns, operation), TopicArn=f"{topic}x") == ("NotFound", "Topic does not exist")
    elsewhere = client("sns", region="eu-west-1")
    assert refusal(getattr(elsewhere, operation), TopicArn=topic) == ("InvalidParameter", "Invalid parameter: TopicArn")
    code, message = refusal(getattr(sns, operation), TopicArn="root-use")
    assert (code, "An ARN must have at least 6 elements, not 1" in message) == ("InvalidParameter", True)


def test_publishing_needs_a_topic_of_the_region(client: Clients, sns: Any, topic: str, refusal: Refusal) -> None:
    assert refusal(sns.publish, TopicArn=f"{topic}x", Message="m")[0] == "NotFound"
    assert refusal(client("sns", region="eu-west-1").publish, TopicArn=topic, Message="m")[0] == "InvalidParameter"


def policy(topic: str, **changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "SNS:ListSubscriptionsByTopic",
        "Resource": topic,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


def set_policy(sns: Any, topic: str, text: str) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        pytest.param({}, True, id="everybody"),
        pytest.param({"Principal": {"AWS": "MEMBER"}}, True, id="the-account"),
        pytest.param({"Principal": {"AWS": "arn:aws:iam::MEMBER:root"}}, True, id="the-account-by-arn"),
        pytest.param({"Principal": {"AWS": "999999999999"}}, False, id="another-account"),
        pytest.param({"Principal": {"Service": "cloudwatch.amazonaws.com"}}, False, id="a-service"),
        pytest.param({"Action": "sns:list*"}, True, id="any-case-and-wildcard"),
        pytest.param({"Action": "SNS:Publish"}, False, id="another-action"),
        pytest.param({"Resource": "arn:aws:sns:*:*:other"}, False, id="another-topic"),
        pytest.param({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORG"}}}, True, id="the-organization"),
        pytest.param({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}}, False, id="another-one"),
        pytest.param({"Condition": {"StringEquals": {"AWS:SourceOwner": "MEMBER"}}}, True, id="source-owner"),
        pytest.param({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False, id="not-over-http"),
    ],
)
def test_the_policy_decides_for_other_accounts(
    client: Clients,
    organization: Any,
    topic: str,
    refusal: Refusal,
    *,
    changes: dict[str, Any],
    allowed: bool,
) -> None:
    sns, member = client("sns"), client("sns", organization.member)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="root@example.com")
    organization_id = client("organizations").describe_organization()["Organization"]["Id"]
    text = policy(topic, **changes).replace("MEMBER", organization.member).replace("ORG", organization_id)
    set_policy(sns, topic, text)
    if allowed:
        assert listed(member, topic) == [("root@example.com", "PendingConfirmation")]
        return
    code, message = refusal(member.list_subscriptions_by_topic, TopicArn=topic)
    assert code == "AuthorizationError"
    assert message.endswith(
        f"is not authorized to perform: SNS:ListSubscriptionsByTopic on resource: {topic} "
        "because no resource-based policy allows the SNS:ListSubscriptionsByTopic action"
    )


def test_the_default_policy_is_closed_to_other_accounts(
    client: Clients, organization: Any, topic: str, refusal: Refusal
) -> None:
    member = client("sns", organization.member)
    for operation, parameters in (
        (member.list_subscriptions_by_topic, {}),
        (member.get_topic_attributes, {}),
        (member.subscribe, {"Protocol": "email", "Endpoint": "root@example.com"}),
        (member.publish, {"Message": "m"}),
        (member.delete_topic, {}),
    ):
        assert refusal(operation, TopicArn=topic, **parameters)[0] == "AuthorizationError"


def test_a_denial_counts_in_the_topic_s_own_account(sns: Any, topic: str, refusal: Refusal) -> None:
    set_policy(sns, topic, policy(topic, Effect="Deny"))
    code, message = refusal(sns.list_subscriptions_by_topic, TopicArn=topic)
    assert (code, "with an explicit deny in a resource-based policy" in message) == ("AuthorizationError", True)


def test_a_policy_must_be_one(sns: Any, topic: str, refusal: Refusal) -> None:
    for text in ("{", '{"Version": "2012-10-17"}', policy(topic, Effect="Permit")):
        wanted = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": text}
        assert refusal(sns.set_topic_attributes, **wanted)[0] == "InvalidParameter"
        assert refusal(sns.create_topic, Name="new", Attributes={"Policy": text})[0] == "InvalidParameter"


def test_a_queue_owner_subscribes_to_another_account_s_topic(
    client: Clients, organization: Any, topic: str, refusal: Refusal
) -> None:
    sns, member = client("sns"), client("sns", organization.member)
    sns.add_permission(TopicArn=topic, Label="member", AWSAccountId=[organization.member], ActionName=["Subscribe"])
    queue = client("sqs", organization.member).create_queue(QueueName="queue")["QueueUrl"]
    endpoint = f"arn:aws:sqs:us-east-1:{organization.member}:queue"
    arn = member.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    assert listed(sns, topic) == [(endpoint, arn)]
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert [each["Owner"] for each in member.list_subscriptions()["Subscriptions"]] == [organization.member]
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=arn) == (
        "AuthorizationError",
        "Not authorized to access this subscription",
    )
    sns.publish(TopicArn=topic, Message="root was here")
    assert len(client("sqs", organization.member).receive_message(QueueUrl=queue)["Messages"]) == 1
    assert refusal(client("sns", organization.other).unsubscribe, SubscriptionArn=arn)[0] == "AuthorizationError"
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert member.list_subscriptions()["Subscriptions"] == []
