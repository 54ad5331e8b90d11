"""Properties of a template, named as in APIs that begin their names with small letters."""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def lower_names(value: Any, shape: Shape, others: Mapping[str, str] | None = None) -> Any:
    """The value with the API's names; what the API has no name for keeps its own, for `send` to refuse.

    Args:
        value: Of a property, or all properties of a resource.
        shape: The API's.
        others: Names that differ in more than the first letter, `{"BuildSpec": "buildspec"}`.
    """
    renamed = others or {}
    match shape:
        case StructureShape() if isinstance(value, Mapping):
            names = {name: renamed.get(name, name[:1].lower() + name[1:]) for name in value}
            return {
                api if api in shape.members else name: lower_names(value[name], shape.members.get(api, shape), renamed)
                for name, api in names.items()
            }
        case ListShape() if isinstance(value, list | tuple):
            return [lower_names(each, shape.member, renamed) for each in value]
        case MapShape() if isinstance(value, Mapping):
            return {key: lower_names(each, shape.value, renamed) for key, each in value.items()}
    return value
