from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_audit import MISSING, NOW, SIGNS, SUSPENDED, account_id, small_audit

from rootguard.audit.comparison import Comparison, compare
from rootguard.audit.results import Audit, Compliance

LISTS = ("new", "fixed", "unchanged", "lost")
THEN = NOW - timedelta(days=7)

rows = st.lists(st.text([*SIGNS, " "], min_size=4, max_size=4) | st.sampled_from([MISSING, SUSPENDED]), max_size=4)


def places(comparison: Comparison) -> dict[str, list[tuple[str, str]]]:
    return {name: [result.place for result in getattr(comparison, name)] for name in LISTS}


@pytest.mark.parametrize(
    ("then", "now", "becomes"),
    [
        pytest.param(".", "X", "new", id="it was fine"),
        pytest.param("-", "X", "new", id="it did not apply"),
        pytest.param("?", "X", "new", id="it was not seen"),
        pytest.param(" ", "X", "new", id="there was no result"),
        pytest.param("X", ".", "fixed", id="it is fine"),
        pytest.param("X", "-", "fixed", id="it no longer applies"),
        pytest.param("X", "X", "unchanged", id="it stays"),
        pytest.param("X", "?", "lost", id="it is not seen"),
        pytest.param("X", " ", "lost", id="there is no result"),
        *(
            pytest.param(then, now, None, id=f"{then!r} to {now!r}, no violation either time")
            for then in ".-? "
            for now in ".-? "
        ),
    ],
)
def test_what_becomes_of_a_cell(then: str, now: str, becomes: str | None) -> None:
    comparison = compare(small_audit(then), small_audit(now))
    place = account_id(1), "root-critical"
    assert places(comparison) == {name: [place] if name == becomes else [] for name in LISTS}


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        pytest.param(["X"], ["X", "X"], {"unchanged": "1", "new": "2"}, id="an account came"),
        pytest.param(["X", "X"], ["X"], {"unchanged": "1", "lost": "2"}, id="an account is out of scope"),
        pytest.param(["X"], [SUSPENDED], {"lost": "1"}, id="an account was suspended"),
        pytest.param(["X"], [MISSING], {"lost": "1"}, id="today's audit was interrupted"),
        pytest.param([MISSING], ["X"], {"new": "1"}, id="the earlier audit was interrupted"),
        pytest.param([], ["X"], {"new": "1"}, id="the earlier audit was empty"),
        pytest.param(["X"], [], {"lost": "1"}, id="today's audit is empty"),
    ],
)
def test_accounts_come_and_go(then: list[str], now: list[str], expected: dict[str, str]) -> None:
    comparison = compare(small_audit(*then), small_audit(*now))
    found = {name: "".join(account[0] for account, _ in cells) for name, cells in places(comparison).items() if cells}
    assert found == expected


def test_new_fixed_and_unchanged_are_todays_results_and_lost_are_the_earlier_ones() -> None:
    then, now = small_audit(".XXX", generated_at=THEN), small_audit("X.X?")
    comparison = compare(then, now)
    assert comparison.since == THEN
    today = [*comparison.new, *comparison.fixed, *comparison.unchanged]
    assert [result.compliance for result in today] == ["NON_COMPLIANT", "COMPLIANT", "NON_COMPLIANT"]
    assert all(result in now.results for result in today)
    assert [result in then.results for result in comparison.lost] == [True]


def violations(audit: Audit) -> set[tuple[str, str]]:
    return {result.place for result in audit.results if result.compliance is Compliance.NON_COMPLIANT}


@given(rows, rows)
def test_every_violation_of_then_and_now_is_told_once(then: list[str], now: list[str]) -> None:
    earlier, today = small_audit(*then), small_audit(*now)
    told = {name: set(cells) for name, cells in places(compare(earlier, today)).items()}
    assert sum(map(len, told.values())) == len(set().union(*told.values()))
    assert told["new"] | told["unchanged"] == violations(today)
    assert told["fixed"] | told["unchanged"] | told["lost"] == violations(earlier)
