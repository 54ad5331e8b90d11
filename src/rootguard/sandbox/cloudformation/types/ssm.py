"""AWS::SSM::Parameter.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from typing import Any

from rootguard.sandbox.cloudformation.requests import send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)


@resource_type("AWS::SSM::Parameter")
class Parameter(ResourceType):
    """A parameter of Systems Manager, String or StringList."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Put a parameter of a new name."""
        name = properties.get("Name") or context.generated_name(1011)
        chosen = tag_list(tags(properties, context, system=False))
        send(context.client("ssm"), "PutParameter", _request(properties, name) | {"Tags": chosen, "Overwrite": False})
        return _physical(name, properties, context)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put it again, and set its tags."""
        ssm, wanted = context.client("ssm"), tags(new, context, system=False)
        send(ssm, "PutParameter", _request(new, physical.id) | {"Overwrite": True})
        resource = {"ResourceType": "Parameter", "ResourceId": physical.id}
        lost = [key for key in removed_tags(old, wanted, context) if not key.startswith("aws:")]
        if lost:
            ssm.remove_tags_from_resource(**resource, TagKeys=lost)
        if wanted:
            ssm.add_tags_to_resource(**resource, Tags=tag_list(wanted))
        return _physical(physical.id, new, context)

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete it."""
        del properties
        ssm = context.client("ssm")
        try:
            ssm.delete_parameter(Name=physical.id)
        except ssm.exceptions.ParameterNotFound:
            return


def _request(properties: Properties, name: str) -> dict[str, Any]:
    if properties["Type"] == "SecureString":
        message = "AWS CloudFormation doesn't support creating a SecureString parameter type."
        raise ResourceFailedError(message)
    members = {key: value for key, value in properties.items() if key not in {"Name", "Tags"}}
    return members | {"Name": name}


def _physical(name: str, properties: Properties, context: Context) -> Physical:
    arn = f"arn:{context.partition}:ssm:{context.region}:{context.account_id}:parameter/{name.removeprefix('/')}"
    return Physical(name, {"Arn": arn, "Type": properties["Type"], "Value": properties["Value"]})
