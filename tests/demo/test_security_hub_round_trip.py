"""Findings from the deployed functions to the analyst: through evaluations, a mended account, a hub that is off."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.progress import Progress
from tests.imported_findings import as_imported
from tests.patience import LONGEST_WAIT

from rootguard.artifacts import build
from rootguard.catalog import load_process_checks, load_rules, rules_directory
from rootguard.demo import root_users
from rootguard.demo.attesting import attest
from rootguard.demo.cases import Attested, Case
from rootguard.demo.central_control import set_up_control
from rootguard.demo.compliance_view import Cell, pack_rules, read_cells
from rootguard.demo.deployment import FUNCTION_PREFIX, deploy_rules
from rootguard.demo.hubs import enable_hubs
from rootguard.demo.organization import DemoAccount, create_organization
from rootguard.demo.sessions import management_session
from rootguard.export import ocsf_schema
from rootguard.export.ocsf import compliance_finding
from rootguard.functions import log_group_name
from rootguard.kit.findings import constraints
from rootguard.kit.links import page_url
from rootguard.process_check import ConfigRule
from rootguard.sandbox.background import idle
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox
from rootguard.sandbox.state import state

pytestmark = pytest.mark.slow

RULES = {rule.name: rule for rule in load_rules()}
CHECKS = {check.name: check for check in load_process_checks()}
MFA, KEYS, CERTIFICATES = "root-mfa-enabled", "root-no-access-keys", "root-no-signing-certificates"
BLINDED = {KEYS: "FAILED", CERTIFICATES: "PASSED"}
"""The rules that lose sight of `payments` for one run, and what they found there before."""
CUSTOMERS_OWN = "root-mfa-enabled"
"""A Config rule that is called as ours are, before the pack gives them its suffix."""
SILENT = {"root-alarm-present", "root-security-contact"}
"""Rules whose verdict may rest here on what is not there, a trail, or on what is not told, a person's address."""
RECOVERY = "root-recovery-attested"
ANSWERED = {("management", RECOVERY): "COMPLIANT", ("payments", RECOVERY): "NON_COMPLIANT"}

CASES = (
    Case("management", root_users.passkey, attested=(Attested(RECOVERY, "COMPLIANT", "walked through"),)),
    Case("payments", root_users.active_key, attested=(Attested(RECOVERY, "NON_COMPLIANT", "nobody answers"),)),
    Case("archive", root_users.active_key, has_hub=False),
)
STATES = {"COMPLIANT": ("PASSED", "ARCHIVED"), "NON_COMPLIANT": ("FAILED", "ACTIVE")}

type Finding = Mapping[str, Any]
type Key = tuple[str, str]
"""The account's name, and the rule's or what else there is one of per account."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What AWS Config and Security Hub say, both read back, after the functions have run.

    Attributes:
        cells: AWS Config's answers.
        own: Our findings, of the administrator's hub, by the part of the GeneratorId that is the rule's.
        built_in: AWS Config's own, by the name of the Config rule.
    """

    cells: Mapping[Key, Cell]
    own: Mapping[Key, Finding]
    built_in: Mapping[Key, Finding]

    def states(self) -> dict[Key, tuple[str, str]]:
        """Compliance and record state of our findings."""
        return {key: (each["Compliance"]["Status"], each["RecordState"]) for key, each in self.own.items()}

    def verdict(self, key: Key) -> tuple[str, str]:
        """The state that a rule's finding is to have by AWS Config's answer."""
        return STATES[self.cells[key].compliance]


