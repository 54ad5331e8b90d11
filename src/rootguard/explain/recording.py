"""Writes down every request to AWS: what was asked, by whom, how long it took and what came back."""

import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rootguard.kit.account import parse_arn
from rootguard.kit.connection import Connection, Keys, Reply
from rootguard.kit.verdict import shortened

if TYPE_CHECKING:
    from botocore.config import Config

_IDENTIFYING = re.compile(r"([Aa]rn|[Nn]ames?|Id|Types?|Status|Principal|Filter|Rule)$")
"""How parameters are called whose text names something; of others only the length is shown."""
_SECRET = frozenset({"ExternalId"})
_SHOWN = 3
_LENGTH = 160
_CREDENTIALS = "sts:"
"""The service that answers with some."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose credentials sign a request.

    Attributes:
        name: A role's or a user's ARN, `root of 111122223333`.
        account_id: The account that they belong to, which is the one that is asked.
    """

    name: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request to AWS.

    Attributes:
        number: 1 for the first.
        action: As IAM spells it, `iam:GetAccountSummary`.
        region: The Region that was asked.
        parameters: As sent, by name; of what may be secret or long only how much it is.
        page: 1, or the number of the page of a list.
        asked_as: Who asked.
        began: When it was sent, UTC.
        seconds: How long the answer took, with retries.
        reply: What came back; None where an error did.
        error: What came instead.
    """

    number: int
    action: str
    region: str
    parameters: Mapping[str, str]
    page: int
    asked_as: "Principal"
    began: datetime
    seconds: float
    reply: Reply | None = None
    error: Exception | None = None


class Record:
    """All requests, in the order in which they were made.

    Attributes:
        secrets: The credentials that came back.
    """

    def __init__(self, noticed: Callable[[int], None] = lambda _: None) -> None:
        """`noticed` is called with the number of each request."""
        self.requests: list[Request] = []
        self.secrets = set[str]()
        self._noticed = noticed
        self._owners = dict[str, Principal]()

    def add(self, request: Request) -> None:
        """Write a request down."""
        self.requests.append(request)
        self._noticed(request.number)

    def keep_credentials(self, reply: Reply, parameters: Mapping[str, Any]) -> None:
        """Remember whose the credentials are that came back, and that nobody may see them."""
        keys = reply.members.get("Credentials")
        if not isinstance(keys, Mapping):
            return
        self.secrets |= {text for text in keys.values() if isinstance(text, str)}
        self._owners[str(keys.get("AccessKeyId"))] = _principal(parameters)

    def owner(self, keys: Keys) -> Principal:
        """Whom credentials that came back stand for."""
        return self._owners[keys.access_key_id]


def _principal(parameters: Mapping[str, Any]) -> Principal:
    """Whom sts:AssumeRole and sts:AssumeRoot give credentials of."""
    if "RoleArn" in parameters:
        return Principal(parameters["RoleArn"], parse_arn(parameters["RoleArn"])[2])
    account_id = parameters["TargetPrincipal"]
    return Principal(f"root of {account_id}, {parameters['TaskPolicyArn']['arn'].rpartition('/')[2]}", account_id)


class RecordingConnection:
    """Another connection, whose requests are written down."""

    def __init__(self, connection: Connection, record: Record, asked_as: Principal) -> None:
        self._connection = connection
        self._record = record
        self._asked_as = asked_as

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        """As Connection says."""
        reply = self._ask(lambda: self._connection.call(action, region, parameters), action, region, parameters)
        if action.startswith(_CREDENTIALS):
            self._record.keep_credentials(reply, parameters)
        return reply

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        """As Connection says."""
        replies = self._connection.pages(action, region, parameters)
        for page in itertools.count(1):
            try:
                reply = self._ask(lambda: next(replies), action, region, parameters, page)
            except StopIteration:
                return
            yield reply

    def signed_by(self, keys: Keys, region: str) -> "RecordingConnection":
        """As Connection says."""
        return RecordingConnection(self._connection.signed_by(keys, region), self._record, self._record.owner(keys))

    def configured(self, config: "Config") -> "RecordingConnection":
        """As Connection says."""
        return RecordingConnection(self._connection.configured(config), self._record, self._asked_as)

    def _ask(
        self, read: Callable[[], Reply], action: str, region: str, parameters: Mapping[str, Any], page: int = 1
    ) -> Reply:
        began, clock = datetime.now(UTC), time.monotonic()
        reply, error = None, None
        try:
            reply = read()
        except StopIteration:  # no request: the page before was the last
            raise
        except Exception as problem:
            error = problem
            raise
        finally:
            if reply is not None or error is not None:
                told = {name: _told(name, value) for name, value in parameters.items()}
                number, seconds = len(self._record.requests) + 1, time.monotonic() - clock
                self._record.add(
                    Request(number, action, region, told, page, self._asked_as, began, seconds, reply, error)
                )
        return reply


def _told(name: str, value: object) -> str:
    match value:
        case bool() | int() | float():
            return str(value)
        case str():
            return shortened(value, _LENGTH) if _identifies(name) else f"(a text of {len(value)} characters, not shown)"
        case list() | tuple() if _identifies(name) and all(isinstance(item, str) for item in value):
            more = f", … ({len(value)} in all)" if len(value) > _SHOWN else ""
            return shortened(", ".join(value[:_SHOWN]), _LENGTH) + more
        case list() | tuple():
            return f"({len(value)} items, not shown)" if len(value) != 1 else "(one item, not shown)"
        case Mapping():
            return ", ".join(f"{key}={_told(name, item)}" for key, item in value.items())
    return f"({type(value).__name__}, not shown)"


def _identifies(name: str) -> bool:
    return name not in _SECRET and _IDENTIFYING.search(name) is not None
