"""Who may work with StackSets."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys

pytestmark = pytest.mark.slow

MEMBER = "member.org.stacksets.cloudformation.amazonaws.com"
ADMINISTRATOR = "the management account or delegated admin account of an organization"
NOT_ADMINISTRATOR = (
    "ValidationError",
    f"You must be {ADMINISTRATOR} before operating a SERVICE_MANAGED stack set",
)
NOT_ACTIVATED = (
    "ValidationError",
    "You must enable organizations access to operate a service managed stack set",
)


def created_by(organization: Any, account_id: str, call_as: str | None) -> Callable[[], Any]:
    request = {"CallAs": call_as} if call_as else {}
    return lambda: organization.client(account_id, "cloudformation").create_stack_set(
        StackSetName="topics",
        TemplateBody="Resources: {T: {Type: AWS::SNS::Topic}}",
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
        **request,
    )


def registered(organization: Any, name: str) -> str:
    account_id: str = organization.accounts[name]
    organization.client(organization.management_id, "organizations").register_delegated_administrator(
        AccountId=account_id, ServicePrincipal=MEMBER
    )
    return account_id


@pytest.mark.parametrize(
    ("administrator", "call_as", "is_registered"),
    [
        pytest.param("alpha", None, False, id="member"),
        pytest.param("alpha", "DELEGATED_ADMIN", False, id="member-as-delegate"),
        pytest.param("alpha", None, True, id="delegate-who-does-not-say-so"),
        pytest.param(None, "DELEGATED_ADMIN", False, id="management-account-as-delegate"),
    ],
)
def test_others_are_refused(
    organization: Any, refused: Any, administrator: str | None, call_as: str | None, *, is_registered: bool
) -> None:
    account_id = organization.accounts[administrator] if administrator else organization.management_id
    if is_registered:
        registered(organization, "alpha")
    assert refused(created_by(organization, account_id, call_as)) == NOT_ADMINISTRATOR


def test_organizations_own_trusted_access_does_not_suffice(bare: Any, refused: Any) -> None:
    organizations = bare.client(bare.management_id, "organizations")
    organizations.enable_aws_service_access(ServicePrincipal=MEMBER)
    assert refused(created_by(bare, bare.management_id, None)) == NOT_ACTIVATED
    assert bare.cloudformation.describe_organizations_access()["Status"] == "DISABLED"


def test_activation_is_trusted_access_and_a_service_linked_role(bare: Any) -> None:
    bare.cloudformation.activate_organizations_access()
    organizations = bare.client(bare.management_id, "organizations")
    enabled = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    role = bare.client(bare.management_id, "iam").get_role(RoleName="AWSServiceRoleForCloudFormationStackSetsOrgAdmin")
    assert bare.cloudformation.describe_organizations_access()["Status"] == "ENABLED"
    assert MEMBER in [each["ServicePrincipal"] for each in enabled]
    assert role["Role"]["Path"] == "/aws-service-role/stacksets.cloudformation.amazonaws.com/"


def test_deactivation_ends_operations(organization: Any, refused: Any) -> None:
    organization.stack_set()
    organization.cloudformation.deactivate_organizations_access()
    assert organization.cloudformation.describe_organizations_access()["Status"] == "DISABLED"
    assert refused(lambda: organization.deploy("Root")) == NOT_ACTIVATED


def test_a_member_cannot_activate(organization: Any, refused: Any) -> None:
    client = organization.client(organization.accounts["alpha"], "cloudformation")
    code, message = refused(client.activate_organizations_access)
    assert (code, message.partition(" of ")[0]) == ("InvalidOperationException", "You must be the management account")


def test_deactivation_waits_for_delegates(organization: Any, refused: Any) -> None:
    registered(organization, "alpha")
    code, _ = refused(organization.cloudformation.deactivate_organizations_access)
    assert code == "InvalidOperationException"


def test_a_delegates_stack_set_is_the_management_accounts(organization: Any, refused: Any) -> None:
    delegate = registered(organization, "alpha")
    created_by(organization, delegate, "DELEGATED_ADMIN")()
    described = organization.cloudformation.describe_stack_set(StackSetName="topics")["StackSet"]
    client = organization.client(delegate, "cloudformation")
    assert described["StackSetARN"].split(":")[4] == organization.management_id
    assert client.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"][0]["StackSetName"] == "topics"
    assert client.list_stack_sets()["Summaries"] == []
    assert refused(lambda: client.describe_stack_set(StackSetName="topics"))[0] == "StackSetNotFoundException"
    assert client.describe_organizations_access(CallAs="DELEGATED_ADMIN")["Status"] == "ENABLED"


@pytest.mark.parametrize(
    ("resource", "is_allowed"),
    [
        pytest.param("stackset/topics:*", True, id="its-own"),
        pytest.param("stackset/others:*", False, id="another"),
    ],
)
def test_policies_may_name_stack_sets(organization: Any, sandbox: Any, resource: str, *, is_allowed: bool) -> None:
    organization.stack_set()
    iam = organization.client(organization.management_id, "iam")
    arn = f"arn:aws:cloudformation:us-east-1:{organization.management_id}:{resource}"
    statement = {"Effect": "Allow", "Action": "cloudformation:DescribeStackSet", "Resource": arn}
    iam.create_user(UserName="reader")
    iam.put_user_policy(
        UserName="reader",
        PolicyName="stack-sets",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    reader = sandbox.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"])).client("cloudformation")
    if is_allowed:
        assert reader.describe_stack_set(StackSetName="topics")["StackSet"]["StackSetName"] == "topics"
        return
    with pytest.raises(ClientError, match="not authorized to perform: cloudformation:DescribeStackSet on resource"):
        reader.describe_stack_set(StackSetName="topics")
