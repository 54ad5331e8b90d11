"""Event buses: who may put events on them, and which rules take an event up.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
"""

from collections.abc import Iterator
from functools import lru_cache

from moto.events.models import EventBus, Rule, events_backends

from rootguard.sandbox.background import WorkQueue, queue
from rootguard.sandbox.event_delivery.event import Event
from rootguard.sandbox.event_pattern import matches, parse
from rootguard.sandbox.event_pattern.parsing import Goal
from rootguard.sandbox.json_text import read
from rootguard.sandbox.resource_access import Resource, own_policy

_ARN_ELEMENTS = 6
_ENABLED = frozenset({"ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})


@queue
class EventDeliveries(WorkQueue):
    """Events on their way from a bus to the targets of its rules."""

    def __init__(self) -> None:
        super().__init__("event-delivery", 2)


def find_bus(account_id: str, region: str, name: str = "default") -> EventBus | None:
    """An event bus by its name or its ARN's last part."""
    return events_backends[account_id][region].event_buses.get(name)


def bus_of_arn(arn: str) -> EventBus | None:
    """The event bus of that ARN, None if there is none."""
    parts = arn.split(":", 5)
    if len(parts) < _ARN_ELEMENTS:
        return None
    return find_bus(parts[4], parts[3], parts[5].removeprefix("event-bus/"))


def bus_resource(bus: EventBus) -> Resource:
    """The event bus as policies see it."""
    return Resource(bus.arn, bus.account_id, own_policy(bus.policy, bus.arn))


def matching(bus: EventBus, event: Event) -> Iterator[Rule]:
    """The bus's rules that are enabled and whose pattern matches.

    A read-only management event is seen only by rules in the state that is named after it (events:PutRule, API model).
    """
    document = read(event.text)
    for rule in list(bus.rules.values()):
        pattern = rule.describe().get("EventPattern")
        if rule.state not in _ENABLED or not pattern:
            continue
        if rule.state == "ENABLED" and event.is_read_only_api_call:
            continue
        if matches(_goals(pattern), document):
            yield rule


@lru_cache(maxsize=1024)
def _goals(pattern: str) -> tuple[Goal, ...]:
    return parse(pattern)
