"""`templates/security-hub.yaml`: what becomes of findings in Security Hub, for the account that administers it.

A conformance pack's rule is called `<rule>-conformance-pack-<id>` in an account, with another id in each, so its
built-in findings are known by the beginning of their title. Criteria are none but those that findings of AWS Config
have (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html): Compliance.Status
as a criterion is for findings of controls, and the resource's type is Other in some of AWS's own examples.

Automation rules act in the Region in which they are made, on findings of the administrator and its members
(https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html).
"""

from collections.abc import Sequence
from typing import Any

from rootguard.derive.conformance_pack import check_names
from rootguard.derive.errors import DerivationError
from rootguard.derive.finding_notification import RAISED, TOLD_BY_EMAIL, notification_resources
from rootguard.derive.parameters import TemplateParameter
from rootguard.derive.rules_template import interface
from rootguard.derive.template_text import HEADER, Call, attribute, either, equals, is_given, ref, template_text
from rootguard.kit.links import page_url
from rootguard.pack_names import deployed_prefix, logical_id
from rootguard.process_check import ConfigRule, ProcessCheck

FILE = "templates/security-hub.yaml"
MAXIMUM_BYTES = 51_200
"""Of a template that is sent in the request itself, as this one is (API model cloudformation)."""
MAXIMUM_AUTOMATION_RULES = 100
"""Of an administrator (https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html)."""
LONGEST_NOTE = 512
"""Note.Text, https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html and the resource's schema."""
AUTHOR = "rootguard"
"""Who has written the notes."""

_GROUP_RULES, _GROUP_TELLING = "Built-in findings of AWS Config", "Who hears of new findings"
PARAMETERS = (
    TemplateParameter(
        "BuiltInFindings",
        "Built-in findings",
        _GROUP_RULES,
        {
            "Type": "String",
            "Default": "suppress",
            "AllowedValues": ["raise", "suppress"],
            "Description": (
                "suppress: they get the workflow status SUPPRESSED, because the functions' own findings say more "
                "(rules.yaml's SecurityHubFindings own). raise: they get the rule's severity and a note with what is "
                "wrong and the way to mend it, for where the functions import none. Process checks have no function: "
                "theirs are always raised"
            ),
        },
    ),
    TemplateParameter(
        "AutomationRuleOrder",
        "Order among automation rules",
        _GROUP_RULES,
        {
            "Type": "Number",
            "Default": 500,
            "MinValue": 1,
            "MaxValue": 1000,
            "Description": (
                "RuleOrder of all these rules, no two of which are about the same finding: rules of a lower order come "
                "before them, those of a higher one after and have the last word"
            ),
        },
    ),
    TemplateParameter(
        "FindingsEmail",
        "E-mail address",
        _GROUP_TELLING,
        {
            "Type": "String",
            "Default": "",
            "AllowedPattern": r"^$|^[^\s@]+@[^\s@]+\.[^\s@]+$",
            "Description": (
                "Where new critical and high findings are sent, once the address has confirmed the subscription by the "
                "e-mail that AWS sends; empty for nowhere: the topic in the outputs takes other subscriptions as well"
            ),
        },
    ),
)
_SUPPRESSED = "BuiltInFindingsAreSuppressed"
_OPEN = [{"Comparison": "EQUALS", "Value": "NEW"}, {"Comparison": "EQUALS", "Value": "NOTIFIED"}]
"""Workflow statuses of what is still to be dealt with."""


def security_hub_template(rules: Sequence[ConfigRule]) -> str:
    """The text of templates/security-hub.yaml.

    Raises:
        DerivationError: It is larger than AWS takes, two names become one in it, or a note is too long.
    """
    check_names(rules)
    if len(rules) > MAXIMUM_AUTOMATION_RULES:
        raise DerivationError(f"{FILE} has {len(rules)} rules, Security Hub takes {MAXIMUM_AUTOMATION_RULES}")
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": (
            "rootguard: what becomes of the rules' findings in Security Hub. For the account that administers Security "
            "Hub for the organization, in every Region in which the rules are deployed: automation rules act where "
            "they are made, on the findings of that account and its members. Security Hub has to be on."
        ),
        "Metadata": {"AWS::CloudFormation::Interface": interface(PARAMETERS)},
        "Parameters": {each.name: dict(each.definition) for each in PARAMETERS},
        "Conditions": {
            _SUPPRESSED: equals(ref("BuiltInFindings"), "suppress"),
            RAISED: equals(ref("BuiltInFindings"), "raise"),
            TOLD_BY_EMAIL: is_given("FindingsEmail"),
        },
        "Resources": {
            **{f"{logical_id(rule)}Findings": _automation_rule(rule) for rule in rules},
            **_insights(),
            **notification_resources(rules),
        },
        "Outputs": _outputs(),
    }
    text = HEADER + template_text(template)
    size = len(text.encode())
    if size > MAXIMUM_BYTES:
        raise DerivationError(f"{FILE} has {size} bytes, CloudFormation takes {MAXIMUM_BYTES}")
    return text


