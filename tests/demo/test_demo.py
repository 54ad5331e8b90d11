"""The demo's result, cell by cell."""

import json
import re
import string
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import hardware_mfa_for_root as hardware
import organization_root_management as central
import pytest
import root_alarm_present as alarm
import root_credentials_removed as removed
import root_denied_by_scp as scp
from tests.imported_findings import as_imported

from rootguard.catalog import by_severity, load_catalog, load_process_checks, load_rules, templates_directory
from rootguard.demo.cases import MANAGEMENT, MEMBERS, cases
from rootguard.export import ocsf_schema
from rootguard.kit.alerting import breaks
from rootguard.kit.evaluation import EXEMPT as EXEMPTION
from rootguard.kit.findings import constraints
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Outcome

type Document = dict[str, list[dict[str, str]]]
type Done = subprocess.CompletedProcess[str]
type Answer = tuple[str, str]
type Found = dict[tuple[str, str], Answer]
type Findings = list[dict[str, Any]]

HARDWARE, ALARM, MFA, KEYS = (
    "hardware-mfa-for-root",
    "root-alarm-present",
    "root-mfa-enabled",
    "root-no-access-keys",
)
CERTIFICATES, USED = "root-no-signing-certificates", "root-not-used"
CENTRAL, REMOVED, SCP = "organization-root-management", "root-credentials-removed", "root-denied-by-scp"
CONTACT, PASSWORD, RECOVERY = "root-security-contact", "root-password-policy-attested", "root-recovery-attested"
COLUMNS = tuple(rule.name for rule in by_severity(load_catalog()))
FUNCTIONS = tuple(rule.name for rule in load_rules())
CHECKS = tuple(check.name for check in load_process_checks())

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
DEVICES = "hardware TOTP token: 1, passkey or security key: 1"
INFERRED = (
    "root has MFA and no virtual device, so hardware or a passkey \\(inferred, not counted: a management account\\)"
)
VIRTUAL = ("NON_COMPLIANT", r"root uses the virtual MFA device arn:aws:iam::\d{12}:mfa/anna-phone")
MFA_OFF = ("NON_COMPLIANT", "root has a password and access keys but no MFA device")
NOTHING = ("NOT_APPLICABLE", "root has no password, access key or signing certificate, so there is nothing to protect")
ROUTE = "root activity is reported by trail {}, filter {}, alarm {}, topic {}"
EVENTS = (
    "root activity is reported by EventBridge rules root-activity in us-east-1, root-activity in us-east-2, "
    "root-activity in us-west-2"
)
ELSEWHERE = (
    "trail organization-root-activity delivers to a log group of account 123456789012, where its alarm is judged; "
    "AlarmReaderRoleArn would judge it from here"
)
NEVER = ("COMPLIANT", rf"root's password and access keys were never used, as far as AWS knows \(as of {TIME}\)")
LONG_AGO = ("COMPLIANT", rf"root was not used within 30 days; its last use: password {TIME} \(as of {TIME}\)")
WINDOW = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ/\d{4}-\d\d-\d\dT\d\d:\d\dZ"
NOT_SET = ("NON_COMPLIANT", "no security contact is set")
OPEN = ("OPEN", "")
EXEMPT = ("NOT_APPLICABLE", r"exempt until \d{4}-\d\d-\d\d, by the rule parameter ExemptAccounts")
REPORT = rf"\(credential report of {TIME}\)"
DENIED_ALL = r"service control policies deny root all \d+ sampled actions"
FREE = r"root can do (\d+) of \1 sampled actions: account:CloseAccount, .+, …"


def remaining(what: str) -> Answer:
    return "NON_COMPLIANT", f"root of this member account still has {what}"


def attested(compliance: str, note: str) -> Answer:
    return compliance, rf"attested by operator on \d{{4}}-\d\d-\d\d: {note}"


def denied(rule: str, action: str) -> Answer:
    role = f"rootguard-{rule}"
    return "ERROR", (
        rf"{action} in account (\d{{12}}) \(us-east-1\): AccessDenied(Exception)?: "
        rf"User: arn:aws:sts::\1:assumed-role/{role}/{role} is not authorized to perform: {action}"
        r"( on resource: \S+)? with an explicit deny in an identity-based policy "
        rf"-> grant {action} to the role that evaluates the rule"
    )


