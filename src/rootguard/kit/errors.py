"""What can go wrong while a rule is evaluated.

    RuleError
    ├── EvidenceUnavailable     AWS did not show what the verdict needs
    ├── InvalidParameters       a rule parameter is malformed
    ├── EventRefused            an event that must not be answered
    └── EvaluationNotRecorded   AWS Config did not take the evaluation

None of them is ever turned into a verdict: in Lambda the invocation fails, in the terminal the cell says ERROR.
"""

import re
from collections.abc import Callable

_DENIED = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized", "Forbidden")
DENIED_BY = re.compile(
    r"(?:explicit deny in an?|no) (?P<policy>(?:service|resource) control policy|permissions boundary|session policy"
    r"|VPC endpoint policy|resource-based policy)"
)
"""Whose policy it is, where AWS says so and it is not the identity's own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""
_EXPIRED = ("ExpiredToken", "RequestExpired")
_THROTTLED = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown")


class RuleError(Exception):
    """Anything that kept a rule from giving a verdict that AWS Config recorded."""


class EvidenceUnavailable(RuleError):  # noqa: N818 - it names the state of the evidence
    """AWS did not show what the verdict needs: denied, throttled, unreachable, missing or malformed.

    Attributes:
        action: The call as IAM spells it, `iam:GetAccountSummary`.
        account_id: The account that was asked.
        region: The Region that was asked.
        problem: What came instead of the evidence, one line.
        code: AWS's error code; empty when the answer itself was wanting.
        advice: What to do about it; by default what its code suggests.
    """

    def __init__(  # noqa: PLR0913 - where, what and why of one failed call
        self, action: str, account_id: str, region: str, problem: str, code: str = "", *, advice: str = ""
    ) -> None:
        self.action = action
        self.account_id = account_id
        self.region = region
        self.problem = " ".join(problem.split())
        self.code = code
        self.advice = advice or self._usual_advice()
        told = f" -> {self.advice}" if self.advice else ""
        super().__init__(f"{action} in account {account_id} ({region}): {self.problem}{told}")

    @property
    def denied(self) -> bool:
        """Whether AWS refused for want of permission."""
        return any(word in self.code for word in _DENIED)

    @property
    def expired(self) -> bool:
        """Whether AWS refused because the credentials have expired."""
        return any(word in self.code for word in _EXPIRED)

    def _advice_on_denial(self) -> str:
        other = DENIED_BY.search(self.problem)
        if other:
            return f"a {other['policy']} is in the way: have it allow {self.action} to the role that evaluates the rule"
        return f"grant {self.action} to the role that evaluates the rule"

    def advising(self, advice: str) -> "EvidenceUnavailable":
        """The same failure, with advice of somebody who knows more about the call."""
        return EvidenceUnavailable(self.action, self.account_id, self.region, self.problem, self.code, advice=advice)

    def _usual_advice(self) -> str:
        if self.denied:
            return self._advice_on_denial()
        if self.expired:
            return "the credentials have expired; evaluate again with new ones"
        if any(word in self.code for word in _THROTTLED):
            return "AWS throttled every attempt; evaluate again later"
        return ""


def attempt[T](read: Callable[[], T]) -> T | EvidenceUnavailable:
    """What `read` gives or, as a value, why it could not be seen: for evidence that may turn out not to matter."""
    try:
        return read()
    except EvidenceUnavailable as unavailable:
        return unavailable


class InvalidParameters(RuleError):  # noqa: N818 - it names the state of the parameters
    """A rule parameter is unknown or malformed; the message names it and says what is expected."""


class EventRefused(RuleError):  # noqa: N818 - it names what happened to the event
    """The event is not one that this function may answer; the message says why."""


class EvaluationNotRecorded(RuleError):  # noqa: N818 - it names the state of the evaluation
    """AWS Config refused the evaluation, or rdklib hid an error behind a successful return."""
