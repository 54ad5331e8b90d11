"""Handlers of resource types, called as the engine calls them, in an account with an administrator's permissions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, handler_of
from rootguard.sandbox.server import Sandbox

SYSTEM_TAG = {"aws:cloudformation:stack-name": "stack"}


@dataclass(frozen=True, slots=True)
class Account:
    """One account, and its handlers."""

    clients: Administrators
    id: str

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return self.clients.of(self.id).client(service, region)

    def context(self, logical_id: str = "Thing", **members: Any) -> Context:
        context = Context(
            clients=self.clients.of(self.id),
            account_id=self.id,
            region="us-east-1",
            partition="aws",
            stack_name="stack",
            stack_id=f"arn:aws:cloudformation:us-east-1:{self.id}:stack/stack/1",
            logical_id=logical_id,
            tags=SYSTEM_TAG,
        )
        return replace(context, **members)

    def create(self, kind: str, properties: dict[str, Any], **members: Any) -> Physical:
        made: Physical = handler(kind).create(properties, self.context(**members))
        return made

    def update(
        self, kind: str, physical: Physical, old: dict[str, Any], new: dict[str, Any], **members: Any
    ) -> Physical:
        changed: Physical = handler(kind).update(physical, old, new, self.context(**members))
        return changed

    def delete(self, kind: str, physical: Physical, properties: dict[str, Any]) -> None:
        handler(kind).delete(physical, properties, self.context())


def handler(kind: str) -> Any:
    found = handler_of(kind)
    assert found is not None, f"no handler of {kind}"
    return found


@pytest.fixture
def account(running: Sandbox, session_clients: Administrators) -> Account:
    running.reset()
    return Account(session_clients, running.management_account_id)


@pytest.fixture
def other_account(account: Account) -> Callable[[str], Account]:
    """Makes a further account, outside any organization."""

    def make(account_id: str) -> Account:
        return Account(account.clients, account_id)

    return make
