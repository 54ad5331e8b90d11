"""organization.yaml as a stack of the management account: functions and pack in every account, and in later ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rootguard.catalog import load_catalog, load_rules
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.background import idle
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

pytestmark = pytest.mark.slow

FUNCTIONS = sorted(f"rootguard-{rule.name}" for rule in load_rules())
LEFT_OUT = "root-denied-by-scp"  # it cannot judge without the reader role that it requires
PACK = sorted({rule.name for rule in load_catalog()} - {LEFT_OUT})
TEMPLATE, STACK = "organization.yaml", "rootguard-organization"
SERVICES = (
    "member.org.stacksets.cloudformation.amazonaws.com",
    "config.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
)
AT_ONCE = {"MaxConcurrentPercentage": 100}


class Organization:
    """An organization with two units, one in the other, and accounts that AWS Config records."""

    def __init__(self, sandbox: Sandbox, artifacts: Any) -> None:
        self._administrators = Administrators(sandbox)
        self.management, self.artifacts = sandbox.management_account_id, artifacts
        made = self.organizations.create_organization(FeatureSet="ALL")["Organization"]
        for service in SERVICES:
            self.organizations.enable_aws_service_access(ServicePrincipal=service)
        self.cloudformation.activate_organizations_access()
        self.root = self.organizations.list_roots()["Roots"][0]["Id"]
        self.outer, self.inner = self._unit(self.root, "outer"), ""
        self.inner = self._unit(self.outer, "inner")
        self.record(self.management)
        s3 = self.client(self.management, "s3")
        s3.create_bucket(Bucket=artifacts.bucket)
        s3.put_bucket_policy(Bucket=artifacts.bucket, Policy=_READABLE.replace("ORGANIZATION", made["Id"]))
        artifacts.publish(s3)

    @property
    def organizations(self) -> Any:
        return self.client(self.management, "organizations")

    @property
    def cloudformation(self) -> Any:
        return self.client(self.management, "cloudformation")

    def _unit(self, parent: str, name: str) -> str:
        made = self.organizations.create_organizational_unit(ParentId=parent, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def client(self, account_id: str, service: str) -> Any:
        """To be used at once: all accounts share one."""
        return self._administrators.of(account_id).client(service, "us-east-1")

    def add(self, name: str, unit: str = "") -> str:
        """A new account, in a unit; AWS Config records it before the StackSet has finished."""
        made = self.organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        account_id = str(made["CreateAccountStatus"]["AccountId"])
        self.record(account_id)
        if unit:
            self.organizations.move_account(AccountId=account_id, SourceParentId=self.root, DestinationParentId=unit)
        return account_id

    def record(self, account_id: str) -> None:
        role = f"arn:aws:iam::{account_id}:role/recorder"
        self.client(account_id, "s3").create_bucket(Bucket=f"config-{account_id}")
        config = self.client(account_id, "config")
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def deploy(self, *units: str, **parameters: object) -> dict[str, str]:
        given = {**AT_ONCE, **parameters, "OrganizationalUnitIds": ",".join(units or (self.root,))}
        outputs: dict[str, str] = self.artifacts.deploy(self.cloudformation, TEMPLATE, STACK, **given)
        assert idle(60)
        return outputs

    def deploy_to_itself(self) -> None:
        """The functions of the management account, which no StackSet reaches."""
        self.artifacts.deploy(self.cloudformation, "rules.yaml", "rootguard-rules")

    def functions(self, account_id: str) -> list[str]:
        found = self.client(account_id, "lambda").list_functions()["Functions"]
        return sorted(each["FunctionName"] for each in found if "redeployment" not in each["FunctionName"])

    def pack_rules(self, account_id: str) -> list[str]:
        rules = self.client(account_id, "config").describe_config_rules()["ConfigRules"]
        return sorted(rule["ConfigRuleName"].partition("-conformance-pack-")[0] for rule in rules)

    def pack_statuses(self) -> dict[str, str]:
        pages = self.client(self.management, "config").get_paginator(
            "get_organization_conformance_pack_detailed_status"
        )
        found = pages.paginate(OrganizationConformancePackName="rootguard").build_full_result()
        return {each["AccountId"]: each["Status"] for each in found["OrganizationConformancePackDetailedStatuses"]}


_READABLE = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
"Resource": "arn:aws:s3:::artifacts/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "ORGANIZATION"}}}]}"""


