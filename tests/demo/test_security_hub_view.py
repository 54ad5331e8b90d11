"""Security Hub's view of the demo's organization: what it says, and that it is what the hubs say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.demo.cases import MANAGEMENT
from rootguard.demo.hubs import enable_hubs
from rootguard.demo.organization import DemoAccount
from rootguard.demo.security_hub_view import HubView, hub_is_on, read_hubs, show_hubs
from rootguard.errors import RootguardError
from rootguard.export.documents import ASFF_FILE, OCSF_FILE, write_findings
from rootguard.export.ocsf_schema import violations
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable
from rootguard.kit.findings.asff import Finding, failure_finding, verdict_finding
from rootguard.kit.rule import AnyRule, Severity
from rootguard.kit.verdict import Verdict
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox

NOW = datetime(2026, 11, 23, 5, 30, 1, tzinfo=UTC)
SESSION = boto3.Session(region_name="us-east-1")
RULES = {severity: sample_rule(name=f"root-{severity}", severity=severity) for severity in Severity}


class Organization:
    """A management account and members, Security Hub on in all but the last."""

    def __init__(self, sandbox: Sandbox, names: Sequence[str]) -> None:
        administrators = Administrators(sandbox)
        management = administrators.of(sandbox.management_account_id)
        self.accounts = [DemoAccount(management.account_id, "management", MANAGEMENT, management)]
        organizations = management.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        for name in names:
            status = management.client("organizations").create_account(AccountName=name, Email=f"{name}@example.com")
            account_id = status["CreateAccountStatus"]["AccountId"]
            self.accounts.append(DemoAccount(account_id, name, MANAGEMENT, administrators.of(account_id)))
        enable_hubs(management, management.account_id, [each.id for each in self.accounts[1:-1]])

    def put(self, index: int, *findings: Finding) -> None:
        hub = self.accounts[index].administrator.client("securityhub")
        assert hub.batch_import_findings(Findings=list(findings))["FailedFindings"] == []

    def judged(self, index: int, severity: Severity, verdict: Verdict, now: datetime = NOW) -> Finding:
        return verdict_finding(RULES[severity], self.seen(index), verdict, now)

    def seen(self, index: int) -> Account:
        return Account(self.accounts[index].id, "aws", "us-east-1", SessionConnection(SESSION))

    def view(self) -> HubView:
        return read_hubs(self.accounts[0].administrator, self.accounts)


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def organization(running_sandbox: Sandbox) -> Organization:
    running_sandbox.reset()
    return Organization(running_sandbox, ["payments", "archive", "off"])


def told(view: HubView, findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(each["Severity"]["Label"], view.names[each["AwsAccountId"]], each["GeneratorId"]) for each in findings]


def test_the_administrator_sees_every_account_the_worst_first(organization: Organization) -> None:
    wrong = WRONG(what="x")
    organization.put(0, organization.judged(0, Severity.LOW, wrong), organization.judged(0, Severity.CRITICAL, wrong))
    organization.put(1, organization.judged(1, Severity.HIGH, wrong), organization.judged(1, Severity.CRITICAL, FINE()))
    view = organization.view()
    assert told(view, view.listed) == [
        ("CRITICAL", "management", "rootguard/root-critical"),
        ("HIGH", "payments", "rootguard/root-high"),
        ("LOW", "management", "rootguard/root-low"),
    ]
    assert told(view, view.findings)[3:] == [("INFORMATIONAL", "payments", "rootguard/root-critical")]
    assert view.off == (organization.accounts[-1].id,)


def test_a_second_run_updates_and_duplicates_nothing(organization: Organization) -> None:
    wrong = WRONG(what="x")
    organization.put(1, organization.judged(1, Severity.HIGH, wrong))
    organization.put(1, organization.judged(1, Severity.HIGH, wrong, NOW + timedelta(days=1)))
    [finding] = organization.view().listed
    assert (finding["CreatedAt"], finding["UpdatedAt"]) == ("2026-11-23T05:30:01.000Z", "2026-11-24T05:30:01.000Z")


def test_what_was_mended_leaves_the_list(organization: Organization) -> None:
    organization.put(1, organization.judged(1, Severity.HIGH, WRONG(what="x")))
    organization.put(1, organization.judged(1, Severity.HIGH, FINE(), NOW + timedelta(days=1)))
    view = organization.view()
    assert view.listed == ()
    assert [each["Compliance"]["Status"] for each in view.findings] == ["PASSED"]


def test_what_the_hubs_have_is_written_in_both_formats(organization: Organization, tmp_path: Path) -> None:
    organization.put(0, organization.judged(0, Severity.LOW, FINE()))
    organization.put(1, organization.judged(1, Severity.HIGH, WRONG(what="x")))
    view = organization.view()
    write_findings(view.findings, tmp_path)
    asff, ocsf = (json.loads((tmp_path / name).read_text("utf-8")) for name in (ASFF_FILE, OCSF_FILE))
    assert asff == list(view.findings)
    assert [violations(each) for each in ocsf] == [(), ()]
    assert [(each["cloud"]["account"]["uid"], each["severity"], each["activity_name"]) for each in ocsf] == [
        (organization.accounts[1].id, "High", "Create"),
        (organization.accounts[0].id, "Informational", "Close"),
    ]


def test_other_products_findings_are_not_ours(organization: Organization) -> None:
    finding = {**organization.judged(1, Severity.HIGH, WRONG(what="x")), "ProductName": "another"}
    organization.put(1, finding)
    assert organization.view().findings == ()


@pytest.mark.parametrize(("workflow", "listed"), [("NEW", 1), ("NOTIFIED", 1), ("SUPPRESSED", 0), ("RESOLVED", 0)])
def test_what_people_settled_is_not_listed(organization: Organization, workflow: str, listed: int) -> None:
    finding = organization.judged(1, Severity.HIGH, WRONG(what="x"))
    organization.put(1, finding)
    hub: Any = organization.accounts[1].administrator.client("securityhub")
    key = {name: finding[name] for name in ("Id", "ProductArn")}
    hub.batch_update_findings(FindingIdentifiers=[key], Workflow={"Status": workflow})
    view = organization.view()
    assert (len(view.listed), len(view.findings)) == (listed, 1)
    assert ("1 suppressed or resolved by people" in " ".join(shown(view).split())) is (listed == 0)


def test_more_findings_than_a_page_are_read(organization: Organization) -> None:
    account = organization.seen(1)
    rules = [sample_rule(name=f"root-{number}") for number in range(101)]
    findings = [verdict_finding(rule, account, WRONG(what="x"), NOW) for rule in rules]
    organization.put(1, *findings[:100])
    organization.put(1, *findings[100:])
    assert len(organization.view().listed) == 101


def test_a_hub_that_does_not_answer_is_not_taken_for_off(running_sandbox: Sandbox, organization: Organization) -> None:
    iam: Any = organization.accounts[1].administrator.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    session = running_sandbox.session_for(Keys(key["AccessKeyId"], key["SecretAccessKey"], None))
    with pytest.raises(ClientError, match="AccessDenied"):
        hub_is_on(session)


def test_a_member_that_is_none_is_told(running_sandbox: Sandbox) -> None:
    running_sandbox.reset()
    administrator = Administrators(running_sandbox).of(running_sandbox.management_account_id)
    administrator.client("organizations").create_organization(FeatureSet="ALL")
    with pytest.raises(RootguardError, match="Security Hub did not take 999988887777 in: "):
        enable_hubs(administrator, administrator.account_id, ["999988887777"])


def shown(view: HubView, width: int = 80) -> str:
    file = StringIO()
    show_hubs(Console(file=file, width=width), view)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def finding(number: int, rule: AnyRule, **changes: Any) -> Finding:
    """A finding as GetFindings returns it."""
    made = verdict_finding(
        rule, Account(f"{number:012}", "aws", "us-east-1", SessionConnection(SESSION)), WRONG(what="x"), NOW
    )
    severity: Mapping[str, Any] = made["FindingProviderFields"]["Severity"]
    return {**made, "Severity": severity, "Workflow": {"Status": "NEW"}, **changes}


MFA = sample_rule(
    name="root-mfa", severity=Severity.CRITICAL, finding_title="The root user has credentials but no MFA device"
)
BLIND = failure_finding(
    MFA,
    Account("333344445555", "aws", "us-east-1", SessionConnection(SESSION)),
    EvidenceUnavailable("iam:GetAccountSummary", "333344445555", "us-east-1", "no", "AccessDenied"),
    NOW,
)

EXAMPLE = HubView(
    (
        finding(111122223333, MFA),
        {**BLIND, "Severity": {"Label": "MEDIUM"}, "Workflow": {"Status": "NOTIFIED"}},
        finding(222233334444, sample_rule(name="root-contact", finding_title="Nobody can be reached")),
        finding(222233334444, MFA, RecordState="ARCHIVED"),
    ),
    {
        "111122223333": "signing-certificate",
        "222233334444": "payments",
        "333344445555": "denied",
        "444455556666": "exempt",
    },
    ("444455556666",),
)


SCREEN = """\
Security Hub findings  1 critical  0 high  1 medium  1 low  0 informational

