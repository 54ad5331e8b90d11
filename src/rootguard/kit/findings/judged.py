"""What a finding is about: an account as a rule saw it, and what kept a rule from seeing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.facts import Fact


class JudgedAccount(Protocol):
    """What a finding tells of an account: `kit.account.Account`, and a result of an audit that is read back."""

    @property
    def id(self) -> str:
        """Twelve digits."""

    @property
    def partition(self) -> str:
        """`aws`, `aws-us-gov`, `aws-cn`."""

    @property
    def region(self) -> str:
        """The home Region."""

    @property
    def facts(self) -> Iterable[Fact]:
        """What AWS said."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What kept a rule from a verdict.

    Attributes:
        kind: The error's name, `EvidenceUnavailable`.
        reason: Why, one line, not empty.
        action: The call that failed, as IAM spells it; "" where none did.
        code: AWS's error code; "" where it gave none.
    """

    kind: str
    reason: str
    action: str = ""
    code: str = ""

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """Of an error that was raised."""
        kind = type(error).__name__
        reason = " ".join(str(error).split()) or kind
        if isinstance(error, EvidenceUnavailable):
            return cls(kind, reason, error.action, error.code)
        return cls(kind, reason)
