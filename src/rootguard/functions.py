"""How a rule's Lambda function is set up, whoever creates it."""

from rootguard.kit.rule import AnyRule

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
"""A fifth cheaper than x86_64; the zips hold no compiled code (https://aws.amazon.com/lambda/pricing/)."""
MEMORY_MB = 256
TIMEOUT_SECONDS = 120
"""A report may take 20 s, and AWS's throttling many retries; the time that a function does not use costs nothing."""
LONGEST_PREFIX = 18
"""Function and role names have 64 characters at most, the names of rules 46."""
PACK_NAME = "rootguard"


def handler(rule: AnyRule) -> str:
    """What Lambda is to call."""
    return f"{rule.module}.lambda_handler"


def log_group_name(function_name: str) -> str:
    """Where Lambda logs to by default.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    return f"/aws/lambda/{function_name}"
