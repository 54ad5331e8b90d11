"""What every rule of the catalogue owes, whoever writes it."""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.handlers
import botocore.session
import pytest
from botocore.config import Config
from botocore.model import OperationModel
from tests.scenarios import SCENARIOS, Place, Scenario

from rootguard.catalog import PROJECT, load_catalog, load_rules, module_of
from rootguard.derive import stale_files
from rootguard.kit import connection as kit_connection
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EvidenceUnavailable, RuleError
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import RUNTIME_ACTIONS, TEST_MODE_VARIABLE
from rootguard.sandbox import dispatch
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.server import Sandbox

_LOADER = functools.cache(botocore.session.create_loader)
RULES = {rule.name: rule for rule in load_rules()}
DENIED = ("AccessDenied", "is not authorized to perform this action")
THROTTLED = ("ThrottlingException", "Rate exceeded")


CASES = [
    pytest.param(RULES[name], scenario, id=f"{name}-{number}")
    for name, scenarios in SCENARIOS.items()
    for number, scenario in enumerate(scenarios, start=1)
]

# Members of an answer that no verdict depends on: paging, and facts that the rules do not use. An answer that lacks any
# other member must end in an error.
OPTIONAL = {
    "cloudtrail:GetEventSelectors": {"TrailARN"},
    "cloudtrail:GetTrailStatus": {
        "LatestCloudWatchLogsDeliveryTime",
        "LatestDeliveryAttemptSucceeded",
        "LatestDeliveryAttemptTime",
        "LatestDeliveryTime",
        "LatestNotificationAttemptSucceeded",
        "LatestNotificationAttemptTime",
        "StartLoggingTime",
        "StartedLogging",
        "StopLoggingTime",
        "TimeLoggingStarted",
        "TimeLoggingStopped",
        "StoppedLogging",
    },
    "iam:GenerateCredentialReport": {"Description"},
    "iam:GetCredentialReport": {"ReportFormat"},
    "iam:ListOrganizationsFeatures": {"OrganizationId"},
    "sts:AssumeRole": {"AssumedRoleUser", "PackedPolicySize", "SourceIdentity"},
}
PAGING = {"IsTruncated", "Marker", "NextToken", "nextToken", "ResponseMetadata"}


class Missing:
    """Takes a member out of every answer to an action, as botocore hands it to the code."""

    def __init__(self) -> None:
        self.action = ""
        self.member = ""
        self.seen: dict[str, set[str]] = {}

    def __call__(self, parsed: dict[str, Any], model: OperationModel, **_: object) -> None:
        action = f"{model.service_model.service_name}:{model.name}"
        self.seen.setdefault(action, set()).update(parsed)
        if action == self.action:
            parsed.pop(self.member, None)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> Missing:
    """Every botocore session made from here on lets this take members out of answers."""
    hook = Missing()
    monkeypatch.setattr(
        botocore.handlers, "BUILTIN_HANDLERS", [*botocore.handlers.BUILTIN_HANDLERS, ("after-call", hook)]
    )
    return hook


class Judge:
    """Invokes a rule's own handler as AWS Config does, in an organization of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._there: list[Scenario] = []

    def prepare(self, scenario: Scenario) -> None:
        """Bring the account into a scenario's state, once."""
        if scenario not in self._there:
            scenario.set_up(self.place)
            self._there.append(scenario)

    def __call__(self, rule: AnyRule, scenario: Scenario) -> dict[str, str]:
        self.prepare(scenario)
        answer: dict[str, str] = module_of(rule).lambda_handler(*_event(rule, scenario, self.place))
        return answer