severity  account              title                  resource    status
────────────────────────────────────────────────────────────────────────────────
CRITICAL  signing-certificate  The root user has      AwsAccount  NEW
          111122223333         credentials but no                 FAILED
                               MFA device
MEDIUM    denied               Could not be           AwsAccount  NOTIFIED
          333344445555         evaluated: A sample                NOT_AVAILABLE
LOW       payments             Nobody can be reached  AwsAccount  NEW
          222233334444                                            FAILED

Not listed: 1 archived, which pass, do not apply or could be evaluated again.
Security Hub is off in exempt (444455556666): AWS Config has its evaluations,
and nobody its findings.
"""


def test_the_screen() -> None:
    assert shown(EXAMPLE).splitlines() == SCREEN.splitlines()


def test_only_the_worst_are_shown_of_many() -> None:
    findings = tuple(finding(number, MFA) for number in range(1, 13))
    view = HubView(findings, {each["AwsAccountId"]: "some account" for each in findings}, ())
    lines = shown(view).splitlines()
    assert sum(line.startswith("CRITICAL") for line in lines) == 10
    assert "… and 2 more findings; --output writes all of them to findings.asff.json" in lines
    assert lines[0] == "Security Hub findings  12 critical  0 high  0 medium  0 low  0 informational"


def test_nothing_to_list() -> None:
    assert shown(HubView((), {}, ())).splitlines() == [
        "Security Hub findings  0 critical  0 high  0 medium  0 low  0 informational",
        "",
        "",
        "Not listed: 0 archived, which pass, do not apply or could be evaluated again.",
    ]


def test_a_name_is_no_instruction() -> None:
    names = {f"{1:012}": "[red]x\x1b[2J", "2": "[bold]y\x07"}
    text = shown(HubView((finding(1, MFA),), names, ("2",)))
    assert "[red]x\ufffd[2J" in text
    assert "[bold]y\ufffd" in text
    assert "\x1b" not in text
