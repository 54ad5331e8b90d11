"""Starts the process that runs functions (`environment.py`) and speaks with it.

One host process serves the whole sandbox; it starts at the first invocation. Everything it writes lies in one folder,
which it removes when its standard input ends: even a killed sandbox leaves neither processes nor files.
"""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RUNTIME_PACKAGES = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
)
"""What Lambda's Python runtime has besides the standard library: its interface client, the SDK, and what these need
(https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath)."""

_PROGRAM = Path(__file__).with_name("environment.py")
_STOP_SECONDS = 10
_RUNTIME = "runtime"


class HostDiedError(RuntimeError):
    """The host process ended while a function ran: a fault of the sandbox, not of the function."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a function's process ended: its exit code, negative for a signal, and its peak of memory."""

    exit_code: int
    memory_mb: int


class Child:
    """One function's process."""

    def __init__(self, control: socket.socket, log: BinaryIO) -> None:
        self.control = control
        self._log = log

    def kill(self) -> None:
        """Have the host kill the process, if it still runs."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)

    def end(self) -> Ending:
        """Kill the process and wait until it is gone.

        Raises:
            HostDiedError: The host is gone, and the process with it.
        """
        self.kill()
        with self.control.makefile() as lines:
            line = lines.readline()
        if not line:
            raise HostDiedError("the process that runs the sandbox's functions has died")
        report = json.loads(line)
        return Ending(report["exit_code"], report["memory_kb"] // 1024)

    def output(self) -> bytes:
        """What the process has written to standard output and standard error so far."""
        descriptor = self._log.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


class Host:
    """The host process: started when first needed, again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._commands: socket.socket | None = None
        self._scratch = Path()
        self._children: set[Child] = set()

    @contextmanager
    def child(self, code: bytes, environment: Mapping[str, str], handler: str) -> Iterator[Child]:
        """Start a process that runs a deployment package's handler, in the package's folder; it dies with the block.

        Args:
            code: The zip file.
            environment: All of its environment variables; LAMBDA_TASK_ROOT and LAMBDA_RUNTIME_DIR are added.
            handler: `module.function`.

        Raises:
            zipfile.BadZipFile: `code` is no zip file.
        """
        with self._lock:
            commands = self._started()
            task_root = str(self._unpacked(code))
            folders = {"LAMBDA_TASK_ROOT": task_root, "LAMBDA_RUNTIME_DIR": str(self._scratch / _RUNTIME)}
        command = {"environment": {**environment, **folders}, "task_root": task_root, "handler": handler}
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile() as log:
            child = Child(ours, log)
            try:
                with theirs, self._lock:
                    ours.sendall(json.dumps(command).encode() + b"\n")
                    _hand_over(commands, theirs.fileno(), log.fileno())
                    self._children.add(child)
                yield child
            except HostDiedError:
                self._forget(commands)
                raise
            finally:
                self._children.discard(child)

    def kill_children(self) -> None:
        """Kill every function that runs."""
        for child in list(self._children):
            child.kill()

    def stop(self) -> None:
        """End the host process, its children and its files."""
        with self._lock:
            self._end()

    def _started(self) -> socket.socket:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None or self._commands is None:
            packages = _runtime_packages()
            self._scratch = Path(tempfile.mkdtemp(prefix="rootguard-sandbox-"))
            _link(packages, self._scratch / _RUNTIME)
            self._commands, theirs = socket.socketpair()
            with theirs:
                self._process = _start(theirs, self._scratch)
            if not self._commands.recv(1):
                self._end()
                raise HostDiedError("the process that runs the sandbox's functions did not start")
        return self._commands

    def _forget(self, commands: socket.socket) -> None:
        """Start anew next time, unless that happened already."""
        with self._lock:
            if self._commands is commands:
                self._end()

    def _end(self) -> None:
        if self._process is None or self._commands is None:
            return
        self._commands.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)  # the process does so itself, unless it was killed
        self._process = self._commands = None

    def _unpacked(self, code: bytes) -> Path:
        """The folder of a deployment package, made once per content."""
        folder = self._scratch / "task" / hashlib.sha256(code).hexdigest()
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            with zipfile.ZipFile(io.BytesIO(code)) as package:
                package.extractall(unfinished)
            unfinished.rename(folder)
        return folder


def _hand_over(commands: socket.socket, *descriptors: int) -> None:
    try:
        socket.send_fds(commands, [b"\0"], descriptors)
    except OSError as error:
        raise HostDiedError("the process that runs the sandbox's functions is gone") from error


def _runtime_packages() -> tuple[Path, ...]:
    """Where the runtime's packages are installed.

    Raises:
        ModuleNotFoundError: One is not.
    """
    return tuple(_location(name) for name in RUNTIME_PACKAGES)


def _location(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"running functions needs {name}: install rootguard[demo]", name=name)
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


def _link(packages: tuple[Path, ...], folder: Path) -> None:
    folder.mkdir()
    for package in packages:
        (folder / package.name).symlink_to(package)


def _start(standard_input: socket.socket, scratch: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM), str(scratch / _RUNTIME), str(scratch)]
    return subprocess.Popen(  # noqa: S603 - our own program, no shell
        program,
        stdin=standard_input.fileno(),
        stdout=subprocess.DEVNULL,
        env={},
        start_new_session=True,  # an interrupt from the keyboard is for the sandbox, which then stops this
    )
