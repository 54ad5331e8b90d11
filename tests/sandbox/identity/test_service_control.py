"""Service control policies, enforced on the principals of member accounts.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.root_user import root_user

type Refused = Callable[[Callable[[], object]], tuple[str, str, int]]

SCP = "SERVICE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"
AUDIT = "root-task/IAMAuditRootUserCredentials"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def deny(*actions: str, resource: str = "*", **condition: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": resource, "Condition": condition}


DENY_IAM = deny("iam:*")
DENY_ROOT = deny("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:root"}, Null={"aws:AssumedRoot": "true"})


class Organization(NamedTuple):
    """A member beneath an OU, and somebody in it of each kind."""

    world: Any
    management: str
    root: str
    unit: str
    member: str
    role: Keys
    root_key: Keys

    def attach(self, target: str, *statements: dict[str, Any]) -> str:
        """A new policy on a target; its ARN."""
        client = self.world.client("organizations", self.management)
        content = json.dumps({"Version": "2012-10-17", "Statement": statements})
        made = client.create_policy(Name=self.world.new_name(), Description="", Type=SCP, Content=content)
        summary = made["Policy"]["PolicySummary"]
        client.attach_policy(PolicyId=summary["Id"], TargetId=target)
        return str(summary["Arn"])

    def replace_full_access(self, target: str, *statements: dict[str, Any]) -> None:
        self.attach(target, *statements)
        self.world.client("organizations", self.management).detach_policy(PolicyId=FULL, TargetId=target)

    def summary(self, who: Keys) -> Callable[[], object]:
        call: Callable[[], object] = self.world.client("iam", who).get_account_summary
        return call


def administrator(world: Any, account_id: str, **arguments: Any) -> Keys:
    keys: Keys = world.assume(account_id, world.role(account_id, permissions=(EVERYTHING,), **arguments))
    return keys


def root_key(account_id: str) -> Keys:
    key = root_user(account_id).add_access_key()
    return Keys(key.id, key.secret)


@pytest.fixture
def organization(world: Any) -> Organization:
    management = world.organization()
    client = world.client("organizations", management)
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType=SCP)
    unit = client.create_organizational_unit(ParentId=root, Name="unit")["OrganizationalUnit"]["Id"]
    member = world.member(management)
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    return Organization(world, management, root, unit, member, administrator(world, member), root_key(member))


@pytest.mark.parametrize("level", ["root", "unit", "member"])
def test_a_denial_at_any_level_denies(organization: Organization, refusal: Refused, level: str) -> None:
    assert organization.summary(organization.role)()
    arn = organization.attach(getattr(organization, level), DENY_IAM)
    code, message, status = refusal(organization.summary(organization.role))
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(f"with an explicit deny in a service control policy: {arn}")
    assert organization.world.client("sns", organization.role).list_topics()["Topics"] == []


@pytest.mark.parametrize("level", ["root", "unit", "member"])
def test_every_level_must_allow(organization: Organization, refusal: Refused, level: str) -> None:
    organization.replace_full_access(
        getattr(organization, level), {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}
    )
    message = refusal(organization.summary(organization.role))[1]
    assert message.endswith("because no service control policy allows the iam:GetAccountSummary action")
    assert organization.world.client("sns", organization.role).list_topics()["Topics"] == []


def test_root_is_bound_and_its_tasks_are_spared(organization: Organization, refusal: Refused) -> None:
    world = organization.world
    world.client("organizations", organization.management).enable_aws_service_access(
        ServicePrincipal="iam.amazonaws.com"
    )
    world.client("iam", organization.management).enable_organizations_root_credentials_management()
    assert organization.summary(organization.root_key)()
    organization.attach(organization.root, DENY_ROOT)
    assert refusal(organization.summary(organization.root_key))[0] == "AccessDenied"
    assert refusal(world.client("s3", organization.root_key).list_buckets)[0] == "AccessDenied"
    assert organization.summary(organization.role)()
    assert organization.summary(world.assume_root(organization.management, organization.member, AUDIT))()


def test_who_is_not_bound(organization: Organization) -> None:
    world, management = organization.world, organization.management
    organization.attach(organization.root, deny("*"))
    linked = administrator(
        world, organization.member, Path="/aws-service-role/config.amazonaws.com/", RoleName="AWSServiceRoleForConfig"
    )
    assert organization.summary(linked)()
    assert organization.summary(administrator(world, management))()
    assert organization.summary(root_key(management))()
    assert organization.world.client("iam", organization.member).get_account_summary()
    outside = world.standalone_account()
    assert organization.summary(administrator(world, outside))()


def test_it_asks_for_no_permission_to_say_who_one_is(organization: Organization) -> None:
    organization.attach(organization.member, deny("*"))
    assert organization.world.identity(organization.role).endswith("/session")


def test_a_role_elsewhere_is_out_of_reach(organization: Organization, refusal: Refused) -> None:
    world, trust = organization.world, {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    elsewhere = world.role(organization.management, trust)
    assert world.assume(organization.role, elsewhere)
    organization.attach(organization.unit, deny("sts:AssumeRole", resource=elsewhere))
    message = refusal(lambda: world.assume(organization.role, elsewhere))[1]
    assert "with an explicit deny in a service control policy" in message


def test_no_policy_of_a_resource_overrides_them(organization: Organization, refusal: Refused) -> None:
    world = organization.world
    bucket = f"bucket-{world.new_name()}"
    s3 = world.client("s3", organization.member)
    s3.create_bucket(Bucket=bucket)
    grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
    assert world.client("s3", organization.role).list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    organization.replace_full_access(organization.unit, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    assert refusal(lambda: world.client("s3", organization.role).list_objects_v2(Bucket=bucket))[0] == "AccessDenied"


def test_a_move_changes_what_binds(organization: Organization, refusal: Refused) -> None:
    organization.attach(organization.unit, DENY_IAM)
    assert refusal(organization.summary(organization.role))[0] == "AccessDenied"
    organization.world.client("organizations", organization.management).move_account(
        AccountId=organization.member, SourceParentId=organization.unit, DestinationParentId=organization.root
    )
    assert organization.summary(organization.role)()


def test_a_policy_that_is_attached_to_nothing_binds_nobody(organization: Organization) -> None:
    client = organization.world.client("organizations", organization.management)
    arn = organization.attach(organization.member, DENY_IAM)
    client.detach_policy(PolicyId=arn.rpartition("/")[2], TargetId=organization.member)
    assert organization.summary(organization.role)()
