"""The result is computed right from what was measured."""

import pytest
from tests.benchmarks import rows
from tests.benchmarks.figures import Measurement, Row, Spread, bend, lines, per_account, ratio, slope


def rounds(*walls: float, memory: float = 50) -> list[Measurement]:
    return [Measurement(wall, wall / 2, memory) for wall in walls]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([3, 1, 2], Spread(2, 1, 3), id="odd: the middle one"),
        pytest.param([1, 2, 10, 4], Spread(3, 1, 10), id="even: between the two in the middle"),
        pytest.param([0.5], Spread(0.5, 0.5, 0.5), id="one round"),
    ],
)
def test_spread(values: list[float], expected: Spread) -> None:
    assert Spread.of(values) == expected


def test_a_ratio_is_taken_round_by_round() -> None:
    """Not of the medians: the machine was half as fast in the second round, for both."""
    assert ratio([1, 2, 6], [2, 4, 4]) == Spread(0.5, 0.5, 1.5)


def test_a_ratio_needs_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1, 2], [1])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param({1: 1.0, 50: 1.98}, 0.02, id="two points"),
        pytest.param({1: 10.0, 2: 12.0, 3: 14.0}, 2.0, id="a straight line"),
        pytest.param({0: 0.0, 1: 3.0, 2: 0.0}, 0.0, id="a bulge that leans nowhere"),
        pytest.param({1: 5.0, 100: 5.0}, 0.0, id="nothing more for more accounts"),
    ],
)
def test_slope(points: dict[int, float], expected: float) -> None:
    assert slope(points) == pytest.approx(expected)


def test_every_round_has_its_own_slope() -> None:
    assert per_account({1: [1, 10], 11: [2, 30]}) == pytest.approx([0.1, 2])


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        pytest.param([1, 50, 200], 1, id="linear"),
        pytest.param([1, 50, 350], 2, id="the last ones cost twice as much"),
        pytest.param([1, 99, 249], 0.5, id="the last ones cost half as much"),
    ],
)
def test_bend(costs: list[float], expected: float) -> None:
    assert bend(dict(zip((1, 50, 200), ([cost] for cost in costs), strict=True))) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("at_most", "verdict"),
    [
        pytest.param(None, "", id="no target"),
        pytest.param(1.3, "met", id="below"),
        pytest.param(1.2, "met", id="just met"),
        pytest.param(1.1, "missed", id="above"),
    ],
)
def test_verdict_is_of_the_median(at_most: float | None, verdict: str) -> None:
    assert Row("wall", Spread(1.2, 0.1, 9), at_most=at_most).verdict == verdict


def test_lines_are_aligned() -> None:
    shown = lines([Row("wall: a / b", Spread(1.234, 1, 2), at_most=1.3), Row("memory", Spread(20.5, 19, 21), "MiB")])
    assert shown == [
        "             median    min to max  target",
        "wall: a / b  1.23 x    1 to 2      <= 1.3  met",
        "memory       20.5 MiB  19 to 21",
    ]


def ratios(found: list[Row]) -> dict[str, tuple[float, str]]:
    return {row.what: (round(row.spread.median, 6), row.verdict) for row in found}


def test_one_account() -> None:
    measured = {
        "floor": rounds(1, 2, 3),
        "rootguard audit": rounds(1.2, 2.4, 3.6, memory=60),
        "Custodian": rounds(4, 4, 4, memory=100),
        "Prowler": rounds(40, 40, 40, memory=400),
    }
    requests = {
        "floor": {"iam:GetAccountSummary": 1, "logs:TestMetricFilter": 14},
        "rootguard audit": {"iam:GetAccountSummary": 2, "logs:TestMetricFilter": 14},
        "Custodian": {"iam:GetAccountSummary": 12},
        "Prowler": {"iam:GetUser": 365},
    }
    found = ratios(rows.one_account(measured, requests))
    assert found["requests: rootguard audit"] == (16, "missed")
    assert found["requests: Prowler"] == (365, "")
    assert found["wall: rootguard audit / floor"] == (1.2, "met")
    assert found["wall: rootguard audit / Custodian"] == (0.6, "missed")
    assert found["memory: rootguard audit / Custodian"] == (0.6, "met")
    assert found["CPU: rootguard audit / Custodian"] == (0.6, "missed")
    assert found["wall: rootguard audit / Prowler"] == (0.06, "missed")
    assert found["wall: floor / Custodian"] == (0.5, "")


def test_a_peer_that_was_left_out_is_not_compared_with() -> None:
    measured = {"floor": rounds(1), "rootguard audit": rounds(2)}
    found = ratios(rows.one_account(measured, {"floor": {}, "rootguard audit": {}}))
    assert not [what for what in found if "Custodian" in what or "Prowler" in what]


def test_without_rootguard_the_floor_is_compared_with_the_peers() -> None:
    found = ratios(rows.one_account({"floor": rounds(1), "Custodian": rounds(4)}, {"floor": {}, "Custodian": {}}))
    assert found["CPU: floor / Custodian"] == (0.25, "")


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        pytest.param({"iam:A": 1, "iam:B": 1}, [], id="the same"),
        pytest.param({"iam:A": 2, "iam:B": 1}, ["iam:A: 2 of rootguard audit, 1 of floor"], id="more often"),
        pytest.param({"iam:B": 1}, ["iam:A: 0 of rootguard audit, 1 of floor"], id="not at all"),
        pytest.param({"iam:A": 1, "iam:B": 1, "iam:C": 1}, ["iam:C: 1 of rootguard audit, 0 of floor"], id="besides"),
    ],
)
def test_the_floor_asks_what_rootguard_asks(ours: dict[str, int], expected: list[str]) -> None:
    assert rows.unequal({"floor": {"iam:A": 1, "iam:B": 1}, "rootguard audit": ours}) == expected


def test_nothing_is_unequal_to_a_contestant_that_is_not_there() -> None:
    assert rows.unequal({"floor": {"iam:A": 1}}) == []


def test_without_aws() -> None:
    measured = {"import typer, rich": rounds(0.1), "rootguard --version": rounds(0.15), "rootguard rules": rounds(0.3)}
    assert ratios(rows.without_aws(measured)) == {
        "wall: rootguard --version / import typer, rich": (1.5, "met"),
        "wall: rootguard rules / import typer, rich": (3, "missed"),
    }


def test_memory_counts_once_all_threads_are_at_work() -> None:
    ours = {1: rounds(1, memory=50), 50: rounds(2, memory=60), 250: rounds(3, memory=61)}
    found = ratios(rows.further_accounts({"rootguard audit": ours}))
    assert found["memory per account: rootguard audit"] == (5.24288, "met")


def test_further_accounts() -> None:
    """CPU is half of the wall time here: 10 and 14 ms per account. Ours keeps 0.1 MiB of each account."""
    floor = {size: rounds(0.5 + 0.02 * size) for size in (1, 50, 200)}
    ours = {size: rounds(0.6 + 0.028 * size, memory=60 + 0.1 * size) for size in (1, 50, 200)}
    found = ratios(rows.further_accounts({"floor": floor, "rootguard audit": ours}))
    assert found["CPU per account: floor"] == (10, "")
    assert found["CPU per account: rootguard audit"] == (14, "")
    assert found["CPU per account: rootguard audit / floor"] == (1.4, "met")
    assert found["memory per account: rootguard audit"] == (104.8576, "missed")
    assert found["memory per account: floor"] == (0, "")
    assert found["CPU of the last accounts / of the first: rootguard audit"] == (1, "")
