"""As whom StackSets work in an account.

With service-managed permissions, as a role that AWS makes and manages there: `stacksets-exec-` and 32 hexadecimal
digits, with AdministratorAccess, made by the service-linked role AWSServiceRoleForCloudFormationStackSetsOrgMember and
trusting the management account's AWSServiceRoleForCloudFormationStackSetsOrgAdmin
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html and
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudFormationStackSetsOrgMemberServiceRolePolicy.html).
With self-managed permissions, as the execution role that the administration role may assume
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html).
"""

import hashlib
import json
import threading
from datetime import timedelta

from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend, Role, iam_backends

from rootguard.sandbox.aws_managed_policies import provide
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.organization import organization_of
from rootguard.sandbox.role_trust import find_role, start_service_session
from rootguard.sandbox.sessions import start_role_session
from rootguard.sandbox.stack_sets.stack_set import StackSet
from rootguard.sandbox.stack_sets.work import client

ADMIN_PRINCIPAL = "stacksets.cloudformation.amazonaws.com"
MEMBER_PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"
DEFAULT_ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
DEFAULT_EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"

_ADMIN_ROLE = "AWSServiceRoleForCloudFormationStackSetsOrgAdmin"
_MEMBER_ROLE = "AWSServiceRoleForCloudFormationStackSetsOrgMember"
_SERVICE = "cloudformation.amazonaws.com"
_SESSION = timedelta(hours=1)
_MAKING = threading.Lock()


class NotAssumableError(Exception):
    """The execution role cannot be assumed; the message is the instance's status reason."""


def execution_keys(stack_set: StackSet, account_id: str, session_name: str) -> Keys:
    """Credentials for the work in an account.

    Raises:
        NotAssumableError: An administration or execution role of one's own is missing or does not trust.
    """
    if not stack_set.is_service_managed:
        return _self_managed_keys(stack_set, account_id, session_name)
    role = _execution_role(stack_set.place.account_id, account_id, stack_set.place.partition)
    return start_role_session(role, session_name, _SESSION).keys


def ensure_admin_role(account_id: str, partition: str) -> None:
    """Make the management account's service-linked role, if it is not there."""
    with _MAKING:
        _ensure_linked(iam_backends[account_id][partition], _ADMIN_ROLE, ADMIN_PRINCIPAL)


def _execution_role(management_id: str, account_id: str, partition: str) -> Role:
    iam = iam_backends[account_id][partition]
    name = _execution_role_name(management_id, partition)
    with _MAKING:
        _ensure_linked(iam, _MEMBER_ROLE, MEMBER_PRINCIPAL)
        role = _role_named(iam, name)
        if role is None:
            admin = f"arn:{partition}:iam::{management_id}:role/aws-service-role/{ADMIN_PRINCIPAL}/{_ADMIN_ROLE}"
            role = _made(iam, name, "/", {"AWS": admin}, None)
        administrator = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
        if administrator not in role.managed_policies:
            provide(iam, administrator)
            iam.attach_role_policy(policy_arn=administrator, role_name=name)
    return role


def _execution_role_name(management_id: str, partition: str) -> str:
    """The same in all accounts of an organization."""
    organization = organization_of(management_id, partition)
    seed = organization.id if organization else management_id
    return f"stacksets-exec-{hashlib.sha256(seed.encode()).hexdigest()[:32]}"


def _ensure_linked(iam: IAMBackend, name: str, service: str) -> None:
    if _role_named(iam, name) is None:
        _made(iam, name, f"/aws-service-role/{service}/", {"Service": service}, service)


def _role_named(iam: IAMBackend, name: str) -> Role | None:
    return next((role for role in list(iam.roles.values()) if role.name == name), None)


def _made(iam: IAMBackend, name: str, path: str, principal: dict[str, str], linked_service: str | None) -> Role:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return iam.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        path=path,
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
        linked_service=linked_service,
    )


def _self_managed_keys(stack_set: StackSet, account_id: str, session_name: str) -> Keys:
    place = stack_set.place
    administration = stack_set.administration_role_arn or administration_role_arn(place.account_id, place.partition)
    try:
        keys = start_service_session(administration, _SERVICE, session_name, _SESSION).keys
    except AwsError:
        message = (
            f"Account {place.account_id} should have '{administration.split('/')[-1]}' role with trust relationship to "
            "CloudFormation service."
        )
        raise NotAssumableError(message) from None
    name = stack_set.execution_role_name or DEFAULT_EXECUTION_ROLE
    arn = f"arn:{place.partition}:iam::{account_id}:role/{name}"
    try:
        given = client("sts", keys, place.region).assume_role(RoleArn=arn, RoleSessionName=session_name)["Credentials"]
    except ClientError:
        message = (
            f"Account {account_id} should have '{name}' role with trust relationship to Role "
            f"'{administration.split('/')[-1]}'."
        )
        raise NotAssumableError(message) from None
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def administration_role_arn(account_id: str, partition: str) -> str:
    """The administration role of a request that names none."""
    return f"arn:{partition}:iam::{account_id}:role/{DEFAULT_ADMINISTRATION_ROLE}"


def check_administration_role(arn: str) -> None:
    """Refuse an administration role that does not exist.

    Raises:
        AwsError: ValidationError.
    """
    if find_role(arn) is None:
        raise AwsError("ValidationError", f"Role {arn} is invalid or cannot be assumed")
