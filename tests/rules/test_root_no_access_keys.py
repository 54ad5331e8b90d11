"""root-no-access-keys: any key fails; the credential report adds detail and never decides."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from root_no_access_keys import RULE, Evidence, decide

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.kit.readers.credential_report import CredentialReport
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import KeyUse, RootUser, root_user

MEMBER = "111122223333"
MADE = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
ROW = {
    "access_key_1_active": "true",
    "access_key_1_last_used_date": "2026-11-20T08:15:00+00:00",
    "access_key_2_active": "false",
    "access_key_2_last_used_date": "N/A",
}
OF = "(credential report of 2026-11-23 05:30 UTC)"


def answer(action: str, members: Mapping[str, object]) -> Answer:
    return Answer(members, action, MEMBER, "us-east-1")


def summary(keys: int | None) -> AccountSummary:
    members = {} if keys is None else {"AccountAccessKeysPresent": keys}
    return AccountSummary(answer("iam:GetAccountSummary", members))


def reported(row: Mapping[str, str], made: datetime = MADE) -> Evidence:
    return Evidence(summary(1), CredentialReport(row, made, answer("iam:GetCredentialReport", {})))


def unavailable(problem: str, code: str = "") -> Evidence:
    error = EvidenceUnavailable("iam:GenerateCredentialReport", MEMBER, "us-east-1", problem, code)
    return Evidence(summary(1), error)


CASES = [
    pytest.param(Evidence(summary(0)), "COMPLIANT", "root has no access key", id="no key"),
    pytest.param(
        reported(ROW),
        "NON_COMPLIANT",
        f"root has an access key; key 1 is active, last used 2026-11-20T08:15:00+00:00 {OF}",
        id="an active key",
    ),
    pytest.param(
        reported(ROW | {"access_key_1_last_used_date": "N/A"}),
        "NON_COMPLIANT",
        f"root has an access key; key 1 is active, never used {OF}",
        id="an active key, never used",
    ),
    pytest.param(
        reported(ROW | {"access_key_1_last_used_date": "no_information"}),
        "NON_COMPLIANT",
        f"root has an access key; key 1 is active, never used {OF}",
        id="an active key without information",
    ),
    pytest.param(
        reported(ROW | {"access_key_1_active": "TRUE"}),
        "NON_COMPLIANT",
        f"root has an access key; key 1 is active, last used 2026-11-20T08:15:00+00:00 {OF}",
        id="TRUE in capitals, as the guide writes it (Prowler: silent)",
    ),
    pytest.param(
        reported(ROW | {"access_key_1_active": "false"}),
        "NON_COMPLIANT",
        f"root has an access key; key 1 is inactive, last used 2026-11-20T08:15:00+00:00 {OF}",
        id="an inactive key that was used (Prowler: PASS)",
    ),
    pytest.param(
        reported(ROW | {"access_key_1_active": "false", "access_key_1_last_used_date": "N/A"}),
        "NON_COMPLIANT",
        f"root has an access key; none is active {OF}",
        id="an inactive key, never used (Prowler: PASS)",
    ),
    pytest.param(
        reported(ROW | {"access_key_2_active": "true", "access_key_2_last_used_date": "2026-11-22T00:00:00+00:00"}),
        "NON_COMPLIANT",
        "root has an access key; key 1 is active, last used 2026-11-20T08:15:00+00:00; "
        f"key 2 is active, last used 2026-11-22T00:00:00+00:00 {OF}",
        id="two active keys, the second used later (Prowler: only the first counts)",
    ),
    pytest.param(
        unavailable("AccessDenied: no", "AccessDenied"),
        "NON_COMPLIANT",
        "root has an access key; active or last used is not known: iam:GenerateCredentialReport in account "
        "111122223333 (us-east-1): AccessDenied: no -> grant iam:GenerateCredentialReport to the role that "
        "evaluates the rule",
        id="report denied",
    ),
    pytest.param(
        reported({}),
        "NON_COMPLIANT",
        "root has an access key; active or last used is not known: iam:GetCredentialReport in account "
        "111122223333 (us-east-1): the credential report has no column access_key_1_active",
        id="report without the columns",
    ),
]


@pytest.mark.parametrize(("found", "compliance", "reason"), CASES)
def test_decide(found: Evidence, compliance: str, reason: str) -> None:
    verdict = decide(found, {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_answer_has_a_case() -> None:
    found: list[Any] = [case.values[0] for case in CASES]
    assert {decide(each, {}).outcome for each in found} == set(RULE.outcomes)


def test_whether_there_is_a_key_is_unknown() -> None:
    with pytest.raises(EvidenceUnavailable, match="the answer has no AccountAccessKeysPresent"):
        decide(Evidence(summary(None)), {})


@given(
    st.fixed_dictionaries({name: st.sampled_from([300, 25]).map("x".__mul__) | st.just("true") for name in ROW}),
    st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
)
def test_a_reason_fits_whatever_the_report_says(row: dict[str, str], made: datetime) -> None:
    assert decide(reported(row, made), {}).compliance == "NON_COMPLIANT"


@given(st.integers(0, 1000).map("x".__mul__) | st.text())
def test_a_reason_fits_whatever_the_error_says(problem: str) -> None:
    assert decide(unavailable(problem, "AccessDenied"), {}).compliance == "NON_COMPLIANT"


LONG_AGO = KeyUse(datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC), "us-east-1", "s3")


@pytest.mark.parametrize(
    ("set_up", "compliance", "words"),
    [
        pytest.param(lambda _: None, "COMPLIANT", "root has no access key", id="no key"),
        pytest.param(lambda root: root.add_access_key(), "NON_COMPLIANT", "key 1 is active, never used", id="new key"),
        pytest.param(
            lambda root: root.add_access_key(active=False), "NON_COMPLIANT", "none is active", id="inactive key"
        ),
        pytest.param(
            lambda root: root.add_access_key(last_used=LONG_AGO),
            "NON_COMPLIANT",
            "key 1 is active, last used 2025-02-03T04:05:06",
            id="used key",
        ),
    ],
)
def test_keys_of_an_account(
    account_of: Callable[[str], Account],
    client_of: Callable[..., Any],
    set_up: Callable[[RootUser], object],
    compliance: str,
    words: str,
) -> None:
    set_up(root_user(MEMBER))
    client_of(MEMBER, "iam").generate_credential_report()  # so that the rule need not wait for it
    verdict = evaluate(RULE, account_of(MEMBER), {}, date(2027, 1, 1))
    assert verdict.compliance == compliance
    assert words in verdict.reason


def test_without_a_key_no_report_is_made(account_of: Callable[[str], Account]) -> None:
    account = account_of(MEMBER)
    with dispatch.recording() as requests:
        evaluate(RULE, account, {}, date(2027, 1, 1))
    assert [request.action for request in requests] == ["iam:GetAccountSummary"]


@pytest.mark.parametrize("action", ["iam:GenerateCredentialReport", "iam:GetCredentialReport"])
def test_a_report_that_cannot_be_had_changes_no_verdict(account_of: Callable[[str], Account], action: str) -> None:
    root_user(MEMBER).add_access_key()
    account = account_of(MEMBER)
    with dispatch.failing(action, "AccessDenied"):
        verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert verdict.compliance == "NON_COMPLIANT"
    assert f"active or last used is not known: {action} in account {MEMBER}" in verdict.reason
