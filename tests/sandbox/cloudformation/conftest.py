"""Stacks over HTTP, as a person has them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rootguard.sandbox import background
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox


@dataclass(frozen=True, slots=True)
class Cloud:
    """One account's CloudFormation, the account being nobody else's."""

    sandbox: Sandbox
    administrators: Administrators
    account_id: str

    def client(self, service: str) -> Any:
        """Speaks for this account until one of another account is asked for."""
        return self.administrators.of(self.account_id).client(service)

    @property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    @property
    def ssm(self) -> Any:
        return self.client("ssm")

    def settled(self) -> None:
        assert background.idle(30)

    def created(self, name: str, template: str, **options: Any) -> dict[str, Any]:
        self.cloudformation.create_stack(StackName=name, TemplateBody=template, **options)
        self.settled()
        return self.stack(name)

    def updated(self, name: str, template: str, **options: Any) -> dict[str, Any]:
        self.cloudformation.update_stack(StackName=name, TemplateBody=template, **options)
        self.settled()
        return self.stack(name)

    def deleted(self, name: str, **options: Any) -> dict[str, Any]:
        stack_id = self.stack(name)["StackId"]
        self.cloudformation.delete_stack(StackName=name, **options)
        self.settled()
        return self.stack(stack_id)

    def stack(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def status(self, name: str) -> str:
        return str(self.stack(name)["StackStatus"])

    def resource(self, name: str, logical_id: str) -> dict[str, Any]:
        detail = self.cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        found: dict[str, Any] = detail["StackResourceDetail"]
        return found

    def events(self, name: str, logical_id: str | None = None) -> list[str]:
        """Statuses, the earliest first."""
        found = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        wanted = [each for each in found if logical_id in {None, each["LogicalResourceId"]}]
        return [each["ResourceStatus"] for each in reversed(wanted)]

    def reasons(self, name: str, status: str) -> list[str]:
        """Why something came to a status, the earliest first."""
        found = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return [each.get("ResourceStatusReason", "") for each in reversed(found) if each["ResourceStatus"] == status]

    def value(self, name: str) -> str | None:
        """What a parameter of Systems Manager is, None if there is none."""
        try:
            return str(self.ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError:
            return None

    def values(self) -> set[str]:
        """The names of all parameters of Systems Manager."""
        pages = self.ssm.get_paginator("describe_parameters").paginate()
        return {each["Name"] for page in pages for each in page["Parameters"]}

    def client_with(self, keys: Keys, service: str = "cloudformation") -> Any:
        session: Any = self.sandbox.session_for(keys)
        return session.client(service, config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def clouds(running_cloud: Sandbox) -> Iterator[Cloud]:
    administrators = Administrators(running_cloud)
    return (Cloud(running_cloud, administrators, f"1{number:011d}") for number in itertools.count())


@pytest.fixture
def cloud(clouds: Iterator[Cloud]) -> Iterator[Cloud]:
    yield next(clouds)
    background.idle(30)
