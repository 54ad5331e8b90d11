"""Policy documents read into values, strictly: what is misspelt or not supported here is an error, never ignored.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rootguard.sandbox.policy.operators import Condition, parse_condition
from rootguard.sandbox.policy.parsing import MalformedPolicyError, UnsupportedPolicyError, strings
from rootguard.sandbox.policy.principal import Principals

__all__ = ["Document", "Effect", "MalformedPolicyError", "Statement", "UnsupportedPolicyError", "parse"]

_VARIABLES_SINCE = "2012-10-17"
_VERSIONS = ("2008-10-17", _VARIABLES_SINCE)
_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


class Effect(StrEnum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The values of an element or, inverted, of its `Not` form."""

    values: tuple[str, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `resources` is None in a role trust policy, which belongs to its resource."""

    sid: str | None
    effect: Effect
    actions: Patterns
    resources: Patterns | None
    principals: Principals | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A policy: its statements, the ARN under which it is kept, and whether `${...}` means a variable in it."""

    statements: tuple[Statement, ...]
    variables: bool = True
    arn: str | None = None


def parse(source: str | Mapping[str, Any], arn: str | None = None) -> Document:
    """Read a policy document.

    Args:
        source: The JSON text, or what it parses to.
        arn: The managed policy's ARN, for messages.

    Raises:
        MalformedPolicyError: It is not a policy.
        UnsupportedPolicyError: It uses what this evaluator does not judge (NotPrincipal).
    """
    policy = _decoded(source) if isinstance(source, str) else source
    version = policy.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise MalformedPolicyError(f"{version!r} is no version of the policy language")
    statements = policy.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        raise MalformedPolicyError("a policy needs a Statement")
    return Document(tuple(_statement(each) for each in statements), version == _VARIABLES_SINCE, arn)


def _decoded(text: str) -> Mapping[str, Any]:
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise MalformedPolicyError(f"not JSON: {error}") from error
    if not isinstance(policy, dict):
        raise MalformedPolicyError("a policy is a JSON object")
    return policy


def _statement(raw: Mapping[str, Any]) -> Statement:
    if unknown := set(raw) - _ELEMENTS:
        raise MalformedPolicyError(f"unknown elements {sorted(unknown)}")
    if "NotPrincipal" in raw:
        raise UnsupportedPolicyError("NotPrincipal")
    if raw.get("Effect") not in tuple(Effect):
        raise MalformedPolicyError(f"Effect is Allow or Deny, not {raw.get('Effect')!r}")
    actions = _patterns(raw, "Action")
    if actions is None:
        raise MalformedPolicyError("a statement needs Action or NotAction")
    return Statement(
        sid=raw.get("Sid"),
        effect=Effect(raw["Effect"]),
        actions=actions,
        resources=_patterns(raw, "Resource"),
        principals=_principals(raw["Principal"]) if "Principal" in raw else None,
        conditions=tuple(
            parse_condition(operator, key, values)
            for operator, block in raw.get("Condition", {}).items()
            for key, values in block.items()
        ),
    )


def _patterns(raw: Mapping[str, Any], element: str) -> Patterns | None:
    present = [name for name in (element, f"Not{element}") if name in raw]
    if len(present) > 1:
        raise MalformedPolicyError(f"{element} and Not{element} exclude each other")
    if not present:
        return None
    return Patterns(strings(raw[present[0]]), inverted=present[0] != element)


def _principals(raw: Any) -> Principals:
    if raw == "*":
        return {"AWS": ("*",)}
    if not isinstance(raw, Mapping):
        raise MalformedPolicyError(f"Principal is '*' or an object, not {raw!r}")
    return {kind: strings(values) for kind, values in raw.items()}