class Organization:
    """Three accounts with the rules, as `rootguard deploy --security-hub own` leaves them; one has no Security Hub."""

    def __init__(self, sandbox: Sandbox, zips: Path) -> None:
        state(Settings).evaluate_on_creation, state(Settings).minimum_interval = False, timedelta(0)
        self.accounts = {account.name: account for account in create_organization(sandbox, CASES)}
        self.management, self.payments, self.archive = self.accounts.values()
        clients = self.management.administrator
        enable_hubs(clients, self.management.id, [self.payments.id])
        session, created = management_session(sandbox), list(self.accounts.values())
        with Progress(disable=True) as progress:
            deploy_rules(session, created, set_up_control(clients), zips, progress)
        attest(session, created)
        self._judge_by_the_customers_own_rule()

    def _judge_by_the_customers_own_rule(self) -> None:
        config = self.payments.administrator.client("config")
        source = {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"}
        config.put_config_rule(ConfigRule={"ConfigRuleName": CUSTOMERS_OWN, "Source": source})
        evaluation = {
            "ComplianceResourceType": "AWS::::Account",
            "ComplianceResourceId": self.payments.id,
            "ComplianceType": "NON_COMPLIANT",
            "OrderingTimestamp": datetime.now(UTC),
        }
        config.put_external_evaluation(ConfigRuleName=CUSTOMERS_OWN, ExternalEvaluation=evaluation)

    def evaluate(self, *accounts: DemoAccount, rules: Mapping[str, object] = RULES) -> Moment:
        """Have AWS Config evaluate rules of the pack, and look once all has come to rest."""
        for account in accounts:
            names = [deployed for name, deployed in pack_rules(account).items() if name in rules]
            assert len(names) == len(rules)
            account.administrator.client("config").start_config_rules_evaluation(ConfigRuleNames=names)
        assert idle(LONGEST_WAIT)
        return self.look()

    def look(self) -> Moment:
        every: list[ConfigRule] = [*RULES.values(), *CHECKS.values()]
        cells = [cell for account in self.accounts.values() for cell in read_cells(account, every)]
        found = findings(self.management)
        own = [each for each in found if each["GeneratorId"].startswith("rootguard/")]
        built_in = [each for each in found if each["ProductName"] == "Config"]
        assert len(own) + len(built_in) == len(found)
        return Moment(
            {(cell.account_name, cell.rule): cell for cell in cells},
            self._one_each(own, "GeneratorId", "rootguard/"),
            self._one_each(built_in, "Title"),
        )

    def _one_each(self, found: list[Finding], member: str, prefix: str = "") -> dict[Key, Finding]:
        """By account and member; no two have both in common."""
        names = {account.id: account.name for account in self.accounts.values()}
        keyed = {(names[each["AwsAccountId"]], str(each[member]).removeprefix(prefix)): each for each in found}
        assert len(keyed) == len(found), "one finding twice"
        return keyed

    def blind(self) -> None:
        """Take from two functions of `payments` what they see root's credentials by."""
        denial = {"Effect": "Deny", "Action": "iam:GetAccountSummary", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
        iam = self.payments.administrator.client("iam")
        for rule in BLINDED:
            iam.put_role_policy(RoleName=f"{FUNCTION_PREFIX}{rule}", PolicyName="denial", PolicyDocument=document)

    def unblind(self) -> None:
        iam = self.payments.administrator.client("iam")
        for rule in BLINDED:
            iam.delete_role_policy(RoleName=f"{FUNCTION_PREFIX}{rule}", PolicyName="denial")

    def log(self, account: DemoAccount, rule: str) -> list[str]:
        """All that a function has logged."""
        pages = account.administrator.client("logs").get_paginator("filter_log_events")
        group = log_group_name(f"{FUNCTION_PREFIX}{rule}")
        return [event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]]


def findings(account: DemoAccount) -> list[Finding]:
    """All that an account's hub has."""
    pages = account.administrator.client("securityhub").get_paginator("get_findings").paginate()
    return [finding for page in pages for finding in page["Findings"]]


def unlike(old: Mapping[Key, object], new: Mapping[Key, object]) -> set[Key]:
    """What is there anew, or gone, or otherwise."""
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organization]:
    folder = tmp_path_factory.mktemp("round-trip")
    build(rules_directory(), folder / "build")
    with Sandbox() as sandbox:
        yield Organization(sandbox, folder / "build")


