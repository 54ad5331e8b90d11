"""The rdklib adapter: what AWS Config gets, and that nothing in an event or an error slips past it."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from root_mfa_enabled import RULE

from rootguard.kit import rdk
from rootguard.kit.errors import EvaluationNotRecorded, EvidenceUnavailable, RuleError
from rootguard.kit.rdk import evaluate_and_record, own_account
from rootguard.kit.runtime import Invocation
from rootguard.kit.verdict import Verdict
from rootguard.sandbox import dispatch
from rootguard.sandbox.server import Sandbox

type Requests = list[tuple[str, str]]

ACCOUNT = "111122223333"
TODAY = date(2027, 1, 1)
NO_MFA = (
    "<R><GetAccountSummaryResult><SummaryMap>"
    "<entry><key>AccountMFAEnabled</key><value>0</value></entry>"
    "<entry><key>AccountPasswordPresent</key><value>1</value></entry>"
    "</SummaryMap></GetAccountSummaryResult></R>"
)
RECORDED = '{"FailedEvaluations": []}'


def invocation(**changes: Any) -> Invocation:
    notification = {
        "awsAccountId": ACCOUNT,
        "notificationCreationTime": "2026-11-23T05:30:00.000Z",
        "messageType": "ScheduledNotification",
    }
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": "eu-west-1",
        "invoking_event": json.dumps(notification | changes.pop("notification", {})),
        "result_token": "token",
        "rule_parameters": {},
    }
    return Invocation(**(given | changes))


def evaluate(asked: Invocation) -> Verdict:
    return evaluate_and_record(RULE, own_account(asked), asked, TODAY)


@pytest.fixture
def hearing(endpoint: Callable[[Mapping[str, Any]], str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have a scripted endpoint answer every client of the process."""

    def hear(script: Mapping[str, Any]) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint(script))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    return hear


def test_one_evaluation_of_the_account_is_put(hearing: Callable[..., None], requests_heard: Requests) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": RECORDED})
    verdict = evaluate(invocation())
    assert (verdict.compliance, verdict.reason) == ("NON_COMPLIANT", "root has a password but no MFA device")
    assert [operation for operation, _ in requests_heard] == ["GetAccountSummary", "PutEvaluations"]
    put = json.loads(requests_heard[1][1])
    ordering = put["Evaluations"][0].pop("OrderingTimestamp")
    assert ordering == 1795411800
    assert put == {
        "ResultToken": "token",
        "TestMode": False,
        "Evaluations": [
            {
                "ComplianceResourceType": "AWS::::Account",
                "ComplianceResourceId": ACCOUNT,
                "ComplianceType": "NON_COMPLIANT",
                "Annotation": "root has a password but no MFA device",
            }
        ],
    }


def test_the_test_token_asks_aws_config_to_forget(hearing: Callable[..., None], requests_heard: Requests) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": RECORDED})
    evaluate(invocation(result_token="TESTMODE"))
    assert json.loads(requests_heard[1][1])["TestMode"] is True


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"ExecutionRoleName": "Admin"}, id="role"),
        pytest.param({"AssumeRoleMode": "True"}, id="mode"),
        pytest.param({"ExecutionRoleRegion": "us-gov-west-1"}, id="Region"),
        pytest.param({"EXECUTION_ROLE_NAME": "Admin", "ASSUME_ROLE_MODE": "True"}, id="older spellings"),
    ],
)
def test_no_parameter_chooses_role_mode_or_region(
    hearing: Callable[..., None], requests_heard: Requests, parameters: Mapping[str, str]
) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": RECORDED})
    with pytest.raises(RuleError, match="root-mfa-enabled has no parameter"):
        evaluate(invocation(rule_parameters=parameters))
    assert requests_heard == []


def test_a_notification_that_names_a_role_is_not_obeyed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials: Any = sandbox.session(ACCOUNT).get_credentials()
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    tempting = {
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Admin",
        "ruleParameters": json.dumps(
            {"ExecutionRoleName": "Admin", "AssumeRoleMode": "True", "ExecutionRoleRegion": "us-east-2"}
        ),
    }
    with dispatch.recording() as requests:
        evaluate(invocation(result_token="TESTMODE", notification=tempting))
    assert [(request.action, request.account_id) for request in requests] == [
        ("iam:GetAccountSummary", ACCOUNT),
        ("config:PutEvaluations", ACCOUNT),
    ]
    assert requests[1].region == "eu-west-1"


def refusal(code: str, message: str = "no", status: int = 400) -> tuple[int, str]:
    return status, json.dumps({"__type": code, "message": message})


PUT = "config:PutEvaluations in account 111122223333 (eu-west-1): "


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(refusal("AccessDeniedException"), f"{PUT}AccessDeniedException: no", id="denied"),
        pytest.param(
            refusal("InvalidResultTokenException", "The result token is invalid."),
            f"{PUT}InvalidResultTokenException: The result token is invalid.",
            id="token expired",
        ),
        pytest.param(
            refusal("NoSuchConfigRuleException"), f"{PUT}NoSuchConfigRuleException: no", id="rule deleted meanwhile"
        ),
        pytest.param(
            refusal("InternalErrorException", "try again"),
            f"{PUT}Unexpected error while completing API request: An error occurred (InternalErrorException) when "
            "calling the PutEvaluations operation: try again",
            id="internal error, which rdklib returns",
        ),
        pytest.param(
            json.dumps({"FailedEvaluations": [{"ComplianceResourceId": ACCOUNT}]}),
            "AWS Config reported FailedEvaluations: [{'ComplianceResourceId': '111122223333'}]",
            id="FailedEvaluations, which rdklib ignores",
        ),
    ],
)
def test_what_aws_config_does_not_take_is_an_error(
    hearing: Callable[..., None], answer: str | tuple[int, str], message: str
) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": answer})
    with pytest.raises(EvaluationNotRecorded) as raised:
        evaluate(invocation())
    assert str(raised.value) == message


def test_a_date_that_aws_config_cannot_read_is_an_error(hearing: Callable[..., None], requests_heard: Requests) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": RECORDED})
    with pytest.raises(EvaluationNotRecorded, match="OrderingTimestamp"):
        evaluate(invocation(notification={"notificationCreationTime": "soon"}))
    assert [operation for operation, _ in requests_heard] == ["GetAccountSummary"]


def test_without_evidence_nothing_is_put(hearing: Callable[..., None], requests_heard: Requests) -> None:
    denied = "<E><Error><Code>AccessDenied</Code><Message>no</Message></Error></E>"
    hearing({"GetAccountSummary": (403, denied), "PutEvaluations": RECORDED})
    with pytest.raises(EvidenceUnavailable, match="grant iam:GetAccountSummary"):
        evaluate(invocation())
    assert [operation for operation, _ in requests_heard] == ["GetAccountSummary"]


def test_a_verdict_that_rdklib_loses_is_an_error(hearing: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    hearing({"GetAccountSummary": NO_MFA, "PutEvaluations": RECORDED})
    monkeypatch.setattr(rdk._PinnedRule, "evaluate_periodic", lambda *_: [])  # noqa: SLF001 - no other way to lose one
    with pytest.raises(EvaluationNotRecorded, match="rdklib recorded 0 evaluations instead of one"):
        evaluate(invocation())
