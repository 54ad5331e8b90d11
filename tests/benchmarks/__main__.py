"""How fast is `rootguard audit`, as ratios to a floor and to its peers in one run: `python -m tests.benchmarks`.

Every contestant is a whole process. All ask the same server, which has a core of its own; they take turns within a
round, so that what else the machine does hits them alike. Each starts once before, which fills the caches of files and
of bytecode. Nothing here passes or fails: it prints medians, and exits 0.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import rows
from tests.benchmarks.contestants import (
    CUSTODIAN,
    PROWLER,
    Contestant,
    further_accounts,
    imports_boto,
    one_account,
    without_aws,
)
from tests.benchmarks.environments import default_cache
from tests.benchmarks.figures import Measurement, Row, lines
from tests.benchmarks.processes import FailedError, Server, plain_environment, run

_ROUNDS = 5
_LARGEST = 500
_LEFT_OUT = ("custodian", "prowler", "organization")

type Measured = dict[str, list[Measurement]]


def main() -> None:
    """Measure and print."""
    given = _arguments()
    rounds = 1 if given.quick else given.rounds
    with tempfile.TemporaryDirectory(prefix="rootguard-benchmarks-") as scratch, Server() as server:
        bench = Bench(server, Path(scratch))
        _print(_versions(given.without))
        one = bench.take_turns(one_account(Path(scratch), given.cache, given.without), rounds)
        _show("One account, all rules, whole process", rows.figures(one) + rows.one_account(one, bench.requests))
        _print(*rows.unequal(bench.requests))
        asking_nothing = bench.take_turns(without_aws(), rounds)
        _show("Without AWS", rows.figures(asking_nothing) + rows.without_aws(asking_nothing))
        for each in (imports_boto("--version"), imports_boto("rules")):
            _print(f"{each.name}: {'yes' if bench.once(each) else 'NO'}")
        further = {} if "organization" in given.without else bench.further(_sizes(given.accounts, given.quick), rounds)
    if given.json:
        measured = {name: [asdict(each) for each in found] for name, found in (one | asking_nothing | further).items()}
        given.json.write_text(json.dumps({"measured": measured, "requests": bench.requests}, indent=2) + "\n", "utf-8")


class Bench:
    """Runs contestants against the server.

    Attributes:
        requests: Contestant -> what it asked, by IAM action.
    """

    def __init__(self, server: Server, scratch: Path) -> None:
        self._server = server
        self._environment = plain_environment(scratch) | server.environment
        self.requests: dict[str, dict[str, int]] = {}

    def take_turns(self, contestants: Iterable[Contestant], rounds: int) -> Measured:
        """Every contestant's measurements, one per round, after one that does not count."""
        able = [each for each in contestants if self.once(each)]
        found: Measured = {each.name: [] for each in able}
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}: {', '.join(found)}")
            for each in able:
                found[each.name].append(run(each.command, self._environment, each.codes).measured)
        return found

    def once(self, contestant: Contestant) -> bool:
        """Whether it does its work; counts its requests."""
        self._server.requests()
        try:
            contestant.check(run(contestant.command, self._environment, contestant.codes).output)
        except FailedError as failure:
            _say(f"{contestant.name} is left out: {failure}")
            return False
        self.requests[contestant.name] = self._server.requests()
        return True

    def further(self, sizes: Sequence[int], rounds: int) -> Measured:
        """Organizations of those sizes, of which each is part of the next; shows what one more account costs."""
        _say(f"creating {sizes[-1]} accounts")
        units = self._server.ask(units=sizes[::-1])["units"]
        contestants = further_accounts({int(size): unit for size, unit in units.items()})
        found = self.take_turns(sorted(contestants, key=lambda each: each.accounts), rounds)
        series = dict[str, dict[int, list[Measurement]]]()
        for each in contestants:
            if each.name in found:
                series.setdefault(each.who, {})[each.accounts] = found[each.name]
        whole = {who: by_size for who, by_size in series.items() if len(by_size) == len(sizes)}
        _show(f"Further accounts: {', '.join(map(str, sizes))}", rows.further_accounts(whole))
        return found


def _sizes(largest: int, quick: bool) -> list[int]:  # noqa: FBT001 - as the command line has it
    return [1, 10, 40] if quick else [*(size for size in (1, 50, 200) if size < largest), largest]


def _versions(left_out: Sequence[str]) -> str:
    peers = [name for word, name in (("custodian", CUSTODIAN), ("prowler", PROWLER)) if word not in left_out]
    ours = [f"{name}=={version(name)}" for name in ("rootguard", "botocore", "typer")]
    return f"{', '.join(ours + peers)}; Python {platform.python_version()}, {os.cpu_count()} cores"


def _show(title: str, shown: Sequence[Row]) -> None:
    _print(f"\n{title}\n\n" + "\n".join(lines(shown)))


def _print(*texts: str) -> None:
    sys.stdout.writelines(f"{text}\n" for text in texts)
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return number


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=_at_least(1), default=_ROUNDS, help=f"how often each is measured ({_ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="one round, few accounts: to see that it works")
    parser.add_argument(
        "--accounts", type=_at_least(2), default=_LARGEST, help=f"the largest organization ({_LARGEST})"
    )
    parser.add_argument("--without", action="append", default=[], choices=_LEFT_OUT, help="leave it out")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the peers' environments are kept")
    parser.add_argument("--json", type=Path, help="a file for every single measurement")
    return parser.parse_args()


if __name__ == "__main__":
    main()
