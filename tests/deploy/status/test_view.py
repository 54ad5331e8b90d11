"""What `status` shows a person, of few accounts and of hundreds."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO

import pytest
from rich.console import Console

from rootguard.deploy.instances import Instance
from rootguard.deploy.standing import Standing
from rootguard.deploy.status.model import AccountState, Deployment, PackState, Problem
from rootguard.deploy.status.reading import Seen
from rootguard.deploy.status.view import Report, show

STANDING = Standing("999999999999", "o-1", "999999999999", "aws", "eu-central-1", "SELF")
DEPLOYMENT = Deployment({}, has_organization_pack=True, function_prefix="", rules=())


def accounts(number: int, not_seen: str = "") -> list[AccountState]:
    found = [AccountState(f"{index:012}", f"member{index}") for index in range(number)]
    return [AccountState(each.id, each.name, not_seen=not_seen.format(each.id)) for each in found]


def shown(
    states: Sequence[AccountState],
    problems: Mapping[str, Sequence[Problem]],
    width: int = 150,
    *,
    terminal: bool = True,
) -> list[str]:
    by_account = {state.id: problems.get(state.id, ()) for state in states}
    text = StringIO()
    console = Console(file=text, width=width, force_terminal=terminal, color_system=None)
    show(console, Report(Seen(STANDING, DEPLOYMENT, tuple(states)), (), by_account))
    return text.getvalue().splitlines()


def rows(lines: Sequence[str]) -> list[str]:
    """The account ids of the table."""
    return [found[0] for line in lines if (found := re.match(r"\d{12}(?=  )", line))]


@pytest.mark.parametrize(
    ("number", "listed"), [pytest.param(50, 50, id="few: all of them"), pytest.param(51, 1, id="many: what is wrong")]
)
def test_the_table_stays_readable(number: int, listed: int) -> None:
    states = accounts(number)
    lines = shown(states, {states[7].id: [Problem("is stale", "why", "mend it")]})
    assert len(rows(lines)) == listed
    assert states[7].id in rows(lines)
    assert lines[-2:] == [
        "000000000007 member7: is stale (why) -> mend it",
        f"{number} accounts: {number - 1} fine, 1 with problems",
    ]


def test_a_row_fits_on_a_screen_of_80_columns() -> None:
    counts = Counter({"INSUFFICIENT_DATA": 12, "NON_COMPLIANT": 12, "COMPLIANT": 12})
    pack = PackState("UPDATE_SUCCESSFUL")
    instance = Instance("123456789012", "OUTDATED")
    state = AccountState(instance.account_id, "[b]old", instance=instance, pack=pack, compliance=counts)
    lines = shown([state], {}, width=80)
    assert lines[2].split() == ["123456789012", "[b]old", "OUTDATED", pack.status, "12✔", "12✘", "12?"]
    assert lines[3] == "✔ COMPLIANT, ✘ NON_COMPLIANT, · NOT_APPLICABLE, ? INSUFFICIENT_DATA"


STATE = AccountState(
    "123456789012",
    "payments, production",
    instance=Instance("123456789012", "OUTDATED"),
    pack=PackState("UPDATE_SUCCESSFUL"),
    compliance=Counter({"COMPLIANT": 12}),
)


def test_a_narrow_terminal_has_lines_that_hide_nothing() -> None:
    problems = {STATE.id: [Problem("is stale", "why", "mend it")]}
    first, second, *_ = shown([STATE, AccountState("1" * 12, "old", left_out="excluded")], problems, width=40)
    assert first == f"{STATE.id} {STATE.name}: functions OUTDATED, pack UPDATE_SUCCESSFUL, rules 12✔, wrong 1"
    assert second == "111111111111 old: left out: excluded"


def test_a_row_of_a_file_is_one_line_however_long_it_is() -> None:
    state = AccountState(STATE.id, "name " * 40, instance=STATE.instance, pack=STATE.pack)
    row = next(line for line in shown([state], {}, width=80, terminal=False) if line.startswith(STATE.id))
    assert row.split()[-2:] == ["OUTDATED", "UPDATE_SUCCESSFUL"]


def test_many_accounts_that_are_all_well_need_no_table() -> None:
    assert shown(accounts(500), {}) == ["500 accounts: 500 fine"]


def test_what_is_true_of_hundreds_is_one_line() -> None:
    lines = shown(accounts(300, "u may not sts:AssumeRole on role/{}/r: grant it"), {})
    *_, reason, summary = lines
    assert reason == (
        "300 accounts (000000000000, 000000000001, 000000000002, 000000000003, 000000000004 and 295 more): the rules "
        "could not be seen: u may not sts:AssumeRole on role/<account>/r: grant it; or give another --role-name"
    )
    assert summary == "300 accounts: 300 not seen"
