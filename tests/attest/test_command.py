"""`rootguard attest` against an organization whose conformance pack has our process checks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from rootguard.catalog import load_process_checks
from rootguard.cli import app
from rootguard.derive.conformance_pack import conformance_pack
from rootguard.errors import RootguardError
from rootguard.sandbox import background

PASSWORD, RECOVERY = "root-password-policy-attested", "root-recovery-attested"
TEMPLATE = conformance_pack(load_process_checks())
DENY_ALL = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
TRUST_NOBODY = json.dumps({"Version": "2012-10-17", "Statement": [DENY_ALL]})
ROLE = "OrganizationAccountAccessRole"


@pytest.fixture
def attest(organization: Any, become: Callable[[str], None]) -> Callable[..., tuple[BaseException | None, str, str]]:
    """What the command raises, which `main` says in one line, its output and its complaints."""

    def run(*arguments: str, by: str | None = None) -> tuple[BaseException | None, str, str]:
        become(by or organization.management_id)
        done = CliRunner().invoke(app, ["attest", *arguments], prog_name="rootguard")
        return done.exception, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("option", "compliance"),
    [
        pytest.param("--compliant", "COMPLIANT", id="compliant"),
        pytest.param("--non-compliant", "NON_COMPLIANT", id="non-compliant"),
        pytest.param("--not-applicable", "NOT_APPLICABLE", id="not applicable"),
    ],
)
def test_an_answer_stands_in_the_accounts_that_it_is_about(
    organization: Any, attest: Any, option: str, compliance: str
) -> None:
    members = [organization.member(f"member{number}") for number in range(2)]
    organization.deploy_pack()
    before = datetime.now(UTC)

    accounts = f"{members[0]},{organization.management_id}"
    error, shown, said = attest(RECOVERY, "--account", accounts, option, "--note", "drill of\n2026-11-02")

    assert (error, said) == (None, "")
    answered = [members[0], organization.management_id]
    assert [line.partition(":")[0] for line in shown.splitlines()] == answered
    for account in answered:
        result = organization.result_in(account, RECOVERY)
        assert (result["ComplianceType"], result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]) == (
            compliance,
            {
                "ConfigRuleName": organization.rule_in(account, RECOVERY),
                "ResourceType": "AWS::::Account",
                "ResourceId": account,
                "EvaluationMode": "DETECTIVE",
            },
        )
        attested = result["EvaluationResultIdentifier"]["OrderingTimestamp"]
        assert before - timedelta(seconds=1) <= attested <= datetime.now(UTC)
        assert result["Annotation"].startswith("attested by ")
        assert result["Annotation"].endswith(f" on {attested:%Y-%m-%d}: drill of 2026-11-02")
        assert organization.result_in(account, PASSWORD) is None
    assert organization.result_in(members[1], RECOVERY) is None


def test_a_later_answer_takes_the_place_of_an_earlier_one(organization: Any, attest: Any) -> None:
    organization.deploy_pack()
    account = organization.management_id
    for option in ("--compliant", "--non-compliant"):
        error, *_ = attest(PASSWORD, "--account", account, option, "--note", f"it was {option}")
        assert error is None
    result = organization.result_in(account, PASSWORD)
    assert (result["ComplianceType"], result["Annotation"].rpartition(": ")[2]) == (
        "NON_COMPLIANT",
        "it was --non-compliant",
    )


def test_every_account_that_has_the_rule(organization: Any, attest: Any) -> None:
    member, excluded = organization.member("member"), organization.member("excluded")
    organization.deploy_pack(excluded)
    error, shown, said = attest(RECOVERY, "--all-accounts", "--compliant", "--note", "x")
    assert error is None
    assert {line.partition(":")[0] for line in shown.splitlines()} == {organization.management_id, member}
    assert said == f"{excluded}: has no {RECOVERY} in us-east-1: left out\n"


def test_a_member_answers_for_itself_and_needs_to_see_no_organization(organization: Any, attest: Any) -> None:
    member = organization.member("member")
    organization.deploy_pack()
    error, *_ = attest(RECOVERY, "--account", member, "--compliant", "--note", "x", by=member)
    assert error is None
    assert organization.result_in(member, RECOVERY)["ComplianceType"] == "COMPLIANT"


def test_an_account_that_cannot_be_entered_keeps_no_other_from_its_answer(organization: Any, attest: Any) -> None:
    locked, excluded, member = [organization.member(name) for name in ("locked", "excluded", "member")]
    organization.deploy_pack(excluded)
    organization.client("iam", locked).update_assume_role_policy(RoleName=ROLE, PolicyDocument=TRUST_NOBODY)

    accounts = f"{locked},{excluded},{member}"
    error, shown, said = attest(RECOVERY, "--account", accounts, "--compliant", "--note", "x")

    assert (type(error).__name__, getattr(error, "exit_code", None)) == ("UnfinishedError", 3)
    assert str(error) == f"{RECOVERY} is not recorded for 2 of 3 accounts"
    assert [line.partition(":")[0] for line in shown.splitlines()] == [member]
    denied, missing = said.splitlines()
    assert denied.startswith(f"{locked}: ")
    assert "sts:AssumeRole" in denied
    assert denied.endswith("; or give another --role-name")
    assert missing == f"{excluded}: has no {RECOVERY} in us-east-1: run `rootguard deploy`, or give another --region"
    assert organization.result_in(member, RECOVERY) is not None


def test_where_no_pack_is_nothing_is_recorded(attest: Any) -> None:
    error, shown, _ = attest(RECOVERY, "--all-accounts", "--compliant", "--note", "x")
    assert (str(error), getattr(error, "exit_code", None)) == (f"{RECOVERY} is not recorded for 1 of 1 accounts", 3)
    assert shown == ""


def test_one_stranger_and_nothing_is_recorded_anywhere(organization: Any, attest: Any) -> None:
    organization.deploy_pack()
    accounts = f"{organization.management_id},999999999999"
    error, *_ = attest(RECOVERY, "--account", accounts, "--compliant", "--note", "x")
    assert isinstance(error, RootguardError)
    assert str(error) == (
        "--account 999999999999: no active account of the organization that account "
        f"{organization.management_id} belongs to"
    )
    assert organization.result_in(organization.management_id, RECOVERY) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("root-mfa-enabled", "--compliant", "--note", "x"), "is judged by its function", id="a rule"),
        pytest.param((RECOVERY, "--note", "x"), "give one of --compliant", id="no answer"),
        pytest.param((RECOVERY, "--compliant", "--note", " "), "--note is empty", id="no note"),
        pytest.param((RECOVERY, "--compliant", "--note", "x"), "say which accounts", id="no account"),
        pytest.param(
            (RECOVERY, "--compliant", "--note", "x", "--account", "111111111111", "--all-accounts"),
            "either --account or --all-accounts",
            id="some accounts and all",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_aws_is_asked(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = CliRunner().invoke(app, ["attest", *arguments], prog_name="rootguard")
    assert isinstance(done.exception, RootguardError)
    assert message in str(done.exception)
    assert done.exception.exit_code == 2


def test_a_note_that_does_not_fit_is_refused_with_the_room_there_is(organization: Any, attest: Any) -> None:
    organization.deploy_pack()
    account = organization.management_id
    error, *_ = attest(RECOVERY, "--account", account, "--compliant", "--note", "x" * 250)
    assert isinstance(error, RootguardError)
    room = int(str(error).split("has room for ")[1].partition(":")[0])
    error, *_ = attest(RECOVERY, "--account", account, "--compliant", "--note", "x" * room)
    assert error is None
    assert len(organization.result_in(account, RECOVERY)["Annotation"]) == 256


def test_a_pack_of_the_accounts_own_will_do(organization: Any, attest: Any) -> None:
    """As its stack brings it where PackDeployment is stackset; a second pack has an answer of its own."""
    config, account = organization.client("config"), organization.management_id
    for name in ("rootguard", "another"):
        config.put_conformance_pack(ConformancePackName=name, TemplateBody=TEMPLATE)
    assert background.idle(30)
    error, shown, _ = attest(RECOVERY, "--account", account, "--compliant", "--note", "x")
    assert error is None
    assert shown.count("-conformance-pack-") == 2
    for name in ("rootguard", "another"):
        found = config.get_conformance_pack_compliance_details(ConformancePackName=name)
        [result] = found["ConformancePackRuleEvaluationResults"]
        assert (result["ComplianceType"], result["Annotation"].rpartition(": ")[2]) == ("COMPLIANT", "x")


@pytest.mark.parametrize("needed", ["config:DescribeConfigRules", "config:PutExternalEvaluation"])
def test_two_permissions_are_enough_and_each_is_needed(organization: Any, attest: Any, needed: str) -> None:
    member = organization.member("member")
    organization.deploy_pack()
    command = (RECOVERY, "--account", member, "--compliant", "--note", "x", "--role-name", "attester")
    both = ["config:DescribeConfigRules", "config:PutExternalEvaluation"]

    organization.role_in(member, "attester", [action for action in both if action != needed])
    error, _, said = attest(*command)
    assert getattr(error, "exit_code", None) == 3
    assert f"grant it {needed}" in said

    organization.role_in(member, "attester", both)
    error, *_ = attest(*command)
    assert error is None
