import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import background
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.destinations import DeliveryFailures
from rootguard.sandbox.event_delivery.routing import FailedInvocations
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.state import state

REGION = "us-east-1"


@dataclass
class Post:
    """An account of an organization whose queues, topics and functions a test fills, and another account of it."""

    world: Any
    organization_id: str
    account_id: str
    other_id: str
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def client(self, service: str, account_id: str | None = None, region: str | None = None) -> Any:
        return self.world.client(service, account_id or self.account_id, region)

    def name(self) -> str:
        return f"thing-{next(self.numbers)}"

    def arn(self, service: str, resource: str, account_id: str | None = None) -> str:
        return f"arn:aws:{service}:{REGION}:{account_id or self.account_id}:{resource}"

    def queue(self, *allow: Mapping[str, Any], account_id: str | None = None, **attributes: str) -> str:
        """A new queue with these statements in its policy; its ARN."""
        name = self.name() + (".fifo" if "FifoQueue" in attributes else "")
        arn = self.arn("sqs", name, account_id)
        if allow:
            attributes["Policy"] = self.policy(arn, "sqs:SendMessage", *allow)
        self.client("sqs", account_id).create_queue(QueueName=name, Attributes=attributes)
        return arn

    def policy(self, arn: str, action: str, *allow: Mapping[str, Any]) -> str:
        statements = [{"Effect": "Allow", "Action": action, "Resource": arn, **each} for each in allow]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def open_topic(self, *allow: Mapping[str, Any], account_id: str | None = None) -> tuple[str, str]:
        """A new topic, with these statements in its policy if any are given, and a queue that gets its messages."""
        sns, queue = self.client("sns", account_id), self.queue(account_id=account_id)
        arn = str(sns.create_topic(Name=self.name())["TopicArn"])
        if allow:
            document = self.policy(arn, "sns:Publish", *allow)
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
        return arn, queue

    def bus(self, *allow: Mapping[str, Any], account_id: str | None = None, region: str | None = None) -> str:
        """A new event bus, with these statements in its policy; its ARN."""
        events, name = self.client("events", account_id, region), self.name()
        arn = str(events.create_event_bus(Name=name)["EventBusArn"])
        if allow:
            statements = json.loads(self.policy(arn, "events:PutEvents", *allow))
            for number, statement in enumerate(statements["Statement"]):
                statement["Sid"] = f"s{number}"
            events.put_permission(EventBusName=name, Policy=json.dumps(statements))
        return arn

    def watched(self, bus_arn: str, pattern: Mapping[str, Any] | None = None) -> str:
        """A queue that gets what arrives on a bus."""
        account_id, region = bus_arn.split(":")[4], bus_arn.split(":")[3]
        if region != REGION:
            raise ValueError("queues are made in one Region only")
        queue = self.queue({"Principal": {"Service": "events.amazonaws.com"}}, account_id=account_id)
        self.rule(bus_arn, {"Arn": queue}, pattern=pattern)
        return queue

    def rule(
        self, bus_arn: str, *targets: Mapping[str, Any], pattern: Mapping[str, Any] | None = None, **arguments: Any
    ) -> str:
        """A new rule, for all events of this account if no pattern is given; its ARN."""
        _, _, _, region, account_id, bus = bus_arn.split(":")
        name, events = self.name(), self.client("events", account_id, region)
        wanted = pattern or {"account": [self.account_id]}
        bus_name = bus.removeprefix("event-bus/")
        made = events.put_rule(Name=name, EventBusName=bus_name, EventPattern=json.dumps(wanted), **arguments)
        events.put_targets(
            Rule=name,
            EventBusName=bus_name,
            Targets=[{"Id": str(number), **target} for number, target in enumerate(targets)],
        )
        return str(made["RuleArn"])

    def put(self, source: str = "shop", detail: Mapping[str, Any] | None = None, **entry: Any) -> dict[str, Any]:
        """Put one event; what EventBridge answers about it."""
        wanted = {"Source": source, "DetailType": "sold", "Detail": json.dumps(detail or {}), **entry}
        answer = self.client("events").put_events(Entries=[wanted])
        return dict(answer["Entries"][0])

    def bodies(self, queue_arn: str) -> list[str]:
        """The messages in a queue, once nothing is on its way any more."""
        return [each["Body"] for each in self.messages(queue_arn)]

    def messages(self, queue_arn: str) -> list[dict[str, Any]]:
        assert background.idle(LONGEST_WAIT)
        _, _, _, _, account_id, name = queue_arn.split(":")
        sqs = self.client("sqs", account_id)
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(answer.get("Messages", ()))

    def role(self, service: str, *permissions: Mapping[str, Any], account_id: str | None = None) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return str(self.world.role(account_id or self.account_id, trust, permissions=permissions))

    def function(self, source: str, role_arn: str, **arguments: Any) -> str:
        """A new function; its ARN."""
        request = {
            "FunctionName": self.name(),
            "Runtime": "python3.13",
            "Handler": "module.handler",
            "Role": role_arn,
            "Code": {"ZipFile": zipped(module=source)},
            **arguments,
        }
        client = self.client("lambda", role_arn.split(":")[4])
        return str(client.create_function(**request)["FunctionArn"])

    def echo(self) -> tuple[str, str]:
        """A new function that sends its event on to a queue, and that queue."""
        queue = self.queue()
        role = self.role("lambda.amazonaws.com", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
        url = self.client("sqs").get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        return self.function(ECHO, role, Environment={"Variables": {"QUEUE": url}}), queue

    def permit(self, function_arn: str, **arguments: str) -> None:
        self.client("lambda").add_permission(
            FunctionName=function_arn, StatementId=self.name(), Action="lambda:InvokeFunction", **arguments
        )

    def failed_invocations(self, rule_arn: str) -> list[Any]:
        assert background.idle(LONGEST_WAIT)
        return [each for each in state(FailedInvocations, self.account_id, REGION).all if each.rule_arn == rule_arn]

    def delivery_failures(self, function_arn: str) -> list[Any]:
        assert background.idle(LONGEST_WAIT)
        kept = state(DeliveryFailures, self.account_id, REGION).all
        return [each for each in kept if each.function_arn == function_arn]


ECHO = """
import boto3, json, os

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
    return "echoed"
"""


@pytest.fixture(scope="module")
def post(world: Any) -> Any:
    management_id = world.organization()
    organization = world.client("organizations", management_id).describe_organization()["Organization"]
    return Post(world, organization["Id"], world.member(management_id), world.member(management_id))


@pytest.fixture(autouse=True)
def retries() -> None:
    state(Settings).function_retries = 0
