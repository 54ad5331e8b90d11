"""The way of a finding into a hub: created or updated, put through the automation rules, announced."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.security_hub.announcements import announce
from rootguard.sandbox.security_hub.automation_rules import apply_rules
from rootguard.sandbox.security_hub.hub import Finding, FindingKey, hub_of
from rootguard.sandbox.security_hub.importing import created, is_news, updated


def take_in(place: Place, given: Mapping[str, Any], *, of_service: bool = False) -> None:
    """Create or update a finding; an import that is not newer than the finding is ignored.

    Args:
        place: The hub, which is on.
        given: The finding as its provider sends it, which adheres to the format.
        of_service: Whether the provider is an AWS service whose integration may resolve what passes now.
    """
    hub, now = hub_of(place), datetime.now(UTC)
    with hub.lock:
        hub.current()  # what expired is no finding to update
        known = hub.findings.get(FindingKey(given["ProductArn"], given["Id"]))
        if known is not None and not is_news(known, given):
            return
        original = created(place, given, now)
        finding = original if known is None else updated(known, place, given, now)
        if of_service:
            _resolve(finding, given)
        apply_rules(place, deepcopy(original.attributes), finding)
        hub.findings[finding.key] = finding
    announce(place, finding)


def _resolve(finding: Finding, given: Mapping[str, Any]) -> None:
    """Resolve a finding that passes: "if the Compliance.Status changes from FAILED to PASSED" (AWS Config's table).

    Whether that is so of a suppressed finding too is not said; here it stays suppressed.
    """
    workflow = finding.attributes["Workflow"]
    if given["Workflow"]["Status"] == "RESOLVED" and workflow["Status"] != "SUPPRESSED":
        workflow["Status"] = "RESOLVED"
