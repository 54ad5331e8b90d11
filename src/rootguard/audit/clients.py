"""Clients for many accounts: one per service and Region, which signs with the keys of whoever a thread speaks for.

Making a client costs botocore several times what the requests cost that an account needs of it.
"""

import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from rootguard.aws_core import core_session, region_of
from rootguard.kit.connection import Keys, Reply, method

_SPEAKER: ContextVar[Credentials] = ContextVar("_SPEAKER")


class _Current(Credentials):
    """The credentials of whoever the thread that asks speaks for."""

    def __init__(self) -> None:
        super().__init__("nobody", "nothing")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What the next request is signed with."""
        return _SPEAKER.get().get_frozen_credentials()


class _Provider:
    """Gives every client of a session the same credentials; takes the place of botocore's chain of providers."""

    def load_credentials(self) -> Credentials:
        """As botocore.credentials.CredentialResolver."""
        return _Current()


class ClientPool:
    """The clients that all accounts share, by service and Region; any thread may ask for one."""

    def __init__(self, core: botocore.session.Session, config: Config | None = None) -> None:
        self._core, self._config = core, config
        self._clients: dict[tuple[str, str], Any] = {}
        self._paginators: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - botocore makes client classes at run time
        """The client of a service; it signs with what `_SPEAKER` says."""
        place = service, region
        if place not in self._clients:
            with self._lock:
                if place not in self._clients:
                    self._clients[place] = self._core.create_client(service, region_name=region, config=self._config)
        return self._clients[place]

    def paginator(self, action: str, region: str) -> Any:  # noqa: ANN401 - likewise
        """The paginator of a list; botocore makes a class for each that it is asked for."""
        place = action, region
        if place not in self._paginators:
            self._paginators[place] = self.client(action.partition(":")[0], region).get_paginator(method(action))
        return self._paginators[place]

    def configured(self, config: Config) -> "ClientPool":
        """Other clients, with that configuration over this one."""
        return ClientPool(self._core, config)


@dataclass(frozen=True, slots=True)
class PooledConnection:
    """The way to AWS with one set of credentials and everybody's clients; see rootguard.kit.connection.Connection."""

    pool: ClientPool
    credentials: Credentials

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        """As Connection says."""
        client = self.pool.client(action.partition(":")[0], region)
        token = _SPEAKER.set(self.credentials)
        try:
            return Reply(getattr(client, method(action))(**parameters), datetime.now(UTC))
        finally:
            _SPEAKER.reset(token)

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        """As Connection says."""
        pages = iter(self.pool.paginator(action, region).paginate(**parameters))
        while True:
            token = _SPEAKER.set(self.credentials)
            try:
                page = next(pages, None)
            finally:
                _SPEAKER.reset(token)
            if page is None:
                return
            yield Reply(page, datetime.now(UTC))

    def signed_by(self, keys: Keys, region: str) -> "PooledConnection":  # noqa: ARG002 - a client's Region is its own
        """As Connection says."""
        return PooledConnection(self.pool, Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token))

    def configured(self, config: Config) -> "PooledConnection":
        """As Connection says."""
        return PooledConnection(self.pool.configured(config), self.credentials)


def open_connection(profile: str | None, region: str | None, connections: int) -> tuple[PooledConnection, str]:
    """The way to AWS with the caller's own credentials, and the home Region; no call is made yet.

    Args:
        profile: As `rootguard.aws_core.core_session`.
        region: As `rootguard.aws_core.region_of`.
        connections: How many threads will ask at once.

    Raises:
        BotoCoreError: The profile, the Region or the configuration cannot be used, or there are no credentials.
    """
    core = core_session(profile, connections)
    home = region_of(core, region)
    own = core.get_component("credential_provider").load_credentials()
    if own is None:
        raise NoCredentialsError
    core.register_component("credential_provider", _Provider())
    core.set_config_variable("sts_regional_endpoints", "regional")  # sts:AssumeRoot has no other endpoints
    pool = ClientPool(core)
    pool.client("sts", home)  # reads the configuration; refuses what is malformed
    return PooledConnection(pool, own), home
