"""What a caller has to acknowledge before a stack may change who may do what.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html#using-iam-capabilities
"""

from collections.abc import Collection

from rootguard.sandbox.cloudformation.template import Template
from rootguard.sandbox.errors import AwsError

IAM = "CAPABILITY_IAM"
NAMED_IAM = "CAPABILITY_NAMED_IAM"

_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::GroupPolicy": None,
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::RolePolicy": None,
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserPolicy": None,
    "AWS::IAM::UserToGroupAddition": None,
}
"""Types that need a capability, and the property that names one: a custom name needs the stronger capability."""


def needed_capability(template: Template) -> str | None:
    """The capability that a template's resources need, None if they need none."""
    resources = [each for each in template.resources.values() if each.type in _NAMES]
    if any(_NAMES[each.type] in each.properties for each in resources):
        return NAMED_IAM
    return IAM if resources else None


def capability_reason(template: Template) -> str:
    """Why one is needed."""
    types = [name for name in template.types if name in _NAMES]
    return f"The following resource(s) require capabilities: [{', '.join(types)}]"


def check_capabilities(template: Template, acknowledged: Collection[str]) -> None:
    """Refuse a template that needs a capability that the caller has not acknowledged.

    Raises:
        AwsError: InsufficientCapabilitiesException.
    """
    needed = needed_capability(template)
    if needed is None or NAMED_IAM in acknowledged or needed in acknowledged:
        return
    raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")
