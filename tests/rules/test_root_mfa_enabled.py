"""root-mfa-enabled: every answer of the account summary, known and unknown, and the verdict."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from root_mfa_enabled import RULE, decide

from rootguard.kit.account import Account, Answer
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.evaluation import evaluate
from rootguard.kit.readers.account_summary import AccountSummary
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import Password, RootUser, root_user

NOBODY = "root has no password, access key or signing certificate, so there is nothing to protect"
PLACE = "iam:GetAccountSummary in account 111122223333 (us-east-1): "


def summary(facts: Mapping[str, object]) -> AccountSummary:
    """Of facts by short name: `MFA`, `Password`, `Keys`, `Certificates`; one that is left out is missing."""
    names = {
        "MFA": "AccountMFAEnabled",
        "Password": "AccountPasswordPresent",
        "Keys": "AccountAccessKeysPresent",
        "Certificates": "AccountSigningCertificatesPresent",
    }
    members = {names[name]: value for name, value in facts.items()}
    return AccountSummary(Answer(members, "iam:GetAccountSummary", "111122223333", "us-east-1"))


CASES = [
    pytest.param(
        {"MFA": 1, "Password": 1, "Keys": 0, "Certificates": 0},
        "COMPLIANT",
        "root has an MFA device",
        id="password and MFA",
    ),
    pytest.param(
        {"MFA": 1, "Password": 0, "Keys": 0, "Certificates": 0},
        "COMPLIANT",
        "root has an MFA device",
        id="MFA without any credential",
    ),
    pytest.param({"MFA": 8}, "COMPLIANT", "root has an MFA device", id="MFA, everything else unknown"),
    pytest.param(
        {"MFA": 0, "Password": 0, "Keys": 0, "Certificates": 0},
        "NOT_APPLICABLE",
        NOBODY,
        id="member whose root has no credentials (Config: NOT_APPLICABLE; Prowler: silent)",
    ),
    pytest.param(
        {"MFA": 0, "Password": 1, "Keys": 0, "Certificates": 0},
        "NON_COMPLIANT",
        "root has a password but no MFA device",
        id="password only",
    ),
    pytest.param(
        {"MFA": 0, "Password": 0, "Keys": 1, "Certificates": 0},
        "NON_COMPLIANT",
        "root has access keys but no MFA device",
        id="keys only, maybe inactive (Prowler: invisible)",
    ),
    pytest.param(
        {"MFA": 0, "Password": 0, "Keys": 0, "Certificates": 1},
        "NON_COMPLIANT",
        "root has signing certificates but no MFA device",
        id="signing certificate only (Prowler: silent)",
    ),
    pytest.param(
        {"MFA": 0, "Password": 1, "Keys": 2, "Certificates": 1},
        "NON_COMPLIANT",
        "root has a password and access keys and signing certificates but no MFA device",
        id="everything but MFA",
    ),
    pytest.param(
        {"MFA": 0, "Keys": 1},
        "NON_COMPLIANT",
        "root has access keys but no MFA device",
        id="one credential is enough, the others unknown",
    ),
]


@pytest.mark.parametrize(("facts", "compliance", "reason"), CASES)
def test_decide(facts: Mapping[str, int], compliance: str, reason: str) -> None:
    verdict = decide(summary(facts), {})
    assert (verdict.compliance, verdict.reason) == (compliance, reason)


def test_every_answer_has_a_case() -> None:
    facts: list[Any] = [case.values[0] for case in CASES]
    assert {decide(summary(each), {}).outcome for each in facts} == set(RULE.outcomes)


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        pytest.param({}, "the answer has no AccountMFAEnabled", id="empty summary"),
        pytest.param(
            {"Password": 1, "Keys": 0, "Certificates": 0},
            "the answer has no AccountMFAEnabled",
            id="MFA unknown, password there",
        ),
        pytest.param(
            {"Password": 0, "Keys": 0, "Certificates": 0},
            "the answer has no AccountMFAEnabled",
            id="MFA unknown, no credentials",
        ),
        pytest.param(
            {"MFA": 0, "Keys": 0, "Certificates": 0},
            "the answer has no AccountPasswordPresent",
            id="only the password unknown",
        ),
        pytest.param(
            {"MFA": 0, "Password": 0, "Certificates": 0},
            "the answer has no AccountAccessKeysPresent",
            id="only the keys unknown",
        ),
        pytest.param(
            {"MFA": 0, "Password": 0, "Keys": 0},
            "the answer has no AccountSigningCertificatesPresent",
            id="only the certificates unknown",
        ),
        pytest.param({"MFA": "1"}, "AccountMFAEnabled has str '1'", id="a word for a number"),
    ],
)
def test_what_would_decide_is_unknown(facts: Mapping[str, object], problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        decide(summary(facts), {})
    assert str(raised.value) == PLACE + problem


@pytest.mark.parametrize(
    ("set_up", "compliance"),
    [
        pytest.param(lambda root: root.remove_credentials(), "NOT_APPLICABLE", id="credentials removed centrally"),
        pytest.param(lambda root: setattr(root, "password", Password()), "NON_COMPLIANT", id="password"),
        pytest.param(lambda root: root.add_passkey(), "COMPLIANT", id="passkey"),
    ],
)
def test_one_call_is_enough(
    account_of: Callable[[str], Account], set_up: Callable[[RootUser], None], compliance: str
) -> None:
    set_up(root_user("111122223333"))
    account = account_of("111122223333")
    with dispatch.recording() as requests:
        verdict = evaluate(RULE, account, {}, date(2027, 1, 1))
    assert verdict.compliance == compliance
    assert [request.action for request in requests] == ["iam:GetAccountSummary"]
