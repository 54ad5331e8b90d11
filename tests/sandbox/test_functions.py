import base64
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.patience import wait_until

from rootguard.sandbox import dispatch, functions
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.function_host import HostDiedError
from rootguard.sandbox.function_package import zipped
from rootguard.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ECHO = "def handler(event, context):\n    return {'event': event, 'arn': context.invoked_function_arn}\n"
SLEEP = (
    "import boto3, os, time\n"
    "def handler(event, context):\n"
    "    print('pids', os.getpid(), os.getppid())\n"
    "    boto3.client('sts').get_caller_identity()\n"
    "    time.sleep(600)\n"
)
DOCUMENTED_VARIABLES = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
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
    "AWS_XRAY_CONTEXT_MISSING",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "PATH",
    "TZ",
}


class Bench:
    """A sandbox with a role for functions; its clients are kept, for making one takes longer than most tests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.prepare()

    def prepare(self) -> None:
        """Start from nothing; a reset takes the operators' keys with it, and so the clients."""
        self.clients: dict[tuple[str, str, str], Any] = {}
        self.deployed: set[str] = set()
        self.create_role("function", ALL)

    def reset(self) -> None:
        self.sandbox.reset()
        self.prepare()

    def client(self, service: str, account_id: str = ACCOUNT, region: str = "us-east-1") -> Any:
        key = service, account_id, region
        if key not in self.clients:
            session: Any = self.sandbox.session(account_id, region)
            self.clients[key] = session.client(service)
        return self.clients[key]

    def create_role(self, name: str, *policies: dict[str, Any], trust: dict[str, Any] = TRUST) -> str:
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        for policy in policies:
            self.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return str(role["Arn"])

    def deploy(self, source: str, modules: dict[str, str] | None = None, **members: Any) -> str:
        """Create a function, `f` if not said otherwise, in place of the one that another test may have left."""
        name = members.get("FunctionName", "f")
        if name in self.deployed:
            self.client("lambda").delete_function(FunctionName=name)
            self.deployed.remove(name)
        request = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "module.handler",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/function",
            "Code": {"ZipFile": zipped(module=source, **(modules or {}))},
            **members,
        }
        arn = str(self.client("lambda").create_function(**request)["FunctionArn"])
        self.deployed.add(name)
        return arn

    def invoke(self, account_id: str = ACCOUNT, **request: Any) -> dict[str, Any]:
        answer = dict(self.client("lambda", account_id).invoke(**request))
        del answer["ResponseMetadata"]
        return {**answer, "Payload": answer["Payload"].read().decode()}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Sandbox() as sandbox:
        yield Bench(sandbox)


@pytest.fixture(scope="module")
def wrong_places(bench: Bench) -> None:
    bench.create_role("for-ec2", trust=json.loads(json.dumps(TRUST).replace("lambda.", "ec2.")))
    bench.client("s3").create_bucket(Bucket="empty")
    elsewhere = {"LocationConstraint": "eu-west-1"}
    bench.client("s3", region="eu-west-1").create_bucket(Bucket="elsewhere", CreateBucketConfiguration=elsewhere)


def answered(invocation: functions.Invocation) -> Any:
    assert invocation.error is None, invocation
    return json.loads(invocation.payload)


def test_function_answers_an_event(bench: Bench) -> None:
    arn = bench.deploy(
        "print('at init')\ndef handler(event, context):\n    print('in handler')\n    return context.aws_request_id"
    )
    invocation = functions.invoke(arn, {"key": 1})
    lines = invocation.log.splitlines()
    assert answered(invocation) == invocation.request_id
    assert lines[1] == "at init"
    assert lines[2:5] == [
        f"START RequestId: {invocation.request_id} Version: $LATEST",
        "in handler",
        f"END RequestId: {invocation.request_id}",
    ]
    assert lines[5].startswith(f"REPORT RequestId: {invocation.request_id}\tDuration: ")
    assert invocation.duration_ms > 0


