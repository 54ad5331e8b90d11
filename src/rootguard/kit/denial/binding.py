"""What of a service control policy binds somebody whatever the request, and nothing else of it.

A denial in some Region, from some address or without MFA leaves a way; so does one of some resources. And AWS's
simulator fills in what nobody gives it (a third party found aws:RequestedRegion to be us-east-1, whatever the Region)
without saying so of service control policies: "SCP evaluation does not return missing context values"
(https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html). So it is asked about
statements only that depend on keys which it was given:

- A Deny counts if it is of all resources and depends on settled keys alone.
- An Allow is taken to allow whatever a request may bring about: all resources, and every unsettled condition holds.
- A key that no request has is worked out here, by the rules for missing keys
  (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.kit.denial.request_context import RequestContext
from rootguard.kit.readers.service_control_policies import ServiceControlPolicy, Statement

type Condition = Mapping[str, Mapping[str, Any]]

_VARIABLE = re.compile(r"\$\{\s*([^\s},]{2,})")
"""`${aws:PrincipalAccount}`, with a default or without; `${*}`, `${?}` and `${$}` are characters."""
_NOTHING = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
"""Allows what nothing denies: a policy of which nothing is left must still be a policy."""


@dataclass(frozen=True, slots=True)
class BindingPart:
    """A policy as iam:SimulateCustomPolicy is to judge it.

    Attributes:
        text: The policy document.
        limits: Condition keys and elements that keep denials of who asks from counting, sorted.
    """

    text: str
    limits: tuple[str, ...]


def binding_part(policy: ServiceControlPolicy, context: RequestContext) -> BindingPart:
    """What of the policy binds whoever makes requests with that context."""
    statements, limits = [_NOTHING], set[str]()
    for statement in policy.statements:
        settled = _settled(statement.condition, context)
        if settled is None:
            continue  # a condition on a key that no request has never holds
        if statement.allows:
            statements.append(_written(statement, _kept(settled, context)))
        elif found := set(_limits(statement, settled, context)):
            limits |= found if _is_about_principal(statement, context) else set()
        else:
            statements.append(_written(statement, settled))
    text = json.dumps({"Version": policy.version, "Statement": statements}, separators=(",", ":"))
    return BindingPart(text, tuple(sorted(limits)))


def _settled(condition: Condition, context: RequestContext) -> Condition | None:
    """The condition without the keys that no request has, None if they keep it from ever holding."""
    kept = dict[str, dict[str, Any]]()
    for operator, key, values in _tests(condition):
        if not context.lacks(key):
            kept.setdefault(operator, {})[key] = values
        elif not _holds_without_key(operator, values):
            return None
    return kept


def _holds_without_key(operator: str, values: object) -> bool:
    name = operator.lower()
    if name == "null":
        return "true" in str(values).lower()
    if name.endswith("ifexists") or name.startswith("forallvalues:"):
        return True
    return "not" in name and not name.startswith("foranyvalue:")


def _limits(statement: Statement, condition: Condition, context: RequestContext) -> Iterator[str]:
    """What keeps a Deny from binding whatever the request."""
    for _, key, values in _tests(condition):
        yield from (name for name in (key, *_variables(values)) if not context.gives(name))
    if "*" not in statement.resources:
        yield "Resource"


def _kept(condition: Condition, context: RequestContext) -> Condition:
    """An Allow's condition without what a request may bring about."""
    kept = dict[str, dict[str, Any]]()
    for operator, key, values in _tests(condition):
        if all(map(context.gives, (key, *_variables(values)))):
            kept.setdefault(operator, {})[key] = values
    return kept


def _is_about_principal(statement: Statement, context: RequestContext) -> bool:
    return any(context.settles(key) for _, key, _ in _tests(statement.condition))


def _tests(condition: Condition) -> Iterator[tuple[str, str, Any]]:
    """Operator, key and values of every line of a condition."""
    for operator, keys in condition.items():
        for key, values in keys.items():
            yield operator, key, values


def _variables(values: object) -> list[str]:
    return _VARIABLE.findall(json.dumps(values))


def _written(statement: Statement, condition: Condition) -> dict[str, Any]:
    written = {"Effect": statement.effect, **statement.actions, "Resource": "*"}
    return {**written, "Condition": condition} if condition else written
