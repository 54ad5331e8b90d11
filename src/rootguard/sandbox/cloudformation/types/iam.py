"""AWS IAM: roles; policies are in `iam_policies`.

What Ref and GetAtt give is said on the page of each type in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html. IAM takes no aws:cloudformation:*
tags (`tagging.cloudFormationSystemTags` of the types' schemas).
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, send, undoing
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_NO_SUCH_ENTITY = "NoSuchEntity"
_ONE_HOUR = 3600


@resource_type("AWS::IAM::Role")
class Role(ResourceType):
    """A role with the inline policies and the attachments that it lists; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the role, then its policies; what cannot be finished is taken away again."""
        iam = context.client("iam")
        request = {
            "RoleName": properties.get("RoleName") or context.generated_name(64),
            "Tags": tag_list(tags(properties, context, system=False)),
        }
        passed = ("AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "PermissionsBoundary")
        role = send(iam, "CreateRole", request | {name: properties.get(name) for name in passed})["Role"]
        physical = Physical(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
        with undoing(lambda: self.delete(physical, properties, context)):
            _grant(iam, physical.id, properties)
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the role itself, grant what is new, take away what is not listed any more."""
        iam, name = context.client("iam"), physical.id
        request = {"RoleName": name, "Description": new.get("Description", "")}
        send(iam, "UpdateRole", request | {"MaxSessionDuration": new.get("MaxSessionDuration", _ONE_HOUR)})
        document = {"RoleName": name, "PolicyDocument": new["AssumeRolePolicyDocument"]}
        send(iam, "UpdateAssumeRolePolicy", document)
        _limit(iam, name, old, new)
        _grant(iam, name, new)
        _revoke(iam, name, old, new)
        wanted = tags(new, context, system=False)
        if lost := removed_tags(old, wanted, context):
            send(iam, "UntagRole", {"RoleName": name, "TagKeys": lost})
        if wanted:
            send(iam, "TagRole", {"RoleName": name, "Tags": tag_list(wanted)})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the role with what the stack gave it; what others added makes IAM refuse."""
        iam = context.client("iam")
        with gone(_NO_SUCH_ENTITY):
            send(iam, "GetRole", {"RoleName": physical.id})
            _revoke(iam, physical.id, properties, {})
            send(iam, "DeleteRole", {"RoleName": physical.id})


def _policies(properties: Properties) -> dict[str, Any]:
    return {each["PolicyName"]: each["PolicyDocument"] for each in properties.get("Policies") or ()}


def _attached(properties: Properties) -> list[str]:
    return list(properties.get("ManagedPolicyArns") or ())


def _limit(iam: Any, role: str, old: Properties, new: Properties) -> None:
    boundary = new.get("PermissionsBoundary")
    if boundary:
        send(iam, "PutRolePermissionsBoundary", {"RoleName": role, "PermissionsBoundary": boundary})
    elif old.get("PermissionsBoundary"):
        send(iam, "DeleteRolePermissionsBoundary", {"RoleName": role})


def _grant(iam: Any, role: str, properties: Properties) -> None:
    for arn in _attached(properties):
        send(iam, "AttachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    for name, document in _policies(properties).items():
        send(iam, "PutRolePolicy", {"RoleName": role, "PolicyName": name, "PolicyDocument": document})


def _revoke(iam: Any, role: str, old: Properties, new: Properties) -> None:
    for arn in _attached(old):
        if arn not in _attached(new):
            with gone(_NO_SUCH_ENTITY):
                send(iam, "DetachRolePolicy", {"RoleName": role, "PolicyArn": arn})
    for name in _policies(old):
        if name not in _policies(new):
            with gone(_NO_SUCH_ENTITY):
                send(iam, "DeleteRolePolicy", {"RoleName": role, "PolicyName": name})
