"""root-no-signing-certificates: the account summary decides, and any certificate fails."""

from collections.abc import Callable, Mapping
from datetime import date

import pytest
from root_no_signing_certificates import RULE, decide

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import Password, RootUser, root_user

MEMBER = "111122223333"
NONE = "root has no signing certificate"
SOME = "root has a signing certificate, active or inactive"


def summary(certificates: object) -> AccountSummary:
    members: Mapping[str, object] = {} if certificates is None else {"AccountSigningCertificatesPresent": certificates}
    return AccountSummary(Answer(members, "iam:GetAccountSummary", MEMBER, "us-east-1"))


CASES = [
    pytest.param(0, "COMPLIANT", NONE, id="none"),
    pytest.param(1, "NON_COMPLIANT", SOME, id="one"),
    pytest.param(2, "NON_COMPLIANT", SOME, id="two, should AWS count them"),
]


@pytest.mark.parametrize(("certificates", "compliance", "reason"), CASES)
def test_decide(certificates: int, compliance: str, reason: str) -> None:
    verdict = decide(summary(certificates), {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_outcome_has_a_case() -> None:
    assert {decide(summary(case.values[0]), {}).outcome for case in CASES} == set(RULE.outcomes)


@pytest.mark.parametrize(
    ("certificates", "problem"),
    [
        pytest.param(None, "the answer has no AccountSigningCertificatesPresent", id="not told"),
        pytest.param("1", "AccountSigningCertificatesPresent has str '1'", id="not a number"),
    ],
)
def test_whether_there_is_a_certificate_is_unknown(certificates: object, problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        decide(summary(certificates), {})
    assert str(raised.value) == f"iam:GetAccountSummary in account {MEMBER} (us-east-1): {problem}"


def _password_and_key(root: RootUser) -> None:
    root.password = Password()
    root.add_access_key()


def _two(root: RootUser) -> None:
    root.add_signing_certificate()
    root.add_signing_certificate(active=False)


@pytest.mark.parametrize(
    ("set_up", "compliance", "reason"),
    [
        pytest.param(RootUser.remove_credentials, "COMPLIANT", NONE, id="root without any credential"),
        pytest.param(_password_and_key, "COMPLIANT", NONE, id="password and access key only"),
        pytest.param(RootUser.add_signing_certificate, "NON_COMPLIANT", SOME, id="active (Prowler: silent)"),
        pytest.param(lambda root: root.add_signing_certificate(active=False), "NON_COMPLIANT", SOME, id="inactive"),
        pytest.param(_two, "NON_COMPLIANT", SOME, id="one active, one inactive"),
    ],
)
def test_certificates_of_an_account(
    account_of: Callable[[str], Account], set_up: Callable[[RootUser], object], compliance: str, reason: str
) -> None:
    account = account_of(MEMBER)
    set_up(root_user(MEMBER))
    with dispatch.recording() as requests:
        verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert (verdict.compliance, verdict.reason) == (compliance, reason)
    assert [request.action for request in requests] == ["iam:GetAccountSummary"]


def test_a_deleted_certificate_is_gone(account_of: Callable[[str], Account]) -> None:
    account = account_of(MEMBER)
    root_user(MEMBER).add_signing_certificate()
    assert evaluate(RULE, account, {}, date(2027, 1, 1)).compliance == "NON_COMPLIANT"

    root_user(MEMBER).signing_certificates.clear()

    assert evaluate(RULE, account, {}, date(2027, 1, 1)).compliance == "COMPLIANT"
