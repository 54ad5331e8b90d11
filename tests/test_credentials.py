"""Every command that goes to AWS, where it cannot: one line that says why and what to do, never a traceback."""

import inspect
import os
import re
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from rootguard.artifacts import build
from rootguard.catalog import rules_directory
from rootguard.cli import app, main
from rootguard.sandbox.credentials import Keys
from rootguard.sandbox.server import Sandbox

ACCOUNT = "111122223333"
CHECK = "root-recovery-attested"
COMMANDS = {
    "audit": "audit",
    "audit of an organization": "audit --organization",
    "explain": f"explain {ACCOUNT} root-not-used",
    "doctor": "doctor",
    "deploy": "deploy --yes --build-dir build",
    "status": "status",
    "attest": f"attest {CHECK} --compliant --note x --account {ACCOUNT}",
    "attest everywhere": f"attest {CHECK} --compliant --note x --all-accounts",
    "destroy": "destroy --yes",
    "publish": "publish --bucket artifacts --build-dir build",
}
WITHOUT_AWS = {"demo", "rules", "build", "derive"}
OURS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
NO_ENDPOINT = {"AWS_ENDPOINT_URL": "not a url"}
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
REFUSAL = "<ErrorResponse><Error><Code>{}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"


class _Impostor(BaseHTTPRequestHandler):
    """Answers everything with what it is told."""

    status: ClassVar[int]
    text: ClassVar[str]

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = self.text.encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def impostor() -> Iterator[str]:
    """The URL of a server that answers as `_Impostor` says."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Impostor) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build(rules_directory(), folder / "build")
    return folder


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: Path, capsys: pytest.CaptureFixture[str]) -> "Said":
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.chdir(built)
    return Said(monkeypatch, capsys)


class Said:
    """Runs a command with these variables; gives its exit code and its one line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, command: str, variables: Mapping[str, str]) -> tuple[int, str]:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setattr(sys, "argv", ["rootguard", *command.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = self._capsys.readouterr()
        assert shown.out == ""
        assert shown.err.count("\n") == 1, shown.err
        return int(str(ended.value.code)), shown.err.removesuffix("\n")


def test_every_command_takes_a_profile_and_a_region_or_goes_nowhere() -> None:
    taken = {
        info.callback.__name__: {"profile", "region"} <= inspect.signature(info.callback).parameters.keys()
        for info in app.registered_commands
        if info.callback
    }
    assert {name for name, both in taken.items() if not both} == WITHOUT_AWS
    assert {name for name, both in taken.items() if both} == {command.split()[0] for command in COMMANDS.values()}


@pytest.mark.parametrize(
    ("options", "variables", "line"),
    [
        pytest.param("", {"AWS_REGION": "us-east-1"}, "there are no AWS credentials: give --profile", id="nothing"),
        pytest.param("", OURS | {"AWS_REGION": ""}, "no Region is given: give --region", id="no Region"),
        pytest.param("--region=eu_west", OURS, "give a Region such as eu-central-1", id="no such Region"),
        pytest.param("--profile=mine", OURS, "(mine) could not be found: `aws configure", id="unknown profile"),
        pytest.param("", OURS | NO_ENDPOINT, "correct AWS_ENDPOINT_URL or unset it", id="malformed endpoint"),
        pytest.param("", OURS | NOWHERE, "AWS cannot be reached", marks=pytest.mark.slow, id="unreachable endpoint"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_way_to_aws_that_leads_nowhere(
    said: Said, command: str, options: str, variables: Mapping[str, str], line: str
) -> None:
    code, told = said(f"{command} {options}", variables)
    assert code == 2
    assert told.startswith("rootguard: ")
    assert line in told


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param("ExpiredToken", "the credentials have expired: sign in again", id="expired"),
        pytest.param("InvalidAccessKeyId", "AWS does not know the access key", marks=pytest.mark.slow, id="unknown"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_keys_that_are_no_good(said: Said, impostor: str, command: str, code: str, line: str) -> None:
    _Impostor.status, _Impostor.text = 400, REFUSAL.format(code)
    ended, told = said(command, OURS | {"AWS_ENDPOINT_URL": impostor})
    assert ended == 2
    assert told.startswith(f"rootguard: {line}")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param(200, "<html><body>Please sign in</body></html>", id="a page"),
        pytest.param(200, "", marks=pytest.mark.slow, id="nothing"),
        pytest.param(200, "[\n]", marks=pytest.mark.slow, id="JSON"),
        pytest.param(403, "<html><body>Blocked</body></html>", marks=pytest.mark.slow, id="a proxy's refusal"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_answer_that_is_not_of_aws(said: Said, impostor: str, command: str, status: int, text: str) -> None:
    _Impostor.status, _Impostor.text = status, text
    code, told = said(command, OURS | {"AWS_ENDPOINT_URL": impostor})
    assert code == 2
    assert "fault of rootguard" not in told
    assert told.endswith("is not AWS: check AWS_ENDPOINT_URL")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"audit", "explain", "doctor", "attest"}))
def test_an_identity_that_may_nothing(said: Said, sandbox: Sandbox, name: str) -> None:
    """The commands left out say of each call that it was not seen, and go on."""
    account_id, user = sandbox.management_account_id, name.replace(" ", "-")
    client: Any = sandbox.session(account_id).client
    client("iam").create_user(UserName=user)
    key = client("iam").create_access_key(UserName=user)["AccessKey"]
    client("s3").create_bucket(Bucket="artifacts")
    code, told = said(COMMANDS[name], sandbox.environment(Keys(key["AccessKeyId"], key["SecretAccessKey"])))
    assert code == 2
    assert re.fullmatch(rf"rootguard: arn:aws:iam::{account_id}:user/{user} may not (\S+)( on \S+)?: grant it \1", told)
