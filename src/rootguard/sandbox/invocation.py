"""What became of an invocation, in Lambda's own words."""

import json
import math
import signal
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import LambdaFunction

from rootguard.sandbox.function_host import Ending
from rootguard.sandbox.runtime_api import Assignment, Outcome


@dataclass(frozen=True, slots=True)
class FunctionError:
    """Why a function failed, as Lambda names it: `Runtime.ImportModuleError`, `Sandbox.Timedout`, `KeyError`."""

    type: str
    message: str
    stack_trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function.

    Attributes:
        request_id: The context's `aws_request_id`.
        payload: The JSON text that the function answered, or that describes its error.
        error: None if the function answered.
        log: Standard output and standard error between Lambda's own START, END and REPORT lines.
        duration_ms: From the event's hand-out to the answer, without initialisation.
        version: Which version of the function ran.
    """

    request_id: str
    payload: bytes
    error: FunctionError | None
    log: str
    duration_ms: float
    version: str


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a function's process; times are seconds of `time.monotonic`."""

    assignment: Assignment
    begun: float
    started: float | None
    finished: float
    in_time: bool
    outcome: Outcome | None
    ending: Ending
    init_output: bytes
    output: bytes

    def invocation(self, function: LambdaFunction) -> Invocation:
        """The invocation as Lambda tells it."""
        body, error = self._answer()
        log, version = self._log(function), str(function.version)
        return Invocation(self.assignment.request_id, body, error, log, self._duration_ms, version)

    @property
    def _duration_ms(self) -> float:
        return 1000 * (self.finished - (self.begun if self.started is None else self.started))

    def _answer(self) -> tuple[bytes, FunctionError | None]:
        if not self.in_time:
            return self._platform_error("Sandbox.Timedout", f"Error: {self._timed_out}")
        if self.outcome is None:
            return self._platform_error("Runtime.ExitError", f"Error: {_exit_reason(self.ending.exit_code)}")
        if self.outcome.failed:
            return self.outcome.body, _function_error(json.loads(self.outcome.body))
        return self.outcome.body, None

    @property
    def _timed_out(self) -> str:
        return f"Task timed out after {self.assignment.timeout_seconds:.2f} seconds"

    def _platform_error(self, kind: str, reason: str) -> tuple[bytes, FunctionError]:
        message = f"RequestId: {self.assignment.request_id} {reason}"
        return json.dumps({"errorType": kind, "errorMessage": message}).encode(), FunctionError(kind, message)

    def _log(self, function: LambdaFunction) -> str:
        """The lines of https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html."""
        request_id = self.assignment.request_id
        lines = [
            f"INIT_START Runtime Version: {str(function.run_time).replace('python', 'python:')}\n",
            _ended(self.init_output.decode(errors="replace")),
            f"START RequestId: {request_id} Version: {function.version}\n",
            _ended(self.output[len(self.init_output) :].decode(errors="replace")),
            self._complaint(),
            f"END RequestId: {request_id}\n",
            self._report(function),
        ]
        return "".join(lines)

    def _complaint(self) -> str:
        request_id = self.assignment.request_id
        if not self.in_time:
            return f"{request_id} {self._timed_out}\n"
        if self.outcome is None:
            return f"RequestId: {request_id} Error: {_exit_reason(self.ending.exit_code)}\nRuntime.ExitError\n"
        return ""

    def _report(self, function: LambdaFunction) -> str:
        fields = [
            f"REPORT RequestId: {self.assignment.request_id}",
            f"Duration: {self._duration_ms:.2f} ms",
            f"Billed Duration: {math.ceil(self._duration_ms)} ms",
            f"Memory Size: {function.memory_size} MB",
            f"Max Memory Used: {self.ending.memory_mb} MB",
        ]
        if self.started is not None:
            fields.append(f"Init Duration: {1000 * (self.started - self.begun):.2f} ms")
        if not self.in_time:
            fields.append("Status: timeout")
        elif self.outcome is None:
            fields.append("Status: error\tError Type: Runtime.ExitError")
        return "\t".join(fields) + "\t\n"


def _ended(output: str) -> str:
    """What a function wrote, so that Lambda's own next line is a line of its own."""
    return f"{output}\n" if output and not output.endswith("\n") else output


def _exit_reason(code: int) -> str:
    """As Lambda words it (https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html)."""
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"


def _function_error(error: dict[str, Any]) -> FunctionError:
    return FunctionError(
        error.get("errorType", ""), error.get("errorMessage", ""), tuple(error.get("stackTrace") or ())
    )
