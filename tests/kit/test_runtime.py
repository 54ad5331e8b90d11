"""The Lambda handler: which events it answers, what it logs, and that nothing fails in silence."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from root_mfa_enabled import RULE

from rootguard.kit.errors import EventRefused, EvidenceUnavailable, InvalidParameters
from rootguard.kit.runtime import TEST_MODE_VARIABLE, Invocation, handler
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import root_user
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
FUNCTION = "arn:aws:lambda:eu-west-1:{}:function:rootguard-root-mfa-enabled"


@dataclass
class Context:
    invoked_function_arn: str = FUNCTION.format(ACCOUNT)
    aws_request_id: str = "8f6f2b1e-0000-4000-8000-000000000000"


def notification(**changes: Any) -> str:
    return json.dumps(
        {
            "awsAccountId": ACCOUNT,
            "notificationCreationTime": "2026-11-23T05:30:00.000Z",
            "messageType": "ScheduledNotification",
            "recordVersion": "1.0",
        }
        | changes
    )


def event(**changes: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "invokingEvent": notification(),
        "ruleParameters": "{}",
        "resultToken": "token",
        "eventLeftScope": False,
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/config",
        "configRuleArn": f"arn:aws:config:eu-west-1:{ACCOUNT}:config-rule/config-rule-abcdef",
        "configRuleName": "root-mfa-enabled",
        "configRuleId": "config-rule-abcdef",
        "accountId": ACCOUNT,
    } | changes


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}


@pytest.fixture
def lambda_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The function's environment variables: the sandbox's endpoint and the account's keys."""
    credentials: Any = sandbox.session(ACCOUNT).get_credentials()
    for name, value in {
        "AWS_ENDPOINT_URL": sandbox.endpoint_url,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        TEST_MODE_VARIABLE: "allowed",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    return sandbox


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(without("invokingEvent"), "the event has no invokingEvent", id="no invokingEvent"),
        pytest.param(event(invokingEvent={}), "the event has no invokingEvent", id="invokingEvent is an object"),
        pytest.param(event(invokingEvent="{"), "invokingEvent is not a JSON object: '{'", id="malformed invokingEvent"),
        pytest.param(event(invokingEvent="[]"), "invokingEvent is not a JSON object: '[]'", id="a list"),
        pytest.param(without("accountId"), "the event has no accountId", id="no accountId"),
        pytest.param(event(accountId=111122223333), "the event has no accountId", id="accountId is a number"),
        pytest.param(
            event(accountId="444455556666"),
            "the event is of account 444455556666 (notified by 111122223333), this function judges its own account "
            "111122223333 only",
            id="another account's event",
        ),
        pytest.param(
            event(invokingEvent=notification(awsAccountId="444455556666")),
            "the event is of account 111122223333 (notified by 444455556666), this function judges",
            id="another account's notification",
        ),
        pytest.param(
            event(accountId="444455556666", invokingEvent=notification(awsAccountId="444455556666")),
            "the event is of account 444455556666 (notified by 444455556666), this function judges",
            id="wholly another account's",
        ),
        pytest.param(
            event(invokingEvent=notification(awsAccountId=["111122223333"])),
            "the event is of account 111122223333 (notified by ['111122223333']), this function judges",
            id="a list of accounts",
        ),
        pytest.param(
            event(invokingEvent=notification(messageType="ConfigurationItemChangeNotification")),
            "this rule is periodic; it does not answer ConfigurationItemChangeNotification",
            id="a change",
        ),
        pytest.param(
            event(invokingEvent=notification(messageType=None)),
            "this rule is periodic; it does not answer None",
            id="no message type",
        ),
        pytest.param(
            event(invokingEvent=notification(notificationCreationTime="")),
            "the event has no notificationCreationTime",
            id="no time",
        ),
        pytest.param(without("resultToken"), "the event has no resultToken", id="no token"),
        pytest.param(
            event(resultToken="TESTMODE"),
            "the result token TESTMODE records nothing and is for tests only",
            id="a test outside tests",
        ),
        pytest.param(
            event(ruleParameters="MFA=1"), "ruleParameters is not a JSON object: 'MFA=1'", id="malformed parameters"
        ),
        pytest.param(
            event(ruleParameters="[1]"), "ruleParameters is not a JSON object: '[1]'", id="list of parameters"
        ),
        pytest.param(
            event(ruleParameters={"a": "b"}), "ruleParameters is not a JSON object: {'a': 'b'}", id="not encoded"
        ),
        pytest.param(["not", "an", "event"], "the event is not an object", id="a list for an event"),
    ],
)
def test_an_event_that_must_not_be_answered_is_refused(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], given: Any, message: str
) -> None:
    assert sandbox.endpoint_url
    with dispatch.recording() as requests, pytest.raises(EventRefused) as raised:
        handler(RULE)(given, Context())
    assert str(raised.value).startswith(message)
    assert requests == []
    line = json.loads(capsys.readouterr().out)
    assert (line["compliance"], line["error"], line["reason"]) == ("ERROR", "EventRefused", str(raised.value))


