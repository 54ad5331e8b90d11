"""IAM: refusals about policies that moto leaves out.

The operations' pages in https://docs.aws.amazon.com/IAM/latest/APIReference/ (API_DeletePolicy, API_CreateRole,
API_PutRolePermissionsBoundary, API_UpdateAssumeRolePolicy).
"""

import json

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError


@operation("iam:CreateRole")
def create_role(call: Call) -> Answer:
    """Create a role whose trust policy is one and whose permissions boundary exists."""
    _check_trust(call.parameters["AssumeRolePolicyDocument"])
    _check_boundary(call)
    return call.moto()


@operation("iam:UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call) -> Answer:
    """Replace a trust policy by one."""
    _check_trust(call.parameters["PolicyDocument"])
    return call.moto()


@operation("iam:PutRolePermissionsBoundary")
def put_role_permissions_boundary(call: Call) -> Answer:
    """Set a permissions boundary that exists."""
    _check_boundary(call)
    return call.moto()


@operation("iam:DeletePolicy")
def delete_policy(call: Call) -> Answer:
    """Delete a policy that nothing is attached to and that has but one version.

    "Before you can delete a managed policy, you must first detach the policy from all users, groups, and roles that it
    is attached to. In addition, you must delete all the policy's versions."
    """
    policy = iam_backends[call.account_id][call.partition].get_policy(call.parameters["PolicyArn"])
    if policy.attachment_count:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions."
        )
        raise AwsError("DeleteConflict", f"{message} The default version is deleted with the policy.")
    return call.moto()


def _check_trust(text: str) -> None:
    """A trust policy is a document of statements that name principals, not resources."""
    try:
        document = json.loads(text)
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if statement["Effect"] not in ("Allow", "Deny") or not _has(statement, "Action"):
                raise _malformed("Syntax errors in policy.")
            if not _has(statement, "Principal"):
                raise _malformed("AssumeRolepolicy must contain at least one principal.")
            if _has(statement, "Resource"):
                raise _malformed("Has prohibited field Resource")
    except (ValueError, KeyError, TypeError):
        raise _malformed("Syntax errors in policy.") from None


def _has(statement: dict[str, object], element: str) -> bool:
    return element in statement or f"Not{element}" in statement


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)


def _check_boundary(call: Call) -> None:
    arn = call.parameters.get("PermissionsBoundary")
    if not arn or not arn.startswith("arn:"):
        return  # moto refuses what is no ARN
    try:
        iam_backends[call.account_id][call.partition].get_policy(arn)
    except NotFoundException:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.") from None
