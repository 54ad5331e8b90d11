"""The committed templates, deployed as stacks into accounts of one sandbox per file."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.templates.settling import failures, settled

from rootguard.catalog import templates_directory
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.subscriptions import confirmation_tokens

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_GONE = "does not exist"


@dataclass(frozen=True, slots=True)
class Home:
    """An account into which a test deploys, with an administrator's permissions; its clients are everybody's."""

    clients: Administrators
    id: str

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return self.clients.of(self.id).client(service, region)

    def deploy(
        self, template: str, region: str = "us-east-1", stack: str = "stack", **parameters: object
    ) -> dict[str, str]:
        """Create or update a stack of a committed template; its outputs.

        Raises:
            AssertionError: It failed; with the stack's events.
            ClientError: It was refused at once.
        """
        request = {
            "StackName": stack,
            "TemplateBody": (templates_directory() / template).read_text("utf-8"),
            "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
            "Capabilities": _CAPABILITIES,
        }
        cloudformation = self.client("cloudformation", region)
        change = cloudformation.create_stack if self.status(region, stack) is None else cloudformation.update_stack
        found = settled(cloudformation, change(**request)["StackId"])
        succeeded = found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        assert succeeded, failures(cloudformation, found["StackId"])
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def remove(self, region: str = "us-east-1", stack: str = "stack") -> None:
        """Delete a stack, if there is one."""
        if self.status(region, stack) is None:
            return
        cloudformation = self.client("cloudformation", region)
        stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=stack)
        found = settled(cloudformation, stack_id)
        assert found["StackStatus"] == "DELETE_COMPLETE", failures(cloudformation, stack_id)

    def status(self, region: str = "us-east-1", stack: str = "stack") -> str | None:
        """The stack's status, None where there is no stack."""
        try:
            found = self.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if _GONE not in error.response["Error"]["Message"]:
                raise
            return None
        return str(found[0]["StackStatus"])

    def confirm(self, topic_arn: str) -> int:
        """Confirm every subscription of a topic as its endpoints' owners; how many."""
        tokens = confirmation_tokens(topic_arn)
        for each in tokens:
            self.client("sns", topic_arn.split(":")[3]).confirm_subscription(TopicArn=topic_arn, Token=each.token)
        return len(tokens)

    def as_judged(self) -> Account:
        """The rules' view of the account."""
        session: Any = _Session(self)
        return Account(self.id, "aws", "us-east-1", SessionConnection(session))


@dataclass(frozen=True, slots=True)
class _Session:
    """The account's clients where the kit wants a boto3 session."""

    home: Home

    def client(self, service: str, region_name: str, config: object = None) -> "_Client":
        del config  # retries and timeouts, which nothing here needs
        return _Client(self.home, service, region_name)


@dataclass(frozen=True, slots=True)
class _Client:
    """A client that asks for its account anew at each call: all accounts share one."""

    home: Home
    service: str
    region: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.home.client(self.service, self.region), name)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def administrators(sandbox: Sandbox) -> Administrators:
    return Administrators(sandbox)


@pytest.fixture(scope="module")
def management(sandbox: Sandbox, administrators: Administrators) -> Home:
    """The account that may manage the organization."""
    return Home(administrators, sandbox.management_account_id)


@pytest.fixture(scope="module")
def new_account(administrators: Administrators) -> Callable[[], Home]:
    """Accounts outside of any organization, each another one."""
    numbers = itertools.count(1)
    return lambda: Home(administrators, f"{next(numbers):012}")


@pytest.fixture(scope="module")
def organization(management: Home) -> Mapping[str, str]:
    """The organization's id and its root's, all features and service control policies enabled."""
    organizations = management.client("organizations")
    made = organizations.create_organization(FeatureSet="ALL")["Organization"]
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    return {"id": made["Id"], "root": root}


@pytest.fixture(scope="module")
def new_member(organization: Mapping[str, str], management: Home) -> Callable[[], Home]:
    """Member accounts of the organization, each another one."""
    numbers = itertools.count(1)

    def create() -> Home:
        assert organization
        name = f"member{next(numbers)}"
        organizations = management.client("organizations")
        made = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        return Home(management.clients, made["AccountId"])

    return create
