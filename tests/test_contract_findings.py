"""What every rule owes where findings are switched on: one, kept up to date, and never at the evaluation's cost."""

import functools
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from tests.imported_findings import as_imported
from tests.scenarios import SCENARIOS, Place, Scenario

from rootguard.catalog import load_rules, module_of
from rootguard.kit import connection as kit_connection
from rootguard.kit.findings.constraints import violations
from rootguard.kit.findings.security_hub import SWITCH
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import TEST_MODE_VARIABLE
from rootguard.permissions import FINDING_ACTIONS
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

_LOADER = functools.cache(botocore.session.create_loader)
RULES = {rule.name: rule for rule in load_rules()}
STATUS = {"COMPLIANT": "PASSED", "NON_COMPLIANT": "FAILED", "NOT_APPLICABLE": "NOT_AVAILABLE"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def place(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A fresh organization, in whose member the functions run with findings switched on."""
    sandbox.reset()
    made = Place.found(sandbox, Administrators(sandbox), sandbox.management_account_id)
    variables = {**sandbox.environment(operator(made.account_id)), TEST_MODE_VARIABLE: "allowed", SWITCH: "on"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(botocore.session, "create_loader", _LOADER)
    monkeypatch.setattr(kit_connection, "ATTEMPTS", 1)
    return made


def evaluate(rule: AnyRule, scenario: Scenario, place: Place) -> dict[str, str]:
    """Invoke a rule's handler as AWS Config does."""
    notification = {
        "awsAccountId": place.account_id,
        "notificationCreationTime": "2026-11-23T09:00:00.000Z",
        "messageType": "ScheduledNotification",
    }
    event = {
        "invokingEvent": json.dumps(notification),
        "ruleParameters": json.dumps(scenario.parameters_in(place)),
        "resultToken": "TESTMODE",
        "accountId": place.account_id,
    }
    arn = f"arn:aws:lambda:us-east-1:{place.account_id}:function:{rule.name}"
    context = SimpleNamespace(invoked_function_arn=arn, aws_request_id="5f1d4c2e-0000-4000-8000-000000000000")
    answer: dict[str, str] = module_of(rule).lambda_handler(event, context)
    return answer


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_one_finding_and_no_denial_costs_its_evaluation(
    rule: AnyRule, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS[rule.name][0]
    scenario.set_up(place)
    hub: Any = place.session.client("securityhub", region_name="us-east-1")
    hub.enable_security_hub()

    evaluate(rule, scenario, place)
    (first,) = hub.get_findings()["Findings"]
    with dispatch.recording() as requests:
        evaluate(rule, scenario, place)
    (second,) = hub.get_findings()["Findings"]
    with dispatch.recording() as unheard, dispatch.failing(FINDING_ACTIONS[0], "AccessDeniedException"):
        answer = evaluate(rule, scenario, place)
    (third,) = hub.get_findings()["Findings"]

    assert first["Id"] == second["Id"] == f"rootguard/{rule.name}/{place.account_id}"
    assert first["FirstObservedAt"] == second["FirstObservedAt"] < second["UpdatedAt"] == third["UpdatedAt"]
    assert second["Compliance"]["Status"] == STATUS[scenario.compliance]
    assert violations(as_imported(second)) == ()
    made = [request.action for request in requests]
    assert made[-3:] == ["config:PutEvaluations", "securityhub:GetFindings", "securityhub:BatchImportFindings"]
    assert {action for action in made if action.startswith("securityhub:")} == set(FINDING_ACTIONS)
    assert answer["compliance"] == scenario.compliance
    assert "config:PutEvaluations" in {request.action for request in unheard}
    *_, evaluation, warning = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (evaluation["event"], evaluation["compliance"]) == ("evaluation", scenario.compliance)
    assert (warning["event"], warning["code"]) == ("finding", "AccessDeniedException")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_findings_title_says_what_is_wrong_and_no_name(rule: AnyRule) -> None:
    assert rule.finding_title != rule.title
    assert rule.name not in rule.finding_title
    assert not rule.finding_title.endswith(".")
    assert rule.finding_title[0].isupper()


def test_what_a_role_in_another_account_read_is_evidence_too(place: Place) -> None:
    scenario = SCENARIOS["root-denied-by-scp"][0]
    scenario.set_up(place)
    hub: Any = place.session.client("securityhub", region_name="us-east-1")
    hub.enable_security_hub()
    evaluate(RULES["root-denied-by-scp"], scenario, place)
    (finding,) = hub.get_findings()["Findings"]
    evidence = json.loads(finding["ProductFields"]["rootguard/Evidence"])
    assert {fact["account"] for fact in evidence} == {place.account_id, place.management_id}
    assert f"(account {place.management_id}, us-east-1, " in finding["Description"]
