"""Who may become a role: its trust policy, and the caller's own permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html and the documentation of
sts:AssumeRole in botocore's model: within an account the trust policy may name the caller directly and that is enough;
a role of another account needs both sides.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from moto.iam.models import Role, iam_backends

from rootguard.sandbox.authorization import caller_layers, denied, judged
from rootguard.sandbox.callers import Caller
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.policy import (
    Document,
    Grant,
    Layer,
    MalformedPolicyError,
    Outcome,
    PolicyType,
    Principal,
    Request,
    UnsupportedPolicyError,
    evaluate,
    parse,
)
from rootguard.sandbox.request_context import request_context
from rootguard.sandbox.resource_access import direct_grant, limited
from rootguard.sandbox.sessions import Session, start_role_session

ASSUME_ROLE = "sts:AssumeRole"

_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")


def find_role(arn: str) -> Role | None:
    """The role of that ARN, in the account that the ARN names."""
    named = _ROLE_ARN.fullmatch(arn)
    if named is None:
        return None
    roles = iam_backends[named["account"]][named["partition"]].roles
    return next((role for role in roles.values() if role.arn == arn), None)


def start_service_session(
    role_arn: str,
    service: str,
    session_name: str,
    duration: timedelta = timedelta(hours=1),
    context: Mapping[str, str] | None = None,
) -> Session:
    """Let an AWS service assume a role, as Lambda does before it runs a function.

    Args:
        role_arn: The role.
        service: The service principal, `lambda.amazonaws.com`.
        session_name: The session's name; Lambda takes the function's.
        duration: How long the credentials live.
        context: Condition keys that the service sends along, `aws:SourceAccount` and `aws:SourceArn`.

    Raises:
        AwsError: AccessDenied if there is no such role or it does not trust the service.
    """
    role = find_role(role_arn)
    request = Request.of(ASSUME_ROLE, role_arn, context, Principal(service=service))
    if role is None or not evaluate((trust_policy(role),), request).allowed:
        message = f"{service} is not authorized to perform: {ASSUME_ROLE} on resource: {role_arn}"
        raise AwsError("AccessDenied", message, status=403)
    return start_role_session(role, session_name, duration)


def require_assumable(call: Call, caller: Caller, role: Role, extra: Mapping[str, str | None]) -> None:
    """Refuse a caller that may not assume the role.

    Args:
        call: The AssumeRole request.
        caller: Who signed it.
        role: The role, of any account.
        extra: STS's condition keys, `sts:ExternalId` and `sts:RoleSessionName`.

    Raises:
        AwsError: AccessDenied, with AWS's reason if role and caller are of one account, without one otherwise.
    """
    same_account = caller.account_id == role.account_id
    request = Request.of(ASSUME_ROLE, role.arn, {**request_context(call, caller, role.arn), **extra}, caller.principal)
    trust = (trust_policy(role),)
    verdict = judged(call, caller, (Layer(PolicyType.ROLE_TRUST, trust),), role.arn, extra)
    if verdict.allowed:
        grant = direct_grant(trust, request) if same_account else Grant.ACCOUNT
        layers = tuple(limited(layer, grant) for layer in caller_layers(call, caller))
        verdict = judged(call, caller, layers, role.arn, extra)
    if verdict.allowed:
        return
    explicit = verdict.decision.outcome is Outcome.EXPLICIT_DENY
    raise denied(call, caller, role.arn, verdict.reason(ASSUME_ROLE) if same_account or explicit else "")


def trust_policy(role: Role) -> Document:
    """The role's trust policy.

    Raises:
        AwsError: SandboxNotImplemented if it uses what the evaluator does not judge.
    """
    try:
        return _parsed(role.assume_role_policy_document)
    except (MalformedPolicyError, UnsupportedPolicyError) as error:
        message = f"The sandbox cannot judge the trust policy of {role.arn}: {error}"
        raise AwsError(NOT_IMPLEMENTED, message) from error


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Document:
    return parse(text)
