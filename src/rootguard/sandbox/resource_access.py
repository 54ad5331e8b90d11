"""May someone use a resource: by identity policies and by the resource's own policy, which are joined.

Within an account one of both has to allow, across accounts both must; an explicit deny in either ends it. A resource's
policy that names the caller itself overrides what its boundary and session policies leave out.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-req-context.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from moto.iam.exceptions import NotFoundException

from rootguard.sandbox.authorization import layers_of
from rootguard.sandbox.callers import Caller
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
    UndecidableError,
    UnsupportedPolicyError,
    Verdict,
    evaluate,
    judge,
    parse,
)
from rootguard.sandbox.request_context import Values, caller_context, resource_keys


@dataclass(frozen=True, slots=True)
class Resource:
    """Something with an owner and maybe a policy of its own.

    Attributes:
        arn: What policies call it.
        account_id: Its owner's; a bucket's ARN does not tell.
        policies: Its own policy; none if it has none.
        must_allow: Its own policy must allow its own account, too, as a KMS key's must
            (https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html).
    """

    arn: str
    account_id: str
    policies: tuple[Document, ...] = ()
    must_allow: bool = False


def judge_caller(caller: Caller, action: str, resource: Resource, context: Values) -> Verdict:
    """Whether a user, a role's session or the root user may do something to a resource.

    Args:
        caller: Who.
        action: `s3:GetObject`.
        resource: To what.
        context: Condition keys besides those of `caller_context`, or in their place.

    Raises:
        AwsError: SandboxNotImplemented for a policy that cannot be judged here.
    """
    values: Values = {**caller_context(caller, resource.arn), "aws:ResourceAccount": resource.account_id, **context}
    request = Request.of(action, resource.arn, values, caller.principal)
    foreign = caller.account_id != resource.account_id
    try:
        identity = layers_of(caller)
        if not foreign:
            grant = direct_grant(resource.policies, request)
            identity = tuple(limited(layer, grant) for layer in identity)
        own = Layer(PolicyType.RESOURCE_BASED, resource.policies, must_allow=foreign or resource.must_allow)
        return judge((*identity, own), request)
    except NotFoundException:
        raise AwsError("AccessDenied", f"{caller.arn} is a session of a role that was deleted.", 403) from None
    except (MalformedPolicyError, UnsupportedPolicyError, UndecidableError) as error:
        raise _not_judged(action, resource, error) from error


def judge_service(service: str, action: str, resource: Resource, context: Mapping[str, str | None]) -> Verdict:
    """Whether an AWS service may do something to a resource, which only the resource's own policy can let it.

    Args:
        service: The service principal, `events.amazonaws.com`.
        action: `sns:Publish`.
        resource: To what.
        context: The keys by which the service says for whom it acts: aws:SourceAccount, aws:SourceArn.
    """
    partition = resource.arn.split(":")[1]
    values: Values = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:SecureTransport": "true",
        **resource_keys(resource.arn, partition),
        **context,
    }
    request = Request.of(action, resource.arn, values, Principal(service=service))
    return judge((Layer(PolicyType.RESOURCE_BASED, resource.policies),), request)


def own_policy(text: str | None, arn: str) -> tuple[Document, ...]:
    """A resource's own policy, read; none for a resource without one.

    Raises:
        AwsError: SandboxNotImplemented for one that cannot be judged here.
    """
    if not text:
        return ()
    try:
        return (parse(text),)
    except (MalformedPolicyError, UnsupportedPolicyError) as error:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox cannot judge the policy of {arn}: {error}") from error


def direct_grant(policies: tuple[Document, ...], request: Request) -> Grant:
    """How directly a resource's policy allows the caller what it asks; ACCOUNT also if it does not."""
    principal = request.principal or Principal()
    for grant in (Grant.SESSION, Grant.ENTITY):
        if evaluate(policies, replace(request, principal=replace(principal, at_least=grant))).allowed:
            return grant
    return Grant.ACCOUNT


def limited(layer: Layer, grant: Grant) -> Layer:
    """A layer of which only the denials count where the resource's policy itself grants the access; never an SCP."""
    granted = {
        Grant.ACCOUNT: (),
        Grant.ENTITY: (PolicyType.IDENTITY_BASED,),
        Grant.SESSION: tuple(kind for kind in PolicyType if kind is not PolicyType.SERVICE_CONTROL),
    }
    return replace(layer, must_allow=False) if layer.kind in granted[grant] else layer


def refusal(caller: Caller, action: str, resource: Resource, verdict: Verdict, code: str = "AccessDenied") -> AwsError:
    """AWS's sentence; across accounts it gives a reason only where a policy denies explicitly.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    told = caller.account_id == resource.account_id or verdict.decision.outcome is Outcome.EXPLICIT_DENY
    reason = verdict.reason(action) if told or verdict.kind is PolicyType.RESOURCE_BASED else ""
    sentence = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource.arn} {reason}"
    return AwsError(code, sentence.rstrip(), 403)


def _not_judged(action: str, resource: Resource, error: Exception) -> AwsError:
    message = f"The sandbox cannot judge {action} on {resource.arn} by its policies: {error}"
    return AwsError(NOT_IMPLEMENTED, message)
