"""The Lambda Runtime API of one execution environment, for the length of one invocation.

The function's process asks for its event and posts what became of it, over HTTP on a port of its own
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Here the thread that invokes is the server: it waits
for the process to speak, to end, or for the time to be over.
"""

import http.client
import json
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Self

_VERSION = "/2018-06-01/runtime"
_PATIENCE_SECONDS = 10
"""For the rest of a request whose first bytes have come."""

LARGEST_RESPONSE = 6_291_556
"""Bytes, 6 MB and the room Lambda adds (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What `next` hands to the function's process; the timeout starts to run then."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str
    timeout_seconds: float
    client_context: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the process posted: the function's response, or the error of the function or of its initialisation."""

    body: bytes
    failed: bool


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes


class _Connection:
    def __init__(self, peer: socket.socket) -> None:
        peer.settimeout(_PATIENCE_SECONDS)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer = peer
        self._incoming: BinaryIO = peer.makefile("rb")

    def fileno(self) -> int:
        return self._peer.fileno()

    def close(self) -> None:
        self._incoming.close()
        self._peer.close()

    def read(self) -> _Request | None:
        """The request that has begun to arrive, None when the peer is gone."""
        try:
            words = self._incoming.readline().decode("latin-1").split()
            if not words:
                return None
            headers = http.client.parse_headers(self._incoming)
            body = self._incoming.read(int(headers.get("Content-Length", "0")))
        except OSError:
            return None
        return _Request(words[0], words[1], body)

    def answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        """Send a response; a peer that is gone is noticed at its next request."""
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
        try:
            self._peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        except OSError:
            return


class RuntimeApi:
    """Serves one `Assignment` on 127.0.0.1 and remembers what happened when (seconds of `time.monotonic`)."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.started: float | None = None
        self.finished: float | None = None
        self.outcome: Outcome | None = None
        self._waiting: _Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, _Connection):
                key.fileobj.close()
        self._selector.close()
        self._listener.close()

    @property
    def address(self) -> str:
        """What to put into AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def serve_init(self, process: socket.socket, seconds: float) -> bool:
        """Answer requests until the process asks for its event, cannot start, or has ended (`process` is readable).

        Returns:
            False if `seconds` were over before.
        """
        return self._serve(process, seconds, lambda: self._waiting is not None)

    @property
    def ready(self) -> bool:
        """Whether the process waits for its event."""
        return self._waiting is not None

    def serve_invoke(self, process: socket.socket, seconds: float) -> bool:
        """Hand out the event; answer until the process asks for another, which it does after its answer, or has ended.

        Returns:
            False if `seconds` were over before.
        """
        self._hand_out()
        return self._serve(process, seconds, lambda: False)

    def _serve(self, process: socket.socket, seconds: float, reached: Callable[[], bool]) -> bool:
        until = time.monotonic() + seconds
        self._selector.register(process, selectors.EVENT_READ)
        try:
            while not reached() and self.finished is None:
                ready = self._speaking(until - time.monotonic())
                if not ready:
                    return False
                if ready == [process]:
                    return True
                for speaker in ready:
                    self._hear(speaker)
            return True
        finally:
            self._selector.unregister(process)

    def _speaking(self, seconds: float) -> list[object]:
        return [key.fileobj for key, _ in self._selector.select(seconds)] if seconds > 0 else []

    def _hear(self, speaker: object) -> None:
        if speaker is self._listener:
            self._selector.register(_Connection(self._listener.accept()[0]), selectors.EVENT_READ)
        if isinstance(speaker, _Connection):
            request = speaker.read()
            if request is None:
                self._selector.unregister(speaker)
                speaker.close()
            else:
                self._answer(speaker, request)

    def _answer(self, connection: _Connection, request: _Request) -> None:
        mine = f"{_VERSION}/invocation/{self._assignment.request_id}"
        match request.method, request.path:
            case "GET", path if path == f"{_VERSION}/invocation/next":
                self._wait(connection)
            case "POST", path if path == f"{mine}/response":
                self._take_response(connection, request.body)
            case "POST", path if path == f"{mine}/error":
                self.outcome = Outcome(request.body, failed=True)
                _accept(connection)
            case "POST", path if path == f"{_VERSION}/init/error":
                self.outcome = Outcome(request.body, failed=True)
                self.finished = time.monotonic()
                _accept(connection)
            case "POST", path if path.startswith(f"{_VERSION}/invocation/"):
                _refuse(connection, HTTPStatus.BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
            case _:
                _refuse(connection, HTTPStatus.NOT_FOUND, "InvalidAPI", f"no {request.method} {request.path}")

    def _wait(self, connection: _Connection) -> None:
        """Let the process wait for an event, as Lambda does with an idle environment."""
        if self.outcome is None:
            self._waiting = connection
        else:
            self.finished = time.monotonic()

    def _hand_out(self) -> None:
        if self._waiting is None:
            raise RuntimeError("the process has not asked for its event")
        work = self._assignment
        self.started = time.monotonic()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": work.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + work.timeout_seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": work.function_arn,
            "Lambda-Runtime-Trace-Id": work.trace_id,
        }
        if work.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = work.client_context
        self._waiting.answer(HTTPStatus.OK, work.event, headers)

    def _take_response(self, connection: _Connection, body: bytes) -> None:
        if len(body) <= LARGEST_RESPONSE:
            self.outcome = Outcome(body, failed=False)
            _accept(connection)
            return
        sizes = f"({len(body)} bytes) exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)"
        message = f"Response payload size {sizes}."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        self.outcome = Outcome(json.dumps(error).encode(), failed=True)
        _refuse(connection, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", message)


def _accept(connection: _Connection) -> None:
    connection.answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}\n', {})


def _refuse(connection: _Connection, status: HTTPStatus, kind: str, message: str) -> None:
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    connection.answer(status, body, {})
