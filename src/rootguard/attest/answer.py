"""What a person answers to a process check, as AWS Config takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rootguard.errors import RootguardError
from rootguard.kit.verdict import REASON_LENGTH
from rootguard.process_check import ConfigRule, ProcessCheck

type Compliance = Literal["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"]
"""INSUFFICIENT_DATA, which the API model knows as well, is no answer
(https://docs.aws.amazon.com/config/latest/APIReference/API_ExternalEvaluation.html)."""

_ACCOUNT = "AWS::::Account"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, for one account or many.

    Attributes:
        check: The name of the process check.
        annotation: Who said so, when, and what there was to say.
        moment: When, aware.
    """

    check: str
    compliance: Compliance
    annotation: str
    moment: datetime

    def evaluation_of(self, account_id: str) -> dict[str, Any]:
        """The ExternalEvaluation: a process check judges nothing but the account."""
        return {
            "ComplianceResourceType": _ACCOUNT,
            "ComplianceResourceId": account_id,
            "ComplianceType": self.compliance,
            "Annotation": self.annotation,
            "OrderingTimestamp": self.moment,
        }


def chosen_check(name: str, catalog: Sequence[ConfigRule]) -> ProcessCheck:
    """The process check of that name.

    Raises:
        RootguardError: There is none; the message names those that there are.
    """
    found = next((rule for rule in catalog if rule.name == name), None)
    if isinstance(found, ProcessCheck):
        return found
    checks = " and ".join(rule.name for rule in catalog if isinstance(rule, ProcessCheck))
    if found is None:
        raise RootguardError(f"there is no rule {name}; people attest {checks}")
    raise RootguardError(f"{name} is judged by its function, from what AWS shows; people attest {checks}")


def chosen_compliance(*, compliant: bool, non_compliant: bool, not_applicable: bool) -> Compliance:
    """The one answer that is given.

    Raises:
        RootguardError: None is, or several are.
    """
    given: dict[Compliance, bool] = {
        "COMPLIANT": compliant,
        "NON_COMPLIANT": non_compliant,
        "NOT_APPLICABLE": not_applicable,
    }
    chosen = [compliance for compliance, is_given in given.items() if is_given]
    if len(chosen) != 1:
        raise RootguardError("give one of --compliant, --non-compliant and --not-applicable")
    return chosen[0]


def checked_note(note: str) -> str:
    """The note on one line.

    Raises:
        RootguardError: It says nothing.
    """
    if text := " ".join(note.split()):
        return text
    raise RootguardError(
        "--note is empty: say how it was verified, such as the date of a drill or the number of a ticket"
    )


def annotation(caller_arn: str, moment: datetime, note: str) -> str:
    """What AWS Config shows with the answer, at most 256 characters.

    Args:
        caller_arn: Of the identity that answers.
        moment: When, in UTC.
        note: On one line, not empty.

    Raises:
        RootguardError: The note does not fit; it is not cut, because it is evidence.
    """
    beginning = f"attested by {name_of(caller_arn)} on {moment:%Y-%m-%d}: "
    room = REASON_LENGTH - len(beginning)
    if len(note) > room:
        raise RootguardError(f"--note has {len(note)} characters, and AWS Config has room for {room}: say it shorter")
    return f"{beginning}{note}"


def name_of(caller_arn: str) -> str:
    """Who an ARN is of: `alice`, `Admin/alice@example.com` of a role's session, `root`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    kind, _, rest = caller_arn.split(":", 5)[5].partition("/")
    if kind == "user":  # the part before the last is its path
        return rest.rpartition("/")[2]
    return rest or kind
