"""Starting stack operations: the stack turns to its new state at once, the work follows in the background."""

from dataclasses import dataclass
from functools import partial

from rootguard.sandbox.clients import BackgroundClients
from rootguard.sandbox.cloudformation.creation import OnFailure, create
from rootguard.sandbox.cloudformation.operations import submit
from rootguard.sandbox.cloudformation.resolution import Resolution
from rootguard.sandbox.cloudformation.stack_names import check_updatable
from rootguard.sandbox.cloudformation.stacks import Specification, Stack, now
from rootguard.sandbox.cloudformation.steps import Steps
from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.cloudformation.update import update
from rootguard.sandbox.errors import AwsError

_INITIATED = "User Initiated"


@dataclass(frozen=True, slots=True)
class Order:
    """An operation that was asked for.

    Attributes:
        kind: The API operation, `CreateStack`.
        token: Its ClientRequestToken.
    """

    kind: str
    clients: BackgroundClients
    token: str | None = None


def is_repeated(stack: Stack, kind: str, token: str | None) -> bool:
    """Whether a request was made before: "used to guarantee that it isn't run again".

    Raises:
        AwsError: TokenAlreadyExistsException if the token belongs to another operation.
    """
    known = stack.tokens.get(token) if token else None
    if known is not None and known != kind:
        message = f"Token already exists for another operation: {token}"
        raise AwsError("TokenAlreadyExistsException", message)
    return known is not None


def start_creation(stack: Stack, specification: Specification, order: Order, on_failure: OnFailure) -> None:
    """Create a stack that is in the store, new or in review."""
    _remember(stack, order)
    stack.specification = specification
    stack.turn("CREATE_IN_PROGRESS", _INITIATED, order.token)
    steps = Steps(stack, order.clients, specification.tags, {})
    submit(stack, lambda: create(stack, Resolution(stack, specification), steps, on_failure))


def start_update(stack: Stack, specification: Specification, order: Order, *, disable_rollback: bool) -> None:
    """Update a stack.

    Raises:
        AwsError: ValidationError for a stack that cannot be updated now.
    """
    with stack.gate:
        check_updatable(stack)
        before = stack.specification
        if before is None:
            raise validation_error(f"Stack:{stack.stack_id} has no template yet and can not be updated.")
        _remember(stack, order)
        stack.specification, stack.updated, stack.cancelled = specification, now(), False
        stack.disable_rollback = disable_rollback
        stack.turn("UPDATE_IN_PROGRESS", _INITIATED, order.token)
    steps = Steps(stack, order.clients, specification.tags, before.tags)
    run = partial(update, stack, steps=steps, before=before, roll_back=not disable_rollback)
    submit(stack, lambda: run(resolution=Resolution(stack, specification)))


def _remember(stack: Stack, order: Order) -> None:
    if order.token:
        stack.tokens[order.token] = order.kind
