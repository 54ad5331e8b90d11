"""The demo's result, cell by cell."""

import re

import pytest

from rootguard.catalog import load_rules
from rootguard.demo.cases import MANAGEMENT, MEMBERS, cases

HARDWARE, ALARM, MFA, KEYS = RULES = tuple(rule.name for rule in load_rules())

PASSKEY = ("COMPLIANT", r"root has MFA and no virtual device, so hardware or a passkey \(inferred: AWS does not list .*")
VIRTUAL = ("NON_COMPLIANT", r"root uses the virtual MFA device arn:aws:iam::\d{12}:mfa/anna-phone")
MFA_ON = ("COMPLIANT", "root has an MFA device")
MFA_OFF = ("NON_COMPLIANT", "root has a password and access keys but no MFA device")
NOTHING = ("NOT_APPLICABLE", "root has no password, access key or signing certificate, so there is nothing to protect")
NO_KEY = ("COMPLIANT", "root has no access key")
ROUTE = r"root activity is reported by trail root-activity, filter root-activity, alarm {}, topic security"
REPORTED = ("COMPLIANT", ROUTE.format("root-activity"))
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
    "management": {HARDWARE: PASSKEY, ALARM: REPORTED, MFA: MFA_ON, KEYS: NO_KEY},
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
        KEYS: ("NON_COMPLIANT", rf"root has an access key; it is inactive {REPORT}"),
    },
    "hardware-token": {HARDWARE: PASSKEY, ALARM: REPORTED, MFA: MFA_ON, KEYS: NO_KEY},
    "organization-trail": {
        HARDWARE: NOTHING,
        ALARM: (
            "NOT_APPLICABLE",
            "trail organization-root-activity delivers to a log group of account 123456789012, where its alarm is "
            "judged; AlarmReaderRoleArn would judge it from here",
        ),
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
        ALARM: (
            "COMPLIANT",
            "root activity is reported by EventBridge rules root-activity in us-east-1, root-activity in us-east-2, "
            "root-activity in us-west-2",
        ),
        MFA: MFA_ON,
        KEYS: NO_KEY,
    },
    "composite-alarm": {
        HARDWARE: PASSKEY,
        ALARM: ("COMPLIANT", ROUTE.format("security")),
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


def test_it_ends_well(demo_run: object) -> None:
    assert vars(demo_run)["exit_code"] == 0


CELLS = [pytest.param(name, rule, id=f"{name}/{rule}") for name in EXPECTED for rule in RULES]


@pytest.fixture(scope="session")
def found(demo_run: object) -> dict[tuple[str, str], tuple[str, str]]:
    """(account name, rule) -> (compliance, reason), as compliance.json has it."""
    document = vars(demo_run)["document"]
    results = {
        (one["account_name"], one["rule"]): (one["compliance"], one["reason"]) for one in document["results"]
    }
    return results | {(one["account_name"], one["rule"]): ("ERROR", one["error"]) for one in document["errors"]}


@pytest.mark.parametrize(("name", "rule"), CELLS)
def test_cell(found: dict[tuple[str, str], tuple[str, str]], name: str, rule: str) -> None:
    compliance, reason = found[name, rule]
    expected, pattern = EXPECTED[name][rule]
    assert compliance == expected
    assert re.fullmatch(pattern, reason), reason
