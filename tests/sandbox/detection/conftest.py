import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import KeyIndex, Keys, operator
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def keys(running: Sandbox) -> Keys:
    """The management account's keys for all tests of a module, so that they can share clients."""
    return operator(running.management_account_id)


@pytest.fixture(scope="module")
def clients() -> dict[tuple[str, str], Any]:
    """The management account's clients, by service and Region."""
    return {}


@pytest.fixture
def sandbox(running: Sandbox, keys: Keys) -> Sandbox:
    running.reset()
    index = state(KeyIndex)
    index.operators[running.management_account_id] = keys
    index.accounts[keys.access_key_id] = running.management_account_id
    return running


@pytest.fixture
def client(sandbox: Sandbox, clients: dict[tuple[str, str], Any]) -> Callable[..., Any]:
    """Clients of the management account or another, in the home Region or another."""

    def make(service: str, account_id: str = sandbox.management_account_id, region: str = "us-east-1") -> Any:
        shared = account_id == sandbox.management_account_id
        if shared and (service, region) in clients:
            return clients[service, region]
        session: Any = sandbox.session(account_id, region)
        made = session.client(service)
        if shared:
            clients[service, region] = made
        return made

    return make


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """The code and the message with which AWS refuses a call."""

    def call(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            operation(**parameters)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]

    return call


@dataclass(frozen=True, slots=True)
class Organization:
    management: str
    member: str
    other: str


@pytest.fixture
def organization(client: Callable[..., Any], sandbox: Sandbox) -> Organization:
    """A management account and two members, with CloudTrail as a trusted service."""
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    made = [
        organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        for name in ("member", "other")
    ]
    return Organization(sandbox.management_account_id, *made)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a trail is made with."""

    bucket: str
    log_group_arn: str
    role_arn: str


@pytest.fixture
def deliver(client: Callable[..., Any], sandbox: Sandbox) -> Callable[..., Delivery]:
    """Make a bucket, a log group and a role that CloudTrail may assume."""

    def make(account_id: str = sandbox.management_account_id) -> Delivery:
        bucket = f"trails-of-{account_id}"
        client("s3", account_id).create_bucket(Bucket=bucket)
        client("logs", account_id).create_log_group(logGroupName="trail")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role = client("iam", account_id).create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]
        return Delivery(bucket, f"arn:aws:logs:us-east-1:{account_id}:log-group:trail:*", role["Arn"])

    return make
