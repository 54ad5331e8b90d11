"""ExemptAccounts: who is exempt, through which day, and what is too malformed to be read."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sample_rule import WRONG, sample_rule

from rootguard.kit.account import Account
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.evaluation import evaluate
from rootguard.kit.exemption import exempt_until
from rootguard.kit.rule import Parameters
from rootguard.kit.verdict import REASON_LENGTH, Verdict, non_compliant
from rootguard.sandbox import dispatch

ACCOUNT = "111122223333"
OTHER = "444455556666"


def decide(evidence: object, parameters: Parameters) -> Verdict:  # noqa: ARG001 - every rule's signature
    return WRONG(what="access keys")


RULE = sample_rule(gather=lambda account, _: account.call("iam:GetAccountSummary"), decide=decide)


@pytest.mark.parametrize(
    ("value", "until"),
    [
        pytest.param("", None, id="nobody"),
        pytest.param(f"{OTHER}:2027-01-31", None, id="another account"),
        pytest.param(f"{ACCOUNT}:2027-01-31", date(2027, 1, 31), id="this account"),
        pytest.param(f"{OTHER}:2026-01-31 , {ACCOUNT}:2028-02-29", date(2028, 2, 29), id="second of two, spaced"),
        pytest.param(f"{ACCOUNT}:2027-01-31,\n{OTHER}:2026-01-31", date(2027, 1, 31), id="first of two, on two lines"),
    ],
)
def test_the_last_exempt_day(value: str, until: date | None) -> None:
    assert exempt_until(value, ACCOUNT) == until


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(f"{ACCOUNT}:2027-02-30", "ends in no date; expected account:YYYY-MM-DD", id="no such day"),
        pytest.param(
            f"{OTHER}:2027-13-01", "ends in no date; expected account:YYYY-MM-DD", id="another's is malformed"
        ),
        pytest.param(f"{ACCOUNT}:2027-01-31,{ACCOUNT}:2028-01-31", f"names account {ACCOUNT} twice", id="twice"),
        pytest.param(ACCOUNT, "ExemptAccounts is '111122223333'; expected", id="no day"),
        pytest.param(f"{ACCOUNT}:", "expected", id="empty day"),
        pytest.param(f"{ACCOUNT}:31.01.2027", "expected", id="another way to write dates"),
        pytest.param(f"{ACCOUNT}:2027-01-31T00:00:00Z", "expected", id="a time"),
        pytest.param(f"{ACCOUNT[:-1]}:2027-01-31", "expected", id="eleven digits"),
        pytest.param("1111-2222-3333:2027-01-31", "expected", id="account with hyphens"),
        pytest.param("*:2027-01-31", "expected", id="everybody"),
        pytest.param(f"{ACCOUNT}:2027-01-31;{OTHER}:2027-01-31", "expected", id="semicolon"),
        pytest.param(f"{ACCOUNT}:2027-01-31,", "expected", id="comma at the end"),
        pytest.param("\uff11" * 12 + ":2027-01-31", "expected", id="digits of another script"),
    ],
)
def test_a_malformed_exemption_is_loud(value: str, message: str, account: Account) -> None:
    with dispatch.recording() as requests, pytest.raises(InvalidParameters, match=message.replace("*", r"\*")):
        evaluate(RULE, account, {"ExemptAccounts": value}, date(2027, 1, 1))
    assert requests == []


@pytest.mark.parametrize(
    ("given_parameters", "today", "verdict", "asked"),
    [
        pytest.param({}, date(2027, 1, 31), "NON_COMPLIANT: root has access keys", 1, id="no exemption"),
        pytest.param(
            {"ExemptAccounts": f"{OTHER}:2027-01-31"},
            date(2027, 1, 31),
            "NON_COMPLIANT: root has access keys",
            1,
            id="another account's exemption",
        ),
        pytest.param(
            {"ExemptAccounts": f"{ACCOUNT}:2027-01-31"},
            date(2027, 1, 30),
            "NOT_APPLICABLE: exempt until 2027-01-31, by the rule parameter ExemptAccounts",
            0,
            id="the day before the last",
        ),
        pytest.param(
            {"ExemptAccounts": f"{ACCOUNT}:2027-01-31"},
            date(2027, 1, 31),
            "NOT_APPLICABLE: exempt until 2027-01-31, by the rule parameter ExemptAccounts",
            0,
            id="the last day",
        ),
        pytest.param(
            {"ExemptAccounts": f"{ACCOUNT}:2027-01-31"},
            date(2027, 2, 1),
            "NON_COMPLIANT: root has access keys; exemption expired 2027-01-31",
            1,
            id="the day after",
        ),
    ],
)
def test_an_exemption_ends_with_its_last_day(
    account: Account, given_parameters: Mapping[str, object], today: date, verdict: str, asked: int
) -> None:
    with dispatch.recording() as requests:
        found = evaluate(RULE, account, given_parameters, today)
    assert f"{found.compliance}: {found.reason}" == verdict
    assert [request.action for request in requests] == ["iam:GetAccountSummary"] * asked


accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)


@given(st.dictionaries(accounts, st.dates(min_value=date(1000, 1, 1)), min_size=1))
def test_every_named_account_has_its_own_day(days: dict[str, date]) -> None:
    value = RULE.parse({"ExemptAccounts": ",".join(f"{account}:{day}" for account, day in days.items())})
    assert {account: exempt_until(value["ExemptAccounts"], account) for account in days} == days


@given(st.text(min_size=1, max_size=REASON_LENGTH), st.dates())
def test_the_note_of_an_expired_exemption_is_never_cut(reason: str, day: date) -> None:
    noted = non_compliant("{reason}")(reason=reason).noting(f"exemption expired {day}")
    assert noted.reason.endswith(f"; exemption expired {day}")
    assert len(noted.reason) <= REASON_LENGTH
