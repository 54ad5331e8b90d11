"""Who signed a request: an operator of the sandbox, an IAM user, a role's session, or the root user.

ARNs and ids are those of sts:GetCallerIdentity and of the table of principal key values
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable).
"""

import hashlib
from dataclasses import dataclass
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
    caller = caller_of_key(call.access_key, call.account_id, call.partition)
    if caller is None:
        raise invalid_token(call)
    if caller.session is not None:
        if call.response.headers.get("X-Amz-Security-Token") != caller.session.keys.session_token:
            raise invalid_token(call)
        if caller.session.expires <= datetime.now(UTC):
            raise _expired_token(call)
    return caller


def caller_of_key(access_key: str, account_id: str, partition: str) -> Caller | None:
    """Who holds a key of that account; None for one that is deleted or inactive. A session may have expired."""
    if is_operator(access_key):
        arn = f"arn:{partition}:iam::{account_id}:user/{OPERATOR_NAME}"
        return Caller(CallerType.OPERATOR, account_id, partition, arn, _operator_id(account_id))
    root = root_user_of_key(access_key, account_id)
    if root is not None:
        active = any(key.active for key in root.access_keys if key.id == access_key)
        arn = f"arn:{partition}:iam::{account_id}:root"
        return Caller(CallerType.ROOT, account_id, partition, arn, account_id) if active else None
    session = session_of(access_key, account_id, partition)
    return _user(access_key, account_id, partition) if session is None else session_caller(session)


def session_caller(session: Session) -> Caller:
    """Whoever acts with the keys of that session."""
    place = session.account_id, session.partition
    if session.role_arn is None:
        arn = f"arn:{session.partition}:iam::{session.account_id}:root"
        return Caller(CallerType.ROOT_SESSION, *place, arn, session.account_id, session=session)
    name = f"assumed-role/{session.role_arn.split('/')[-1]}/{session.name}"
    arn = f"arn:{session.partition}:sts::{session.account_id}:{name}"
    return Caller(CallerType.ROLE_SESSION, *place, arn, f"{session.role_id}:{session.name}", session=session)


def _user(access_key: str, account_id: str, partition: str) -> Caller | None:
    backend = iam_backends[account_id][partition]
    key = backend.access_keys.get(access_key)
    user = backend.users.get(key.user_name) if key and key.user_name else None
    if key is None or user is None or key.status != "Active":
        return None
    arn = f"arn:{partition}:iam::{account_id}:user{user.path}{user.name}"
    return Caller(CallerType.USER, account_id, partition, arn, user.id, user=user)


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
