"""The policies that a simulation is given as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.policy import Document, Effect, MalformedPolicyError, Outcome, Request, matching, parse
from rootguard.sandbox.policy.positions import Position, Span, statement_spans


class SourceType(StrEnum):
    """Kinds of policies as AWS's answers name them; the enum PolicySourceType of its model has other words."""

    BOUNDARY = "Permissions Boundary Policy"
    IDENTITY = "IAM Policy"
    RESOURCE = "Resource Policy"


@dataclass(frozen=True, slots=True)
class Source:
    """One policy of the input: what it is called in the answer, what it says, and where its statements stand."""

    id: str
    type: SourceType
    document: Document
    spans: tuple[Span, ...]

    def matched(self, effect: Effect, request: Request) -> Iterator[dict[str, Any]]:
        """The statements of that effect that apply, as the answer shows them (shape `Statement`)."""
        statements = self.document.statements
        for _, found in matching((self.document,), effect, request):
            span = self.spans[next(index for index, each in enumerate(statements) if each is found)]
            yield {
                "SourcePolicyId": self.id,
                "SourcePolicyType": str(self.type),
                "StartPosition": _shown(span.start),
                "EndPosition": _shown(span.end),
            }


def decide(sources: Sequence[Source], request: Request) -> tuple[Outcome, list[dict[str, Any]]]:
    """What policies of one kind say together, and every statement that says so."""
    for effect, outcome in ((Effect.DENY, Outcome.EXPLICIT_DENY), (Effect.ALLOW, Outcome.ALLOWED)):
        if statements := [shown for source in sources for shown in source.matched(effect, request)]:
            return outcome, statements
    return Outcome.IMPLICIT_DENY, []


def identity_sources(texts: Sequence[str]) -> tuple[Source, ...]:
    """`PolicyInputList`; it may be empty.

    Raises:
        AwsError: InvalidInput for what is no identity-based policy.
    """
    return tuple(
        _source(text, f"PolicyInputList.{number}", SourceType.IDENTITY, f"Policy input list item {number}")
        for number, text in enumerate(texts, start=1)
    )


def boundary_source(texts: Sequence[str]) -> Source | None:
    """`PermissionsBoundaryPolicyInputList`, which holds one policy at most.

    Raises:
        AwsError: InvalidInput for several, or for what is no identity-based policy.
    """
    if len(texts) > 1:
        raise AwsError("InvalidInput", "The list of Permissions Boundary policies cannot exceed 1 items.")
    name = "PermissionsBoundaryPolicyInputList.1"
    described = "Permissions boundary policy input list item 1"
    return _source(texts[0], name, SourceType.BOUNDARY, described) if texts else None


def resource_source(text: str | None) -> Source | None:
    """`ResourcePolicy`, whose statements name principals and resources.

    Raises:
        AwsError: InvalidInput for what is no resource-based policy.
    """
    if text is None:
        return None
    described = "Resource policy"
    document = _document(text, described)
    for statement in document.statements:
        if statement.principals is None or statement.resources is None:
            raise _invalid(described)
        if "*" in statement.resources.values:
            raise AwsError("InvalidInput", "ResourceNames are not in a valid ARN format: *.")
    return Source("ResourcePolicy", SourceType.RESOURCE, document, statement_spans(text))


def organization_levels(levels: Sequence[dict[str, Any]]) -> tuple[tuple[Document, ...], ...]:
    """`OrderedOrganizationPolicyInputList`: the SCPs of the organization's root, of each OU, of the account.

    An SCP names no principals: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html

    Raises:
        AwsError: InvalidInput for a level without any SCP, or for what is no SCP.
    """
    return tuple(_level(level.get("ServiceControlPolicyInputList") or (), at) for at, level in enumerate(levels, 1))


def _level(texts: Sequence[str], at: int) -> tuple[Document, ...]:
    if not texts:
        message = f"Organization policy at index {at} must contain at least one service control policy"
        raise AwsError("InvalidInput", message)
    described = f"Organization policy at index {at}: service control policy input list item"
    return tuple(_without_principals(text, f"{described} {number}") for number, text in enumerate(texts, start=1))


def _source(text: str, name: str, kind: SourceType, described: str) -> Source:
    return Source(name, kind, _without_principals(text, described), statement_spans(text))


def _without_principals(text: str, described: str) -> Document:
    document = _document(text, described)
    if any(statement.principals is not None or statement.resources is None for statement in document.statements):
        raise _invalid(described)
    return document


def _document(text: str, described: str) -> Document:
    try:
        return parse(text)
    except MalformedPolicyError:
        raise _invalid(described) from None


def _invalid(described: str) -> AwsError:
    return AwsError("InvalidInput", f"{described} has invalid content")


def _shown(position: Position) -> dict[str, int]:
    return {"Line": position.line, "Column": position.column}
