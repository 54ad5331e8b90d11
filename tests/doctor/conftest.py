"""A small organization whose accounts the doctor examines over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rootguard.aws_session import open_session
from rootguard.doctor.command import examine
from rootguard.doctor.finding import Finding
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox


@dataclass(frozen=True, slots=True)
class Patient:
    """The sandbox, and whose credentials the doctor gets."""

    sandbox: Sandbox
    monkeypatch: pytest.MonkeyPatch

    @property
    def management(self) -> str:
        return self.sandbox.management_account_id

    def client(self, service: str, account_id: str = "") -> Any:
        session: Any = self.sandbox.session(account_id or self.management)
        return session.client(service)

    def organization(self, feature_set: str = "ALL") -> str:
        """An organization with one member, whose id is returned."""
        self.client("organizations").create_organization(FeatureSet=feature_set)
        created = self.client("organizations").create_account(AccountName="member", Email="member@example.com")
        return str(created["CreateAccountStatus"]["AccountId"])

    def trust(self, *services: str) -> None:
        for service in services:
            self.client("organizations").enable_aws_service_access(ServicePrincipal=service)

    def delegate(self, account_id: str, *services: str) -> None:
        for service in services:
            self.client("organizations").register_delegated_administrator(
                AccountId=account_id, ServicePrincipal=service
            )

    def make_role(self, name: str, trusted: str) -> None:
        """A role of the management account that an account may assume and that may do anything."""
        principal = {"AWS": f"arn:aws:iam::{trusted}:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)

    def start_recorder(self, account_id: str = "", *, start: bool = True) -> None:
        account_id = account_id or self.management
        config = self.client("config", account_id)
        self.client("s3", account_id).create_bucket(Bucket="recordings")
        role = f"arn:aws:iam::{account_id}:role/recorder"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "recordings"})
        if start:
            config.start_configuration_recorder(ConfigurationRecorderName="default")

    def findings(self, account_id: str = "", **options: str) -> dict[str, Finding]:
        """What the doctor says with an account's administrator's keys, by check."""
        for name, value in self.sandbox.environment(operator(account_id or self.management)).items():
            self.monkeypatch.setenv(name, value)
        return {finding.check: finding for finding in examine(open_session(), **options)}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def patient(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Patient:
    running.reset()
    return Patient(running, monkeypatch)
