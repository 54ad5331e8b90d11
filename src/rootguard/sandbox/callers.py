"""Who signed a request: an operator of the sandbox, an IAM user, a role's session, or the root user.

ARNs and ids are those of sts:GetCallerIdentity and of the table of principal key values
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from moto.iam.models import User, iam_backends

from rootguard.sandbox.credentials import is_operator
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.policy import Principal
from rootguard.sandbox.root_user import root_user_of_key
from rootguard.sandbox.sessions import Session, session_of

OPERATOR_NAME = "operator"


class CallerType(StrEnum):
    """Kinds of callers."""

    OPERATOR = "operator"
    USER = "user"
    ROLE_SESSION = "role session"
    ROOT = "root"
    ROOT_SESSION = "root session"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request."""

    type: CallerType
    account_id: str
    partition: str
    arn: str
    user_id: str
    user: User | None = None
    session: Session | None = None

    @property
    def is_root(self) -> bool:
        """Whether it acts as the root user, by its own key or for a task."""
        return self.type in (CallerType.ROOT, CallerType.ROOT_SESSION)

    @property
    def entity_arn(self) -> str:
        """The ARN of the user or role behind it, the value of aws:PrincipalArn."""
        return (self.session.role_arn if self.session else None) or self.arn

    @property
    def principal(self) -> Principal:
        """The caller as resource-based policies see it."""
        role_arn = self.session.role_arn if self.session else None
        return Principal(arn=self.arn, account_id=self.account_id, role_arn=role_arn)


def caller_of(call: Call) -> Caller:
    """Who signed this request.

    Raises:
        AwsError: InvalidClientTokenId for a key that is deleted, inactive, or without its session token;
            ExpiredToken (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html).
    """
    if is_operator(call.access_key):
        name = f"user/{OPERATOR_NAME}"
        return _caller(CallerType.OPERATOR, call, f"iam::{call.account_id}:{name}", _operator_id(call.account_id))
    root = root_user_of_key(call.access_key, call.account_id)
    if root is not None:
        if not any(key.active for key in root.access_keys if key.id == call.access_key):
            raise invalid_token(call)
        return _caller(CallerType.ROOT, call, f"iam::{call.account_id}:root", call.account_id)
    session = session_of(call.access_key, call.account_id, call.partition)
    return _of_user(call) if session is None else _of_session(call, session)


def _caller(kind: CallerType, call: Call, resource: str, user_id: str) -> Caller:
    return Caller(kind, call.account_id, call.partition, f"arn:{call.partition}:{resource}", user_id)


def _of_user(call: Call) -> Caller:
    backend = iam_backends[call.account_id][call.partition]
    key = backend.access_keys.get(call.access_key)
    user = backend.users.get(key.user_name) if key and key.user_name else None
    if key is None or user is None or key.status != "Active":
        raise invalid_token(call)
    return replace(
        _caller(CallerType.USER, call, f"iam::{call.account_id}:user{user.path}{user.name}", user.id), user=user
    )


def _of_session(call: Call, session: Session) -> Caller:
    if call.response.headers.get("X-Amz-Security-Token") != session.keys.session_token:
        raise invalid_token(call)
    if session.expires <= datetime.now(UTC):
        raise _expired_token(call)
    if session.role_arn is None:
        caller = _caller(CallerType.ROOT_SESSION, call, f"iam::{session.account_id}:root", session.account_id)
        return replace(caller, session=session)
    name = f"assumed-role/{session.role_arn.split('/')[-1]}/{session.name}"
    user_id = f"{session.role_id}:{session.name}"
    return replace(
        _caller(CallerType.ROLE_SESSION, call, f"sts::{session.account_id}:{name}", user_id), session=session
    )


def _operator_id(account_id: str) -> str:
    digest = hashlib.sha256(account_id.encode()).hexdigest().upper()
    return f"AIDA{digest[:17]}"


def invalid_token(call: Call) -> AwsError:
    """The refusal of a key that is worth nothing."""
    code, status = ("InvalidClientTokenId", 403) if call.is_xml else ("UnrecognizedClientException", 400)
    return AwsError(code, "The security token included in the request is invalid.", status)


def _expired_token(call: Call) -> AwsError:
    code, status = ("ExpiredToken", 403) if call.is_xml else ("ExpiredTokenException", 400)
    return AwsError(code, "The security token included in the request is expired", status)
