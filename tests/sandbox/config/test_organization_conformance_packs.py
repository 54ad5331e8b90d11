"""Organization conformance packs over HTTP: who may put them, where they land, how they fail."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules import work

FUNCTION = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:judge"}
PERIODIC = [{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}]


def template(*names: str, attested: bool = False) -> str:
    source = (
        {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
        if attested
        else {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": PERIODIC}
    )
    rules = {
        name: {"Type": "AWS::Config::ConfigRule", "Properties": {"ConfigRuleName": name, "Source": source}}
        for name in names
    }
    return json.dumps({"Resources": rules})


ATTESTED = template("attested", attested=True)


def put(account: Any, body: str = ATTESTED, **parameters: Any) -> str:
    name = parameters.pop("name", "pack")
    arn: str = account.config.put_organization_conformance_pack(
        OrganizationConformancePackName=name, TemplateBody=body, **parameters
    )["OrganizationConformancePackArn"]
    assert work.idle(30)
    return arn


def status(account: Any, name: str = "pack") -> dict[str, Any]:
    [found] = account.config.describe_organization_conformance_pack_statuses(OrganizationConformancePackNames=[name])[
        "OrganizationConformancePackStatuses"
    ]
    return dict(found)


def detailed(account: Any, **filters: str) -> dict[str, dict[str, Any]]:
    pages = account.config.get_paginator("get_organization_conformance_pack_detailed_status").paginate(
        OrganizationConformancePackName="pack", Filters=filters
    )
    found = pages.build_full_result()["OrganizationConformancePackDetailedStatuses"]
    return {each["AccountId"]: each for each in found}


def rule_names(account: Any) -> list[str]:
    return [rule["ConfigRuleName"] for rule in account.config.describe_config_rules()["ConfigRules"]]


@pytest.fixture
def member(member_of: Callable[[str], Any]) -> Any:
    created = member_of("member")
    created.start_recorder()
    return created


def test_the_pack_comes_into_the_management_account_and_every_member(account: Any, member: Any) -> None:
    for each in (account, member):
        each.permitted_function("judge")

    arn = put(account, template("root-mfa"))

    suffix = arn.rpartition("-")[2]
    assert arn == f"arn:aws:config:us-east-1:{account.account_id}:organization-conformance-pack/pack-{suffix}"
    assert len(suffix) == 8
    assert status(account)["Status"] == "CREATE_SUCCESSFUL"
    found = detailed(account)
    assert found.keys() == {account.account_id, member.account_id}
    for each in (account, member):
        told = found[each.account_id]
        assert (told["Status"], told["ConformancePackName"]) == ("CREATE_SUCCESSFUL", f"OrgConformsPack-pack-{suffix}")
        [pack] = each.config.describe_conformance_packs()["ConformancePackDetails"]
        assert (pack["ConformancePackName"], pack["CreatedBy"]) == (
            f"OrgConformsPack-pack-{suffix}",
            "config-multiaccountsetup.amazonaws.com",
        )
        [rule] = each.config.describe_config_rules()["ConfigRules"]
        assert rule["ConfigRuleName"] == f"root-mfa-{pack['ConformancePackId']}"
        assert rule["Source"]["SourceIdentifier"].endswith(f":{each.account_id}:function:judge")
        each.client("iam").get_role(RoleName="AWSServiceRoleForConfigConforms")
        with pytest.raises(ClientError, match="AccessDeniedException"):
            each.config.delete_conformance_pack(ConformancePackName=pack["ConformancePackName"])


def test_one_account_without_the_function_fails_alone(account: Any, member: Any) -> None:
    account.permitted_function("judge")

    put(account, template("root-mfa"))

    assert (status(account)["Status"], status(account)["ErrorCode"]) == (
        "CREATE_FAILED",
        "InsufficientPermissionsException",
    )
    failed = detailed(account, Status="CREATE_FAILED")
    assert failed.keys() == {member.account_id}
    assert f"{member.account_id}:function:judge cannot be invoked" in failed[member.account_id]["ErrorMessage"]
    assert (len(rule_names(account)), rule_names(member)) == (1, [])

    member.permitted_function("judge")
    put(account, template("root-mfa"))
    assert {told["Status"] for told in detailed(account).values()} == {"UPDATE_SUCCESSFUL", "CREATE_SUCCESSFUL"}
    assert len(rule_names(member)) == 1


def test_an_account_that_records_nothing_fails(account: Any, member_of: Any) -> None:
    silent = member_of("silent")

    put(account)

    assert detailed(account, AccountId=silent.account_id)[silent.account_id]["ErrorCode"] == (
        "NoAvailableConfigurationRecorderException"
    )


def test_excluded_and_closed_accounts_are_left_out_and_an_update_may_exclude(account: Any, member_of: Any) -> None:
    first, second, closed = member_of("first"), member_of("second"), member_of("closed")
    for each in (first, second, closed):
        each.start_recorder()
    account.client("organizations").close_account(AccountId=closed.account_id)
    put(account, ExcludedAccounts=[first.account_id])
    assert detailed(account).keys() == {account.account_id, second.account_id}

    put(account, ExcludedAccounts=[second.account_id])

    assert detailed(account).keys() == {account.account_id, first.account_id}
    assert (len(rule_names(first)), rule_names(second)) == (1, [])
    assert second.config.describe_conformance_packs()["ConformancePackDetails"] == []
    [pack] = account.config.describe_organization_conformance_packs()["OrganizationConformancePacks"]
    assert pack["ExcludedAccounts"] == [second.account_id]


def test_a_deleted_pack_leaves_every_account(account: Any, member: Any) -> None:
    put(account)

    account.config.delete_organization_conformance_pack(OrganizationConformancePackName="pack")

    assert work.idle(30)
    assert rule_names(account) == rule_names(member) == []
    for call in (
        account.config.delete_organization_conformance_pack,
        account.config.get_organization_conformance_pack_detailed_status,
    ):
        with pytest.raises(ClientError, match="NoSuchOrganizationConformancePackException"):
            call(OrganizationConformancePackName="pack")
    assert account.config.describe_organization_conformance_packs()["OrganizationConformancePacks"] == []


@pytest.mark.parametrize("puts", [pytest.param(0, id="untouched"), pytest.param(2, id="after two further updates")])
def test_a_new_account_gets_the_pack_when_its_recorder_starts(
    account: Any, member: Any, member_of: Any, puts: int
) -> None:
    put(account)
    late = member_of("late")
    assert work.idle(30)
    for _ in range(puts):
        put(account)
    assert detailed(account)[late.account_id]["ErrorCode"] == "NoAvailableConfigurationRecorderException"

    late.start_recorder()

    assert work.idle(30)
    assert detailed(account)[late.account_id]["Status"] == "CREATE_SUCCESSFUL"
    assert (len(rule_names(late)), len(rule_names(member))) == (1, 1)


def test_an_account_that_leaves_loses_the_pack(account: Any, member: Any) -> None:
    put(account)

    account.client("organizations").remove_account_from_organization(AccountId=member.account_id)

    assert work.idle(30)
    assert (rule_names(member), len(rule_names(account))) == ([], 1)
    assert member.account_id not in detailed(account)


def test_a_delegated_administrator_has_packs_of_its_own(account: Any, member: Any) -> None:
    with pytest.raises(ClientError, match="OrganizationAccessDeniedException"):
        put(member)
    organizations, service = account.client("organizations"), "config-multiaccountsetup.amazonaws.com"
    organizations.enable_aws_service_access(ServicePrincipal=service)
    organizations.register_delegated_administrator(AccountId=member.account_id, ServicePrincipal=service)

    put(member)

    assert account.config.describe_organization_conformance_packs()["OrganizationConformancePacks"] == []
    assert detailed(member)[member.account_id]["Status"] == "CREATE_SUCCESSFUL"
    assert detailed(member)[account.account_id]["ErrorCode"] == "InsufficientPermissionsException", "no role there yet"
    account.client("iam").create_role(
        RoleName="AWSServiceRoleForConfigConforms",
        Path="/aws-service-role/config-conforms.amazonaws.com/",
        AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}',
    )
    put(member)
    assert detailed(member)[account.account_id]["Status"] == "CREATE_SUCCESSFUL"


def test_putting_a_pack_gives_aws_config_access_to_the_organization(account: Any, member: Any) -> None:
    put(account)

    enabled = account.client("organizations").list_aws_service_access_for_organization()["EnabledServicePrincipals"]

    assert "config-multiaccountsetup.amazonaws.com" in {each["ServicePrincipal"] for each in enabled}
    account.client("iam").get_role(RoleName="AWSServiceRoleForConfigMultiAccountSetup")
    assert member.account_id in detailed(account)


def test_outside_of_an_organization_nothing_is_answered(account: Any) -> None:
    for call in (
        partial(put, account),
        account.config.describe_organization_conformance_packs,
        account.config.describe_organization_conformance_pack_statuses,
    ):
        with pytest.raises(ClientError, match="OrganizationAccessDeniedException"):
            call()


def test_an_organization_for_billing_only_is_refused(account: Any) -> None:
    account.client("organizations").create_organization(FeatureSet="CONSOLIDATED_BILLING")

    with pytest.raises(ClientError, match="OrganizationAllFeaturesNotEnabledException"):
        put(account)
