"""The lines of the result, each ratio with the target that the project set itself."""

from collections.abc import Iterator, Mapping, Sequence

from tests.benchmarks.figures import Measurement, Row, Spread, bend, per_account, ratio

OURS, FLOOR = "rootguard audit", "floor"
_MOST_TIME = {FLOOR: 1.3, "Custodian": 0.4, "Prowler": 1 / 35}
_MOST_MEMORY = {"Custodian": 0.85}
_MOST_CPU_PER_ACCOUNT = 1.5
_MOST_KB_PER_ACCOUNT = 20
_MOST_REQUESTS = 15
"""14 that one account needs, and one that asks who the caller is."""
_MOST_WITHOUT_AWS = 2

type Rounds = Sequence[Measurement]
type Requests = Mapping[str, int]
"""IAM action -> how often."""
type Series = Mapping[int, Rounds]
"""Number of accounts -> the rounds."""


def figures(measured: Mapping[str, Rounds]) -> list[Row]:
    """Every contestant's own figures."""
    return [row for name, rounds in measured.items() for row in _figures(name, rounds)]


def one_account(measured: Mapping[str, Rounds], requests: Mapping[str, Requests]) -> list[Row]:
    """Rootguard as a multiple of the others; the floor, too, which tells what can be had at all."""
    rows = [
        Row(f"requests: {name}", Spread.of([sum(requests[name].values())]), "", _most_requests(name))
        for name in measured
    ]
    for name in (OURS, FLOOR):
        for other in measured:
            if name in measured and other not in (OURS, name):
                rows += _compared(measured, name, other)
    return rows


def unequal(requests: Mapping[str, Requests]) -> list[str]:
    """What only one of floor and rootguard asks, a line each: then the floor is none."""
    ours, floor = requests.get(OURS, {}), requests.get(FLOOR, {})
    if not ours:
        return []
    return [
        f"{action}: {ours.get(action, 0)} of {OURS}, {floor.get(action, 0)} of {FLOOR}"
        for action in sorted({*ours, *floor})
        if ours.get(action, 0) != floor.get(action, 0)
    ]


def without_aws(measured: Mapping[str, Rounds]) -> list[Row]:
    """Each as a multiple of the first."""
    base, *others = measured
    return [
        Row(f"wall: {name} / {base}", ratio(_wall(measured[name]), _wall(measured[base])), at_most=_MOST_WITHOUT_AWS)
        for name in others
    ]


def further_accounts(series: Mapping[str, Series]) -> list[Row]:
    """What one more account costs, as the slope over the numbers of accounts.

    For memory over the two largest, where all threads are at work already.
    """
    cpu = {who: {size: _cpu(rounds) for size, rounds in each.items()} for who, each in series.items()}
    memory = {who: {size: _kb(each[size]) for size in sorted(each)[-2:]} for who, each in series.items()}
    rows = [
        Row(f"CPU per account: {who}", Spread.of(_milliseconds(per_account(each))), "ms") for who, each in cpu.items()
    ]
    rows += [
        Row(
            f"memory per account: {who}",
            Spread.of(per_account(each)),
            "kB",
            _MOST_KB_PER_ACCOUNT if who == OURS else None,
        )
        for who, each in memory.items()
    ]
    rows += [Row(f"CPU of the last accounts / of the first: {who}", Spread.of(bend(each))) for who, each in cpu.items()]
    if {OURS, FLOOR} <= cpu.keys():
        compared = ratio(per_account(cpu[OURS]), per_account(cpu[FLOOR]))
        rows.append(Row(f"CPU per account: {OURS} / {FLOOR}", compared, at_most=_MOST_CPU_PER_ACCOUNT))
    return rows


def _figures(name: str, rounds: Rounds) -> Iterator[Row]:
    yield Row(f"{name}: wall", Spread.of(_wall(rounds)), "s")
    yield Row(f"{name}: CPU", Spread.of(_cpu(rounds)), "s")
    yield Row(f"{name}: peak memory", Spread.of([each.memory for each in rounds]), "MiB")


def _compared(measured: Mapping[str, Rounds], name: str, other: str) -> Iterator[Row]:
    ours, theirs = measured[name], measured[other]
    most = _MOST_TIME[other] if name == OURS else None
    yield Row(f"wall: {name} / {other}", ratio(_wall(ours), _wall(theirs)), at_most=most)
    yield Row(f"CPU: {name} / {other}", ratio(_cpu(ours), _cpu(theirs)), at_most=most)
    memory = ratio([each.memory for each in ours], [each.memory for each in theirs])
    yield Row(f"memory: {name} / {other}", memory, at_most=_MOST_MEMORY.get(other) if name == OURS else None)


def _most_requests(name: str) -> float | None:
    return _MOST_REQUESTS if name == OURS else None


def _wall(rounds: Rounds) -> list[float]:
    return [each.wall for each in rounds]


def _cpu(rounds: Rounds) -> list[float]:
    return [each.cpu for each in rounds]


def _kb(rounds: Rounds) -> list[float]:
    return [each.memory * 1048.576 for each in rounds]


def _milliseconds(seconds: Sequence[float]) -> list[float]:
    return [1000 * each for each in seconds]
