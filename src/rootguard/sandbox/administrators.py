"""Clients of many accounts' administrators at the price of one account's.

Making a client costs botocore several times the request that it is made for. Here one client per service and Region
serves every account, and signs each request with the keys of whoever sends it.
"""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.credentials import Credentials, ReadOnlyCredentials

from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox


class _Current(Credentials):
    """Credentials that can change between two requests."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys.access_key_id, keys.secret_access_key)
        self.keys = keys

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What the next request is signed with."""
        return ReadOnlyCredentials(self.keys.access_key_id, self.keys.secret_access_key, self.keys.session_token)


class Administrators:
    """The administrators of all accounts, for one thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        keys = operator(sandbox.management_account_id)
        self._session = sandbox.session_for(keys)
        self._credentials = _Current(keys)
        core: Any = self._session._session  # noqa: SLF001 - boto3 takes keys, not a source of keys
        core._credentials = self._credentials  # noqa: SLF001
        self._clients: dict[tuple[str, str | None], Any] = {}

    def of(self, account_id: str) -> "Administrator":
        """The administrator of an account."""
        return Administrator(account_id, self)

    def client(self, account_id: str, service_name: str, region_name: str | None) -> Any:
        """A client of a service that speaks for an account."""
        return self.client_with(operator(account_id), service_name, region_name)

    def client_with(self, keys: Keys, service_name: str, region_name: str | None) -> Any:
        """A client of a service that signs with keys, of whomever."""
        return _Client(self, keys, service_name, region_name)

    def signing(self, keys: Keys, service_name: str, region_name: str | None) -> Any:
        """The one client of a service, signing with keys until the next call of this."""
        self._credentials.keys = keys
        key = (service_name, region_name)
        if key not in self._clients:
            make: Any = self._session.client  # the stubs want a literal service name
            self._clients[key] = make(service_name, region_name=region_name)
        return self._clients[key]


@dataclass(frozen=True, slots=True)
class _Client:
    """Takes the place of a boto3 client.

    What it hands out, a method or a paginator, is to be called before another client of these administrators is used.
    """

    all: Administrators
    keys: Keys
    service_name: str
    region_name: str | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.all.signing(self.keys, self.service_name, self.region_name), name)


@dataclass(frozen=True, slots=True)
class Administrator:
    """An account's administrator: takes the place of a boto3 session."""

    account_id: str
    all: Administrators

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        """A client of a service that speaks for this account."""
        return self.all.client(self.account_id, service_name, region_name)


type Clients = boto3.Session | Administrator
"""What hands out clients of one account."""