@pytest.mark.parametrize("arn", ["", "rootguard-root-mfa-enabled", "arn:aws:lambda:eu-west-1::function:x"])
def test_a_function_that_does_not_know_its_account_answers_nothing(arn: str) -> None:
    with pytest.raises(EventRefused, match="invoked function: not an ARN"):
        Invocation.parse(event(), arn)


@pytest.mark.parametrize(
    ("arn", "partition", "region"),
    [
        (FUNCTION.format(ACCOUNT), "aws", "eu-west-1"),
        (f"{FUNCTION.format(ACCOUNT)}:live", "aws", "eu-west-1"),
        (f"arn:aws-us-gov:lambda:us-gov-west-1:{ACCOUNT}:function:x", "aws-us-gov", "us-gov-west-1"),
    ],
)
@pytest.mark.parametrize(
    ("parameters", "parsed"), [("{}", {}), ("", {}), (None, {}), ('{"ExemptAccounts": "x"}', {"ExemptAccounts": "x"})]
)
def test_an_accepted_event_is_judged_where_the_function_runs(
    arn: str, partition: str, region: str, parameters: str | None, parsed: Mapping[str, str]
) -> None:
    invocation = Invocation.parse(event(ruleParameters=parameters), arn)
    assert invocation == Invocation(ACCOUNT, partition, region, notification(), "token", parsed)


def test_an_evaluation_is_logged_as_one_json_object(
    lambda_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lambda_environment.endpoint_url
    root_user(ACCOUNT).add_passkey()
    answer = handler(RULE)(event(resultToken="TESTMODE"), Context())
    assert answer == {"compliance": "COMPLIANT", "reason": "root has an MFA device"}
    line = json.loads(capsys.readouterr().out)
    assert isinstance(line.pop("duration_ms"), int)
    assert line == {
        "event": "evaluation",
        "account": ACCOUNT,
        "rule": "root-mfa-enabled",
        "compliance": "COMPLIANT",
        "reason": "root has an MFA device",
        "request_id": "8f6f2b1e-0000-4000-8000-000000000000",
    }


@pytest.mark.parametrize(
    ("parameters", "fault", "error"),
    [
        pytest.param({}, "AccessDenied", EvidenceUnavailable, id="denied"),
        pytest.param({"ExemptAccounts": "everybody"}, "", InvalidParameters, id="malformed parameter"),
        pytest.param({"ExecutionRoleName": "Admin"}, "", InvalidParameters, id="unknown parameter"),
    ],
)
def test_a_failure_is_logged_and_raised(
    lambda_environment: Sandbox,
    capsys: pytest.CaptureFixture[str],
    parameters: Mapping[str, str],
    fault: str,
    error: type[Exception],
) -> None:
    assert lambda_environment.endpoint_url
    given = event(resultToken="TESTMODE", ruleParameters=json.dumps(parameters))
    action = "iam:GetAccountSummary" if fault else "iam:ListAccountAliases"
    with dispatch.recording() as requests, dispatch.failing(action, fault), pytest.raises(error) as raised:
        handler(RULE)(given, Context())
    assert [request.action for request in requests] == (["iam:GetAccountSummary"] if fault else [])
    line = json.loads(capsys.readouterr().out)
    assert (line["compliance"], line["error"], line["reason"]) == ("ERROR", error.__name__, str(raised.value))
    assert (line["account"], line["rule"]) == (ACCOUNT, "root-mfa-enabled")


@pytest.mark.parametrize(("variables", "imported"), [({"AWS_LAMBDA_FUNCTION_NAME": "x"}, True), ({}, False)])
def test_lambda_imports_boto3_before_the_first_invocation(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], *, imported: bool
) -> None:
    monkeypatch.delitem(sys.modules, "rootguard.kit.rdk", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made: Callable[..., object] = handler(RULE)
    assert callable(made)
    assert ("rootguard.kit.rdk" in sys.modules) is imported
