"""Looks into the organization's accounts, several at a time, by a role that each of them has."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws_session import AwsSession, explanation

_THREADS = 16


@dataclass(frozen=True, slots=True)
class NotSeen:
    """What stands in for what an account would not show.

    Attributes:
        reason: Why not, and what to do about it.
    """

    reason: str


def look_into[T](
    session: AwsSession, account_ids: Iterable[str], role_name: str, look: Callable[[AwsSession], T]
) -> dict[str, T | NotSeen]:
    """What `look` finds in each account, by account id, in the order given.

    Args:
        session: Its own account is looked into with it as it is, every other by the role.
        account_ids: Of the organization.
        role_name: To assume there.
        look: Called by several threads, with a session of an account and in its Region.
    """
    caller = session.caller

    def looked(account_id: str) -> T | NotSeen:
        role_arn = f"arn:{caller.partition}:iam::{account_id}:role/{role_name}"
        try:
            return look(session if account_id == caller.account_id else session.assuming(role_arn))
        except (ClientError, BotoCoreError) as error:
            return NotSeen(explanation(error))

    chosen = list(account_ids)
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(chosen, pool.map(looked, chosen), strict=True))
