"""Automation rules: what an administrator lets happen to findings on their way in.

https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html. They look at the finding as its provider
sent it ("original, provider-supplied findings"), completed by what Security Hub fills in, and not at what customers or
other rules made of it.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.security_hub.administration import administrator_of
from rootguard.sandbox.security_hub.customer_fields import update
from rootguard.sandbox.security_hub.filter_checks import RULE_CRITERIA
from rootguard.sandbox.security_hub.filters import matches
from rootguard.sandbox.security_hub.hub import Finding, is_on
from rootguard.sandbox.state import state

MOST_RULES = 100
"""Of one administrator."""


@dataclass
class AutomationRule:
    """A rule.

    Attributes:
        definition: RuleName, RuleOrder, Criteria and whatever else describes it, by the API's names.
        created: When it was made; findings that came before are not its business.
        edited: When it was last changed.
        created_by: Who made it, by ARN.
    """

    arn: str
    definition: dict[str, Any]
    created: datetime
    edited: datetime
    created_by: str

    def describe(self) -> dict[str, Any]:
        """The rule as BatchGetAutomationRules shows it."""
        times = {"CreatedAt": self.created, "UpdatedAt": self.edited, "CreatedBy": self.created_by}
        return {"RuleArn": self.arn, **self.definition, **times}


@dataclass
class AutomationRules:
    """The rules of one place, by ARN."""

    by_arn: dict[str, AutomationRule] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


def rules_of(place: Place) -> AutomationRules:
    """The rules that an account made in a Region."""
    return state(AutomationRules, place.account_id, place.region)


def apply_rules(place: Place, original: Mapping[str, Any], finding: Finding) -> None:
    """Let the rules of whoever administers the hub act upon a finding.

    "Security Hub CSPM applies the rule with the lowest numerical value for RuleOrder first ... If multiple [rules] have
    the same RuleOrder, [it] applies a rule with an earlier value for the UpdatedAt field first"; nothing is evaluated
    after a terminal rule that matches.

    Args:
        place: Whose finding it is.
        original: The finding as its provider sent it, with what Security Hub fills in.
        finding: The finding as it will stand in the hub, which is changed.
    """
    for rule in _acting(administrator_of(place) or place):
        if not matches(original, rule.definition["Criteria"], RULE_CRITERIA):
            continue
        for action in rule.definition["Actions"]:
            update(finding, action.get("FindingFieldsUpdate") or {}, datetime.now(UTC))
        if rule.definition["IsTerminal"]:
            return


def _acting(place: Place) -> list[AutomationRule]:
    if not is_on(place):
        return []
    rules = rules_of(place)
    with rules.lock:
        enabled = [rule for rule in rules.by_arn.values() if rule.definition["RuleStatus"] == "ENABLED"]
    return sorted(enabled, key=lambda rule: (rule.definition["RuleOrder"], rule.edited))
