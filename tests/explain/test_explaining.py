"""An explanation over HTTP: the rule's verdict, the requests that arrived, and the steps from these to that."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO

import msgspec
import pytest
from rich.console import Console
from tests.explain.conftest import RULES, Auditor
from tests.scenarios import SCENARIOS, Scenario

from rootguard.audit.results import Compliance
from rootguard.explain.explanation import Call, Condition, Explanation, Failure, Function, Return, Step
from rootguard.explain.screen import show
from rootguard.kit.account import Account
from rootguard.kit.evaluation import evaluate
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.root_user import Password, root_user

CASES = [
    pytest.param(
        name,
        scenario,
        id=f"{name}-{number}",
        marks=[pytest.mark.slow] if name == "root-alarm-present" and number > 1 else [],
    )
    for name, scenarios in SCENARIOS.items()
    for number, scenario in enumerate(scenarios, start=1)
]
PRIVATE = (
    *("Security team", "CSIRT", "security@", "555-0123"),  # the contact
    *("arn:*:iam::*:root", "ArnLike", "Statement", "aws:PrincipalArn"),  # policies
    *("detail-type", "userIdentity", "invokedBy"),  # patterns of filters and of event rules
)
"""What stands in the answers of AWS and in requests to it, and is nobody's business."""
ASSUMED = SCENARIOS["root-denied-by-scp"][0]
AUDITED = SCENARIOS["hardware-mfa-for-root"][1]


def every(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Function):
            yield from every(step.steps)


def function(told: Explanation, name: str) -> Function:
    return next(step for step in every(told.steps) if isinstance(step, Function) and step.name == name)


def conditions(told: Explanation, name: str) -> list[tuple[str, bool]]:
    return [(step.source, step.held) for step in function(told, name).steps if isinstance(step, Condition)]


@pytest.mark.parametrize(("rule", "scenario"), CASES)
def test_what_is_told_is_what_happened(rule: str, scenario: Scenario, auditor: Auditor) -> None:
    with dispatch.recording() as arrived:
        scenario.set_up(auditor.place)
        arrived.clear()
        told = auditor.explain(rule, scenario.parameters_in(auditor.place))
        requests = list(arrived)
    place = auditor.place
    account = Account(place.account_id, "aws", "us-east-1", auditor.heard)
    verdict = evaluate(RULES[rule], account, scenario.parameters_in(place), datetime.now(UTC).date())

    assert str(told.compliance) == str(verdict.compliance) == scenario.compliance
    assert told.reason.partition(" (")[0] == verdict.reason.partition(" (")[0]  # the time of a report may follow
    assert [(each.action, each.account_id, each.region) for each in told.requests] == [
        (each.action, each.account_id, each.region) for each in requests
    ]
    assert [step.number for step in every(told.steps) if isinstance(step, Call)] == [
        each.number for each in told.requests
    ]
    last = function(told, "decide").steps[-1]
    assert isinstance(last, Return)
    assert last.value == f"{told.compliance}: {told.reason}"
    assert [each.reason for each in told.outcomes if each.given] == [verdict.outcome.reason]
    assert msgspec.json.decode(msgspec.json.encode(told), type=Explanation) == told
    _assert_discreet(told, auditor)


def test_a_decision_is_told_condition_by_condition(auditor: Auditor) -> None:
    root_user(auditor.place.account_id).password = Password()
    told = auditor.explain("root-mfa-enabled")

    assert told.compliance is Compliance.NON_COMPLIANT
    assert conditions(told, "decide") == [("evidence.mfa_enabled", False)]
    assert conditions(told, "judge_missing_mfa") == [("not summary.known_credentials", False)]
    assert function(told, "decide").steps[-1] == Return(
        "judge_missing_mfa(evidence)", 27, "NON_COMPLIANT: root has a password but no MFA device", passed_on=True
    )
    assert [(fact.member, fact.value) for fact in told.requests[0].facts] == [
        ("SummaryMap.AccountMFAEnabled", "0"),
        ("SummaryMap.AccountPasswordPresent", "1"),
        ("SummaryMap.AccountAccessKeysPresent", "0"),
        ("SummaryMap.AccountSigningCertificatesPresent", "0"),
    ]
    assert told.requests[0].members_not_shown == 30


def test_who_asked_is_told(auditor: Auditor) -> None:
    told = auditor.explain_in("hardware-mfa-for-root", AUDITED)
    role = f"arn:aws:iam::{auditor.place.management_id}:role/root-audit"
    assert [(each.action, each.asked_as) for each in told.requests[-3:]] == [
        ("sts:AssumeRole", auditor.arn),
        ("sts:AssumeRoot", role),
        ("iam:ListMFADevices", f"root of {auditor.place.account_id}, IAMAuditRootUserCredentials"),
    ]
    _assert_discreet(told, auditor)


