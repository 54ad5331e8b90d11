"""What a person may answer, and what AWS Config will show of it."""

from datetime import UTC, datetime

import pytest

from rootguard.attest.answer import annotation, checked_note, chosen_check, chosen_compliance, name_of
from rootguard.attest.recording import given_accounts
from rootguard.catalog import load_catalog
from rootguard.errors import RootguardError

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = "arn:aws:iam::111111111111:user/alice"
BEGINNING = "attested by alice on 2026-11-23: "


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        pytest.param(ALICE, "alice", id="user"),
        pytest.param("arn:aws:iam::111111111111:user/staff/security/alice", "alice", id="user with a path"),
        pytest.param(
            "arn:aws-cn:sts::111111111111:assumed-role/Admin/alice@example.com",
            "Admin/alice@example.com",
            id="a role's session, whose name anybody may choose",
        ),
        pytest.param("arn:aws:sts::111111111111:federated-user/alice", "alice", id="federated user"),
        pytest.param("arn:aws:iam::111111111111:root", "root", id="root"),
    ],
)
def test_who_answers(arn: str, name: str) -> None:
    assert name_of(arn) == name


def test_a_note_that_just_fits_is_shown_whole() -> None:
    note = "x" * (256 - len(BEGINNING))
    assert annotation(ALICE, MOMENT, note) == BEGINNING + note


def test_a_note_that_does_not_fit_is_not_cut() -> None:
    room = 256 - len(BEGINNING)
    with pytest.raises(RootguardError, match=f"--note has {room + 1} characters, and AWS Config has room for {room}:"):
        annotation(ALICE, MOMENT, "x" * (room + 1))


@pytest.mark.parametrize("note", ["", "  ", "\n\t"], ids=["empty", "blank", "white space"])
def test_a_note_that_says_nothing_is_refused(note: str) -> None:
    with pytest.raises(RootguardError, match="--note is empty"):
        checked_note(note)


def test_a_note_is_one_line() -> None:
    assert checked_note(" drill of\n2026-11-02 ") == "drill of 2026-11-02"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(
            "root-mfa-enabled",
            "^root-mfa-enabled is judged by its function, from what AWS shows; people attest "
            "root-password-policy-attested and root-recovery-attested$",
            id="a rule that a function judges",
        ),
        pytest.param(
            "root-recovery",
            "^there is no rule root-recovery; people attest root-password-policy-attested and root-recovery-attested$",
            id="no rule",
        ),
    ],
)
def test_what_nobody_can_attest_is_refused(name: str, message: str) -> None:
    assert chosen_check("root-recovery-attested", load_catalog()).name == "root-recovery-attested"
    with pytest.raises(RootguardError, match=message):
        chosen_check(name, load_catalog())


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ((True, False, False), "COMPLIANT"),
        ((False, True, False), "NON_COMPLIANT"),
        ((False, False, True), "NOT_APPLICABLE"),
        ((False, False, False), None),
        ((True, False, True), None),
    ],
    ids=["compliant", "non-compliant", "not applicable", "no answer", "two answers"],
)
def test_one_answer(given: tuple[bool, bool, bool], answer: str | None) -> None:
    compliant, non_compliant, not_applicable = given

    def chosen() -> str:
        return chosen_compliance(compliant=compliant, non_compliant=non_compliant, not_applicable=not_applicable)

    if answer is None:
        with pytest.raises(RootguardError, match="give one of --compliant, --non-compliant and --not-applicable"):
            chosen()
    else:
        assert chosen() == answer


ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"


@pytest.mark.parametrize(
    ("given", "accounts"),
    [
        pytest.param([ONE], (ONE,), id="one"),
        pytest.param([TWO, ONE], (TWO, ONE), id="two options, in their order"),
        pytest.param([f"{ONE}, {TWO}", THREE], (ONE, TWO, THREE), id="a list and an option"),
        pytest.param([ONE, f"{TWO},{ONE}"], (ONE, TWO), id="one named twice"),
    ],
)
def test_accounts(given: list[str], accounts: tuple[str, ...]) -> None:
    assert given_accounts(given) == accounts


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param([], "^say which accounts it is true of: --account ID, or --all-accounts$", id="none"),
        pytest.param(["11111111111"], "^--account 11111111111: an account id has 12 digits$", id="eleven digits"),
        pytest.param([f"{ONE},"], "^--account : an account id has 12 digits$", id="a comma too many"),
        pytest.param(
            ["\N{ARABIC-INDIC DIGIT ONE}" * 12], "an account id has 12 digits$", id="digits of another script"
        ),
    ],
)
def test_what_is_no_account_is_refused(given: list[str], message: str) -> None:
    with pytest.raises(RootguardError, match=message):
        given_accounts(given)
