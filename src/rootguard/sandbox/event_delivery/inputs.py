"""What a target gets of an event: all of it, a part, a constant, or a template filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html and the API model's Target.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.event_delivery.event import Event

_PLACEHOLDER = re.compile(r"<(?P<name>[A-Za-z0-9_.-]+)>")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+|\*)\]|\['(?P<quoted>[^']*)'\]")
_EVENT_JSON = "aws.events.event.json"
_EVENT = "aws.events.event"


def target_input(target: Mapping[str, Any], event: Event, rule_arn: str, rule_name: str) -> str:
    """The text that a target receives.

    Args:
        target: As PutTargets took it.
        event: What happened.
        rule_arn: The rule's ARN, for `<aws.events.rule-arn>`.
        rule_name: The rule's name, for `<aws.events.rule-name>`.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return _json(_at(target["InputPath"], event.fields))
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        values = _values(transformer.get("InputPathsMap") or {}, event, rule_arn, rule_name)
        return _filled(transformer["InputTemplate"], values)
    return event.text


def _values(paths: Mapping[str, str], event: Event, rule_arn: str, rule_name: str) -> dict[str, Any]:
    """What each placeholder stands for: the rule's own variables, and those EventBridge defines."""
    fields = event.fields
    reserved = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        _EVENT: {name: value for name, value in fields.items() if name != "detail"},
        _EVENT_JSON: fields,
    }
    return reserved | {name: _at(path, fields) for name, path in paths.items()}


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with its placeholders filled in, without superfluous spaces if that makes JSON.

    A text brings its quotes along where the template has none around it; inside a quoted text every value is spelled
    out, unescaped, an object or a list without its quotes. A placeholder without a value is left out (Common Issues of
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
    """
    parts, position, quoted = list[str](), 0, False
    for found in _PLACEHOLDER.finditer(template):
        between = template[position : found.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        value = values.get(found["name"])
        parts += [between, _inside(value) if quoted else _json(value) if value is not None else ""]
        position = found.end()
    return _minified("".join([*parts, template[position:]]))


def _minified(text: str) -> str:
    try:
        return _json(json.loads(text))
    except ValueError:
        return text


def _inside(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return _json(value).replace('"', "")


def _at(path: str, document: Any) -> Any:
    """The part of the event that a JSONPath of EventBridge's kind names, `$.detail.items[0]`; None if it is not there.

    Of JSONPath, EventBridge takes dots, indexes and `[*]` (eb-transform-target-input, "Input paths").
    """
    nodes, many = [document], False
    for step in _STEP.finditer(path.removeprefix("$")):
        name = step["name"] if step["name"] is not None else step["quoted"]
        if name is not None:
            nodes = [node[name] for node in nodes if isinstance(node, dict) and name in node]
        elif step["index"] == "*":
            nodes, many = [item for node in nodes if isinstance(node, list) for item in node], True
        else:
            index = int(step["index"])
            nodes = [node[index] for node in nodes if isinstance(node, list) and index < len(node)]
    return nodes if many else next(iter(nodes), None)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