def test_function_acts_as_its_role(bench: Bench) -> None:
    arn = bench.deploy(
        "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"
    )
    assert answered(functions.invoke(arn, {})) == f"arn:aws:sts::{ACCOUNT}:assumed-role/function/f"


def test_function_has_no_more_rights_than_its_role(bench: Bench) -> None:
    role = bench.create_role("powerless")
    source = "import boto3\ndef handler(event, context):\n    boto3.client('iam').get_account_summary()"
    arn = bench.deploy(source, Role=role)
    error = functions.invoke(arn, {}).error
    assert error is not None
    assert error.type == "ClientError"
    assert "iam:GetAccountSummary" in error.message


def test_environment_is_the_documented_one_and_nothing_of_ours(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_SANDBOX", "1")
    source = "import os\ndef handler(event, context):\n    return dict(os.environ) | {'cwd': os.getcwd()}"
    arn = bench.deploy(source, Environment={"Variables": {"OWN": "value", "TZ": ":Asia/Tokyo"}}, MemorySize=256)
    variables = answered(functions.invoke(arn, {}))
    assert variables.keys() == DOCUMENTED_VARIABLES | {"OWN", "cwd"}
    assert variables["cwd"] == variables["LAMBDA_TASK_ROOT"]
    assert variables["AWS_ENDPOINT_URL"] == bench.sandbox.endpoint_url
    assert (variables["OWN"], variables["TZ"]) == ("value", ":Asia/Tokyo")
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"


@pytest.mark.parametrize("module", ["rootguard", "rdklib", "moto", "yaml", "pytest", "awslambdaric_missing"])
def test_function_cannot_import_what_lambda_does_not_have(bench: Bench, module: str) -> None:
    error = functions.invoke(bench.deploy(f"import {module}\n{ECHO}"), {}).error
    assert error == functions.FunctionError(
        "Runtime.ImportModuleError", f"Unable to import module 'module': No module named '{module}'"
    )


@pytest.mark.parametrize("module", ["boto3", "botocore", "urllib3", "dateutil.tz", "jmespath", "s3transfer", "six"])
def test_function_can_import_what_lambda_has(bench: Bench, module: str) -> None:
    answered(functions.invoke(bench.deploy(f"import {module}\n{ECHO}"), {}))


def test_package_brings_its_own_version_of_a_library(bench: Bench) -> None:
    installed = importlib.util.find_spec("six")
    assert installed is not None
    own = Path(str(installed.origin)).read_text() + "\nMINE = True\n"
    source = "import six, dateutil.tz.tz as tz\ndef handler(event, context):\n    return [six.MINE, tz.six is six]"
    assert answered(functions.invoke(bench.deploy(source, modules={"six": own}), {})) == [True, True]


def test_every_invocation_is_a_cold_start(bench: Bench) -> None:
    arn = bench.deploy("seen = []\ndef handler(event, context):\n    seen.append(event)\n    return len(seen)")
    assert [answered(functions.invoke(arn, {})) for _ in range(2)] == [1, 1]


def test_task_root_is_left_as_it_was_unpacked(bench: Bench) -> None:
    source = "import os, other\ndef handler(event, context):\n    return sorted(os.listdir('.'))"
    arn = bench.deploy(source, modules={"other": ""})
    assert [answered(functions.invoke(arn, {})) for _ in range(2)] == [["module.py", "other.py"]] * 2


def test_functions_run_side_by_side(bench: Bench) -> None:
    arns = [bench.deploy(ECHO, FunctionName=f"f{number}") for number in range(3)]
    with ThreadPoolExecutor(6) as threads:
        runs = list(threads.map(lambda n: functions.invoke(arns[n % 3], {"n": n}), range(12)))
    expected = [{"event": {"n": n}, "arn": arns[n % 3]} for n in range(12)]
    assert [answered(run) for run in runs] == expected


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        pytest.param("def handler(event, context):\n    return event['k']", "KeyError", "'k'", id="exception"),
        pytest.param("import nope", "Runtime.ImportModuleError", "No module named 'nope'", id="missing module"),
        pytest.param("def handler(", "Runtime.UserCodeSyntaxError", "never closed", id="syntax error"),
        pytest.param("", "Runtime.HandlerNotFound", "Handler 'handler' missing", id="missing handler"),
        pytest.param("1 / 0", "ZeroDivisionError", "division by zero", id="exception at init"),
        pytest.param(
            "def handler(event, context):\n    return object()", "Runtime.MarshalError", "not JSON", id="no JSON"
        ),
        pytest.param(
            "import sys\ndef handler(event, context):\n    sys.exit(3)",
            "Runtime.ExitError",
            "Error: Runtime exited with error: exit status 3",
            id="exit",
        ),
        pytest.param(
            "import sys\ndef handler(event, context):\n    sys.exit()",
            "Runtime.ExitError",
            "Error: Runtime exited without providing a reason",
            id="exit with 0",
        ),
        pytest.param(
            "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 9)",
            "Runtime.ExitError",
            "Error: Runtime exited with error: signal: killed",
            id="killed",
        ),
        pytest.param("import os\nos._exit(4)", "Runtime.ExitError", "exit status 4", id="exit at init"),
        pytest.param(
            "def handler(event, context):\n    return 'x' * 6_291_556",
            "Function.ResponseSizeTooLarge",
            "Response payload size (6291558 bytes) exceeded maximum allowed payload size (6291556 bytes).",
            id="response over 6 MB",
        ),
    ],
)
def test_failure_is_told_as_lambda_tells_it(bench: Bench, source: str, kind: str, message: str) -> None:
    invocation = functions.invoke(bench.deploy(source), {})
    assert invocation.error is not None
    assert invocation.error.type == kind
    assert message in invocation.error.message
    told = json.loads(invocation.payload)
    assert (told["errorType"], told["errorMessage"]) == (kind, invocation.error.message)


