"""The evidence trail of one verdict: the JSON document that `rootguard explain --format json` writes.

Steps tell in the order of time what happened in a function; a function that ran below it stands among them.
"""

from typing import Annotated, Literal

from msgspec import Struct

from rootguard.audit.results import Compliance
from rootguard.kit.rule import Severity
from rootguard.report.document import AccountId, Time, told

SCHEMA: Literal[1] = 1


class ValueSeen(Struct, frozen=True):
    """A value that a decision looked at."""

    name: Annotated[str, told("the expression; the arguments of a function that was called are left out")]
    value: Annotated[str, told("shortened; texts that are nobody's business are not shown")]


class Condition(Struct, frozen=True, tag="condition", tag_field="step"):
    """A condition that was evaluated."""

    source: Annotated[str, told("as the program has it")]
    line: int
    held: Annotated[bool, told("of a condition that was evaluated several times, whether it ever held")]
    values: list[ValueSeen]
    chosen: Annotated[str, told("of `and` and `or` between values: the operand that was taken; else empty")] = ""
    times: Annotated[int, told("how often it was evaluated, for one item after the other")] = 1
    times_held: int = 0


class Call(Struct, frozen=True, tag="call", tag_field="step"):
    """A request to AWS was made here."""

    number: Annotated[int, told("of the request, in `requests`")]


class Return(Struct, frozen=True, tag="return", tag_field="step"):
    """The function returned."""

    source: Annotated[str, told("the expression that was returned; empty for none")]
    line: int
    value: str
    passed_on: Annotated[bool, told("the value is the one that the function above in the list returned")] = False


class Failure(Struct, frozen=True, tag="failure", tag_field="step"):
    """An error left the function."""

    line: int
    error: str
    passed_on: Annotated[bool, told("it came from the function above in the list")] = False


class Function(Struct, frozen=True, tag="function", tag_field="step"):
    """A function ran."""

    name: str
    file: Annotated[str, told("within rootguard, or the rule's own")]
    line: int
    steps: list["Step"]
    times: Annotated[int, told("how often in a row it ran the same way; the first run is told")] = 1
    as_before: Annotated[bool, told("it ran before in just the same way; only how it ended is repeated")] = False


type Step = Condition | Call | Return | Failure | Function


class FactSeen(Struct, frozen=True):
    """A member of an answer, as it was read."""

    member: Annotated[str, told("its path in the answer")]
    value: str


class RequestMade(Struct, frozen=True):
    """A request to AWS and what came back."""

    number: int
    action: Annotated[str, told("as IAM spells it")]
    account_id: AccountId
    region: str
    parameters: Annotated[dict[str, str], told("as sent; of secrets and long texts only how much it was")]
    page: Annotated[int, told("1, or the number of the page of a list")]
    asked_as: Annotated[str, told("whose credentials signed it")]
    time: Time
    milliseconds: int
    facts: Annotated[list[FactSeen], told("what was read of the answer")]
    members_not_shown: Annotated[int, told("members of the answer that were not read, or are nobody's business")]
    error_code: Annotated[str, told("AWS's, where it refused; else empty")] = ""
    error: Annotated[str, told("what came instead of an answer; else empty")] = ""


class OutcomeEntry(Struct, frozen=True):
    """An answer that the rule can give."""

    compliance: Compliance
    reason: Annotated[str, told("details in braces")]
    given: bool


class Explanation(Struct, frozen=True):
    """How one verdict came about."""

    schema: Literal[1]
    rootguard: Annotated[str, told("the version that wrote it")]
    generated_at: Time
    account_id: AccountId
    account_name: str
    rule: str
    title: str
    severity: Severity
    parameters: Annotated[dict[str, str], told("of the rule, those that are not empty")]
    compliance: Compliance
    reason: str
    advice: Annotated[str, told("what to do about an ERROR; else empty")]
    requests: list[RequestMade]
    steps: list[Step]
    outcomes: list[OutcomeEntry]
    remediation: str
    page: str
