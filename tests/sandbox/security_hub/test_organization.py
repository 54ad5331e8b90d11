"""Security Hub across an organization.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-accounts-orgs.html
"""

from collections.abc import Callable
from typing import Any

import pytest

PRINCIPAL = "securityhub.amazonaws.com"


def test_designation_brings_trust_and_a_hub(world: Any, account_of: Callable[[str], Any]) -> None:
    management_id = world.organization()
    administrator = account_of(world.member(management_id))
    management = world.client("securityhub", management_id)
    assert management.list_organization_admin_accounts()["AdminAccounts"] == []
    management.enable_organization_admin_account(AdminAccountId=administrator.id)
    management.enable_organization_admin_account(AdminAccountId=administrator.id)
    expected = [{"AccountId": administrator.id, "Status": "ENABLED"}]
    assert management.list_organization_admin_accounts()["AdminAccounts"] == expected
    assert administrator.hub.describe_hub()["HubArn"].split(":")[4] == administrator.id
    organizations = world.client("organizations", management_id)
    trusted = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [each["ServicePrincipal"] for each in trusted] == [PRINCIPAL]
    delegated = organizations.list_delegated_administrators(ServicePrincipal=PRINCIPAL)["DelegatedAdministrators"]
    assert [each["Id"] for each in delegated] == [administrator.id]


def test_the_management_account_may_administer_once_its_hub_is_on(
    world: Any, account_of: Callable[[str], Any], refusal: Any
) -> None:
    management = account_of(world.organization())
    member = account_of(world.member(management.id))
    designate = management.hub.enable_organization_admin_account
    assert refusal(lambda: designate(AdminAccountId=management.id))[0] == "InvalidInputException"
    management.hub.enable_security_hub()
    designate(AdminAccountId=management.id)
    management.hub.create_members(AccountDetails=[{"AccountId": member.id}])
    member.put()
    assert [each["AwsAccountId"] for each in management.list()] == [member.id]


@pytest.mark.parametrize(
    ("who", "call", "code"),
    [
        pytest.param("member", "designate", "AccessDeniedException", id="a member designates"),
        pytest.param("administrator", "designate", "AccessDeniedException", id="the administrator designates"),
        pytest.param("management", "designate a stranger", "InvalidInputException", id="a stranger is designated"),
        pytest.param("management", "designate", "InvalidInputException", id="a second administrator is designated"),
        pytest.param("management", "dismiss", "InvalidInputException", id="somebody else is dismissed"),
        pytest.param("member", "list members", "InvalidAccessException", id="a member lists members"),
        pytest.param("member", "add", "InvalidAccessException", id="a member adds members"),
        pytest.param("member", "configure", "InvalidAccessException", id="a member configures"),
        pytest.param("member", "switch off", "InvalidInputException", id="a member switches off"),
        pytest.param("administrator", "switch off", "InvalidInputException", id="the administrator switches off"),
    ],
)
def test_who_may_not(organization: Any, world: Any, refusal: Any, *, who: str, call: str, code: str) -> None:
    member = organization.new_member()
    ids = {
        "member": member.id,
        "administrator": organization.administrator.id,
        "management": organization.management_id,
    }
    hub = world.client("securityhub", ids[who])
    calls: dict[str, Callable[[], object]] = {
        "designate": lambda: hub.enable_organization_admin_account(AdminAccountId=member.id),
        "designate a stranger": lambda: hub.enable_organization_admin_account(
            AdminAccountId=world.standalone_account()
        ),
        "dismiss": lambda: hub.disable_organization_admin_account(AdminAccountId=member.id),
        "list members": hub.list_members,
        "add": lambda: hub.create_members(AccountDetails=[{"AccountId": member.id}]),
        "configure": lambda: hub.update_organization_configuration(AutoEnable=True),
        "switch off": hub.disable_security_hub,
    }
    assert refusal(calls[call])[0] == code


