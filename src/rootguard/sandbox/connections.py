"""How the sandbox speaks HTTP: connections stay open between requests, as AWS keeps them.

werkzeug's own server closes each after one request, for it cannot tell where the next one would begin; a connection and
a thread per request are a large part of what a small request costs.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

MOST_WAITING = 64
_WITHOUT_BODY = {HTTPStatus.CONTINUE, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Waiting:
    """The connections that wait for their next request, up to a number: who has waited longest goes first.

    Clients that nobody uses any more hold theirs until the collector finds them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, None] = {}
        self._most = MOST_WAITING

    def add(self, connection: socket.socket) -> None:
        """Let it wait, and drop who has waited longest if these are too many."""
        with self._lock:
            self._connections[connection] = None
            self._shrink()

    def take(self, connection: socket.socket) -> bool:
        """Whether it may be served: it still waited."""
        with self._lock:
            return self._connections.pop(connection, self) is None

    def discard(self, connection: socket.socket) -> None:
        """Let it wait no longer, if it does."""
        with self._lock:
            self._connections.pop(connection, None)

    def close(self) -> None:
        """Drop what waits, and what would wait from now on."""
        with self._lock:
            self._most = 0
            self._shrink()

    def _shrink(self) -> None:
        while len(self._connections) > self._most:
            connection = next(iter(self._connections))
            del self._connections[connection]
            with contextlib.suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)


class KeepAliveHandler(MotoRequestHandler):
    """Serves the requests of one connection, and leaves the terminal to the command that runs the sandbox."""

    server: "KeepAliveServer"
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece and at once; in two, the second would wait for the client to acknowledge the first.
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Wait for a request, and serve it."""
        self.server.waiting.add(self.connection)
        try:
            super().handle_one_request()
        finally:
            self.server.waiting.discard(self.connection)

    def parse_request(self) -> bool:
        """Read a request's headers, unless the connection was dropped while its first line arrived."""
        if not self.server.waiting.take(self.connection):
            self.close_connection = True
            return False
        return super().parse_request()

    def handle_expect_100(self) -> bool:
        """Ask for the body at once."""
        asked = super().handle_expect_100()
        self.wfile.flush()
        return asked

    def run_wsgi(self) -> None:
        """Answer one request (PEP 3333), whose body is read whole, so that the next one begins where it ends."""
        environ = self.make_environ()
        body = self._body(environ)
        if body is None:
            self.close_connection = True
            return
        environ["wsgi.input"], environ["wsgi.input_terminated"] = BytesIO(body), True
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            del exc_info
            started.append((status, headers))
            return written.append

        written += _parts(self.server.app(environ, start_response))
        self._send(*started[-1], b"".join(written))

    def _body(self, environ: dict[str, Any]) -> bytes | None:
        """What the request brings; nothing if the client hung up before its end."""
        if "HTTP_TRANSFER_ENCODING" in environ:
            self.close_connection = True  # trailers may follow
            return bytes(environ["wsgi.input"].read())
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = self.rfile.read(length)
        return body if len(body) == length else None

    def _send(self, status: str, headers: list[tuple[str, str]], answer: bytes) -> None:
        number, _, reason = status.partition(" ")
        code = int(number)
        has_body = self.command != "HEAD" and code not in _WITHOUT_BODY
        self.send_response(code, reason)
        for name, value in headers:
            if not has_body or name.lower() != "content-length":
                self.send_header(name, value)
        if has_body:
            self.send_header("Content-Length", str(len(answer)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self.wfile.write(answer)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug names it so
        """Say nothing."""


def _parts(answer: Iterable[bytes]) -> list[bytes]:
    try:
        return list(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()


class KeepAliveServer(ThreadedWSGIServer):
    """A thread per connection, on a free port of 127.0.0.1."""

    def __init__(self, app: Any) -> None:
        self.waiting = Waiting()
        super().__init__("127.0.0.1", 0, app, handler=KeepAliveHandler)

    def server_close(self) -> None:
        """Close the port, and every connection that nothing is being answered on."""
        super().server_close()
        self.waiting.close()
