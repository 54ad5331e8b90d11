"""Clients for what the sandbox does in the background in somebody's name.

One client per service and Region serves every thread and every key: making one costs botocore several times the request
that it is made for.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials

from rootguard.sandbox.background import AbandonedError, WorkQueue
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.functions import Endpoint
from rootguard.sandbox.server import session_at
from rootguard.sandbox.state import state

_CONNECTIONS = 64


class _Speaker(threading.local):
    """Whose keys the requests of this thread are signed with, and for which queue it works."""

    keys: Keys
    queue: WorkQueue


class _Current(Credentials):
    """The credentials of whoever the thread that asks speaks for."""

    def __init__(self, speaker: _Speaker) -> None:
        super().__init__("nobody", "nothing")
        self._speaker = speaker

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What the next request is signed with.

        Raises:
            AbandonedError: The sandbox is about to be emptied.
        """
        if self._speaker.queue.closed:
            raise AbandonedError
        keys = self._speaker.keys
        return ReadOnlyCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token)


@dataclass
class _ServiceClients:
    """The clients of the running sandbox."""

    speaker: _Speaker = field(default_factory=_Speaker)
    made: dict[tuple[str, str], Any] = field(default_factory=dict)
    sessions: list[boto3.Session] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service_name: str, region_name: str) -> Any:
        key = service_name, region_name
        with self.lock:
            if key not in self.made:
                self.made[key] = self._make(service_name, region_name)
            return self.made[key]

    def _make(self, service_name: str, region_name: str) -> Any:
        if not self.sessions:
            session = session_at(state(Endpoint).url, Keys("nobody", "nothing"), region_name)
            core: Any = session._session  # noqa: SLF001 - boto3 takes keys, not a source of keys
            core._credentials = _Current(self.speaker)  # noqa: SLF001
            self.sessions.append(session)
        make: Any = self.sessions[0].client  # the stubs want a literal service name
        return make(service_name, region_name=region_name, config=Config(max_pool_connections=_CONNECTIONS))


@dataclass(frozen=True, slots=True)
class BackgroundClients:
    """Clients that sign with somebody's keys; takes the place of a boto3 session in a job of a queue.

    A client speaks for these keys until the same thread asks for a client with others. Once the queue is closed, the
    next request ends the job.
    """

    keys: Keys
    queue: WorkQueue
    region: str

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        """A client of a service that speaks for these keys in this thread."""
        clients = state(_ServiceClients)
        clients.speaker.keys, clients.speaker.queue = self.keys, self.queue
        return clients.client(service_name, region_name or self.region)
