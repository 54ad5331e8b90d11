"""Aggregators over an organization: who may have one, what it needs, what it shows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.config_rules import work
from rootguard.sandbox.server import Sandbox

TRUST = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
FOR_ORGANIZATIONS = "arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations"
PACK = """
Resources:
  Asked:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: asked
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
  Silent:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: silent
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
"""


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization, whose clients are made once for all tests."""

    clients: Administrators
    account_id: str

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return self.clients.of(self.account_id).client(service, region)

    @property
    def config(self) -> Any:
        return self.client("config")

    def start_recorder(self, region: str = "us-east-1") -> None:
        """As much of a recorder as rules need."""
        role = f"arn:aws:iam::{self.account_id}:role/recorder"
        self.client("config", region).put_configuration_recorder(
            ConfigurationRecorder={"name": "default", "roleARN": role}
        )

    def put_rule(self, name: str, region: str = "us-east-1") -> None:
        source = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
        self.client("config", region).put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})

    def judge(self, rule: str, compliance: str, region: str = "us-east-1") -> None:
        """Record what a person found."""
        evaluation = {
            "ComplianceResourceType": "AWS::::Account",
            "ComplianceResourceId": self.account_id,
            "ComplianceType": compliance,
            "Annotation": f"{rule} was looked at",
            "OrderingTimestamp": datetime(2027, 1, 1, tzinfo=UTC),
        }
        self.client("config", region).put_external_evaluation(ConfigRuleName=rule, ExternalEvaluation=evaluation)

    def role(self, service: str = "config.amazonaws.com", policy: str | None = FOR_ORGANIZATIONS) -> str:
        """A role for an aggregator."""
        statement = TRUST | {"Principal": {"Service": service}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = self.client("iam")
        arn: str = iam.create_role(RoleName=f"for-{service}{policy is None}", AssumeRolePolicyDocument=trust)["Role"][
            "Arn"
        ]
        if policy:
            iam.attach_role_policy(RoleName=arn.rpartition("/")[2], PolicyArn=policy)
        return arn

    def aggregate(self, role_arn: str, **regions: Any) -> Any:
        """An aggregator named "all"; its answer."""
        source = {"RoleArn": role_arn} | (regions or {"AwsRegions": ["us-east-1"]})
        return self.config.put_configuration_aggregator(
            ConfigurationAggregatorName="all", OrganizationAggregationSource=source
        )


@dataclass(frozen=True, slots=True)
class Organization:
    """A management account and two members that record."""

    management: Member
    members: tuple[Member, ...]

    @property
    def config(self) -> Any:
        return self.management.config


@pytest.fixture(scope="module")
def clients(sandbox: Sandbox) -> Administrators:
    return Administrators(sandbox)


@pytest.fixture(scope="module")
def new_organization(sandbox: Sandbox, clients: Administrators) -> Callable[[], Organization]:
    """Empty the sandbox and make an organization in it."""

    def make() -> Organization:
        sandbox.reset()
        management = Member(clients, sandbox.management_account_id)
        organizations = management.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        created = [
            organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
            for name in ("one", "two")
        ]
        members = tuple(Member(clients, each["AccountId"]) for each in created)
        for each in (management, *members):
            each.start_recorder()
        return Organization(management, members)

    return make


@pytest.fixture
def organization(new_organization: Callable[[], Organization]) -> Organization:
    return new_organization()


@pytest.fixture
def judged(organization: Organization) -> Organization:
    """The management account is compliant, a member is not, another has rules without a verdict."""
    organization.management.aggregate(organization.management.role())
    verdicts = ("COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE")
    for each, verdict in zip((organization.management, *organization.members), verdicts, strict=True):
        each.put_rule("asked")
        each.put_rule("silent")
        each.judge("asked", verdict)
    return organization


def rules_shown(organization: Organization, **filters: str) -> list[tuple[str, str, str]]:
    found = organization.config.describe_aggregate_compliance_by_config_rules(
        ConfigurationAggregatorName="all", Filters=filters
    )["AggregateComplianceByConfigRules"]
    return [(each["AccountId"], each["ConfigRuleName"], each["Compliance"]["ComplianceType"]) for each in found]


def test_rules_with_a_verdict_are_shown(judged: Organization) -> None:
    assert rules_shown(judged) == sorted(
        [
            (judged.management.account_id, "asked", "COMPLIANT"),
            (judged.members[0].account_id, "asked", "NON_COMPLIANT"),
        ]
    )


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        pytest.param({"ComplianceType": "NON_COMPLIANT"}, 1, id="by compliance"),
        pytest.param({"ConfigRuleName": "asked"}, 2, id="by rule"),
        pytest.param({"ConfigRuleName": "silent"}, 0, id="by a rule without results"),
        pytest.param({"AccountId": "{member}"}, 1, id="by account"),
        pytest.param({"AwsRegion": "us-east-1"}, 2, id="by Region"),
        pytest.param({"AwsRegion": "eu-west-1"}, 0, id="by another Region"),
    ],
)
def test_rules_are_filtered(judged: Organization, filters: dict[str, str], count: int) -> None:
    member = judged.members[0].account_id
    assert len(rules_shown(judged, **{key: value.format(member=member) for key, value in filters.items()})) == count


