"""The bytecode's branches, told in terms of the source: which condition each one decides."""

import ast
import dis
import functools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType

from rootguard.errors import RootguardError
from rootguard.explain.conditions import Part
from rootguard.explain.source import Position, source_of

_JUMPS_IF = {"POP_JUMP_IF_TRUE": True, "POP_JUMP_IF_FALSE": False}
_JUMPS_IF_NONE = {"POP_JUMP_IF_NONE": True, "POP_JUMP_IF_NOT_NONE": False}


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional jump.

    Attributes:
        target: Where it jumps to, an offset in bytes.
        jumps_if: For which truth of the part it jumps.
        part: What it decides.
    """

    target: int
    jumps_if: bool
    part: Part

    def truth(self, destination: int) -> bool:
        """Whether the part holds, told by where execution goes on."""
        return self.jumps_if if destination == self.target else not self.jumps_if


@functools.cache
def branches_of(code: CodeType) -> Mapping[int, Branch]:
    """The branches that decide conditions, by the offset in bytes of their instruction."""
    found, met = dict[int, Branch](), Counter[tuple[Part, ...]]()
    before = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "EXTENDED_ARG":
            continue
        parts = _decided(code, instruction, before)
        if parts:
            part = parts[met[parts] % len(parts)]
            found[instruction.offset] = Branch(int(instruction.argval), _jumps_if(instruction, before, part.node), part)
            met[parts] += 1
        before = instruction
    return found


def _decided(code: CodeType, jump: dis.Instruction, before: dis.Instruction | None) -> tuple[Part, ...]:
    """The parts that jumps at this place decide, one after the other.

    What they are is told by the position of the instruction before it, which makes the value: Python 3.13 gives some
    jumps of comprehensions the position of the element. `x is None` has no such instruction but the one that loads x.
    """
    if jump.opname not in _JUMPS_IF | _JUMPS_IF_NONE or before is None:
        return ()
    source = source_of(code.co_filename)
    made, own = _position(code, before.offset), _position(code, jump.offset)
    if jump.opname in _JUMPS_IF_NONE:
        return source.asked_for_none.get(made) or source.parts.get(own) or source.asked_for_none.get(own) or ()
    return source.parts.get(made) or source.parts.get(own) or ()


def _jumps_if(jump: dis.Instruction, before: dis.Instruction | None, node: ast.expr) -> bool:
    """For which truth of an expression a jump jumps.

    Of `not x in y` and `not x is y` some compilers make `x not in y` and `x is not y`.
    """
    if jump.opname in _JUMPS_IF_NONE:
        return _JUMPS_IF_NONE[jump.opname] is _asks_for_none(node)
    jumps_if = _JUMPS_IF[jump.opname]
    if before is None or before.opname not in {"CONTAINS_OP", "IS_OP"} or not isinstance(node, ast.Compare):
        return jumps_if
    negated = isinstance(node.ops[-1], ast.NotIn | ast.IsNot)
    return jumps_if if bool(before.arg) is negated else not jumps_if


def returned_at(code: CodeType, offset: int) -> tuple[int, str]:
    """The line of a return, and the expression that it returns; "" for none."""
    position = _position(code, offset)
    return position[0], source_of(code.co_filename).returned_at(position)


def check_positions() -> None:
    """Refuse to explain where Python was told to forget where instructions come from.

    Raises:
        RootguardError: It was.
    """
    if _positions(check_positions.__code__)[-1][2] is None:
        raise RootguardError("to explain a verdict, run Python without -X no_debug_ranges and PYTHONNODEBUGRANGES")


def _asks_for_none(node: ast.expr) -> bool:
    """Whether `x is None` is asked, rather than `x is not None`."""
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is)


def _position(code: CodeType, offset: int) -> Position:
    """Where an instruction comes from; -1 for what only the compiler put there."""
    line, end_line, column, end_column = (-1 if each is None else each for each in _positions(code)[offset // 2])
    return line, end_line, column, end_column


@functools.cache
def _positions(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    return tuple(code.co_positions())
