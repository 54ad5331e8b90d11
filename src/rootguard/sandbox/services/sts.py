"""STS: identities that are true, roles that must exist and trust their caller, and root sessions for a task."""

import json
import re
from datetime import timedelta
from typing import Any

from moto.iam.models import Role, iam_backends

from rootguard.sandbox.authorization import caller_layers, denied, judged
from rootguard.sandbox.aws_managed_policies import published
from rootguard.sandbox.callers import Caller, CallerType, caller_of
from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.identity_policies import managed_policies
from rootguard.sandbox.organization import member
from rootguard.sandbox.policy import Document, MalformedPolicyError, UnsupportedPolicyError, parse
from rootguard.sandbox.role_trust import find_role, require_assumable
from rootguard.sandbox.root_access import TASKS, administered_organization, root_access
from rootguard.sandbox.sessions import Session, start_role_session, start_root_session

_HOUR = 3600
_ROOT_SESSION_SECONDS = 900
_PACKED_SIZE = 2048
_UNSUPPORTED = ("ProvidedContexts", "SerialNumber", "SourceIdentity", "Tags", "TokenCode", "TransitiveTagKeys")
_ROOT_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
_TASK_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::aws:policy(?P<path>/root-task/(?P<name>\w+))")


@operation("sts:GetCallerIdentity")
def get_caller_identity(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html."""
    caller = caller_of(call)
    return {"UserId": caller.user_id, "Account": caller.account_id, "Arn": caller.arn}


@operation("sts:AssumeRole")
def assume_role(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.

    Raises:
        AwsError: AccessDenied, with the same words for a role that does not exist; ValidationError for a duration
            longer than the role's MaxSessionDuration or, chained, than one hour; MalformedPolicyDocument.
    """
    _refuse_unsupported(call)
    caller, parameters = caller_of(call), call.parameters
    if caller.is_root:
        raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.", status=403)
    role = find_role(parameters["RoleArn"])
    if role is None:
        raise denied(call, caller, parameters["RoleArn"])
    name = parameters["RoleSessionName"]
    keys = {"sts:ExternalId": parameters.get("ExternalId"), "sts:RoleSessionName": name}
    require_assumable(call, caller, role, keys)
    duration = timedelta(seconds=_duration(caller, role, parameters.get("DurationSeconds")))
    session = start_role_session(role, name, duration, _session_policies(call, role))
    answer = {
        "Credentials": _credentials(session),
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.id}:{name}",
            "Arn": f"arn:{role.partition}:sts::{role.account_id}:assumed-role/{role.name}/{name}",
        },
    }
    return answer | _packed_size(parameters)


@operation("sts:AssumeRoot")
def assume_root(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html.

    The caller is not root, its account manages the organization or is IAM's delegated administrator, the target is an
    active member, the feature behind the task is enabled, and the caller's policies allow it.

    Raises:
        AwsError: AccessDenied, ValidationError for a target or task policy that is none; SandboxNotImplemented for the
            tasks of S3 and SQS.
    """
    caller, task_arn = caller_of(call), call.parameters["TaskPolicyArn"].get("arn", "")
    target, task = _target(call.parameters["TargetPrincipal"]), _TASK_ARN.fullmatch(task_arn)
    if task is None or task["partition"] != call.partition or task["name"] not in TASKS:
        raise AwsError("ValidationError", f"{task_arn} is not a supported task policy.")
    resource = f"arn:{call.partition}:iam::{target}:root"
    verdict = judged(call, caller, caller_layers(call, caller), resource, {"sts:TaskPolicyArn": task_arn})
    if caller.is_root or not verdict.allowed or not _permits(call, target, task["name"]):
        raise denied(call, caller, resource, verdict.reason(call.action))
    if task["path"] not in published():
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no task {task['name']}.")
    document = parse(published()[task["path"]][1]["Document"], task_arn)
    seconds = call.parameters.get("DurationSeconds", _ROOT_SESSION_SECONDS)
    return {
        "Credentials": _credentials(start_root_session(target, call.partition, document, timedelta(seconds=seconds)))
    }


@operation("sts:GetFederationToken")
@operation("sts:GetSessionToken")
def refuse_token(call: Call) -> dict[str, Any]:
    """Refused: moto answers with one fixed key that belongs to nobody."""
    raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no {call.action}.")


def _refuse_unsupported(call: Call) -> None:
    given = [name for name in _UNSUPPORTED if call.parameters.get(name)]
    if given:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox has no {', '.join(given)} in {call.action}.")


def _duration(caller: Caller, role: Role, requested: int | None) -> int:
    chained = caller.type is CallerType.ROLE_SESSION
    if chained and (requested or 0) > _HOUR:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", message)
    if (requested or 0) > int(role.max_session_duration or _HOUR):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message)
    return requested or _HOUR


def _session_policies(call: Call, role: Role) -> tuple[Document, ...]:
    """The inline policy and the managed ones of the role's account or AWS's, together one layer."""
    arns = tuple(each["arn"] for each in call.parameters.get("PolicyArns", ()))
    text = call.parameters.get("Policy")
    try:
        inline = (parse(text),) if text else ()
        managed = managed_policies(iam_backends[role.account_id][role.partition], arns)
    except MalformedPolicyError as error:
        raise AwsError("MalformedPolicyDocument", f"Syntax errors in policy: {error}") from error
    except UnsupportedPolicyError as error:
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox cannot judge this session policy: {error}") from error
    if len(managed) != len(arns):
        raise AwsError("ValidationError", "One of the policies in PolicyArns does not exist.")
    return inline + managed


def _packed_size(parameters: dict[str, Any]) -> dict[str, int]:
    """How much of the limit the session policies take, in percent; AWS packs them in a form it does not publish."""
    if not parameters.get("Policy") and not parameters.get("PolicyArns"):
        return {}
    size = len(parameters.get("Policy") or "") + len(json.dumps(parameters.get("PolicyArns") or ""))
    return {"PackedPolicySize": min(100, 1 + size * 100 // _PACKED_SIZE)}


def _target(principal: str) -> str:
    named = _ROOT_ARN.fullmatch(principal)
    account_id = named[1] if named else principal
    if re.fullmatch(r"\d{12}", account_id) is None:
        raise AwsError("ValidationError", f"{principal} is invalid")
    return account_id


def _permits(call: Call, target: str, task: str) -> bool:
    """Whether the organization lets the calling account do this task in the target account."""
    try:
        organization = administered_organization(call)
    except AwsError:
        return False
    account = member(target, call.partition)
    return (
        account is not None
        and account.organization_id == organization.id
        and account.status == "ACTIVE"
        and target != organization.master_account_id
        and TASKS[task] in root_access(organization).enabled
    )


def _credentials(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.keys.access_key_id,
        "SecretAccessKey": session.keys.secret_access_key,
        "SessionToken": session.keys.session_token,
        "Expiration": session.expires,
    }