def test_pages_of_rules(judged: Organization) -> None:
    pages = judged.config.get_paginator("describe_aggregate_compliance_by_config_rules").paginate(
        ConfigurationAggregatorName="all", PaginationConfig={"PageSize": 1}
    )
    assert [len(page["AggregateComplianceByConfigRules"]) for page in pages] == [1, 1]


@pytest.mark.parametrize(
    ("rule", "wanted", "shown"),
    [
        pytest.param("asked", {}, [("NON_COMPLIANT", "asked was looked at")], id="all"),
        pytest.param("asked", {"ComplianceType": "COMPLIANT"}, [], id="of another value"),
        pytest.param("silent", {}, [], id="of a rule without results"),
        pytest.param("unheard-of", {}, [], id="of a rule that is not there"),
    ],
)
def test_results_of_one_rule(
    judged: Organization, rule: str, wanted: dict[str, str], shown: list[tuple[str, str]]
) -> None:
    member = judged.members[0].account_id
    found = judged.config.get_aggregate_compliance_details_by_config_rule(
        ConfigurationAggregatorName="all", ConfigRuleName=rule, AccountId=member, AwsRegion="us-east-1", **wanted
    )["AggregateEvaluationResults"]
    assert [(each["ComplianceType"], each["Annotation"]) for each in found] == shown
    assert {(each["AccountId"], each["AwsRegion"]) for each in found} <= {(member, "us-east-1")}


def test_results_that_do_not_apply_are_left_out(judged: Organization) -> None:
    found = judged.config.get_aggregate_compliance_details_by_config_rule(
        ConfigurationAggregatorName="all",
        ConfigRuleName="asked",
        AccountId=judged.members[1].account_id,
        AwsRegion="us-east-1",
    )
    assert found["AggregateEvaluationResults"] == []


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        pytest.param({}, [(None, 1, 1)], id="all"),
        pytest.param({"GroupByKey": "AWS_REGION"}, [("us-east-1", 1, 1)], id="by Region"),
        pytest.param({"GroupByKey": "ACCOUNT_ID"}, [("0", 1, 0), ("1", 0, 1), ("2", 0, 0)], id="by account"),
    ],
)
def test_rules_are_counted(
    judged: Organization, group: dict[str, str], shown: list[tuple[str | None, int, int]]
) -> None:
    accounts = {each.account_id: str(n) for n, each in enumerate((judged.management, *judged.members))}
    answer = judged.config.get_aggregate_config_rule_compliance_summary(ConfigurationAggregatorName="all", **group)
    counts = [
        (
            accounts.get(each.get("GroupName", ""), each.get("GroupName")),
            each["ComplianceSummary"]["CompliantResourceCount"]["CappedCount"],
            each["ComplianceSummary"]["NonCompliantResourceCount"]["CappedCount"],
        )
        for each in answer["AggregateComplianceCounts"]
    ]
    assert sorted(counts, key=str) == shown
    assert answer.get("GroupByKey") == group.get("GroupByKey")


