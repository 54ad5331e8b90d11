"""The sandbox that the rules' evidence is gathered from; sessions live as long as a module, for clients take long."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.sandbox.credentials import KeyIndex, Keys, operator
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sessions() -> dict[str, tuple[Keys, boto3.Session]]:
    """An operator's keys and session, by account."""
    return {}


@pytest.fixture(scope="module")
def clients() -> dict[tuple[str, str, str], Any]:
    """Clients of those sessions, by account, service and Region."""
    return {}


@pytest.fixture(scope="module")
def accounts() -> dict[str, Account]:
    """The rules' views of accounts."""
    return {}


@pytest.fixture
def sandbox(running_sandbox: Sandbox, sessions: dict[str, tuple[Keys, boto3.Session]]) -> Sandbox:
    """An empty sandbox that still knows the operators' keys."""
    running_sandbox.reset()
    index = state(KeyIndex)
    for account_id, (keys, _) in sessions.items():
        index.operators[account_id] = keys
        index.accounts[keys.access_key_id] = account_id
    return running_sandbox


@pytest.fixture
def session_of(sandbox: Sandbox, sessions: dict[str, tuple[Keys, boto3.Session]]) -> Callable[[str], boto3.Session]:
    def session(account_id: str) -> boto3.Session:
        if account_id not in sessions:
            sessions[account_id] = operator(account_id), sandbox.session(account_id)
        return sessions[account_id][1]

    return session


@pytest.fixture
def client_of(
    session_of: Callable[[str], boto3.Session], clients: dict[tuple[str, str, str], Any]
) -> Callable[..., Any]:
    def client(account_id: str, service: str, region: str = "us-east-1") -> Any:
        if (account_id, service, region) not in clients:
            make: Any = session_of(account_id).client
            clients[account_id, service, region] = make(service, region_name=region)
        return clients[account_id, service, region]

    return client


@pytest.fixture
def account_of(session_of: Callable[[str], boto3.Session], accounts: dict[str, Account]) -> Callable[[str], Account]:
    """The rules' view of an account of the sandbox."""

    def account(account_id: str) -> Account:
        if account_id not in accounts:
            accounts[account_id] = Account(account_id, "aws", "us-east-1", SessionConnection(session_of(account_id)))
        return accounts[account_id]

    return account
