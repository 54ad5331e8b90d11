"""Who is told that the compliance of a resource has changed: AWS Config's ComplianceChangeNotification.

https://docs.aws.amazon.com/config/latest/developerguide/example-config-rule-compliance-notification.html
"""

from collections.abc import Callable

from rootguard.sandbox.config_rules.results import Result
from rootguard.sandbox.config_rules.rules import Rule

type ComplianceListener = Callable[[Rule, Result | None, Result], None]

_LISTENERS: list[ComplianceListener] = []


def on_compliance_change(listener: ComplianceListener) -> ComplianceListener:
    """Register, at import, a function that is called with the rule, the older result, if any, and the new one."""
    _LISTENERS.append(listener)
    return listener


def announce_compliance_change(rule: Rule, old: Result | None, new: Result) -> None:
    """Tell every listener of a result that differs from the one before it, or is the first."""
    for listener in _LISTENERS:
        listener(rule, old, new)
