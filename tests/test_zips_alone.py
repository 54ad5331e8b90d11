import importlib.util
import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.artifacts import Manifest, build
from rootguard.catalog import load_rules, rules_directory
from rootguard.kit.runtime import RUNTIME_ACTIONS, TEST_MODE_VARIABLE
from rootguard.sandbox import functions
from rootguard.sandbox.credentials import operator
from rootguard.sandbox.function_host import RUNTIME_PACKAGES
from rootguard.sandbox.root_user import Password, root_user
from rootguard.sandbox.server import Sandbox

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
RULES = {rule.name: rule for rule in load_rules()}
FIRST = "root-mfa-enabled"
EVERY_RULE = [FIRST, *(pytest.param(name, marks=pytest.mark.slow) for name in RULES if name != FIRST)]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
ALONE = "import sys; sys.path.insert(0, sys.argv[1]); sys.path.append(sys.argv[2]); "
IMPORT = ALONE + (
    "import importlib, json; importlib.import_module(sys.argv[3]); import awslambdaric.bootstrap; "
    "print(json.dumps({name: getattr(module, '__file__', None) for name, module in sys.modules.items()}))"
)
RUN = ALONE + "import runpy; sys.argv = ['', sys.argv[3]]; runpy.run_module('awslambdaric', run_name='__main__')"


