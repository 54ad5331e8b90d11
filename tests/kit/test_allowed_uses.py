"""AllowedUses: whose windows, from when to when, and what is too malformed to be read."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.kit.allowed_uses import ALLOWED_USES_PATTERN, LONGEST_WINDOW, Window, allowed_windows
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.rule import Parameter

ACCOUNT = "111122223333"
OTHER = "444455556666"
MORNING = "2026-11-20T08:00Z/2026-11-20T12:00Z"
WEEK = "2026-12-01T00:00Z/2026-12-08T00:00Z"
IN_THE_MORNING = Window(datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC))
IN_THE_WEEK = Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
PARAMETER = Parameter("AllowedUses", "windows of use", ALLOWED_USES_PATTERN)


@pytest.mark.parametrize(
    ("value", "windows"),
    [
        pytest.param("", (), id="none"),
        pytest.param(f"{OTHER}:{MORNING}", (), id="another account's"),
        pytest.param(f"{ACCOUNT}:{MORNING}", (IN_THE_MORNING,), id="one"),
        pytest.param(f"{ACCOUNT}:{WEEK} , {ACCOUNT}:{MORNING}", (IN_THE_WEEK, IN_THE_MORNING), id="two, spaced"),
        pytest.param(f"{OTHER}:{WEEK},\n{ACCOUNT}:{MORNING}", (IN_THE_MORNING,), id="second of two, on two lines"),
        pytest.param(f"{ACCOUNT}:{WEEK}", (IN_THE_WEEK,), id="seven days, the longest"),
    ],
)
def test_the_windows_of_an_account(value: str, windows: tuple[Window, ...]) -> None:
    assert allowed_windows(PARAMETER.parse(value), ACCOUNT) == windows


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(f"{ACCOUNT}:2026-02-30T08:00Z/2026-03-01T08:00Z", "has no time '2026-02-30T08:00Z'", id="no day"),
        pytest.param(f"{ACCOUNT}:2026-02-28T08:00Z/2026-02-28T24:00Z", "has no time '2026-02-28T24:00Z'", id="24:00"),
        pytest.param(f"{ACCOUNT}:2026-02-28T08:00Z/2026-02-28T09:60Z", "has no time '2026-02-28T09:60Z'", id="60 min"),
        pytest.param(f"{OTHER}:2026-13-01T08:00Z/2026-12-01T09:00Z", "has no time", id="another's is malformed"),
        pytest.param(f"{ACCOUNT}:2026-11-20T12:00Z/2026-11-20T08:00Z", "must end after it begins", id="backwards"),
        pytest.param(f"{ACCOUNT}:2026-11-20T12:00Z/2026-11-20T12:00Z", "must end after it begins", id="no time at all"),
        pytest.param(f"{ACCOUNT}:2026-12-01T00:00Z/2026-12-08T00:01Z", "at most 7 days later", id="over a week"),
        pytest.param(
            f"{OTHER}:2026-01-01T00:00Z/2026-12-31T00:00Z", "at most 7 days later", id="another's is too long"
        ),
        pytest.param(ACCOUNT, "expected: windows of use", id="no window"),
        pytest.param(MORNING, "expected", id="no account"),
        pytest.param(f"*:{MORNING}", "expected", id="everybody"),
        pytest.param(f"{ACCOUNT[:-1]}:{MORNING}", "expected", id="eleven digits"),
        pytest.param(f"{ACCOUNT}:2026-11-20/2026-11-21", "expected", id="days only"),
        pytest.param(f"{ACCOUNT}:2026-11-20T08:00Z", "expected", id="no end"),
        pytest.param(f"{ACCOUNT}:2026-11-20T08:00/2026-11-20T12:00", "expected", id="no Z"),
        pytest.param(f"{ACCOUNT}:2026-11-20T08:00+01:00/2026-11-20T12:00+01:00", "expected", id="another time zone"),
        pytest.param(f"{ACCOUNT}:2026-11-20T08:00:00Z/2026-11-20T12:00:00Z", "expected", id="seconds"),
        pytest.param(f"{ACCOUNT}:{MORNING};{OTHER}:{MORNING}", "expected", id="semicolon"),
        pytest.param(f"{ACCOUNT}:{MORNING},", "expected", id="comma at the end"),
        pytest.param("\uff11" * 12 + f":{MORNING}", "expected", id="digits of another script"),
    ],
)
def test_a_malformed_window_is_loud(value: str, message: str) -> None:
    with pytest.raises(InvalidParameters, match=message) as raised:
        allowed_windows(PARAMETER.parse(value), ACCOUNT)
    assert str(raised.value).startswith("AllowedUses")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        pytest.param("2026-11-20T07:59:59+00:00", False, id="a second before"),
        pytest.param("2026-11-20T08:00:00+00:00", True, id="at the begin"),
        pytest.param("2026-11-20T12:00:00+00:00", True, id="at the end"),
        pytest.param("2026-11-20T12:00:01+00:00", False, id="a second after"),
        pytest.param("2026-11-20T07:30:00-02:00", True, id="inside, in another time zone"),
    ],
)
def test_both_ends_are_inside(moment: str, inside: bool) -> None:  # noqa: FBT001 - the fact itself
    assert (datetime.fromisoformat(moment) in IN_THE_MORNING) is inside


minutes = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - adds it
windows = st.builds(
    lambda begin, length: Window(begin, begin + length),
    minutes.map(lambda moment: moment.replace(second=0, microsecond=0)),
    st.integers(1, LONGEST_WINDOW // timedelta(minutes=1)).map(lambda count: timedelta(minutes=count)),
)


@given(st.lists(st.tuples(st.sampled_from([ACCOUNT, OTHER]), windows), min_size=1))
def test_every_window_is_read_as_it_is_written(entries: list[tuple[str, Window]]) -> None:
    value = PARAMETER.parse(",".join(f"{account}:{window}" for account, window in entries))
    for account in (ACCOUNT, OTHER):
        assert allowed_windows(value, account) == tuple(window for owner, window in entries if owner == account)


def test_as_many_windows_fit_into_a_rules_parameters_as_is_said() -> None:
    value = ",".join([f"{ACCOUNT}:{MORNING}"] * 18)
    parameters = {"MaxDaysSinceLastUse": "30", "AllowedUses": value, "ExemptAccounts": f"{OTHER}:2027-01-31"}
    assert len(json.dumps(parameters)) <= 1024
    assert re.search("about eighteen", str(allowed_windows.__doc__))
