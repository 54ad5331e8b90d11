"""Audits that go on for a while: how far they are, how they are interrupted and continued, what they cost in memory."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.audit.conftest import Done, started
from tests.patience import LONGEST_WAIT, wait_until

from rootguard.audit.results import Audit
from rootguard.catalog import load_rules
from rootguard.report.reading import read
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.root_user import Password, root_user
from rootguard.sandbox.server import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

CONTACT = "root-security-contact"
RULES = len(load_rules())
WHOLE = 500
"""Seconds, for an audit of all of them."""

ACCOUNTS, FEWER = 500, 100


@dataclass(frozen=True)
class Crowd:
    """An organization of 500 accounts."""

    sandbox: Sandbox
    unit_id: str


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Of which the management account is one, and a hundred are in a unit; some have what rules find."""
    with Sandbox() as sandbox:
        administrators = Administrators(sandbox)
        organizations: Any = administrators.of(sandbox.management_account_id).client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        root_id = organizations.list_roots()["Roots"][0]["Id"]
        organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
        made = organizations.create_organizational_unit(ParentId=root_id, Name="fewer")
        unit_id = made["OrganizationalUnit"]["Id"]
        for number in range(ACCOUNTS - 1):
            created = organizations.create_account(AccountName=f"member {number}", Email=f"{number}@example.com")
            account_id = created["CreateAccountStatus"]["AccountId"]
            if number < FEWER:
                organizations.move_account(AccountId=account_id, SourceParentId=root_id, DestinationParentId=unit_id)
            if number % 3 == 0:
                root_user(account_id).password = Password()
        yield Crowd(sandbox, unit_id)


@dataclass(frozen=True)
class Measured:
    """An audit that nobody interrupted, and the KiB that it had in memory at most."""

    audit: Audit
    peak: int


PROGRAM = """
import os
from pathlib import Path
from rootguard.cli import main
try:
    main()
finally:
    Path(os.environ["STATUS"]).write_text(Path("/proc/self/status").read_text())
"""


def measured(crowd: Crowd, folder: Path, *arguments: str) -> Measured:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    keys = crowd.sandbox.environment(operator(crowd.sandbox.management_account_id))
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, "audit", *arguments, "--output", str(folder / "now.json")],
        check=False,
        capture_output=True,
        env={**clean, **keys, "STATUS": str(folder / "status")},
    )
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    return Measured(read(folder / "now.json"), int(peak))


@pytest.fixture(scope="module")
def whole(crowd: Crowd, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Of all accounts."""
    return measured(crowd, tmp_path_factory.mktemp("whole"), "--organization")


def test_a_log_tells_how_far_it_is(crowd: Crowd) -> None:
    with started(crowd.sandbox, "--rule", CONTACT) as process:
        done = Done.of(process, WHOLE)
    lines = done.err.splitlines()
    assert lines[0] == f"rootguard: looking into {ACCOUNTS} accounts"
    assert f"rootguard: {ACCOUNTS} of {ACCOUNTS} accounts: {ACCOUNTS} at risk, 0 not wholly seen" in lines
    assert len(done.cells) == ACCOUNTS


def test_a_terminal_shows_a_bar_and_standard_output_nothing_but_the_result(crowd: Crowd) -> None:
    main, secondary = pty.openpty()
    heard = bytearray()

    def listen() -> None:
        with suppress(OSError):  # of a terminal that nobody writes to any more
            while piece := os.read(main, 65536):
                heard.extend(piece)

    listener = threading.Thread(target=listen)
    with started(crowd.sandbox, "--rule", CONTACT, stderr=secondary) as process:
        os.close(secondary)
        listener.start()
        done = Done.of(process, WHOLE)
    listener.join(LONGEST_WAIT)
    os.close(main)
    said = heard.decode()
    counts = [int(number) for number in re.findall(rf"(\d+)/{ACCOUNTS}", said)]
    assert counts[0] < counts[-1] == ACCOUNTS
    assert counts == sorted(counts)
    assert len(set(counts)) > 3
    assert re.search(r"\d at risk, 0 not wholly seen", said)
    assert re.search(r"\d:\d\d:\d\d", said)  # what is left
    assert len(done.cells) == ACCOUNTS


def test_an_interrupted_audit_continued_equals_one_that_was_not(crowd: Crowd, whole: Measured, tmp_path: Path) -> None:
    now = tmp_path / "now.json"
    with dispatch.recording() as requests, started(crowd.sandbox, "--output", now) as process:
        wait_until(lambda: Counter(each.action for each in requests)["account:GetAlternateContact"] > ACCOUNTS // 3)
        process.send_signal(signal.SIGINT)
        done = Done.of(process, LONGEST_WAIT)
    interrupted = read(now)
    assert (done.exit_code, done.out) == (130, "")
    missing = set(interrupted.missing)
    assert ACCOUNTS // 3 < len(missing) < ACCOUNTS
    assert interrupted.by_account.keys() == {account.id for account in interrupted.scope.accounts} - missing

    with dispatch.recording() as requests, started(crowd.sandbox, "--resume", now, "--output", now) as process:
        done = Done.of(process, WHOLE)
    continued, reference = read(now), whole.audit
    assert done.exit_code == 1
    asked = {each.account_id for each in requests if each.action == "account:GetAlternateContact"}
    assert asked == missing
    assert Counter(each.action for each in requests)["sts:AssumeRole"] == len(
        missing - {crowd.sandbox.management_account_id}
    )
    assert continued.scope == reference.scope
    assert [timeless(each.reason) for each in continued.results] == [
        timeless(each.reason) for each in reference.results
    ]
    assert [(each.place, each.compliance) for each in continued.results] == [
        (each.place, each.compliance) for each in reference.results
    ]
    assert not continued.missing


def timeless(reason: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "then", reason)


def test_memory_grows_by_the_results_alone(
    crowd: Crowd, whole: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = measured(crowd, tmp_path, "--ou", crowd.unit_id)
    each = (whole.peak - few.peak) / (ACCOUNTS - FEWER)
    with capsys.disabled():
        told = f"{few.peak} KiB for {FEWER} accounts, {whole.peak} KiB for {ACCOUNTS}: {each:.1f} KiB for each more"
        sys.stdout.write(f"\npeak memory: {told}\n")
    assert each < 20
    assert [len(each.audit.results) for each in (few, whole)] == [RULES * FEWER, RULES * ACCOUNTS]