# Each moment follows the one before it, whichever test asks for it.


@pytest.fixture(scope="module")
def first(organization: Organization) -> Moment:
    return organization.evaluate(*organization.accounts.values())


@pytest.fixture(scope="module")
def second(organization: Organization, first: Moment) -> Moment:
    assert first.own
    return organization.evaluate(organization.management, organization.payments)


@pytest.fixture(scope="module")
def mended(organization: Organization, second: Moment) -> Moment:
    """Root of `payments` has got an MFA device."""
    assert second.own
    root_user(organization.payments.id).add_passkey("yubikey")
    return organization.evaluate(organization.payments)


@pytest.fixture(scope="module")
def denied(organization: Organization, mended: Moment) -> Moment:
    """Two functions of `payments` have lost sight of root."""
    assert mended.own
    organization.blind()
    return organization.evaluate(organization.payments, rules=BLINDED)


@pytest.fixture(scope="module")
def restored(organization: Organization, denied: Moment) -> Moment:
    """They see it again."""
    assert denied.own
    organization.unblind()
    return organization.evaluate(organization.payments, rules=BLINDED)


@pytest.fixture(params=["first", "second", "mended", "denied", "restored"])
def moment(request: pytest.FixtureRequest) -> Moment:
    """Each."""
    found: Moment = request.getfixturevalue(request.param)
    return found


def test_every_verdict_is_a_finding_where_security_hub_is_on(first: Moment) -> None:
    judged = {key: cell for key, cell in first.cells.items() if key[1] in RULES and cell.compliance in STATES}
    assert {cell.compliance for cell in judged.values()} == set(STATES)
    assert first.states() == {key: first.verdict(key) for key in judged if key[0] != "archive"}
    assert first.own["payments", KEYS]["Compliance"]["Status"] == BLINDED[KEYS]
    assert first.own["payments", CERTIFICATES]["Compliance"]["Status"] == BLINDED[CERTIFICATES]


def test_a_finding_says_what_aws_config_says(first: Moment) -> None:
    told = {key: finding["ProductFields"]["rootguard/Reason"] for key, finding in first.own.items()}
    assert told == {key: first.cells[key].reason for key in told}
    for (_, name), finding in first.own.items():
        failed = finding["Compliance"]["Status"] == "FAILED"
        assert finding["Title"] == (RULES[name].finding_title if failed else RULES[name].title)
        assert finding["Severity"]["Label"] == (RULES[name].severity.upper() if failed else "INFORMATIONAL")
        assert finding["Workflow"]["Status"] == "NEW"
        assert finding["Remediation"]["Recommendation"]["Url"] == page_url(name)
        assert name in SILENT or json.loads(finding["ProductFields"]["rootguard/Evidence"])


def test_every_finding_keeps_to_both_formats(moment: Moment) -> None:
    assert [each["Id"] for each in moment.own.values() if constraints.violations(as_imported(each))] == []
    documents = [compliance_finding(dict(each)) for each in moment.own.values()]
    assert [document for document in documents if ocsf_schema.violations(document)] == []


def test_the_administrator_sees_what_a_member_sees(organization: Organization, restored: Moment) -> None:
    of_member = {each["Id"] for each in findings(organization.payments)}
    both = [*restored.own.items(), *restored.built_in.items()]
    assert of_member == {each["Id"] for (account, _), each in both if account == "payments"}


def test_a_second_evaluation_updates_and_duplicates_nothing(first: Moment, second: Moment) -> None:
    assert second.states() == first.states()
    for key, old in first.own.items():
        new = second.own[key]
        assert (new["Id"], new["CreatedAt"]) == (old["Id"], old["CreatedAt"])
        assert new["FirstObservedAt"] == old["FirstObservedAt"] == old["UpdatedAt"] < new["UpdatedAt"]