@pytest.mark.parametrize(
    ("rule", "scenario", "action", "advice"),
    [
        pytest.param("root-mfa-enabled", SCENARIOS["root-mfa-enabled"][0], "iam:GetAccountSummary",
                     "grant iam:GetAccountSummary to the role that evaluates the rule", id="of the account"),
        pytest.param("root-denied-by-scp", ASSUMED, "organizations:ListParents", "templates/reader-role.yaml",
                     id="of a role that was assumed"),
        pytest.param("hardware-mfa-for-root", AUDITED, "sts:AssumeRoot", "enable RootCredentialsManagement",
                     id="of a root session"),
    ],
)  # fmt: skip
def test_a_denied_call_is_explained(rule: str, scenario: Scenario, action: str, advice: str, auditor: Auditor) -> None:
    scenario.set_up(auditor.place)
    with dispatch.failing(action, "AccessDenied", "you may not"):
        told = auditor.explain(rule, scenario.parameters_in(auditor.place))

    assert told.compliance is Compliance.ERROR
    refused = told.requests[-1]
    assert (refused.action, refused.error_code, refused.error) == (action, "AccessDenied", "you may not")
    assert action in told.reason
    assert advice in f"{told.advice} {told.reason}"
    assert not [each for each in told.outcomes if each.given]
    last = function(told, "evaluate").steps[-1]
    assert isinstance(last, Failure)
    assert last.error == f"EvidenceUnavailable: {told.reason}"


def test_an_error_that_an_answer_makes_is_no_error(auditor: Auditor) -> None:
    with dispatch.failing("organizations:DescribeOrganization", "AWSOrganizationsNotInUseException", "in none"):
        told = auditor.explain("organization-root-management")
    assert told.compliance is Compliance.NOT_APPLICABLE
    assert told.requests[0].error_code == "AWSOrganizationsNotInUseException"
    assert conditions(told, "decide") == [("evidence.organization is None", True)]


@pytest.mark.parametrize(
    ("parameters", "compliance", "reason"),
    [
        pytest.param({"ExemptAccounts": "{account}:2999-01-01"}, Compliance.NOT_APPLICABLE, "exempt until 2999-01-01",
                     id="exempt"),
        pytest.param({"Bogus": "1"}, Compliance.ERROR, "root-mfa-enabled has no parameter Bogus", id="wrong parameter"),
    ],
)  # fmt: skip
def test_aws_need_not_be_asked(
    parameters: dict[str, str], compliance: Compliance, reason: str, auditor: Auditor
) -> None:
    given = {name: value.format(account=auditor.place.account_id) for name, value in parameters.items()}
    told = auditor.explain("root-mfa-enabled", given)
    assert (told.compliance, told.requests) == (compliance, [])
    assert told.reason.startswith(reason)


def test_the_alarm_chain_interleaves_calls_and_decisions(auditor: Auditor) -> None:
    told = auditor.explain_in("root-alarm-present", SCENARIOS["root-alarm-present"][0])
    actions = {each.number: each.action for each in told.requests}
    followed = [
        actions[step.number] if isinstance(step, Call) else step.source
        for step in function(told, "_followed").steps
        if isinstance(step, Call | Condition)
    ]
    assert followed == [
        "trail.log_group is None or not trail.multi_region",
        "owner is None",
        "cloudtrail:GetTrailStatus",
        "not status.delivers",
        "cloudtrail:GetEventSelectors",
        "unrecorded",
        "logs:DescribeMetricFilters",
        "logs:TestMetricFilter",
        "not TrailJudgement(evidence, expected).needs_alarms()",
        "cloudwatch:DescribeAlarms",
        "sns:ListSubscriptionsByTopic",
    ]
    judged = [step for step in every(told.steps) if isinstance(step, Function) and step.name == "judge_trails"]
    assert [step.as_before for step in judged] == [False, True]


def _assert_discreet(told: Explanation, auditor: Auditor) -> None:
    """Neither what is private nor any credentials, of whomever, in either form."""
    told = msgspec.structs.replace(told, remediation="")  # it says what a policy should be, whatever there is
    buffer = StringIO()
    show(Console(file=buffer, width=10_000), told)
    own = operator(auditor.place.account_id)
    secrets = [own.access_key_id, own.secret_access_key]
    for key in auditor.heard.keys:
        secrets += [key.access_key_id, key.secret_access_key, key.session_token]
    for text in (msgspec.json.encode(told).decode(), buffer.getvalue()):
        assert not [secret for secret in (*secrets, *PRIVATE) if secret in text]
