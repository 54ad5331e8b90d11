"""What is shown of values: numbers, dates and our own words; of other texts nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rootguard.explain.glimpse import NOT_SHOWN, Discretion, glimpse, is_worth_a_look
from rootguard.kit.alerting.breaks import NO_TRAIL
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.readers.credential_report import Credential, LastUse
from rootguard.kit.readers.organization import Organization
from rootguard.kit.readers.topics import Topic
from rootguard.kit.verdict import compliant

DISCRETION = Discretion(
    facts={"root-activity", "5"},
    ours={"a password", "Unknown", "x"},
    withheld={"unknown ", "rooted"},
    secrets={"AKIA123"},
    reason="mail goes to anycompany.com; rooted",
)
MOMENT = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(None, "None", id="nothing"),
        pytest.param(True, "True", id="a flag"),
        pytest.param(1.0, "1", id="a whole number"),
        pytest.param(MOMENT, "2026-11-23T05:30:00Z", id="a time"),
        pytest.param(date(2026, 11, 23), "2026-11-23", id="a day"),
        pytest.param(timedelta(hours=4), "4:00:00", id="a duration"),
        pytest.param(Credential.KEY_1, "Credential.KEY_1", id="a name of ours"),
        pytest.param("", "''", id="no text"),
        pytest.param("root-activity", "'root-activity'", id="a fact"),
        pytest.param("5", "'5'", id="a fact of one character"),
        pytest.param("a password", "'a password'", id="words of ours"),
        pytest.param("x", NOT_SHOWN, id="one character, which may be a piece of anything"),
        pytest.param("UNKNOWN", NOT_SHOWN, id="what AWS said, though it is a word of ours"),
        pytest.param("anycompany.com", "'anycompany.com'", id="what the reason says"),
        pytest.param("rooted", NOT_SHOWN, id="what AWS said, though the reason has it"),
        pytest.param("us-gov-west-1", "'us-gov-west-1'", id="a Region"),
        pytest.param("to", NOT_SHOWN, id="what the reason has by chance"),
        pytest.param("me@anycompany.com", NOT_SHOWN, id="a text of somebody's"),
        pytest.param((), "empty", id="an empty list"),
        pytest.param(("a password", "secret"), f"['a password', {NOT_SHOWN}]", id="a short list"),
        pytest.param({"b password", "a password"}, f"['a password', {NOT_SHOWN}]", id="a set, in order"),
        pytest.param([1, 2, 3, 4], "4 items", id="a long list"),
        pytest.param([{}], "1 item", id="a list of structures"),
        pytest.param({"secret": "secret"}, "1 entry", id="a mapping"),
        pytest.param(b"secret", "bytes", id="bytes"),
        pytest.param(
            LastUse(Credential.PASSWORD, MOMENT),
            "LastUse(credential=Credential.PASSWO…ate=2026-11-23T05:30:00Z, place='')", id="a value of ours, shortened",
        ),
        pytest.param(
            Organization("o-1", "5", all_features=True),
            f"Organization(id={NOT_SHOWN}, m…_account_id='5', all_features=True)", id="texts within a value of ours",
        ),
        pytest.param(Topic("arn:x", exists=True), f"Topic(arn={NOT_SHOWN}, exists=True, confirmed=0, pending=0)",
                     id="an ARN that is no fact"),
        pytest.param(NO_TRAIL(), "NOTHING: no trail records the account's activity", id="a judged way"),
        pytest.param(compliant("fine" * 30)(), f"COMPLIANT: {'fine' * 30}", id="a verdict is not shortened"),
        pytest.param(
            EvidenceUnavailable("iam:Get", "1", "r", "AKIA123 refused"),
            f"not seen: iam:Get in account 1 (r): {NOT_SHOWN} refused", id="a secret within an error",
        ),
    ],
)  # fmt: skip
def test_what_is_shown(value: object, shown: str) -> None:
    assert DISCRETION.told(glimpse(value)) == shown


@pytest.mark.parametrize("value", [len, str, compliant("x"), object(), b""], ids=lambda value: type(value).__name__)
def test_what_says_no_more_than_its_type(value: object) -> None:
    assert not is_worth_a_look(value)