def function_arn(rule: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{rule}"


def event(rule: str, account_id: str = ACCOUNT) -> dict[str, Any]:
    notification = {
        "awsAccountId": account_id,
        "notificationCreationTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    return {
        "invokingEvent": json.dumps(notification),
        "ruleParameters": "{}",
        "resultToken": "TESTMODE",
        "eventLeftScope": False,
        "configRuleName": rule,
        "accountId": account_id,
        "version": "1.0",
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zips") / "build"
    build(rules_directory(), folder)
    return folder


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Lambda's Python runtime has besides the standard library, and nothing else."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME_PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        origin = Path(str(spec.origin))
        source = origin.parent if spec.submodule_search_locations else origin
        (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture
def task_root(built: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The rule's zip, unpacked far from this checkout."""
    folder = tmp_path / "task"
    unzip = [sys.executable, "-m", "zipfile", "-e", str(built / f"{request.param}.zip"), str(folder)]
    subprocess.run(unzip, check=True)  # noqa: S603 - the standard library's own program
    return folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        root_user(ACCOUNT).password = Password()
        yield sandbox


def command(program: str, *arguments: object) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program, *map(str, arguments)]


@pytest.mark.parametrize("task_root", EVERY_RULE, indirect=True)
def test_zip_imports_alone(task_root: Path, packages: Path) -> None:
    module = next(path.stem for path in task_root.glob("*.py"))
    environment = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}
    done = subprocess.run(  # noqa: S603 - our own program
        command(IMPORT, task_root, packages, module), check=True, capture_output=True, text=True, env=environment
    )
    files = {name: path for name, path in json.loads(done.stdout).items() if path and not path.startswith("<")}
    ours = {name for name in files if name.split(".")[0] in {"rootguard", "rdklib", module}}
    assert {module, "rootguard.kit.rdk", "rdklib.evaluator"} <= ours
    assert {name for name in ours if not Path(files[name]).is_relative_to(task_root)} == set()
    allowed = (task_root, packages, Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib")))
    assert {name for name, path in files.items() if not any(map(Path(path).is_relative_to, allowed))} == set()


@dataclass
class Runtime:
    """A Runtime API for one process and any number of events, made independently of the sandbox's own."""

    rule: str
    events: Queue[dict[str, Any]] = field(default_factory=Queue)
    answers: Queue[tuple[str, dict[str, Any]]] = field(default_factory=Queue)

    def ask(self, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """What the process posts ("response" or "error") and its JSON."""
        self.events.put(event)
        return self.answers.get(timeout=LONGEST_WAIT)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                body = json.dumps(runtime.events.get()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Aws-Request-Id", "a-request")
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0;Sampled=0")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(datetime.now(UTC).timestamp() * 1000) + 60_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", function_arn(runtime.rule))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                runtime.answers.put((self.path.rpartition("/")[2], json.loads(body)))

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def runtime_process(rule: str, task_root: Path, packages: Path, environment: dict[str, str]) -> Iterator[Runtime]:
    runtime = Runtime(rule)
    with ThreadingHTTPServer(("127.0.0.1", 0), runtime.handler()) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        variables = {
            **environment,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": rule,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
            TEST_MODE_VARIABLE: "allowed",
        }
        arguments = command(RUN, task_root, packages, Manifest.read(task_root.parent).rules[rule].handler)
        with subprocess.Popen(arguments, env=variables, cwd=task_root, stdout=subprocess.DEVNULL) as process:  # noqa: S603
            try:
                yield runtime
            finally:
                process.kill()
                server.shutdown()


@pytest.mark.parametrize("task_root", [FIRST], indirect=True)
def test_one_process_answers_cold_and_warm_and_tells_its_errors(
    sandbox: Sandbox, built: Path, task_root: Path, packages: Path
) -> None:
    environment = sandbox.environment(operator(ACCOUNT))
    (task_root.parent / "manifest.json").write_bytes((built / "manifest.json").read_bytes())
    with runtime_process(FIRST, task_root, packages, environment) as runtime:
        cold = runtime.ask(event(FIRST))
        root_user(ACCOUNT).password = None
        warm = runtime.ask(event(FIRST))
        root_user(ACCOUNT).password = Password()
        kind, error = runtime.ask(event(FIRST, OTHER_ACCOUNT))
    assert (cold[0], cold[1]["compliance"]) == ("response", "NON_COMPLIANT")
    assert (warm[0], warm[1]["compliance"]) == ("response", "NOT_APPLICABLE")
    assert (kind, error["errorType"], error["requestId"]) == ("error", "EventRefused", "a-request")
    assert OTHER_ACCOUNT in error["errorMessage"]
    assert any("runtime.py" in line for line in error["stackTrace"])


def deployed(sandbox: Sandbox, built: Path, rule: str, **variables: str) -> Any:
    """Create the rule's function with a role that has what the rule declares and nothing more."""
    session: Any = sandbox.session(ACCOUNT)
    name = f"{rule}-{len(variables)}"
    iam, client = session.client("iam"), session.client("lambda")
    actions = [*RULES[rule].actions, *RUNTIME_ACTIONS]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler=Manifest.read(built).rules[rule].handler,
        Role=role,
        Timeout=1 if "AWS_ENDPOINT_URL" in variables else 60,
        Code={"ZipFile": (built / f"{rule}.zip").read_bytes()},
        Environment={"Variables": {TEST_MODE_VARIABLE: "allowed", **variables}},
    )


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_zip_judges_an_account_of_the_sandbox(sandbox: Sandbox, built: Path, rule: str) -> None:
    function = deployed(sandbox, built, rule)
    assert function["CodeSha256"] == Manifest.read(built).rules[rule].code_sha256
    invocation = functions.invoke(function["FunctionArn"], event(rule))
    assert invocation.error is None, invocation.log
    answer = json.loads(invocation.payload)
    assert answer["compliance"] in {"COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"}
    assert answer["reason"]
    assert json.loads(invocation.log.splitlines()[-3])["rule"] == rule


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_zip_that_gets_no_answer_times_out(sandbox: Sandbox, built: Path, rule: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        function = deployed(sandbox, built, rule, AWS_ENDPOINT_URL=endpoint)
        error = functions.invoke(function["FunctionArn"], event(rule)).error
    assert error is not None
    assert error.type == "Sandbox.Timedout"


def test_this_process_has_the_checkout_in_sight() -> None:
    """Or the tests above would show nothing."""
    spec = importlib.util.find_spec("rootguard.kit.rdk")
    assert spec is not None
    assert os.path.commonpath([str(spec.origin), __file__]) != "/"
