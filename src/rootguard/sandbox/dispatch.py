"""Where a request meets its operation: ours where we have one, moto's otherwise, a plain refusal where neither.

moto hands every request to `BaseResponse.call_action`; `install` wraps it. Each wrapped request is authorized, may be
made to fail by a test, and is checked against botocore's service model on the way in and, for our own operations, on
the way out. What nobody implements answers `SandboxNotImplemented`: moto's own HTTP 500 and 404 pages look like AWS
errors to botocore, and code under test would take them for one.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.model import OperationModel
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.model import checked_answer, checked_request
from rootguard.sandbox.state import state

# The name by which IAM and the SDK know a service, where moto says something else.
_SERVICE_NAMES = {"awslambda": "lambda"}

XML_PROTOCOLS = frozenset({"query", "rest-xml", "ec2"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one operation, as the sandbox's own operations see it."""

    service: str
    operation: str
    account_id: str
    region: str
    partition: str
    access_key: str
    parameters: dict[str, Any]
    response: BaseResponse
    _moto: Callable[[BaseResponse], TYPE_RESPONSE] = field(repr=False)

    @property
    def action(self) -> str:
        """The IAM action: `iam:GetAccountSummary`."""
        return f"{self.service}:{self.operation}"

    @property
    def is_xml(self) -> bool:
        """Whether the service answers in XML (query, rest-xml, ec2): such services name common errors differently."""
        return str(get_service_model(self.service).protocol) in XML_PROTOCOLS

    def unchecked(self, answer: dict[str, Any]) -> TYPE_RESPONSE:
        """An answer that AWS gives although its own model forbids it (a `User` without a name: the root user)."""
        return _serialized(self.response, ActionResult(answer))

    def moto(self) -> TYPE_RESPONSE:
        """What moto itself answers (status, headers, body)."""
        return self._moto(self.response)


type Answer = dict[str, Any] | TYPE_RESPONSE
type Handler = Callable[[Call], Answer]
type Check = Callable[[Call], None]
type RequestCheck = Callable[[Mapping[str, Any], OperationModel], None]

_OPERATIONS: dict[str, Handler] = {}
_REQUEST_CHECKS: dict[str, RequestCheck] = {}
_CHECKS: list[Check] = []


def operation(action: str, *, check: RequestCheck = checked_request) -> Callable[[Handler], Handler]:
    """Register the handler of an operation, `@operation("iam:ListOrganizationsFeatures")`.

    The handler takes a `Call` whose parameters fit botocore's input shape and returns the answer as botocore would
    parse it, which is checked against the output shape; or it returns `call.moto()`. It raises `AwsError` to refuse.
    It replaces moto's operation of that name, if there is one.

    Args:
        action: The service and the operation.
        check: Refuses parameters before the handler sees them; another one for an operation whose service does not
            hold the whole request against its model.
    """

    def register(handler: Handler) -> Handler:
        if action in _OPERATIONS:
            raise ValueError(f"{action} has two handlers")
        _OPERATIONS[action] = handler
        _REQUEST_CHECKS[action] = check
        return handler

    return register


def check(function: Check) -> Check:
    """Register a function that every request passes first and that may raise `AwsError`."""
    _CHECKS.append(function)
    return function


class Request(NamedTuple):
    """A request that arrived, for counting and for comparing with what a role grants."""

    account_id: str
    region: str
    access_key: str
    action: str


@dataclass
class Traffic:
    """Who listens to requests, and which operations a test made fail."""

    recordings: list[list[Request]] = field(default_factory=list)
    faults: dict[str, AwsError] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def recording() -> Iterator[list[Request]]:
    """Collect every request that arrives inside the block."""
    traffic, requests = state(Traffic), list[Request]()
    with traffic.lock:
        traffic.recordings.append(requests)
    try:
        yield requests
    finally:
        with traffic.lock:
            traffic.recordings = [kept for kept in traffic.recordings if kept is not requests]


@contextmanager
def failing(action: str, code: str, message: str = "made to fail") -> Iterator[None]:
    """Answer every call of `action` with an error, in every account, inside the block."""
    faults = state(Traffic).faults
    faults[action] = AwsError(code, message)
    try:
        yield
    finally:
        del faults[action]


def _answer(response: BaseResponse, moto: Callable[[BaseResponse], TYPE_RESPONSE]) -> TYPE_RESPONSE:
    service = _SERVICE_NAMES.get(response.service_name or "", response.service_name or "")
    name = response._get_action()  # noqa: SLF001 - moto offers no public name for it
    model = get_service_model(service)
    if name not in model.operation_names:
        return moto(response)
    operation_model = model.operation_model(name)
    response.parse_parameters(response.normalized_request)
    call = call_of(response, service, name, moto)
    admit(call)
    _REQUEST_CHECKS.get(call.action, checked_request)(call.parameters, operation_model)
    return _perform(call, operation_model)


def call_of(response: BaseResponse, service: str, name: str, moto: Callable[[BaseResponse], TYPE_RESPONSE]) -> Call:
    """A request to an operation, whose parameters moto's response has parsed."""
    return Call(
        service=service,
        operation=name,
        account_id=response.current_account,
        region=response.region,
        partition=response.partition,
        access_key=response.access_key,
        parameters=dict(response.params),
        response=response,
        _moto=moto,
    )


def admit(call: Call) -> None:
    """Record a request and let it pass every check.

    Raises:
        AwsError: It is refused, or made to fail.
    """
    _notice(call)
    for passes in _CHECKS:
        passes(call)


def _notice(call: Call) -> None:
    traffic = state(Traffic)
    for requests in traffic.recordings:
        requests.append(Request(call.account_id, call.region, call.access_key, call.action))
    if call.action in traffic.faults:
        raise traffic.faults[call.action]


def _perform(call: Call, model: OperationModel) -> TYPE_RESPONSE:
    handler = _OPERATIONS.get(call.action)
    if handler is None:
        try:
            return call.moto()
        except NotImplementedError:
            message = f"The sandbox has no {call.action}: neither moto nor rootguard.sandbox implements it."
            raise AwsError(NOT_IMPLEMENTED, message) from None
    answer = handler(call)
    if isinstance(answer, tuple):
        return answer
    return _serialized(call.response, ActionResult(checked_answer(answer, model)))


def _serialized(response: BaseResponse, result: ActionResult) -> TYPE_RESPONSE:
    status, headers, body = response.serialized(result)
    headers, body = response._enrich_response(headers, body)  # noqa: SLF001 - adds the request id, as moto does
    return status, headers, body


def install() -> None:
    """Wrap moto's dispatch, once for the life of the process."""
    original = BaseResponse.call_action
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def call_action(self: BaseResponse) -> TYPE_RESPONSE:
        try:
            return _answer(self, original)
        except AwsError as refusal:
            status, headers, body = _serialized(self, ActionResult(refusal))
            return refusal.status or status, headers, body
        except ServiceException as refusal:  # of moto's models, from within one of our operations
            return _serialized(self, ActionResult(refusal))

    BaseResponse.call_action = call_action  # type: ignore[method-assign]
