"""The values that a condition looked at, found where they are: nothing is evaluated again."""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from inspect import getattr_static
from types import FrameType

from rootguard.explain.glimpse import Glimpse, glimpse, is_worth_a_look
from rootguard.explain.watched import Ran

_VALUES = 4
"""Values that are kept of one condition."""


def looked_at(nodes: Iterable[ast.expr], frame: FrameType, host: Ran) -> tuple[tuple[str, Glimpse], ...]:
    """The values that expressions look at, by the expression, each once.

    Args:
        nodes: The expressions, which were evaluated a moment ago.
        frame: Where.
        host: The function, with what it was returned.
    """
    found = dict[str, Glimpse]()
    for node in nodes:
        for name, value in _values(node, frame, host):
            if is_worth_a_look(value):
                found.setdefault(name, glimpse(value))
    return tuple(found.items())[:_VALUES]


def _values(node: ast.expr, frame: FrameType, host: Ran) -> Iterator[tuple[str, object]]:
    known = _value(node, frame, host)
    if known is not _UNKNOWN:
        yield _name(node), known
        return
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr) and not isinstance(inner, ast.Constant):
            yield from _values(inner, frame, host)


_UNKNOWN = object()


def _value(node: ast.expr, frame: FrameType, host: Ran) -> object:
    """The value of a name, a stored attribute, a member by constant key, or of a property or function that ran."""
    match node:
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name, _UNKNOWN))
        case ast.NamedExpr(target=target):
            return _value(target, frame, host)
        case ast.Attribute(value=base, attr=name):
            return _attribute(_value(base, frame, host), name, host)
        case ast.Subscript(value=base, slice=ast.Constant(value=key)):
            holder = _value(base, frame, host)
            return holder.get(key, _UNKNOWN) if type(holder) is dict else _UNKNOWN
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return host.returned.get(name, _UNKNOWN)
    return _UNKNOWN


def _attribute(holder: object, name: str, host: Ran) -> object:
    if holder is _UNKNOWN or isinstance(holder, type):
        return _UNKNOWN
    stored = getattr_static(type(holder), name, None)
    if isinstance(stored, property | cached_property):
        return host.returned.get(name, _UNKNOWN)
    return getattr(holder, name, _UNKNOWN)


def _name(node: ast.expr) -> str:
    """How a value is called: an expression, a call without its arguments, what `:=` names."""
    match node:
        case ast.NamedExpr(target=target):
            return _name(target)
        case ast.Call(func=function):
            return f"{ast.unparse(function)}(…)"
    return ast.unparse(node)
