"""Roles and policies, as CloudFormation makes them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.cloudformation.resource_type import ResourceFailedError

ROLE, POLICY, MANAGED, ROLE_POLICY = (f"AWS::IAM::{name}" for name in ("Role", "Policy", "ManagedPolicy", "RolePolicy"))
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


def trust(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


FULL = {
    "RoleName": "reader",
    "Path": "/rootguard/",
    "AssumeRolePolicyDocument": trust(),
    "Description": "reads",
    "MaxSessionDuration": "7200",
    "PermissionsBoundary": READ_ONLY,
    "ManagedPolicyArns": [AUDIT],
    "Policies": [{"PolicyName": "summary", "PolicyDocument": allow("iam:GetAccountSummary")}],
    "Tags": [{"Key": "team", "Value": "security"}],
}


def role_of(account: Any, name: str) -> dict[str, Any]:
    """A role as its properties would say it."""
    iam = account.client("iam")
    role = iam.get_role(RoleName=name)["Role"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "RoleName": role["RoleName"],
        "Path": role["Path"],
        "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
        "Description": role.get("Description"),
        "MaxSessionDuration": str(role["MaxSessionDuration"]),
        "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "ManagedPolicyArns": [
            each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        ],
        "Policies": [
            {
                "PolicyName": policy,
                "PolicyDocument": iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"],
            }
            for policy in inline
        ],
        "Tags": role.get("Tags"),
    }


def test_a_role_is_what_its_properties_say(account: Any) -> None:
    physical = account.create(ROLE, FULL)
    assert role_of(account, "reader") == FULL
    role = account.client("iam").get_role(RoleName="reader")["Role"]
    assert physical.id == "reader"
    assert physical.attributes == {"Arn": role["Arn"], "RoleId": role["RoleId"]}
    assert role["Arn"].endswith(":role/rootguard/reader")


def test_a_role_without_a_name_is_named_after_its_stack(account: Any) -> None:
    physical = account.create(ROLE, {"AssumeRolePolicyDocument": trust()}, logical_id="L" * 70)
    assert physical.id.startswith("stack-LLL")
    assert len(physical.id) <= 64


CHANGES: dict[str, dict[str, Any]] = {
    "another description": {"Description": "reads more"},
    "another trust": {"AssumeRolePolicyDocument": trust("config.amazonaws.com")},
    "longer sessions": {"MaxSessionDuration": "10800"},
    "no boundary": {"PermissionsBoundary": None},
    "another boundary": {"PermissionsBoundary": AUDIT},
    "other attachments": {"ManagedPolicyArns": [READ_ONLY]},
    "another inline policy": {"Policies": [{"PolicyName": "other", "PolicyDocument": allow("sts:*")}]},
    "a changed inline policy": {"Policies": [{"PolicyName": "summary", "PolicyDocument": allow("sts:*")}]},
    "other tags": {"Tags": [{"Key": "owner", "Value": "audit"}]},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_role_changes_in_place(account: Any, change: dict[str, Any]) -> None:
    physical = account.create(ROLE, FULL)
    new = {name: value for name, value in (FULL | change).items() if value is not None}
    assert account.update(ROLE, physical, FULL, new) == physical
    assert role_of(account, "reader") == FULL | change


def test_tags_that_the_stack_lost_are_lost(account: Any) -> None:
    properties = {"RoleName": "reader", "AssumeRolePolicyDocument": trust()}
    physical = account.create(ROLE, properties, tags={"cost": "1", "env": "test"})
    account.client("iam").tag_role(RoleName="reader", Tags=[{"Key": "mine", "Value": "kept"}])
    previous = {"cost": "1", "env": "test"}
    account.update(ROLE, physical, properties, properties, tags={"env": "live"}, previous_tags=previous)
    tags = account.client("iam").list_role_tags(RoleName="reader")["Tags"]
    assert {each["Key"]: each["Value"] for each in tags} == {"env": "live", "mine": "kept"}


def test_a_role_goes_with_what_the_stack_gave_it(account: Any) -> None:
    physical = account.create(ROLE, FULL)
    account.delete(ROLE, physical, FULL)
    account.delete(ROLE, physical, FULL)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        account.client("iam").get_role(RoleName="reader")


def test_a_role_stays_with_what_others_gave_it(account: Any) -> None:
    physical = account.create(ROLE, FULL)
    account.client("iam").attach_role_policy(RoleName="reader", PolicyArn=READ_ONLY)
    with pytest.raises(ClientError, match="DeleteConflict"):
        account.delete(ROLE, physical, FULL)


def nowhere(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:policy/nowhere"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "its name is taken": ({"RoleName": "taken"}, "EntityAlreadyExists"),
    "its boundary does not exist": ({"PermissionsBoundary": nowhere("123456789012")}, "NoSuchEntity.*Scope ARN"),
    "its managed policy does not exist": ({"ManagedPolicyArns": [nowhere("123456789012")]}, "NoSuchEntity"),
    "its trust policy names nobody": ({"AssumeRolePolicyDocument": allow("sts:AssumeRole")}, "MalformedPolicyDocument"),
    "its trust policy is none": ({"AssumeRolePolicyDocument": {}}, "MalformedPolicyDocument"),
    "its inline policy is none": ({"Policies": [{"PolicyName": "p", "PolicyDocument": {}}]}, "MalformedPolicyDocument"),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_role_that_cannot_be_finished_leaves_nothing(account: Any, change: dict[str, Any], reason: str) -> None:
    taken = {"RoleName": "taken", "AssumeRolePolicyDocument": trust()}
    account.create(ROLE, taken)
    with pytest.raises(ClientError, match=reason):
        account.create(ROLE, FULL | change)
    names = [role["RoleName"] for role in account.client("iam").list_roles()["Roles"]]
    assert names == ["taken"]


def test_a_number_out_of_range_is_the_resources_failure(account: Any) -> None:
    with pytest.raises(ResourceFailedError, match="MaxSessionDuration"):
        account.create(ROLE, FULL | {"MaxSessionDuration": 60})


def test_a_policy_moves_from_role_to_role(account: Any) -> None:
    for name in ("one", "two"):
        account.create(ROLE, {"RoleName": name, "AssumeRolePolicyDocument": trust()})
    old = {"PolicyName": "p", "PolicyDocument": allow("sts:*"), "Roles": ["one"]}
    physical = account.create(POLICY, old)
    assert physical.id == physical.attributes["Id"]
    new = old | {"Roles": ["two"]}
    account.update(POLICY, physical, old, new)
    assert [role_of(account, name)["Policies"] != [] for name in ("one", "two")] == [False, True]
    account.delete(POLICY, physical, new)
    account.delete(POLICY, physical, new)
    assert role_of(account, "two")["Policies"] == []


def test_a_policy_of_a_role_that_is_not_there_leaves_nothing(account: Any) -> None:
    account.create(ROLE, {"RoleName": "one", "AssumeRolePolicyDocument": trust()})
    with pytest.raises(ClientError, match="NoSuchEntity"):
        account.create(POLICY, {"PolicyName": "p", "PolicyDocument": allow("sts:*"), "Roles": ["one", "two"]})
    assert role_of(account, "one")["Policies"] == []


def test_a_role_policy_does_not_take_over_another(account: Any) -> None:
    account.create(ROLE, {"RoleName": "one", "AssumeRolePolicyDocument": trust()})
    properties = {"RoleName": "one", "PolicyName": "p", "PolicyDocument": allow("sts:*")}
    physical = account.create(ROLE_POLICY, properties)
    with pytest.raises(ResourceFailedError, match="already exists"):
        account.create(ROLE_POLICY, properties)
    account.update(ROLE_POLICY, physical, properties, properties | {"PolicyDocument": allow("iam:*")})
    assert role_of(account, "one")["Policies"][0]["PolicyDocument"] == allow("iam:*")
    account.delete(ROLE_POLICY, physical, properties)
    account.delete(ROLE_POLICY, physical, properties)
    assert role_of(account, "one")["Policies"] == []


def test_a_managed_policy_keeps_five_versions(account: Any) -> None:
    account.create(ROLE, {"RoleName": "one", "AssumeRolePolicyDocument": trust()})
    iam = account.client("iam")
    old: dict[str, Any] = {"ManagedPolicyName": "p", "PolicyDocument": allow("sts:*"), "Roles": ["one"]}
    physical = account.create(MANAGED, old)
    assert physical.id == f"arn:aws:iam::{account.id}:policy/p"
    for number in range(6):
        new = old | {"PolicyDocument": allow(f"s3:Get{number}*")}
        physical = account.update(MANAGED, physical, old, new)
        old = new
    assert physical.attributes["DefaultVersionId"] == "v7"
    versions = [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=physical.id)["Versions"]]
    assert sorted(versions) == ["v3", "v4", "v5", "v6", "v7"]
    account.update(MANAGED, physical, old, old | {"Roles": []})
    assert role_of(account, "one")["ManagedPolicyArns"] == []
    account.delete(MANAGED, physical, old)
    account.delete(MANAGED, physical, old)
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_a_managed_policy_in_use_elsewhere_stays(account: Any) -> None:
    properties = {"ManagedPolicyName": "p", "PolicyDocument": json.dumps(allow("sts:*"))}
    physical = account.create(MANAGED, properties)
    account.create(ROLE, {"RoleName": "one", "AssumeRolePolicyDocument": trust(), "ManagedPolicyArns": [physical.id]})
    with pytest.raises(ClientError, match="Cannot delete a policy attached to entities"):
        account.delete(MANAGED, physical, properties)
