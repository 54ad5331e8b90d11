from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_audit import MISSING, SUSPENDED, account_id, small_audit

from rootguard.audit.results import Evidence, Observation, Standing
from rootguard.kit.facts import Fact

texts = st.text(st.characters(), max_size=20)  # any code point, halves of surrogate pairs included
observations = st.builds(Observation, texts, texts, texts, texts, texts, texts)


@pytest.mark.parametrize(
    ("row", "standing"),
    [
        pytest.param("....", Standing.SAFE, id="all compliant"),
        pytest.param("----", Standing.SAFE, id="nothing applies"),
        pytest.param("...X", Standing.AT_RISK, id="the least violation"),
        pytest.param("???X", Standing.AT_RISK, id="a violation beside what was not seen"),
        pytest.param("...?", Standing.UNSEEN, id="one thing was not seen"),
        pytest.param("????", Standing.UNSEEN, id="nothing was seen"),
        pytest.param("... ", Standing.UNSEEN, id="a result is lacking"),
        pytest.param("X   ", Standing.AT_RISK, id="a violation, and results are lacking"),
        pytest.param(MISSING, Standing.UNSEEN, id="not looked into"),
        pytest.param(SUSPENDED, Standing.UNSEEN, id="suspended"),
    ],
)
def test_the_standing_of_an_account(row: str, standing: Standing) -> None:
    assert small_audit(row).standing(account_id(1)) is standing


def test_an_account_that_nobody_knows_is_unseen() -> None:
    assert small_audit("....").standing("000000000000") is Standing.UNSEEN


def test_the_accounts_that_lack_results() -> None:
    audit = small_audit("....", "... ", MISSING, SUSPENDED, "????")
    assert audit.unfinished == (account_id(2), account_id(3))


def test_results_by_account_are_whole_even_if_they_are_not_one_after_another() -> None:
    ordered = small_audit("..", "XX")
    mixed = small_audit("..", "XX")
    object.__setattr__(mixed, "results", tuple(ordered.results[number] for number in (0, 2, 1, 3)))
    assert mixed.by_account == ordered.by_account
    assert [len(results) for results in mixed.by_account.values()] == [2, 2]


def test_what_could_not_be_seen_is_told_once_with_all_that_lack_it() -> None:
    audit = small_audit("?.?.", "....", "?...")
    lacking = {unseen.account_id: [result.place for result in results] for unseen, results in audit.errors.items()}
    assert lacking == {
        account_id(1): [(account_id(1), "root-critical"), (account_id(1), "root-medium")],
        account_id(3): [(account_id(3), "root-critical")],
    }


def test_an_observation_tells_a_fact_in_utc() -> None:
    time = datetime(2026, 11, 23, 7, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    fact = Fact("iam:GetAccountSummary", account_id(1), "us-east-1", "SummaryMap.AccountMFAEnabled", 1.0, time)
    assert Observation.of(fact).members() == (
        "iam:GetAccountSummary",
        account_id(1),
        "us-east-1",
        "SummaryMap.AccountMFAEnabled",
        "1",
        "2026-11-23T05:30:00Z",
    )
    assert time.astimezone(UTC).hour == 5


@given(st.lists(observations, max_size=5))
def test_evidence_gives_back_what_was_put_in_as_often_as_asked(put: list[Observation]) -> None:
    evidence = Evidence(put)
    assert list(evidence) == list(evidence) == put
    assert bool(evidence) == bool(put)
    assert evidence == Evidence(iter(put))
    assert hash(evidence) == hash(Evidence(put))


def test_evidence_differs_from_other_evidence_and_from_what_is_none() -> None:
    one = Observation("iam:GetAccountSummary", account_id(1), "us-east-1", "A", "0", "2026-11-23T05:30:00Z")
    assert Evidence([one]) != Evidence()
    assert Evidence([one]) != Evidence([one, one])
    assert Evidence([one]) != (one,)
