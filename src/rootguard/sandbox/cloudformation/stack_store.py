"""The stacks of an account and Region."""

import threading
import uuid
from dataclasses import dataclass, field

from rootguard.sandbox.cloudformation.stack_index import stack_index
from rootguard.sandbox.cloudformation.stacks import Stack
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.state import state


@dataclass
class Stacks:
    """The stacks of a place, deleted ones included, by id."""

    by_id: dict[str, Stack] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


def stacks_of(place: Place) -> Stacks:
    """The store of a place."""
    return state(Stacks, place.account_id, place.region)


def find_stack(place: Place, name_or_id: str) -> Stack | None:
    """The stack of that id, deleted or not, or the existing one of that name."""
    stacks = stacks_of(place)
    with stacks.lock:
        stack_id = stack_index(*place).by_name.get(name_or_id, name_or_id)
        return stacks.by_id.get(stack_id)


def existing(place: Place, name_or_id: str) -> Stack | None:
    """Like `find_stack`, but not a deleted one."""
    stack = find_stack(place, name_or_id)
    return None if stack is None or stack.is_deleted else stack


def new_stack(place: Place, name: str) -> Stack:
    """A stack that is not yet in the store."""
    return Stack(place, name, place.arn(f"stack/{name}/{uuid.uuid4()}", service="cloudformation"))


def add_stack(stack: Stack) -> bool:
    """Put a new stack into the store.

    Returns:
        Whether its name was free.
    """
    stacks, by_name = stacks_of(stack.place), stack_index(*stack.place).by_name
    with stacks.lock:
        if stack.name in by_name:
            return False
        stack.serial = len(stacks.by_id) + 1
        stacks.by_id[stack.stack_id] = stack
        by_name[stack.name] = stack.stack_id
        return True


def forget_name(stack: Stack) -> None:
    """Free the name of a deleted stack."""
    with stacks_of(stack.place).lock:
        by_name = stack_index(*stack.place).by_name
        if by_name.get(stack.name) == stack.stack_id:
            del by_name[stack.name]


def all_stacks(place: Place) -> list[Stack]:
    """Every stack of a place, deleted ones included."""
    stacks = stacks_of(place)
    with stacks.lock:
        return list(stacks.by_id.values())
