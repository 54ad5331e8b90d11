"""AWS Lambda: who may invoke a function, what becomes of asynchronous invocations, whose code it takes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import gone, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import (
    Context,
    Physical,
    Properties,
    ResourceFailedError,
    ResourceType,
    resource_type,
)

_GONE = "ResourceNotFoundException"


@resource_type("AWS::Lambda::Permission")
class Permission(ResourceType):
    """A statement of a function's policy; every property is create-only."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Add the statement, which is named after the stack."""
        identifier = context.generated_name(100)
        send(context.client("lambda"), "AddPermission", {**properties, "StatementId": identifier})
        return Physical(identifier, {"Id": identifier})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Refuse: the type has no update handler."""
        raise ResourceFailedError("Resource type AWS::Lambda::Permission cannot be updated.")

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the statement."""
        request = {"FunctionName": properties["FunctionName"], "StatementId": physical.id}
        with gone(_GONE):
            send(context.client("lambda"), "RemovePermission", request)


@resource_type("AWS::Lambda::EventInvokeConfig")
class EventInvokeConfig(ResourceType):
    """Retries and destinations of asynchronous invocations."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put the configuration."""
        send(context.client("lambda"), "PutFunctionEventInvokeConfig", properties)
        return Physical(f"{properties['FunctionName']}|{properties['Qualifier']}")

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the configuration again: UpdateFunctionEventInvokeConfig would keep what the template lost."""
        send(context.client("lambda"), "PutFunctionEventInvokeConfig", new)
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the configuration; it has gone before with its function."""
        request = {name: properties[name] for name in ("FunctionName", "Qualifier")}
        with gone(_GONE):
            send(context.client("lambda"), "DeleteFunctionEventInvokeConfig", request)


@resource_type("AWS::Lambda::CodeSigningConfig")
class CodeSigningConfig(ResourceType):
    """Signing profiles whose code is taken; Ref gives the ARN."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Create the configuration."""
        request = {**properties, "Tags": tags(properties, context)}
        made = send(context.client("lambda"), "CreateCodeSigningConfig", request)["CodeSigningConfig"]
        arn = made["CodeSigningConfigArn"]
        return Physical(arn, {"CodeSigningConfigArn": arn, "CodeSigningConfigId": made["CodeSigningConfigId"]})

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change the configuration and its tags."""
        client: Any = context.client("lambda")
        request = {
            "CodeSigningConfigArn": physical.id,
            "AllowedPublishers": new["AllowedPublishers"],
            "CodeSigningPolicies": new.get("CodeSigningPolicies", {"UntrustedArtifactOnDeployment": "Warn"}),
            "Description": new.get("Description", ""),
        }
        send(client, "UpdateCodeSigningConfig", request)
        wanted = tags(new, context)
        if lost := removed_tags(old, wanted, context):
            send(client, "UntagResource", {"Resource": physical.id, "TagKeys": lost})
        if wanted:
            send(client, "TagResource", {"Resource": physical.id, "Tags": wanted})
        return physical

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the configuration, which no function may use any more."""
        with gone(_GONE):
            send(context.client("lambda"), "DeleteCodeSigningConfig", {"CodeSigningConfigArn": physical.id})
