"""`rootguard demo --serve`: the sandbox stays up for other programs."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = """
import boto3
print(boto3.client("sts").get_caller_identity()["Account"])
print(*(account["Name"] for account in boto3.client("organizations").list_accounts()["Accounts"][1:]))
config = boto3.client("config")
for rule in config.describe_config_rules()["ConfigRules"]:
    found = config.get_compliance_details_by_config_rule(ConfigRuleName=rule["ConfigRuleName"])["EvaluationResults"]
    print(rule["ConfigRuleName"].partition("-conformance-pack-")[0], *(one["ComplianceType"] for one in found))
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
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, env={**clean, **exports}
    )
    assert done.stdout.splitlines() == [
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

    os.killpg(demo.pid, signal.SIGINT)
    rest, said = demo.communicate(timeout=30)
    assert (demo.returncode, rest) == (0, "")
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
