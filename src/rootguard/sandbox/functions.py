"""Lambda functions that really run: AWS's own runtime interface client in a process with the function's role.

A function of moto's Lambda backend runs from its deployment package, with the environment that Lambda documents
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) and nothing else. Each invocation is a cold
start, the strictest case: a function that leans on what an earlier invocation left behind fails here.
"""

import json
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaFunction, lambda_backends

from rootguard.sandbox.callers import session_caller
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.function_checks import CANNOT_ASSUME, SERVICE
from rootguard.sandbox.function_host import Host
from rootguard.sandbox.function_log import deliver_log
from rootguard.sandbox.invocation import Course, FunctionError, Invocation
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.runtime_api import Assignment, RuntimeApi
from rootguard.sandbox.senders import RoleSender
from rootguard.sandbox.sessions import Session
from rootguard.sandbox.state import state

_INIT_SECONDS = 10
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
_SESSION = timedelta(hours=12)
_ARN_PARTS = 7

_HOST = Host()

__all__ = ["FunctionError", "Invocation", "abandon", "find", "invoke", "run", "start", "stop"]


@dataclass
class Endpoint:
    """Where functions find the sandbox."""

    url: str = ""


def start(endpoint_url: str) -> None:
    """Tell functions where the sandbox is; the process that runs them starts with the first one."""
    state(Endpoint).url = endpoint_url


def abandon() -> None:
    """Kill every function that runs."""
    _HOST.kill_children()


def stop() -> None:
    """End every process that runs functions and remove their files."""
    _HOST.stop()


def invoke(function_arn: str, event: dict[str, Any]) -> Invocation:
    """Run the function of an ARN, in its account and Region, and wait for it; several threads may do so at once.

    Raises:
        AwsError: ResourceNotFoundException, or SandboxNotImplemented for what cannot run here.
    """
    return run(find(function_arn), json.dumps(event).encode(), function_arn)


def find(function_arn: str) -> LambdaFunction:
    """The function of an ARN, which may end in a version or an alias.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    parts = function_arn.split(":")
    if len(parts) < _ARN_PARTS or parts[5] != "function":
        raise AwsError("ResourceNotFoundException", f"Function not found: {function_arn}")
    region, account_id, name = parts[3], parts[4], ":".join(parts[6:])
    try:
        return lambda_backends[account_id][region].get_function(name)
    except (KeyError, UnknownFunctionException, UnknownAliasException):
        raise AwsError("ResourceNotFoundException", f"Function not found: {function_arn}") from None


def run(
    function: LambdaFunction,
    event: bytes,
    invoked_arn: str,
    client_context: str | None = None,
    request_id: str | None = None,
) -> Invocation:
    """Run a function on an event (JSON text) in a fresh process and wait for it.

    Args:
        function: Which.
        event: JSON text.
        invoked_arn: How the one who invokes names it.
        client_context: JSON text.
        request_id: The same for each attempt at an asynchronous event; a new one if not given.

    Raises:
        AwsError: SandboxNotImplemented for what cannot run here, AccessDeniedException if its role is gone.
    """
    _refuse_what_cannot_run(function)
    assignment = Assignment(
        request_id=request_id or str(uuid.uuid4()),
        event=event,
        function_arn=invoked_arn,
        trace_id=f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0",
        timeout_seconds=float(function.timeout),
        client_context=client_context,
    )
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
    session = _role_session(function)
    course = _execute(function, assignment, _environment(function, session.keys, stream))
    invocation = course.invocation(function)
    deliver_log(function, RoleSender(session_caller(session)), stream, invocation.log)
    return invocation


def _refuse_what_cannot_run(function: LambdaFunction) -> None:
    if function.package_type != "Zip" or function.layers or not str(function.run_time).startswith("python"):
        what = f"{function.package_type} {function.run_time}, {len(function.layers)} layers"
        raise AwsError(NOT_IMPLEMENTED, f"The sandbox runs Python zips without layers, not {what}.")
    if not function.code_bytes:
        raise AwsError(NOT_IMPLEMENTED, f"{function.function_arn} has no code: moto accepted a missing S3 object.")


def _execute(function: LambdaFunction, assignment: Assignment, environment: dict[str, str]) -> Course:
    """Run the process; an initialisation over 10 seconds is begun again and then counts for the function's timeout."""
    course = _attempt(function, assignment, environment, _INIT_SECONDS)
    if course.started is None and not course.in_time:
        return _attempt(function, assignment, environment, None)
    return course


def _attempt(
    function: LambdaFunction, assignment: Assignment, environment: dict[str, str], init_seconds: float | None
) -> Course:
    with RuntimeApi(assignment) as api:
        variables = {**environment, "AWS_LAMBDA_RUNTIME_API": api.address}
        with _HOST.child(function.code_bytes, variables, str(function.handler)) as child:
            begun = time.monotonic()
            in_time = api.serve_init(child.control, init_seconds or assignment.timeout_seconds)
            init_output = child.output()
            if api.ready:
                spent = 0 if init_seconds else time.monotonic() - begun
                in_time = api.serve_invoke(child.control, assignment.timeout_seconds - spent)
            ending = child.end()
            return Course(
                assignment,
                begun,
                api.started,
                api.finished or time.monotonic(),
                in_time,
                api.outcome,
                ending,
                init_output,
                child.output(),
            )


def _environment(function: LambdaFunction, keys: Keys, stream: str) -> dict[str, str]:
    """The variables that Lambda defines, and where to find AWS.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    own: dict[str, str] = function.environment_vars
    changeable = {
        "AWS_ENDPOINT_URL": state(Endpoint).url,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }
    return (
        changeable
        | own
        | {
            "_HANDLER": str(function.handler),
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_REGION": function.region,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_SESSION_TOKEN": str(keys.session_token),
        }
    )


def _role_session(function: LambdaFunction) -> Session:
    """A session of the function's role, named after the function, as Lambda does.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    try:
        return start_service_session(function.role, SERVICE, function.function_name, _SESSION)
    except AwsError as refusal:
        if refusal.code != "AccessDenied":
            raise
        raise AwsError("AccessDeniedException", CANNOT_ASSUME) from None
