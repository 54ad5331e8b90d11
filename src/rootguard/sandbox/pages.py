"""HTML error pages of the server underneath, turned into one unmistakable AWS error.

Flask answers a path that no operation has with an HTML 404, and a crash with an HTML 500. botocore reads the first as
the AWS error "404" and retries the second, so either could pass for something AWS said.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

from rootguard.sandbox.errors import CRASHED, NOT_IMPLEMENTED

LOG = logging.getLogger("rootguard.sandbox")

type App = Callable[[dict[str, Any], Any], Iterable[bytes]]

_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/(?P<service>[^/]+)/")
_XML_PROTOCOLS = {"query", "rest-xml", "ec2"}


class RefusalPages:
    """WSGI middleware around moto's application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            del exc_info
            started.append((status, headers))

        try:
            body = self._app(environ, remember)
        except Exception:
            LOG.exception("the sandbox failed on %s %s", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
            body, started = [], [("500", [("Content-Type", "text/html")])]
        status, headers = started[-1]
        if not _is_error_page(status, headers) or _is_head_of_s3(environ):
            start_response(status, headers)
            return body
        page = _refusal(environ, status)
        start_response("400 Bad Request", [("Content-Type", page.content_type), *page.headers])
        return [page.body]


class _Page:
    def __init__(self, code: str, message: str, protocol: str) -> None:
        if protocol in _XML_PROTOCOLS:
            self.content_type = "text/xml"
            text = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
            self.body = f"<ErrorResponse><Error>{text}</Error></ErrorResponse>".encode()
        else:
            self.content_type = "application/json"
            self.body = json.dumps({"__type": code, "message": message}).encode()
        self.headers = [("x-amzn-ErrorType", code), ("Content-Length", str(len(self.body)))]


def _is_error_page(status: str, headers: list[tuple[str, str]]) -> bool:
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    return status[:1] in "45" and content_type.startswith("text/html")


def _is_head_of_s3(environ: dict[str, Any]) -> bool:
    """S3 answers HEAD of what is not there with 404 and no body, which moto calls HTML; it has an operation there."""
    scope = _CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return environ.get("REQUEST_METHOD") == "HEAD" and scope is not None and scope["service"] == "s3"


def _refusal(environ: dict[str, Any], status: str) -> _Page:
    scope = _CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope["service"] if scope else "unknown"
    path = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
    if status.startswith("404"):
        return _Page(NOT_IMPLEMENTED, f"The sandbox has no {service} operation at {path}.", _protocol(service))
    return _Page(CRASHED, f"The sandbox failed ({status}) on {service} {path}.", _protocol(service))


def _protocol(signing_name: str) -> str:
    name = {"monitoring": "cloudwatch"}.get(signing_name, signing_name)
    try:
        return str(get_service_model(name).protocol)
    except Exception:  # noqa: BLE001 - whatever the request was signed for, it gets an answer
        return "json"
