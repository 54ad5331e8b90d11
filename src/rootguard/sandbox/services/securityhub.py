"""Security Hub switched on and off.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/: EnableSecurityHub, DisableSecurityHub, DescribeHub,
UpdateSecurityHubConfiguration. Standards and controls are not in the sandbox: none is enabled with the hub.
"""

from typing import Any

from moto.securityhub import urls
from moto.securityhub.responses import SecurityHubResponse

from rootguard.sandbox.callers import Caller
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.request_resources import EVERYTHING, resource_finder
from rootguard.sandbox.security_hub.administration import administrator_of, is_administrator
from rootguard.sandbox.security_hub.hub import (
    hub_arn,
    hub_of,
    invalid_input,
    is_on,
    not_found,
    place_of,
    subscribed,
    switch_off,
    switch_on,
)
from rootguard.sandbox.security_hub.tags import tags_of
from rootguard.sandbox.security_hub.timestamps import text

for _path in (
    "/automationrules/create$",
    "/automationrules/delete$",
    "/automationrules/get$",
    "/automationrules/list$",
    "/automationrules/update$",
    "/findings/batchupdate$",
    "/insights$",
    "/insights/get$",
    "/insights/results/(?P<InsightArn>.+)$",
    "/insights/(?P<InsightArn>arn.+)$",
    "/members/disassociate$",
    "/organization/admin$",
    "/organization/admin/disable$",
    "/tags/(?P<ResourceArn>.+)$",
):
    urls.url_paths.setdefault(f"{{0}}{_path}", SecurityHubResponse.dispatch)


@resource_finder("securityhub")
def resource(call: Call, caller: Caller) -> str | None:
    """What a request acts upon.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html: an import upon the
    product, a change of automation rules upon the rules, nearly everything else upon the hub. Of several products or
    rules in one request the sandbox cannot judge a policy that names one.
    """
    del caller
    asked = call.parameters
    match call.operation:
        case "BatchImportFindings":
            return _only({finding.get("ProductArn") for finding in asked.get("Findings", ())})
        case "BatchDeleteAutomationRules" | "BatchGetAutomationRules":
            return _only(set(asked.get("AutomationRulesArns", ())))
        case "BatchUpdateAutomationRules":
            return _only({item.get("RuleArn") for item in asked.get("UpdateAutomationRulesRequestItems", ())})
        case "CreateAutomationRule" | "ListAutomationRules":
            return EVERYTHING
        case _:
            return str(asked.get("ResourceArn") or hub_arn(place_of(call)))


def _only(arns: set[str | None]) -> str | None:
    return arns.pop() if len(arns) == 1 else None


@operation("securityhub:EnableSecurityHub")
def enable_security_hub(call: Call) -> dict[str, Any]:
    """Switch Security Hub on, which can be done once.

    The refusal is worded as https://github.com/nozaq/terraform-aws-secure-baseline/issues/158 quotes AWS.
    """
    place = place_of(call)
    if is_on(place):
        raise AwsError("ResourceConflictException", "Account is already subscribed to Security Hub")
    switch_on(place)
    hub = hub_of(place)
    hub.control_finding_generator = call.parameters.get("ControlFindingGenerator", "SECURITY_CONTROL")
    tags_of(place, hub_arn(place)).update(call.parameters.get("Tags") or {})
    return {}


@operation("securityhub:DisableSecurityHub")
def disable_security_hub(call: Call) -> dict[str, Any]:
    """Switch Security Hub off, except in the account that administers its organization's hubs and in its members.

    A member has to be "disassociated from [the] delegated administrator" first
    (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-accounts-allowed-actions.html).
    """
    place = place_of(call)
    subscribed(call)
    if is_administrator(place):
        raise invalid_input("You can't disable Security Hub in an account that is the Security Hub administrator.")
    if administrator_of(place) is not None:
        raise invalid_input("You can't disable Security Hub in an account that an administrator is associated with.")
    switch_off(place)
    tags_of(place, hub_arn(place)).clear()
    return {}


@operation("securityhub:DescribeHub")
def describe_hub(call: Call) -> dict[str, Any]:
    """Tell since when Security Hub is on."""
    hub, own = subscribed(call), hub_arn(place_of(call))
    asked = call.parameters.get("HubArn", own)
    if asked != own or hub.subscribed is None:
        raise not_found(f"No hub was found with the ARN {asked}.")
    return {
        "HubArn": own,
        "SubscribedAt": text(hub.subscribed),
        "AutoEnableControls": hub.auto_enable_controls,
        "ControlFindingGenerator": hub.control_finding_generator,
    }


@operation("securityhub:UpdateSecurityHubConfiguration")
def update_security_hub_configuration(call: Call) -> dict[str, Any]:
    """Set what concerns controls, of which the sandbox has none."""
    hub, asked = subscribed(call), call.parameters
    hub.auto_enable_controls = asked.get("AutoEnableControls", hub.auto_enable_controls)
    hub.control_finding_generator = asked.get("ControlFindingGenerator", hub.control_finding_generator)
    return {}
