from collections.abc import Callable, Iterator

import pytest

from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.cloudformation import types
from rootguard.sandbox.cloudformation.resource_type import Context, ResourceType, handler_of
from rootguard.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    types.load()
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session_clients(running: Sandbox) -> Administrators:
    """Clients for all tests of a module: making one costs more than the requests."""
    return Administrators(running)


@pytest.fixture(scope="module")
def context_in(running: Sandbox, session_clients: Administrators) -> Callable[..., Context]:
    """Where a resource of a stack named "demo" stands, with an administrator's permissions."""

    def make(region: str = "us-east-1", logical_id: str = "Thing", tags: dict[str, str] | None = None) -> Context:
        account_id = running.management_account_id
        return Context(
            clients=session_clients.of(account_id),
            account_id=account_id,
            region=region,
            partition="aws",
            stack_name="demo",
            stack_id=f"arn:aws:cloudformation:{region}:{account_id}:stack/demo/0",
            logical_id=logical_id,
            tags=tags or {},
        )

    return make


@pytest.fixture(scope="module")
def context(context_in: Callable[..., Context]) -> Context:
    return context_in()


@pytest.fixture
def handler() -> Callable[[str], ResourceType]:
    """The handlers of a type."""

    def find(name: str) -> ResourceType:
        found = handler_of(name)
        assert found is not None, name
        return found

    return find
