"""Policies of an organization, as CloudFormation makes them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import Context, Physical, ResourceType

KIND = "AWS::Organizations::Policy"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
PROPERTIES: dict[str, Any] = {"Name": "deny", "Type": "SERVICE_CONTROL_POLICY", "Content": DENY}


@dataclass(frozen=True, slots=True)
class Organization:
    client: Any
    unit: str
    other_unit: str
    account: str

    def targets(self, physical: Physical) -> list[str]:
        found = self.client.list_targets_for_policy(PolicyId=physical.id)["Targets"]
        return sorted(target["TargetId"] for target in found)

    def policy(self, physical: Physical) -> dict[str, Any]:
        return dict(self.client.describe_policy(PolicyId=physical.id)["Policy"])

    def own_policies(self) -> list[str]:
        found = self.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
        return [policy["Name"] for policy in found if policy["Name"] != "FullAWSAccess"]


@pytest.fixture(scope="module")
def organization(context: Context) -> Organization:
    client = context.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit, other_unit = (
        client.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"] for name in ("a", "b")
    )
    made = client.create_account(Email="member@example.com", AccountName="member")["CreateAccountStatus"]
    return Organization(client, unit, other_unit, made["AccountId"])


@pytest.fixture
def create(
    handler: Callable[[str], ResourceType], context: Context, organization: Organization
) -> Iterator[Callable[..., Physical]]:
    """Make a policy, which is deleted after the test."""
    made: list[Physical] = []

    def make(**properties: Any) -> Physical:
        made.append(handler(KIND).create(PROPERTIES | properties, context))
        return made[-1]

    yield make
    for each in made:
        handler(KIND).delete(each, PROPERTIES, context)
    assert organization.own_policies() == []


def test_a_policy_is_made_and_attached(create: Callable[..., Physical], organization: Organization) -> None:
    made = create(TargetIds=[organization.unit, organization.account], Tags=[{"Key": "team", "Value": "x"}])
    found = organization.policy(made)
    assert organization.targets(made) == sorted([organization.unit, organization.account])
    assert json.loads(found["Content"]) == DENY
    assert made.attributes == {"Id": made.id, "Arn": found["PolicySummary"]["Arn"], "AwsManaged": False}
    tags = organization.client.list_tags_for_resource(ResourceId=made.id)["Tags"]
    assert tags == [{"Key": "team", "Value": "x"}]


def test_content_in_text_stays_as_it_is(create: Callable[..., Physical], organization: Organization) -> None:
    assert organization.policy(create(Content=json.dumps(DENY)))["Content"] == json.dumps(DENY)


def test_an_update_attaches_detaches_and_renames(
    handler: Callable[[str], ResourceType],
    create: Callable[..., Physical],
    context: Context,
    organization: Organization,
) -> None:
    old = {"TargetIds": [organization.unit, organization.account], "Tags": [{"Key": "a", "Value": "1"}]}
    made = create(**old)
    new = PROPERTIES | {"Name": "renamed", "TargetIds": [organization.other_unit, organization.account]}
    updated = handler(KIND).update(
        made, PROPERTIES | old, new, replace(context, tags={"aws:cloudformation:stack-name": "demo"})
    )
    assert updated.id == made.id
    assert organization.targets(made) == sorted([organization.other_unit, organization.account])
    assert organization.policy(made)["PolicySummary"]["Name"] == "renamed"
    tags = organization.client.list_tags_for_resource(ResourceId=made.id)["Tags"]
    assert tags == [{"Key": "aws:cloudformation:stack-name", "Value": "demo"}]


def test_a_target_that_is_missing_leaves_no_policy_behind(
    create: Callable[..., Physical], organization: Organization
) -> None:
    with pytest.raises(ClientError, match="TargetNotFound"):
        create(TargetIds=[organization.unit, "ou-zzzz-99999999"])
    assert organization.own_policies() == []


def test_a_name_is_taken_once(create: Callable[..., Physical]) -> None:
    create()
    with pytest.raises(ClientError, match="DuplicatePolicy"):
        create()


def test_a_member_makes_no_policy(
    handler: Callable[[str], ResourceType], context: Context, organization: Organization, running: Any
) -> None:
    member = replace(context, account_id=organization.account, clients=running.session(organization.account))
    with pytest.raises(ClientError, match="AccessDenied"):
        handler(KIND).create(PROPERTIES, member)


def test_a_policy_that_is_gone_is_deleted(
    handler: Callable[[str], ResourceType],
    create: Callable[..., Physical],
    context: Context,
    organization: Organization,
) -> None:
    made = create(TargetIds=[organization.unit])
    handler(KIND).delete(made, PROPERTIES, context)
    assert organization.own_policies() == []
