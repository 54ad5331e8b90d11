"""A finding's way into Security Hub through the Lambda handler: what is imported, and that nothing on it costs more."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest
from root_mfa_enabled import RULE
from tests.sample_rule import FINE, sample_rule

from rootguard.kit import connection as kit_connection
from rootguard.kit.account import Account
from rootguard.kit.connection import SessionConnection
from rootguard.kit.errors import EventRefused, EvidenceUnavailable, InvalidParameters
from rootguard.kit.findings.security_hub import SWITCH, publish_verdict
from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import TEST_MODE_VARIABLE, handler
from rootguard.sandbox import dispatch
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.root_user import Password, root_user
from rootguard.sandbox.server import Sandbox

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = "eu-west-1"
LOADER = functools.cache(botocore.session.create_loader)
VERDICT_ID = f"rootguard/root-mfa-enabled/{ACCOUNT}"
FAILURE_ID = f"{VERDICT_ID}/could-not-be-evaluated"
DENIED = ("AccessDeniedException", "User is not authorized to perform this action")


@dataclass
class Context:
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rootguard-root-mfa-enabled"
    aws_request_id: str = "8f6f2b1e-0000-4000-8000-000000000000"


def event(parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
    notification = {
        "awsAccountId": ACCOUNT,
        "notificationCreationTime": "2026-11-23T05:30:00.000Z",
        "messageType": "ScheduledNotification",
    }
    return {
        "invokingEvent": json.dumps(notification),
        "ruleParameters": json.dumps(parameters or {}),
        "resultToken": "TESTMODE",
        "accountId": ACCOUNT,
    }


def evaluate(parameters: Mapping[str, str] | None = None) -> dict[str, str]:
    return handler(RULE)(event(parameters), Context())


class Hub:
    """The account's Security Hub, as an analyst uses it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.client: Any = sandbox.session(ACCOUNT, REGION).client("securityhub")

    def findings(self) -> dict[str, dict[str, Any]]:
        return {finding["Id"]: finding for finding in self.client.get_findings()["Findings"]}

    def finding(self) -> dict[str, Any]:
        (finding,) = self.findings().values()
        return finding

    def update(self, status: str) -> None:
        key = {name: self.finding()[name] for name in ("Id", "ProductArn")}
        note = {"Text": "asked the owner", "UpdatedBy": "analyst"}
        self.client.batch_update_findings(FindingIdentifiers=[key], Workflow={"Status": status}, Note=note)


