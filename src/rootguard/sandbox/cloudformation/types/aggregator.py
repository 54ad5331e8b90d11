"""AWS Config: configuration aggregators.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-configurationaggregator.html;
what the handlers call is listed in the type's schema (handlers).
"""

from typing import Any, override

from rootguard.sandbox.cloudformation.requests import already_exists, exists, gone, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tag_list, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_LONGEST_NAME = 256
_SOURCES = ("AccountAggregationSources", "OrganizationAggregationSource")
_GONE = "NoSuchConfigurationAggregatorException"


@resource_type("AWS::Config::ConfigurationAggregator")
class ConfigurationAggregator(ResourceType):
    """An aggregator; Ref gives its name."""

    @override
    def create(self, properties: Properties, context: Context) -> Physical:
        """Put the aggregator, unless there is one of that name, which the API would change."""
        client = context.client("config")
        name = properties.get("ConfigurationAggregatorName") or context.generated_name(_LONGEST_NAME)
        if exists(client, "DescribeConfigurationAggregators", {"ConfigurationAggregatorNames": [name]}, _GONE):
            raise already_exists(self.name, name)
        request = _request(name, properties) | {"Tags": tag_list(tags(properties, context))}
        return _physical(send(client, "PutConfigurationAggregator", request))

    @override
    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Put the aggregator again; its tags are changed apart ("cannot be updated with this operation")."""
        client = context.client("config")
        made = _physical(send(client, "PutConfigurationAggregator", _request(physical.id, new)))
        arn, wanted = made.attributes["ConfigurationAggregatorArn"], tags(new, context)
        if removed := removed_tags(old, wanted, context):
            client.untag_resource(ResourceArn=arn, TagKeys=removed)
        if wanted:
            client.tag_resource(ResourceArn=arn, Tags=tag_list(wanted))
        return made

    @override
    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Delete the aggregator and what it has collected."""
        with gone(_GONE):
            context.client("config").delete_configuration_aggregator(ConfigurationAggregatorName=physical.id)


def _request(name: str, properties: Properties) -> dict[str, Any]:
    sources = {source: properties[source] for source in _SOURCES if properties.get(source)}
    return {"ConfigurationAggregatorName": name} | sources


def _physical(answer: dict[str, Any]) -> Physical:
    made = answer["ConfigurationAggregator"]
    arn = made["ConfigurationAggregatorArn"]
    return Physical(made["ConfigurationAggregatorName"], {"ConfigurationAggregatorArn": arn})
