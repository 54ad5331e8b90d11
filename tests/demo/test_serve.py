"""`rootguard demo --serve`: the sandbox stays up for other programs."""

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.catalog import load_rules, templates_directory

PROGRAM = """
import boto3
print(boto3.client("sts").get_caller_identity()["Account"])
print(*(account["Name"] for account in boto3.client("organizations").list_accounts()["Accounts"][1:]))
config = boto3.client("config")
for rule in config.describe_config_rules()["ConfigRules"]:
    found = config.get_compliance_details_by_config_rule(ConfigRuleName=rule["ConfigRuleName"])["EvaluationResults"]
    print(rule["ConfigRuleName"].partition("-conformance-pack-")[0], *(one["ComplianceType"] for one in found))
"""

TEMPLATES = """
import boto3, hashlib, json, re
cloudformation, s3 = boto3.client("cloudformation"), boto3.client("s3")
bodies = [
    cloudformation.get_template(StackName=stack["StackId"])["TemplateBody"]
    for stack in cloudformation.describe_stacks()["Stacks"]
]
for stack_set in cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"]:
    bodies.append(cloudformation.describe_stack_set(StackSetName=stack_set["StackSetName"])["StackSet"]["TemplateBody"])
events = cloudformation.get_paginator("describe_stack_events").paginate(StackName="rootguard-organization")
pack = events.search("StackEvents[?ResourceType=='AWS::Config::OrganizationConformancePack'].ResourceProperties")
bucket, key = re.fullmatch("s3://([^/]+)/(.+)", json.loads(next(pack))["TemplateS3Uri"]).groups()
bodies.append(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
print(*sorted({hashlib.sha256(body.encode()).hexdigest() for body in bodies}))
"""

NEW_ACCOUNT = """
import time
import boto3
account_id = boto3.client("organizations").create_account(
    AccountName="new", Email="new@example.com")["CreateAccountStatus"]["AccountId"]
keys = boto3.client("sts").assume_role(
    RoleArn=f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole", RoleSessionName="new")["Credentials"]
session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
session.client("s3").create_bucket(Bucket=f"config-{account_id}")
config = session.client("config")
config.put_configuration_recorder(
    ConfigurationRecorder={"name": "default", "roleARN": f"arn:aws:iam::{account_id}:role/recorder"})
config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
config.start_configuration_recorder(ConfigurationRecorderName="default")
results, end = {}, time.monotonic() + 120
while sum(map(bool, results.values())) < FUNCTIONS and time.monotonic() < end:
    time.sleep(0.2)
    results = {
        rule["ConfigRuleName"]: config.get_compliance_details_by_config_rule(ConfigRuleName=rule["ConfigRuleName"])[
            "EvaluationResults"]
        for rule in config.describe_config_rules()["ConfigRules"]
    }
print(*sorted(name.partition("-conformance-pack-")[0] for name, found in results.items() if found))
"""


@pytest.mark.slow
def test_served_sandbox_answers_other_processes_until_it_is_interrupted(
    start_demo: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    demo = start_demo("--accounts", "2", "--serve")
    assert demo.stdout
    shown: list[str] = []
    while "Ctrl-C ends it." not in shown:
        shown.append(demo.stdout.readline().rstrip("\n"))
        assert demo.poll() is None
    exports = dict(line.removeprefix("export ").split("=", 1) for line in shown if line.startswith("export "))
    assert exports.keys() == {
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    }
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", exports["AWS_ENDPOINT_URL"])

    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def said_by(program: str) -> list[str]:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, env={**clean, **exports}
        )
        return done.stdout.splitlines()

    assert said_by(PROGRAM) == [
        "123456789012",
        "virtual-mfa",
        "hardware-mfa-for-root COMPLIANT",
        "organization-root-management COMPLIANT",
        "root-alarm-present COMPLIANT",
        "root-credentials-removed NOT_APPLICABLE",
        "root-denied-by-scp NOT_APPLICABLE",
        "root-mfa-enabled COMPLIANT",
        "root-no-access-keys COMPLIANT",
        "root-no-signing-certificates COMPLIANT",
        "root-not-used COMPLIANT",
        "root-password-policy-attested COMPLIANT",
        "root-recovery-attested COMPLIANT",
        "root-security-contact COMPLIANT",
    ]
    names = re.search(r"Deployed as committed, by CloudFormation, from templates/: (.+)\.", "\n".join(shown))
    assert names
    files = [(templates_directory() / name).read_bytes() for name in names[1].split(", ")]
    assert said_by(TEMPLATES) == [" ".join(sorted(hashlib.sha256(file).hexdigest() for file in files))]
    assert said_by(f"FUNCTIONS = {len(load_rules())}\n{NEW_ACCOUNT}") == [
        " ".join(sorted(rule.name for rule in load_rules()))
    ]

    os.killpg(demo.pid, signal.SIGINT)
    rest, said = demo.communicate(timeout=LONGEST_WAIT)
    assert (demo.returncode, rest) == (0, "")
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
