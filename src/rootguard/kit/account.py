"""The account that is judged, and the one way to ask AWS about it.

Every call goes through here, so that every failure comes out as EvidenceUnavailable with the call and the account, and
every answer is an Answer.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rootguard import __version__
from rootguard.kit.answer import Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import ERROR_CODE, Fact, Facts

__all__ = ["ATTEMPTS", "Account", "Answer", "client_config", "parse_arn"]

if TYPE_CHECKING:  # boto3 takes half a second to import; commands that ask AWS nothing do without
    import boto3
    from botocore.config import Config

ATTEMPTS = 5
"""Of each call, in botocore's standard mode: exponential backoff with jitter, 20 s at most between two."""
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
"""Seconds. botocore's 60 would outlast the Lambda function."""
_NEWER_MODELS = str(Path(__file__).with_name("models"))
"""What AWS's API models had to be given since Lambda's own botocore was made, in botocore's form of extras: the
parameter OrderedOrganizationPolicyInputList of iam:SimulateCustomPolicy came with botocore 1.43.60 of July 2026.
"""
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


class Account:
    """An AWS account as seen with one set of credentials, from one home Region.

    Attributes:
        id: Twelve digits.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
        region: The home Region, used by every call that names no other.
        facts: What AWS said so far, and what it said as the roles and root users that were assumed from here.
    """

    def __init__(
        self, account_id: str, partition: str, region: str, session: "boto3.Session", config: "Config | None" = None
    ) -> None:
        self.id = account_id
        self.partition = partition
        self.region = region
        self.facts = Facts()
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
        return Answer(members, action, self.id, region, self.facts)

    def pages(self, action: str, *, region: str | None = None, **parameters: Any) -> Iterator[Answer]:  # noqa: ANN401
        """Ask for every page of a list; raises as `call` does, at any page."""
        region = region or self.region
        with self._explained(action, region):
            for page in self._client(action, region).get_paginator(_method(action)).paginate(**parameters):
                yield Answer(page, action, self.id, region, self.facts)

    def asked_with(self, config: "Config") -> "Account":
        """The same account with the same credentials, asked with another client configuration, its facts apart."""
        return Account(self.id, self.partition, self.region, self._session, config)

    def assume(self, role_arn: str, session_name: str = "rootguard") -> "Account":
        """The account of a role, seen as that role, from the same home Region.

        Raises:
            EvidenceUnavailable: The role is not there or does not trust the caller.
        """
        answer = self.call("sts:AssumeRole", RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=900)
        return self._seen_with(answer.structure("Credentials"), role_arn.split(":")[4])

    def assume_root(self, account_id: str, task: str) -> "Account":
        """A member account seen as its root user, for one task, from the same home Region.

        To be asked of an account that manages the organization or is IAM's delegated administrator
        (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html).

        Args:
            account_id: The member.
            task: The name of a policy below `root-task/`, `IAMAuditRootUserCredentials`.

        Raises:
            EvidenceUnavailable: Central root access is not enabled, or the caller may not use it on that account.
        """
        policy = {"arn": f"arn:{self.partition}:iam::aws:policy/root-task/{task}"}
        answer = self.call("sts:AssumeRoot", TargetPrincipal=account_id, TaskPolicyArn=policy, DurationSeconds=900)
        return self._seen_with(answer.structure("Credentials"), account_id)

    def _seen_with(self, keys: Answer, account_id: str) -> "Account":
        import boto3  # noqa: PLC0415 - see above
        import botocore.session  # noqa: PLC0415 - see above

        core = botocore.session.Session()
        # sts:AssumeRoot has Regional endpoints only; an older botocore prefers the global one in the oldest Regions.
        core.set_config_variable("sts_regional_endpoints", "regional")
        session = boto3.Session(
            aws_access_key_id=keys.text("AccessKeyId"),
            aws_secret_access_key=keys.text("SecretAccessKey"),
            aws_session_token=keys.text("SessionToken"),
            region_name=self.region,
            botocore_session=core,
        )
        seen = Account(account_id, self.partition, self.region, session, self._config)
        seen.facts = self.facts
        return seen

    @contextmanager
    def _explained(self, action: str, region: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - see above

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            message = error.response.get("Error", {}).get("Message", "")
            self.facts.add(Fact(action, self.id, region, ERROR_CODE, code, datetime.now(UTC)))
            raise EvidenceUnavailable(action, self.id, region, f"{code}: {message}", code) from error
        except (BotoCoreError, ResponseParserError, *_UNPARSABLE) as error:
            raise EvidenceUnavailable(action, self.id, region, f"{type(error).__name__}: {error}") from error

    def _client(self, action: str, region: str) -> Any:  # noqa: ANN401 - botocore makes client classes at run time
        service = action.partition(":")[0]
        if (service, region) not in self._clients:
            _extend_models(self._session)
            make: Any = self._session.client  # the stubs want a literal service name
            self._clients[service, region] = make(service, region_name=region, config=self._config or client_config())
        return self._clients[service, region]


def _extend_models(session: Any) -> None:  # noqa: ANN401 - botocore's loader is not public
    """Let botocore find our models beside its own, as boto3 does with its own (boto3.Session._setup_loader)."""
    core = getattr(session, "_session", None)
    if core is None:
        return  # where it is kept is boto3's own business; all that is lost is what its models lack
    paths = core.get_component("data_loader").search_paths
    if _NEWER_MODELS not in paths:
        paths.append(_NEWER_MODELS)


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
