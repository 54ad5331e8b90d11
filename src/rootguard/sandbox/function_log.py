"""Where a function's log goes: into its log group, as far as its role allows; nobody is told what is dropped.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html: the role needs logs:CreateLogGroup (if the
group does not stand yet), logs:CreateLogStream and logs:PutLogEvents.
"""

import threading
import time

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import ServiceException
from moto.logs.models import LogsBackend, logs_backends

from rootguard.sandbox.errors import NOT_IMPLEMENTED
from rootguard.sandbox.resource_access import Resource
from rootguard.sandbox.senders import Sender

_CREATION = threading.Lock()


def deliver_log(function: LambdaFunction, sender: Sender, stream: str, log: str) -> None:
    """Write the log of an invocation to CloudWatch Logs.

    Args:
        function: Which.
        sender: The function's role, in whose name it is written.
        stream: The log stream's name.
        log: What the invocation wrote, with Lambda's own lines.

    Raises:
        AwsError: SandboxNotImplemented for a policy that cannot be judged here.
    """
    try:
        _deliver(function, sender, stream, log)
    except ServiceException as refusal:  # also moto's own: the group may be deleted while the function runs
        if refusal.code == NOT_IMPLEMENTED:
            raise


def _deliver(function: LambdaFunction, sender: Sender, stream: str, log: str) -> None:
    backend, group = logs_backends[function.account_id][function.region], function.logs_group_name
    if group not in backend.groups:
        _require(function, sender, "logs:CreateLogGroup")
        _create_group(backend, group)
    _require(function, sender, "logs:CreateLogStream", stream)
    backend.create_log_stream(group, stream)
    _require(function, sender, "logs:PutLogEvents", stream)
    now = int(time.time() * 1000)
    backend.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in _lines(log)])


def _lines(log: str) -> list[str]:
    r"""An event per line, its line feed included; nothing else ends one: Lambda joins a traceback by `\r` to one event.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html shows both.
    """
    return [f"{line}\n" for line in log.removesuffix("\n").split("\n")]


def _create_group(backend: LogsBackend, name: str) -> None:
    """Two invocations may find it missing at once."""
    with _CREATION:
        if name not in backend.groups:
            backend.create_log_group(name, {})


def _require(function: LambdaFunction, sender: Sender, action: str, stream: str = "") -> None:
    """A group appears in policies as in `request_resources`: with its stream, empty if there is none."""
    group = f"log-group:{function.logs_group_name}:log-stream:{stream}"
    partition = str(function.function_arn).split(":")[1]
    arn = f"arn:{partition}:logs:{function.region}:{function.account_id}:{group}"
    sender.require(action, Resource(arn, str(function.account_id)), **{"aws:RequestedRegion": str(function.region)})
