"""The demo's result, cell by cell."""

import re
import subprocess
from pathlib import Path

import pytest

from rootguard.catalog import load_rules
from rootguard.demo.cases import MANAGEMENT, MEMBERS, cases

type Document = dict[str, list[dict[str, str]]]
type Done = subprocess.CompletedProcess[str]

HARDWARE, ALARM, MFA, KEYS = RULES = tuple(rule.name for rule in load_rules())

PASSKEY = (
    "COMPLIANT",
    r"root has MFA and no virtual device, so hardware or a passkey \(inferred: AWS does not list .*",
)
VIRTUAL = ("NON_COMPLIANT", r"root uses the virtual MFA device arn:aws:iam::\d{12}:mfa/anna-phone")
MFA_ON = ("COMPLIANT", "root has an MFA device")
MFA_OFF = ("NON_COMPLIANT", "root has a password and access keys but no MFA device")
NOTHING = ("NOT_APPLICABLE", "root has no password, access key or signing certificate, so there is nothing to protect")
NO_KEY = ("COMPLIANT", "root has no access key")
ROUTE = "root activity is reported by trail {}, filter {}, alarm {}, topic {}"
REPORTED = ("COMPLIANT", ROUTE.format("root-activity", "root-activity", "root-activity", "security"))
BY_TEMPLATE = ("COMPLIANT", ROUTE.format("management-events", *["rootguard-root-activity"] * 3))
EVENTS = (
    "root activity is reported by EventBridge rules root-activity in us-east-1, root-activity in us-east-2, "
    "root-activity in us-west-2"
)
ELSEWHERE = (
    "trail organization-root-activity delivers to a log group of account 123456789012, where its alarm is judged; "
    "AlarmReaderRoleArn would judge it from here"
)
EXEMPT = ("NOT_APPLICABLE", r"exempt until \d{4}-\d\d-\d\d, by the rule parameter ExemptAccounts")
REPORT = r"\(credential report of \d{4}-\d\d-\d\d \d\d:\d\d UTC\)"


def denied(rule: str) -> tuple[str, str]:
    role = f"rootguard-{rule}"
    return "ERROR", (
        r"iam:GetAccountSummary in account (\d{12}) \(us-east-1\): AccessDenied: "
        rf"User: arn:aws:sts::\1:assumed-role/{role}/{role} is not authorized to perform: iam:GetAccountSummary "
        r"with an explicit deny in an identity-based policy "
        r"-> grant iam:GetAccountSummary to the role that evaluates the rule"
    )


EXPECTED = {
    "management": {HARDWARE: PASSKEY, ALARM: BY_TEMPLATE, MFA: MFA_ON, KEYS: NO_KEY},
    "virtual-mfa": {
        HARDWARE: VIRTUAL,
        ALARM: ("NON_COMPLIANT", r"filter root-activity misses: root signs in with MFA \(and \d+ more\)"),
        MFA: MFA_ON,
        KEYS: NO_KEY,
    },
    "lookalike": {
        HARDWARE: PASSKEY,
        ALARM: ("NON_COMPLIANT", "alarm root-activity has actions disabled"),
        MFA: MFA_ON,
        KEYS: NO_KEY,
    },
    "no-credentials": {
        HARDWARE: NOTHING,
        ALARM: (
            "NON_COMPLIANT",
            r"alarm root-activity notifies topic security, which has no confirmed subscription \(1 pending\)",
        ),
        MFA: NOTHING,
        KEYS: NO_KEY,
    },
    "inactive-key": {
        HARDWARE: VIRTUAL,
        ALARM: ("NON_COMPLIANT", "trail root-activity is not logging"),
        MFA: MFA_ON,
        KEYS: ("NON_COMPLIANT", rf"root has an access key; none is active {REPORT}"),
    },
    "hardware-token": {HARDWARE: PASSKEY, ALARM: REPORTED, MFA: MFA_ON, KEYS: NO_KEY},
    "organization-trail": {
        HARDWARE: NOTHING,
        ALARM: ("NOT_APPLICABLE", ELSEWHERE),
        MFA: NOTHING,
        KEYS: NO_KEY,
    },
    "exempt": dict.fromkeys(RULES, EXEMPT),
    "denied": {HARDWARE: denied(HARDWARE), ALARM: REPORTED, MFA: denied(MFA), KEYS: denied(KEYS)},
    "active-key": {
        HARDWARE: MFA_OFF,
        ALARM: ("NON_COMPLIANT", "no trail records the account's activity"),
        MFA: MFA_OFF,
        KEYS: ("NON_COMPLIANT", rf"root has an access key; key 1 is active, never used {REPORT}"),
    },
    "eventbridge": {
        HARDWARE: PASSKEY,
        ALARM: ("COMPLIANT", EVENTS),
        MFA: MFA_ON,
        KEYS: NO_KEY,
    },
    "composite-alarm": {
        HARDWARE: PASSKEY,
        ALARM: ("COMPLIANT", ROUTE.format("root-activity", "root-activity", "security", "security")),
        MFA: MFA_ON,
        KEYS: NO_KEY,
    },
}
MARKS = {"COMPLIANT": "✔", "NON_COMPLIANT": "✘", "NOT_APPLICABLE": "·", "ERROR": "!"}


