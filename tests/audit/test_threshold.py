from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_audit import MISSING, NOW, SIGNS, SUSPENDED, small_audit

from rootguard.audit.comparison import compare
from rootguard.audit.results import Compliance
from rootguard.audit.threshold import NOTHING, UNSEEN, VIOLATIONS, Threshold, conclude, exit_code
from rootguard.errors import RootguardError

CRITICAL, HIGH, MEDIUM, LOW, NEVER = Threshold
THEN = NOW - timedelta(days=7)

rows = st.lists(st.text(list(SIGNS), min_size=4, max_size=4) | st.sampled_from([MISSING, SUSPENDED]), max_size=4)
thresholds = st.sampled_from(list(Threshold))


@pytest.mark.parametrize(
    ("accounts", "threshold", "code", "sentence"),
    [
        pytest.param(["...."], LOW, NOTHING, "no violation of severity low or above", id="nothing is wrong"),
        pytest.param(["----"], LOW, NOTHING, "no violation of severity low or above", id="nothing applies"),
        pytest.param(["X..."], CRITICAL, VIOLATIONS, "1 critical violation in 1 account", id="just reached"),
        pytest.param(
            [".XXX"], CRITICAL, NOTHING, "no violation of severity critical (3 less severe)", id="all below critical"
        ),
        pytest.param(
            ["..XX"], HIGH, NOTHING, "no violation of severity high or above (2 less severe)", id="below high"
        ),
        pytest.param([".X.X"], HIGH, VIOLATIONS, "1 high violation in 1 account (1 less severe)", id="one of two"),
        pytest.param(["..X."], MEDIUM, VIOLATIONS, "1 medium violation in 1 account", id="medium reached"),
        pytest.param(["...X"], MEDIUM, NOTHING, "no violation of severity medium or above (1 less severe)", id="low"),
        pytest.param(["...X"], LOW, VIOLATIONS, "1 low violation in 1 account", id="low reached"),
        pytest.param(
            ["XX.X", "X...", "...."],
            LOW,
            VIOLATIONS,
            "2 critical, 1 high, 1 low violations in 2 accounts",
            id="several",
        ),
        pytest.param(["XXXX"], NEVER, NOTHING, "4 violations, and --fail-on never counts none", id="never"),
        pytest.param(["...."], NEVER, NOTHING, "0 violations, and --fail-on never counts none", id="never, none"),
        pytest.param(["....", SUSPENDED], LOW, NOTHING, "no violation of severity low or above", id="a suspended one"),
    ],
)
def test_what_was_seen_whole(accounts: list[str], threshold: Threshold, code: int, sentence: str) -> None:
    conclusion = conclude(small_audit(*accounts), threshold)
    assert (conclusion.exit_code, conclusion.sentence) == (code, sentence)


NO_LOW = "no violation of severity low or above"
EMPTY = "there was nothing to look at: the scope has no active account or no rule"


@pytest.mark.parametrize(
    ("accounts", "threshold", "code", "sentence"),
    [
        pytest.param(["...?"], LOW, UNSEEN, f"{NO_LOW}; 1 result of 1 account could not be seen", id="one cell"),
        pytest.param(
            ["????", "?..."], LOW, UNSEEN, f"{NO_LOW}; 5 results of 2 accounts could not be seen", id="five cells"
        ),
        pytest.param(
            ["...?"],
            CRITICAL,
            UNSEEN,
            "no violation of severity critical; 1 result of 1 account could not be seen",
            id="one below the threshold",
        ),
        pytest.param(
            ["X..?"],
            NEVER,
            UNSEEN,
            "1 violation, and --fail-on never counts none; 1 result of 1 account could not be seen",
            id="under never",
        ),
        pytest.param(
            ["X..?"],
            LOW,
            VIOLATIONS,
            "1 critical violation in 1 account; 1 result of 1 account could not be seen",
            id="beside a violation, which goes before",
        ),
        pytest.param(
            ["...X", "?..."],
            CRITICAL,
            UNSEEN,
            "no violation of severity critical (1 less severe); 1 result of 1 account could not be seen",
            id="beside a violation that does not count",
        ),
        pytest.param(["....", MISSING], LOW, UNSEEN, f"{NO_LOW}; 1 account was not looked into to the end", id="gone"),
        pytest.param(
            [".. .", MISSING], LOW, UNSEEN, f"{NO_LOW}; 2 accounts were not looked into to the end", id="half"
        ),
        pytest.param(
            ["X..?", MISSING, MISSING],
            LOW,
            VIOLATIONS,
            "1 critical violation in 1 account; 1 result of 1 account could not be seen; "
            "2 accounts were not looked into to the end",
            id="all at once",
        ),
        pytest.param([], LOW, UNSEEN, f"{NO_LOW}; {EMPTY}", id="no account"),
        pytest.param([SUSPENDED], LOW, UNSEEN, f"{NO_LOW}; {EMPTY}", id="no active account"),
        pytest.param([""], LOW, UNSEEN, f"{NO_LOW}; {EMPTY}", id="no rule"),
    ],
)
def test_what_was_not_seen(accounts: list[str], threshold: Threshold, code: int, sentence: str) -> None:
    conclusion = conclude(small_audit(*accounts), threshold)
    assert (conclusion.exit_code, conclusion.sentence) == (code, sentence)


