"""What a rule's Lambda function may do: exactly what its RULE says."""

from typing import Any

from rootguard.kit.rule import AnyRule
from rootguard.kit.runtime import RUNTIME_ACTIONS

_ASSUME_ROLE = "sts:AssumeRole"

TRUST_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
"""Who may take on a function's role: Lambda."""


def execution_policy(rule: AnyRule, reader_role_arn: str = "") -> dict[str, Any]:
    """The policy of a rule's role.

    The actions are reads that IAM does not narrow to a resource, and config:PutEvaluations, which it does not either
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html). Assuming a role is
    granted for the reader role alone, and not at all without one.
    """
    actions = sorted({*rule.actions, *RUNTIME_ACTIONS} - {_ASSUME_ROLE})
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
    if _ASSUME_ROLE in rule.actions and reader_role_arn:
        statements.append({"Effect": "Allow", "Action": _ASSUME_ROLE, "Resource": reader_role_arn})
    return {"Version": "2012-10-17", "Statement": statements}