def test_every_case_is_expected_and_every_rule_shows_each_answer() -> None:
    assert EXPECTED.keys() == {case.name for case in (MANAGEMENT, *MEMBERS)}
    for rule in RULES:
        answers = {cells[rule][0] for cells in EXPECTED.values()}
        assert answers >= MARKS.keys() - ({"ERROR"} if rule == ALARM else set())


@pytest.fixture(scope="session")
def found(document: Document) -> dict[tuple[str, str], tuple[str, str]]:
    """(account name, rule) -> (compliance, reason), as compliance.json has it."""
    results = {(one["account_name"], one["rule"]): (one["compliance"], one["reason"]) for one in document["results"]}
    return results | {(one["account_name"], one["rule"]): ("ERROR", one["error"]) for one in document["errors"]}


@pytest.mark.parametrize(
    ("name", "rule"), [pytest.param(name, rule, id=f"{name}/{rule}") for name in EXPECTED for rule in RULES]
)
def test_cell(found: dict[tuple[str, str], tuple[str, str]], name: str, rule: str) -> None:
    compliance, reason = found[name, rule]
    expected, pattern = EXPECTED[name][rule]
    assert compliance == expected
    assert re.fullmatch(pattern, reason), reason


def test_there_is_one_cell_per_account_and_rule(document: Document) -> None:
    cells = [(one["account_name"], one["rule"]) for one in document["results"] + document["errors"]]
    assert sorted(cells) == sorted((name, rule) for name in EXPECTED for rule in RULES)


def test_accounts_have_ids_of_their_own(document: Document) -> None:
    ids = {(one["account_name"], one["account_id"]) for one in document["results"] + document["errors"]}
    assert len(ids) == len({account_id for _, account_id in ids}) == len(EXPECTED)
    assert ("management", "123456789012") in ids
    assert all(re.fullmatch(r"\d{12}", account_id) for _, account_id in ids)


def test_compliance_json_has_its_members(document: Document) -> None:
    assert document.keys() == {"results", "errors"}
    results = {tuple(one) for one in document["results"]}
    assert results == {("account_id", "account_name", "rule", "compliance", "reason")}
    assert {tuple(one) for one in document["errors"]} == {("account_id", "account_name", "rule", "error")}


def test_screen_shows_the_same_as_the_file(demo_run: Done) -> None:
    rows = [line.split()[1:] for line in demo_run.stdout.splitlines() if re.match(r"\d{12} ", line)]
    assert rows == [[name, *(MARKS[cells[rule][0]] for rule in RULES)] for name, cells in EXPECTED.items()]


def test_screen_gives_the_reason_of_all_that_is_not_compliant(
    demo_run: Done, found: dict[tuple[str, str], tuple[str, str]]
) -> None:
    shown = re.sub(r"\s", "", demo_run.stdout)
    told = {key: reason for key, (compliance, reason) in found.items() if compliance != "COMPLIANT"}
    assert [key for key, reason in told.items() if re.sub(r"\s", "", f"{key[1]}{reason}") not in shown] == []


def test_progress_is_on_standard_error_and_nothing_else(demo_run: Done) -> None:
    steps = {
        "building the Lambda zips": len(RULES),
        "creating the organization": len(EXPECTED),
        "deploying artifacts.yaml": None,
        "deploying rules.yaml": None,
        "deploying organization.yaml": None,
        "  functions": len(EXPECTED) - 1,
        "  conformance pack": len(EXPECTED),
        "evaluating the rules": len(EXPECTED),
        "reading the view": len(EXPECTED),
    }
    lines = demo_run.stderr.splitlines()
    assert [line[2:34].rstrip() for line in lines] == list(steps)
    for line, total in zip(lines, steps.values(), strict=True):
        done, of = re.findall(r"(\d+)/(\d+)", line)[0]
        assert done == of
        assert total in {None, int(of)}
    assert not any(step in demo_run.stdout for step in steps)


def test_output_that_is_no_terminal_has_no_control_characters(demo_run: Done) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", demo_run.stdout)


def test_nothing_stays_but_the_output(demo_run: Done, demo_folder: Path) -> None:
    assert demo_run.returncode == 0
    assert [str(path.relative_to(demo_folder)) for path in demo_folder.rglob("*") if path.is_file()] == [
        "not/yet/there/compliance.json"
    ]
    assert [path.name for path in demo_folder.iterdir()] == ["not"]


@pytest.mark.parametrize("accounts", [2, 12, 13, 40])
def test_an_organization_of_any_size_has_accounts_of_distinct_names(accounts: int) -> None:
    made = cases(accounts)
    assert made[0] is MANAGEMENT
    assert len(made) == len({case.name for case in made}) == accounts
    assert [case.name for case in made[1:12]] == [case.name for case in MEMBERS][: accounts - 1]


def test_accounts_beyond_the_cases_repeat_them_with_a_number() -> None:
    first, again = cases(13)[1], cases(13)[12]
    assert (again.name, again.root, again.alerting) == ("virtual-mfa-2", first.root, first.alerting)


def test_one_account_is_exempt_however_many_there_are() -> None:
    """AWS Config takes 1,024 characters of InputParameters, and ExemptAccounts is one of them."""
    assert [case.name for case in cases(2000) if case.exempt] == ["exempt"]
