"""The events that decide whether a filter or a pattern is right: root's own, ordinary ones, and what lies between."""

import copy
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("events.json")
_PLACEHOLDER_ACCOUNT = "111122223333"


class Group(StrEnum):
    """What it means that something fires on an event."""

    MUST_FIRE = "must_fire"
    QUIET = "quiet"
    NOISE = "noise"
    ASSUME_ROOT = "assume_root"


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """A CloudTrail event of the judged account.

    Attributes:
        title: What happens in it, in words that a reason can quote.
    """

    title: str
    group: Group
    detail: Mapping[str, Any]

    @property
    def message(self) -> str:
        """The event as CloudTrail delivers it to a log group: one JSON object, different for every event."""
        return json.dumps(self.detail, separators=(",", ":"))

    def on_bus(self, region: str, detail_type: str) -> dict[str, Any]:
        """The event as EventBridge has it on the default bus of a Region.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
        """
        detail = copy.deepcopy(dict(self.detail)) | {"awsRegion": region}
        return {
            "version": "0",
            "id": self.detail["eventID"],
            "detail-type": detail_type,
            "source": f"aws.{self.detail['eventSource'].partition('.')[0]}",
            "account": self.detail["recipientAccountId"],
            "time": self.detail["eventTime"],
            "region": region,
            "resources": [],
            "detail": detail,
        }


def load_events(account_id: str, partition: str) -> tuple[TrailEvent, ...]:
    """The events of events.json as if they had happened in an account."""
    return tuple(_substituted(event, account_id, partition) for event in _events())


@functools.cache
def _events() -> tuple[TrailEvent, ...]:
    groups = json.loads(_FILE.read_text("utf-8"))["groups"]
    return tuple(TrailEvent(item["title"], group, item["event"]) for group in Group for item in groups[group])


def _substituted(event: TrailEvent, account_id: str, partition: str) -> TrailEvent:
    text = json.dumps(event.detail).replace(_PLACEHOLDER_ACCOUNT, account_id).replace("arn:aws:", f"arn:{partition}:")
    return TrailEvent(event.title, event.group, json.loads(text))
