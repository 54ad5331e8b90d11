"""Who a resource-based policy speaks of, and how directly.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Grant(IntEnum):
    """How a policy names a principal, from the most delegated to the most direct."""

    ACCOUNT = 1
    """The whole account: an administrator there must allow it too."""
    ENTITY = 2
    """The user or role itself: its boundary and session policies still limit it."""
    SESSION = 3
    """The session's own ARN, or everybody: nothing but an explicit deny limits it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks: a user, a role session, the root user, or an AWS service (then only `service` is set).

    `at_least` leaves out grants that are less direct, to tell a delegation to the account from a direct grant.
    """

    arn: str = ""
    account_id: str = ""
    role_arn: str | None = None
    service: str | None = None
    at_least: Grant = Grant.ACCOUNT


type Principals = Mapping[str, tuple[str, ...]]


def includes(principals: Principals, who: Principal) -> bool:
    """Whether a `Principal` element, by type (`AWS`, `Service`, `Federated`, ...), means `who`."""
    if who.service is not None and who.service in principals.get("Service", ()):
        return True
    return any(_grant(value, who) >= who.at_least for value in principals.get("AWS", ()))


def _grant(value: str, who: Principal) -> int:
    """How `value` names the principal; 0 if it does not. Wildcards inside an ARN are not allowed here."""
    if value == "*":
        return Grant.SESSION
    if who.service is not None:
        return 0
    if value == who.arn:
        return Grant.SESSION if who.role_arn else Grant.ENTITY
    if value == who.role_arn:
        return Grant.ENTITY
    return Grant.ACCOUNT if _names_account(value, who) else 0


def _names_account(value: str, who: Principal) -> bool:
    if value == who.account_id:
        return True
    partition = who.arn.split(":")[1] if ":" in who.arn else "aws"
    return value == f"arn:{partition}:iam::{who.account_id}:root"
