"""Trails, as CloudFormation makes them."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceFailedError, ResourceType

KIND = "AWS::CloudTrail::Trail"
WRITES = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def bucket(context: Context) -> str:
    context.client("s3").create_bucket(Bucket="trails")
    return "trails"


@pytest.fixture(scope="module")
def delivery(context: Context) -> dict[str, Any]:
    """A log group, and the role for it."""
    context.client("logs").create_log_group(logGroupName="trails")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = context.client("iam").create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    group = f"arn:aws:logs:us-east-1:{context.account_id}:log-group:trails:*"
    return {"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": role}


@pytest.fixture
def name() -> str:
    return f"trail{next(_NUMBERS)}"


@pytest.fixture
def trail(handler: Callable[[str], ResourceType], context: Context, bucket: str, name: str) -> Any:
    """Make a trail, which is deleted after the test: an account may have five in a Region."""
    made: list[Physical] = []

    def make(**properties: Any) -> Physical:
        given = {"TrailName": name, "S3BucketName": bucket, "IsLogging": True} | properties
        made.append(handler(KIND).create(given, context))
        return made[-1]

    yield make
    for each in made:
        handler(KIND).delete(each, {}, context)


def shown(context: Context, physical: Physical) -> dict[str, Any]:
    """The trail, and whether it is logging."""
    client, arn = context.client("cloudtrail"), physical.attributes["Arn"]
    found: dict[str, Any] = client.get_trail(Name=arn)["Trail"]
    selectors = client.get_event_selectors(TrailName=arn)["EventSelectors"]
    tags = client.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    return found | {
        "IsLogging": client.get_trail_status(Name=arn)["IsLogging"],
        "Selectors": [each["ReadWriteType"] for each in selectors],
        "Tags": {each["Key"]: each["Value"] for each in tags},
    }


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param(
            {}, {"IsMultiRegionTrail": False, "IsLogging": True, "Selectors": ["All"]}, id="as little as may be"
        ),
        pytest.param({"IsLogging": "false"}, {"IsLogging": False}, id="not logging, in text"),
        pytest.param(
            {"IsMultiRegionTrail": "true", "EnableLogFileValidation": True},
            {"IsMultiRegionTrail": True, "LogFileValidationEnabled": True},
            id="in all Regions, with validation",
        ),
        pytest.param({"KMSKeyId": "alias/trail"}, {"KmsKeyId": "alias/trail"}, id="encrypted"),
        pytest.param({"EventSelectors": WRITES}, {"Selectors": ["WriteOnly"]}, id="writes only"),
        pytest.param({"Tags": [{"Key": "team", "Value": "x"}]}, {"Tags": {"team": "x"}}, id="with a tag"),
    ],
)
def test_a_trail_is_what_the_template_says(
    trail: Any, context: Context, name: str, properties: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = trail(**properties)
    found = shown(context, made)
    assert made.id == name
    assert made.attributes["Arn"].endswith(f":trail/{name}")
    assert {key: found[key] for key in expected} == expected


def test_a_trail_delivers_to_a_log_group(trail: Any, context: Context, delivery: dict[str, Any]) -> None:
    assert delivery.items() <= shown(context, trail(**delivery)).items()


def test_a_trail_without_a_name_gets_one_of_the_stack(trail: Any) -> None:
    assert trail(TrailName=None).id.startswith("demo-Thing-")


def test_an_update_changes_and_takes_back(
    handler: Callable[[str], ResourceType], trail: Any, context: Context, delivery: dict[str, Any], name: str
) -> None:
    old = {"TrailName": name, "S3BucketName": "trails", "IsLogging": True}
    full = delivery | {"IsMultiRegionTrail": True, "EventSelectors": WRITES, "Tags": [{"Key": "a", "Value": "1"}]}
    made = trail(**full)
    later = replace(context, tags={"aws:cloudformation:stack-name": "demo"})
    updated = handler(KIND).update(made, old | full, old | {"IsLogging": False}, later)
    found = shown(context, updated)
    assert updated.id == made.id
    assert (found["IsMultiRegionTrail"], found["IsLogging"], found["Selectors"]) == (False, False, ["All"])
    assert "CloudWatchLogsLogGroupArn" not in found
    assert found["Tags"] == {"aws:cloudformation:stack-name": "demo"}


def test_a_trail_of_that_name_is_not_taken_over(trail: Any) -> None:
    trail()
    with pytest.raises(ResourceFailedError, match="already exists"):
        trail()


@pytest.mark.parametrize(
    ("properties", "error", "said"),
    [
        pytest.param({"S3BucketName": "nowhere"}, ClientError, "S3BucketDoesNotExist", id="no bucket"),
        pytest.param({"InsightSelectors": [{}]}, ResourceFailedError, "InsightSelectors", id="insights"),
        pytest.param({"IsOrganizationTrail": True}, ClientError, "OrganizationsNotInUse", id="no organization"),
    ],
)
def test_a_trail_that_cannot_be_is_refused(
    trail: Any, properties: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        trail(**properties)


def test_a_trail_that_is_gone_is_deleted(handler: Callable[[str], ResourceType], trail: Any, context: Context) -> None:
    made = trail()
    handler(KIND).delete(made, {}, context)
    handler(KIND).delete(made, {}, context)
    assert context.client("cloudtrail").describe_trails(trailNameList=[made.id])["trailList"] == []
