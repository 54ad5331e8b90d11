"""Configuration aggregators, as CloudFormation makes them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

KIND = "AWS::Config::ConfigurationAggregator"
ROLE = "arn:aws:iam::123456789012:role/aggregate"
HOME: dict[str, Any] = {"OrganizationAggregationSource": {"RoleArn": ROLE, "AwsRegions": ["us-east-1"]}}
EVERYWHERE = {"OrganizationAggregationSource": {"RoleArn": ROLE, "AllAwsRegions": "true"}}


@pytest.fixture(scope="module")
def config(context: Context) -> Any:
    context.client("organizations").create_organization(FeatureSet="ALL")
    return context.client("config")


@pytest.fixture
def create(handler: Callable[[str], ResourceType], context: Context, config: Any) -> Iterator[Callable[..., Physical]]:
    """Make an aggregator, which is deleted after the test."""
    made: list[Physical] = []

    def make(**properties: Any) -> Physical:
        made.append(handler(KIND).create(HOME | properties, context))
        return made[-1]

    yield make
    for each in made:
        handler(KIND).delete(each, HOME, context)
    assert config.describe_configuration_aggregators()["ConfigurationAggregators"] == []


def only(config: Any) -> dict[str, Any]:
    (found,) = config.describe_configuration_aggregators()["ConfigurationAggregators"]
    return dict(found)


def tags_of(config: Any, physical: Physical) -> dict[str, str]:
    arn = physical.attributes["ConfigurationAggregatorArn"]
    return {tag["Key"]: tag["Value"] for tag in config.list_tags_for_resource(ResourceArn=arn)["Tags"]}


def test_an_aggregator_is_made(create: Callable[..., Physical], config: Any) -> None:
    made = create(ConfigurationAggregatorName="all", Tags=[{"Key": "team", "Value": "x"}])
    found = only(config)
    assert (made.id, found["ConfigurationAggregatorName"]) == ("all", "all")
    assert made.attributes == {"ConfigurationAggregatorArn": found["ConfigurationAggregatorArn"]}
    assert found["OrganizationAggregationSource"]["AwsRegions"] == ["us-east-1"]
    assert tags_of(config, made) == {"team": "x"}


def test_an_aggregator_without_a_name_gets_one_of_the_stack(create: Callable[..., Physical]) -> None:
    assert create().id.startswith("demo-Thing-")


def test_an_update_changes_regions_and_tags(
    handler: Callable[[str], ResourceType], create: Callable[..., Physical], context: Context, config: Any
) -> None:
    old = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "c", "Value": "3"}]}
    made = create(**old)
    new = EVERYWHERE | {"Tags": [{"Key": "c", "Value": "4"}]}
    updated = handler(KIND).update(
        made, HOME | old, new, replace(context, tags={"aws:cloudformation:stack-name": "demo"})
    )
    source = only(config)["OrganizationAggregationSource"]
    assert (updated, source["AllAwsRegions"], "AwsRegions" in source) == (made, True, False)
    assert tags_of(config, made) == {"aws:cloudformation:stack-name": "demo", "c": "4"}


def test_an_aggregator_of_that_name_is_not_taken_over(create: Callable[..., Physical]) -> None:
    create(ConfigurationAggregatorName="all")
    with pytest.raises(ResourceFailedError, match="'all' already exists"):
        create(ConfigurationAggregatorName="all")


def test_no_source_is_refused(create: Callable[..., Physical]) -> None:
    with pytest.raises(ClientError, match="missing either the AccountAggregationSource"):
        create(OrganizationAggregationSource=None)


def test_an_aggregator_that_is_gone_is_deleted(
    handler: Callable[[str], ResourceType], create: Callable[..., Physical], context: Context
) -> None:
    handler(KIND).delete(create(), HOME, context)