PROTECTED: dict[str, Answer] = {
    HARDWARE: ("COMPLIANT", f"root has no virtual device; its own list shows {DEVICES}"),
    MFA: ("COMPLIANT", "root has an MFA device"),
    KEYS: ("COMPLIANT", "root has no access key"),
    CERTIFICATES: ("COMPLIANT", "root has no signing certificate"),
    ALARM: ("COMPLIANT", ROUTE.format("root-activity", "root-activity", "root-activity", "security")),
    USED: LONG_AGO,
    CENTRAL: ("NOT_APPLICABLE", "a member account; central root access is judged in 123456789012 that manages it"),
    REMOVED: remaining("a password and an MFA device"),
    SCP: ("COMPLIANT", rf"{DENIED_ALL}; sts:AssumeRoot sessions are spared"),
    CONTACT: (
        "COMPLIANT",
        r"a security contact with name, e-mail address \(on anycompany.com\) and phone number is set",
    ),
    PASSWORD: OPEN,
    RECOVERY: OPEN,
}
"""A member whose root has two devices, and that does all else as well as such a member can."""

EMPTIED: dict[str, Answer] = {
    **PROTECTED,
    HARDWARE: NOTHING,
    MFA: NOTHING,
    USED: (
        "NOT_APPLICABLE",
        "root has no password, access key or signing certificate; uses of earlier ones are not judged",
    ),
    REMOVED: ("COMPLIANT", "root has no password, access key, signing certificate or MFA device"),
}
"""A member whose root has nothing."""

EXPECTED: dict[str, dict[str, Answer]] = {
    "management": {
        **PROTECTED,
        HARDWARE: ("COMPLIANT", INFERRED),
        ALARM: ("COMPLIANT", ROUTE.format("management-events", *["rootguard-root-activity"] * 3)),
        USED: NEVER,
        CENTRAL: ("COMPLIANT", "central root access is enabled: root credentials management and root sessions"),
        REMOVED: ("NOT_APPLICABLE", "the management account's root user cannot be managed centrally"),
        SCP: ("NOT_APPLICABLE", "this is the management account, which service control policies do not bind"),
        PASSWORD: attested("COMPLIANT", "32 random characters, .+"),
        RECOVERY: attested("COMPLIANT", "walked through with two people, .+"),
    },
    "virtual-mfa": {
        **PROTECTED,
        HARDWARE: VIRTUAL,
        ALARM: ("NON_COMPLIANT", r"filter root-activity misses: root signs in with MFA \(and \d+ more\)"),
        USED: ("NON_COMPLIANT", rf"root was used within 30 days: password {TIME} \(as of {TIME}\)"),
        CONTACT: (
            "NON_COMPLIANT",
            "the security contact is of no use: its e-mail address is on the reserved domain example.com",
        ),
    },
    "lookalike": {**PROTECTED, ALARM: ("NON_COMPLIANT", "alarm root-activity has actions disabled")},
    "no-credentials": {
        **EMPTIED,
        ALARM: (
            "NON_COMPLIANT",
            r"alarm root-activity notifies topic security, which has no confirmed subscription \(1 pending\)",
        ),
        PASSWORD: attested("NOT_APPLICABLE", "root has no password"),
        RECOVERY: attested("NOT_APPLICABLE", "root has no credentials; .+"),
    },
    "inactive-key": {
        **PROTECTED,
        HARDWARE: VIRTUAL,
        ALARM: ("NON_COMPLIANT", "trail root-activity is not logging"),
        KEYS: ("NON_COMPLIANT", rf"root has an access key; none is active {REPORT}"),
        USED: NEVER,
        REMOVED: remaining("a password and access keys and an MFA device"),
        CONTACT: NOT_SET,
    },
    "no-spare": {
        **PROTECTED,
        HARDWARE: (
            "NON_COMPLIANT",
            "root has 1 of 2 MFA devices asked for; its own list shows hardware TOTP token: 1",
        ),
    },
    "suspended": {
        **EMPTIED,
        ALARM: ("NOT_APPLICABLE", ELSEWHERE),
        SCP: ("COMPLIANT", rf"{DENIED_ALL}, but an ordinary role as well; sts:AssumeRoot sessions are denied, too"),
    },
    "exempt": {**dict.fromkeys(FUNCTIONS, EXEMPT), PASSWORD: OPEN, RECOVERY: OPEN},
    "denied": {
        **{rule: denied(rule, "iam:GetAccountSummary") for rule in (HARDWARE, MFA, KEYS, CERTIFICATES, USED)},
        **{rule: denied(rule, "organizations:DescribeOrganization") for rule in (CENTRAL, REMOVED, SCP)},
        ALARM: denied(ALARM, "cloudtrail:DescribeTrails"),
        CONTACT: denied(CONTACT, "account:GetAlternateContact"),
        PASSWORD: OPEN,
        RECOVERY: OPEN,
    },
    "active-key": {
        **PROTECTED,
        HARDWARE: MFA_OFF,
        MFA: MFA_OFF,
        ALARM: ("NON_COMPLIANT", "no trail records the account's activity"),
        KEYS: ("NON_COMPLIANT", rf"root has an access key; key 1 is active, last used \S+Z {REPORT}"),
        USED: (
            "NON_COMPLIANT",
            rf"root was used within 30 days: access key 1 {TIME} \(s3, eu-central-1\) \(as of {TIME}\)",
        ),
        REMOVED: remaining("a password and access keys"),
        SCP: ("NON_COMPLIANT", FREE),
        CONTACT: NOT_SET,
        RECOVERY: attested("NON_COMPLIANT", "the e-mail address is of somebody who has left"),
    },
    "signing-certificate": {
        **PROTECTED,
        HARDWARE: (
            "ERROR",
            (
                r"iam:ListMFADevices in account \d{12} .+ with an explicit deny in a service control policy: .+ "
                "-> let the SCPs that deny root spare sessions of sts:AssumeRoot"
            ),
        ),
        ALARM: ("COMPLIANT", EVENTS),
        CERTIFICATES: ("NON_COMPLIANT", "root has a signing certificate, active or inactive"),
        REMOVED: remaining("a password and signing certificates and an MFA device"),
        SCP: ("NON_COMPLIANT", f"{FREE}; denials limited by aws:RequestedRegion do not count"),
    },
    "emergency-test": {
        **PROTECTED,
        ALARM: ("COMPLIANT", ROUTE.format("root-activity", "root-activity", "security", "security")),
        USED: (
            "COMPLIANT",
            rf"root was used as allowed: password {TIME} in {WINDOW}; earlier uses are not visible \(as of {TIME}\)",
        ),
        CONTACT: (
            "NON_COMPLIANT",
            (
                "the security contact is of no use: its e-mail address is on anyagency.com, "
                "which AllowedEmailDomains does not list"
            ),
        ),
    },
}
MARKS = {"COMPLIANT": "✔", "NON_COMPLIANT": "✘", "NOT_APPLICABLE": "·", "ERROR": "!", "OPEN": "?"}

