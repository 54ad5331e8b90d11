"""The account that is judged, and the one way to ask AWS about it.

Every call goes through here, so that every failure comes out as EvidenceUnavailable with the call and the account, and
every answer is read by keys that are required unless the reader says otherwise.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rootguard import __version__
from rootguard.kit.errors import EvidenceUnavailable

if TYPE_CHECKING:  # boto3 takes half a second to import; commands that ask AWS nothing do without
    import boto3
    from botocore.config import Config

ATTEMPTS = 5
"""Of each call, in botocore's standard mode: exponential backoff with jitter, 20 s at most between two."""
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
"""Seconds. botocore's 60 would outlast the Lambda function."""
_UNPARSABLE = (ValueError, TypeError, AttributeError)
"""What botocore's parsers raise, unguarded, for a malformed number, date or blob, or for another JSON type."""


def client_config() -> "Config":
    """How every client is set up: retries, timeouts, and a user agent that CloudTrail will show."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        user_agent_extra=f"rootguard/{__version__}",
    )


class Answer:
    """What AWS answered: a structure whose members must be there and of the right type, unless a default is given.

    Every method raises EvidenceUnavailable for a member that is missing or of another type.
    """

    def __init__(self, members: Mapping[str, Any], action: str, account_id: str, region: str) -> None:
        self._members = members
        self._origin = (action, account_id, region)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def text(self, name: str, default: str | None = None) -> str:
        """A string member."""
        return str(self._member(name, str, default))

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """A boolean member."""
        return bool(self._member(name, bool, default))

    def number(self, name: str, default: float | None = None) -> float:
        """A numeric member."""
        return float(self._member(name, (int, float), default))

    def raw(self, name: str) -> Any:  # noqa: ANN401 - the reader knows
        """A member of any type."""
        return self._member(name, object, None)

    def structure(self, name: str) -> "Answer":
        """A member with members."""
        return self._answer(self._member(name, dict, None))

    def structures(self, name: str, default: list[Any] | None = None) -> tuple["Answer", ...]:
        """A list of structures."""
        return tuple(self._answer(self._checked(item, name, dict)) for item in self._member(name, list, default))

    def texts(self, name: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(self._checked(item, name, str) for item in self._member(name, list, default))

    def merged(self, other: "Answer") -> "Answer":
        """The members of both, where AWS spreads one thing over two structures."""
        return self._answer({**self._members, **other._members})  # noqa: SLF001 - its own kind

    def unavailable(self, problem: str) -> EvidenceUnavailable:
        """The error to raise for an answer that says less than the verdict needs."""
        action, account_id, region = self._origin
        return EvidenceUnavailable(action, account_id, region, problem)

    def _answer(self, members: Mapping[str, Any]) -> "Answer":
        return Answer(members, *self._origin)

    def _member(self, name: str, kind: type | tuple[type, ...], default: Any) -> Any:  # noqa: ANN401 - typed above
        value = self._members.get(name, default)
        if value is None:
            raise self.unavailable(f"the answer has no {name}")
        return self._checked(value, name, kind)

    def _checked(self, value: Any, name: str, kind: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - typed above
        if not isinstance(value, kind):
            raise self.unavailable(f"{name} has {type(value).__name__} {value!r:.60}")
        return value


class Account:
    """An AWS account as seen with one set of credentials, from one home Region.

    Attributes:
        id: Twelve digits.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
        region: The home Region, used by every call that names no other.
    """

    def __init__(
        self, account_id: str, partition: str, region: str, session: "boto3.Session", config: "Config | None" = None
    ) -> None:
        self.id = account_id
        self.partition = partition
        self.region = region
        self._session = session
        self._config = config
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def root_arn(self) -> str:
        """The ARN of the account's root user."""
        return f"arn:{self.partition}:iam::{self.id}:root"

    def call(self, action: str, *, region: str | None = None, **parameters: Any) -> Answer:  # noqa: ANN401 - AWS's own
        """Ask once.

        Args:
            action: The operation as IAM spells it, `iam:GetAccountSummary`.
            region: Another Region than the home Region.
            parameters: The operation's parameters.

        Raises:
            EvidenceUnavailable: Denied, throttled beyond the retries, unreachable, refused.
        """
        region = region or self.region
        with self._explained(action, region):
            members = getattr(self._client(action, region), _method(action))(**parameters)
        return Answer(members, action, self.id, region)

    def pages(self, action: str, *, region: str | None = None, **parameters: Any) -> Iterator[Answer]:  # noqa: ANN401
        """Ask for every page of a list; raises as `call` does, at any page."""
        region = region or self.region
        with self._explained(action, region):
            for page in self._client(action, region).get_paginator(_method(action)).paginate(**parameters):
                yield Answer(page, action, self.id, region)

    def assume(self, role_arn: str) -> "Account":
        """The account of a role, seen as that role, from the same home Region.

        Raises:
            EvidenceUnavailable: The role is not there or does not trust the caller.
        """
        import boto3  # noqa: PLC0415 - see above

        answer = self.call("sts:AssumeRole", RoleArn=role_arn, RoleSessionName="rootguard", DurationSeconds=900)
        keys = answer.structure("Credentials")
        session = boto3.Session(
            aws_access_key_id=keys.text("AccessKeyId"),
            aws_secret_access_key=keys.text("SecretAccessKey"),
            aws_session_token=keys.text("SessionToken"),
            region_name=self.region,
        )
        return Account(role_arn.split(":")[4], self.partition, self.region, session, self._config)

    @contextmanager
    def _explained(self, action: str, region: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - see above

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            message = error.response.get("Error", {}).get("Message", "")
            raise EvidenceUnavailable(action, self.id, region, f"{code}: {message}", code) from error
        except (BotoCoreError, ResponseParserError, *_UNPARSABLE) as error:
            raise EvidenceUnavailable(action, self.id, region, f"{type(error).__name__}: {error}") from error

    def _client(self, action: str, region: str) -> Any:  # noqa: ANN401 - botocore makes client classes at run time
        service = action.partition(":")[0]
        if (service, region) not in self._clients:
            make: Any = self._session.client  # the stubs want a literal service name
            self._clients[service, region] = make(service, region_name=region, config=self._config or client_config())
        return self._clients[service, region]


def _method(action: str) -> str:
    from botocore import xform_name  # noqa: PLC0415 - see above

    return xform_name(action.partition(":")[2])


_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):[a-z0-9-]+:(?P<region>[a-z0-9-]*):(?P<account>\d{12}):.+")


def parse_arn(arn: str) -> tuple[str, str, str]:
    """Partition, Region and account of an ARN.

    Raises:
        ValueError: It is not an ARN with an account.
    """
    found = _ARN.fullmatch(arn)
    if not found:
        raise ValueError(f"not an ARN: {arn!r}")
    return found["partition"], found["region"], found["account"]
