"""`rootguard audit` from end to end, as a person or a pipeline starts it."""

import json
import re
from pathlib import Path

import pytest
from tests.audit.conftest import Done, Ground

from rootguard.catalog import by_severity, load_rules
from rootguard.report.reading import read
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.root_user import Password, root_user

RULES = tuple(rule.name for rule in by_severity(load_rules()))
MFA, HARDWARE, CONTACT, SCP = "root-mfa-enabled", "hardware-mfa-for-root", "root-security-contact", "root-denied-by-scp"
ONE = ("--format", "json", "--rule", CONTACT)
"""An audit of one request."""


def assert_refused(done: Done, pattern: str) -> None:
    """It ended with 2, having said nothing but one line."""
    assert re.fullmatch(f"rootguard: {pattern}\n", done.err), done.err
    assert (done.exit_code, done.out) == (2, "")


def set_contact(ground: Ground, account_id: str) -> None:
    ground.client("account", account_id).put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security team",
        Title="CSIRT",
        EmailAddress="security@anycompany.com",
        PhoneNumber="+1(206)555-0123",
    )


def test_one_account_all_rules(ground: Ground) -> None:
    ground.organization()
    done = ground.audit("--format", "json")
    assert [rule for _, rule in done.cells] == list(RULES)
    assert {account for account, _ in done.cells} == {ground.management}
    scope = done.document["scope"]
    assert (scope["organization_id"], scope["role_name"], scope["region"]) == (None, None, "us-east-1")
    assert done.document["caller"]["arn"].endswith(":user/operator")


def test_an_organization_is_walked_but_for_what_is_suspended(ground: Ground) -> None:
    good, closed = ground.organization("good", "closed")
    ground.client("organizations").close_account(AccountId=closed)
    with dispatch.recording() as requests:
        done = ground.audit(*ONE, "--organization")
    assert {account for account, _ in done.cells} == {ground.management, good}
    assert {each["account_id"]: each["state"] for each in done.document["scope"]["accounts"]} == {
        ground.management: "ACTIVE",
        good: "ACTIVE",
        closed: "SUSPENDED",
    }
    assert not [each for each in requests if each.account_id == closed]
    assert [each.action for each in requests].count("sts:AssumeRole") == 1
    assert done.document["missing"] == []


def test_the_table_is_what_a_person_gets(ground: Ground) -> None:
    ground.organization("one")
    done = ground.audit("--organization")
    assert re.search(r"^\d{12} +one +[✔✘!·]", done.out, re.MULTILINE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.out)
    assert done.err.splitlines()[0] == "rootguard: looking into 2 accounts"