SHOWN_BREAKS = (breaks.NO_TRAIL, breaks.NOT_LOGGING, breaks.FILTER_MISSES, breaks.NO_ACTIONS, breaks.UNHEARD)
ONE_SETTING = "an organization has one setting, and the demo's is complete: hardware is observed through it"
NO_OUTSIDER = "every account of the demo is in its organization"
NOT_SHOWN: dict[Outcome, str] = {
    hardware.NO_VIRTUAL_DEVICE: "the pack has one RootAuditRoleArn for all accounts, so hardware is observed",
    central.NO_ORGANIZATION: NO_OUTSIDER,
    central.FEATURE_MISSING: ONE_SETTING,
    central.NO_TRUSTED_ACCESS: ONE_SETTING,
    central.NOT_ALL_FEATURES: ONE_SETTING,
    removed.NO_ORGANIZATION: NO_OUTSIDER,
    scp.ALONE: NO_OUTSIDER,
    scp.NOT_ENABLED: "an organization has service control policies or not, and the demo's denies root by them",
    scp.BILLING_ONLY: "an organization of that kind has no conformance packs",
    **{
        each.outcome: "an account has one alarm, broken in one place; tests/rules/test_root_alarm_present breaks each"
        for each in breaks.BREAKS
        if each not in SHOWN_BREAKS
    },
}
"""The answers that one organization of this size cannot show beside the others, each with its reason."""


def test_every_case_and_every_rule_is_expected() -> None:
    assert EXPECTED.keys() == {case.name for case in (MANAGEMENT, *MEMBERS)}
    for name, cells in EXPECTED.items():
        assert cells.keys() == {*COLUMNS}, name
    assert {*COLUMNS} == {*FUNCTIONS, *CHECKS}


