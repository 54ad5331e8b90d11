"""Evaluations with real functions: the event they get, what they leave behind, how they fail."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rootguard.sandbox.config_rules import work
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

JUDGE = """
import json
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket="events", Key=context.aws_request_id, Body=json.dumps(event))
    boto3.client("config").put_evaluations(
        ResultToken=event["resultToken"],
        Evaluations=[
            {
                "ComplianceResourceType": "AWS::::Account",
                "ComplianceResourceId": event["accountId"],
                "ComplianceType": "NON_COMPLIANT",
                "Annotation": "The root user has no MFA device.",
                "OrderingTimestamp": json.loads(event["invokingEvent"])["notificationCreationTime"],
            }
        ],
    )
"""
FAILING = """
import boto3, uuid

def handler(event, context):
    boto3.client("s3").put_object(Bucket="events", Key=str(uuid.uuid4()), Body=b"")
    raise PermissionError("not allowed to look")
"""


def events(account: Any) -> list[dict[str, Any]]:
    s3 = account.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="events").get("Contents", [])]
    return [json.loads(s3.get_object(Bucket="events", Key=key)["Body"].read() or "{}") for key in keys]


def status(account: Any) -> dict[str, Any]:
    [found] = account.config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    return dict(found)


def test_a_new_rule_is_evaluated_at_once_with_the_event_of_a_periodic_rule(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="events")
    state(Settings).evaluate_on_creation = True

    account.put_lambda_rule("root-mfa", account.permitted_function("judge", JUDGE), InputParameters='{"a":"b"}')

    assert work.idle(30)
    [rule] = account.config.describe_config_rules()["ConfigRules"]
    [event] = events(account)
    invoking = json.loads(event.pop("invokingEvent"))
    assert invoking.pop("notificationCreationTime").endswith("Z")
    assert invoking == {
        "awsAccountId": account.account_id,
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    assert len(event.pop("resultToken")) > 100
    assert event == {
        "version": "1.0",
        "ruleParameters": '{"a":"b"}',
        "eventLeftScope": False,
        "executionRoleArn": f"arn:aws:iam::{account.account_id}:role/recorder",
        "configRuleArn": rule["ConfigRuleArn"],
        "configRuleName": "root-mfa",
        "configRuleId": rule["ConfigRuleId"],
        "accountId": account.account_id,
    }
    [result] = account.config.get_compliance_details_by_config_rule(ConfigRuleName="root-mfa")["EvaluationResults"]
    assert (result["ComplianceType"], result["Annotation"]) == ("NON_COMPLIANT", "The root user has no MFA device.")
    assert result["ConfigRuleInvokedTime"] <= result["ResultRecordedTime"]
    after = status(account)
    assert after["FirstEvaluationStarted"]
    assert after["LastSuccessfulInvocationTime"] <= after["LastSuccessfulEvaluationTime"]
    assert not {"LastFailedInvocationTime", "LastFailedEvaluationTime", "LastErrorCode"} & after.keys()


def test_a_failing_function_is_told_retried_as_set_and_judges_nothing(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="events")
    state(Settings).function_retries = 1
    account.put_lambda_rule("root-mfa", account.permitted_function("judge", FAILING))

    account.config.start_config_rules_evaluation(ConfigRuleNames=["root-mfa"])

    assert work.idle(30)
    assert len(events(account)) == 2
    after = status(account)
    assert (after["LastErrorCode"], after["LastErrorMessage"]) == ("PermissionError", "not allowed to look")
    assert after["LastSuccessfulInvocationTime"] <= after["LastFailedEvaluationTime"]
    assert not after["FirstEvaluationStarted"]
    assert "LastSuccessfulEvaluationTime" not in after
    assert account.config.get_compliance_details_by_config_rule(ConfigRuleName="root-mfa")["EvaluationResults"] == []
    [told] = account.config.describe_compliance_by_config_rule()["ComplianceByConfigRules"]
    assert told == {"ConfigRuleName": "root-mfa", "Compliance": {"ComplianceType": "INSUFFICIENT_DATA"}}


def test_a_function_that_config_may_no_longer_invoke_is_a_failed_invocation(account: Any) -> None:
    account.put_lambda_rule("root-mfa", account.permitted_function("judge"))
    account.client("lambda").remove_permission(FunctionName="judge", StatementId="config")

    account.config.start_config_rules_evaluation(ConfigRuleNames=["root-mfa"])

    assert work.idle(30)
    after = status(account)
    assert after["LastErrorCode"] == "InsufficientPermissionsException"
    assert "LastFailedInvocationTime" in after
    assert not {"LastSuccessfulInvocationTime", "LastSuccessfulEvaluationTime"} & after.keys()


def test_a_rule_is_evaluating_once_at_a_time_and_once_per_minute(account: Any) -> None:
    account.put_lambda_rule("judged", account.permitted_function("judge"))
    account.put_lambda_rule("other", account.permitted_function("second"))
    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])
    with pytest.raises(ClientError, match="LimitExceededException"):
        account.config.start_config_rules_evaluation(ConfigRuleNames=["other", "judged"])
    assert work.idle(30)
    with pytest.raises(ClientError, match="LimitExceededException"):
        account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])

    state(Settings).minimum_interval = timedelta(0)
    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])

    assert work.idle(30)
    [judged, other] = account.config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert "LastSuccessfulInvocationTime" in judged
    assert "LastSuccessfulInvocationTime" not in other


def test_a_rule_shows_evaluating_while_its_function_runs(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="gate")
    waiting = """
