"""EventBridge: event patterns that are checked and tested, and lists in pages.

moto answers TestEventPattern with nothing and takes operators that EventBridge does not know. The facts are those of
https://docs.aws.amazon.com/eventbridge/latest/APIReference/ (API_TestEventPattern, API_PutRule, API_ListRules,
API_ListTargetsByRule).
"""

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.events.models import EventBus, events_backends

from rootguard.sandbox.dispatch import Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.event_pattern import InvalidEventPatternError, matches, parse
from rootguard.sandbox.event_pattern.parsing import Goal
from rootguard.sandbox.json_text import Json, read
from rootguard.sandbox.paging import InvalidTokenError, Key, page

PAGE_SIZE = 100
MANDATORY_FIELDS = frozenset({"id", "account", "source", "time", "region", "resources", "detail-type"})
"""What the Event of TestEventPattern must have, by its documentation. LocalStack's provider of events says that AWS in
fact lets `resources` be missing; that is not imitated."""


@operation("events:TestEventPattern")
def test_event_pattern(call: Call) -> dict[str, Any]:
    """Say whether an event matches a pattern."""
    event = _event(call.parameters["Event"])
    return {"Result": matches(_goals(call.parameters["EventPattern"]), event)}


@operation("events:PutRule")
def put_rule(call: Call) -> TYPE_RESPONSE:
    """Create a rule as moto does, unless its pattern is invalid."""
    if pattern := call.parameters.get("EventPattern"):
        _goals(pattern)
    return call.moto()


@operation("events:ListRules")
def list_rules(call: Call) -> dict[str, Any]:
    """List the rules of an event bus by name."""
    prefix = call.parameters.get("NamePrefix", "")
    rules = [rule.describe() for name, rule in _bus(call).rules.items() if name.startswith(prefix)]
    for rule in rules:
        del rule["CreatedBy"]  # only DescribeRule tells it
    return _paged(call, "Rules", "Name", rules)


@operation("events:ListTargetsByRule")
def list_targets_by_rule(call: Call) -> dict[str, Any] | TYPE_RESPONSE:
    """List the targets of a rule by their ids; none make an empty list, though the model asks for one at least."""
    bus, name = _bus(call), call.parameters["Rule"]
    if name not in bus.rules:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus.name}.")
    answer = _paged(call, "Targets", "Id", bus.rules[name].targets)
    return answer if answer["Targets"] else call.unchecked(answer)


def _goals(pattern: str) -> tuple[Goal, ...]:
    try:
        return parse(pattern)
    except InvalidEventPatternError as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None


def _event(text: str) -> Json:
    try:
        event = read(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not event.keys() >= MANDATORY_FIELDS:
        raise AwsError("ValidationException", "Parameter Event is not valid.")
    return event


def _bus(call: Call) -> EventBus:
    name = call.parameters.get("EventBusName", "default").rpartition("event-bus/")[2]
    bus = events_backends[call.account_id][call.region].event_buses.get(name)
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return bus


def _paged(call: Call, member: str, identifier: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    def key(item: dict[str, Any]) -> Key:
        return (item[identifier],)

    try:
        chosen, token = page(items, key, call.parameters.get("Limit", PAGE_SIZE), call.parameters.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidToken", "The specified NextToken is not valid.") from None
    return {member: list(chosen)} | ({"NextToken": token} if token else {})
