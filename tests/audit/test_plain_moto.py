"""`rootguard audit` against `moto_server` as anybody installs it, without our sandbox: it knows less than AWS."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.patience import wait_until

pytestmark = pytest.mark.slow

MOTO = Path(sys.executable).with_name("moto_server")
SCRIPT = Path(sys.executable).with_name("rootguard")
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path_factory.mktemp("moto") / "log"
    with (
        said.open("w") as log,
        subprocess.Popen(  # noqa: S603 - our own environment's program
            [MOTO, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        ) as process,
    ):
        wait_until(lambda: "Running on" in said.read_text() or process.poll() is not None)
        assert process.poll() is None, said.read_text()
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def document(endpoint: str) -> dict[str, Any]:
    """An audit of an account with a trail, a filter, an alarm and a topic."""
    session: Any = boto3.Session("testing", "testing", region_name="us-east-1")
    s3, logs, cloudtrail, cloudwatch, sns = (
        session.client(name, endpoint_url=endpoint) for name in ("s3", "logs", "cloudtrail", "cloudwatch", "sns")
    )
    s3.create_bucket(Bucket="trail")
    logs.create_log_group(logGroupName="trail")
    (group,) = logs.describe_log_groups()["logGroups"]
    cloudtrail.create_trail(
        Name="trail",
        S3BucketName="trail",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=group["arn"],
        CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/x",
    )
    cloudtrail.start_logging(Name="trail")
    # moto does not know the selectors that a new trail has.
    everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    cloudtrail.put_event_selectors(TrailName="trail", EventSelectors=[everything])
    metric = {"metricNamespace": "Security", "metricName": "root", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="trail", filterName="root", filterPattern="{ $.x = 1 }", metricTransformations=[metric]
    )
    topic = sns.create_topic(Name="security")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    cloudwatch.put_metric_alarm(
        AlarmName="root", Namespace="Security", MetricName="root", Statistic="Sum", Period=300, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic],
    )  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(  # noqa: S603 - our own program
        [SCRIPT, "audit", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **KEYS, "AWS_ENDPOINT_URL": endpoint},
    )
    assert done.returncode in {1, 3}, done.stderr
    assert "Traceback" not in done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def test_it_has_a_verdict_where_moto_answered_and_else_an_error(document: dict[str, Any]) -> None:
    assert {each["rule"]: each["compliance"] for each in document["results"]} == {
        "hardware-mfa-for-root": "ERROR",
        "root-mfa-enabled": "ERROR",
        "root-no-access-keys": "COMPLIANT",
        "root-alarm-present": "ERROR",
        "root-no-signing-certificates": "COMPLIANT",
        "root-not-used": "ERROR",
        "organization-root-management": "NOT_APPLICABLE",
        "root-credentials-removed": "NOT_APPLICABLE",
        "root-security-contact": "NON_COMPLIANT",
    }


def test_what_moto_cannot_answer_is_told_with_the_call(document: dict[str, Any]) -> None:
    told = {
        error["action"]: (
            error["problem"].partition(" <")[0],
            {rule for each in error["results"] for rule in each["rules"]},
        )
        for error in document["errors"]
    }
    assert told == {
        "iam:GetAccountSummary": (
            "the answer has no AccountPasswordPresent",
            {"hardware-mfa-for-root", "root-mfa-enabled", "root-not-used"},
        ),
        "logs:TestMetricFilter": ("500:", {"root-alarm-present"}),
    }
    for each in document["results"]:
        named = re.match(r"(iam:GetAccountSummary|logs:TestMetricFilter) in account 123456789012 ", each["reason"])
        assert bool(named) is (each["compliance"] == "ERROR")
