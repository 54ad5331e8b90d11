"""Properties held against a resource type's schema, a JSON Schema of draft 7 with additions of AWS's.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html. Violations are worded as
CloudFormation words them: "#/Tags/0: required key [Key] not found".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

type Schema = Mapping[str, Any]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
_NAMES = {"array": "JSONArray", "object": "JSONObject", "string": "String", "boolean": "Boolean"}


def converted(value: Any, schema: Schema, root: Schema) -> Any:
    """The value with scalars in the types that the schema wants, as far as they can be turned into them."""
    schema = _followed(schema, root)
    match value:
        case dict():
            return {key: converted(item, _member(schema, key, root), root) for key, item in value.items()}
        case list():
            return [converted(item, schema.get("items", {}), root) for item in value]
    wanted = _wanted(schema)
    if not wanted or any(_TYPES[kind](value) for kind in wanted):
        return value
    for kind in wanted:
        turned = _turned(value, kind)
        if turned is not None:
            return turned
    return value


def violations(value: Any, schema: Schema, root: Schema, place: str = "#") -> Iterator[str]:
    """What the schema forbids."""
    schema = _followed(schema, root)
    wanted = _wanted(schema)
    if wanted and not any(_TYPES[kind](value) for kind in wanted):
        expected = _NAMES.get(wanted[0], wanted[0].capitalize())
        yield f"{place}: expected type: {expected}, found: {_found(value)}"
        return
    match value:
        case dict():
            yield from _of_object(value, schema, root, place)
        case list():
            yield from _of_array(value, schema, root, place)
        case str():
            yield from _of_string(value, schema, place)
        case int() | float() if not isinstance(value, bool):
            yield from _of_number(value, schema, place)
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value} is not a valid enum value"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value} is not a valid enum value"
    yield from _of_alternatives(value, schema, root, place)


def _of_object(value: dict[str, Any], schema: Schema, root: Schema, place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}: required key [{name}] not found"
    if "requiredOr" in schema and not any(name in value for name in schema["requiredOr"]):
        yield f"{place}: required key [{schema['requiredOr'][0]}] not found"
    if sum(name in value for name in schema.get("requiredXor", ())) != bool(schema.get("requiredXor")):
        yield f"{place}: exactly one of {schema['requiredXor']} is required"
    for name, excluded in schema.get("dependentExcluded", {}).items():
        for other in excluded:
            if name in value and other in value:
                yield f"{place}: [{name}] and [{other}] exclude each other"
    for name, item in value.items():
        member = _member(schema, name, root)
        if member is _FORBIDDEN:
            yield f"{place}: extraneous key [{name}] is not permitted"
        else:
            yield from violations(item, member, root, f"{place}/{name}")


def _of_array(value: list[Any], schema: Schema, root: Schema, place: str) -> Iterator[str]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least:
        yield f"{place}: expected minimum item count: {least}, found: {len(value)}"
    if most is not None and len(value) > most:
        yield f"{place}: expected maximum item count: {most}, found: {len(value)}"
    if schema.get("uniqueItems") and any(item in value[:position] for position, item in enumerate(value)):
        yield f"{place}: array items are not unique"
    for position, item in enumerate(value):
        yield from violations(item, schema.get("items", {}), root, f"{place}/{position}")


def _of_string(value: str, schema: Schema, place: str) -> Iterator[str]:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < least:
        yield f"{place}: expected minLength: {least}, actual: {len(value)}"
    if most is not None and len(value) > most:
        yield f"{place}: expected maxLength: {most}, actual: {len(value)}"
    pattern = schema.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled is not None and not compiled.search(value):
        yield f"{place}: failed validation constraint for keyword [pattern]: {pattern}"


def _of_number(value: float, schema: Schema, place: str) -> Iterator[str]:
    if value < schema.get("minimum", value):
        yield f"{place}: {value} is not greater or equal to {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield f"{place}: {value} is not less or equal to {schema['maximum']}"


def _of_alternatives(value: Any, schema: Schema, root: Schema, place: str) -> Iterator[str]:
    for each in schema.get("allOf", ()):
        yield from violations(value, each, root, place)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            matching = sum(not list(violations(value, each, root, place)) for each in schema[keyword])
            if matching == 0 or (keyword == "oneOf" and matching > 1):
                yield f"{place}: #: {matching} subschemas matched instead of one"


_FORBIDDEN: Schema = {"not": {}}


def _member(schema: Schema, name: str, root: Schema) -> Schema:
    """The schema of an object's member; anything goes where nothing is said."""
    members = schema.get("properties", {})
    if name in members:
        found: Schema = members[name]
        return found
    for pattern, of_matching in schema.get("patternProperties", {}).items():
        compiled = _compiled(pattern)
        if compiled is None or compiled.search(name):
            return dict(of_matching)
    for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        inner = _followed(each, root)
        if name in inner.get("properties", {}):
            return dict(inner["properties"][name])
    additional = schema.get("additionalProperties", True)
    if additional is False:
        return _FORBIDDEN
    return dict(additional) if isinstance(additional, dict) else {}


def _followed(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _wanted(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def _turned(value: Any, kind: str) -> Any:
    """A scalar in another type, None if it has no such form."""
    match kind, value:
        case "string", bool():
            return str(value).lower()
        case "string", int() | float():
            return str(value)
        case "boolean", str() if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case (("integer" | "number"), str()) if re.fullmatch(r"-?\d+", value):
            return int(value)
        case "number", str() if re.fullmatch(r"-?\d+\.\d+", value):
            return float(value)
        case "integer", float() if value.is_integer():
            return int(value)
    return None


def _found(value: Any) -> str:
    names = {bool: "Boolean", int: "Integer", float: "BigDecimal", str: "String", list: "JSONArray", dict: "JSONObject"}
    return names.get(type(value), "Null")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:  # Java's dialect (\\p{L} and friends), which Python cannot compile
        return None