def test_packs_are_counted(organization: Organization) -> None:
    organization.management.aggregate(organization.management.role())
    member = organization.members[0]
    member.client("s3").create_bucket(Bucket="config")
    member.config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
    member.config.start_configuration_recorder(ConfigurationRecorderName="default")
    member.config.put_conformance_pack(ConformancePackName="root", TemplateBody=PACK)
    assert work.idle(30)
    rules = member.config.describe_config_rules()["ConfigRules"]
    member.judge(next(rule["ConfigRuleName"] for rule in rules if "asked" in rule["ConfigRuleName"]), "NON_COMPLIANT")
    found = organization.config.describe_aggregate_compliance_by_conformance_packs(ConfigurationAggregatorName="all")
    assert found["AggregateComplianceByConformancePacks"] == [
        {
            "ConformancePackName": "root",
            "Compliance": {
                "ComplianceType": "NON_COMPLIANT",
                "CompliantRuleCount": 0,
                "NonCompliantRuleCount": 1,
                "TotalRuleCount": 2,
            },
            "AccountId": member.account_id,
            "AwsRegion": "us-east-1",
        }
    ]
    summary = organization.config.get_aggregate_conformance_pack_compliance_summary(ConfigurationAggregatorName="all")
    assert [each["ComplianceSummary"] for each in summary["AggregateConformancePackComplianceSummaries"]] == [
        {"CompliantConformancePackCount": 0, "NonCompliantConformancePackCount": 1}
    ]


def test_all_regions_or_the_home_region(organization: Organization) -> None:
    member, role = organization.members[0], organization.management.role()
    member.start_recorder("eu-west-1")
    member.put_rule("asked", "eu-west-1")
    member.judge("asked", "COMPLIANT", "eu-west-1")
    organization.management.aggregate(role)
    assert rules_shown(organization) == []
    organization.management.aggregate(role, AllAwsRegions=True)
    assert rules_shown(organization) == [(member.account_id, "asked", "COMPLIANT")]


def statuses_of(organization: Organization) -> list[tuple[str, str, str]]:
    found = organization.config.describe_configuration_aggregator_sources_status(ConfigurationAggregatorName="all")
    return [
        (each["SourceType"], each["LastUpdateStatus"], each.get("LastErrorCode", ""))
        for each in found["AggregatedSourceStatusList"]
    ]


def test_every_source_is_told_of(organization: Organization) -> None:
    organization.management.aggregate(organization.management.role())
    assert statuses_of(organization) == [("ACCOUNT", "SUCCEEDED", "")] * 3 + [("ORGANIZATION", "SUCCEEDED", "")]


def test_the_management_accounts_aggregator_brings_trusted_access(organization: Organization) -> None:
    organization.management.aggregate(organization.management.role())
    trusted = organization.management.client("organizations").list_aws_service_access_for_organization()
    assert "config.amazonaws.com" in [each["ServicePrincipal"] for each in trusted["EnabledServicePrincipals"]]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        pytest.param({}, 2, id="as AWS has it"),
        pytest.param({"policy": None}, 0, id="without permissions"),
        pytest.param({"service": "lambda.amazonaws.com"}, 0, id="for another service"),
    ],
)
def test_the_role_must_read_the_organization(judged: Organization, role: dict[str, Any], shown: int) -> None:
    if role:
        judged.management.aggregate(judged.management.role(**role))
    assert len(rules_shown(judged)) == shown
    assert (("ORGANIZATION", "FAILED", "InvalidRoleException") in statuses_of(judged)) is (shown == 0)


