"""The sandbox that the rules' evidence is gathered from."""

from collections.abc import Callable, Iterator

import pytest

from rootguard.kit.account import Account
from rootguard.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def account_of(sandbox: Sandbox) -> Callable[[str], Account]:
    """The rules' view of an account of the sandbox."""
    return lambda account_id: Account(account_id, "aws", "us-east-1", sandbox.session(account_id))
