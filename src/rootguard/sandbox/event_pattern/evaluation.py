"""Does an event meet the goals of an event pattern.

EventBridge sees an event as a list of leaves, each under the dotted path of its field; arrays add nothing to the path
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html, "uses dot (.) as the joining
character"). Of an array of values any may match (.../eb-event-patterns-arrays.html). Of an array of objects, the fields
of one match have to come from the same element (README of github.com/aws/event-ruler, the library that EventBridge
matches with, "JSON Array Matching"). An empty array or object has no leaf, so nothing exists there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rootguard.sandbox.event_pattern.matchers import Exists, Leaf
from rootguard.sandbox.event_pattern.parsing import AnyOf, FieldPattern, Goal
from rootguard.sandbox.json_text import Json

type Membership = dict[str, int]
"""Which element of each array a leaf lies in, by the array's position in the event."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: Leaf
    membership: Membership


type _Leaves = dict[str, list[_Leaf]]


def matches(goals: tuple[Goal, ...], event: Json) -> bool:
    """Whether the event, as `json_text.read` reads it, meets all goals."""
    leaves: _Leaves = {}
    for path, leaf in _flattened(event, "", "", {}):
        leaves.setdefault(path, []).append(leaf)
    return _met(goals, leaves, {})


def _flattened(node: Json, path: str, place: str, membership: Membership) -> Iterator[tuple[str, _Leaf]]:
    match node:
        case dict():
            for name, child in node.items():
                child_path = f"{path}.{name}" if path else name
                yield from _flattened(child, child_path, f"{place}/{name}", membership)
        case list():
            for index, child in enumerate(node):
                yield from _flattened(child, path, f"{place}/{index}", membership | {place: index})
        case _:
            yield path, _Leaf(node, membership)


def _met(goals: tuple[Goal, ...], leaves: _Leaves, chosen: Membership) -> bool:
    if not goals:
        return True
    goal, *rest = goals
    match goal:
        case AnyOf(alternatives):
            return any(_met((*alternative, *rest), leaves, chosen) for alternative in alternatives)
        case FieldPattern(path, matchers) if path not in leaves:
            absent = any(isinstance(matcher, Exists) and not matcher.wanted for matcher in matchers)
            return absent and _met(tuple(rest), leaves, chosen)
        case FieldPattern():
            return any(_met(tuple(rest), leaves, each) for each in _choices(goal, leaves, chosen))


def _choices(goal: FieldPattern, leaves: _Leaves, chosen: Membership) -> Iterator[Membership]:
    for leaf in leaves[goal.path]:
        consistent = all(chosen.get(array, index) == index for array, index in leaf.membership.items())
        if consistent and any(matcher.accepts(leaf.value) for matcher in goal.matchers):
            yield chosen | leaf.membership