def test_only_what_is_new_is_marked_so(first: Moment, second: Moment) -> None:
    def new(moment: Moment) -> set[Key]:
        return {key for key, finding in moment.own.items() if "rootguard/IsNew" in finding["ProductFields"]}

    assert new(first) == {key for key, (status, _) in first.states().items() if status == "FAILED"}
    assert new(second) == set()


def test_mfa_closes_the_finding_that_it_was_missing_and_no_other(second: Moment, mended: Moment) -> None:
    key = ("payments", MFA)
    assert second.states()[key] == ("FAILED", "ACTIVE")
    assert mended.states()[key] == ("PASSED", "ARCHIVED")
    assert unlike(second.states(), mended.states()) == {key}
    old, new = second.own[key], mended.own[key]
    assert (new["Id"], new["FirstObservedAt"]) == (old["Id"], old["FirstObservedAt"])
    assert new["Severity"]["Label"] == "INFORMATIONAL"
    assert {key for key in unlike(second.own, mended.own) if key[0] != "payments"} == set()


def test_where_security_hub_is_off_every_evaluation_stands(organization: Organization, first: Moment) -> None:
    judged = {key: cell.compliance for key, cell in first.cells.items() if key[1] in RULES}
    answers = {rule: compliance for (account, rule), compliance in judged.items() if account == "archive"}
    assert answers == {rule: judged["payments", rule] for rule in RULES}  # whose root is the same
    names = sorted(pack_rules(organization.archive).values())
    config = organization.archive.administrator.client("config")
    described = config.describe_config_rule_evaluation_status(ConfigRuleNames=names)["ConfigRulesEvaluationStatus"]
    assert len(described) == len(RULES)
    for status in described:
        assert "LastSuccessfulEvaluationTime" in status
        assert not {"LastFailedInvocationTime", "LastFailedEvaluationTime", "LastErrorMessage"} & status.keys()


def test_where_security_hub_is_off_nobody_has_a_finding(organization: Organization, moment: Moment) -> None:
    assert "archive" not in {account for account, _ in (*moment.own, *moment.built_in)}
    with pytest.raises(ClientError, match="InvalidAccessException"):
        findings(organization.archive)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("rule", RULES)
def test_where_security_hub_is_off_the_log_warns_after_the_evaluation(organization: Organization, rule: str) -> None:
    lines = organization.log(organization.archive, rule)
    evaluation, warning = (json.loads(line) for line in lines if line.startswith("{"))
    assert (evaluation["event"], warning["event"]) == ("evaluation", "finding")
    assert evaluation["compliance"] != "ERROR"
    assert (warning["level"], warning["code"]) == ("warning", "InvalidAccessException")
    assert (warning["account"], warning["rule"]) == (organization.archive.id, rule)
    [metric] = warning["_aws"]["CloudWatchMetrics"]
    assert [warning[each["Name"]] for each in metric["Metrics"]] == [1]
    assert "switch Security Hub on in this account and Region" in warning["advice"]
    assert not any("[ERROR]" in line for line in lines)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("rule", RULES)
def test_where_security_hub_is_on_the_log_has_nothing_but_the_evaluation(organization: Organization, rule: str) -> None:
    lines = organization.log(organization.management, rule)
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert {event["event"] for event in events} == {"evaluation"}


def failure_of(rule: str) -> Key:
    return "payments", f"{rule}/could-not-be-evaluated"


@pytest.mark.parametrize("rule", BLINDED)
def test_what_could_not_be_seen_is_a_finding_beside_the_last_verdict(mended: Moment, denied: Moment, rule: str) -> None:
    assert denied.cells["payments", rule].compliance == "ERROR"
    assert mended.states()["payments", rule][0] == BLINDED[rule]
    assert unlike(mended.own, denied.own) == {failure_of(each) for each in BLINDED}
    failure = denied.own[failure_of(rule)]
    assert denied.states()[failure_of(rule)] == ("NOT_AVAILABLE", "ACTIVE")
    assert (failure["Severity"]["Label"], failure["Workflow"]["Status"]) == ("MEDIUM", "NEW")
    assert failure["Title"] == f"Could not be evaluated: {RULES[rule].title}"
    assert failure["ProductFields"]["rootguard/Action"] == "iam:GetAccountSummary"
    assert failure["ProductFields"]["rootguard/Reason"] == denied.cells["payments", rule].reason