def test_exception_carries_its_stack(bench: Bench) -> None:
    error = functions.invoke(bench.deploy("def handler(event, context):\n    return 1 / 0"), {}).error
    assert error is not None
    assert [line.split("\n")[1].strip() for line in error.stack_trace] == ["return 1 / 0"]


def is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


def pids_in(log: str) -> tuple[int, int]:
    line = next(line for line in log.splitlines() if line.startswith("pids "))
    own, parent = line.split()[1:]
    return int(own), int(parent)


def test_timeout_ends_the_function_and_what_it_started(bench: Bench) -> None:
    source = (
        "import os, subprocess, time\n"
        "def handler(event, context):\n"
        "    print('pids', os.getpid(), subprocess.Popen(['sleep', '600']).pid)\n"
        "    time.sleep(600)\n"
    )
    invocation = functions.invoke(bench.deploy(source, Timeout=1), {})
    told = "Task timed out after 1.00 seconds"
    message = f"RequestId: {invocation.request_id} Error: {told}"
    assert invocation.error == functions.FunctionError("Sandbox.Timedout", message)
    assert f"{invocation.request_id} {told}" in invocation.log
    assert "Status: timeout" in invocation.log
    wait_until(lambda: all(map(is_gone, pids_in(invocation.log))))


def test_initialization_over_10_seconds_is_begun_again_within_the_timeout(bench: Bench) -> None:
    error = functions.invoke(bench.deploy("import time\ntime.sleep(600)", Timeout=1), {}).error
    assert error is not None
    assert error.type == "Sandbox.Timedout"


def started(requests: list[dispatch.Request]) -> bool:
    return any(request.action == "sts:GetCallerIdentity" for request in requests)


def test_reset_ends_functions_that_run(bench: Bench) -> None:
    arn = bench.deploy(SLEEP, Timeout=900)
    with ThreadPoolExecutor(1) as threads:
        with dispatch.recording() as requests:
            run = threads.submit(functions.invoke, arn, {})
            wait_until(lambda: started(requests))
        bench.reset()
        error = run.result().error
    assert error is not None
    assert error.message.endswith("Error: Runtime exited with error: signal: killed")


