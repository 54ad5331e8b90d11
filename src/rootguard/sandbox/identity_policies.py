"""The policies of an IAM user or role, as moto's IAM keeps them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
"""

import json
from functools import lru_cache
from typing import Any

from moto.iam.models import IAMBackend, ManagedPolicy, Role, User, iam_backends

from rootguard.sandbox.aws_managed_policies import provide
from rootguard.sandbox.policy import Document, parse


def role_policies(role: Role) -> tuple[Document, ...]:
    """A role's inline and managed policies.

    Raises:
        MalformedPolicyError: One of them is none.
        UnsupportedPolicyError: One of them uses what the evaluator does not judge.
    """
    return _policies(role)


def user_policies(user: User) -> tuple[Document, ...]:
    """A user's own policies and those of its groups.

    Raises:
        MalformedPolicyError: One of them is none.
        UnsupportedPolicyError: One of them uses what the evaluator does not judge.
    """
    backend = iam_backends[user.account_id][user.arn.split(":")[1]]
    groups = backend.get_groups_for_user(user.name)
    return _policies(user) + tuple(document for group in groups for document in _policies(group))


def boundary_of(role: Role) -> tuple[Document, ...] | None:
    """The role's permissions boundary, None if it has none; a boundary that is gone allows nothing."""
    if not role.permissions_boundary_arn:
        return None
    return managed_policies(iam_backends[role.account_id][role.partition], (role.permissions_boundary_arn,))


def managed_policies(backend: IAMBackend, arns: tuple[str, ...]) -> tuple[Document, ...]:
    """The managed policies of these ARNs, the account's or AWS's, in their default version; unknown ones left out."""
    for arn in arns:
        provide(backend, arn)
    found = (backend.managed_policies.get(arn) for arn in arns)
    return tuple(_default_version(policy) for policy in found if policy is not None)


def _policies(owner: Any) -> tuple[Document, ...]:
    inline = tuple(_parsed(policy, None) for policy in owner.policies.values())
    return inline + tuple(_default_version(policy) for policy in owner.managed_policies.values())


def _default_version(policy: ManagedPolicy) -> Document:
    version = next(each for each in policy.versions if each.version_id == policy.default_version_id)
    return _parsed(version.document, policy.arn)


def _parsed(source: str | dict[str, Any], arn: str | None) -> Document:
    """A policy as text, or as the object that moto's CloudFormation leaves on a role."""
    return _parsed_text(source if isinstance(source, str) else json.dumps(source, default=str), arn)


@lru_cache(maxsize=1024)
def _parsed_text(text: str, arn: str | None) -> Document:
    return parse(text, arn)