def test_without_trusted_access_nothing_is_collected(judged: Organization) -> None:
    organizations = judged.management.client("organizations")
    organizations.disable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    assert rules_shown(judged) == []
    assert statuses_of(judged) == [("ORGANIZATION", "FAILED", "OrganizationAccessDeniedException")]


def test_a_delegated_administrator_has_its_own(judged: Organization) -> None:
    delegate = judged.members[1]
    judged.management.client("organizations").register_delegated_administrator(
        AccountId=delegate.account_id, ServicePrincipal="config.amazonaws.com"
    )
    delegate.aggregate(delegate.role())
    found = delegate.config.describe_aggregate_compliance_by_config_rules(ConfigurationAggregatorName="all")
    assert len(found["AggregateComplianceByConfigRules"]) == 2


def test_tags_stay_as_they_were_made(organization: Organization) -> None:
    request = {
        "ConfigurationAggregatorName": "all",
        "OrganizationAggregationSource": {
            "RoleArn": organization.management.role(),
            "AwsRegions": ["us-east-1"],
        },
    }
    arns = [
        organization.config.put_configuration_aggregator(**request, Tags=[{"Key": "a", "Value": value}])
        for value in ("1", "2")
    ]
    found = organization.config.list_tags_for_resource(
        ResourceArn=arns[1]["ConfigurationAggregator"]["ConfigurationAggregatorArn"]
    )
    assert found["Tags"] == [{"Key": "a", "Value": "1"}]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        pytest.param("member", "OrganizationAccessDeniedException", id="a member"),
        pytest.param("stranger", "NoAvailableOrganizationException", id="an account outside"),
    ],
)
def test_who_may_not_aggregate(organization: Organization, who: str, code: str) -> None:
    member = organization.members[0]
    client = member.config if who == "member" else Member(member.clients, "999999999999").config
    source = {"RoleArn": "arn:aws:iam::999999999999:role/aggregate", "AwsRegions": ["us-east-1"]}
    with pytest.raises(ClientError, match=code):
        client.put_configuration_aggregator(ConfigurationAggregatorName="all", OrganizationAggregationSource=source)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(
            lambda config: config.describe_aggregate_compliance_by_config_rules(ConfigurationAggregatorName="other"),
            "NoSuchConfigurationAggregatorException",
            id="an aggregator that is not there",
        ),
        pytest.param(
            lambda config: config.describe_aggregate_compliance_by_config_rules(
                ConfigurationAggregatorName="all", Filters={"ComplianceType": "NOT_APPLICABLE"}
            ),
            "ValidationException",
            id="a value that aggregates have not",
        ),
        pytest.param(
            lambda config: config.describe_aggregate_compliance_by_config_rules(
                ConfigurationAggregatorName="all", NextToken="forged"
            ),
            "InvalidNextTokenException",
            id="a forged token",
        ),
        pytest.param(
            lambda config: config.put_configuration_aggregator(
                ConfigurationAggregatorName="all",
                OrganizationAggregationSource={"RoleArn": "", "AwsRegions": ["us-east-1"]},
            ),
            "InvalidRoleException",
            id="no role",
        ),
    ],
)
def test_refusals(organization: Organization, call: Callable[[Any], Any], code: str) -> None:
    organization.management.aggregate(organization.management.role())
    with pytest.raises(ClientError, match=code):
        call(organization.config)


def test_accounts_one_by_one_are_not_read(organization: Organization) -> None:
    organization.config.put_configuration_aggregator(
        ConfigurationAggregatorName="single",
        AccountAggregationSources=[{"AccountIds": ["111122223333"], "AllAwsRegions": True}],
    )
    with pytest.raises(ClientError, match="SandboxNotImplemented"):
        organization.config.describe_aggregate_compliance_by_config_rules(ConfigurationAggregatorName="single")