@pytest.mark.usefixtures("denied")
@pytest.mark.parametrize("rule", BLINDED)
def test_what_could_not_be_seen_is_a_failed_invocation_as_well(organization: Organization, rule: str) -> None:
    lines = organization.log(organization.payments, rule)
    assert [line for line in lines if line.startswith("[ERROR] EvidenceUnavailable: iam:GetAccountSummary")]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert [event["event"] for event in events if event["compliance"] == "ERROR"] == ["evaluation"]


@pytest.mark.parametrize("rule", BLINDED)
def test_the_next_good_run_closes_it(denied: Moment, restored: Moment, rule: str) -> None:
    assert restored.cells["payments", rule].compliance in STATES
    assert restored.states()[failure_of(rule)] == ("PASSED", "ARCHIVED")
    for key in (failure_of(rule), ("payments", rule)):
        old, new = denied.own[key], restored.own[key]
        assert old["FirstObservedAt"] == new["FirstObservedAt"]
        assert old["CreatedAt"] == new["CreatedAt"]
        assert old["UpdatedAt"] < new["UpdatedAt"]
    assert restored.states()["payments", rule] == denied.states()["payments", rule]
    changed = {failure_of(each) for each in BLINDED} | {("payments", each) for each in BLINDED}
    assert unlike(denied.own, restored.own) == changed


def of_pack(found: Mapping[Key, Finding]) -> dict[Key, Finding]:
    """Those of the pack's rules, by our names."""
    suffix = "-conformance-pack-"
    return {(account, name.partition(suffix)[0]): each for (account, name), each in found.items() if suffix in name}


def test_built_in_findings_of_the_rules_are_suppressed(moment: Moment) -> None:
    found = {key: each for key, each in of_pack(moment.built_in).items() if key[1] in RULES}
    assert found.keys() == {key for key in moment.own if key[1] in RULES}
    for (_, rule), finding in found.items():
        assert finding["Workflow"]["Status"] == "SUPPRESSED"
        assert finding["Severity"]["Label"] == "MEDIUM"
        assert finding["Note"]["UpdatedBy"] == "rootguard"
        assert f"GeneratorId rootguard/{rule}, " in finding["Note"]["Text"]


def test_built_in_findings_of_the_process_checks_are_raised(moment: Moment) -> None:
    found = {key: each for key, each in of_pack(moment.built_in).items() if key[1] in CHECKS}
    assert {key: moment.cells[key].compliance for key in found} == ANSWERED
    raised, passed = found["payments", RECOVERY], found["management", RECOVERY]
    assert (raised["Severity"]["Label"], raised["Workflow"]["Status"]) == (CHECKS[RECOVERY].severity.upper(), "NEW")
    assert raised["Note"]["Text"].startswith("Not attested: ")
    assert page_url(RECOVERY) in raised["Note"]["Text"]
    assert (passed["Severity"]["Label"], passed["Workflow"]["Status"]) == ("MEDIUM", "RESOLVED")
    assert "Note" not in passed


def test_the_finding_of_a_customers_own_rule_is_untouched(moment: Moment) -> None:
    rest = [key for key in moment.built_in if "-conformance-pack-" not in key[1]]
    assert rest == [("payments", CUSTOMERS_OWN)]
    finding = moment.built_in["payments", CUSTOMERS_OWN]
    assert (finding["Severity"]["Label"], finding["Workflow"]["Status"]) == ("MEDIUM", "NEW")
    assert "Note" not in finding
