"""Organizations' policies: enabling a type, and where a policy may be attached.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_enable-disable.html
"""

import json
from http import HTTPStatus
from typing import Any

from moto.organizations.models import FakePolicy, OrganizationsBackend

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization_access import writer
from rootguard.sandbox.policy import MalformedPolicyError, parse

_SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"
_DEFAULTS = {_SERVICE_CONTROL: "p-FullAWSAccess", "RESOURCE_CONTROL_POLICY": "p-RCPFullAWSAccess"}


def is_enabled(backend: OrganizationsBackend, policy_type: str) -> bool:
    """Whether policies of that type are in force in the organization."""
    return any(each["Type"] == policy_type for root in backend.list_roots()["Roots"] for each in root["PolicyTypes"])


def attached_policies(backend: OrganizationsBackend, target_id: str, policy_type: str) -> list[FakePolicy]:
    """The policies of a type that are attached to a root, OU or account directly; none while the type is disabled.

    Raises:
        AwsError: There is no such target.
    """
    target = _target(backend, target_id)
    if not is_enabled(backend, policy_type):
        return []
    return [policy for policy in target.attached_policies if policy.type == policy_type]


def _targets(backend: OrganizationsBackend) -> list[Any]:
    return [*backend.ou, *backend.accounts]


def _target(backend: OrganizationsBackend, target_id: str) -> Any:
    for target in _targets(backend):
        if target.id == target_id:
            return target
    raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")


def _policy(backend: OrganizationsBackend, policy_id: str) -> FakePolicy:
    for policy in backend.policies:
        if policy.id == policy_id:
            return policy
    raise AwsError("PolicyNotFoundException", "You specified a policy that doesn't exist.")


@operation("organizations:EnablePolicyType")
def enable_policy_type(call: Call) -> Answer:
    """As moto, in an organization with all features only; the type's default policy is attached everywhere then."""
    backend, policy_type = writer(call), call.parameters["PolicyType"]
    if backend.org is not None and backend.org.feature_set != "ALL":
        message = "You can't use the specified policy type with the feature set currently enabled for the organization."
        raise AwsError("PolicyTypeNotAvailableForOrganizationException", message)
    answer = _as_management(call, backend)
    if policy_type in _DEFAULTS and isinstance(answer, tuple) and answer[0] == HTTPStatus.OK:
        for target in _targets(backend):
            backend.attach_policy(PolicyId=_DEFAULTS[policy_type], TargetId=target.id)
    return answer


@operation("organizations:DisablePolicyType")
def disable_policy_type(call: Call) -> Answer:
    """As moto, and every policy of the type is detached from everything."""
    backend = writer(call)
    answer = _as_management(call, backend)
    if isinstance(answer, tuple) and answer[0] == HTTPStatus.OK:
        for target in _targets(backend):
            for policy in [each for each in target.attached_policies if each.type == call.parameters["PolicyType"]]:
                backend.detach_policy(PolicyId=policy.id, TargetId=target.id)
    return answer


@operation("organizations:CreatePolicy")
def create_policy(call: Call) -> Answer:
    """As moto, but a service control policy is one.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    """
    backend = writer(call)
    if call.parameters["Type"] == _SERVICE_CONTROL:
        _check_service_control(call.parameters["Content"])
    return _as_management(call, backend)


@operation("organizations:UpdatePolicy")
def update_policy(call: Call) -> Answer:
    """As moto, but a service control policy stays one."""
    backend = writer(call)
    policy = _policy(backend, call.parameters["PolicyId"])
    if policy.type == _SERVICE_CONTROL and "Content" in call.parameters:
        _check_service_control(call.parameters["Content"])
    return _as_management(call, backend)


@operation("organizations:AttachPolicy")
def attach_policy(call: Call) -> Answer:
    """Refused while the policy's type is not enabled on the root, and where the policy is attached already."""
    backend, target_id = writer(call), call.parameters["TargetId"]
    policy = _policy(backend, call.parameters["PolicyId"])
    if not is_enabled(backend, policy.type):
        message = "This operation can be performed only for enabled policy types."
        raise AwsError("PolicyTypeNotEnabledException", message)
    if policy in attached_policies(backend, target_id, policy.type):
        message = "The selected policy is already attached to the specified target."
        raise AwsError("DuplicatePolicyAttachmentException", message)
    return _as_management(call, backend)


@operation("organizations:DetachPolicy")
def detach_policy(call: Call) -> Answer:
    """Refused for a policy that is not attached, and for a target's last service control policy."""
    backend, target_id = writer(call), call.parameters["TargetId"]
    policy = _policy(backend, call.parameters["PolicyId"])
    attached = attached_policies(backend, target_id, policy.type)
    if policy not in attached:
        raise AwsError("PolicyNotAttachedException", "The policy isn't attached to the specified target.")
    if policy.type == _SERVICE_CONTROL and len(attached) == 1:
        error = AwsError("ConstraintViolationException", "You cannot remove the last policy attached to the target.")
        error.Reason = "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"  # type: ignore[attr-defined]  # of the error's shape
        raise error
    return _as_management(call, backend)


def _as_management(call: Call, backend: OrganizationsBackend) -> Answer:
    call.response.current_account = backend.account_id
    return call.moto()


def _check_service_control(text: str) -> None:
    try:
        parse(text)
        statements = json.loads(text)["Statement"]
    except MalformedPolicyError as error:
        raise _malformed(str(error)) from None
    for statement in statements if isinstance(statements, list) else [statements]:
        if {"Principal", "NotPrincipal"} & statement.keys():
            raise _malformed("a service control policy has no principals")


def _malformed(problem: str) -> AwsError:
    return AwsError(
        "MalformedPolicyDocumentException",
        f"The provided policy document does not meet the requirements of the specified policy type: {problem}.",
    )
