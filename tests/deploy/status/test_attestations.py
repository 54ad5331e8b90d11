"""What people have attested, as `status` reads it in an account, and what it finds due."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from rootguard.attest.answer import Answer, Compliance
from rootguard.attest.recording import record
from rootguard.catalog import load_process_checks
from rootguard.deploy.instances import Instance
from rootguard.deploy.names import DEFAULT_ROLE, PACK
from rootguard.deploy.standing import Standing
from rootguard.deploy.status.attestations import due_in
from rootguard.deploy.status.judgement import problems_of
from rootguard.deploy.status.model import AccountState, Attestation, Deployment, Inside, PackState
from rootguard.deploy.status.reading import Seen
from rootguard.deploy.status.rules import read_inside
from rootguard.deploy.status.view import Report, as_document, report_on, show
from rootguard.derive.conformance_pack import conformance_pack
from rootguard.sandbox import background

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CHECK = "root-recovery-attested"
OPEN = Attestation(CHECK, f"{CHECK}-conformance-pack-x")
ANSWERED = replace(
    OPEN, compliance="COMPLIANT", attested=NOW - 365 * DAY, annotation="attested by alice on 2025-11-23: drill"
)
DEPLOYMENT = Deployment({}, has_organization_pack=True, function_prefix="", rules=(), process_checks=(CHECK,))
STANDING = Standing("999999999999", "o-1", "999999999999", "aws", "eu-central-1", "SELF")


def account(*attestations: Attestation, number: int = 1, **changes: Any) -> AccountState:
    identifier = str(number) * 12
    return AccountState(
        identifier,
        f"member{number}",
        instance=Instance(identifier, "CURRENT", "SUCCEEDED"),
        pack=PackState("CREATE_SUCCESSFUL"),
        inside=Inside(is_recording=True, rules=(), attestations=attestations),
        **changes,
    )


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(account(ANSWERED), id="a year old to the second"),
        pytest.param(
            account(replace(ANSWERED, compliance="NON_COMPLIANT")), id="non-compliant: an answer is an answer"
        ),
        pytest.param(account(replace(ANSWERED, compliance="NOT_APPLICABLE")), id="not applicable"),
        pytest.param(replace(account(OPEN), inside=None, not_seen="denied"), id="what could not be seen"),
        pytest.param(AccountState("1", "x", left_out="excluded"), id="left out"),
    ],
)
def test_nothing_is_due(state: AccountState) -> None:
    assert list(due_in(state, NOW, 365 * DAY)) == []


@pytest.mark.parametrize(
    ("attestation", "days", "line"),
    [
        pytest.param(OPEN, 365, f"nobody has attested {CHECK} -> verify it, then", id="never"),
        pytest.param(
            replace(ANSWERED, attested=NOW - 365 * DAY - timedelta(seconds=1)),
            365,
            f"{CHECK} was attested on 2025-11-23, more than 365 days ago (attested by alice on 2025-11-23: drill) -> ",
            id="a second older than a year",
        ),
        pytest.param(
            replace(ANSWERED, attested=NOW - 91 * DAY, annotation=""),
            90,
            f"{CHECK} was attested on 2026-08-24, more than 90 days ago (no annotation) -> verify it",
            id="older than one wants, and nobody said how",
        ),
    ],
)
def test_what_is_due_is_no_problem_of_the_deployment(attestation: Attestation, days: int, line: str) -> None:
    state = account(attestation)
    (due,) = due_in(state, NOW, days * DAY)
    assert due.line().startswith(line)
    assert f"`rootguard attest {CHECK} --account 111111111111 --compliant --note ...`" in due.fix
    assert problems_of(state, DEPLOYMENT, NOW) == []


def test_a_check_that_the_pack_did_not_bring_is_a_problem() -> None:
    (problem,) = problems_of(account(), DEPLOYMENT, NOW)
    assert problem.line() == f"AWS Config lacks {CHECK} -> run `rootguard deploy`"


def report(*states: AccountState, days: int = 365) -> Report:
    return report_on(Seen(STANDING, DEPLOYMENT, states), NOW, days)


def shown(judged: Report) -> list[str]:
    text = StringIO()
    show(Console(file=text, width=150), judged)
    return text.getvalue().splitlines()


def test_what_is_due_everywhere_is_one_line() -> None:
    judged = report(account(ANSWERED), account(OPEN, number=2), account(OPEN, number=3))
    assert (judged.has_problems, judged.has_due, judged.is_complete) == (False, True, True)
    *_, line, summary = shown(judged)
    assert line == (
        f"2 accounts (222222222222, 333333333333): nobody has attested {CHECK} -> verify it, then `rootguard attest "
        f"{CHECK} --account <account> --compliant --note ...` (or --non-compliant, --not-applicable)"
    )
    assert summary == "3 accounts: 1 fine, 2 with attestations due"


def test_accounts_with_nothing_but_attestations_due_need_no_row_in_a_large_organization() -> None:
    states = [replace(account(OPEN), id=f"{number:012}") for number in range(60)]
    lines = shown(report(*states))
    assert lines[-1] == "60 accounts: 60 with attestations due"
    assert len(lines) == 2


def test_programs_get_it_too() -> None:
    judged = report(account(ANSWERED), account(OPEN, number=2))
    first, second = as_document(judged)["accounts"]
    assert first["attestations"] == [
        {
            "process_check": CHECK,
            "config_rule_name": ANSWERED.config_name,
            "compliance": "COMPLIANT",
            "attested": "2025-11-23T12:00:00+00:00",
            "annotation": "attested by alice on 2025-11-23: drill",
        }
    ]
    assert (first["attestations_due"], first["problems"], second["problems"]) == ([], [], [])
    assert [due["what"] for due in second["attestations_due"]] == [f"nobody has attested {CHECK}"]
    assert (second["attestations"][0]["compliance"], second["attestations"][0]["attested"]) == (
        "INSUFFICIENT_DATA",
        None,
    )


CHECKS = tuple(check.name for check in load_process_checks())


@pytest.fixture(scope="module")
def read(world: Any) -> Callable[..., Inside]:
    """What `status` sees in the management account of an organization whose pack has our process checks."""
    organization = world.organization()
    organization.client("config").put_organization_conformance_pack(
        OrganizationConformancePackName=PACK, TemplateBody=conformance_pack(load_process_checks())
    )
    assert background.idle(30)
    session = world.session(organization.management_id)

    def inside(**answers: Compliance) -> Inside:
        for check, compliance in answers.items():
            answer = Answer(check.replace("_", "-"), compliance, "attested by alice on 2026-11-23: x", NOW)
            record(session, (organization.management_id,), answer, DEFAULT_ROLE)
        return read_inside(session, replace(DEPLOYMENT, process_checks=CHECKS))

    return inside


def test_a_check_that_nobody_has_answered_is_read_as_such_and_an_answer_as_it_was_given(
    read: Callable[..., Inside],
) -> None:
    before = read()
    assert [each.check for each in before.attestations] == list(CHECKS)
    assert {(each.compliance, each.attested, each.annotation) for each in before.attestations} == {
        ("INSUFFICIENT_DATA", None, "")
    }
    password, recovery = read(
        root_password_policy_attested="NOT_APPLICABLE", root_recovery_attested="NON_COMPLIANT"
    ).attestations
    assert (password.compliance, recovery.compliance) == ("NOT_APPLICABLE", "NON_COMPLIANT")
    assert password.attested == recovery.attested == NOW
    assert password.annotation == "attested by alice on 2026-11-23: x"


def test_answers_count_among_the_rules(read: Callable[..., Inside]) -> None:
    counted = read(root_password_policy_attested="COMPLIANT", root_recovery_attested="NOT_APPLICABLE").counted()
    assert counted == {"COMPLIANT": 1, "NOT_APPLICABLE": 1}


def test_a_role_that_may_not_read_answers_sees_nothing_and_is_told_what_it_needs(world: Any) -> None:
    organization = world.organization()
    organization.client("config").put_organization_conformance_pack(
        OrganizationConformancePackName=PACK, TemplateBody=conformance_pack(load_process_checks())
    )
    assert background.idle(30)
    role = describing_role(organization)
    session = world.session(organization.management_id).assuming(role)
    with pytest.raises(ClientError, match="config:GetComplianceDetailsByConfigRule"):
        read_inside(session, replace(DEPLOYMENT, process_checks=CHECKS))


def describing_role(organization: Any) -> str:
    """With config:Describe* alone."""
    iam = organization.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": organization.management_id}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "config:Describe*", "Resource": "*"}
    made = iam.create_role(RoleName="describer", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="describer", PolicyName="describe", PolicyDocument=document(allowed))
    return str(made["Role"]["Arn"])


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
