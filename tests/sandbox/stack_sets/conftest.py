"""An organization that StackSets may work in, built over HTTP as a person would.

Its root has the accounts alpha and beta and the units Workloads (gamma), in which is Production (delta), and Sandbox
(epsilon).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from rootguard.sandbox import background
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.server import Sandbox

REGION = "us-east-1"
TOPIC = """
Parameters:
  Name: {Type: String, Default: hello}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Name}}
"""
AT_ONCE = {"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 100}
MANUAL = {"Enabled": False}
AUTOMATIC = {"Enabled": True, "RetainStacksOnAccountRemoval": False}


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization, until the next reset."""

    management_id: str
    administrators: Administrators
    units: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    @property
    def cloudformation(self) -> Any:
        return self.client(self.management_id, "cloudformation")

    def client(self, account_id: str, service: str, region: str = REGION) -> Any:
        return self.administrators.client(account_id, service, region)

    def unit(self, name: str, parent: str) -> None:
        created = self.client(self.management_id, "organizations").create_organizational_unit(
            ParentId=self.units[parent], Name=name
        )
        self.units[name] = created["OrganizationalUnit"]["Id"]

    def account(self, name: str, unit: str = "Root") -> str:
        organizations = self.client(self.management_id, "organizations")
        created = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        self.accounts[name] = created["CreateAccountStatus"]["AccountId"]
        if unit != "Root":
            self.move(name, "Root", unit)
        return self.accounts[name]

    def move(self, name: str, source: str, destination: str) -> None:
        self.client(self.management_id, "organizations").move_account(
            AccountId=self.accounts[name],
            SourceParentId=self.units[source],
            DestinationParentId=self.units[destination],
        )

    def stack_set(self, template: str = TOPIC, **request: Any) -> str:
        """Create the StackSet `topics`."""
        defaults = {"PermissionModel": "SERVICE_MANAGED", "AutoDeployment": MANUAL}
        created = self.cloudformation.create_stack_set(
            StackSetName="topics", TemplateBody=template, **(defaults | request)
        )
        return str(created["StackSetId"])

    def targets(self, *units: str, accounts: tuple[str, ...] = (), filter_type: str | None = None) -> dict[str, Any]:
        """DeploymentTargets of units and accounts by their names."""
        targets: dict[str, Any] = {"OrganizationalUnitIds": [self.units[unit] for unit in units]} if units else {}
        if accounts:
            targets["Accounts"] = [self.accounts.get(name, name) for name in accounts]
        return targets | ({"AccountFilterType": filter_type} if filter_type else {})

    def deploy(self, *units: str, **request: Any) -> str:
        """Create instances of `topics` in units, and wait; the operation's id."""
        defaults = {
            "DeploymentTargets": self.targets(*units),
            "Regions": [REGION],
            "OperationPreferences": AT_ONCE,
        }
        started = self.cloudformation.create_stack_instances(StackSetName="topics", **(defaults | request))
        self.rest()
        return str(started["OperationId"])

    def update(self, **request: Any) -> str:
        """Update `topics`, with its own template unless told otherwise, and wait; the operation's id."""
        defaults: dict[str, Any] = {} if "TemplateBody" in request else {"UsePreviousTemplate": True}
        started = self.cloudformation.update_stack_set(
            StackSetName="topics", OperationPreferences=AT_ONCE, **(defaults | request)
        )
        self.rest()
        return str(started["OperationId"])

    def delete(self, targets: dict[str, Any], *, retains: bool = False) -> str:
        """Delete instances of `topics`, and wait; the operation's id."""
        started = self.cloudformation.delete_stack_instances(
            StackSetName="topics",
            DeploymentTargets=targets,
            Regions=[REGION],
            RetainStacks=retains,
            OperationPreferences=AT_ONCE,
        )
        self.rest()
        return str(started["OperationId"])

    def rest(self) -> None:
        """Wait until nothing goes on in the background."""
        assert background.idle()

    def operation(self, operation_id: str) -> dict[str, Any]:
        described = self.cloudformation.describe_stack_set_operation(StackSetName="topics", OperationId=operation_id)
        return dict(described["StackSetOperation"])

    def results(self, operation_id: str) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Status and reason by account name and Region."""
        names = {account_id: name for name, account_id in self.accounts.items()}
        listed = self.cloudformation.list_stack_set_operation_results(StackSetName="topics", OperationId=operation_id)
        return {
            (names[each["Account"]], each["Region"]): (each["Status"], each.get("StatusReason"))
            for each in listed["Summaries"]
        }

    def instances(self) -> dict[str, tuple[str, str]]:
        """Status and detailed status by account name; for one Region."""
        names = {account_id: name for name, account_id in self.accounts.items()}
        listed = self.cloudformation.list_stack_instances(StackSetName="topics")["Summaries"]
        return {
            names[each["Account"]]: (each["Status"], each["StackInstanceStatus"]["DetailedStatus"]) for each in listed
        }

    def topics(self, region: str = REGION) -> dict[str, list[str]]:
        """The names of the topics in the accounts that have any."""
        found = {
            name: self.client(account_id, "sns", region).list_topics()["Topics"]
            for name, account_id in {**self.accounts, "management": self.management_id}.items()
        }
        return {
            name: [each["TopicArn"].rpartition(":")[2] for each in topics] for name, topics in found.items() if topics
        }


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def administrators(sandbox: Sandbox) -> Administrators:
    return Administrators(sandbox)


def _bare(sandbox: Sandbox, administrators: Administrators) -> Organization:
    sandbox.reset()
    organization = Organization(sandbox.management_account_id, administrators)
    organizations = organization.client(sandbox.management_account_id, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    organization.units["Root"] = organizations.list_roots()["Roots"][0]["Id"]
    return organization


def _furnished(bare: Organization) -> Organization:
    bare.cloudformation.activate_organizations_access()
    for unit, parent in (("Workloads", "Root"), ("Production", "Workloads"), ("Sandbox", "Root")):
        bare.unit(unit, parent)
    for name, unit in (("alpha", "Root"), ("beta", "Root"), ("gamma", "Workloads"), ("delta", "Production")):
        bare.account(name, unit)
    bare.account("epsilon", "Sandbox")
    return bare


@pytest.fixture
def bare(sandbox: Sandbox, administrators: Administrators) -> Organization:
    """An organization of one account, without trusted access."""
    return _bare(sandbox, administrators)


@pytest.fixture
def organization(bare: Organization) -> Organization:
    return _furnished(bare)


@pytest.fixture(scope="module")
def shared(sandbox: Sandbox, administrators: Administrators) -> Organization:
    """The organization for a module whose tests leave it as it is, and ask for no other."""
    return _furnished(_bare(sandbox, administrators))


@pytest.fixture
def refused(refusal: Callable[[Callable[[], Any]], tuple[str, str, int]]) -> Callable[..., tuple[str, str]]:
    """Code and message with which a call is refused."""
    return lambda call: refusal(call)[:2]
