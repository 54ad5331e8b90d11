"""Organizations to deploy to, and the way there: a session as the commands open it, on the sandbox."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rootguard.artifacts import build
from rootguard.aws_session import AwsSession, open_session
from rootguard.catalog import rules_directory
from rootguard.deploy.choices import Choices
from rootguard.deploy.delegation import PACKS_PRINCIPAL
from rootguard.deploy.deployment import deploy
from rootguard.deploy.pace import Pace
from rootguard.deploy.removal import destroy
from rootguard.deploy.screen import Screen
from rootguard.deploy.stacks import Stack, Stacks
from rootguard.deploy.status.reading import look
from rootguard.deploy.status.view import Report, report_on
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

PACE = Pace(first=0.05, longest=0.2)
TRUSTED = (PACKS_PRINCIPAL, "config.amazonaws.com")


@dataclass
class Organization:
    """An organization of the sandbox; every account records."""

    sandbox: Sandbox
    management_id: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        organizations = self.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        for principal in TRUSTED:
            organizations.enable_aws_service_access(ServicePrincipal=principal)
        self.client("cloudformation").activate_organizations_access()
        self.root_id: str = organizations.list_roots()["Roots"][0]["Id"]
        self.record(self.management_id)

    def client(self, service: str, account_id: str | None = None, region: str | None = None) -> Any:
        session: Any = self.sandbox.session(account_id or self.management_id, region)
        return session.client(service)

    def unit(self, name: str, parent: str | None = None) -> str:
        answer = self.client("organizations").create_organizational_unit(ParentId=parent or self.root_id, Name=name)
        return str(answer["OrganizationalUnit"]["Id"])

    def member(self, unit: str | None = None, *, recording: bool = True) -> str:
        number, organizations = next(self.numbers), self.client("organizations")
        created = organizations.create_account(Email=f"member{number}@example.com", AccountName=f"member{number}")
        account_id = str(created["CreateAccountStatus"]["AccountId"])
        if recording:
            self.record(account_id)
        if unit:
            organizations.move_account(AccountId=account_id, SourceParentId=self.root_id, DestinationParentId=unit)
        return account_id

    def record(self, account_id: str) -> None:
        config, role = self.client("config", account_id), f"arn:aws:iam::{account_id}:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def delegate(self, account_id: str, *principals: str) -> None:
        for principal in principals:
            self.client("organizations").register_delegated_administrator(
                AccountId=account_id, ServicePrincipal=principal
            )


@dataclass
class Operator:
    """A person at an account's terminal who agrees to everything, and what the terminal shows."""

    world: "World"
    account_id: str
    agrees: bool = True
    shown: StringIO = field(default_factory=StringIO)

    @property
    def session(self) -> AwsSession:
        return self.world.session(self.account_id)

    @property
    def screen(self) -> Screen:
        return Screen(agreed=self.agrees, console=Console(file=self.shown, width=200))

    def deploy(self, **choices: Any) -> str:
        self.forget()
        deploy(self.session, Choices(**choices), self.screen, PACE)
        return self.shown.getvalue()

    def destroy(self, *, delete_artifacts: bool = False) -> str:
        self.forget()
        destroy(self.session, None, self.screen, PACE, delete_artifacts=delete_artifacts)
        return self.shown.getvalue()

    def status(self, role_name: str = "OrganizationAccountAccessRole") -> Report:
        return report_on(look(self.session, None, role_name), datetime.now(UTC))

    def stack(self, name: str) -> Stack | None:
        return Stacks(self.session).find(name)

    def forget(self) -> None:
        self.shown.seek(0)
        self.shown.truncate()


@dataclass
class World:
    """What the tests of a file share: a sandbox, and this process's environment."""

    sandbox: Sandbox
    environment: pytest.MonkeyPatch
    accounts: Iterator[int] = field(default_factory=lambda: itertools.count(500_000_000_001))

    def organization(self) -> Organization:
        return Organization(self.sandbox, str(next(self.accounts)))

    def operator(self, account_id: str, *, agrees: bool = True) -> Operator:
        return Operator(self, account_id, agrees)

    def session(self, account_id: str, region: str | None = None) -> AwsSession:
        """A session of an account's administrator, as a command opens it."""
        for name, value in self.sandbox.environment(operator(account_id), region).items():
            self.environment.setenv(name, value)
        return open_session()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as environment, Sandbox() as sandbox:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        yield World(sandbox, environment)


@pytest.fixture(scope="session")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `rootguard build` writes."""
    folder = tmp_path_factory.mktemp("zips") / "build"
    build(rules_directory(), folder)
    return folder
