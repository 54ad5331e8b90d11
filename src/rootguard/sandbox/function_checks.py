"""What Lambda refuses when a function is created or changed, and moto lets pass.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaBackend

from rootguard.sandbox import policy
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.role_trust import ASSUME_ROLE, find_role, trust_policy

SERVICE = "lambda.amazonaws.com"
CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."

_ROLE = re.compile(r"arn:aws[a-zA-Z-]*:iam::\d{12}:role/.+")
_RUNTIME = re.compile(r"python3\.(1[0-4])")
"""The Python runtimes that can still be created (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html)."""

_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""


def install() -> None:
    """Check every function that moto creates, also those that CloudFormation creates."""
    original = LambdaBackend.create_function

    @functools.wraps(original)
    def create_function(self: LambdaBackend, spec: dict[str, Any]) -> Any:
        check_function(spec, self.account_id)
        return original(self, spec)

    LambdaBackend.create_function = create_function  # type: ignore[method-assign] # as dispatch wraps moto


def check_function(wanted: Mapping[str, Any], account_id: str) -> None:
    """Refuse a function that Lambda would not take.

    Args:
        wanted: Members of a CreateFunction request; for a change, what stays as it is among them.
        account_id: Where the function is to be.

    Raises:
        AwsError: InvalidParameterValueException, or SandboxNotImplemented for what cannot run here.
    """
    _check_program(wanted)
    _check_role(str(wanted["Role"]), account_id)
    _check_variables(wanted.get("Environment", {}).get("Variables", {}))


def _check_program(wanted: Mapping[str, Any]) -> None:
    if wanted.get("PackageType", "Zip") != "Zip" or wanted.get("Layers"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox runs functions from zip files, without images and layers.")
    for member in ("Runtime", "Handler"):
        if not wanted.get(member):
            message = f"{member} is mandatory for functions created with deployment packages of type Zip."
            raise AwsError("InvalidParameterValueException", message)
    if not _RUNTIME.fullmatch(wanted["Runtime"]):
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox runs python3.10 to python3.14, not {wanted['Runtime']}.")


def _check_role(role_arn: str, account_id: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html."""
    if not _ROLE.fullmatch(role_arn) or role_arn.split(":")[4] != account_id:
        return  # moto refuses a malformed ARN and another account's role in Lambda's words
    role = find_role(role_arn)
    request = policy.Request.of(ASSUME_ROLE, role_arn, principal=policy.Principal(service=SERVICE))
    if role is None or not policy.evaluate([trust_policy(role)], request).allowed:
        raise AwsError("InvalidParameterValueException", CANNOT_ASSUME)


def _check_variables(variables: Mapping[str, str]) -> None:
    reserved = sorted(_RESERVED & variables.keys())
    if reserved:
        message = (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
        raise AwsError("InvalidParameterValueException", message)