@pytest.fixture(scope="session")
def found(document: Document) -> Found:
    """(account name, rule) -> (compliance, reason), as compliance.json has it."""
    results = {(one["account_name"], one["rule"]): (one["compliance"], one["reason"]) for one in document["results"]}
    errors = {(one["account_name"], one["rule"]): ("ERROR", one["error"]) for one in document["errors"]}
    return {**results, **errors, **{(one["account_name"], one["rule"]): OPEN for one in document["open"]}}


@pytest.mark.parametrize(
    ("name", "rule"), [pytest.param(name, rule, id=f"{name}/{rule}") for name in EXPECTED for rule in COLUMNS]
)
def test_cell(found: Found, name: str, rule: str) -> None:
    compliance, reason = found[name, rule]
    expected, pattern = EXPECTED[name][rule]
    assert compliance == expected
    assert re.fullmatch(pattern, reason), reason


def shows(found: Found, rule: AnyRule, outcome: Outcome) -> bool:
    """Whether some account got that outcome, as far as compliance and reason tell."""
    parts = ((re.escape(text), ".*" if name else "") for text, name, _, _ in string.Formatter().parse(outcome.reason))
    pattern = "".join(part for pair in parts for part in pair)
    answers = (answer for (_, name), answer in found.items() if name == rule.name)
    return any(compliance == outcome.compliance and re.fullmatch(pattern, reason) for compliance, reason in answers)


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_a_rule_shows_its_every_answer(found: Found, rule: AnyRule) -> None:
    missing = {outcome for outcome in (*rule.outcomes, EXEMPTION) if not shows(found, rule, outcome)}
    assert missing == {outcome for outcome in rule.outcomes if outcome in NOT_SHOWN}
    assert "ERROR" in {compliance for (_, name), (compliance, _) in found.items() if name == rule.name}


SPARED_FUNCTIONS = "the unit's service control policy denies everything to everybody but the deployed functions"
DENIED_FUNCTIONS = "the demo takes their evidence from this account's deployed functions, and from nobody else"
SEEN_OTHERWISE = {
    "denied": (DENIED_FUNCTIONS, FUNCTIONS),
    "suspended": (SPARED_FUNCTIONS, FUNCTIONS),
}
"""Accounts and rules whose answer in an audit is another than the deployed function's, and why."""


@pytest.fixture(scope="session")
def audited(audit_run: Done, account_names: dict[str, str]) -> Found:
    """(account name, rule) -> (compliance, reason), as `rootguard audit --organization` has it."""
    results = json.loads(audit_run.stdout)["results"]
    return {(account_names[one["account_id"]], one["rule"]): (one["compliance"], one["reason"]) for one in results}


def test_an_audit_has_a_result_for_every_account_and_rule(audit_run: Done, audited: Found) -> None:
    assert audit_run.returncode == 1, audit_run.stderr
    assert audited.keys() == {(name, rule) for name in EXPECTED for rule in FUNCTIONS}


def test_an_audit_finds_what_the_deployed_rules_found(audited: Found, found: Found) -> None:
    differing = {cell for cell, answer in audited.items() if timeless(answer) != timeless(found[cell])}
    assert differing == {(name, rule) for name, (_, rules) in SEEN_OTHERWISE.items() for rule in rules}


def timeless(answer: Answer) -> Answer:
    """An answer without the moments in it that are those of the asking, and not of what was found."""
    return answer[0], re.sub(rf"\((as of|credential report of) {TIME}\)", r"(\1 then)", answer[1])


@pytest.mark.parametrize("name", SEEN_OTHERWISE)
def test_where_an_audit_differs_one_of_both_could_not_see(audited: Found, found: Found, name: str) -> None:
    deployed = {found[name, rule][0] == "ERROR" for rule in FUNCTIONS}
    asked = {audited[name, rule][0] == "ERROR" for rule in FUNCTIONS}
    assert (deployed, asked) in [({True}, {False}), ({False}, {True})]


