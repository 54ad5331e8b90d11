"""What a set of policies of one kind says to a request: an explicit deny wins, and silence is a deny.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rootguard.sandbox.policy.document import Document, Effect, Statement
from rootguard.sandbox.policy.operators import holds
from rootguard.sandbox.policy.patterns import Pattern, matches_action
from rootguard.sandbox.policy.principal import includes
from rootguard.sandbox.policy.request import Request


class Outcome(StrEnum):
    """A decision, in the words of iam:SimulateCustomPolicy (PolicyEvaluationDecisionType)."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class UndecidableError(LookupError):
    """The decision hangs on a resource that is not known: a statement names resources, the request does not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and the document and statement that decided it (none for an implicit deny)."""

    outcome: Outcome
    document: Document | None = None
    statement: Statement | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.outcome is Outcome.ALLOWED


def evaluate(documents: Iterable[Document], request: Request) -> Decision:
    """Judge a request by policies that are joined: identity-based ones, or one trust policy, or one level of SCPs.

    Args:
        documents: The policies.
        request: What is asked; resource None if it is not known.

    Raises:
        UndecidableError: The outcome depends on a resource that is not known.
    """
    about = [(document, statement) for document in documents for statement in document.statements]
    denied = _first(about, Effect.DENY, request)
    if denied is not None:
        return Decision(Outcome.EXPLICIT_DENY, *denied)
    allowed = _first(about, Effect.ALLOW, request)
    if allowed is not None:
        return Decision(Outcome.ALLOWED, *allowed)
    return Decision(Outcome.IMPLICIT_DENY)


def _first(
    about: list[tuple[Document, Statement]], effect: Effect, request: Request
) -> tuple[Document, Statement] | None:
    """The first statement of that effect that applies for sure; an error if only uncertain ones do."""
    uncertain: Statement | None = None
    for document, statement in about:
        if statement.effect is not effect or not _applies(document, statement, request):
            continue
        covered = _covers_resource(document, statement, request)
        if covered:
            return document, statement
        if covered is None:
            uncertain = statement
    if uncertain is not None:
        raise UndecidableError(f"statement {uncertain.sid or uncertain.resources} on {request.action}")
    return None


def _applies(document: Document, statement: Statement, request: Request) -> bool:
    """Everything but the resource."""
    named = any(matches_action(pattern, request.action) for pattern in statement.actions.values)
    if named is statement.actions.inverted:
        return False
    if statement.principals is not None and not (
        request.principal is not None and includes(statement.principals, request.principal)
    ):
        return False
    return all(holds(condition, request, variables=document.variables) for condition in statement.conditions)


def _covers_resource(document: Document, statement: Statement, request: Request) -> bool | None:
    """Whether the statement's resources include the request's; None if that cannot be known."""
    resources = statement.resources
    if resources is None:
        return True
    if request.resource is None:
        return not resources.inverted if "*" in resources.values else None
    named = any(_covers(pattern, request, request.resource, document) for pattern in resources.values)
    return named is not resources.inverted


def _covers(source: str, request: Request, resource: str, document: Document) -> bool:
    try:
        pattern = Pattern(source, request, variables=document.variables)
    except LookupError:  # "a resource that includes a variable with no value will not match any resource"
        return False
    return pattern.like(resource)
