"""CloudWatch alarms: initial states, composite alarms, and the dependencies between alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html; each operation's own rules are in
its documentation in the API model (cloudwatch). Changes of state run no actions here: nothing is published to topics.
"""

from collections.abc import Iterable
from copy import copy
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from rootguard.sandbox.alarm_rule import AlarmRule, AlarmState
from rootguard.sandbox.alarm_rule_syntax import AlarmRuleError, parse
from rootguard.sandbox.composite_alarms import (
    Alarms,
    AlarmSettings,
    alarm_name,
    alarms_in,
    children,
    parents,
    settle,
    settle_parents,
)
from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.state import state

_MOST_PARENTS = 150
_ERROR = 400

# Parameters that moto's alarms have no place for, and that DescribeAlarms gives back under the same names.
_METRIC_SETTINGS = (
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ActionConfiguration",
)
_COMPOSITE_SETTINGS = (
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
    "ActionConfiguration",
)


@operation("cloudwatch:PutMetricAlarm")
def put_metric_alarm(call: Call) -> Answer:
    """Create a metric alarm in INSUFFICIENT_DATA, or update one and leave its state unchanged (API model)."""
    alarms, name = _alarms(call), call.parameters["AlarmName"]
    before = alarms.get(name)
    if before is not None and before.rule is not None:
        raise _invalid(f"{name} is the name of a composite alarm")
    answer = call.moto()
    if answer[0] >= _ERROR:
        return answer
    _keep_state(alarms[name], before)
    _keep_settings(call, _METRIC_SETTINGS)
    return answer


@operation("cloudwatch:PutCompositeAlarm")
def put_composite_alarm(call: Call) -> Answer:
    """Create or update a composite alarm and evaluate it.

    A new one "is immediately set to INSUFFICIENT_DATA. The alarm is then evaluated and its state is set
    appropriately"; an update leaves the state, but the alarm is "reevaluated if you update its configuration" (API
    model, PutCompositeAlarm and SetAlarmState). Tags count on creation only.
    """
    alarms, parameters = _alarms(call), call.parameters
    rule = _checked_rule(call, alarms)
    _check_suppressor(call, alarms)
    before = alarms.get(parameters["AlarmName"])
    if before is not None and before.rule is None:
        raise _invalid(f"{before.name} is the name of a metric alarm")
    composite = _put(call, tags=parameters.get("Tags") if before is None else None)
    _keep_state(composite, before)
    _keep_settings(call, _COMPOSITE_SETTINGS)
    verb = "created" if before is None else "updated"
    names = children(rule, call.account_id, call.region).values()
    sentence = f"{composite.alarm_arn} was {verb} and its alarm rule evaluates to"
    settle(composite, alarms, lambda state: f"{sentence} {state}", [alarms[str(name)] for name in names])
    return {}


@operation("cloudwatch:DeleteAlarms")
def delete_alarms(call: Call) -> Answer:
    """Delete alarms by name; unknown names are passed over (API model).

    Nothing is deleted if two composite alarms are named, or an alarm that a composite alarm depends on. Whether that
    composite alarm may be among the deleted is not documented; here it may not, so that nobody relies on it.
    """
    alarms, names = _alarms(call), call.parameters["AlarmNames"]
    named = [alarms[name] for name in dict.fromkeys(names) if name in alarms]
    if sum(alarm.rule is not None for alarm in named) > 1:
        raise _invalid("You can only delete one composite alarm in one operation.")
    needed = [alarm.name for alarm in named if parents(alarm.name, alarms)]
    if needed:  # worded as in https://github.com/cloud-custodian/cloud-custodian/issues/7763
        them = "it" if len(needed) == 1 else "them"
        raise _invalid(f"Cannot delete {','.join(needed)} as there are composite alarm(s) depending on {them}.")
    for alarm in named:
        state(AlarmSettings, call.account_id, call.region).by_name.pop(alarm.name, None)
    return call.moto()


