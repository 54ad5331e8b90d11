"""A rule that nobody wrote, for tests of what becomes of rules."""

from typing import Any

from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import Controls, Rule, Severity
from rootguard.kit.verdict import compliant, non_compliant

FINE = compliant("root is fine")
WRONG = non_compliant("root has {what}")
REMEDIATION = Remediation("Mend it.", ("Sign in.",), ("aws iam mend",), "Mend it everywhere.")


def sample_rule(**changes: Any) -> Rule[Any]:
    """The rule, which finds every account fine and asks nothing, with these fields changed."""
    fields: dict[str, Any] = {
        "name": "root-sample",
        "title": "A sample",
        "finding_title": "A sample is wrong",
        "severity": Severity.LOW,
        "practice": 1,
        "controls": Controls(),
        "remediation": REMEDIATION,
        "outcomes": (FINE, WRONG),
        "actions": ("iam:GetAccountSummary",),
        "gather": lambda _account, _parameters: None,
        "decide": lambda _evidence, _parameters: FINE(),
    }
    return Rule(**(fields | changes))
