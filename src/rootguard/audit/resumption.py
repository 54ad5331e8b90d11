"""What an earlier, interrupted audit has found out already."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from rootguard.audit.results import Audit, Compliance, Result, Scope
from rootguard.caller import Caller
from rootguard.errors import RootguardError
from rootguard.kit.facts import timestamp

_LONGEST = timedelta(hours=24)
"""Between what an earlier audit saw and its continuation: no report shows a state of an account that is older."""


def known_results(earlier: Audit, scope: Scope, caller: Caller, now: datetime) -> Mapping[str, tuple[Result, ...]]:
    """The results of accounts that need not be looked into again: all rules, all seen, and all within a day.

    Args:
        earlier: The audit to continue.
        scope: Of the audit that continues it.
        caller: Who asks now.
        now: UTC.

    Raises:
        RootguardError: It was another audit, or one too long ago.
    """
    if earlier.caller.account_id != caller.account_id:
        raise _other(f"it was asked from account {earlier.caller.account_id}, this one is from {caller.account_id}")
    for name in ("organization_id", "region", "role_name", "parameters"):
        before, today = getattr(earlier.scope, name), getattr(scope, name)
        if before != today:
            raise _other(f"its {name.replace('_', ' ')} is {before or 'none'}, this one's is {today or 'none'}")
    if now - earlier.generated_at > _LONGEST:
        raise _other(f"it ended {timestamp(earlier.generated_at)}, more than a day ago")
    found = {account.id: _wanted(earlier.by_account.get(account.id, ()), scope) for account in scope.accounts}
    return {id_: results for id_, results in found.items() if _is_whole(results, scope) and _is_recent(results, now)}


def _wanted(results: Iterable[Result], scope: Scope) -> tuple[Result, ...]:
    by_rule = {result.rule: result for result in results}
    return tuple(by_rule[rule] for rule in scope.rules if rule in by_rule)


def _is_whole(results: Sequence[Result], scope: Scope) -> bool:
    return len(results) == len(scope.rules) and all(each.compliance is not Compliance.ERROR for each in results)


def _is_recent(results: Iterable[Result], now: datetime) -> bool:
    """By when it was seen: the earlier audit may have been a continuation, too, and only its end is dated."""
    times = {observation.time for result in results for observation in result.evidence}
    return all(now - datetime.fromisoformat(time).astimezone(UTC) < _LONGEST for time in times)


def _other(why: str) -> RootguardError:
    return RootguardError(f"--resume cannot continue that audit: {why}; leave --resume out to start anew")
