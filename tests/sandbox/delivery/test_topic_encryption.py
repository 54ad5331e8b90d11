"""An encrypted topic gets a message only if who sends it may use the topic's key."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.slow

EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}
ENCRYPT = ["kms:GenerateDataKey*", "kms:Decrypt"]
PUBLISH = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
USE_KEY = {"Effect": "Allow", "Action": ENCRYPT, "Resource": "*"}
OURS = {"Condition": {"StringEquals": {"aws:SourceAccount": "ACCOUNT"}}}
THIS_TOPIC = {"Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": "TOPIC"}}}
THROUGH_SNS = {"Condition": {"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}}
FAILS = "def handler(event, context):\n    raise PermissionError('not allowed')"
MANAGED = "alias/aws/sns"


def encrypted(post: Any, topic: str, *allow: Mapping[str, Any], owner: str | None = None) -> str:
    """Give a topic a key with these statements in its policy, of its own account if no other owns it."""
    root = {"Principal": {"AWS": owner or post.account_id}, "Action": "kms:*"}
    statements = [{"Effect": "Allow", "Action": ENCRYPT, "Resource": "*", **each} for each in (root, *allow)]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    policy = text.replace("ACCOUNT", post.account_id).replace("TOPIC", topic)
    key = post.client("kms", owner).create_key(Policy=policy)["KeyMetadata"]["Arn"]
    encrypt(post, topic, key)
    return str(key)


def encrypt(post: Any, topic: str, key: str) -> None:
    post.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)


def put_event(post: Any, topic: str) -> str:
    """An event for which a rule's target is the topic; the rule's ARN."""
    rule = str(post.rule(post.bus(), {"Arn": topic}))
    post.put(EventBusName=rule.split("/")[1])
    return rule


@pytest.mark.parametrize(
    ("allow", "arrived"),
    [
        pytest.param([EVENTS], 1, id="EventBridge may use the key"),
        pytest.param([EVENTS | THIS_TOPIC], 1, id="for this topic"),
        pytest.param([], 0, id="only the account may"),
        pytest.param([EVENTS | {"Action": "kms:Decrypt"}], 0, id="it may decrypt only"),
        pytest.param([EVENTS | {"Action": "kms:GenerateDataKey"}], 0, id="it may generate data keys only"),
        pytest.param([EVENTS | OURS], 0, id="a condition on keys that EventBridge's requests lack"),
    ],
)
def test_events_reach_an_encrypted_topic(post: Any, allow: list[Mapping[str, Any]], arrived: int) -> None:
    topic, queue = post.open_topic(EVENTS)
    encrypted(post, topic, *allow)
    rule = put_event(post, topic)
    assert len(post.bodies(queue)) == arrived
    assert len(post.failed_invocations(rule)) == 1 - arrived


def test_events_reach_no_topic_with_the_key_that_aws_manages(post: Any) -> None:
    topic, queue = post.open_topic(EVENTS)
    encrypt(post, topic, MANAGED)
    rule = put_event(post, topic)
    assert post.bodies(queue) == []
    assert len(post.failed_invocations(rule)) == 1


def failed(post: Any, topic: str, *permissions: Mapping[str, Any]) -> list[str]:
    """Have a function fail whose role has these permissions and whose failures go to a topic; the delivery's errors."""
    role = post.role("lambda.amazonaws.com", *permissions)
    function = post.function(FAILS, role)
    destination = {"OnFailure": {"Destination": topic}}
    client = post.client("lambda")
    client.put_function_event_invoke_config(FunctionName=function, DestinationConfig=destination)
    client.invoke(FunctionName=function, InvocationType="Event", Payload="{}")
    return [each.code for each in post.delivery_failures(function)]


@pytest.mark.parametrize(
    ("permissions", "errors"),
    [
        pytest.param([PUBLISH, USE_KEY], [], id="the role may use the key"),
        pytest.param([PUBLISH, USE_KEY | THROUGH_SNS], [], id="through SNS"),
        pytest.param([PUBLISH], ["AccessDenied"], id="the role may only publish"),
    ],
)
def test_failures_reach_an_encrypted_topic(post: Any, permissions: list[Mapping[str, Any]], errors: list[str]) -> None:
    topic, queue = post.open_topic()
    encrypted(post, topic)
    assert failed(post, topic, *permissions) == errors
    assert len(post.bodies(queue)) == 1 - len(errors)


def test_a_key_whose_policy_leaves_its_account_out_serves_nobody_there(post: Any) -> None:
    topic, queue = post.open_topic()
    key = encrypted(post, topic)
    nobody = {"Effect": "Allow", "Principal": EVENTS["Principal"], "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
    post.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    assert failed(post, topic, PUBLISH, USE_KEY) == ["AccessDenied"]
    assert post.bodies(queue) == []


def test_the_key_that_aws_manages_serves_who_may_publish_in_its_account(post: Any) -> None:
    topic, queue = post.open_topic()
    encrypt(post, topic, MANAGED)
    assert failed(post, topic, PUBLISH) == []
    assert len(post.bodies(queue)) == 1


@pytest.mark.parametrize(
    ("allow", "errors"),
    [
        pytest.param([{"Principal": {"AWS": "ACCOUNT"}}], [], id="whose policy admits the account"),
        pytest.param([], ["AccessDenied"], id="whose policy does not"),
    ],
)
def test_the_key_may_be_another_accounts(post: Any, allow: list[Mapping[str, Any]], errors: list[str]) -> None:
    topic, queue = post.open_topic()
    encrypted(post, topic, *allow, owner=post.other_id)
    assert failed(post, topic, PUBLISH, USE_KEY) == errors
    assert len(post.bodies(queue)) == 1 - len(errors)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        pytest.param(lambda kms, key: kms.disable_key(KeyId=key), "KMSDisabled", id="disabled"),
        pytest.param(lambda kms, key: kms.schedule_key_deletion(KeyId=key), "KMSInvalidState", id="to be deleted"),
    ],
)
def test_a_key_that_is_out_of_use(post: Any, end: Any, error: str) -> None:
    topic, queue = post.open_topic()
    end(post.client("kms"), encrypted(post, topic))
    assert failed(post, topic, PUBLISH, USE_KEY) == [error]
    assert post.bodies(queue) == []


@pytest.mark.parametrize("name", ["alias/of-a-topic", "arn:aws:kms:us-east-1:ACCOUNT:alias/of-a-topic", "ID"])
def test_a_key_may_be_named_by_its_id_or_an_alias(post: Any, name: str) -> None:
    topic, _ = post.open_topic()
    key_id = encrypted(post, topic).rpartition("/")[2]
    kms = post.client("kms")
    kms.create_alias(AliasName="alias/of-a-topic", TargetKeyId=key_id)
    encrypt(post, topic, name.replace("ACCOUNT", post.account_id).replace("ID", key_id))
    assert failed(post, topic, PUBLISH, USE_KEY) == []
    assert failed(post, topic, PUBLISH) == ["AccessDenied"]
    kms.delete_alias(AliasName="alias/of-a-topic")


def test_a_key_that_never_was(post: Any) -> None:
    topic, _ = post.open_topic()
    encrypt(post, topic, post.arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"))
    assert failed(post, topic, PUBLISH, USE_KEY) == ["KMSNotFound"]
