"""Who is measured: a command each, and how to see that it did its work."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.environments import environment_of
from tests.benchmarks.processes import FailedError
from tests.benchmarks.rows import FLOOR, OURS

CUSTODIAN, PROWLER = "c7n==0.9.53", "prowler==5.46.0"
_REGION = "us-east-1"
_ROLE = "OrganizationAccountAccessRole"
_JOBS = 8
"""Accounts that the floor looks into at a time."""

_HERE = Path(__file__).parent
POLICIES = _HERE / "policies" / "root.yml"
CHECKS = _HERE / "policies" / "prowler-checks.json"
_EVENTS = _HERE.parents[1] / "src" / "rootguard" / "kit" / "alerting" / "events.json"
_FLOOR = (sys.executable, str(_HERE / "floor.py"), str(_EVENTS))
_ROOTGUARD = str(Path(sys.executable).with_name("rootguard"))


def _anything(_: str) -> None:
    """Its exit code says enough."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A process to measure.

    Attributes:
        who: As the result calls it.
        command: Its first word an absolute path.
        accounts: How many of an organization's; 0 for the caller's own alone.
        codes: The exit codes with which it has done its work.
        check: Raises FailedError where standard output shows that it did not.
    """

    who: str
    command: tuple[str, ...]
    accounts: int = 0
    codes: frozenset[int] = frozenset({0})
    check: Callable[[str], None] = _anything

    @property
    def name(self) -> str:
        """Who, and of how many accounts."""
        return f"{self.who}, {self.accounts} accounts" if self.accounts else self.who


def one_account(scratch: Path, cache: Path, left_out: Sequence[str]) -> list[Contestant]:
    """The floor, rootguard and the peers, each asked about the account whose credentials it has.

    Raises:
        FailedError: A peer cannot be installed.
    """
    floor = Contestant(FLOOR, _FLOOR)
    all_ = [floor, audit()]
    if "custodian" not in left_out:
        command = str(environment_of(CUSTODIAN, cache) / "custodian")
        # The cache is for one run: one that outlives it would answer in AWS's place.
        options = ("run", "--output-dir", str(scratch / "custodian"), "--region", _REGION, "--cache", "memory")
        all_.append(Contestant("Custodian", (command, *options, str(POLICIES))))
    if "prowler" not in left_out:
        command = str(environment_of(PROWLER, cache) / "prowler")
        options = ("aws", "--checks-file", str(CHECKS), "--region", _REGION, "--output-formats", "json-ocsf")
        quiet = ("--no-banner", "--no-color", "--ignore-exit-code-3", "--output-directory", str(scratch / "prowler"))
        all_.append(Contestant("Prowler", (command, *options, *quiet)))
    return all_


def audit(accounts: int = 0, unit: str = "") -> Contestant:
    """`rootguard audit` of the caller's account, or of those accounts below an organizational unit."""
    scope = ("--ou", unit) if unit else ()
    command = (_ROOTGUARD, "audit", "--format", "json", "--fail-on", "never", *scope)
    return Contestant(OURS, command, accounts, check=lambda output: _check_audit(output, accounts or 1))


def further_accounts(units: Mapping[int, Mapping[str, Any]]) -> list[Contestant]:
    """Floor and rootguard for each unit's accounts.

    Args:
        units: Number of accounts -> {"id", "accounts"}.
    """
    floor = (*_FLOOR, _ROLE, str(_JOBS))
    return [
        contestant
        for size, unit in units.items()
        for contestant in (Contestant(FLOOR, (*floor, *unit["accounts"]), size), audit(size, unit["id"]))
    ]


def without_aws() -> list[Contestant]:
    """What asks AWS nothing; the first is what the others are measured against."""
    return [
        Contestant("import typer, rich", (sys.executable, "-c", "import typer, rich")),
        Contestant("rootguard --version", (_ROOTGUARD, "--version")),
        Contestant("rootguard rules", (_ROOTGUARD, "rules")),
    ]


def imports_boto(*arguments: str) -> Contestant:
    """A process that fails if rootguard imports boto3 or botocore to do what the arguments say."""
    program = (
        "import contextlib, sys\n"
        "from rootguard.cli import main\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))\n"
    )
    return Contestant(
        f"rootguard {' '.join(arguments)} does without boto3", (sys.executable, "-c", program, *arguments)
    )


def _check_audit(output: str, accounts: int) -> None:
    """A verdict of each rule for each account, none of which could not be seen."""
    found = json.loads(output)["results"]
    judged = {result["account_id"] for result in found}
    unseen = sorted({result["reason"] for result in found if result["compliance"] == "ERROR"})
    if len(judged) != accounts:
        raise FailedError(f"rootguard audit judged {len(judged)} accounts, not {accounts}")
    if unseen:
        raise FailedError(f"rootguard audit could not see everything: {'; '.join(unseen)[:500]}")
