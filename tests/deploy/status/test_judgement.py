"""What `status` says of an account: every case that it names, and those that it must not call a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rootguard.deploy.instances import Instance
from rootguard.deploy.status.judgement import problems_of, problems_of_stacks
from rootguard.deploy.status.model import AccountState, Deployment, Inside, PackState, Problem, RuleState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DEPLOYMENT = Deployment({}, has_organization_pack=True, function_prefix="acme-", rules=("root-mfa-enabled",))
RULE = RuleState("root-mfa-enabled", "root-mfa-enabled-conformance-pack-x", DAY, "COMPLIANT", NOW - 9 * DAY, NOW - HOUR)
SOUND = AccountState(
    "111111111111",
    "prod",
    instance=Instance("111111111111", "CURRENT", "SUCCEEDED"),
    pack=PackState("CREATE_SUCCESSFUL"),
    inside=Inside(is_recording=True, rules=(RULE,)),
)
START = f"--config-rule-names {RULE.config_name}"


def instance(status: str, detail: str = "FAILED", reason: str = "") -> AccountState:
    return replace(SOUND, instance=Instance(SOUND.id, status, detail, reason), inside=None)


def rule(**changes: object) -> AccountState:
    return replace(SOUND, inside=Inside(is_recording=True, rules=(replace(RULE, **changes),)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(SOUND, id="all is well"),
        pytest.param(rule(compliance="NON_COMPLIANT"), id="a verdict is no problem of the deployment"),
        pytest.param(replace(SOUND, inside=None, not_seen="denied"), id="what could not be seen is said elsewhere"),
        pytest.param(AccountState("1", "x", left_out="excluded"), id="left out: nothing is expected"),
        pytest.param(
            replace(SOUND, is_management=True, instance=None, stack_status="UPDATE_COMPLETE"), id="management account"
        ),
        pytest.param(rule(last_success=None, activated=NOW - HOUR / 2), id="not evaluated yet, but new"),
        pytest.param(rule(last_success=NOW - 2 * DAY), id="two periods old"),
        pytest.param(
            rule(last_failure=NOW - 2 * HOUR, error="AccessDenied"), id="failed, then succeeded: the last run counts"
        ),
        pytest.param(rule(period=HOUR, last_success=NOW - HOUR), id="hourly, evaluated an hour ago"),
    ],
)
def test_no_problem(account: AccountState) -> None:
    assert problems_of(account, DEPLOYMENT, NOW) == []


@pytest.mark.parametrize(
    ("account", "what", "fix"),
    [
        pytest.param(
            replace(SOUND, instance=None, inside=None), "has no functions", "run `rootguard deploy`", id="no instance"
        ),
        pytest.param(
            replace(SOUND, is_management=True, instance=None, inside=None),
            "has no functions",
            "run `rootguard deploy`",
            id="management account without its stack",
        ),
        pytest.param(
            instance("OUTDATED", reason="x is not authorized"),
            "functions are OUTDATED, FAILED",
            "grant what the reason names, then run `rootguard deploy` again",
            id="instance failed",
        ),
        pytest.param(
            instance("OUTDATED", "CANCELLED"), "functions are OUTDATED, CANCELLED", "`rootguard deploy`", id="-"
        ),
        pytest.param(
            instance("OUTDATED", "RUNNING"), "functions are being deployed (RUNNING)", "wait", id="in progress"
        ),
        pytest.param(
            instance("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT", "This account is suspended."),
            "functions are left as they were while the account was suspended",
            "run `rootguard deploy`",
            id="account opened again",
        ),
        pytest.param(instance("INOPERABLE"), "functions are INOPERABLE", "--retain-stacks", id="instance inoperable"),
        pytest.param(
            replace(SOUND, pack=None, inside=None), "has no conformance pack", "run `rootguard deploy`", id="no pack"
        ),
        pytest.param(
            replace(SOUND, pack=PackState("CREATE_IN_PROGRESS"), inside=None),
            "conformance pack is CREATE_IN_PROGRESS",
            "wait",
            id="pack in progress",
        ),
        pytest.param(
            replace(SOUND, pack=PackState("CREATE_FAILED", "InsufficientPermissionsException x"), inside=None),
            "conformance pack is CREATE_FAILED",
            "the account got the pack before its functions or roles",
            id="pack failed although the functions are there by now",
        ),
        pytest.param(
            replace(SOUND, pack=PackState("CREATE_FAILED", "NoAvailableConfigurationRecorderException"), inside=None),
            "conformance pack is CREATE_FAILED",
            "turn AWS Config's recorder on",
            id="pack failed for want of a recorder",
        ),
        pytest.param(
            replace(SOUND, inside=Inside(is_recording=False, rules=(RULE,))),
            "AWS Config does not record",
            "start-configuration-recorder",
            id="recorder off",
        ),
        pytest.param(
            replace(SOUND, inside=Inside(is_recording=True, rules=())),
            "AWS Config lacks root-mfa-enabled",
            "run `rootguard deploy`",
            id="rule missing",
        ),
        pytest.param(
            rule(last_success=None, last_failure=NOW - HOUR, error="AccessDenied x"),
            "root-mfa-enabled fails since 2026-11-23 11:00",
            "read the log group /aws/lambda/acme-root-mfa-enabled",
            id="failing from the beginning",
        ),
        pytest.param(
            rule(last_success=NOW - DAY, last_failure=NOW - HOUR, error="AccessDenied x"),
            "root-mfa-enabled fails since 2026-11-23 11:00",
            "read the log group",
            id="failing since",
        ),
        pytest.param(
            rule(last_failure=NOW, error="InsufficientPermissionsException The function cannot be invoked."),
            "root-mfa-enabled fails since 2026-11-23 12:00",
            "see that the account has the function acme-root-mfa-enabled",
            id="failing because its function is gone",
        ),
        pytest.param(
            rule(last_success=None, activated=NOW - DAY), "root-mfa-enabled was never evaluated", START, id="never"
        ),
        pytest.param(
            rule(last_success=None, activated=None),
            "root-mfa-enabled was never evaluated",
            START,
            id="never, age unknown",
        ),
        pytest.param(
            rule(last_success=NOW - 2 * DAY - HOUR),
            "root-mfa-enabled is stale: last evaluated 2026-11-21 11:00",
            START,
            id="stale, daily",
        ),
        pytest.param(
            rule(period=HOUR, last_success=NOW - 3 * HOUR),
            "root-mfa-enabled is stale: last evaluated 2026-11-23 09:00",
            START,
            id="stale, hourly",
        ),
    ],
)
def test_one_problem_with_its_fix(account: AccountState, what: str, fix: str) -> None:
    (problem,) = problems_of(account, DEPLOYMENT, NOW)
    assert problem.what == what
    assert fix in problem.fix


def test_a_pack_that_came_before_the_functions_is_named_as_such() -> None:
    pack = PackState("CREATE_FAILED", "InsufficientPermissionsException cannot be invoked")
    problems = problems_of(replace(SOUND, instance=None, pack=pack, inside=None), DEPLOYMENT, NOW)
    assert [problem.what for problem in problems] == ["has no functions", "conformance pack is CREATE_FAILED"]
    assert "the pack came before its functions" in problems[1].fix


def test_without_a_pack_its_missing_rules_are_not_counted_as_well() -> None:
    account = replace(SOUND, pack=None, inside=Inside(is_recording=True, rules=()))
    assert [problem.what for problem in problems_of(account, DEPLOYMENT, NOW)] == ["has no conformance pack"]


def test_where_the_accounts_stacks_bring_the_pack_none_of_the_organization_is_expected() -> None:
    deployment = replace(DEPLOYMENT, has_organization_pack=False)
    assert problems_of(replace(SOUND, pack=None), deployment, NOW) == []


@pytest.mark.parametrize(
    ("stacks", "said"),
    [
        pytest.param({"a": "CREATE_COMPLETE", "b": "UPDATE_COMPLETE"}, [], id="good"),
        pytest.param({"a": "UPDATE_IN_PROGRESS"}, ["the stack a is UPDATE_IN_PROGRESS"], id="in progress"),
        pytest.param(
            {"a": "UPDATE_ROLLBACK_COMPLETE"},
            ["the stack a is UPDATE_ROLLBACK_COMPLETE: its last deployment failed"],
            id="rolled back",
        ),
    ],
)
def test_the_stacks_themselves(stacks: Mapping[str, str], said: Sequence[str]) -> None:
    assert [problem.what for problem in problems_of_stacks(replace(DEPLOYMENT, stacks=dict(stacks)))] == said


def test_a_problem_is_one_line() -> None:
    assert Problem("it fails", "so\n it does", "mend it").line() == "it fails (so it does) -> mend it"
