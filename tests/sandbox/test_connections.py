"""Connections stay open between requests, and each request is read to its end, no further."""

import http.client
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.sandbox import dispatch
from rootguard.sandbox.connections import MOST_WAITING, Waiting
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
ACTION = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def connect(sandbox: Sandbox) -> http.client.HTTPConnection:
    address = urlsplit(sandbox.endpoint_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=LONGEST_WAIT)
    connection.connect()
    return connection


def headers(service: str = "sts") -> dict[str, str]:
    scope = f"{operator(ACCOUNT).access_key_id}/20261123/us-east-1/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def ask(connection: http.client.HTTPConnection) -> str:
    """The account that `GetCallerIdentity` names, on a connection that stays the same."""
    before = connection.sock
    connection.request("POST", "/", ACTION, headers())
    answer = connection.getresponse()
    text = answer.read().decode()
    assert connection.sock is before
    assert answer.status == 200
    return text.partition("<Account>")[2].partition("</Account>")[0]


def hung_up(connection: socket.socket) -> bool:
    connection.settimeout(LONGEST_WAIT)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_requests_follow_each_other(sandbox: Sandbox) -> None:
    with closing(connect(sandbox)) as connection:
        assert [ask(connection) for _ in range(3)] == [ACCOUNT] * 3


@pytest.mark.parametrize(
    ("line", "body", "service", "status"),
    [
        pytest.param("POST /no/such/path", b"POST / HTTP/1.1\r\n\r\n", "account", 400, id="a body nobody reads"),
        pytest.param("HEAD /no-such-bucket", None, "s3", 404, id="an answer without a body"),
        pytest.param("GET /no-such-bucket", None, "s3", 404, id="an error"),
        pytest.param("PUT /a-new-bucket", b"", "s3", 200, id="an empty body"),
    ],
)
def test_the_next_request_begins_where_one_ends(
    sandbox: Sandbox, line: str, body: bytes | None, service: str, status: int
) -> None:
    with closing(connect(sandbox)) as connection:
        method, path = line.split()
        connection.request(method, path, body, headers(service))
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == status, text
        assert method != "HEAD" or text == b""
        assert ask(connection) == ACCOUNT


def test_a_body_that_is_announced_is_asked_for(sandbox: Sandbox) -> None:
    with closing(connect(sandbox)) as connection:
        connection.putrequest("POST", "/")
        for name, value in {**headers(), "Expect": "100-continue", "Content-Length": str(len(ACTION))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(ACTION)
        assert ACCOUNT in connection.getresponse().read().decode()


def test_a_body_of_unknown_length_is_the_last(sandbox: Sandbox) -> None:
    with closing(connect(sandbox)) as connection:
        connection.request("POST", "/", iter([ACTION[:10], ACTION[10:]]), headers(), encode_chunked=True)
        answer = connection.getresponse()
        assert ACCOUNT in answer.read().decode()
        assert answer.getheader("Connection") == "close"


def test_who_asks_to_be_hung_up_on_is(sandbox: Sandbox) -> None:
    with closing(connect(sandbox)) as connection:
        connection.request("POST", "/", ACTION, {**headers(), "Connection": "close"})
        answer = connection.getresponse()
        assert ACCOUNT in answer.read().decode()
        assert answer.getheader("Connection") == "close"


def test_half_a_request_is_none(sandbox: Sandbox) -> None:
    with dispatch.recording() as requests, closing(connect(sandbox)) as connection:
        connection.request("POST", "/", ACTION[:-5], {**headers(), "Content-Length": str(len(ACTION))})
        connection.sock.shutdown(socket.SHUT_WR)
        assert hung_up(connection.sock)
    assert requests == []


@pytest.fixture
def crowd(sandbox: Sandbox) -> Iterator[Callable[[int], list[http.client.HTTPConnection]]]:
    """Connects clients that ask once and stay."""
    with ExitStack() as stack:

        def gather(size: int) -> list[http.client.HTTPConnection]:
            connections = []
            for _ in range(size):
                connections.append(stack.enter_context(closing(connect(sandbox))))
                assert ask(connections[-1]) == ACCOUNT
            return connections

        yield gather


def test_of_too_many_that_wait_one_goes(crowd: Callable[[int], list[http.client.HTTPConnection]]) -> None:
    """Not always the first to ask: a thread may begin to wait long after its answer was read."""
    *earlier, newest = crowd(MOST_WAITING + 1)
    gone, _, _ = select.select([each.sock for each in earlier], [], [], LONGEST_WAIT)
    assert [hung_up(connection) for connection in gone] == [True]
    assert [ask(each) for each in (*earlier, newest) if each.sock not in gone] == [ACCOUNT] * MOST_WAITING


def test_who_has_waited_longest_goes_first() -> None:
    waiting = Waiting()
    with ExitStack() as stack:
        pairs = [tuple(map(stack.enter_context, map(closing, socket.socketpair()))) for _ in range(MOST_WAITING + 2)]
        for ours, _ in pairs[:MOST_WAITING]:
            waiting.add(ours)
        waiting.take(pairs[0][0])
        for ours, _ in (*pairs[MOST_WAITING:], pairs[0]):
            waiting.add(ours)
        gone, _, _ = select.select([theirs for _, theirs in pairs], [], [], 0)
        assert gone == [theirs for _, theirs in pairs[1:3]]


def test_a_client_that_was_hung_up_on_comes_back(
    sandbox: Sandbox, crowd: Callable[[int], list[http.client.HTTPConnection]]
) -> None:
    client = sandbox.session(ACCOUNT).client("sts")
    assert client.get_caller_identity()["Account"] == ACCOUNT
    crowd(MOST_WAITING + 1)
    assert client.get_caller_identity()["Account"] == ACCOUNT


def test_nobody_is_connected_to_a_sandbox_that_has_stopped() -> None:
    with Sandbox() as sandbox:
        connection = connect(sandbox)
        assert ask(connection) == ACCOUNT
    with closing(connection):
        assert hung_up(connection.sock)