def test_people_have_answered_in_every_way_and_not_everywhere(found: Found) -> None:
    answers = {compliance for (_, rule), (compliance, _) in found.items() if rule in CHECKS}
    assert answers == {"COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "OPEN"}


def test_every_outcome_that_is_not_shown_is_one() -> None:
    outcomes = {outcome for rule in load_rules() for outcome in rule.outcomes}
    assert NOT_SHOWN.keys() <= outcomes
    assert {each.outcome for each in SHOWN_BREAKS} <= {*alarm.RULE.outcomes}


def test_there_is_one_cell_per_account_and_rule(document: Document) -> None:
    cells = [(one["account_name"], one["rule"]) for member in document.values() for one in member]
    assert sorted(cells) == sorted((name, rule) for name in EXPECTED for rule in COLUMNS)


def test_accounts_have_ids_of_their_own(document: Document) -> None:
    ids = {(one["account_name"], one["account_id"]) for member in document.values() for one in member}
    assert len(ids) == len({account_id for _, account_id in ids}) == len(EXPECTED)
    assert ("management", "123456789012") in ids
    assert all(re.fullmatch(r"\d{12}", account_id) for _, account_id in ids)


def test_compliance_json_has_its_members(document: Document) -> None:
    assert document.keys() == {"results", "errors", "open"}
    results = {tuple(one) for one in document["results"]}
    assert results == {("account_id", "account_name", "rule", "compliance", "reason")}
    assert {tuple(one) for one in document["errors"]} == {("account_id", "account_name", "rule", "error")}
    assert {tuple(one) for one in document["open"]} == {("account_id", "account_name", "rule")}


def test_screen_shows_the_same_as_the_file(demo_run: Done) -> None:
    rows = [line.split()[1:] for line in demo_run.stdout.splitlines() if re.match(r"\d{12} ", line)]
    assert rows == [[name, *(MARKS[cells[rule][0]] for rule in COLUMNS)] for name, cells in EXPECTED.items()]


def test_screen_gives_the_reason_of_all_that_is_non_compliant(demo_run: Done, found: Found) -> None:
    shown = re.sub(r"\s", "", demo_run.stdout)
    told = {key: reason for key, (compliance, reason) in found.items() if compliance == "NON_COMPLIANT"}
    assert [key for key, reason in told.items() if re.sub(r"\s", "", reason) not in shown] == []


def test_screen_says_what_to_grant_for_all_that_could_not_be_seen(demo_run: Done, found: Found) -> None:
    shown = re.sub(r"\s", "", demo_run.stdout)
    for (_, rule), (compliance, reason) in found.items():
        if compliance == "ERROR":
            action, fix = reason.partition(" ")[0], reason.rpartition(" -> ")[2]
            assert rule in shown
            assert f":{action}(us-" in shown
            assert re.sub(r"\s", "", fix) in shown


WITHOUT_HUB = tuple(case.name for case in (MANAGEMENT, *MEMBERS) if not case.has_hub)
FINDING = {
    "COMPLIANT": ("", "PASSED", "ARCHIVED"),
    "NON_COMPLIANT": ("", "FAILED", "ACTIVE"),
    "ERROR": ("/could-not-be-evaluated", "NOT_AVAILABLE", "ACTIVE"),
}
"""What a function's answer is in Security Hub: the end of its GeneratorId, compliance and record state."""


def read_findings(demo_run: Done, demo_folder: Path, name: str) -> Findings:
    assert demo_run.returncode == 0, demo_run.stderr
    loaded: Findings = json.loads((demo_folder / "not" / "yet" / "there" / name).read_text("utf-8"))
    return loaded


@pytest.fixture(scope="session")
def asff(demo_run: Done, demo_folder: Path) -> Findings:
    return read_findings(demo_run, demo_folder, "findings.asff.json")


@pytest.fixture(scope="session")
def ocsf(demo_run: Done, demo_folder: Path) -> Findings:
    return read_findings(demo_run, demo_folder, "findings.ocsf.json")


@pytest.fixture(scope="session")
def account_names(document: Document) -> dict[str, str]:
    return {one["account_id"]: one["account_name"] for member in document.values() for one in member}


def test_findings_keep_to_their_formats(asff: Findings, ocsf: Findings) -> None:
    assert {each["Id"]: constraints.violations(as_imported(each)) for each in asff} == {each["Id"]: () for each in asff}
    assert [ocsf_schema.violations(each) for each in ocsf] == [()] * len(asff)


def test_both_files_have_the_same_findings(asff: Findings, ocsf: Findings) -> None:
    assert [(each["AwsAccountId"], each["Severity"]["Label"]) for each in asff] == [
        (each["cloud"]["account"]["uid"], each["severity"].upper()) for each in ocsf
    ]
    assert len({each["Id"] for each in asff}) == len(asff)


def test_every_answer_of_a_function_is_a_finding_but_where_security_hub_is_off(
    found: Found, asff: Findings, account_names: dict[str, str]
) -> None:
    expected = {
        (name, rule, *FINDING[compliance])
        for (name, rule), (compliance, _) in found.items()
        if rule in FUNCTIONS and compliance in FINDING and name not in WITHOUT_HUB
    }
    assert {
        (
            account_names[each["AwsAccountId"]],
            rule := each["ProductFields"]["rootguard/Rule"],
            each["GeneratorId"].removeprefix(f"rootguard/{rule}"),
            each["Compliance"]["Status"],
            each["RecordState"],
        )
        for each in asff
    } == expected
    assert len(asff) == len(expected)


def hub_view(demo_run: Done) -> str:
    """The screen's part about Security Hub."""
    return demo_run.stdout.partition("\nSecurity Hub findings ")[2].partition("\nOn one page")[0]


def test_the_screen_counts_the_findings_of_the_file(demo_run: Done, asff: Findings) -> None:
    active = Counter(each["Severity"]["Label"].lower() for each in asff if each["RecordState"] == "ACTIVE")
    counts, view = hub_view(demo_run).partition("\n")[::2]
    shown = {label: int(number) for number, label in re.findall(r"(\d+) ([a-z]+)", counts)}
    assert shown == {label: active[label] for label in ("critical", "high", "medium", "low", "informational")}
    rows = re.findall(r"^(?:CRITICAL|HIGH|MEDIUM|LOW) ", view, re.MULTILINE)
    assert 0 < len(rows) < active.total()
    assert (
        f"… and {active.total() - len(rows)} more findings; --output writes all of them to findings.asff.json" in view
    )
    assert f"Not listed: {len(asff) - active.total()} archived, " in view


def test_the_screen_lists_the_worst_findings_of_the_file(
    demo_run: Done, asff: Findings, account_names: dict[str, str]
) -> None:
    rows = re.findall(r"^([A-Z]+) +([a-z-]+) .+ NEW *$", hub_view(demo_run), re.MULTILINE)
    listed = [(each["Severity"]["Label"], account_names[each["AwsAccountId"]]) for each in asff]
    assert rows == listed[: len(rows)]
    assert rows[0][0] == "CRITICAL"


def test_the_screen_names_the_account_without_security_hub(
    demo_run: Done, asff: Findings, account_names: dict[str, str]
) -> None:
    said = re.findall(r"Security Hub is off in ([a-z-]+) \((\d{12})\): AWS Config has", hub_view(demo_run))
    assert [(name, account_names[account_id]) for name, account_id in said] == [(name, name) for name in WITHOUT_HUB]
    assert len(WITHOUT_HUB) == 1
    assert not {account_id for _, account_id in said} & {each["AwsAccountId"] for each in asff}


def test_screen_fits_eighty_columns_and_few_pages(demo_run: Done) -> None:
    lines = demo_run.stdout.splitlines()
    view = lines[: next(number for number, line in enumerate(lines) if line.startswith("On one page"))]
    assert max(map(len, view)) <= 80
    assert len(lines) <= 175


def test_it_ends_with_what_it_deployed_and_how_to_go_on(demo_run: Done) -> None:
    named = re.findall(r"[a-z-]+\.yaml", demo_run.stdout[demo_run.stdout.index("Deployed as committed") :])
    assert sorted(named) == sorted(path.name for path in templates_directory().glob("*.yaml"))
    assert "rootguard audit --organization" in demo_run.stdout.splitlines()[-1]


def test_progress_is_on_standard_error_and_nothing_else(demo_run: Done) -> None:
    steps = {
        "building the Lambda zips": len(FUNCTIONS),
        "creating the organization": len(EXPECTED),
        "setting up central control": None,
        "deploying artifacts.yaml": None,
        "deploying security-hub.yaml": None,
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
    assert sorted(str(path.relative_to(demo_folder)) for path in demo_folder.rglob("*") if path.is_file()) == [
        "not/yet/there/compliance.json",
        "not/yet/there/findings.asff.json",
        "not/yet/there/findings.ocsf.json",
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


def test_parameters_name_one_account_however_many_there_are() -> None:
    """AWS Config takes 1,024 characters of InputParameters; ExemptAccounts and AllowedUses are of them."""
    assert [case.name for case in cases(2000) if case.exempt] == ["exempt"]
    assert [case.name for case in cases(2000) if case.use_allowed] == ["emergency-test"]
