"""Whether a document keeps to OCSF's schema of a Compliance Finding, version 1.6.0.

Version 1.6 is the one that Security Hub takes (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-ocsf.html).
`ocsf_1_6_0.json` is taken from the tag 1.6.0 of https://github.com/ocsf/ocsf-schema, with what classes and objects
inherit, include and override worked in, for the profiles cloud and datetime: the objects that `ocsf` writes with all
of their attributes, but neither deprecated ones nor such as hold other objects or addresses. What is not there is not
expected.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("ocsf_1_6_0.json")
_CLASS = "compliance_finding"
_PROFILES = ("cloud", "datetime")
_OTHER = "99"
"""The number that every enumeration has for what it does not number; its sibling says what it is."""
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_YEAR_2000 = 946_684_800_000
_YEAR_3000 = 32_503_680_000_000


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "boolean_t": lambda value: isinstance(value, bool),
    "datetime_t": lambda value: isinstance(value, str) and bool(_DATETIME.fullmatch(value)),
    "integer_t": lambda value: _is_integer(value) and -(2**31) <= value < 2**31,
    "json_t": lambda _: True,
    "long_t": lambda value: _is_integer(value) and -(2**63) <= value < 2**63,
    "object": lambda value: isinstance(value, dict),
    "string_t": _is_text,
    # In milliseconds; the bounds are ours, and tell them from seconds.
    "timestamp_t": lambda value: _is_integer(value) and _YEAR_2000 <= value < _YEAR_3000,
    "url_t": lambda value: isinstance(value, str) and value.startswith("https://"),
}


@cache
def _schema() -> Mapping[str, Any]:
    loaded: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return loaded


def version() -> str:
    """The schema's version, for `metadata.version`."""
    return str(_schema()["version"])


def captions(attribute: str, structure: str = _CLASS) -> dict[int, str]:
    """What the numbers of an enumeration mean.

    Args:
        attribute: Its name, `severity_id`.
        structure: The object that has it, `compliance`; the class itself by default.
    """
    enumeration = _schema()["objects"][structure]["attributes"][attribute]["enum"]
    return {int(number): str(caption) for number, caption in enumeration.items()}


def violations(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What the schema does not allow in a document, each with its path; empty if it is in order."""
    return tuple(_violations(document))


def _violations(document: Mapping[str, Any]) -> Iterator[str]:
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    profiles = metadata.get("profiles")
    profiles = profiles if isinstance(profiles, list) else []
    if metadata.get("version") != version():
        yield f"metadata.version is {metadata.get('version')!r}, not {version()!r}"
    if unknown := [each for each in profiles if each not in _PROFILES]:
        yield f"metadata.profiles has {unknown}"
    if document.get("type_uid") != _type_uid(document):
        yield f"type_uid is {document.get('type_uid')!r}, not class_uid * 100 + activity_id"
    yield from _of_structure(document, _CLASS, "", frozenset(map(str, profiles)))


def _type_uid(document: Mapping[str, Any]) -> int | None:
    numbers = document.get("class_uid"), document.get("activity_id")
    match numbers:
        case int(kind), int(activity):
            return kind * 100 + activity
        case _:
            return None


def _of_structure(value: object, structure: str, path: str, profiles: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no object"
        return
    definition = _schema()["objects"][structure]
    attributes = {
        name: each for name, each in definition["attributes"].items() if each.get("profile") in {None, *profiles}
    }
    at = f"{path}." if path else ""
    yield from (f"{at}{name} is not expected" for name in value if name not in attributes)
    yield from (
        f"{at}{name} is missing" for name, each in attributes.items() if each.get("required") and name not in value
    )
    if (choice := definition.get("at_least_one")) and not value.keys() & set(choice):
        yield f"{path or 'the document'} has none of {', '.join(choice)}"
    for name in value.keys() & attributes.keys():
        yield from _of_attribute(value, name, attributes[name], f"{at}{name}", profiles)


def _of_attribute(
    holder: Mapping[str, Any], name: str, attribute: Mapping[str, Any], path: str, profiles: frozenset[str]
) -> Iterator[str]:
    value = holder[name]
    if not attribute.get("array"):
        yield from _of_value(value, attribute, path, profiles)
        yield from _of_sibling(holder, value, attribute, path)
    elif not isinstance(value, list) or not value:
        yield f"{path} is no list with items"
    else:
        for index, item in enumerate(value):
            yield from _of_value(item, attribute, f"{path}[{index}]", profiles)


def _of_value(value: object, attribute: Mapping[str, Any], path: str, profiles: frozenset[str]) -> Iterator[str]:
    kind = attribute["type"]
    if kind not in _TYPES:
        yield from _of_structure(value, kind, path, profiles)
    elif not _TYPES[kind](value):
        yield f"{path} is no {kind}: {value!r:.80}"
    elif (enumeration := attribute.get("enum")) and str(value) not in enumeration:
        yield f"{path} is {value!r:.80}, not one of {', '.join(enumeration)}"


def _of_sibling(holder: Mapping[str, Any], value: object, attribute: Mapping[str, Any], path: str) -> Iterator[str]:
    """A number and its caption say the same."""
    caption, sibling = attribute.get("enum", {}).get(str(value)), attribute.get("sibling")
    if caption is None or sibling is None:
        return
    said = holder.get(sibling)
    if str(value) == _OTHER and said in {None, caption}:
        yield f"{path} is {_OTHER}, and {sibling} does not say what that is"
    elif str(value) != _OTHER and said not in {None, caption}:
        yield f"{path} is {value}, {caption}; {sibling} is {said!r:.80}"