def test_an_account_that_cannot_be_entered_costs_the_others_nothing(ground: Ground) -> None:
    good, bad = ground.organization("good", "bad")
    set_contact(ground, ground.management)
    set_contact(ground, good)
    ground.client("iam", bad).update_assume_role_policy(
        RoleName="OrganizationAccountAccessRole",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
        ),
    )
    done = ground.audit(*ONE, "--organization")
    assert done.cells == {
        (ground.management, CONTACT): "COMPLIANT",
        (bad, CONTACT): "ERROR",
        (good, CONTACT): "COMPLIANT",
    }
    (error,) = done.document["errors"]
    assert (error["action"], error["account_id"]) == ("sts:AssumeRole", bad)
    assert "see that arn:aws:iam::" in error["advice"]
    assert done.exit_code == 3
    assert done.err.endswith("; 1 result of 1 account could not be seen\n")


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        pytest.param((), False, id="by the default role"),
        pytest.param(("--role-name", "security/reader"), False, id="by a role that asks for more"),
        pytest.param(("--role-name", "security/reader", "--external-id", "agreed"), True, id="with the external id"),
        pytest.param(
            ("--role-name", "security/reader", "--external-id", "agreed", "--role-duration", "7200"),
            False,
            id="for longer than it may be assumed",
        ),
    ],
)
def test_the_role_is_the_one_that_is_named(ground: Ground, options: tuple[str, ...], *, seen: bool) -> None:
    (member,) = ground.organization("one")
    iam = ground.client("iam", member)
    iam.detach_role_policy(
        RoleName="OrganizationAccountAccessRole", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    iam.delete_role(RoleName="OrganizationAccountAccessRole")
    ground.role(member, "reader", "/security/", StringEquals={"sts:ExternalId": "agreed"})
    done = ground.audit(*ONE, "--account", member, *options)
    assert (done.cells[member, CONTACT] != "ERROR") is seen


def test_accounts_may_be_named_in_and_outside_of_the_organization(ground: Ground) -> None:
    (member,) = ground.organization("one")
    outside = "555555555555"
    ground.role(outside, "OrganizationAccountAccessRole")
    done = ground.audit(*ONE, "--account", outside, "--account", member)
    assert done.cells == {(outside, CONTACT): "NON_COMPLIANT", (member, CONTACT): "NON_COMPLIANT"}
    assert {each["account_id"]: each["account_name"] for each in done.document["results"]} == {
        member: "one",
        outside: "",
    }


def test_a_member_leaves_out_what_needs_a_reader(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.become(member)
    done = ground.audit("--format", "json")
    assert {rule for _, rule in done.cells} == {*RULES} - {SCP}
    assert f"rootguard: {SCP} is left out: give --reader-role-arn for RootDeniedByScpReaderRoleArn\n" in done.err


def test_a_member_judges_it_with_a_reader(ground: Ground) -> None:
    (member,) = ground.organization("one")
    organizations = ground.client("organizations")
    organizations.enable_policy_type(RootId=ground.root_id, PolicyType="SERVICE_CONTROL_POLICY")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{member}:root"}, "Action": "sts:AssumeRole"}
    iam = ground.client("iam")
    iam.create_role(
        RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    ground.become(member)
    reader = f"arn:aws:iam::{ground.management}:role/reader"
    done = ground.audit("--format", "json", "--rule", SCP, "--reader-role-arn", reader)
    assert done.cells == {(member, SCP): "NON_COMPLIANT"}
    assert done.document["scope"]["parameters"] == {"RootDeniedByScpReaderRoleArn": reader}


def test_an_administrator_of_a_service_audits_the_organization(ground: Ground) -> None:
    delegate, other = ground.organization("delegate", "other")
    organizations = ground.client("organizations")
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    organizations.register_delegated_administrator(AccountId=delegate, ServicePrincipal="config.amazonaws.com")
    for account in (other, ground.management):
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{delegate}:root"}, "Action": "sts:AssumeRole"}
        iam = ground.client("iam", account)
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=document)
        iam.attach_role_policy(RoleName="auditor", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    ground.become(delegate)
    done = ground.audit(*ONE, "--organization", "--role-name", "auditor")
    assert done.cells == dict.fromkeys(
        [(each, CONTACT) for each in (ground.management, delegate, other)], "NON_COMPLIANT"
    )


def test_a_session_of_root_shows_a_passkey(ground: Ground) -> None:
    (member,) = ground.organization("one")
    ground.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    ground.client("iam").enable_organizations_root_credentials_management()
    root_user(member).password = Password()
    root_user(member).add_passkey()
    options = ("--format", "json", "--rule", HARDWARE, "--account", member)
    inferred, observed = ground.audit(*options), ground.audit(*options, "--assume-root")
    assert (inferred.exit_code, observed.exit_code) == (0, 0)
    assert "(inferred" in inferred.document["results"][0]["reason"]
    assert "inferred" not in observed.document["results"][0]["reason"]
    assert "passkey or security key: 1" in observed.document["results"][0]["reason"]


def test_one_job_does_it_all(ground: Ground) -> None:
    members = ground.organization("one", "two")
    done = ground.audit("--format", "json", "--organization", "--jobs", "1")
    assert done.cells.keys() == {(each, rule) for each in (ground.management, *members) for rule in RULES}


def test_an_exempt_account_is_not_judged(ground: Ground) -> None:
    done = ground.audit(*ONE, "--parameter", f"ExemptAccounts={ground.management}:2999-01-01")
    assert (done.cells, done.exit_code) == ({(ground.management, CONTACT): "NOT_APPLICABLE"}, 0)


def test_several_reports_at_once(ground: Ground, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("now.csv", "later.json", "report.html")]
    done = ground.audit(*ONE, "--output", "-", *(word for file in files for word in ("--output", file)))
    assert done.document["schema"] == 1
    assert '"account_id","account_name"' in files[0].read_text("utf-8")
    assert [(each.place, each.reason) for each in read(files[1]).results] == [
        ((each["account_id"], each["rule"]), each["reason"]) for each in done.document["results"]
    ]
    assert "<html" in files[2].read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--rule", "root-mfa"), "--rule root-mfa: .+ did you mean root-mfa-enabled.*", id="rule"),
        pytest.param(("--rule", "root-recovery-attested"), "--rule .+ no such rule that AWS can .+", id="check"),
        pytest.param(("--parameter", "X"), "--parameter X: write NAME=VALUE", id="parameter"),
        pytest.param(("--fail-on-new",), "--fail-on-new needs an earlier audit .+: add --baseline FILE", id="new"),
        pytest.param(("--account", "1"), "--account 1: an account id has 12 digits", id="account"),
        pytest.param(("--organization",), "account 123456789012 is in no organization: .+", id="no organization"),
        pytest.param(("--format", "json", "--format", "csv"), "standard output takes one format: .+", id="formats"),
        pytest.param(("--output", "a.json", "--output", "./a.json"), "--output a.json is given twice", id="same file"),
        pytest.param(("--format", "json", "--output", "/"), "--output / is a folder: name a file in it", id="folder"),
        pytest.param(("--output", "/nowhere/a.json"), "cannot write /nowhere/a.json: No such file .+", id="no place"),
        pytest.param(("--baseline", "none.json"), "none.json cannot be read: No such file .+", id="no baseline"),
        pytest.param(("--resume", "none.json"), "none.json cannot be read: No such file .+", id="nothing to resume"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_looked_at(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with dispatch.recording() as requests:
        assert_refused(ground.audit(*options), said)
    assert {each.action for each in requests} <= {"sts:GetCallerIdentity", "organizations:DescribeOrganization"}
    if any(option in options for option in ("--output", "--baseline", "--resume", "--fail-on-new", "--account")):
        assert requests == []


def test_a_file_that_is_no_audit_is_found_before_any_request(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    for option in ("--baseline", "--resume"):
        with dispatch.recording() as requests:
            assert_refused(ground.audit(option, tmp_path / "other.json"), ".+other.json: it is no audit: .+")
        assert requests == []


def test_who_may_not_list_the_organization_is_told_in_one_line(ground: Ground) -> None:
    ground.organization("one")
    allowed = {"Effect": "Allow", "Action": "organizations:DescribeOrganization", "Resource": "*"}
    ground.become(ground.user(ground.management, allowed))
    said = "arn:aws:iam::123456789012:user/somebody may not organizations:ListAccounts.*: grant it .+"
    assert_refused(ground.audit("--organization"), said)


def test_nobody_is_told_so_in_one_line(ground: Ground) -> None:
    ground.become(Keys("AKIAUNKNOWN", "secret"))
    assert_refused(ground.audit(), "AWS does not know the access key.+")


def test_without_leave_to_see_the_organization_one_s_own_account_is_audited_all_the_same(ground: Ground) -> None:
    ground.organization("one")
    root_user(ground.management).password = Password()
    allowed = {"Effect": "Allow", "Action": ["iam:GetAccountSummary", "account:GetAlternateContact"], "Resource": "*"}
    ground.become(ground.user(ground.management, allowed))
    done = ground.audit("--format", "json")
    assert done.cells[ground.management, MFA] == "NON_COMPLIANT"
    assert done.cells[ground.management, CONTACT] == "NON_COMPLIANT"
    assert done.cells[ground.management, "root-credentials-removed"] == "ERROR"
    assert_refused(ground.audit("--organization"), ".+ may not organizations:DescribeOrganization.*")


@pytest.fixture
def violated(ground: Ground) -> Ground:
    """One critical violation, no MFA, and one of medium severity, no contact."""
    root_user(ground.management).password = Password()
    return ground


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        pytest.param((), 1, "1 critical, 1 medium violations in 1 account", id="all count"),
        pytest.param(("--fail-on", "medium"), 1, "1 critical, 1 medium violations in 1 account", id="medium"),
        pytest.param(("--fail-on", "high"), 1, r"1 critical violation in 1 account \(1 less severe\)", id="high"),
        pytest.param(("--fail-on", "never"), 0, "", id="never"),
        pytest.param(("--fail-on", "critical", "--rule", CONTACT), 0, "", id="none so severe"),
    ],
)
def test_the_exit_code_is_the_threshold_s(violated: Ground, options: tuple[str, ...], code: int, said: str) -> None:
    rules = () if "--rule" in options else ("--rule", MFA, "--rule", CONTACT)
    done = violated.audit("--format", "json", *rules, *options)
    assert done.exit_code == code
    assert re.fullmatch(f"rootguard: {said}\n" if said else "", done.err), done.err


def test_what_could_not_be_seen_ends_with_3_whatever_counts(violated: Ground) -> None:
    with dispatch.failing("account:GetAlternateContact", "AccessDenied"):
        done = violated.audit(*ONE, "--fail-on", "never")
    assert (done.exit_code, done.cells) == (3, {(violated.management, CONTACT): "ERROR"})


def test_only_what_is_new_counts_against_a_baseline(violated: Ground, tmp_path: Path) -> None:
    last = tmp_path / "last.json"
    options = ("--rule", MFA, "--rule", CONTACT, "--fail-on-new", "--baseline", last)
    assert violated.audit("--rule", CONTACT, "--output", last).exit_code == 1
    done = violated.audit(*options, "--output", last, "--format", "json")
    assert done.exit_code == 1
    assert "1 critical new violation in 1 account (1 less severe or known since " in done.err
    assert read(last).results  # it is replaced by what was compared with it
    again = violated.audit(*options)
    assert (again.exit_code, again.err) == (0, "")


def test_an_audit_is_continued_where_something_was_not_seen(ground: Ground, tmp_path: Path) -> None:
    members = ground.organization("one", "two")
    now, whole = tmp_path / "now.json", tmp_path / "whole.json"
    ground.become(ground.management)
    ground.client("iam", members[0]).update_assume_role_policy(
        RoleName="OrganizationAccountAccessRole",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
        ),
    )
    ground.audit("--organization", "--output", now)
    trust = {"Effect": "Allow", "Principal": {"AWS": ground.management}, "Action": "sts:AssumeRole"}
    ground.client("iam", members[0]).update_assume_role_policy(
        RoleName="OrganizationAccountAccessRole",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    with dispatch.recording() as requests:
        ground.audit("--organization", "--resume", now, "--output", now)
    assert {each.account_id for each in requests} == {ground.management, members[0]}
    assert [each.action for each in requests].count("sts:AssumeRole") == 1
    ground.audit("--organization", "--output", whole)
    continued, anew = read(now), read(whole)
    assert [(each.place, each.compliance) for each in continued.results] == [
        (each.place, each.compliance) for each in anew.results
    ]
    assert continued.scope == anew.scope
    assert not continued.missing


def test_another_audit_is_not_continued(ground: Ground, tmp_path: Path) -> None:
    now = tmp_path / "now.json"
    ground.audit("--rule", CONTACT, "--output", now)
    ground.become("666666666666")
    assert_refused(
        ground.audit("--resume", now), "--resume cannot continue that audit: it was asked from account 123456789012, .+"
    )


def test_nothing_to_look_at_is_not_safe(ground: Ground) -> None:
    (closed,) = ground.organization("closed")
    ground.client("organizations").close_account(AccountId=closed)
    done = ground.audit(*ONE, "--account", closed)
    assert (done.exit_code, done.cells) == (3, {})
    assert "there was nothing to look at" in done.err