def test_host_that_died_is_an_error_of_the_sandbox_and_starts_again(bench: Bench) -> None:
    arn = bench.deploy(SLEEP, Timeout=900)
    host = answered(
        functions.invoke(
            bench.deploy("import os\ndef handler(event, context):\n    return os.getppid()", FunctionName="host"), {}
        )
    )
    with ThreadPoolExecutor(1) as threads, dispatch.recording() as requests:
        run = threads.submit(functions.invoke, arn, {})
        wait_until(lambda: started(requests))
        os.kill(host, signal.SIGKILL)
        with pytest.raises(HostDiedError):
            run.result()
    assert bench.client("lambda").invoke(FunctionName="host")["StatusCode"] == 200


def test_stop_leaves_neither_processes_nor_files(bench: Bench) -> None:
    arn = bench.deploy("import os\ndef handler(event, context):\n    return [os.getppid(), os.getcwd()]")
    host, task_root = answered(functions.invoke(arn, {}))
    functions.stop()
    assert is_gone(host)
    assert not Path(task_root).parents[1].exists()
    assert answered(functions.invoke(arn, {}))[0] != host


HELD = """
import sys, time
from pathlib import Path
from rootguard.sandbox.function_host import Host
with Host().child(Path(sys.argv[1]).read_bytes(), {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}, "module.handler"):
    time.sleep(600)
"""


def test_killed_sandbox_leaves_neither_processes_nor_files(tmp_path: Path) -> None:
    report, package = tmp_path / "report", tmp_path / "package.zip"
    source = (
        "import os, pathlib, time\n"
        "part = pathlib.Path({0!r})\n"
        "part.write_text(f'{{os.getpid()}} {{os.getppid()}} {{os.getcwd()}}')\n"
        "part.rename({1!r})\n"
        "time.sleep(600)\n"
    )
    package.write_bytes(zipped(module=source.format(f"{report}.part", str(report))))
    with subprocess.Popen([sys.executable, "-c", HELD, str(package)]) as process:  # noqa: S603 - our own program
        wait_until(lambda: report.exists() or process.poll() is not None)
        process.kill()
    child, host, task_root = report.read_text().split()
    wait_until(lambda: is_gone(int(child)) and is_gone(int(host)))
    assert not Path(task_root).parents[1].exists()


