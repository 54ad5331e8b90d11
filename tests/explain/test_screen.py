"""An explanation on a screen and as a document: it fits, and names of accounts have no power over it."""

import json
from collections.abc import Mapping
from datetime import date
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from tests.explain.conftest import RULES
from tests.explain.scripted import ACCOUNT_ID, Scripted, refusal

from rootguard.errors import RootguardError
from rootguard.explain.command import judging_rule, write
from rootguard.explain.explaining import Subject, explain
from rootguard.explain.explanation import Explanation
from rootguard.kit.account import Account

NOTHING = {"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0}
SUMMARY = {**NOTHING, "AccountSigningCertificatesPresent": 0}
HOSTILE = "[red]x[/red]\x1b[31m\u202e{reason}\n<script>"


def explained(summary: object, name: str = "payments", given: Mapping[str, str] | None = None) -> Explanation:
    answer = summary if isinstance(summary, Exception) else {"SummaryMap": summary}
    connection = Scripted({"iam:GetAccountSummary": answer})
    who = f"arn:aws:iam::{ACCOUNT_ID}:user/me"
    subject = Subject(
        ACCOUNT_ID,
        name,
        "aws",
        "us-east-1",
        lambda wrap: Account(ACCOUNT_ID, "aws", "us-east-1", wrap(connection, who, ACCOUNT_ID)),
    )
    return explain(RULES["root-mfa-enabled"], subject, given or {}, date(2026, 11, 23))


def screen(told: Explanation, width: int) -> str:
    out = StringIO()
    write(told, Console(file=out, width=width), as_json=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        pytest.param(
            {**SUMMARY, "AccountMFAEnabled": 1},
            ["✔ COMPLIANT root has an MFA device", "(1) iam:GetAccountSummary", "yes evidence.mfa_enabled",
             "= return HAS_DEVICE()", "✘ root has <credentials> but no MFA device"],
            id="compliant",
        ),
        pytest.param(
            {**SUMMARY, "AccountPasswordPresent": 1},
            ["✘ NON_COMPLIANT root has a password but no MFA device", "no evidence.mfa_enabled",
             "[summary.known_credentials = ['a password']]", "To fix it: Sign in as root"],
            id="non-compliant",
        ),
        pytest.param(SUMMARY, ["· NOT_APPLICABLE", "yes not summary.known_credentials"], id="not applicable"),
        pytest.param(
            refusal("AccessDenied", "no"),
            ["! ERROR iam:GetAccountSummary in account", "! AccessDenied: no", "To see it: grant iam:GetAccountSummary",
             "The rule's answers:"],
            id="error",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_and_tells(summary: object, expected: list[str], width: int) -> None:
    text = screen(explained(summary), width)
    for line in text.splitlines():
        assert len(line) <= width
        assert line == line.rstrip()
    for part in expected:
        assert part in " ".join(text.split())
    assert "`rootguard rules root-mfa-enabled`" in text


def test_names_of_accounts_are_only_names() -> None:
    text = screen(explained(SUMMARY, HOSTILE), 120)
    assert text.splitlines()[0] == (
        f"root-mfa-enabled in [red]x[/red]\ufffd[31m\ufffd{{reason}} <script> ({ACCOUNT_ID})"
    )


def test_an_exemption_asks_nothing() -> None:
    text = screen(explained(SUMMARY, given={"ExemptAccounts": f"{ACCOUNT_ID}:2999-01-01"}), 80)
    assert "Nothing: AWS was not asked." in text
    assert "yes until is not None and today <= until" in text


def test_the_document_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    told = explained({**SUMMARY, "AccountMFAEnabled": 1}, HOSTILE)
    write(told, Console(file=StringIO()), as_json=True)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["account_name"], document["compliance"]) == (1, HOSTILE, "COMPLIANT")
    evaluate = document["steps"][0]
    assert (evaluate["step"], evaluate["name"]) == ("function", "evaluate")
    assert [step["step"] for step in evaluate["steps"]] == ["condition", "call", "function", "condition", "return"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("root-mfa", "there is no rule root-mfa;", id="unknown"),
        pytest.param("root-recovery-attested", "is answered by a person", id="a process check"),
    ],
)
def test_what_cannot_be_explained(name: str, message: str) -> None:
    with pytest.raises(RootguardError, match=message):
        judging_rule(name)


def test_a_rule_is_found() -> None:
    assert judging_rule("root-mfa-enabled") is RULES["root-mfa-enabled"]
