"""The service control policies that limit the principals of a member account, the root user among them.

They do not bind the management account, nor service-linked roles
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html). An operator stands outside
of everything and is bound by none.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from moto.organizations.models import OrganizationsBackend
from moto.organizations.utils import DEFAULT_SCP_POLICY_ID

from rootguard.sandbox.callers import Caller, CallerType
from rootguard.sandbox.organization import is_management_account, member, organization_backend
from rootguard.sandbox.policy import Document, Layer, PolicyType, parse

_KIND = "SERVICE_CONTROL_POLICY"
_SERVICE_LINKED = ":role/aws-service-role/"


def service_control_layers(caller: Caller) -> tuple[Layer, ...]:
    """One layer for each level above the caller, from its account up to the organization's root.

    None where nothing but FullAWSAccess is attached anywhere, which is found out at once.

    Raises:
        MalformedPolicyError: A policy is none.
        UnsupportedPolicyError: A policy uses what the evaluator does not judge.
    """
    if caller.type is CallerType.OPERATOR or _SERVICE_LINKED in caller.entity_arn:
        return ()
    backend = organization_backend(caller.account_id, caller.partition)
    if backend is None or not _limits(backend) or is_management_account(caller.account_id, caller.partition):
        return ()
    levels = (_documents(target) for target in _path(backend, caller))
    return tuple(Layer(PolicyType.SERVICE_CONTROL, documents) for documents in levels)


def _limits(backend: OrganizationsBackend) -> bool:
    """Whether a policy besides FullAWSAccess is attached to anything; each target keeps at least one policy."""
    return any(
        policy.type == _KIND and policy.id != DEFAULT_SCP_POLICY_ID and policy.attachments
        for policy in backend.policies
    )


def _path(backend: OrganizationsBackend, caller: Caller) -> Iterator[Any]:
    """The account, its OUs upwards, the root."""
    units = {unit.id: unit for unit in backend.ou}
    target: Any = member(caller.account_id, caller.partition)
    while target is not None:
        yield target
        target = units.get(target.parent_id)


def _documents(target: Any) -> tuple[Document, ...]:
    return tuple(_parsed(policy.content, policy.arn) for policy in target.attached_policies if policy.type == _KIND)


@lru_cache(maxsize=256)
def _parsed(text: str, arn: str) -> Document:
    return parse(text, arn)