@pytest.mark.parametrize(
    ("then", "now", "threshold", "code", "sentence"),
    [
        pytest.param(
            "XX..",
            "XX..",
            LOW,
            NOTHING,
            f"no new {NO_LOW[3:]} (2 less severe or known since 2026-11-16T05:30:00Z)",
            id="old",
        ),
        pytest.param("....", "....", LOW, NOTHING, f"no new {NO_LOW[3:]}", id="nothing either time"),
        pytest.param("XX..", "....", LOW, NOTHING, f"no new {NO_LOW[3:]}", id="fixed"),
        pytest.param("....", "X...", LOW, VIOLATIONS, "1 critical new violation in 1 account", id="new"),
        pytest.param(
            "X...",
            "XX.X",
            HIGH,
            VIOLATIONS,
            "1 high new violation in 1 account (2 less severe or known since 2026-11-16T05:30:00Z)",
            id="new, old and below",
        ),
        pytest.param("?...", "X...", LOW, VIOLATIONS, "1 critical new violation in 1 account", id="not seen then"),
        pytest.param("    ", "X...", LOW, VIOLATIONS, "1 critical new violation in 1 account", id="not in scope then"),
        pytest.param(
            "....",
            "?...",
            LOW,
            UNSEEN,
            f"no new {NO_LOW[3:]}; 1 result of 1 account could not be seen",
            id="was fine, is not seen",
        ),
        pytest.param(
            "?...",
            "?...",
            LOW,
            UNSEEN,
            f"no new {NO_LOW[3:]}; 1 result of 1 account could not be seen",
            id="not seen either time",
        ),
        pytest.param(
            "X...",
            "?...",
            LOW,
            UNSEEN,
            f"no new {NO_LOW[3:]}; 1 result of 1 account could not be seen",
            id="lost",
        ),
        pytest.param(
            "X...", MISSING, LOW, UNSEEN, f"no new {NO_LOW[3:]}; 1 account was not looked into to the end", id="missing"
        ),
        pytest.param("....", "X...", NEVER, NOTHING, "1 violation, and --fail-on never counts none", id="never"),
    ],
)
def test_only_what_is_new(then: str, now: str, threshold: Threshold, code: int, sentence: str) -> None:
    audit = small_audit(now)
    conclusion = conclude(audit, threshold, compare(small_audit(then, generated_at=THEN), audit), only_new=True)
    assert (conclusion.exit_code, conclusion.sentence) == (code, sentence)


def test_a_comparison_alone_does_not_change_the_exit_code() -> None:
    audit = small_audit("X...")
    assert conclude(audit, LOW, compare(audit, audit)) == conclude(audit, LOW)
    assert exit_code(audit, LOW, compare(audit, audit)) == VIOLATIONS
    assert exit_code(audit, LOW, compare(audit, audit), only_new=True) == NOTHING


def test_only_new_needs_something_to_compare_with() -> None:
    with pytest.raises(RootguardError, match=r"--fail-on-new needs .* --baseline FILE"):
        conclude(small_audit("...."), LOW, only_new=True)


@given(then=rows, now=rows, threshold=thresholds, only_new=st.booleans())
def test_a_hole_is_never_read_as_safe(then: list[str], now: list[str], threshold: Threshold, *, only_new: bool) -> None:
    audit = small_audit(*now)
    code = exit_code(audit, threshold, compare(small_audit(*then), audit), only_new=only_new)
    if MISSING in now or Compliance.ERROR in {result.compliance for result in audit.results}:
        assert code != NOTHING


@given(rows)
def test_a_lower_threshold_never_lets_more_pass(now: list[str]) -> None:
    codes = [exit_code(small_audit(*now), threshold) for threshold in (LOW, MEDIUM, HIGH, CRITICAL)]
    assert codes == sorted(codes, key=lambda code: code != VIOLATIONS)
