"""What EventBridge hears of StackSets."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def listening(organization: Any, account_id: str) -> Any:
    """Send the account's CloudFormation events to a queue; a function that takes them out."""
    sqs, events = organization.client(account_id, "sqs"), organization.client(account_id, "events")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account_id}:events"
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    pattern = {"source": ["aws.cloudformation"], "detail": {"stack-set-arn": [{"exists": True}]}}
    events.put_rule(Name="stack-sets", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="stack-sets", Targets=[{"Id": "queue", "Arn": arn}])

    def taken() -> list[dict[str, Any]]:
        organization.rest()
        found = list[dict[str, Any]]()
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return taken


def told(events: list[dict[str, Any]], detail_type: str) -> list[tuple[Any, ...]]:
    return sorted(
        (event["detail"].get("action"), *event["detail"]["status-details"].values())
        for event in events
        if event["detail-type"] == f"CloudFormation StackSet {detail_type}Status Change"
    )


def test_the_life_of_a_stack_set(organization: Any) -> None:
    taken = listening(organization, organization.management_id)
    organization.stack_set()
    created = taken()
    operation_id = organization.deploy("Sandbox")
    deployed = taken()
    organization.delete(organization.targets("Sandbox"))
    organization.cloudformation.delete_stack_set(StackSetName="topics")
    deleted = taken()
    [active] = created
    assert told(created, "") == [(None, "ACTIVE")]
    assert active["resources"] == [active["detail"]["stack-set-arn"]]
    assert told(deployed, "Operation ") == [("CREATE", "RUNNING"), ("CREATE", "SUCCEEDED")]
    assert told(deployed, "StackInstance ") == [
        ("CREATE", "CURRENT", "", "SUCCEEDED"),
        ("CREATE", "OUTDATED", "", "PENDING"),
        ("CREATE", "OUTDATED", "", "RUNNING"),
    ]
    assert {event["detail"].get("stack-set-operation-id", operation_id) for event in deployed} == {operation_id}
    [stack_id] = [
        event["detail"]["stack-id"]
        for event in deployed
        if event["detail"]["status-details"].get("detailed-status") == "SUCCEEDED"
    ]
    assert stack_id.split(":")[4] == organization.accounts["epsilon"]
    assert told(deleted, "") == [(None, "DELETED")]


@pytest.mark.parametrize(
    ("listener", "hears"),
    [pytest.param("management", True, id="management-account"), pytest.param("alpha", False, id="delegate")],
)
def test_who_hears_of_a_delegates_stack_set(organization: Any, listener: str, *, hears: bool) -> None:
    delegate = organization.accounts["alpha"]
    organization.client(organization.management_id, "organizations").register_delegated_administrator(
        AccountId=delegate, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    taken = listening(organization, {"management": organization.management_id, "alpha": delegate}[listener])
    organization.client(delegate, "cloudformation").create_stack_set(
        StackSetName="topics",
        TemplateBody="Resources: {T: {Type: AWS::SNS::Topic}}",
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
        CallAs="DELEGATED_ADMIN",
    )
    assert bool(taken()) is hears