@pytest.fixture
def organization(sandbox: Sandbox, artifacts: Any) -> Iterator[Organization]:
    sandbox.reset()
    state(Settings).evaluate_on_creation = False
    yield Organization(sandbox, artifacts)
    assert idle(60)


def test_every_account_gets_functions_and_pack_later_ones_too(organization: Organization) -> None:
    members = [organization.add("first"), organization.add("second", organization.inner)]
    organization.deploy_to_itself()

    outputs = organization.deploy()

    assert outputs["StackSetId"].startswith("rootguard-rules:")
    assert ":organization-conformance-pack/rootguard-" in outputs["PackArn"]
    for account_id in (organization.management, *members):
        assert organization.functions(account_id) == FUNCTIONS
        assert organization.pack_rules(account_id) == PACK

    later = organization.add("later")
    assert idle(60)

    assert organization.functions(later) == FUNCTIONS
    assert organization.pack_rules(later) == PACK
    assert set(organization.pack_statuses().values()) <= {"CREATE_SUCCESSFUL", "UPDATE_SUCCESSFUL"}


@dataclass(frozen=True)
class Reach:
    """Who is to get what, by name: outside and beyond the units, in the outer and in the inner one."""

    functions: frozenset[str]
    pack: frozenset[str]


@pytest.mark.parametrize(
    ("unit", "parameters", "reach"),
    [
        pytest.param(
            "root",
            {"ExcludedAccounts": "outer,inner"},
            Reach(frozenset({"outside"}), frozenset({"outside", "management"})),
            id="without two accounts",
        ),
        pytest.param(
            "root",
            {"ExcludedAccounts": "outer", "PackExcludedAccounts": "management"},
            Reach(frozenset({"outside", "inner"}), frozenset({"outside", "inner"})),
            id="without an account, and the management account without the pack",
        ),
        pytest.param(
            "outer",
            {"PackExcludedAccounts": "outside,management"},
            Reach(frozenset({"outer", "inner"}), frozenset({"outer", "inner"})),
            id="one unit and the one in it",
        ),
        pytest.param(
            "outer",
            {"ExcludedAccounts": "outer", "PackDeployment": "stackset"},
            Reach(frozenset({"inner"}), frozenset({"inner"})),
            id="the pack in each account's stack",
        ),
    ],
)
def test_who_gets_functions_and_pack(
    organization: Organization, unit: str, parameters: dict[str, str], reach: Reach
) -> None:
    ids = {
        "management": organization.management,
        "outside": organization.add("outside"),
        "outer": organization.add("outer", organization.outer),
        "inner": organization.add("inner", organization.inner),
    }
    organization.deploy_to_itself()

    given = {name: ",".join(ids.get(each, each) for each in value.split(",")) for name, value in parameters.items()}
    outputs = organization.deploy({"root": organization.root, "outer": organization.outer}[unit], **given)

    functions = {name for name, account_id in ids.items() if organization.functions(account_id) == FUNCTIONS}
    assert functions == reach.functions | {"management"}
    assert {name for name, account_id in ids.items() if organization.pack_rules(account_id) == PACK} == reach.pack
    assert ("PackArn" in outputs) == ("PackDeployment" not in parameters)


def test_an_account_that_the_stack_set_has_not_reached_fails_the_pack_and_gets_it_later(
    organization: Organization,
) -> None:
    """The functions come to an account outside the units once it is moved into one."""
    organization.deploy_to_itself()
    organization.add("first", organization.outer)
    organization.deploy(organization.outer)

    later = organization.add("later")
    assert idle(60)
    assert organization.pack_statuses()[later] == "CREATE_FAILED"
    assert organization.functions(later) == []

    move = {"AccountId": later, "SourceParentId": organization.root, "DestinationParentId": organization.outer}
    organization.organizations.move_account(**move)
    assert idle(60)

    assert organization.pack_statuses()[later] == "CREATE_SUCCESSFUL"
    assert organization.functions(later) == FUNCTIONS
    assert organization.pack_rules(later) == PACK


def test_nothing_is_left_of_a_deleted_stack(organization: Organization, remove: Callable[[Any, str], None]) -> None:
    member = organization.add("member")
    organization.deploy_to_itself()
    organization.deploy()

    remove(organization.cloudformation, STACK)
    assert idle(60)

    assert organization.functions(member) == organization.pack_rules(member) == []
    assert organization.pack_rules(organization.management) == []
    assert organization.cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"] == []
    roles = organization.client(organization.management, "iam").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles if "redeployment" in role["RoleName"]] == []