import time
import boto3

def handler(event, context):
    s3 = boto3.client("s3")
    while not s3.list_objects_v2(Bucket="gate")["KeyCount"]:
        time.sleep(0.05)
"""
    account.put_lambda_rule("judged", account.permitted_function("judge", waiting))
    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])

    [during] = account.config.describe_config_rules()["ConfigRules"]
    account.client("s3").put_object(Bucket="gate", Key="open", Body=b"")
    assert work.idle(30)
    [after] = account.config.describe_config_rules()["ConfigRules"]

    assert [rule["ConfigRuleState"] for rule in (during, after)] == ["EVALUATING", "ACTIVE"]


def test_a_reset_ends_what_is_being_evaluated(account: Any) -> None:
    account.put_lambda_rule(
        "judged", account.permitted_function("judge", "import time\ndef handler(e, c): time.sleep(25)")
    )
    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])

    account.sandbox.reset()

    assert work.pending() == 0
    account.clients.clear()
    assert account.config.describe_config_rules()["ConfigRules"] == []


def test_a_function_whose_role_is_gone_is_a_failed_invocation(account: Any) -> None:
    account.put_lambda_rule("judged", account.permitted_function("judge"))
    iam = account.client("iam")
    iam.delete_role_policy(RoleName="function", PolicyName="everything")
    iam.delete_role(RoleName="function")

    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged"])

    assert work.idle(30)
    assert status(account)["LastErrorCode"] == "AccessDeniedException"
    assert "LastFailedInvocationTime" in status(account)


def test_a_rule_deleted_before_its_turn_is_not_evaluated(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="events")
    state(Settings).workers = 1
    account.put_lambda_rule("judged", account.permitted_function("judge", JUDGE))
    account.put_lambda_rule("deleted", account.permitted_function("other", JUDGE))
    account.config.start_config_rules_evaluation(ConfigRuleNames=["judged", "deleted"])

    account.config.delete_config_rule(ConfigRuleName="deleted")

    assert work.idle(30)
    assert [event["configRuleName"] for event in events(account)] == ["judged"]


def test_a_job_of_the_sandbox_that_crashes_is_an_alarm_for_whoever_waits() -> None:
    queue = work.WorkQueue("test", 1)

    def crash() -> None:
        raise ZeroDivisionError

    queue.submit(crash)
    with pytest.raises(work.WorkFailedError) as alarm:
        queue.idle(5)
    assert isinstance(alarm.value.__cause__, ZeroDivisionError)

    queue.end(lambda: None)
    queue.submit(crash)
    assert queue.idle(0)
