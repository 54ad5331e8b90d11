"""Operations: when they start, at which instances they work at a time, and how they end.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html ("StackSet operations",
"StackSet operation options", "Status codes"). Nothing here waits for an instance: whoever has finished one looks for
the next.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from rootguard.sandbox.background import AbandonedError
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.stack_sets.announcements import announce_instance, announce_operation
from rootguard.sandbox.stack_sets.instance_work import Performed, perform
from rootguard.sandbox.stack_sets.operation import Action, DetailedStatus, Operation, OperationStatus, Result
from rootguard.sandbox.stack_sets.stack_set import InstanceStatus, StackSet
from rootguard.sandbox.stack_sets.work import StackSetWork
from rootguard.sandbox.state import state

type EndListener = Callable[[StackSet, Operation], None]

_AT_END: list[EndListener] = []
_OVER_TOLERANCE = "Cancelled since failure tolerance has exceeded"
_STOPPED = "Cancelled since the operation was stopped"


def on_end(listener: EndListener) -> EndListener:
    """Register, at import, a function that is called, the StackSet's lock being held, when an operation has ended."""
    _AT_END.append(listener)
    return listener


def check_startable(stack_set: StackSet, operation_id: str | None) -> None:
    """Refuse a second operation, unless the StackSet queues them, and a second use of an operation's id.

    Raises:
        AwsError: OperationInProgressException, OperationIdAlreadyExistsException.
    """
    if any(operation.id == operation_id for operation in stack_set.operations):
        raise AwsError("OperationIdAlreadyExistsException", f"Operation {operation_id} already exists")
    unfinished = stack_set.unfinished()
    if unfinished and not stack_set.has_managed_execution:
        message = f"Another Operation on StackSet {stack_set.arn} is in progress: {unfinished[0].id}"
        raise AwsError("OperationInProgressException", message)


def request(stack_set: StackSet, operation: Operation) -> None:
    """Start an operation, or queue it behind those that it has to wait for."""
    with stack_set.lock:
        stack_set.operations.append(operation)
        for result in operation.results.values():
            _show(stack_set, operation, result, Performed(DetailedStatus.PENDING))
        _start_next(stack_set)
        if operation.status is OperationStatus.QUEUED:
            announce_operation(stack_set, operation)


def stop(stack_set: StackSet, operation: Operation) -> None:
    """Cancel what an operation has not started; it is STOPPED once the rest has ended.

    Raises:
        AwsError: InvalidOperationException for one that has ended or is being stopped.
    """
    with stack_set.lock:
        if operation.has_ended or operation.status is OperationStatus.STOPPING:
            message = f"Operation {operation.id} is in {operation.status} state and cannot be stopped"
            raise AwsError("InvalidOperationException", message)
        operation.status = OperationStatus.STOPPING
        announce_operation(stack_set, operation)
        for result in operation.results.values():
            _cancel(stack_set, operation, result, _STOPPED)
        state(StackSetWork).submit(partial(_advance, stack_set, operation))


def _start_next(stack_set: StackSet) -> None:
    """Start the queued operations that nothing before them stands in the way of."""
    before: list[Operation] = []
    for operation in stack_set.unfinished():
        if operation.status is OperationStatus.QUEUED:
            if not _may_run_beside(stack_set, operation, before):
                return
            operation.status = OperationStatus.RUNNING
            announce_operation(stack_set, operation)
            state(StackSetWork).submit(partial(_advance, stack_set, operation))
        before.append(operation)


def _may_run_beside(stack_set: StackSet, operation: Operation, running: list[Operation]) -> bool:
    """With managed execution operations run together unless they conflict, else one at a time."""
    if not stack_set.has_managed_execution:
        return not running
    return not any(operation.conflicts_with(other) for other in running)


