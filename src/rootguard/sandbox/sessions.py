"""Temporary credentials: which session each key stands for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from moto.iam.models import Role, iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.sts.utils import random_session_token

from rootguard.sandbox.credentials import KeyIndex, Keys
from rootguard.sandbox.policy import Document
from rootguard.sandbox.state import state


@dataclass(frozen=True, slots=True)
class Session:
    """A role's session, or one of the root user with a task (`role_arn` None).

    Attributes:
        policies: Session policies, which limit it; for the root user, the task policy, of which only denials count.
    """

    keys: Keys
    account_id: str
    partition: str
    name: str
    issued: datetime
    expires: datetime
    role_arn: str | None = None
    role_id: str = ""
    policies: tuple[Document, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sessions:
    """Sessions by access key id."""

    by_key: dict[str, Session] = field(default_factory=dict)


def start_role_session(
    role: Role,
    name: str,
    duration: timedelta,
    policies: tuple[Document, ...] = (),
    tags: Mapping[str, str] | None = None,
) -> Session:
    """Credentials of a role, whoever asks: whether they may is decided before."""
    issued = _now()
    return _kept(
        Session(
            keys=_new_keys(role.account_id, role.partition, role.arn),
            account_id=role.account_id,
            partition=role.partition,
            name=name,
            issued=issued,
            expires=issued + duration,
            role_arn=role.arn,
            role_id=role.id,
            policies=policies,
            tags=_role_tags(role) | dict(tags or {}),
        )
    )


def start_root_session(account_id: str, partition: str, task: Document, duration: timedelta) -> Session:
    """Credentials of an account's root user, limited to a task."""
    issued = _now()
    keys = _new_keys(account_id, partition, None)
    return _kept(Session(keys, account_id, partition, "root", issued, issued + duration, policies=(task,)))


def session_of(access_key: str, account_id: str, partition: str) -> Session | None:
    """The session behind a key; None for a long-term key."""
    known = state(Sessions).by_key
    if access_key not in known and access_key.startswith("ASIA"):
        assumed = sts_backends[account_id][partition].get_assumed_role_from_access_key(access_key)
        if assumed is not None:
            known[access_key] = _adopted(assumed)
    return known.get(access_key)


def _adopted(assumed: AssumedRole) -> Session:
    """A session that moto's own STS backend started, for a Lambda function say."""
    role = iam_backends[assumed.account_id][assumed.partition].get_role_by_arn(assumed.role_arn)
    keys = Keys(assumed.access_key_id, assumed.secret_access_key, assumed.session_token)
    expires = assumed.expiration.replace(tzinfo=UTC)
    return Session(
        keys=keys,
        account_id=assumed.account_id,
        partition=assumed.partition,
        name=assumed.session_name,
        issued=_now(),
        expires=expires,
        role_arn=role.arn,
        role_id=role.id,
        tags=_role_tags(role),
    )


def _kept(session: Session) -> Session:
    state(Sessions).by_key[session.keys.access_key_id] = session
    return session


def _new_keys(account_id: str, partition: str, role_arn: str | None) -> Keys:
    """Temporary keys that moto knows too: it notes at them when their role was last used."""
    key = iam_backends[account_id][partition].create_temp_access_key()
    key.role_arn = role_arn
    state(KeyIndex).accounts[key.access_key_id] = account_id
    return Keys(key.access_key_id, secrets.token_urlsafe(30), random_session_token())


def _role_tags(role: Role) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in role.tags or ()}


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
