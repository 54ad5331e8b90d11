"""AWS::CodePipeline::Pipeline.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codepipeline-pipeline.html
"""

from typing import Any

from rootguard.sandbox.cloudformation.lower_names import lower_names
from rootguard.sandbox.cloudformation.requests import gone, refuse, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_NAME_LENGTH = 100


@resource_type("AWS::CodePipeline::Pipeline")
class Pipeline(ResourceType):
    """A pipeline, which never runs here; the physical id is its name."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the pipeline."""
        client = context.client("codepipeline")
        name = properties.get("Name") or context.generated_name(_NAME_LENGTH)
        request = {"pipeline": self._declaration(client, name, properties)}
        wanted = tags(properties, context, system=False)
        send(client, "CreatePipeline", request | {"tags": _tag_list(wanted) or None})
        return _physical(client, name, context)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Replace the pipeline's declaration, and change its tags."""
        client = context.client("codepipeline")
        send(client, "UpdatePipeline", {"pipeline": self._declaration(client, physical.id, new)})
        wanted, arn = tags(new, context, system=False), _arn(physical.id, context)
        lost = removed_tags(old, wanted, context)
        if lost:
            client.untag_resource(resourceArn=arn, tagKeys=lost)
        if wanted:
            client.tag_resource(resourceArn=arn, tags=_tag_list(wanted))
        return _physical(client, physical.id, context)

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Remove the pipeline."""
        del properties
        with gone("PipelineNotFoundException"):
            context.client("codepipeline").delete_pipeline(name=physical.id)

    def _declaration(self, client: Any, name: str, properties: Properties) -> dict[str, Any]:
        refuse(properties, self.name, "DisableInboundStageTransitions", "RestartExecutionOnUpdate")
        shape = client.meta.service_model.operation_model("CreatePipeline").input_shape.members["pipeline"]
        given = {key: value for key, value in properties.items() if key not in {"Name", "Tags"}}
        lowered: dict[str, Any] = lower_names(given, shape)
        return lowered | {"name": name}


def _physical(client: Any, name: str, context: Context) -> Physical:
    version = client.get_pipeline(name=name)["pipeline"]["version"]
    return Physical(name, {"Arn": _arn(name, context), "Version": str(version)})


def _arn(name: str, context: Context) -> str:
    return f"arn:{context.partition}:codepipeline:{context.region}:{context.account_id}:{name}"


def _tag_list(wanted: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in wanted.items()]
