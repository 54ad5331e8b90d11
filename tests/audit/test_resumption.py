"""What of an earlier audit still counts when it is continued."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.small_audit import MISSING, NOW, RULES, SUSPENDED, account_id, small_audit

from rootguard.audit.results import Audit, Evidence, Observation, Scope
from rootguard.audit.resumption import known_results
from rootguard.caller import Caller
from rootguard.errors import RootguardError

EARLIER = small_audit("....", "X.-.", "..?.", MISSING, SUSPENDED)
SOON = NOW + timedelta(minutes=30)


def known(earlier: Audit, scope: Scope = EARLIER.scope) -> set[str]:
    return set(known_results(earlier, scope, earlier.caller, SOON))


def test_accounts_that_were_wholly_seen_are_known_and_others_are_looked_into_again() -> None:
    found = known_results(EARLIER, EARLIER.scope, EARLIER.caller, SOON)
    assert found == {id_: EARLIER.by_account[id_] for id_ in (account_id(1), account_id(2))}


def test_an_account_that_lacks_a_result_is_looked_into_again() -> None:
    assert known(small_audit("....", "... ")) == {account_id(1)}


def test_fewer_rules_can_be_had_of_the_earlier_audit() -> None:
    fewer = tuple(RULES)[2:0:-1]
    found = known_results(EARLIER, replace(EARLIER.scope, rules=fewer), EARLIER.caller, SOON)
    assert {id_: tuple(each.rule for each in results) for id_, results in found.items()} == {
        account_id(1): fewer,
        account_id(2): fewer,
    }


def test_more_rules_have_to_be_looked_for() -> None:
    assert known(EARLIER, replace(EARLIER.scope, rules=(*RULES, "root-new"))) == set()


def test_an_error_of_a_rule_that_is_not_wanted_any_more_does_not_matter() -> None:
    assert account_id(3) in known(EARLIER, replace(EARLIER.scope, rules=tuple(RULES)[:2]))


def test_accounts_that_are_not_chosen_any_more_are_left_out() -> None:
    assert known(EARLIER, replace(EARLIER.scope, accounts=EARLIER.scope.accounts[1:])) == {account_id(2)}


def _aged(audit: Audit, hours: float) -> Audit:
    """The first account's first evidence is so much older than the audit."""
    time = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = Evidence([Observation("iam:GetAccountSummary", account_id(1), "eu-central-1", "X", "1", time)])
    return replace(audit, results=(replace(audit.results[0], evidence=old), *audit.results[1:]))


@pytest.mark.parametrize(("hours", "remains"), [(23, True), (24, False), (40, False)])
def test_what_was_seen_more_than_a_day_ago_is_looked_into_again(hours: float, *, remains: bool) -> None:
    """An audit may be continued more than once, and only its end is dated."""
    assert (account_id(1) in known(_aged(EARLIER, hours))) is remains
    assert account_id(2) in known(_aged(EARLIER, hours))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda audit: replace(audit, caller=Caller("9" * 12, f"arn:aws:iam::{'9' * 12}:user/other", "aws")),
            "it was asked from account 999999999999, this one is from 111111111111",
            id="another account's",
        ),
        *(
            pytest.param(
                lambda audit, name=name, value=value: replace(audit, scope=replace(audit.scope, **{name: value})),
                why,
                id=name,
            )
            for name, value, why in (
                ("organization_id", "", "its organization id is none, this one's is o-exampleorgid"),
                ("region", "us-east-1", "its region is us-east-1, this one's is eu-central-1"),
                ("role_name", "Other", "its role name is Other, this one's is Auditor"),
                ("parameters", (), "its parameters is none"),
            )
        ),
        pytest.param(
            lambda audit: replace(audit, generated_at=SOON - timedelta(hours=24, seconds=1)),
            "it ended 2026-11-22T05:59:59Z, more than a day ago",
            id="yesterday's",
        ),
    ],
)
def test_another_audit_cannot_be_continued(change: Callable[[Audit], Audit], why: str) -> None:
    with pytest.raises(RootguardError) as refused:
        known_results(change(EARLIER), EARLIER.scope, EARLIER.caller, SOON)
    assert f"--resume cannot continue that audit: {why}" in str(refused.value)
    assert str(refused.value).endswith("; leave --resume out to start anew")


def test_somebody_else_of_the_same_account_may_continue() -> None:
    """A pipeline's role has another session name each time."""
    other = replace(EARLIER.caller, arn=f"arn:aws:sts::{account_id(1)}:assumed-role/auditor/run-2")
    assert known_results(EARLIER, EARLIER.scope, other, SOON).keys() == {account_id(1), account_id(2)}
