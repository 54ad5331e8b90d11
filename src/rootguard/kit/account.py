"""The account that is judged, and the one way to ask AWS about it.

Every call goes through here, so that every failure comes out as EvidenceUnavailable with the call and the account, and
every answer is an Answer.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rootguard.kit.answer import Answer
from rootguard.kit.connection import Connection, Keys, Reply
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import ERROR_CODE, Fact, Facts

__all__ = ["Account", "Answer", "parse_arn"]

if TYPE_CHECKING:  # boto3 takes half a second to import; commands that ask AWS nothing do without
    from botocore.config import Config

_UNPARSABLE = (ValueError, TypeError, AttributeError, KeyError)
"""What botocore's parsers raise, unguarded, for a malformed number, date or blob, another JSON type or other XML."""


class Account:
    """An AWS account as seen with one set of credentials, from one home Region.

    Attributes:
        id: Twelve digits.
        partition: `aws`, `aws-us-gov`, `aws-cn`.
        region: The home Region, used by every call that names no other.
        facts: What AWS said so far, and what it said as the roles and root users that were assumed from here.
    """

    def __init__(self, account_id: str, partition: str, region: str, connection: Connection) -> None:
        self.id = account_id
        self.partition = partition
        self.region = region
        self.facts = Facts()
        self._connection = connection

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
            return self._answer(action, region, self._connection.call(action, region, parameters))

    def pages(self, action: str, *, region: str | None = None, **parameters: Any) -> Iterator[Answer]:  # noqa: ANN401
        """Ask for every page of a list; raises as `call` does, at any page."""
        region = region or self.region
        with self._explained(action, region):
            for page in self._connection.pages(action, region, parameters):
                yield self._answer(action, region, page)

    def asked_with(self, config: "Config") -> "Account":
        """The same account with the same credentials, asked with another client configuration, its facts apart."""
        return Account(self.id, self.partition, self.region, self._connection.configured(config))

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

    def _seen_with(self, credentials: Answer, account_id: str) -> "Account":
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        connection = self._connection.signed_by(Keys(*map(credentials.text, names)), self.region)
        seen = Account(account_id, self.partition, self.region, connection)
        seen.facts = self.facts
        return seen

    def _answer(self, action: str, region: str, reply: Reply) -> Answer:
        return Answer(reply.members, action, self.id, region, self.facts, reply.answered)

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