def _share_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every invocation makes a session; those with the same keys then get the same clients, which take longest."""
    make: Any = boto3.Session.client
    made: dict[tuple[object, ...], Any] = {}

    def client(session: Any, service: str, region_name: str | None = None, config: Config | None = None) -> Any:
        key = service, region_name, session.get_credentials().access_key, repr(vars(config)) if config else ""
        if key not in made:
            made[key] = make(session, service, region_name, config=config)
        return made[key]

    monkeypatch.setattr(boto3.Session, "client", client)


@pytest.fixture
def new_judge(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Judge]:
    """Makes a judge in a fresh organization. Every handler is a new session; they share the service models."""
    monkeypatch.setenv(TEST_MODE_VARIABLE, "allowed")
    monkeypatch.setattr(botocore.session, "create_loader", _LOADER)
    monkeypatch.setattr(kit_connection, "ATTEMPTS", 1)  # waiting between them takes long

    def make() -> Judge:
        sandbox.reset()
        place = Place.found(sandbox, Administrators(sandbox), sandbox.management_account_id)
        for name, value in sandbox.environment(operator(place.account_id)).items():
            monkeypatch.setenv(name, value)
        _share_clients(monkeypatch)
        return Judge(place)

    return make


@pytest.fixture
def judge(new_judge: Callable[[], Judge]) -> Judge:
    return new_judge()


def _event(rule: AnyRule, scenario: Scenario, place: Place) -> tuple[dict[str, Any], SimpleNamespace]:
    account_id = place.account_id
    notification = {
        "awsAccountId": account_id,
        "notificationCreationTime": "2026-11-23T09:00:00.000Z",
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    event = {
        "invokingEvent": json.dumps(notification),
        "ruleParameters": json.dumps(scenario.parameters_in(place)),
        "resultToken": "TESTMODE",
        "accountId": account_id,
    }
    arn = f"arn:aws:lambda:us-east-1:{account_id}:function:{rule.name}"
    return event, SimpleNamespace(invoked_function_arn=arn, aws_request_id="5f1d4c2e-0000-4000-8000-000000000000")


def _calls(judge: Judge, rule: AnyRule, scenario: Scenario) -> list[str]:
    """The actions that a rule needs in a scenario, in the order of the calls."""
    judge.prepare(scenario)
    with dispatch.recording() as requests:
        assert judge(rule, scenario)["compliance"] == scenario.compliance
    return list(dict.fromkeys(request.action for request in requests if request.action not in RUNTIME_ACTIONS))


def _assert_loud(judge: Judge, rule: AnyRule, scenario: Scenario, action: str) -> None:
    """Without what `action` answers: an error that names call and account and nothing put; or it did not matter."""
    if action in scenario.unneeded:
        assert judge(rule, scenario)["compliance"] == scenario.compliance
        return
    with dispatch.recording() as requests, pytest.raises(RuleError) as raised:
        judge(rule, scenario)
    asked = {request.account_id for request in requests if request.action == action}
    assert action in str(raised.value)
    assert any(account_id in str(raised.value) for account_id in asked)
    assert not [request for request in requests if request.action in RUNTIME_ACTIONS]


@pytest.mark.slow
def test_a_throttled_call_is_tried_as_often_as_stated(
    new_judge: Callable[[], Judge], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = new_judge()
    monkeypatch.undo()
    with dispatch.recording() as requests, dispatch.failing("iam:GetAccountSummary", *THROTTLED):
        account = Account(judge.place.account_id, "aws", "us-east-1", SessionConnection(judge.place.session))
        with pytest.raises(EvidenceUnavailable, match="AWS throttled every attempt"):
            account.call("iam:GetAccountSummary")

    assert len(requests) == kit_connection.ATTEMPTS == 5


def test_every_rule_has_scenarios() -> None:
    assert SCENARIOS.keys() == RULES.keys()


def _callers(judge: Judge, rule: AnyRule, scenario: Scenario) -> tuple[set[str], set[str]]:
    """The actions that the function needs itself, and those that it needs as a role that it assumed."""
    judge.prepare(scenario)
    own_key = operator(judge.place.account_id).access_key_id
    with dispatch.recording() as requests:
        judge(rule, scenario)
    needed = [request for request in requests if request.action not in RUNTIME_ACTIONS]
    own = {request.action for request in needed if request.access_key == own_key}
    return own, {request.action for request in needed if request.access_key != own_key}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_calls_made_are_the_declared_actions(rule: AnyRule, new_judge: Callable[[], Judge]) -> None:
    made = [_callers(new_judge(), rule, scenario) for scenario in SCENARIOS[rule.name]]
    own, assumed = (set[str]().union(*actions) for actions in zip(*made, strict=True))

    assert own == set(rule.actions)
    assert assumed - own == set(rule.assumed_actions)


@pytest.mark.parametrize(("code", "message"), [DENIED, THROTTLED], ids=["denied", "throttled"])
@pytest.mark.parametrize(("rule", "scenario"), CASES)
def test_a_call_that_fails_is_an_error_that_names_it(
    rule: AnyRule, scenario: Scenario, code: str, message: str, judge: Judge
) -> None:
    for action in _calls(judge, rule, scenario):
        with dispatch.failing(action, code, message):
            _assert_loud(judge, rule, scenario, action)


@pytest.mark.parametrize(("rule", "scenario"), CASES)
def test_an_answer_without_an_expected_member_is_an_error_that_names_it(
    rule: AnyRule, scenario: Scenario, judge: Judge, missing: Missing
) -> None:
    for action in _calls(judge, rule, scenario):
        for member in sorted(missing.seen[action] - PAGING - OPTIONAL.get(action, set())):
            missing.action, missing.member = action, member
            _assert_loud(judge, rule, scenario, action)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_exempt_account_is_not_even_asked_about(rule: AnyRule, judge: Judge) -> None:
    scenario = Scenario(lambda _: None, "NOT_APPLICABLE", {"ExemptAccounts": f"{judge.place.account_id}:2999-01-01"})
    with dispatch.recording() as requests:
        answer = judge(rule, scenario)

    assert answer["reason"].startswith("exempt until 2999-01-01")
    assert {request.action for request in requests} == set(RUNTIME_ACTIONS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_one_screen(rule: AnyRule) -> None:
    assert len(Path(str(module_of(rule).__file__)).read_text("utf-8").splitlines()) < 150


def test_derived_files_are_fresh() -> None:
    assert stale_files(load_catalog(), PROJECT) == ()