def _advance(stack_set: StackSet, operation: Operation) -> None:
    """Start what may start now; end the operation when nothing is left."""
    with stack_set.lock:
        if operation.has_ended:
            return
        if operation.status is OperationStatus.RUNNING:
            for result in _startable(stack_set, operation):
                _show(stack_set, operation, result, Performed(DetailedStatus.RUNNING))
                state(StackSetWork).submit(partial(_work, stack_set, operation, result))
        if not operation.count(DetailedStatus.PENDING, DetailedStatus.RUNNING):
            _end(stack_set, operation)
            _start_next(stack_set)


def _startable(stack_set: StackSet, operation: Operation) -> list[Result]:
    """The instances whose turn it is; what a Region with too many failures leaves undone is cancelled."""
    chosen: list[Result] = []
    preferences, is_over = operation.preferences, False
    for region in operation.regions:
        results = [result for result in operation.results.values() if result.region == region]
        failed = sum(result.status is DetailedStatus.FAILED for result in results)
        if is_over or not preferences.tolerates(failed, len(results)):
            is_over = is_over or not preferences.is_parallel
            for result in results:
                _cancel(stack_set, operation, result, _OVER_TOLERANCE)
            continue
        running = sum(result.status is DetailedStatus.RUNNING for result in results)
        pending = [result for result in results if result.status is DetailedStatus.PENDING]
        chosen += pending[: max(0, preferences.concurrent(failed, len(results)) - running)]
        if (running or pending) and not preferences.is_parallel:
            break
    return chosen


def _work(stack_set: StackSet, operation: Operation, result: Result) -> None:
    """Do what the operation does to one instance, then look for the next one."""
    try:
        outcome = perform(stack_set, operation, result)
    except AbandonedError:
        raise
    except Exception as crash:
        with stack_set.lock:
            failed = Performed(DetailedStatus.FAILED, f"{type(crash).__name__}: {crash}")
            _show(stack_set, operation, result, failed)
        _advance(stack_set, operation)
        raise
    with stack_set.lock:
        _show(stack_set, operation, result, outcome)
        if outcome.removes:
            stack_set.instances.pop(result.key, None)
    _advance(stack_set, operation)


def _cancel(stack_set: StackSet, operation: Operation, result: Result, reason: str) -> None:
    if result.status is DetailedStatus.PENDING:
        _show(stack_set, operation, result, Performed(DetailedStatus.CANCELLED, reason))


def _show(stack_set: StackSet, operation: Operation, result: Result, work: Performed) -> None:
    """Let the operation's result and the instance show how the work stands."""
    result.status, result.reason = work.status, work.reason
    instance = stack_set.instances[result.key]
    instance.detailed_status, instance.reason = work.instance_status or work.status, work.reason
    instance.operation_id = operation.id
    instance.status = _instance_status(instance.detailed_status, operation)
    announce_instance(stack_set, operation, instance)


def _instance_status(detailed: DetailedStatus, operation: Operation) -> InstanceStatus:
    if detailed is DetailedStatus.INOPERABLE:
        return InstanceStatus.INOPERABLE
    if detailed is DetailedStatus.SUCCEEDED and operation.action is not Action.DELETE:
        return InstanceStatus.CURRENT
    return InstanceStatus.OUTDATED


def _end(stack_set: StackSet, operation: Operation) -> None:
    if operation.status is OperationStatus.STOPPING:
        operation.status = OperationStatus.STOPPED
    elif _is_over_tolerance(operation):
        operation.status = OperationStatus.FAILED
    else:
        operation.status = OperationStatus.SUCCEEDED
    operation.ended = datetime.now(UTC)
    announce_operation(stack_set, operation)
    for listener in _AT_END:
        listener(stack_set, operation)


def _is_over_tolerance(operation: Operation) -> bool:
    for region in operation.regions:
        results = [result for result in operation.results.values() if result.region == region]
        failed = sum(result.status is DetailedStatus.FAILED for result in results)
        if not operation.preferences.tolerates(failed, len(results)):
            return True
    return False
