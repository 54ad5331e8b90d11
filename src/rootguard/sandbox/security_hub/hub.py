"""A hub: Security Hub switched on in one account and Region, with its findings.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.security_hub.timestamps import moment
from rootguard.sandbox.state import state

SERVICE = "securityhub"
PRINCIPAL = "securityhub.amazonaws.com"

type Attributes = dict[str, Any]
"""A finding in the AWS Security Finding Format (AwsSecurityFinding, API model)."""


class FindingKey(NamedTuple):
    """What tells one finding from another: "the ARN of the finding provider" and its identifier there."""

    product_arn: str
    id: str


@dataclass
class Finding:
    """A finding in a hub.

    Attributes:
        attributes: As GetFindings shows it.
        by_customer: The attributes that BatchUpdateFindings set, over which a provider has no power any more.
    """

    attributes: Attributes
    by_customer: set[str] = field(default_factory=set)

    @property
    def key(self) -> FindingKey:
        """What tells it from others."""
        return FindingKey(self.attributes["ProductArn"], self.attributes["Id"])

    def expired(self, now: datetime) -> bool:
        """Whether the hub has forgotten it.

        "Security Hub CSPM compares the values for [ProcessedAt and UpdatedAt] and determines which is more recent. If
        the more recent value was more than 90 days ago for an active finding", 30 for an archived one, it is deleted
        (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html).
        """
        settings = state(Settings)
        archived = self.attributes["RecordState"] == "ARCHIVED"
        kept = settings.archived_retention if archived else settings.active_retention
        latest = max(moment(self.attributes["ProcessedAt"]), moment(self.attributes["UpdatedAt"]))
        return now - latest > kept


@dataclass
class Hub:
    """Security Hub of one place.

    Attributes:
        subscribed: Since when it is on, None while it is off.
        disabled: Since when it is off, None if it never was on.
        auto_enable_controls: As UpdateSecurityHubConfiguration sets it; the sandbox runs no controls.
        control_finding_generator: Likewise.
        findings: By key.
    """

    subscribed: datetime | None = None
    disabled: datetime | None = None
    auto_enable_controls: bool = True
    control_finding_generator: str = "SECURITY_CONTROL"
    findings: dict[FindingKey, Finding] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def current(self) -> list[Finding]:
        """The findings that have not expired; those that have are deleted."""
        now = datetime.now(UTC)
        with self.lock:
            for key in [key for key, finding in self.findings.items() if finding.expired(now)]:
                del self.findings[key]
            return list(self.findings.values())


def hub_of(place: Place) -> Hub:
    """The hub of a place, on or off."""
    return state(Hub, place.account_id, place.region)


def is_on(place: Place) -> bool:
    """Whether the account is subscribed to Security Hub in the Region."""
    return hub_of(place).subscribed is not None


def switch_on(place: Place) -> None:
    """Switch Security Hub on; what an earlier subscription left is there again if it was not off for too long."""
    hub = hub_of(place)
    with hub.lock:
        now = datetime.now(UTC)
        if hub.disabled is not None and now - hub.disabled > state(Settings).disabled_retention:
            hub.findings.clear()
        hub.subscribed, hub.disabled = now, None


def switch_off(place: Place) -> None:
    """Switch Security Hub off; the findings stay for a while, out of sight."""
    hub = hub_of(place)
    with hub.lock:
        hub.subscribed, hub.disabled = None, datetime.now(UTC)


def place_of(call: Call) -> Place:
    """Where a request is made."""
    return Place(call.account_id, call.region)


def subscribed(call: Call) -> Hub:
    """The caller's hub.

    Raises:
        AwsError: InvalidAccessException where Security Hub is off, worded as
            https://github.com/joshlarsen/aws-recon/issues/65 quotes AWS.
    """
    hub = hub_of(place_of(call))
    if hub.subscribed is None:
        raise invalid_access(f"Account {call.account_id} is not subscribed to AWS Security Hub")
    return hub


def invalid_access(message: str) -> AwsError:
    """The refusal of an account that may not do that here."""
    return AwsError("InvalidAccessException", message)


def invalid_input(message: str) -> AwsError:
    """The refusal of a value."""
    return AwsError("InvalidInputException", message)


def not_found(message: str) -> AwsError:
    """The refusal of what does not exist."""
    return AwsError("ResourceNotFoundException", message)


def hub_arn(place: Place) -> str:
    """The ARN of a hub."""
    return place.arn("hub/default", SERVICE)


def default_product(place: Place) -> str:
    """The ARN under which an account imports findings of its own programs.

    https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
    """
    return place.arn(f"product/{place.account_id}/default", SERVICE)
