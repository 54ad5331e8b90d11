"""The events of findings: "all new findings and all updates to existing findings", each in one event.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html; an administrator's event
bus gets those of its members too (securityhub-cwe-integration-types).
"""

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.event_delivery import publish
from rootguard.sandbox.security_hub.administration import administrator_of
from rootguard.sandbox.security_hub.hub import Finding

SOURCE = "aws.securityhub"
IMPORTED = "Security Hub Findings - Imported"


def announce(place: Place, finding: Finding) -> None:
    """Put the event of a finding that came or changed on the event buses of those who see it."""
    administrator = administrator_of(place)
    resource = f"{finding.key.product_arn}/{finding.key.id}"
    for each in (place, administrator):
        if each is not None:
            detail = {"findings": [finding.attributes]}
            publish(each.account_id, each.region, SOURCE, IMPORTED, detail, [resource])