def test_missing_runtime_is_named_and_leaves_no_files(tmp_path: Path) -> None:
    source = str(Path(str(functions.__file__)).parents[2])
    program = (
        f"import sys; sys.path.append({source!r}); from rootguard.sandbox.function_host import Host\n"
        "with Host().child(b'', {}, ''): pass"
    )
    command = [sys.executable, "-I", "-S", "-c", program]
    environment = {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603
    assert "ModuleNotFoundError: running functions needs awslambdaric: install rootguard[demo]" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:g", id="no such function"),
        pytest.param(f"arn:aws:lambda:us-east-1:{OTHER_ACCOUNT}:function:f", id="another account"),
        pytest.param(f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f", id="another Region"),
        pytest.param(f"arn:aws:lambda:nowhere-1:{ACCOUNT}:function:f", id="no Region"),
        pytest.param(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:7", id="no such version"),
        pytest.param(f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:f", id="a layer"),
        pytest.param("f", id="a name"),
    ],
)
def test_unknown_function_is_not_found(bench: Bench, arn: str) -> None:
    bench.deploy(ECHO)
    with pytest.raises(AwsError, match="Function not found") as refusal:
        functions.invoke(arn, {})
    assert refusal.value.code == "ResourceNotFoundException"


def test_alias_runs_the_version_it_names(bench: Bench) -> None:
    arn = bench.deploy(
        "def handler(event, context):\n    return [context.function_version, context.invoked_function_arn]"
    )
    client = bench.client("lambda")
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert answered(functions.invoke(f"{arn}:live", {})) == ["1", f"{arn}:live"]


def test_function_without_its_role_cannot_run(bench: Bench) -> None:
    arn = bench.deploy(ECHO, Role=bench.create_role("short-lived"))
    bench.client("iam").delete_role(RoleName="short-lived")
    with pytest.raises(AwsError, match="cannot be assumed by Lambda"):
        functions.invoke(arn, {})


def test_log_is_delivered_to_the_functions_log_group(bench: Bench) -> None:
    source = "def handler(event, context):\n    print('hello')\n    return context.log_stream_name"
    arn = bench.deploy(source, FunctionName="logged")
    logs = bench.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/logged")
    stream = answered(functions.invoke(arn, {}))
    events = logs.get_log_events(logGroupName="/aws/lambda/logged", logStreamName=stream)["events"]
    assert "hello\n" in [event["message"] for event in events]


@pytest.mark.parametrize(
    "name",
    ["f", "f:$LATEST", f"{ACCOUNT}:function:f", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"],
)
def test_invoke_finds_a_function_by(bench: Bench, name: str) -> None:
    bench.deploy(ECHO)
    answer = bench.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert json.loads(answer.pop("Payload"))["event"] == {"a": 1}
    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}


def test_invoke_without_payload_sends_an_empty_event(bench: Bench) -> None:
    bench.deploy(ECHO)
    assert json.loads(bench.invoke(FunctionName="f")["Payload"])["event"] == {}


def test_invoke_tells_of_a_function_error_and_its_log(bench: Bench) -> None:
    bench.deploy("def handler(event, context):\n    print('x' * 5000)\n    raise RuntimeError('no')")
    answer = bench.invoke(FunctionName="f", LogType="Tail")
    log = base64.b64decode(answer["LogResult"])
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"])["errorMessage"] == "no"
    assert len(log) == 4096
    assert b"END RequestId" in log


def test_invoke_passes_the_client_context(bench: Bench) -> None:
    bench.deploy("def handler(event, context):\n    return context.client_context.custom")
    context = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
    assert json.loads(bench.invoke(FunctionName="f", ClientContext=context)["Payload"]) == {"k": "v"}


def test_dry_run_runs_nothing(bench: Bench) -> None:
    bench.deploy("import boto3\ndef handler(event, context):\n    boto3.client('sts').get_caller_identity()")
    with dispatch.recording() as requests:
        answer = bench.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer == {"StatusCode": 204, "Payload": ""}
    assert [request.action for request in requests] == ["lambda:Invoke"]


def test_event_is_answered_at_once_and_run_afterwards(bench: Bench) -> None:
    bench.deploy("import boto3\ndef handler(event, context):\n    boto3.client('sts').get_caller_identity()")
    with dispatch.recording() as requests:
        answer = bench.invoke(FunctionName="f", InvocationType="Event")
        wait_until(lambda: started(requests))
    assert answer == {"StatusCode": 202, "Payload": ""}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param({"FunctionName": "g"}, "ResourceNotFoundException", id="no such function"),
        pytest.param({"FunctionName": "f", "Payload": b"{"}, "InvalidRequestContentException", id="no JSON"),
        pytest.param(
            {"FunctionName": "f", "Payload": b'"' + b"x" * 6_291_456 + b'"'}, "RequestTooLargeException", id="over 6 MB"
        ),
        pytest.param(
            {"FunctionName": "f", "Payload": b'"' + b"x" * 1_048_576 + b'"', "InvocationType": "Event"},
            "RequestTooLargeException",
            id="event over 1 MB",
        ),
        pytest.param(
            {"FunctionName": "f:1", "Qualifier": "2"}, "InvalidParameterValueException", id="two different qualifiers"
        ),
        pytest.param(
            {"FunctionName": "f", "ClientContext": "{}"}, "InvalidRequestContentException", id="plain client context"
        ),
    ],
)
def test_invoke_refuses(bench: Bench, request_: dict[str, Any], code: str) -> None:
    bench.deploy(ECHO)
    with pytest.raises(ClientError) as refusal:
        bench.invoke(**request_)
    assert refusal.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        pytest.param(None, False, id="no policy"),
        pytest.param(OTHER_ACCOUNT, True, id="its account id"),
        pytest.param(f"arn:aws:iam::{OTHER_ACCOUNT}:root", True, id="its account's ARN"),
        pytest.param("*", True, id="everybody"),
        pytest.param("222222222222", False, id="a third account"),
        pytest.param("config.amazonaws.com", False, id="a service"),
    ],
)
def test_another_account_needs_the_functions_policy(bench: Bench, principal: str | None, *, allowed: bool) -> None:
    arn = bench.deploy(ECHO)
    if principal:
        bench.client("lambda").add_permission(
            FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=principal
        )
    if allowed:
        assert bench.invoke(OTHER_ACCOUNT, FunctionName=arn)["StatusCode"] == 200
        return
    with pytest.raises(ClientError, match="no resource-based policy allows the lambda:InvokeFunction") as refusal:
        bench.invoke(OTHER_ACCOUNT, FunctionName=arn)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        pytest.param(
            {"Role": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
            "InvalidParameterValueException",
            "cannot be assumed by Lambda",
            id="no such role",
        ),
        pytest.param(
            {"Role": f"arn:aws:iam::{ACCOUNT}:role/for-ec2"},
            "InvalidParameterValueException",
            "cannot be assumed by Lambda",
            id="role that does not trust Lambda",
        ),
        pytest.param(
            {"Role": f"arn:aws:iam::{OTHER_ACCOUNT}:role/function"},
            "AccessDeniedException",
            "Cross-account pass role is not allowed",
            id="role of another account",
        ),
        pytest.param({"Runtime": "python4.0"}, "ValidationException", "enum value set", id="unknown runtime"),
        pytest.param({"Runtime": "nodejs22.x"}, "SandboxNotImplemented", "not nodejs22.x", id="other language"),
        pytest.param(
            {"Environment": {"Variables": {"AWS_REGION": "x", "OWN": "y"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
            id="reserved variable",
        ),
        pytest.param(
            {"Code": {"S3Bucket": "nothing-here", "S3Key": "a.zip"}},
            "InvalidParameterValueException",
            "NoSuchBucket",
            id="no bucket",
        ),
        pytest.param(
            {"Code": {"S3Bucket": "empty", "S3Key": "a.zip"}},
            "InvalidParameterValueException",
            "NoSuchKey",
            id="no key",
        ),
        pytest.param(
            {"Code": {"S3Bucket": "elsewhere", "S3Key": "a.zip"}},
            "InvalidParameterValueException",
            "bucket is in this region: eu-west-1",
            id="bucket in another Region",
        ),
    ],
)
@pytest.mark.usefixtures("wrong_places")
def test_create_function_refuses(bench: Bench, members: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError, match=message) as refusal:
        bench.deploy(ECHO, **members)
    assert refusal.value.response["Error"]["Code"] == code


@pytest.mark.usefixtures("wrong_places")
def test_function_runs_from_a_bucket(bench: Bench) -> None:
    s3 = bench.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="f.zip", Body=zipped(module=ECHO))
    arn = bench.deploy(ECHO, Code={"S3Bucket": "code", "S3Key": "f.zip"})
    assert answered(functions.invoke(arn, {"a": 1}))["event"] == {"a": 1}


def test_changed_function_must_still_be_able_to_run(bench: Bench) -> None:
    bench.deploy(ECHO)
    client = bench.client("lambda")
    assert client.update_function_configuration(FunctionName="f", Timeout=7)["Timeout"] == 7
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        client.update_function_configuration(FunctionName="f", Role=f"arn:aws:iam::{ACCOUNT}:role/nobody")


def test_changed_code_is_what_runs(bench: Bench) -> None:
    arn = bench.deploy("def handler(event, context):\n    return 1")
    client = bench.client("lambda")
    client.update_function_code(FunctionName="f", ZipFile=zipped(module="def handler(event, context):\n    return 2"))
    assert answered(functions.invoke(arn, {})) == 2
