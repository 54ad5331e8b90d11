"""An event as EventBridge passes it on.

https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_READ_ONLY = ("Describe", "Get", "List")


@dataclass(frozen=True, slots=True)
class Event:
    """An event.

    Attributes:
        text: Its JSON; patterns may tell how a number of `detail` was written.
        forwarded: Whether it came from another event bus.
    """

    text: str
    forwarded: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """What the JSON says."""
        return dict(json.loads(self.text))

    @property
    def id(self) -> str:
        """The event's id, which it keeps on its way through event buses."""
        return str(self.fields["id"])

    @property
    def is_read_only_api_call(self) -> bool:
        """Whether it tells of a management event by which nothing was changed.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
        """
        fields = self.fields
        if fields["detail-type"] != "AWS API Call via CloudTrail":
            return False
        return str(fields["detail"].get("eventName", "")).startswith(_READ_ONLY)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What there is to tell by an event.

    Attributes:
        source: `aws.config`, or the name that a customer's program gives itself.
        detail_type: What it is about.
        detail: A JSON object, as text.
        resources: ARNs.
        time: When it happened, now if not given.
    """

    source: str
    detail_type: str
    detail: str
    resources: Sequence[str] = ()
    time: datetime | None = None


def event_of(occurrence: Occurrence, account_id: str, region: str) -> Event:
    """A new event, which comes from that account and Region."""
    envelope = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": occurrence.detail_type,
        "source": occurrence.source,
        "account": account_id,
        "time": (occurrence.time or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": list(occurrence.resources),
    }
    return Event(f'{json.dumps(envelope)[:-1]}, "detail": {occurrence.detail}}}')
