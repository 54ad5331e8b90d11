"""A rule's answer."""

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Self

REASON_LENGTH = 256
"""The longest annotation that AWS Config takes (API model config, Evaluation.Annotation: 1..256 characters)."""


class Compliance(StrEnum):
    """What a Lambda function may report (API model config, PutEvaluations: INSUFFICIENT_DATA is not accepted)."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the answers that a rule can give; called with the details of its reason it makes the verdict.

    Attributes:
        compliance: What AWS Config records.
        reason: As `str.format` takes it, `root has {credentials} but no MFA device`; the rule's page shows it.
        variants: What the reason's last detail can say, in the same form, where that is a sentence of its own.
    """

    compliance: Compliance
    reason: str
    variants: tuple[str, ...] = ()

    def __call__(self, **details: object) -> "Verdict":
        """The verdict with this reason.

        Raises:
            ValueError: The reason is empty or too long. It is never cut silently; `shortened` cuts names visibly.
            KeyError: A detail is missing.
        """
        return Verdict(self, self.reason.format(**details))

    @property
    def details(self) -> tuple[str, ...]:
        """The names of the details that the reason needs."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.reason) if name)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome and the reason for it, 1 to 256 characters: AWS Config shows it as the annotation.

    Raises:
        ValueError: The reason is empty or too long.
    """

    outcome: Outcome
    reason: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.reason) <= REASON_LENGTH:
            raise ValueError(f"a reason has 1 to {REASON_LENGTH} characters, not {len(self.reason)}: {self.reason!r}")

    @property
    def compliance(self) -> Compliance:
        """What AWS Config records."""
        return self.outcome.compliance

    def noting(self, note: str) -> Self:
        """The same verdict with a note after its reason, which gives way visibly if both do not fit."""
        room = REASON_LENGTH - len(note) - len("; ")
        return type(self)(self.outcome, f"{shortened(self.reason, room)}; {note}")


def compliant(reason: str, *variants: str) -> Outcome:
    """COMPLIANT, and why."""
    return Outcome(Compliance.COMPLIANT, reason, variants)


def non_compliant(reason: str, *variants: str) -> Outcome:
    """NON_COMPLIANT, and why."""
    return Outcome(Compliance.NON_COMPLIANT, reason, variants)


def not_applicable(reason: str, *variants: str) -> Outcome:
    """NOT_APPLICABLE, and why."""
    return Outcome(Compliance.NOT_APPLICABLE, reason, variants)


def shortened(text: str, length: int) -> str:
    """The text in at most `length` characters, its middle replaced by an ellipsis where it is longer."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    head = length - 1 - tail
    return f"{text[:head]}…{text[len(text) - tail :]}"
