"""EventBridge: event buses' policies and settings, which moto merges, cuts or lacks.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html, API_UpdateEventBus.html.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.events.models import events_backends

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.policy import MalformedPolicyError, UnsupportedPolicyError, parse

_SETTINGS = {
    "Description": "description",
    "KmsKeyIdentifier": "kms_key_identifier",
    "DeadLetterConfig": "dead_letter_config",
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement, where moto expects one of its own."""

    document: Mapping[str, Any]

    def describe(self) -> dict[str, Any]:
        """The statement as it was given."""
        return dict(self.document)


@operation("events:CreateEventBus")
def create_event_bus(call: Call) -> Answer:
    """Create an event bus that writes no log."""
    _check_settings(call)
    return call.moto()


@operation("events:UpdateEventBus")
def update_event_bus(call: Call) -> dict[str, Any]:
    """Change the settings of an event bus that are given; an empty one is taken back, as the page says of the key."""
    _check_settings(call)
    bus = _bus(call, call.parameters.get("Name"))
    for member, attribute in _SETTINGS.items():
        if member in call.parameters:
            setattr(bus, attribute, call.parameters[member])
    described = {member: getattr(bus, attribute) for member, attribute in _SETTINGS.items()}
    return {"Arn": bus.arn, "Name": bus.name} | {member: value for member, value in described.items() if value}


@operation("events:PutPermission")
def put_permission(call: Call) -> dict[str, Any]:
    """Replace the whole policy of a bus, or add one statement.

    "If you include Policy, you can't include any other parameters" but the bus's name.
    """
    wanted = call.parameters
    bus, text = _bus(call, wanted.get("EventBusName")), wanted.get("Policy")
    if text is not None:
        bus._statements = _statements(text, bus.name)  # noqa: SLF001 - where moto keeps them
        return {}
    for member in ("Principal", "StatementId", "Action"):
        if not wanted.get(member):
            raise AwsError("ValidationException", f"Parameter {member} must be specified.")
    statement = {
        "Sid": wanted["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(wanted["Principal"], call.partition),
        "Action": wanted["Action"],
        "Resource": bus.arn,
    }
    if condition := wanted.get("Condition"):
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    bus._statements[wanted["StatementId"]] = _Statement(statement)  # noqa: SLF001 - where moto keeps them
    return {}


def _statements(text: str, bus: str) -> dict[str, _Statement]:
    try:
        parse(text)
        given = json.loads(text)["Statement"]
    except (MalformedPolicyError, ValueError, KeyError, TypeError) as error:
        raise AwsError("ValidationException", f"The policy of the event bus {bus} is not valid: {error}") from None
    except UnsupportedPolicyError as error:
        raise AwsError(NOT_IMPLEMENTED, str(error)) from None
    statements = [given] if isinstance(given, dict) else given
    return {each.get("Sid") or f"statement-{number}": _Statement(each) for number, each in enumerate(statements)}


def _principal(given: str, partition: str) -> str | dict[str, str]:
    return given if given == "*" else {"AWS": f"arn:{partition}:iam::{given}:root"}


def _check_settings(call: Call) -> None:
    if (call.parameters.get("LogConfig") or {}).get("Level", "OFF") != "OFF":
        raise AwsError(NOT_IMPLEMENTED, "The sandbox's event buses write no logs.")


def _bus(call: Call, name: str | None) -> Any:
    """A bus of moto's, whose statements are not moto's."""
    plain = (name or "default").rpartition("event-bus/")[2]
    bus = events_backends[call.account_id][call.region].event_buses.get(plain)
    if bus is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {plain} does not exist.")
    return bus
