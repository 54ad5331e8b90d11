"""An organization to whose accounts a conformance pack has brought our process checks."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from rootguard.catalog import load_process_checks
from rootguard.deploy.names import PACK
from rootguard.derive.conformance_pack import conformance_pack
from rootguard.sandbox import background
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

PACKS_PRINCIPAL = "config-multiaccountsetup.amazonaws.com"
TEMPLATE = conformance_pack(load_process_checks())


@dataclass(frozen=True, slots=True)
class Organization:
    """Its accounts record, and AWS Config may deploy packs to them."""

    sandbox: Sandbox
    management_id: str

    def client(self, service: str, account_id: str | None = None) -> Any:
        session: Any = self.sandbox.session(account_id or self.management_id)
        return session.client(service)

    def member(self, name: str) -> str:
        created = self.client("organizations").create_account(AccountName=name, Email=f"{name}@example.com")
        account_id = str(created["CreateAccountStatus"]["AccountId"])
        self.record(account_id)
        return account_id

    def record(self, account_id: str) -> None:
        config, role = self.client("config", account_id), f"arn:aws:iam::{account_id}:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    def deploy_pack(self, *excluded: str) -> None:
        self.client("config").put_organization_conformance_pack(
            OrganizationConformancePackName=PACK, TemplateBody=TEMPLATE, ExcludedAccounts=list(excluded)
        )
        assert background.idle(30)

    def role_in(self, account_id: str, name: str, actions: list[str]) -> None:
        """Make or change a role that the management account may assume."""
        iam = self.client("iam", account_id)
        trust = {"Effect": "Allow", "Principal": {"AWS": self.management_id}, "Action": "sts:AssumeRole"}
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=_document(allowed))

    def rule_in(self, account_id: str, check: str) -> str:
        rules = self.client("config", account_id).describe_config_rules()["ConfigRules"]
        [name] = [each["ConfigRuleName"] for each in rules if each["ConfigRuleName"].startswith(f"{check}-")]
        return str(name)

    def result_in(self, account_id: str, check: str) -> dict[str, Any] | None:
        """What AWS Config shows of a check: nothing, or its one result."""
        config = self.client("config", account_id)
        found = config.get_compliance_details_by_config_rule(ConfigRuleName=self.rule_in(account_id, check))
        results: list[dict[str, Any]] = found["EvaluationResults"]
        assert len(results) <= 1
        return results[0] if results else None


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(600_000_000_001)


@pytest.fixture
def organization(sandbox: Sandbox, numbers: Iterator[int]) -> Organization:
    made = Organization(sandbox, str(next(numbers)))
    organizations = made.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal=PACKS_PRINCIPAL)
    made.record(made.management_id)
    return made


@pytest.fixture
def become(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes this process's environment that of an account's administrator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)

    def administrator_of(account_id: str) -> None:
        for name, value in sandbox.environment(operator(account_id)).items():
            monkeypatch.setenv(name, value)

    return administrator_of
