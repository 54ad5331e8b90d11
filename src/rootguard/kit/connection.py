"""The way to AWS with one set of credentials: it asks, and hands back what came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rootguard import __version__

if TYPE_CHECKING:  # boto3 takes half a second to import; commands that ask AWS nothing do without
    import boto3
    from botocore.config import Config

ATTEMPTS = 5
"""Of each call, in botocore's standard mode: exponential backoff with jitter, 20 s at most between two."""
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
"""Seconds. botocore's 60 would outlast the Lambda function."""
NEWER_MODELS = str(Path(__file__).with_name("models"))
"""What AWS's API models had to be given since Lambda's own botocore was made, in botocore's form of extras: the
parameter OrderedOrganizationPolicyInputList of iam:SimulateCustomPolicy came with botocore 1.43.60 of July 2026.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What AWS answered to one request: the members of the answer, and when it came (UTC)."""

    members: Mapping[str, Any]
    answered: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """Temporary credentials."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


class Connection(Protocol):
    """Asks AWS with one set of credentials. Every failure is raised as botocore or its parsers raise it."""

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        """Ask once.

        Args:
            action: The operation as IAM spells it, `iam:GetAccountSummary`.
            region: The Region to ask.
            parameters: The operation's parameters.
        """
        ...

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        """Ask for every page of a list, one after the other as they are wanted."""
        ...

    def signed_by(self, keys: Keys, region: str) -> "Connection":
        """The same way with other credentials, from that home Region."""
        ...

    def configured(self, config: "Config") -> "Connection":
        """The same way with another client configuration."""
        ...


class SessionConnection:
    """A boto3 session's way, a client per service and Region."""

    def __init__(self, session: "boto3.Session", config: "Config | None" = None) -> None:
        self._session = session
        self._config = config
        self._clients: dict[tuple[str, str], Any] = {}

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        """As Connection says."""
        members = getattr(self._client(action, region), method(action))(**parameters)
        return Reply(members, datetime.now(UTC))

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        """As Connection says."""
        for page in self._client(action, region).get_paginator(method(action)).paginate(**parameters):
            yield Reply(page, datetime.now(UTC))

    def signed_by(self, keys: Keys, region: str) -> "SessionConnection":
        """As Connection says."""
        import boto3  # noqa: PLC0415 - see above
        import botocore.session  # noqa: PLC0415 - see above

        core = botocore.session.Session()
        # sts:AssumeRoot has Regional endpoints only; an older botocore prefers the global one in the oldest Regions.
        core.set_config_variable("sts_regional_endpoints", "regional")
        session = boto3.Session(
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            region_name=region,
            botocore_session=core,
        )
        return SessionConnection(session, self._config)

    def configured(self, config: "Config") -> "SessionConnection":
        """As Connection says."""
        return SessionConnection(self._session, config)

    def _client(self, action: str, region: str) -> Any:  # noqa: ANN401 - botocore makes client classes at run time
        service = action.partition(":")[0]
        if (service, region) not in self._clients:
            _extend_models(self._session)
            make: Any = self._session.client  # the stubs want a literal service name
            self._clients[service, region] = make(service, region_name=region, config=self._config or client_config())
        return self._clients[service, region]


def client_config() -> "Config":
    """How every client is set up: retries, timeouts, and a user agent that CloudTrail will show."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        user_agent_extra=f"rootguard/{__version__}",
    )


def method(action: str) -> str:
    """The name of a client's method, `get_account_summary`."""
    from botocore import xform_name  # noqa: PLC0415 - see above

    return xform_name(action.partition(":")[2])


def _extend_models(session: Any) -> None:  # noqa: ANN401 - botocore's loader is not public
    """Let botocore find our models beside its own, as boto3 does with its own (boto3.Session._setup_loader)."""
    core = getattr(session, "_session", None)
    if core is None:
        return  # where it is kept is boto3's own business; all that is lost is what its models lack
    paths = core.get_component("data_loader").search_paths
    if NEWER_MODELS not in paths:
        paths.append(NEWER_MODELS)
