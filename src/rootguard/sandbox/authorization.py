"""Every request passes here: users and role sessions may do what their policies allow, and AWS's words say why not.

What AWS's evaluation has and this lacks: resource control policies, VPC endpoint policies, and resource-based policies
other than role trust policies, which the services of the sandbox look at themselves.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping

from moto.iam.exceptions import NotFoundException
from moto.iam.models import Role, iam_backends

from rootguard.sandbox import credentials
from rootguard.sandbox.callers import Caller, CallerType, caller_of, invalid_token
from rootguard.sandbox.dispatch import Call, check
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.identity_policies import boundary_of, role_policies, user_policies
from rootguard.sandbox.policy import (
    Layer,
    MalformedPolicyError,
    PolicyType,
    Request,
    UndecidableError,
    UnsupportedPolicyError,
    Verdict,
    judge,
)
from rootguard.sandbox.request_context import Values, request_context, requested_region
from rootguard.sandbox.request_resources import EVERYTHING, action_of, resource_of
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.service_control import service_control_layers

__all__ = ["authorize", "caller_layers", "credentials", "denied", "judged"]

# "No permissions are required" (API reference of each), or decided by the operation itself (AssumeRole, AssumeRoot).
_UNCHECKED = frozenset({"sts:AssumeRole", "sts:AssumeRoot", "sts:GetCallerIdentity", "sts:GetSessionToken"})
# Judged together with the resource's own policy, by checks of their own (`services.events_delivery`, `s3_access`).
_JUDGED_WITH_RESOURCE = ("events:PutEvents", "s3:")
_REFUSALS = {
    "account": ("AccessDeniedException", 403),
    "sns": ("AuthorizationError", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "cloudwatch": ("AccessDenied", 403),
}


@check
def authorize(call: Call) -> None:
    """Refuse what the caller's policies do not allow.

    Raises:
        AwsError: AccessDenied or AccessDeniedException; SandboxNotImplemented for a policy that cannot be judged here.
    """
    caller = caller_of(call)
    if caller.type is CallerType.ROOT:
        region = None if call.service == "s3" else requested_region(call)
        root_user(call.account_id).note_key_use(call.access_key, region, call.service)
    unchecked = call.action in _UNCHECKED or call.action.startswith(_JUDGED_WITH_RESOURCE)
    if caller.type is CallerType.OPERATOR or unchecked:
        return
    layers = caller_layers(call, caller)
    if not layers:
        return
    resource = resource_of(call, caller)
    verdict = judged(call, caller, layers, resource)
    if not verdict.allowed:
        raise denied(call, caller, resource, verdict.reason(_shown(call)))


def caller_layers(call: Call, caller: Caller) -> tuple[Layer, ...]:
    """The policies that limit a caller, kind by kind; none for an operator, only SCPs for the root user.

    A task's policy holds denials only: beneath it the root user may do everything, as with its own key
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/security-iam-awsmanpol.html, the root-task policies).
    """
    try:
        return layers_of(caller)
    except NotFoundException:  # the sessions of a role that was deleted are worth nothing
        raise invalid_token(call) from None
    except (MalformedPolicyError, UnsupportedPolicyError) as error:
        raise _not_judged(call, error) from error


def layers_of(caller: Caller) -> tuple[Layer, ...]:
    """`caller_layers` of one that has sent no request.

    Raises:
        NotFoundException: The session's role was deleted.
        MalformedPolicyError: A policy is none.
        UnsupportedPolicyError: A policy uses what the evaluator does not judge.
    """
    return (*service_control_layers(caller), *_own_layers(caller))


def _own_layers(caller: Caller) -> tuple[Layer, ...]:
    """Those of the caller's own account."""
    if caller.type is CallerType.ROOT_SESSION and caller.session is not None:
        return (Layer(PolicyType.SESSION, caller.session.policies, must_allow=False),)
    if caller.user is not None:
        return (Layer(PolicyType.IDENTITY_BASED, user_policies(caller.user)),)
    if caller.session is not None:
        role = iam_backends[caller.account_id][caller.partition].get_role_by_arn(caller.entity_arn)
        return _role_layers(role, caller)
    return ()


def _role_layers(role: Role, caller: Caller) -> tuple[Layer, ...]:
    layers = [Layer(PolicyType.IDENTITY_BASED, role_policies(role))]
    boundary = boundary_of(role)
    if boundary is not None:
        layers.append(Layer(PolicyType.PERMISSIONS_BOUNDARY, boundary))
    if caller.session is not None and caller.session.policies:
        layers.append(Layer(PolicyType.SESSION, caller.session.policies))
    return tuple(layers)


def judged(
    call: Call,
    caller: Caller,
    layers: tuple[Layer, ...],
    resource: str | None,
    extra: Mapping[str, str | None] | None = None,
) -> Verdict:
    """What these policies say to this request.

    Args:
        call: The request.
        caller: Who signed it.
        layers: The policies.
        resource: What it acts upon, None if that is not known.
        extra: Condition keys of the service itself, `sts:ExternalId`.

    Raises:
        AwsError: SandboxNotImplemented if it depends on a resource that is not known.
    """
    context: Values = {**request_context(call, caller, resource), **(extra or {})}
    try:
        return judge(layers, Request.of(action_of(call), resource, context, caller.principal))
    except UndecidableError as error:
        raise _not_judged(call, error) from error


def denied(call: Call, caller: Caller, resource: str | None, reason: str = "") -> AwsError:
    """AWS's refusal, in the form that the service's protocol has.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html#access-denied-error-examples
    """
    where = "" if resource in (None, EVERYTHING) else f" on resource: {resource}"
    sentence = f"User: {caller.arn} is not authorized to perform: {_shown(call)}{where} {reason}".rstrip()
    default = ("AccessDenied", 403) if call.is_xml else ("AccessDeniedException", 400)
    code, status = _REFUSALS.get(call.service, default)
    return AwsError(code, sentence, status)


def _shown(call: Call) -> str:
    """The action as the service writes it; SNS writes its own name in capitals."""
    action = action_of(call)
    return action.replace("sns:", "SNS:", 1) if call.service == "sns" else action


def _not_judged(call: Call, error: Exception) -> AwsError:
    message = f"The sandbox cannot judge {call.action} by this policy: {error}"
    return AwsError(NOT_IMPLEMENTED, message)
