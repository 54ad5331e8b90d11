"""A way to AWS that answers what a test puts into its mouth, for what is told of answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from rootguard.kit.connection import Keys, Reply

ACCOUNT_ID = "111122223333"


@dataclass
class Scripted:
    """Answers by action: members, a list of pages, or an error to raise."""

    answers: Mapping[str, Any]
    signed: list[Keys] = field(default_factory=list)

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - a connection's
        answer = self.answers[action]
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer, datetime.now(UTC))

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:  # noqa: ARG002
        answers: Sequence[Any] = self.answers[action]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            yield Reply(answer, datetime.now(UTC))

    def signed_by(self, keys: Keys, region: str) -> "Scripted":  # noqa: ARG002 - likewise
        self.signed.append(keys)
        return self

    def configured(self, config: Config) -> "Scripted":  # noqa: ARG002 - likewise
        return self


def refusal(code: str, message: str) -> ClientError:
    """What botocore raises where AWS refuses."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")