@operation("cloudwatch:SetAlarmState")
def set_alarm_state(call: Call) -> Answer:
    """Set an alarm's state and re-evaluate the composite alarms above it; it stays until it is set again."""
    alarms, name = _alarms(call), call.parameters["AlarmName"]
    if name not in alarms:
        raise AwsError("ResourceNotFound", f"Alarm {name} does not exist")
    previous = alarms[name].state_value
    answer = call.moto()
    if answer[0] < _ERROR and alarms[name].state_value != previous:
        settle_parents(alarms[name], alarms, (name,))
    return answer


def _alarms(call: Call) -> Alarms:
    return alarms_in(call.account_id, call.region)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _checked_rule(call: Call, alarms: Alarms) -> AlarmRule:
    """The rule, if it can be read and all its alarms exist; a composite alarm may mention itself once it exists."""
    try:
        rule = parse(call.parameters["AlarmRule"])
    except AlarmRuleError as error:
        raise _invalid(str(error)) from None
    names = children(rule, call.account_id, call.region)
    missing = [reference for reference, name in names.items() if name not in alarms]
    if missing:  # worded as in https://github.com/awsdocs/aws-cloudformation-user-guide/issues/911
        listed = ", ".join(missing)
        raise _invalid(f"Could not save the composite alarm as alarms [{listed}] in the alarm rule do not exist")
    for name in names.values():
        _check_parents(str(name), call, alarms)
    return rule


def _check_parents(name: str, call: Call, alarms: Alarms) -> None:
    """Refuse a 151st parent: "150 composite alarms can monitor a single underlying alarm" (alarm-combining)."""
    others = [parent for parent in parents(name, alarms) if parent.name != call.parameters["AlarmName"]]
    if len(others) >= _MOST_PARENTS:
        raise AwsError("LimitExceeded", f"{name} is already in the rules of {_MOST_PARENTS} composite alarms")


def _check_suppressor(call: Call, alarms: Alarms) -> None:
    """The suppressor is "an existing alarm", and brings both its periods (API model)."""
    suppressor = call.parameters.get("ActionsSuppressor")
    if suppressor is None:
        return
    if alarm_name(suppressor, call.account_id, call.region) not in alarms:
        raise _invalid(f"Could not save the composite alarm as the actions suppressor {suppressor} does not exist")
    for period in ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        if call.parameters.get(period) is None:
            raise _invalid(f"{period} is required when ActionsSuppressor is specified")


def _put(call: Call, tags: Any) -> Alarm:
    parameters = call.parameters
    of_a_metric = ("namespace", "metric_name", "comparison_operator", "evaluation_periods")
    nothing: dict[str, Any] = dict.fromkeys((*of_a_metric, "period", "threshold", "statistic"))
    return cloudwatch_backends[call.account_id][call.region].put_metric_alarm(
        **nothing,
        name=parameters["AlarmName"],
        description=parameters.get("AlarmDescription", ""),
        dimensions=[],
        alarm_actions=parameters.get("AlarmActions", []),
        ok_actions=parameters.get("OKActions", []),
        insufficient_data_actions=parameters.get("InsufficientDataActions", []),
        actions_enabled=parameters.get("ActionsEnabled", True),
        rule=parameters["AlarmRule"],
        tags=tags,
    )


_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def _keep_state(alarm: Alarm, before: Alarm | None) -> None:
    """Moto replaces the alarm at every update and starts it in OK."""
    if before is None:
        alarm.state_value, alarm.state_reason_data = AlarmState.INSUFFICIENT_DATA, ""
        return
    for name in _STATE:
        setattr(alarm, name, copy(getattr(before, name)))


def _keep_settings(call: Call, names: Iterable[str]) -> None:
    kept = {name: call.parameters[name] for name in names if call.parameters.get(name) is not None}
    state(AlarmSettings, call.account_id, call.region).by_name[call.parameters["AlarmName"]] = kept
