from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox

type Refusal = tuple[str, str, int]


@pytest.fixture(scope="module")
def _running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    _running.reset()
    return _running


@pytest.fixture
def management(sandbox: Sandbox) -> boto3.Session:
    """An administrator of the management account of an organization with all features."""
    session = sandbox.session(sandbox.management_account_id)
    session.client("organizations").create_organization(FeatureSet="ALL")
    return session


@pytest.fixture
def new_account(management: boto3.Session) -> Callable[[str], str]:
    organizations = management.client("organizations")

    def create(name: str) -> str:
        status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        return status["AccountId"]

    return create


@pytest.fixture
def member(new_account: Callable[[str], str]) -> str:
    return new_account("member")


@pytest.fixture
def assume(sandbox: Sandbox) -> Callable[..., boto3.Session]:
    """Assume a role by ARN and return a session of it."""

    def assumed(session: boto3.Session, role_arn: str, **arguments: Any) -> boto3.Session:
        answer = session.client("sts").assume_role(RoleArn=role_arn, **{"RoleSessionName": "session", **arguments})
        return sandbox.session_for(_keys(answer["Credentials"]))

    return assumed


@pytest.fixture
def root_session(sandbox: Sandbox) -> Callable[..., boto3.Session]:
    """Start a root session for a task and return a session of it."""

    def assumed(session: boto3.Session, account_id: str, task: str) -> boto3.Session:
        answer = session.client("sts").assume_root(
            TargetPrincipal=account_id, TaskPolicyArn={"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
        )
        return sandbox.session_for(_keys(answer["Credentials"]))

    return assumed


def _keys(credentials: Any) -> Keys:
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], Refusal]:
    """Code, message and HTTP status of the error that a call ends in."""

    def of(call: Callable[[], object]) -> Refusal:
        with pytest.raises(ClientError) as caught:
            call()
        error = caught.value.response["Error"]
        return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]

    return of
