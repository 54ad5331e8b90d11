"""A rule deployed by rules.yaml into an account that is in one of the rule's scenarios."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
from tests.patience import LONGEST_WAIT
from tests.scenarios import Place, Scenario
from tests.templates.rollout.granting import Grants

from rootguard.demo.compliance_view import last_run_failed
from rootguard.functions import log_group_name
from rootguard.kit.rule import AnyRule
from rootguard.pack_names import pack_parameter
from rootguard.sandbox.background import idle
from rootguard.sandbox.dispatch import recording
from rootguard.sandbox.role_trust import start_service_session

FAILED = "FAILED"

_QUEUE = "failures"


@dataclass(frozen=True, slots=True)
class Stage:
    """The account, and what AWS shows of the rule there."""

    rule: AnyRule
    scenario: Scenario
    place: Place

    @property
    def role_name(self) -> str:
        """The function's name, too."""
        return f"rootguard-{self.rule.name}"

    @property
    def grants(self) -> Grants:
        return Grants(self.role_name, self.client)

    def client(self, service: str) -> Any:
        """To be used at once: all accounts share one."""
        return self.place.judged.client(service)

    def session(self) -> boto3.Session:
        """With credentials as the function gets them."""
        arn = f"arn:aws:iam::{self.place.account_id}:role/{self.role_name}"
        return self.place.sandbox.session_for(start_service_session(arn, "lambda.amazonaws.com", self.role_name).keys)

    def evaluate(self) -> tuple[str, str]:
        """Have AWS Config run the rule: its compliance and reason, or FAILED and the error."""
        config, name = self.client("config"), self._config_rule()
        config.start_config_rules_evaluation(ConfigRuleNames=[name])
        assert idle(LONGEST_WAIT)
        [status] = config.describe_config_rule_evaluation_status(ConfigRuleNames=[name])["ConfigRulesEvaluationStatus"]
        if last_run_failed(status):
            return FAILED, str(status["LastErrorMessage"])
        [result] = config.get_compliance_details_by_config_rule(ConfigRuleName=name)["EvaluationResults"]
        return str(result["ComplianceType"]), str(result.get("Annotation"))

    def called(self) -> frozenset[str]:
        """The actions that the rule calls in this account, once it has been seen to give its verdict."""
        with recording() as requests:
            compliance, reason = self.evaluate()
        assert compliance == self.scenario.compliance, reason
        return frozenset(request.action for request in requests if request.account_id == self.place.account_id)

    def log(self) -> list[list[str]]:
        """The messages of each stream of the function's log; it is emptied."""
        logs, group = self.client("logs"), {"logGroupName": log_group_name(self.role_name)}
        names = [each["logStreamName"] for each in logs.describe_log_streams(**group)["logStreams"]]
        streams = [logs.get_log_events(**group, logStreamName=name)["events"] for name in names]
        for name in names:
            logs.delete_log_stream(**group, logStreamName=name)
        return [[each["message"] for each in messages] for messages in streams]

    def failures(self) -> list[Any]:
        """The records of failed invocations that have arrived since the last time."""
        assert idle(LONGEST_WAIT)
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=_QUEUE)["QueueUrl"]
        records: list[Any] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            records += [json.loads(each["Body"]) for each in messages]
            for each in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return records

    def findings(self) -> list[tuple[str, str]]:
        """Which findings its Security Hub has, and since when so."""
        found = self.client("securityhub").get_findings()["Findings"]
        return [(each["Id"], each["UpdatedAt"]) for each in found if each["GeneratorId"].startswith("rootguard/")]

    def _config_rule(self) -> str:
        rules = self.client("config").describe_config_rules()["ConfigRules"]
        names = [each["ConfigRuleName"] for each in rules]
        return str(next(name for name in names if name.startswith(f"{self.rule.name}-conformance-pack-")))


def deploy(
    rule: AnyRule, scenario: Scenario, place: Place, artifacts: Any, destination: str = "bus", *, findings: str = "none"
) -> Stage:
    """Bring the account into the scenario's state and deploy the rules into it, with the pack.

    Args:
        rule: Which is to be evaluated.
        scenario: One of the rule's.
        place: Where; the account is new.
        artifacts: The build, whose bucket is made in the account.
        destination: Of failed evaluations: a bus, or a topic with a key of its own.
        findings: SecurityHubFindings.
    """
    stage = Stage(rule, scenario, place)
    scenario.set_up(place)
    _record(stage)
    own = replace(artifacts, bucket=f"artifacts-{place.account_id}")
    stage.client("s3").create_bucket(Bucket=own.bucket)
    own.publish(stage.client("s3"))
    destinations = _bus(stage) if destination == "bus" else _encrypted_topic(stage)
    parameters = dict(_pack_parameters(stage)) | destinations | {"SecurityHubFindings": findings}
    if findings == "own":
        stage.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
    cloudformation = stage.client("cloudformation")
    own.deploy(cloudformation, "rules.yaml", "rootguard-rules", PackDeployment="stackset", **parameters)
    assert idle(LONGEST_WAIT)
    return stage


def _pack_parameters(stage: Stage) -> Iterator[tuple[str, str]]:
    known = {parameter.name: pack_parameter(stage.rule, parameter) for parameter in stage.rule.parameters}
    for name, value in stage.scenario.parameters_in(stage.place).items():
        yield known[name], value


def _record(stage: Stage) -> None:
    bucket = f"config-{stage.place.account_id}"
    role = f"arn:aws:iam::{stage.place.account_id}:role/recorder"
    stage.client("s3").create_bucket(Bucket=bucket)
    config = stage.client("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def _bus(stage: Stage) -> dict[str, str]:
    """A bus whose events from Lambda a queue gets."""
    events, name = stage.client("events"), "failures"
    arn = events.create_event_bus(Name=name)["EventBusArn"]
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": ["lambda"]}))
    queue = _queue(stage, "events.amazonaws.com")
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": queue, "InputPath": "$.detail"}])
    return {"FailureDestinationArn": arn}


def _encrypted_topic(stage: Stage) -> dict[str, str]:
    """A topic with a key, whose messages a queue gets."""
    key = stage.client("kms").create_key()["KeyMetadata"]["Arn"]
    sns = stage.client("sns")
    arn = sns.create_topic(Name="failures", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    queue = _queue(stage, "sns.amazonaws.com")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return {"FailureDestinationArn": arn, "FailureTopicKmsKeyArn": key}


def _queue(stage: Stage, service: str) -> str:
    arn = f"arn:aws:sqs:us-east-1:{stage.place.account_id}:{_QUEUE}"
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    stage.client("sqs").create_queue(QueueName=_QUEUE, Attributes={"Policy": policy})
    return arn
