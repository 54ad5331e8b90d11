"""AWS IAM: inline policies and managed policies, and the identities that they are attached to.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from collections.abc import Iterator
from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, send, undoing
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_NO_SUCH_ENTITY = "NoSuchEntity"
_KINDS = {"Groups": "Group", "Roles": "Role", "Users": "User"}
_VERSIONS = 5
"""Of a managed policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html)."""

type Identity = tuple[str, str]
"""Group, Role or User, and its name."""


def _identities(properties: Properties) -> list[Identity]:
    return [(kind, name) for member, kind in _KINDS.items() for name in properties.get(member) or ()]


@resource_type("AWS::IAM::Policy")
class Policy(ResourceType):
    """One inline policy in several identities; another policy of the same name there is overwritten, as by AWS."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put the policy into every identity."""
        identifier = context.generated_name(128)
        physical = Physical(identifier, {"Id": identifier})
        with undoing(lambda: self.delete(physical, properties, context)):
            _put(context, properties, _identities(properties))
        return physical

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the policy again and remove it from where it is not wanted any more, or had another name."""
        _put(context, new, _identities(new))
        renamed = old["PolicyName"] != new["PolicyName"]
        _remove(context, old, [each for each in _identities(old) if renamed or each not in _identities(new)])
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the policy from every identity that is still there."""
        _remove(context, properties, _identities(properties))


@resource_type("AWS::IAM::RolePolicy")
class RolePolicy(ResourceType):
    """One inline policy of one role."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a policy that the role does not have."""
        role, name = properties["RoleName"], properties["PolicyName"]
        if exists(context.client("iam"), "GetRolePolicy", {"RoleName": role, "PolicyName": name}, _NO_SUCH_ENTITY):
            raise already_exists(self.name, f"{name}|{role}")
        _put(context, properties, [("Role", role)])
        return Physical(f"{name}|{role}")

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the policy again."""
        _put(context, new, [("Role", new["RoleName"])])
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the policy."""
        _remove(context, properties, [("Role", properties["RoleName"])])


def _put(context: Context, properties: Properties, identities: list[Identity]) -> None:
    named = {"PolicyName": properties["PolicyName"], "PolicyDocument": properties["PolicyDocument"]}
    for kind, name in identities:
        send(context.client("iam"), f"Put{kind}Policy", {f"{kind}Name": name, **named})


def _remove(context: Context, properties: Properties, identities: list[Identity]) -> None:
    for kind, name in identities:
        with gone(_NO_SUCH_ENTITY):
            request = {f"{kind}Name": name, "PolicyName": properties["PolicyName"]}
            send(context.client("iam"), f"Delete{kind}Policy", request)


@resource_type("AWS::IAM::ManagedPolicy")
class ManagedPolicy(ResourceType):
    """A customer managed policy and its attachments; Ref gives its ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the policy, then attach it."""
        iam = context.client("iam")
        request = {"PolicyName": properties.get("ManagedPolicyName") or context.generated_name(128)}
        request |= {name: properties.get(name) for name in ("Description", "Path", "PolicyDocument")}
        arn = send(iam, "CreatePolicy", request)["Policy"]["Arn"]
        with undoing(lambda: self.delete(Physical(arn), properties, context)):
            _attach(iam, arn, _identities(properties))
        return _managed(iam, arn)

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Make the new document the default version; the oldest version gives way to a sixth."""
        iam, arn = context.client("iam"), physical.id
        if old["PolicyDocument"] != new["PolicyDocument"]:
            others = list(_other_versions(iam, arn))
            if len(others) + 1 >= _VERSIONS:
                send(iam, "DeletePolicyVersion", {"PolicyArn": arn, "VersionId": others[0]})
            request = {"PolicyArn": arn, "PolicyDocument": new["PolicyDocument"], "SetAsDefault": True}
            send(iam, "CreatePolicyVersion", request)
        _attach(iam, arn, [each for each in _identities(new) if each not in _identities(old)])
        _detach(iam, arn, [each for each in _identities(old) if each not in _identities(new)])
        return _managed(iam, arn)

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Detach and delete the policy; IAM refuses while it is attached elsewhere."""
        iam, arn = context.client("iam"), physical.id
        _detach(iam, arn, _identities(properties))
        with gone(_NO_SUCH_ENTITY):
            for version in list(_other_versions(iam, arn)):
                send(iam, "DeletePolicyVersion", {"PolicyArn": arn, "VersionId": version})
            send(iam, "DeletePolicy", {"PolicyArn": arn})


def _attach(iam: Any, arn: str, identities: list[Identity]) -> None:
    for kind, name in identities:
        send(iam, f"Attach{kind}Policy", {f"{kind}Name": name, "PolicyArn": arn})


def _detach(iam: Any, arn: str, identities: list[Identity]) -> None:
    for kind, name in identities:
        with gone(_NO_SUCH_ENTITY):
            send(iam, f"Detach{kind}Policy", {f"{kind}Name": name, "PolicyArn": arn})


def _other_versions(iam: Any, arn: str) -> Iterator[str]:
    """The versions that are not the default one, oldest first."""
    versions = send(iam, "ListPolicyVersions", {"PolicyArn": arn})["Versions"]
    for version in sorted(versions, key=lambda each: int(each["VersionId"].removeprefix("v"))):
        if not version["IsDefaultVersion"]:
            yield version["VersionId"]


def _managed(iam: Any, arn: str) -> Physical:
    policy = send(iam, "GetPolicy", {"PolicyArn": arn})["Policy"]
    attributes = {
        "PolicyArn": arn,
        "AttachmentCount": policy["AttachmentCount"],
        "CreateDate": policy["CreateDate"].isoformat(),
        "DefaultVersionId": policy["DefaultVersionId"],
        "IsAttachable": policy["IsAttachable"],
        "PermissionsBoundaryUsageCount": policy.get("PermissionsBoundaryUsageCount", 0),
        "PolicyId": policy["PolicyId"],
        "UpdateDate": policy["UpdateDate"].isoformat(),
    }
    return Physical(arn, attributes)
