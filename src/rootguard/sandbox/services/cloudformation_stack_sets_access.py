"""CloudFormation: trusted access of StackSets to an organization.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ActivateOrganizationsAccess.html and the pages of
the operations below.
"""

from typing import Any

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.stack_sets.access import activate, check_may_ask, deactivate, home, is_activated


@operation("cloudformation:ActivateOrganizationsAccess")
def activate_organizations_access(call: Call) -> dict[str, Any]:
    """Let StackSets with service-managed permissions into the organization."""
    activate(call)
    return {}


@operation("cloudformation:DeactivateOrganizationsAccess")
def deactivate_organizations_access(call: Call) -> dict[str, Any]:
    """Shut them out again."""
    deactivate(call)
    return {}


@operation("cloudformation:DescribeOrganizationsAccess")
def describe_organizations_access(call: Call) -> dict[str, Any]:
    """Tell whether they are let in."""
    check_may_ask(call)
    return {"Status": "ENABLED" if is_activated(home(call)) else "DISABLED"}
