"""A verdict has a reason that AWS Config takes whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.kit.verdict import (
    REASON_LENGTH,
    Outcome,
    Verdict,
    compliant,
    non_compliant,
    not_applicable,
    shortened,
)


@pytest.mark.parametrize(
    ("outcome", "compliance"),
    [(compliant("a"), "COMPLIANT"), (non_compliant("a"), "NON_COMPLIANT"), (not_applicable("a"), "NOT_APPLICABLE")],
)
def test_compliance_is_spelled_as_aws_config_does(outcome: Outcome, compliance: str) -> None:
    assert outcome() == Verdict(outcome, "a")
    assert str(outcome().compliance) == compliance


def test_an_outcome_and_its_details_make_a_reason() -> None:
    outcome = non_compliant("root has {what} in {place}")
    assert outcome.details == ("what", "place")
    assert outcome(what="{odd} keys", place="here") == Verdict(outcome, "root has {odd} keys in here")
    with pytest.raises(KeyError, match="place"):
        outcome(what="keys")


@pytest.mark.parametrize("reason", ["", "x" * 257])
def test_a_reason_that_aws_config_would_refuse_is_refused_at_once(reason: str) -> None:
    with pytest.raises(ValueError, match=f"1 to 256 characters, not {len(reason)}"):
        compliant("{reason}")(reason=reason)


@pytest.mark.parametrize(
    ("text", "length", "result"),
    [
        pytest.param("", 5, "", id="empty"),
        pytest.param("abcde", 5, "abcde", id="fits exactly"),
        pytest.param("abcdef", 5, "ab…ef", id="one too long"),
        pytest.param("abcdefghij", 6, "abc…ij", id="even length: more of the beginning"),
        pytest.param("abcdef", 2, "a…", id="two"),
        pytest.param("abcdef", 1, "…", id="one"),
    ],
)
def test_the_middle_gives_way(text: str, length: int, result: str) -> None:
    assert shortened(text, length) == result


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_shortened_text_fits_and_is_whole_or_visibly_cut(text: str, length: int) -> None:
    result = shortened(text, length)
    assert len(result) == min(len(text), length)
    if result != text:
        head, tail = result[: length // 2], result[length // 2 + 1 :]
        assert text.startswith(head)
        assert text.endswith(tail)


@pytest.mark.parametrize(
    ("reason", "noted"),
    [
        pytest.param("root has no MFA", "root has no MFA; exemption expired 2027-01-31", id="both fit"),
        pytest.param("x" * 226, "x" * 226 + "; exemption expired 2027-01-31", id="both fit exactly"),
        pytest.param(
            "x" * 256, "x" * 113 + "…" + "x" * 112 + "; exemption expired 2027-01-31", id="the reason gives way"
        ),
    ],
)
def test_a_note_stands_after_the_reason(reason: str, noted: str) -> None:
    outcome = non_compliant("{reason}")
    assert outcome(reason=reason).noting("exemption expired 2027-01-31") == outcome(reason=noted)
    assert len(noted) <= REASON_LENGTH
