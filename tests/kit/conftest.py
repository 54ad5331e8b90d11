"""Who answers the kit: the sandbox, or an endpoint that says what a test puts into its mouth."""

import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from tests.patience import LONGEST_WAIT

from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox

type Body = str | tuple[int, str]
"""A body with status 200, or a status and a body."""
type Script = Mapping[str, Body | list[Body]]
"""Operation, or path where the protocol names none -> its answer, or its answers one by one, the last for good."""

ACCOUNT_ID = "111122223333"


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def models() -> Loader:
    """The services' models, read once: reading them takes longer than most tests."""
    return create_loader()


@pytest.fixture
def account(sandbox: Sandbox, models: Loader) -> Account:
    return Account(
        ACCOUNT_ID, "aws", "us-east-1", SessionConnection(_session(sandbox.endpoint_url, operator(ACCOUNT_ID), models))
    )


def _session(url: str, keys: Keys, models: Loader) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", models)
    core.get_component("config_store").set_config_variable("endpoint_url", url)
    return boto3.Session(keys.access_key_id, keys.secret_access_key, region_name="us-east-1", botocore_session=core)


class _Handler(BaseHTTPRequestHandler):
    script: ClassVar[dict[str, list[Body]]] = {}
    requests: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        operation = target or parse_qs(body).get("Action", [self.path])[0]
        self.requests.append((operation, body))
        answers = self.script.get(operation, [(400, f"<Error><Code>Unscripted</Code><Message>{operation}</Message>")])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        status, text = (200, answer) if isinstance(answer, str) else answer
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1" if text.startswith("{") else "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def requests_heard() -> list[tuple[str, str]]:
    """What scripted endpoints were asked: operation and body."""
    return []


@pytest.fixture
def endpoint(requests_heard: list[tuple[str, str]]) -> Iterator[Callable[[Script], str]]:
    """Start a scripted endpoint: script -> its URL."""
    servers = list[tuple[ThreadingHTTPServer, threading.Thread]]()

    def start(script: Script) -> str:
        answers = {operation: answer if isinstance(answer, list) else [answer] for operation, answer in script.items()}
        handler = type("_Scripted", (_Handler,), {"script": answers, "requests": requests_heard})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def account_at(models: Loader) -> Callable[[str], Account]:
    """An account whose every call goes to one URL, once."""

    def at(url: str) -> Account:
        session = _session(url, Keys("AKIAIOSFODNN7EXAMPLE", "secret"), models)
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=LONGEST_WAIT,
            read_timeout=LONGEST_WAIT,
        )
        return Account(ACCOUNT_ID, "aws", "us-east-1", SessionConnection(session, config))

    return at


@pytest.fixture
def account_hearing(
    endpoint: Callable[[Script], str], account_at: Callable[[str], Account]
) -> Callable[[Script], Account]:
    """An account to whose calls a scripted endpoint answers."""
    return lambda script: account_at(endpoint(script))
