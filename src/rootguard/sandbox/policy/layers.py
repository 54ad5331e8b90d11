"""Kinds of policies on top of each other: each kind must allow, and any explicit deny ends it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rootguard.sandbox.policy.document import Document
from rootguard.sandbox.policy.evaluation import Decision, Outcome, evaluate
from rootguard.sandbox.policy.request import Request


class PolicyType(StrEnum):
    """Kinds of policies, as AWS calls them in its refusals.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    RESOURCE_BASED = "resource-based policy"
    ROLE_TRUST = "role trust policy"
    IDENTITY_BASED = "identity-based policy"
    PERMISSIONS_BOUNDARY = "permissions boundary"
    SESSION = "session policy"


@dataclass(frozen=True, slots=True)
class Layer:
    """All policies of one kind that bear on a request. `must_allow` is False where only its denials count."""

    kind: PolicyType
    documents: tuple[Document, ...]
    must_allow: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all layers together decided, and the layer at which a refusal fell."""

    decision: Decision
    kind: PolicyType | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.decision.allowed

    def reason(self, action: str) -> str:
        """The end of AWS's sentence, `because no identity-based policy allows the iam:ListUsers action`."""
        if self.kind is None:
            return ""
        if self.decision.outcome is Outcome.IMPLICIT_DENY:
            return f"because no {self.kind} allows the {action} action"
        article = {PolicyType.ROLE_TRUST: "the", PolicyType.IDENTITY_BASED: "an"}.get(self.kind, "a")
        arn = self.decision.document.arn if self.decision.document else None
        return f"with an explicit deny in {article} {self.kind}" + (f": {arn}" if arn else "")


def judge(layers: Sequence[Layer], request: Request) -> Verdict:
    """Judge a request by every layer: denials of all of them first, then what each allows, in the order given.

    Raises:
        UndecidableError: The outcome depends on a resource that is not known.
    """
    decisions = [(layer, evaluate(layer.documents, request)) for layer in layers]
    for layer, decision in decisions:
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return Verdict(decision, layer.kind)
    for layer, decision in decisions:
        if layer.must_allow and not decision.allowed:
            return Verdict(decision, layer.kind)
    return Verdict(Decision(Outcome.ALLOWED))
