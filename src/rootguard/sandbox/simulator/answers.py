"""The answer for one action: what was decided for each resource, and the strictest of it all."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rootguard.sandbox.policy import Outcome
from rootguard.sandbox.simulator.inputs import EVERYTHING
from rootguard.sandbox.simulator.judging import Result, Simulation, judge
from rootguard.sandbox.simulator.sources import SourceType

_STRICTNESS = (Outcome.ALLOWED, Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY)


def evaluation_result(simulation: Simulation, action: str) -> dict[str, Any]:
    """An action's decision over all resources together, and for each (shape `EvaluationResult`).

    AWS names several resources by the template of their type (`arn:aws:s3:::${BucketName}/${KeyName}`), which is not
    known here: then there is no EvalResourceName, as with those actions of AWS that have no template.
    """
    results = [(resource, judge(simulation, action, resource)) for resource in simulation.resources]
    together = [result for _, result in results]
    answer: dict[str, Any] = {
        "EvalActionName": action,
        "EvalDecision": str(_strictest(result.outcome for result in together)),
        "MatchedStatements": _once(shown for result in together for shown in result.statements),
        "MissingContextValues": _once(key for result in together for key in result.missing),
        **_controls(together),
    }
    if len(simulation.resources) == 1:
        answer["EvalResourceName"] = simulation.resources[0]
    if set(simulation.resources) != {EVERYTHING}:
        answer["EvalDecisionDetails"] = _details(together)
        answer["ResourceSpecificResults"] = [_of_resource(resource, result) for resource, result in results]
    return answer


def _of_resource(resource: str, result: Result) -> dict[str, Any]:
    optional = {
        "MatchedStatements": list(result.statements),
        "MissingContextValues": list(result.missing),
        "EvalDecisionDetails": _details((result,)),
    }
    controls = _controls((result,))
    controls.pop("OrganizationsDecisionDetail", None)
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": str(result.outcome),
        **{name: value for name, value in optional.items() if value},
        **controls,
    }


def _controls(results: Sequence[Result]) -> dict[str, Any]:
    """What SCPs and the boundary say to all resources together, as far as they were asked."""
    organizations = [result.organizations for result in results if result.organizations is not None]
    boundary = [result.boundary for result in results if result.boundary is not None]
    controls: dict[str, Any] = {}
    if organizations:
        controls["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": all(organizations)}
    if boundary:
        controls["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": all(boundary)}
    return controls


def _details(results: Sequence[Result]) -> dict[str, str]:
    found: Mapping[SourceType, list[Outcome]] = {
        kind: [result.details[kind] for result in results if kind in result.details] for kind in SourceType
    }
    return {str(kind): str(_strictest(outcomes)) for kind, outcomes in found.items() if outcomes}


def _strictest(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=_STRICTNESS.index)


def _once[T](items: Iterable[T]) -> list[T]:
    """The items without repetitions; they need not be hashable."""
    kept: list[T] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
