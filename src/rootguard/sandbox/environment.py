"""The process that runs functions: it has the Lambda runtime's packages loaded and forks a child per invocation.

Not imported but started, as `python -I -S environment.py PACKAGES SCRATCH`, so that a function sees the standard
library, the packages that Lambda's Python runtime brings (the folder PACKAGES) and its own code, and neither this
checkout nor anything else that is installed (https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html).

Standard input is a socket; each byte on it carries two file descriptors, a control socket and a log file. The control
socket brings one line of JSON, {"environment", "task_root", "handler"}, and takes one back when the child has ended,
{"exit_code", "memory_kb"}; closing it earlier kills the child. At the end of standard input, however its writer died,
the children are killed and SCRATCH is removed.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

_IMPORTED_BEFOREHAND = (
    "boto3",
    "botocore.auth",
    "botocore.credentials",
    "botocore.endpoint_provider",
    "botocore.httpsession",
    "botocore.retries.standard",
    "concurrent.futures.thread",
    "csv",
    "dataclasses",
    "encodings.idna",
    "logging",
    "simplejson",
    "typing",
)
_MODELS_READ_BEFOREHAND = (
    "account",
    "cloudtrail",
    "cloudwatch",
    "config",
    "events",
    "iam",
    "logs",
    "organizations",
    "securityhub",
    "sns",
    "sts",
)
_PR_SET_PDEATHSIG = 1
_DESCRIPTORS = 65_536


def _prepare(packages: str) -> None:
    """Load what every function will load, so that a child starts in milliseconds."""
    sys.path.append(packages)
    for module in _IMPORTED_BEFOREHAND:
        importlib.import_module(module)
    _remember_models()
    session = importlib.import_module("boto3").Session("nobody", "nothing", region_name="us-east-1")
    for service in _MODELS_READ_BEFOREHAND:
        session.client(service)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, pages that children share


def _remember_models() -> None:
    """Let botocore read its models once for all children: parse each JSON file, list the services of each folder.

    It never writes to what it read; both answers depend on installed files alone, which do not change meanwhile. A
    function may have models of its own, so that only those of its folder are looked for in its process.
    """
    loaders = importlib.import_module("botocore.loaders")
    read, parsed = loaders.JSONFileLoader.load_file, dict[str, Any]()
    search, found = loaders.Loader.list_available_services, dict[tuple[str, str], list[str]]()

    def load_file(self: Any, path: str) -> Any:
        if path not in parsed:
            parsed[path] = read(self, path)
        return parsed[path]

    def list_available_services(self: Any, type_name: str) -> list[str]:
        for path in self.search_paths:
            if (type_name, path) not in found:
                alone = loaders.Loader(extra_search_paths=[path], include_default_search_paths=False)
                found[type_name, path] = search(alone, type_name)
        return sorted({name for path in self.search_paths for name in found[type_name, path]})

    loaders.JSONFileLoader.load_file = load_file
    loaders.Loader.list_available_services = list_available_services


class Parent:
    """Forks children, reports how they ended, and takes them along when it goes."""

    def __init__(self, commands: socket.socket, packages: str, scratch: Path) -> None:
        self._commands = commands
        self._packages = packages
        self._scratch = scratch
        self._controls: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._ended, write_end = os.pipe()
        for descriptor in (self._ended, write_end):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def run(self) -> None:
        """Say that it is ready, with one byte, and serve until standard input ends."""
        self._commands.sendall(b"\0")
        self._selector.register(self._commands, selectors.EVENT_READ, 0)
        self._selector.register(self._ended, selectors.EVENT_READ, 0)
        try:
            while self._serve(self._selector.select()):
                pass
        finally:
            for pid in self._controls:
                _kill(pid)
            self._bury(os.WEXITED)
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _serve(self, ready: list[tuple[selectors.SelectorKey, int]]) -> bool:
        for key, _ in ready:
            if key.fileobj is self._commands:
                if not self._accept():
                    return False
            elif key.fileobj == self._ended:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._ended, 4096)
                self._bury(os.WEXITED | os.WNOHANG)
            else:
                self._selector.unregister(key.fileobj)
                _kill(key.data)
        return True

    def _accept(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._commands, 1, 2)
        if not message:
            return False
        control, log = socket.socket(fileno=descriptors[0]), descriptors[1]
        with control.makefile() as lines:
            command = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            self._become(command, log)
        with contextlib.suppress(OSError):  # the child does the same; whoever is first
            os.setpgid(pid, pid)
        os.close(log)
        self._controls[pid] = control
        self._selector.register(control, selectors.EVENT_READ, pid)
        return True

    def _bury(self, options: int) -> None:
        """Report the children that have ended."""
        while self._controls and (corpse := os.waitid(os.P_ALL, 0, options | os.WNOWAIT)):
            _kill(corpse.si_pid)  # what the child left running; its id is not reused before wait4
            pid, status, usage = os.wait4(corpse.si_pid, 0)
            control = self._controls.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(control)
            report = {"exit_code": os.waitstatus_to_exitcode(status), "memory_kb": usage.ru_maxrss}
            with contextlib.suppress(OSError), control:
                control.sendall(json.dumps(report).encode() + b"\n")

    def _become(self, command: dict[str, Any], log: int) -> None:
        """Turn this new child into the function's process; never returns."""
        code = 1
        try:
            _detach(log)
            code = _run(command, self._packages, self._scratch)
        except BaseException:  # noqa: BLE001 - a child must not fall back into the parent's loop
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _detach(log: int) -> None:
    """Leave the parent's descriptors and signals behind, and die when it dies."""
    parent = os.getppid()
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, _DESCRIPTORS)


def _run(command: dict[str, Any], packages: str, scratch: Path) -> int:
    """Run `python -m awslambdaric HANDLER` in the task root; what it would exit with."""
    task_root = command["task_root"]
    os.environ.clear()
    os.environ.update(command["environment"])
    os.chdir(task_root)
    sys.path.insert(0, task_root)
    sys.argv = ["awslambdaric", command["handler"]]
    sys.pycache_prefix = str(scratch / "pycache")  # the task root is read-only on Lambda
    _prefer_bundled(task_root, packages)
    try:
        runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
    except SystemExit as exit_:
        return _exit_code(exit_.code)
    return 0


def _prefer_bundled(task_root: str, packages: str) -> None:
    """Forget the runtime's packages where a function brings its own of the same name, which Lambda finds first."""
    bundled = {entry.stem for entry in Path(task_root).iterdir()}
    modules = list(sys.modules.items())
    loaded = [name for name, module in modules if (getattr(module, "__file__", None) or "").startswith(packages)]
    if bundled.isdisjoint(loaded):
        return
    for name in loaded:
        del sys.modules[name]


def _exit_code(code: object) -> int:
    match code:
        case None:
            return 0
        case int():
            return code & 0xFF
        case _:
            sys.stderr.write(f"{code}\n")
            return 1


if __name__ == "__main__":
    _prepare(sys.argv[1])
    with socket.socket(fileno=0) as standard_input:
        Parent(standard_input, sys.argv[1], Path(sys.argv[2])).run()