def test_the_administrator_sees_and_updates_its_members_findings(organization: Any) -> None:
    administrator, member, other = organization.administrator, organization.new_member(), organization.new_member()
    member.put(Title="of a member")
    other.put(Title="of another")
    wanted = {"AwsAccountId": [{"Value": each.id, "Comparison": "EQUALS"} for each in (member, other)]}
    assert sorted(each["Title"] for each in administrator.list(**wanted)) == ["of a member", "of another"]
    assert [each["Title"] for each in member.list()] == ["of a member"]
    identifiers = [{"Id": "one", "ProductArn": each.product} for each in (member, other)]
    update = {"FindingIdentifiers": identifiers, "Workflow": {"Status": "NOTIFIED"}}
    assert len(administrator.hub.batch_update_findings(**update)["ProcessedFindings"]) == 2
    assert other.read()["Workflow"]["Status"] == "NOTIFIED"
    assert [each["ErrorCode"] for each in member.hub.batch_update_findings(**update)["UnprocessedFindings"]] == [
        "FindingNotFound"
    ]


def test_members_come_and_go(organization: Any) -> None:
    administrator, member = organization.administrator, organization.new_member()
    assert member.hub.get_administrator_account()["Administrator"]["AccountId"] == administrator.id
    [described] = administrator.hub.get_members(AccountIds=[member.id])["Members"]
    assert (described["AdministratorId"], described["MemberStatus"]) == (administrator.id, "Enabled")
    pages = administrator.hub.get_paginator("list_members").paginate(PaginationConfig={"PageSize": 1})
    assert member.id in [each["AccountId"] for page in pages for each in page["Members"]]
    member.put()
    administrator.hub.disassociate_members(AccountIds=[member.id])
    assert "Administrator" not in member.hub.get_administrator_account()
    assert [each["AccountId"] for each in administrator.hub.get_members(AccountIds=[member.id])["UnprocessedAccounts"]]
    assert administrator.list(AwsAccountId=[{"Value": member.id, "Comparison": "EQUALS"}]) == []
    member.hub.disable_security_hub()


def test_a_member_that_leaves_the_organization_is_no_member(organization: Any, world: Any) -> None:
    member = organization.new_member()
    world.client("organizations", organization.management_id).remove_account_from_organization(AccountId=member.id)
    assert organization.administrator.hub.get_members(AccountIds=[member.id])["Members"] == []


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        pytest.param("stranger", "only accounts of the organization", id="a stranger"),
        pytest.param("administrator", "member of itself", id="itself"),
        pytest.param("management", "must enable Security Hub first", id="a management account without a hub"),
    ],
)
def test_who_does_not_become_a_member(organization: Any, world: Any, who: str, reason: str) -> None:
    ids = {
        "stranger": world.standalone_account(),
        "administrator": organization.administrator.id,
        "management": organization.management_id,
    }
    answer = organization.administrator.hub.create_members(AccountDetails=[{"AccountId": ids[who]}])
    [unprocessed] = answer["UnprocessedAccounts"]
    assert (unprocessed["AccountId"], reason in unprocessed["ProcessingResult"]) == (ids[who], True)


def test_new_accounts_come_in_by_themselves_if_asked(organization: Any, refusal: Any) -> None:
    administrator = organization.administrator
    assert refusal(organization.new_account().hub.describe_hub)[0] == "InvalidAccessException"
    administrator.hub.update_organization_configuration(AutoEnable=True)
    assert administrator.hub.describe_organization_configuration()["AutoEnable"] is True
    account = organization.new_account()
    assert account.hub.get_administrator_account()["Administrator"]["AccountId"] == administrator.id
    administrator.hub.update_organization_configuration(AutoEnable=False)


def test_a_dismissed_administrator_sees_nothing_of_others(world: Any, account_of: Callable[[str], Any]) -> None:
    management_id = world.organization()
    administrator, member = (account_of(world.member(management_id)) for _ in range(2))
    management = world.client("securityhub", management_id)
    management.enable_organization_admin_account(AdminAccountId=administrator.id)
    administrator.hub.create_members(AccountDetails=[{"AccountId": member.id}])
    member.put()
    assert len(administrator.list()) == 1
    management.disable_organization_admin_account(AdminAccountId=administrator.id)
    assert administrator.list() == []
    assert len(member.list()) == 1
