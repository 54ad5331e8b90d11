"""One action on one resource, judged by all the policies of a simulation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and, for
the levels, https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html: every
level of the hierarchy must allow, and a denial at any level ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rootguard.sandbox import policy
from rootguard.sandbox.policy import Context, Document, Layer, Outcome, PolicyType, Principal, Request
from rootguard.sandbox.policy.keys import context_keys
from rootguard.sandbox.simulator.sources import Source, SourceType, decide

_TRUST_ACTIONS = "sts:assume"
_ROLE = ":role/"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that a simulation was given, read.

    Attributes:
        actions: The actions, in the order and the spelling given.
        resources: ARNs, or `*`.
        identity: The identity-based policies.
        boundary: The permissions boundary.
        resource_policy: The resource-based policy that each resource is taken to have.
        levels: The SCPs of each level of the organization, from its root to the account; none: no organization.
        context: The condition keys in lower case, given and filled in.
        given: The keys that were given.
        lists: The keys that take several values.
        principal: The simulated caller.
        owner_id: The account that owns resources whose ARN names none.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    identity: tuple[Source, ...] = ()
    boundary: Source | None = None
    resource_policy: Source | None = None
    levels: tuple[tuple[Document, ...], ...] = ()
    context: Context = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    principal: Principal | None = None
    owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What was decided.

    Attributes:
        outcome: The decision.
        statements: The statements that made it, as the answer shows them; never one of an SCP.
        missing: The keys that would have to be known; told for an implicit denial only, never those of SCPs.
        organizations: Whether the SCPs allow it; None without any.
        boundary: Whether the boundary allows it; None without one, or if SCPs denied it first.
        details: What each kind of policy says across accounts; empty within one.
    """

    outcome: Outcome
    statements: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    organizations: bool | None = None
    boundary: bool | None = None
    details: Mapping[SourceType, Outcome] = field(default_factory=dict)


def judge(simulation: Simulation, action: str, resource: str) -> Result:
    """Judge one action on one resource."""
    request = Request(action, resource, simulation.context, simulation.principal, simulation.lists)
    if not simulation.levels:
        return _judge_account(simulation, request, None)
    layers = [Layer(PolicyType.SERVICE_CONTROL, documents) for documents in simulation.levels]
    verdict = policy.judge(layers, request)
    if not verdict.allowed:
        return Result(verdict.decision.outcome, organizations=False)
    return _judge_account(simulation, request, organizations=True)


def _judge_account(simulation: Simulation, request: Request, organizations: bool | None) -> Result:  # noqa: FBT001 - part of a Result
    boundary, resource_policy = simulation.boundary, _resource_policy(simulation, request)
    kinds = {
        SourceType.BOUNDARY: (boundary,) if boundary else (),
        SourceType.IDENTITY: simulation.identity,
        SourceType.RESOURCE: (resource_policy,) if resource_policy else (),
    }
    decisions = {kind: decide(sources, request) for kind, sources in kinds.items()}
    outcomes = {kind: outcome for kind, (outcome, _) in decisions.items()}
    foreign = resource_policy is not None and _is_foreign(simulation, request)
    outcome = _combined(outcomes, bounded=boundary is not None, foreign=foreign)
    told = tuple(SourceType) if outcome is Outcome.EXPLICIT_DENY else (SourceType.IDENTITY, SourceType.RESOURCE)
    statements = (shown for kind in told if outcomes[kind] is outcome for shown in decisions[kind][1])
    return Result(
        outcome,
        statements=() if outcome is Outcome.IMPLICIT_DENY else tuple(statements),
        missing=_missing(simulation) if outcome is Outcome.IMPLICIT_DENY else (),
        organizations=organizations,
        boundary=outcomes[SourceType.BOUNDARY] is Outcome.ALLOWED if boundary else None,
        details={kind: outcomes[kind] for kind in SourceType if kinds[kind] or kind is SourceType.IDENTITY}
        if foreign
        else {},
    )


def _combined(outcomes: Mapping[SourceType, Outcome], *, bounded: bool, foreign: bool) -> Outcome:
    """The decision of the account, or of both accounts.

    Within an account a resource's policy that allows is enough, even where the boundary is silent; across accounts
    both sides must allow.
    """
    if Outcome.EXPLICIT_DENY in outcomes.values():
        return Outcome.EXPLICIT_DENY
    allowed = {kind: outcome is Outcome.ALLOWED for kind, outcome in outcomes.items()}
    own = allowed[SourceType.IDENTITY] and (allowed[SourceType.BOUNDARY] or not bounded)
    by_resource = allowed[SourceType.RESOURCE]
    return Outcome.ALLOWED if (own and by_resource if foreign else own or by_resource) else Outcome.IMPLICIT_DENY


def _resource_policy(simulation: Simulation, request: Request) -> Source | None:
    """The resource's policy, which the simulator leaves out for roles.

    "Simulation of resource-based policies isn't supported for IAM roles"; for sts:Assume* it is read and not evaluated
    (github.com/aws/aws-cli issue 10314).
    """
    of_role = request.action.lower().startswith(_TRUST_ACTIONS) or _ROLE in (request.resource or "")
    return None if of_role else simulation.resource_policy


def _is_foreign(simulation: Simulation, request: Request) -> bool:
    owner_id = (request.resource or "").split(":")[4] or simulation.owner_id
    return simulation.principal is not None and owner_id != simulation.principal.account_id


def _missing(simulation: Simulation) -> tuple[str, ...]:
    """The keys that the policies ask for and nobody gave, those of statements about other actions included."""
    sources = (*simulation.identity, simulation.boundary, simulation.resource_policy)
    keys = (key for source in sources if source is not None for key in context_keys(source.document))
    return tuple(dict.fromkeys(key for key in keys if key.lower() not in simulation.given))
