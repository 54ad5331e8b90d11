"""AWS's own managed policies, put into an account when it first asks for one.

moto has their documents but leaves them out of its accounts, because 1,500 policies in each are slow to make; then
AttachRolePolicy refuses them and CloudFormation's ManagedPolicyArns are lost. Here the one that is asked for is made.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
"""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role, iam_backends

_TAKE_AN_ARN = (
    "attach_role_policy",
    "attach_user_policy",
    "attach_group_policy",
    "get_policy",
    "get_policy_version",
    "list_policy_versions",
)


@functools.cache
def published() -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Every AWS managed policy: `/service-role/Name` -> name and moto's record of it."""
    records: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return {f"{record['Path']}{name}": (name, record) for name, record in records.items()}


def provide(backend: IAMBackend, arn: str) -> None:
    """Make an AWS managed policy known to an account; any other ARN is left alone."""
    prefix = f"arn:{backend.partition}:iam::aws:policy"
    record = published().get(arn.removeprefix(prefix)) if arn.startswith(prefix) else None
    if record is None or arn in backend.managed_policies:
        return
    policy = AWSManagedPolicy.from_data(record[0], backend.account_id, backend.region_name, record[1])
    backend.managed_policies[arn] = policy
    backend.aws_managed_policies.append(policy)


def install() -> None:
    """Teach moto's IAM to find AWS managed policies by ARN, once for the life of the process."""
    if hasattr(IAMBackend.attach_role_policy, "__wrapped__"):
        return
    for name in _TAKE_AN_ARN:
        setattr(IAMBackend, name, _providing(getattr(IAMBackend, name)))
    IAMBackend.list_policies = _listing(IAMBackend.list_policies)  # type: ignore[method-assign]  # to be replaced
    Role.create_from_cloudformation_json = classmethod(_attaching(Role.create_from_cloudformation_json))  # type: ignore[assignment,method-assign]  # to be replaced


def _providing(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def with_policy(self: IAMBackend, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
        provide(self, policy_arn)
        return original(self, policy_arn, *args, **kwargs)

    return with_policy


def _listing(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def list_policies(self: IAMBackend, *args: Any, **kwargs: Any) -> Any:
        for path in published():
            provide(self, f"arn:{self.partition}:iam::aws:policy{path}")
        return original(self, *args, **kwargs)

    return list_policies


def _attaching(original: Callable[..., Role]) -> Callable[..., Role]:
    """AWS::IAM::Role with its ManagedPolicyArns, which moto leaves out."""

    def create_from_cloudformation_json(
        cls: type[Role], resource_name: str, cloudformation_json: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Role:
        del cls
        role = original(resource_name, cloudformation_json, *args, **kwargs)
        for arn in cloudformation_json["Properties"].get("ManagedPolicyArns", ()):
            iam_backends[role.account_id][role.partition].attach_role_policy(policy_arn=arn, role_name=role.name)
        return role

    return create_from_cloudformation_json
