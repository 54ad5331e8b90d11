"""EventBridge rules on the default bus, and AWS's own word on which events they accept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.kit.account import Account

_ENABLED = ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


@dataclass(frozen=True, slots=True)
class EventRule:
    """An enabled rule with an event pattern."""

    name: str
    region: str
    pattern: str

    def may_accept(self, detail_type: str) -> bool:
        """False only where the pattern's literal detail-types leave this one out, so that AWS need not be asked."""
        match _parsed(self.pattern):
            case {"detail-type": [*listed]} if all(isinstance(value, str) for value in listed):
                return detail_type in listed
            case _:
                return True


def _parsed(pattern: str) -> object:
    try:
        return json.loads(pattern)
    except ValueError:
        return None


def read_event_rules(account: Account, region: str) -> tuple[EventRule, ...]:
    """The enabled rules of the default bus that match events (events:ListRules, all pages).

    Raises:
        EvidenceUnavailable: The call failed or a rule lacks a member.
    """
    pages = account.pages("events:ListRules", region=region)
    return tuple(
        EventRule(rule.text("Name"), region, rule.text("EventPattern"))
        for page in pages
        for rule in page.structures("Rules")
        if rule.text("State") in _ENABLED and "EventPattern" in rule
    )


def read_accepts(account: Account, rule: EventRule, event: Mapping[str, Any]) -> bool:
    """Whether a rule's pattern accepts an event, as AWS judges (events:TestEventPattern).

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html

    Raises:
        EvidenceUnavailable: The call failed or gives no result.
    """
    answer = account.call(
        "events:TestEventPattern", region=rule.region, EventPattern=rule.pattern, Event=json.dumps(event)
    )
    return answer.flag("Result")


def read_targets(account: Account, rule: EventRule) -> tuple[str, ...]:
    """The ARNs of a rule's targets (events:ListTargetsByRule, all pages).

    Raises:
        EvidenceUnavailable: The call failed or a target lacks its ARN.
    """
    pages = account.pages("events:ListTargetsByRule", region=rule.region, Rule=rule.name)
    return tuple(target.text("Arn") for page in pages for target in page.structures("Targets"))