@pytest.fixture
def function(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The function's environment, with findings switched on; one attempt per call."""
    for name, value in sandbox.environment(operator(ACCOUNT)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(TEST_MODE_VARIABLE, "allowed")
    monkeypatch.setenv(SWITCH, "on")
    monkeypatch.setattr(botocore.session, "create_loader", LOADER)
    monkeypatch.setattr(kit_connection, "ATTEMPTS", 1)
    root_user(ACCOUNT).password = Password()
    return sandbox


@pytest.fixture
def hub(function: Sandbox) -> Hub:
    made = Hub(function)
    made.client.enable_security_hub()
    return made


def shown(finding: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        finding["Compliance"]["Status"],
        finding["Severity"]["Label"],
        finding["RecordState"],
        finding["Workflow"]["Status"],
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("value", [None, "off", "", "ON", "true"])
def test_findings_are_off_unless_they_are_switched_on(
    hub: Hub, value: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(SWITCH)
    if value is not None:
        monkeypatch.setenv(SWITCH, value)
    with dispatch.recording() as requests:
        assert evaluate()["compliance"] == "NON_COMPLIANT"
    assert [request.action for request in requests] == ["iam:GetAccountSummary", "config:PutEvaluations"]
    assert hub.findings() == {}
    assert [line["event"] for line in lines(capsys)] == ["evaluation"]


def test_a_finding_comes_after_the_evaluation(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    with dispatch.recording() as requests:
        assert evaluate()["compliance"] == "NON_COMPLIANT"
    assert [request.action for request in requests] == [
        "iam:GetAccountSummary",
        "config:PutEvaluations",
        "securityhub:GetFindings",
        "securityhub:BatchImportFindings",
    ]
    finding = hub.finding()
    assert (finding["Id"], finding["Title"]) == (VERDICT_ID, RULE.finding_title)
    assert shown(finding) == ("FAILED", "CRITICAL", "ACTIVE", "NEW")
    assert finding["Description"].startswith("Root has a password but no MFA device. Evidence: iam:GetAccountSummary")
    assert "SummaryMap.AccountMFAEnabled = 0" in finding["Description"]
    assert [line["event"] for line in lines(capsys)] == ["evaluation"]


def test_a_second_run_updates_the_finding_and_leaves_the_analyst_his(hub: Hub) -> None:
    evaluate()
    hub.update("NOTIFIED")
    before = hub.finding()
    evaluate()
    after = hub.finding()
    for name in ("CreatedAt", "FirstObservedAt", "Note"):
        assert after[name] == before[name], name
    assert after["UpdatedAt"] == after["LastObservedAt"] > before["UpdatedAt"]
    assert shown(after) == ("FAILED", "CRITICAL", "ACTIVE", "NOTIFIED")


def test_a_mended_account_leaves_the_list_and_a_broken_one_is_new_in_it(hub: Hub) -> None:
    evaluate()
    first = hub.finding()
    hub.update("NOTIFIED")
    root_user(ACCOUNT).add_passkey()
    evaluate()
    closed = hub.finding()
    assert shown(closed) == ("PASSED", "INFORMATIONAL", "ARCHIVED", "NOTIFIED")
    assert (closed["Title"], closed["FirstObservedAt"]) == (RULE.title, first["FirstObservedAt"])
    root_user(ACCOUNT).mfa_devices.clear()
    evaluate()
    again = hub.finding()
    assert shown(again) == ("FAILED", "CRITICAL", "ACTIVE", "NEW")
    assert again["FirstObservedAt"] > first["FirstObservedAt"]
    assert again["CreatedAt"] == first["CreatedAt"]


def test_an_account_that_is_fine_from_the_start_is_on_record_and_in_no_list(hub: Hub) -> None:
    root_user(ACCOUNT).add_passkey()
    evaluate()
    assert shown(hub.finding()) == ("PASSED", "INFORMATIONAL", "ARCHIVED", "NEW")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        pytest.param({}, "root has no password, access key or signing certificate", id="nothing to protect"),
        pytest.param({"ExemptAccounts": f"{ACCOUNT}:2999-01-01"}, "exempt until 2999-01-01", id="exempt"),
    ],
)
def test_what_does_not_apply_makes_no_finding_and_archives_one(
    hub: Hub, parameters: Mapping[str, str], reason: str
) -> None:
    if not parameters:
        root_user(ACCOUNT).password = None
    evaluate(parameters)
    assert hub.findings() == {}
    root_user(ACCOUNT).password = Password()
    evaluate()
    if not parameters:
        root_user(ACCOUNT).password = None
    assert evaluate(parameters)["compliance"] == "NOT_APPLICABLE"
    finding = hub.finding()
    assert shown(finding)[:3] == ("NOT_AVAILABLE", "INFORMATIONAL", "ARCHIVED")
    assert finding["Compliance"]["StatusReasons"][0]["Description"].startswith(reason)


def test_a_rule_that_cannot_see_leaves_its_finding_and_says_so_until_it_sees_again(hub: Hub) -> None:
    evaluate()
    last = hub.finding()
    for _ in range(2):
        with dispatch.failing("iam:GetAccountSummary", *DENIED), pytest.raises(EvidenceUnavailable):
            evaluate()
    found = hub.findings()
    assert found.keys() == {VERDICT_ID, FAILURE_ID}
    assert found[VERDICT_ID] == last
    assert shown(found[FAILURE_ID]) == ("NOT_AVAILABLE", "MEDIUM", "ACTIVE", "NEW")
    assert "grant iam:GetAccountSummary to the role" in found[FAILURE_ID]["Description"]
    assert found[FAILURE_ID]["FirstObservedAt"] < found[FAILURE_ID]["UpdatedAt"]
    evaluate()
    closed = hub.findings()
    assert shown(closed[FAILURE_ID]) == ("PASSED", "INFORMATIONAL", "ARCHIVED", "NEW")
    assert closed[VERDICT_ID]["UpdatedAt"] > last["UpdatedAt"]
    evaluate()
    assert hub.findings()[FAILURE_ID] == closed[FAILURE_ID]


@pytest.mark.parametrize(
    ("action", "code", "parameters", "error"),
    [
        pytest.param("iam:GetAccountSummary", "Throttling", {}, EvidenceUnavailable, id="no evidence"),
        pytest.param("", "", {"ExemptAccounts": "everybody"}, InvalidParameters, id="malformed parameter"),
        pytest.param("config:PutEvaluations", "NoSuchConfigRuleException", {}, Exception, id="not recorded"),
    ],
)
def test_every_failure_of_an_evaluation_is_a_finding_and_no_verdict(
    hub: Hub, action: str, code: str, parameters: Mapping[str, str], error: type[Exception]
) -> None:
    with dispatch.failing(action or "iam:ListAccountAliases", code or "X", "no"), pytest.raises(error) as raised:
        evaluate(parameters)
    finding = hub.finding()
    assert finding["Id"] == FAILURE_ID
    assert finding["ProductFields"]["rootguard/Error"] == type(raised.value).__name__
    assert finding["ProductFields"]["rootguard/Reason"] == str(raised.value)


def test_an_event_that_is_refused_is_no_finding(hub: Hub) -> None:
    with dispatch.recording() as requests, pytest.raises(EventRefused):
        handler(RULE)(event() | {"accountId": OTHER}, Context())
    assert requests == []
    assert hub.findings() == {}


@pytest.mark.parametrize("cannot_see", [False, True], ids=["a verdict", "an error"])
@pytest.mark.parametrize(
    ("action", "code", "told", "advice"),
    [
        pytest.param("", "InvalidAccessException", "is not subscribed", "switch Security Hub on", id="off"),
        pytest.param(
            "securityhub:GetFindings",
            "AccessDeniedException",
            "securityhub:GetFindings: AccessDeniedException",
            "grant securityhub:GetFindings to the role",
            id="may not read",
        ),
        pytest.param(
            "securityhub:BatchImportFindings",
            "AccessDeniedException",
            "securityhub:BatchImportFindings: AccessDeniedException",
            "grant securityhub:BatchImportFindings to the role",
            id="may not import",
        ),
        pytest.param(
            "securityhub:BatchImportFindings",
            "TooManyRequestsException",
            "securityhub:BatchImportFindings: TooManyRequestsException",
            "AWS throttled every attempt",
            id="throttled",
        ),
        pytest.param(
            "securityhub:BatchImportFindings", "InternalException", "InternalException", "", id="broken"
        ),
    ],
)  # fmt: skip
def test_whatever_keeps_a_finding_out_is_told_and_counted_and_costs_nothing_else(
    function: Sandbox,
    capsys: pytest.CaptureFixture[str],
    *,
    action: str,
    code: str,
    told: str,
    advice: str,
    cannot_see: bool,
) -> None:
    if action:
        Hub(function).client.enable_security_hub()
    unseen = "iam:GetAccountSummary" if cannot_see else "iam:ListAccountAliases"
    with (
        dispatch.recording() as requests,
        dispatch.failing(unseen, "AccessDenied", "no"),
        dispatch.failing(action or "iam:GetUser", code, "no"),
    ):
        if cannot_see:
            with pytest.raises(EvidenceUnavailable):
                evaluate()
        else:
            assert evaluate()["compliance"] == "NON_COMPLIANT"
    assert ("config:PutEvaluations" in {request.action for request in requests}) is not cannot_see
    evaluation, finding = lines(capsys)
    assert evaluation["compliance"] == ("ERROR" if cannot_see else "NON_COMPLIANT")
    assert (finding["event"], finding["level"], finding["code"]) == ("finding", "warning", code)
    assert (finding["account"], finding["region"], finding["rule"]) == (ACCOUNT, REGION, "root-mfa-enabled")
    assert told in finding["reason"]
    assert finding.get("advice", "").startswith(advice)
    embedded = finding["_aws"]["CloudWatchMetrics"]
    assert embedded == [
        {
            "Namespace": "rootguard",
            "Dimensions": [["rule"]],
            "Metrics": [{"Name": "FindingsNotImported", "Unit": "Count"}],
        }
    ]
    assert finding["FindingsNotImported"] == 1


def test_a_hub_that_is_switched_on_later_gets_the_finding(function: Sandbox) -> None:
    evaluate()
    hub = Hub(function)
    hub.client.enable_security_hub()
    evaluate()
    assert shown(hub.finding()) == ("FAILED", "CRITICAL", "ACTIVE", "NEW")


def test_a_finding_that_security_hub_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    account_hearing: Callable[[Mapping[str, str]], Account],
) -> None:
    monkeypatch.setenv(SWITCH, "on")
    refused = {"Id": VERDICT_ID, "ErrorCode": "InvalidInput", "ErrorMessage": "Finding does not adhere to the format."}
    answer = {"FailedCount": 1, "SuccessCount": 0, "FailedFindings": [refused]}
    account = account_hearing({"/findings": '{"Findings": []}', "/findings/import": json.dumps(answer)})
    publish_verdict(RULE, account, FINE())
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["code"]) == ("finding", "warning", "InvalidInput")
    assert line["reason"] == (f"securityhub:BatchImportFindings: {VERDICT_ID}: Finding does not adhere to the format.")
    assert line["FindingsNotImported"] == 1


def test_an_answer_without_findings_is_no_reason_to_import_anew(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    account_hearing: Callable[[Mapping[str, str]], Account],
    requests_heard: list[tuple[str, str]],
) -> None:
    monkeypatch.setenv(SWITCH, "on")
    publish_verdict(RULE, account_hearing({"/findings": "{}"}), FINE())
    (line,) = lines(capsys)
    assert (line["code"], line["reason"]) == ("NoAnswer", "securityhub:GetFindings: the answer has no Findings")
    assert [operation for operation, _ in requests_heard] == ["/findings"]


@pytest.mark.parametrize(
    ("rule", "code", "reason"),
    [
        pytest.param(sample_rule(title=" "), "InvalidFinding", "Title is no text: ' '", id="not in order"),
        pytest.param(sample_rule(controls=None), "AttributeError", "'NoneType' object has no", id="a mistake"),
    ],
)
def test_a_mistake_of_ours_is_told_and_nothing_is_sent(
    hub: Hub, sandbox: Sandbox, capsys: pytest.CaptureFixture[str], *, rule: AnyRule, code: str, reason: str
) -> None:
    publish_verdict(rule, Account(ACCOUNT, "aws", REGION, SessionConnection(sandbox.session(ACCOUNT, REGION))), FINE())
    (line,) = lines(capsys)
    assert (line["code"], line["advice"]) == (code, "report this as a bug of rootguard")
    assert reason in line["reason"]
    assert hub.findings() == {}


def test_retries_are_those_of_every_call_and_answers_are_awaited_for_a_shorter_time(
    function: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = list[Any]()
    asked_with: Callable[..., Account] = Account.asked_with

    def noting(account: Account, config: Any) -> Account:
        configs.append(config)
        return asked_with(account, config)

    monkeypatch.setattr(Account, "asked_with", noting)
    assert function.endpoint_url
    evaluate()
    (config,) = configs
    assert (config.retries["total_max_attempts"], config.connect_timeout, config.read_timeout) == (1, 2, 5)
