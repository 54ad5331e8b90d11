"""From a bus to its rules' targets: one delivery each, to a dead-letter queue if it fails, else on record only.

EventBridge tries for 24 hours what may still work. Here nothing is throttled, and "for errors that result from missing
permissions to a target, or a target resource that no longer exists" it does not retry either
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moto.events.models import EventBus, Rule

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.event_delivery.buses import EventDeliveries, bus_of_arn, bus_resource, matching
from rootguard.sandbox.event_delivery.event import Event
from rootguard.sandbox.event_delivery.inputs import target_input
from rootguard.sandbox.recipients import Message, deliver
from rootguard.sandbox.senders import AccountSender, RoleSender, Sender, ServiceSender
from rootguard.sandbox.state import state

SERVICE = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class FailedInvocation:
    """A delivery that came to nothing: an event of EventBridge's metric FailedInvocations.

    Attributes:
        dead_lettered: Whether the event went to the target's dead-letter queue; otherwise it is lost.
    """

    rule_arn: str
    target_arn: str
    event_id: str
    code: str
    message: str
    dead_lettered: bool


@dataclass
class FailedInvocations:
    """Every failed delivery of an account and Region, `state(FailedInvocations, account_id, region).all`."""

    all: list[FailedInvocation] = field(default_factory=list)


def put_on(bus: EventBus, event: Event) -> None:
    """Take an event up: deliver it, in the background, to the targets of the rules that match it now."""
    for rule in matching(bus, event):
        for target in list(rule.targets):
            state(EventDeliveries).submit(partial(_deliver, rule, dict(target), event))


def _deliver(rule: Rule, target: Mapping[str, Any], event: Event) -> None:
    """Deliver an event to one target."""
    try:
        _hand_over(rule, target, event)
    except AwsError as refusal:
        if refusal.code == NOT_IMPLEMENTED:
            raise
        saved = _dead_letter(rule, target, event, refusal)
        failure = FailedInvocation(rule.arn, target["Arn"], event.id, refusal.code, refusal.message, saved)
        state(FailedInvocations, rule.account_id, rule.region_name).all.append(failure)


def _hand_over(rule: Rule, target: Mapping[str, Any], event: Event) -> None:
    sender = _sender(rule, target)
    if target["Arn"].split(":")[2] == "events":
        _forward(sender, target["Arn"], event)
        return
    group_id = (target.get("SqsParameters") or {}).get("MessageGroupId")
    deliver(sender, target["Arn"], Message(target_input(target, event, rule.arn, rule.name), group_id=group_id))


def _sender(rule: Rule, target: Mapping[str, Any]) -> Sender:
    """EventBridge itself, or the target's role, which a target in another account and an event bus need.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html,
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html: without a role, an event bus of
    another account sees the sending account, of which it knows the id only.
    """
    partition = rule.arn.split(":")[1]
    if target.get("RoleArn"):
        return RoleSender.assumed(target["RoleArn"], SERVICE, rule.name[:64])
    if target["Arn"].split(":")[2] == "events":
        return AccountSender(rule.account_id, partition)
    if target["Arn"].split(":")[4] != rule.account_id:
        message = f"A target in another account needs a role: {target['Arn']} has no RoleArn."
        raise AwsError("NO_PERMISSIONS", message, 403)
    return ServiceSender(SERVICE, rule.arn, rule.account_id)


def _forward(sender: Sender, bus_arn: str, event: Event) -> None:
    """Put an event on another bus; what came from a bus already goes no further.

    "If a receiver account sets up a rule that sends events received from a sender account on to a third account, these
    events are not sent to the third account" (eb-cross-account).
    """
    if event.forwarded:
        return
    bus = bus_of_arn(bus_arn)
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {bus_arn} does not exist.")
    fields = event.fields
    keys = {"events:source": fields["source"], "events:detail-type": fields["detail-type"]}
    sender.require("events:PutEvents", bus_resource(bus), **keys)
    put_on(bus, Event(event.text, forwarded=True))


def _dead_letter(rule: Rule, target: Mapping[str, Any], event: Event, refusal: AwsError) -> bool:
    """Send an undeliverable event to the target's dead-letter queue; whether that succeeded.

    The attributes are those of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html.
    """
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue_arn:
        return False
    attributes = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": "NO_PERMISSIONS" if refusal.code.startswith("AccessDenied") else refusal.code,
        "ERROR_MESSAGE": refusal.message,
    }
    try:
        deliver(ServiceSender(SERVICE, rule.arn, rule.account_id), queue_arn, Message(event.text, attributes))
    except AwsError as closed:
        if closed.code == NOT_IMPLEMENTED:
            raise
        return False
    return True
