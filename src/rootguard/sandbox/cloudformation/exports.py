"""What stacks hand to other stacks of the same account and Region.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from rootguard.sandbox.cloudformation.stack_store import all_stacks, stacks_of
from rootguard.sandbox.cloudformation.stacks import OutputValue, Stack
from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.template.text import TemplateError


class ExportError(Exception):
    """An export that cannot be made, changed or removed; the message is the stack event's reason."""


def exports_lock(place: Place) -> AbstractContextManager[object]:
    """Held while somebody looks at exports and decides what becomes of one."""
    return stacks_of(place).lock


def exports(place: Place) -> dict[str, tuple[str, Stack]]:
    """Every export of a place: name -> value and the stack that exports it."""
    stacks = [stack for stack in all_stacks(place) if not stack.is_deleted]
    return {name: (value, stack) for stack in stacks for name, value in stack.exports.items()}


def export_value(place: Place, name: str) -> str:
    """The value of an export.

    Raises:
        TemplateError: There is none of that name.
    """
    found = exports(place).get(name)
    if found is None:
        raise TemplateError(f"No export named {name} found.")
    return found[0]


def importing(place: Place, name: str) -> list[Stack]:
    """The stacks that use an export."""
    return [stack for stack in all_stacks(place) if not stack.is_deleted and name in stack.imports]


class Imports:
    """Looks exports up for a stack, and remembers which."""

    def __init__(self, place: Place, look_up: Callable[[Place, str], str] = export_value) -> None:
        self.place = place
        self._look_up = look_up
        self.names: set[str] = set()

    def __call__(self, name: str) -> str:
        """The value of an export.

        Raises:
            TemplateError: There is none of that name.
        """
        self.names.add(name)
        return self._look_up(self.place, name)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if names[1:] else names)


def check_exports(stack: Stack, outputs: Iterable[OutputValue]) -> None:
    """Refuse outputs that would take an export from another stack, or from under one that uses it.

    Raises:
        ExportError: In AWS's words.
    """
    wanted: dict[str, str] = {}
    known = exports(stack.place)
    for output in outputs:
        if output.export is None:
            continue
        owner = known.get(output.export, (None, stack))[1]
        if owner is not stack:
            raise ExportError(f"Export with name {output.export} is already exported by stack {owner.name}.")
        if output.export in wanted:
            raise ExportError(f"Duplicate Export names exist in a template. Duplicate names: [{output.export}]")
        wanted[output.export] = output.value
    for name, value in stack.exports.items():
        users = _listed(sorted(user.name for user in importing(stack.place, name)))
        if users and name not in wanted:
            raise ExportError(f"Export {name} cannot be deleted as it is in use by {users}")
        if users and wanted[name] != value:
            raise ExportError(f"Export {name} cannot be updated as it is in use by {users}")
