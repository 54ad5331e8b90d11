"""EventBridge: events on buses, the rules that match them, and their delivery to targets.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is-how-it-works-concepts.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rootguard.sandbox.event_delivery.buses import find_bus
from rootguard.sandbox.event_delivery.event import Occurrence, event_of
from rootguard.sandbox.event_delivery.routing import put_on

__all__ = ["publish"]


def publish(  # noqa: PLR0913, PLR0917 - an event's own members
    account_id: str,
    region: str,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str],
) -> None:
    """Put an AWS service's event on the account's default event bus; it is delivered in the background.

    Args:
        account_id: Whose bus.
        region: In which Region.
        source: The service, `aws.cloudformation`.
        detail_type: What happened, as the service's documentation writes it.
        detail: Whatever else there is to tell.
        resources: The ARNs of what it happened to.
    """
    bus = find_bus(account_id, region)
    if bus is not None:
        occurrence = Occurrence(source, detail_type, json.dumps(detail), resources)
        put_on(bus, event_of(occurrence, account_id, region))