def _automation_rule(rule: ConfigRule) -> dict[str, Any]:
    """Only NEW ones are raised: AWS Config's integration gives PASSED ones the workflow status RESOLVED."""
    about = f"What becomes of AWS Config's own findings of {rule.name}, a rule of the conformance pack rootguard"
    return {
        "Type": "AWS::SecurityHub::AutomationRule",
        "Properties": {
            "RuleName": f"rootguard {rule.name}",
            "Description": about,
            "RuleOrder": ref("AutomationRuleOrder"),
            "RuleStatus": "ENABLED",
            "IsTerminal": False,
            "Criteria": {
                "ProductName": [_equals("Config")],
                "Title": [{"Comparison": "PREFIX", "Value": deployed_prefix(rule)}],
                "WorkflowStatus": _unless_suppressed(rule, [_equals("NEW")]),
            },
            "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": _update(rule)}],
        },
    }


def _update(rule: ConfigRule) -> dict[str, Any]:
    raised = _note(rule, f"{_what_is_wrong(rule)}. How to mend it: {page_url(rule.name)}")
    raise_it = {"Severity": {"Label": str(rule.severity).upper()}}
    if isinstance(rule, ProcessCheck):
        return {**raise_it, "Note": _by_us(raised)}
    instead = (
        f"Suppressed, as rootguard's own finding, of GeneratorId rootguard/{rule.name}, has the reason and the facts"
    )
    suppressed = _note(rule, f"{instead}. About the rule: {page_url(rule.name)}")
    return {
        "Severity": _unless_suppressed(rule, raise_it["Severity"]),
        "Workflow": either(_SUPPRESSED, {"Status": "SUPPRESSED"}),
        "Note": _by_us(either(_SUPPRESSED, suppressed, raised)),
    }


def _unless_suppressed(rule: ConfigRule, value: Any) -> Any:  # noqa: ANN401 - any value of a template
    """What a raised finding has; no function answers for a process check, so its finding is the only one there is."""
    return value if isinstance(rule, ProcessCheck) else either(RAISED, value)


def _by_us(text: Any) -> dict[str, Any]:  # noqa: ANN401 - plain or chosen by a condition
    return {"Text": text, "UpdatedBy": AUTHOR}


def _note(rule: ConfigRule, text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise DerivationError(f"{rule.name}: a note of {len(text)} characters, Security Hub takes {LONGEST_NOTE}")
    return text


def _what_is_wrong(rule: ConfigRule) -> str:
    """In words: of a process check, what has to hold, and nobody has said that it does."""
    if isinstance(rule, ProcessCheck):
        return f"Not attested: {rule.title.rstrip('.')}"
    return rule.finding_title


def _equals(value: str) -> dict[str, str]:
    return {"Comparison": "EQUALS", "Value": value}


def _insights() -> dict[str, Any]:
    """Saved searches; each groups what it finds by one attribute."""
    own = {"GeneratorId": [{"Comparison": "PREFIX", "Value": "rootguard/"}]}
    unsettled = {"ComplianceStatus": [{"Comparison": "NOT_EQUALS", "Value": "PASSED"}]}
    raised = {"ProductName": [_equals("Config")], "NoteUpdatedBy": [_equals(AUTHOR)]}
    return {
        "OpenByAccount": _insight("rootguard: open findings by account", {**own, **unsettled}, "AwsAccountId"),
        "OpenBySeverity": _insight("rootguard: open findings by severity", {**own, **unsettled}, "SeverityLabel"),
        "RaisedByAccount": _insight("rootguard: raised findings of AWS Config by account", raised, "AwsAccountId"),
    }


def _insight(name: str, filters: dict[str, Any], group_by: str) -> dict[str, Any]:
    still = {"RecordState": [_equals("ACTIVE")], "WorkflowStatus": _OPEN}
    properties = {"Name": name, "Filters": {**filters, **still}, "GroupByAttribute": group_by}
    return {"Type": "AWS::SecurityHub::Insight", "Properties": properties}


def _outputs() -> dict[str, Any]:
    return {
        "TopicArn": {
            "Description": "The topic of new critical and high findings; nobody hears of them before a subscription",
            "Value": ref("Topic"),
        },
        "InsightArns": {
            "Description": "Saved searches: open findings by account, by severity, raised ones of AWS Config",
            "Value": Call("Join", [",", [ref(name) for name in _insights()]]),
        },
        "EventRuleArn": {
            "Description": "The EventBridge rule of this Region that tells the topic",
            "Value": attribute("NewFindings", "Arn"),
        },
    }
