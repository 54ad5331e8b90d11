"""What an earlier, interrupted audit has found out already."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from rootguard.audit.results import Audit, Compliance, Result, Scope
from rootguard.caller import Caller
from rootguard.errors import RootguardError
from rootguard.kit.facts import timestamp

_LONGEST = timedelta(hours=24)
"""Between the earlier audit and its continuation: no report shows a state of an account that is older."""


def known_results(earlier: Audit, scope: Scope, caller: Caller, now: datetime) -> Mapping[str, tuple[Result, ...]]:
    """The results of accounts that need not be looked into again: all rules, and nothing that could not be seen.

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
    chosen = {account.id for account in scope.accounts}
    return {
        id_: tuple(found[rule] for rule in scope.rules)
        for id_, results in earlier.by_account.items()
        if id_ in chosen and _is_whole(found := {result.rule: result for result in results}, scope)
    }


def _is_whole(found: Mapping[str, Result], scope: Scope) -> bool:
    return all(rule in found and found[rule].compliance is not Compliance.ERROR for rule in scope.rules)


def _other(why: str) -> RootguardError:
    return RootguardError(f"--resume cannot continue that audit: {why}; leave --resume out to start anew")
