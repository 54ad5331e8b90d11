"""What is wrong with an account, and what to do about it: pure, so that every case is a row of a test's table."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rootguard.deploy.fixes import fix_of
from rootguard.deploy.status.model import AccountState, Deployment, Problem, RuleState

PERIODS = 2
"""A result older than so many periods is stale: one evaluation may fail, and AWS Config's periods are not exact."""

PATIENCE = timedelta(hours=1)
"""How long a new rule may be without its first evaluation."""

_NOT_INVOKED = "cannot be invoked"
_DEPLOY = "run `rootguard deploy`"
_WAIT = "wait, and look again"
_GOOD_STACKS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


def problems_of_stacks(deployment: Deployment) -> Iterator[Problem]:
    """What is wrong with the administrator's own stacks."""
    for name, status in deployment.stacks.items():
        if status.endswith("_IN_PROGRESS"):
            yield Problem(f"the stack {name} is {status}", "", _WAIT)
        elif status not in _GOOD_STACKS:
            yield Problem(f"the stack {name} is {status}: its last deployment failed", "", _DEPLOY)
    for unit in deployment.lost_units:
        fix = f"{_DEPLOY} with every --organizational-unit that there is to be"
        yield Problem(f"the organizational unit {unit}, which was chosen, is no more", "", fix)


def problems_of(account: AccountState, deployment: Deployment, now: datetime) -> list[Problem]:
    """What is wrong in an account; nothing is expected of one that is left out."""
    if account.left_out:
        return []
    problems = [*_functions(account)]
    if deployment.has_organization_pack:
        problems += _pack(account, has_functions=not problems)
    if account.inside is not None:
        problems += _inside(account, deployment, now, has_pack=not problems)
    return problems


def _functions(account: AccountState) -> Iterator[Problem]:
    if account.is_management:
        yield from _plain_stack(account)
        return
    instance = account.instance
    if instance is None:
        yield Problem("has no functions", "the StackSet has no instance there", _DEPLOY)
    elif instance.is_busy:
        yield Problem(f"functions are being deployed ({instance.detailed_status})", "", _WAIT)
    elif instance.status == "INOPERABLE":
        fix = (
            "delete the instance (aws cloudformation delete-stack-instances with --retain-stacks), delete its stack in "
            f"the account by hand, then {_DEPLOY}"
        )
        yield Problem("functions are INOPERABLE", instance.reason, fix)
    elif instance.is_skipped:  # its account has been opened again since: it is left out while it is closed
        yield Problem("functions are left as they were while the account was suspended", "", _DEPLOY)
    elif not instance.is_current:
        detail = f", {instance.detailed_status}" if instance.detailed_status else ""
        yield Problem(f"functions are {instance.status}{detail}", instance.reason, fix_of(instance.reason))


def _plain_stack(account: AccountState) -> Iterator[Problem]:
    """StackSets do not reach the management account; a stack of its own does; how that fares its own line says."""
    if account.stack_status is None:
        yield Problem("has no functions", "it has no stack of its own", _DEPLOY)


def _pack(account: AccountState, *, has_functions: bool) -> Iterator[Problem]:
    pack = account.pack
    if pack is None:
        yield Problem("has no conformance pack", "", _DEPLOY)
    elif pack.status.endswith("_IN_PROGRESS"):
        yield Problem(f"conformance pack is {pack.status}", "", _WAIT)
    elif pack.status.endswith("_FAILED"):
        fix = fix_of(pack.error)
        if not has_functions:
            fix = "the pack came before its functions: see to those, then run `rootguard deploy`, which puts it again"
        yield Problem(f"conformance pack is {pack.status}", pack.error, fix)


def _inside(account: AccountState, deployment: Deployment, now: datetime, *, has_pack: bool) -> Iterator[Problem]:
    inside = account.inside
    if inside is None:
        return
    if not inside.is_recording:
        fix = "turn it on: aws configservice start-configuration-recorder, in that account and Region"
        yield Problem("AWS Config does not record", "", fix)
    there = {rule.rule for rule in inside.rules} | {each.check for each in inside.attestations}
    missing = sorted({*deployment.rules, *deployment.process_checks} - there)
    if missing and has_pack:  # without the pack they cannot be there
        yield Problem(f"AWS Config lacks {', '.join(missing)}", "", _DEPLOY)
    for rule in inside.rules:
        yield from _rule(rule, deployment, now)


def _rule(rule: RuleState, deployment: Deployment, now: datetime) -> Iterator[Problem]:
    """The last run counts: AWS Config shows an error also after the rule has succeeded again."""
    command = f"aws configservice start-config-rules-evaluation --config-rule-names {rule.config_name}"
    start = f"start it, in that account and Region: {command}"
    if rule.last_failure is not None and (rule.last_success is None or rule.last_failure > rule.last_success):
        function = f"{deployment.function_prefix}{rule.rule}"
        fix = f"read the log group /aws/lambda/{function} in that account"
        if _NOT_INVOKED in rule.error:  # then there is no log
            fix = (
                f"see that the account has the function {function}; if it was deleted, leave the account out by "
                f"--exclude and take it in again: that makes it anew; then {start}"
            )
        yield Problem(f"{rule.rule} fails since {rule.last_failure:%Y-%m-%d %H:%M}", rule.error, fix)
    elif rule.last_success is None:
        if rule.activated is None or now - rule.activated > PATIENCE:
            yield Problem(f"{rule.rule} was never evaluated", "", start)
    elif now - rule.last_success > PERIODS * rule.period:
        yield Problem(
            f"{rule.rule} is stale: last evaluated {rule.last_success:%Y-%m-%d %H:%M}",
            f"due every {rule.period.total_seconds() / 3600:.0f} h",
            start,
        )
