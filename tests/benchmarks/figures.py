"""What is computed from measurements; nothing is measured here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of one process: seconds from start to end, seconds of CPU (user and system), peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Of one value per round."""
        return cls(median(values), min(values), max(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times theirs ours is: round by round, for both share whatever else the machine did in that round."""
    return Spread.of([mine / other for mine, other in zip(ours, theirs, strict=True)])


def slope(points: Mapping[int, float]) -> float:
    """What one more account costs, by least squares over number of accounts -> cost."""
    mean = sum(points) / len(points)
    cost = sum(points.values()) / len(points)
    squares = sum((accounts - mean) ** 2 for accounts in points)
    return sum((accounts - mean) * (each - cost) for accounts, each in points.items()) / squares


def per_account(series: Mapping[int, Sequence[float]]) -> list[float]:
    """The slope of each round: number of accounts -> one cost per round."""
    rounds = zip(*series.values(), strict=True)
    return [slope(dict(zip(series, costs, strict=True))) for costs in rounds]


def bend(series: Mapping[int, Sequence[float]]) -> list[float]:
    """How the cost of an account changes with their number: the last step's slope over the first's; 1 is linear."""
    sizes = sorted(series)
    first, last = sizes[:2], sizes[-2:]
    return [
        (series[last[1]][each] - series[last[0]][each])
        / (last[1] - last[0])
        / ((series[first[1]][each] - series[first[0]][each]) / (first[1] - first[0]))
        for each in range(len(series[sizes[0]]))
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the result.

    Attributes:
        what: What is compared, `wall: rootguard / floor`.
        spread: Over the rounds.
        unit: "x" for ratios.
        at_most: The target for the median; None where there is none.
    """

    what: str
    spread: Spread
    unit: str = "x"
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or "" without a target."""
        if self.at_most is None:
            return ""
        return "met" if self.spread.median <= self.at_most else "missed"


def lines(rows: Sequence[Row]) -> list[str]:
    """The rows as aligned text: what, median, spread, target, verdict."""
    cells = [("", "median", "min to max", "target", "")]
    cells += [
        (
            row.what,
            f"{row.spread.median:.3g} {row.unit}",
            f"{row.spread.least:.3g} to {row.spread.most:.3g}",
            "" if row.at_most is None else f"<= {row.at_most:.3g}",
            row.verdict,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
