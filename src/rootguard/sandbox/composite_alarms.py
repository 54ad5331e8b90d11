"""Composite alarms among the alarms of one account and Region: who depends on whom, and which state follows.

moto keeps metric and composite alarms in one dictionary by name, and has a place for a composite alarm's rule.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from rootguard.sandbox.alarm_rule import AlarmRule, AlarmState
from rootguard.sandbox.alarm_rule_syntax import parse

type Alarms = dict[str, Alarm]


@dataclass
class AlarmSettings:
    """What moto's alarms have no place for, by alarm name, in the words of the API."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)


def alarms_in(account_id: str, region: str) -> Alarms:
    """All alarms of an account and Region by name, moto's own dictionary."""
    alarms: Alarms = cloudwatch_backends[account_id][region].alarms
    return alarms


def rule_of(alarm: Alarm) -> AlarmRule | None:
    """The rule of a composite alarm, None for a metric alarm."""
    return None if alarm.rule is None else parse(alarm.rule)


def alarm_name(reference: str, account_id: str, region: str) -> str | None:
    """The name behind a name or ARN in a rule; None for an ARN of another account or Region.

    All alarms below a composite alarm "must be in the same account and the same Region" (alarm-combining).
    """
    if not reference.startswith("arn:"):
        return reference
    prefix, _, name = reference.partition(":alarm:")
    return name if prefix.split(":")[2:] == ["cloudwatch", region, account_id] else None


def children(rule: AlarmRule, account_id: str, region: str) -> dict[str, str | None]:
    """The name behind each reference of a rule."""
    return {reference: alarm_name(reference, account_id, region) for reference in rule.references}


def parents(name: str, alarms: Mapping[str, Alarm]) -> tuple[Alarm, ...]:
    """The composite alarms whose rules mention an alarm."""
    return tuple(alarm for alarm in alarms.values() if name in _children_of(alarm))


def _children_of(alarm: Alarm) -> tuple[str | None, ...]:
    rule = rule_of(alarm)
    if rule is None:
        return ()
    return tuple(children(rule, _account_of(alarm), alarm.region_name).values())


def _account_of(alarm: Alarm) -> str:
    return str(alarm.alarm_arn).split(":")[4]


def settle(
    composite: Alarm,
    alarms: Alarms,
    reason: Callable[[AlarmState], str],
    causes: Iterable[Alarm],
    path: tuple[str, ...] = (),
) -> None:
    """Give a composite alarm the state that its rule evaluates to, and then the composite alarms above it.

    Evaluation "stops if CloudWatch detects a cycle in the evaluation path" (cloudwatch:PutCompositeAlarm, API model):
    `path` names the alarms that led here.
    """
    rule = rule_of(composite)
    if rule is None or composite.name in path:
        return
    names = children(rule, _account_of(composite), composite.region_name)
    fires = rule.holds(lambda reference: AlarmState(alarms[str(names[reference])].state_value))
    state = AlarmState.ALARM if fires else AlarmState.OK
    if composite.state_value == state:
        return
    composite.update_state(reason(state), _reason_data(causes), state)
    settle_parents(composite, alarms, (*path, composite.name))


def settle_parents(changed: Alarm, alarms: Alarms, path: tuple[str, ...] = ()) -> None:
    """Re-evaluate the composite alarms that depend on an alarm whose state has changed.

    The sentence and its data are those of the composite alarm's sample in
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    moment = changed.state_updated_timestamp
    sentence = f"{changed.alarm_arn} transitioned to {changed.state_value} at {moment:%A %d %B, %Y %H:%M:%S} UTC"
    for parent in parents(changed.name, alarms):
        settle(parent, alarms, lambda _: sentence, (changed,), path)


def _reason_data(causes: Iterable[Alarm]) -> str:
    triggering = [
        {
            "arn": alarm.alarm_arn,
            "state": {"value": alarm.state_value, "timestamp": _milliseconds(alarm.state_updated_timestamp)},
        }
        for alarm in causes
    ]
    return json.dumps({"triggeringAlarms": triggering}, separators=(",", ":"))


def _milliseconds(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')}+0000"
