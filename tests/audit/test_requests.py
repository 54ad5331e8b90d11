"""How many requests an audit makes, counted where they arrive."""

import json
from collections import Counter

import pytest
from tests.audit.conftest import Ground

from rootguard.demo.alerting import MetricRoute
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import Password, root_user

WHO = "sts:GetCallerIdentity"
OF_EVERY_ACCOUNT = (
    "account:GetAlternateContact",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudwatch:DescribeAlarms",
    "iam:GenerateCredentialReport",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:ListVirtualMFADevices",
    "logs:DescribeMetricFilters",
    "logs:TestMetricFilter",
    "organizations:DescribeOrganization",
    "sns:ListSubscriptionsByTopic",
)
"""With one trail, filter, alarm and topic, and a root user with password, access key and MFA device."""
CENTRAL = "iam:ListOrganizationsFeatures"
"""Of every account of an organization."""
LONE = "444444444444"


def furnish(ground: Ground, account_id: str) -> str:
    """An account of which all rules need as much as they can, and whose credential report is there."""
    MetricRoute().set_up(ground.administrators.of(account_id), account_id)
    user = root_user(account_id)
    user.password = Password()
    user.add_access_key()
    user.add_passkey()
    while ground.client("iam", account_id).generate_credential_report()["State"] != "COMPLETE":
        pass
    return account_id


def counted(ground: Ground, *arguments: str) -> Counter[str]:
    with dispatch.recording() as requests:
        done = ground.audit("--format", "json", *arguments)
    assert done.document["errors"] == [], done.out
    return Counter(each.action for each in requests)


def test_an_account_needs_fourteen_and_each_once(ground: Ground) -> None:
    ground.become(furnish(ground, LONE))
    made = counted(ground)
    assert sorted(made.elements()) == sorted([*OF_EVERY_ACCOUNT, WHO])
    assert made.total() == 14


def test_a_report_that_is_not_there_yet_costs_asking_again(ground: Ground) -> None:
    ground.become(LONE)
    root_user(LONE).password = Password()
    made = counted(ground)
    assert made["iam:GenerateCredentialReport"] == 2
    assert made["iam:GetCredentialReport"] == 1


def test_the_account_that_manages_an_organization_needs_one_more(ground: Ground) -> None:
    ground.organization()
    furnish(ground, ground.management)
    made = counted(ground)
    assert sorted(made.elements()) == sorted([*OF_EVERY_ACCOUNT, CENTRAL, WHO])


def test_requests_do_not_grow_with_what_is_in_the_account(ground: Ground) -> None:
    ground.become(furnish(ground, LONE))
    before = counted(ground)
    iam = ground.client("iam", LONE)
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    for number in range(50):
        iam.create_user(UserName=f"user-{number}")
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=trusted)
        iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=document)
    assert counted(ground) == before


def test_a_further_account_costs_its_own_requests_and_the_role(ground: Ground) -> None:
    """And three of the organization: its parents and its policies, which the operator asks for."""
    members = ground.organization(*(f"member {number}" for number in range(3)))
    root_id = ground.root_id
    ground.client("organizations").enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    for account_id in (ground.management, *members):
        furnish(ground, account_id)
    few = counted(ground, "--account", ground.management, "--account", members[0])
    with dispatch.recording() as requests:
        many = counted(ground, "--organization")
    added = many - few
    per_account = sorted([*OF_EVERY_ACCOUNT, CENTRAL, "iam:SimulateCustomPolicy"])
    for member in members:
        assert sorted(each.action for each in requests if each.account_id == member) == per_account
    per_member = Counter(
        [*per_account, "sts:AssumeRole", "organizations:ListParents", "organizations:ListPoliciesForTarget"]
    )
    expected = Counter({action: 2 * number for action, number in per_member.items()})
    expected["organizations:ListAccounts"] = 1
    assert added == expected
    assert few - many == Counter({"organizations:DescribeAccount": 2})


def test_what_members_share_is_asked_once(ground: Ground) -> None:
    members = ground.organization(*(f"member {number}" for number in range(5)))
    organizations, root_id = ground.client("organizations"), ground.root_id
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    unit = ground.unit("unit", "", *members)
    statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    for number in range(3):
        made = organizations.create_policy(
            Name=f"policy {number}",
            Description="",
            Type="SERVICE_CONTROL_POLICY",
            Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    made = counted(ground, "--organization", "--rule", "root-denied-by-scp")
    assert {action: number for action, number in made.items() if action.startswith("organizations:")} == {
        "organizations:DescribeOrganization": 1 + len(members),
        "organizations:ListAccounts": 1,
        "organizations:ListRoots": 1,
        "organizations:ListParents": len(members) + 1,  # and the unit's own
        "organizations:ListPoliciesForTarget": len(members) + 2,  # of the unit and of the root, too
        "organizations:DescribePolicy": 3 + 1,  # and FullAWSAccess
    }


def test_a_refused_summary_is_asked_for_once(ground: Ground) -> None:
    with dispatch.failing("iam:GetAccountSummary", "AccessDenied"), dispatch.recording() as requests:
        done = ground.audit("--format", "json")
    assert [each.action for each in requests].count("iam:GetAccountSummary") == 1
    (error,) = done.document["errors"]
    ((account, rules),) = [(each["account_id"], each["rules"]) for each in error["results"]]
    assert (account, len(rules)) == (ground.management, 5)
    assert done.exit_code in {1, 3}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("root-mfa-enabled", ["iam:GetAccountSummary"]),
        ("root-security-contact", ["account:GetAlternateContact"]),
        ("root-not-used", ["iam:GenerateCredentialReport", "iam:GetAccountSummary", "iam:GetCredentialReport"]),
    ],
)
def test_a_single_rule_asks_for_nothing_but_its_own(ground: Ground, rule: str, expected: list[str]) -> None:
    ground.become(furnish(ground, LONE))
    made = counted(ground, "--rule", rule)
    assert sorted(made.elements()) == sorted([*expected, WHO, "organizations:DescribeOrganization"])


def test_sessions_of_root_are_asked_for_once_in_each_member(ground: Ground) -> None:
    members = ground.organization("one", "two")
    ground.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    ground.client("iam").enable_organizations_root_credentials_management()
    for member in members:
        root_user(member).password = Password()
        root_user(member).add_passkey()
    made = counted(ground, "--organization", "--rule", "hardware-mfa-for-root", "--assume-root")
    assert made["sts:AssumeRoot"] == made["iam:ListMFADevices"] == len(members)
