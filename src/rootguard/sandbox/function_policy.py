"""A function's resource policy, as Lambda stores it.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from typing import Any

from moto.awslambda.models import LambdaFunction

from rootguard.sandbox import policy


def function_policy(function: LambdaFunction) -> tuple[policy.Document, ...]:
    """The policy that AddPermission built, none before its first statement."""
    statements = [_statement(statement) for statement in function.policy.statements]
    return (policy.parse({"Statement": statements}),) if statements else ()


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    """Moto keeps an account id as AddPermission took it, where Lambda writes `{"AWS": ...}`."""
    principal = statement["Principal"]
    named = {"AWS": principal} if isinstance(principal, str) and principal != "*" else principal
    return {**statement, "Principal": named}
