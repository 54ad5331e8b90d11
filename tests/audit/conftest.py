"""An organization of any shape in the sandbox, and `rootguard audit` of it as a person starts it."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rootguard.audit.clients import PooledConnection, open_connection
from rootguard.audit.operator import Operator
from rootguard.cli import main
from rootguard.sandbox.administrators import Administrators
from rootguard.sandbox.credentials import Keys, operator
from rootguard.sandbox.server import Sandbox

SCRIPT = Path(sys.executable).with_name("rootguard")

type Statement = Mapping[str, Any]
type Cells = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    exit_code: int
    out: str
    err: str

    @classmethod
    def of(cls, process: subprocess.Popen[str], seconds: float) -> "Done":
        """A process that has to end within that time."""
        out, err = process.communicate(timeout=seconds)
        return cls(process.returncode, out, err or "")

    @property
    def document(self) -> dict[str, Any]:
        """What `--format json` has written to standard output."""
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded

    @property
    def cells(self) -> Cells:
        """(account id, rule) -> compliance, of the same."""
        return {(each["account_id"], each["rule"]): each["compliance"] for each in self.document["results"]}


@dataclass
class Ground:
    """An empty sandbox, and a machine on which nothing of AWS is configured but the way there."""

    sandbox: Sandbox
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    administrators: Administrators
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def management(self) -> str:
        return self.sandbox.management_account_id

    def client(self, service: str, account_id: str = "", region: str | None = None) -> Any:
        """Of an account's administrator, by default the management account's."""
        return self.administrators.of(account_id or self.management).client(service, region)

    def organization(self, *names: str) -> list[str]:
        """An organization with members of these names, whose ids are returned."""
        self.client("organizations").create_organization(FeatureSet="ALL")
        return [self.member(name) for name in names]

    def member(self, name: str) -> str:
        created = self.client("organizations").create_account(
            AccountName=name, Email=f"{next(self.numbers)}@example.com"
        )
        return str(created["CreateAccountStatus"]["AccountId"])

    @property
    def root_id(self) -> str:
        return str(self.client("organizations").list_roots()["Roots"][0]["Id"])

    def unit(self, name: str, parent_id: str = "", *members: str) -> str:
        """An organizational unit with these accounts, which were in the root."""
        organizations = self.client("organizations")
        made = organizations.create_organizational_unit(ParentId=parent_id or self.root_id, Name=name)
        unit_id = str(made["OrganizationalUnit"]["Id"])
        for member in members:
            organizations.move_account(AccountId=member, SourceParentId=self.root_id, DestinationParentId=unit_id)
        return unit_id

    def role(self, account_id: str, name: str, path: str = "/", **condition: object) -> str:
        """A role that reads, and that the management account may assume under a condition."""
        trust: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.management}:root"},
            "Action": "sts:AssumeRole",
        }
        if condition:
            trust["Condition"] = condition
        iam = self.client("iam", account_id)
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        return str(made["Role"]["Arn"])

    def user(self, account_id: str, *statements: Statement) -> Keys:
        """A user who may do this and nothing else."""
        iam = self.client("iam", account_id)
        iam.create_user(UserName="somebody")
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_user_policy(UserName="somebody", PolicyName="what-he-may", PolicyDocument=document)
        key = iam.create_access_key(UserName="somebody")["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def become(self, who: str | Keys, region: str | None = None) -> None:
        """Configure this process with an account's administrator's keys, or with keys."""
        keys = operator(who) if isinstance(who, str) else who
        for name, value in self.sandbox.environment(keys, region).items():
            self.monkeypatch.setenv(name, value)

    def connection(self) -> PooledConnection:
        return open_connection(None, None, 8)[0]

    def operator(self) -> Operator:
        return Operator(*open_connection(None, None, 8))

    def audit(self, *arguments: str | Path) -> Done:
        """`rootguard audit`, in this process."""
        return self.run("audit", *arguments)

    def run(self, command: str, *arguments: str | Path) -> Done:
        """A command, in this process."""
        self.monkeypatch.setattr(sys, "argv", ["rootguard", command, *map(str, arguments)])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(code, said.out, said.err)


@contextlib.contextmanager
def started(sandbox: Sandbox, *arguments: str | Path, stderr: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """`rootguard audit` of the organization, in a process of its own that SIGINT interrupts, as in a terminal."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits that it is ignored
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [SCRIPT, "audit", "--organization", "--format", "json", *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**clean, **sandbox.environment(operator(sandbox.management_account_id)), "TERM": "xterm"},
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def administrators(running: Sandbox) -> Administrators:
    """Their clients are made once: that takes longer than most tests."""
    return Administrators(running)


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine on which nobody has configured AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


@pytest.fixture
def ground(
    running: Sandbox,
    administrators: Administrators,
    bare_machine: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ground:
    running.reset()
    made = Ground(running, bare_machine, capsys, administrators)
    made.become(made.management)
    return made
