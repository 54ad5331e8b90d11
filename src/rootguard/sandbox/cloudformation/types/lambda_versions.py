"""AWS Lambda: versions and aliases of functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from typing import override

from rootguard.sandbox.cloudformation.requests import gone, refuse, send
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_GONE = "ResourceNotFoundException"


@resource_type("AWS::Lambda::Version")
class Version(ResourceType):
    """A version; Ref gives its ARN. It is never changed: the type's only updatable property is one of scaling."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Publish the function as it is, which must differ from its last version."""
        refuse(properties, self.name, "FunctionScalingConfig", "ProvisionedConcurrencyConfig", "RuntimePolicy")
        client, function = context.client("lambda"), properties["FunctionName"]
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        known = {each["Version"] for page in pages for each in page["Versions"]}
        made = send(client, "PublishVersion", properties)
        version = made["Version"]
        if version in known:
            message = (
                f"A version for this Lambda function exists ( {version} ). Modify the function to create a new version."
            )
            raise ResourceFailedError(message)
        return Physical(made["FunctionArn"], {"FunctionArn": made["FunctionArn"], "Version": version})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Refuse what alone could have changed."""
        refuse(new, self.name, "FunctionScalingConfig")
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the version."""
        request = {"FunctionName": properties["FunctionName"], "Qualifier": physical.attributes["Version"]}
        with gone(_GONE):
            send(context.client("lambda"), "DeleteFunction", request)


@resource_type("AWS::Lambda::Alias")
class Alias(ResourceType):
    """An alias of one version; Ref gives its ARN. The sandbox shifts no traffic between versions."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the alias."""
        refuse(properties, self.name, "ProvisionedConcurrencyConfig", "RoutingConfig")
        arn = send(context.client("lambda"), "CreateAlias", properties)["AliasArn"]
        return Physical(arn, {"AliasArn": arn})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Point the alias to another version, or describe it otherwise."""
        refuse(new, self.name, "ProvisionedConcurrencyConfig", "RoutingConfig")
        send(context.client("lambda"), "UpdateAlias", {**new, "Description": new.get("Description", "")})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the alias."""
        request = {name: properties[name] for name in ("FunctionName", "Name")}
        with gone(_GONE):
            send(context.client("lambda"), "DeleteAlias", request)
