"""What a set of policies of one kind says to a request: an explicit deny wins, and silence is a deny.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rootguard.sandbox.policy.document import Document, Effect, Statement
from rootguard.sandbox.policy.operators import holds
from rootguard.sandbox.policy.patterns import ARN_COMPONENTS, Pattern, matches_action
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
    kept = tuple(documents)
    denied = next(matching(kept, Effect.DENY, request), None)
    if denied is not None:
        return Decision(Outcome.EXPLICIT_DENY, *denied)
    allowed = next(matching(kept, Effect.ALLOW, request), None)
    if allowed is not None:
        return Decision(Outcome.ALLOWED, *allowed)
    return Decision(Outcome.IMPLICIT_DENY)


def matching(documents: Iterable[Document], effect: Effect, request: Request) -> Iterator[tuple[Document, Statement]]:
    """The statements of that effect that apply for sure.

    Raises:
        UndecidableError: None does, but one might: it depends on a resource that is not known.
    """
    certain, uncertain = False, None
    for document in documents:
        for statement in document.statements:
            if statement.effect is not effect or not _applies(document, statement, request):
                continue
            covered = _covers_resource(document, statement, request)
            if covered:
                certain = True
                yield document, statement
            elif covered is None:
                uncertain = statement
    if uncertain is not None and not certain:
        raise UndecidableError(f"statement {uncertain.sid or uncertain.resources} on {request.action}")


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
        pattern = Pattern(_completed(source), request, variables=document.variables)
    except LookupError:  # "a resource that includes a variable with no value will not match any resource"
        return False
    return pattern.like(resource)


def _completed(source: str) -> str:
    """A resource with all six fields of an ARN.

    "If you use an incomplete ARN, AWS automatically completes it by adding wildcard characters to all missing fields"
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
    """
    missing = ARN_COMPONENTS - 1 - source.count(":")
    return source + ":*" * missing if source.startswith("arn:") and missing > 0 and not source.endswith("*") else source
