"""AWS Config: the remediations that conformance packs brought. They are shown and never run.

https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeRemediationConfigurations.html
"""

from typing import Any

from rootguard.sandbox.config_rules.packs import packs_of
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.config_rules.rules import CONFORMS_PRINCIPAL
from rootguard.sandbox.dispatch import Call, operation


@operation("config:DescribeRemediationConfigurations")
def describe_remediation_configurations(call: Call) -> dict[str, Any]:
    """List the remediations of the named rules."""
    packs = packs_of(Place(call.account_id, call.region)).by_name.values()
    shown = [
        {**remediation, "CreatedByService": CONFORMS_PRINCIPAL}
        for pack in list(packs)
        for remediation in pack.remediations.values()
        if remediation["ConfigRuleName"] in call.parameters["ConfigRuleNames"]
    ]
    return {"RemediationConfigurations": shown}
