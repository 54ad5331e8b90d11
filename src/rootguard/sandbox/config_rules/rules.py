"""The rules of an account and Region.

They are kept here and not in moto, which knows neither service-linked rules nor results.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.config_rules.place import Place, random_id
from rootguard.sandbox.config_rules.results import Result
from rootguard.sandbox.config_rules.rule_checks import PROCESS_CHECK, check_rule
from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import Key
from rootguard.sandbox.state import state

MAXIMUM_RULES = 1000
"""Per account and Region (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""

CONFORMS_PRINCIPAL = "config-conforms.amazonaws.com"
"""Who creates the rules of a conformance pack."""


@dataclass
class RunStatus:
    """What DescribeConfigRuleEvaluationStatus tells of a rule; its members have the API's names in snake case."""

    first_activated_time: datetime
    last_successful_invocation_time: datetime | None = None
    last_failed_invocation_time: datetime | None = None
    last_successful_evaluation_time: datetime | None = None
    last_failed_evaluation_time: datetime | None = None
    last_error_code: str | None = None
    last_error_message: str | None = None
    first_evaluation_started: bool = False


@dataclass
class Rule:
    """A rule and what its evaluations said.

    Attributes:
        definition: ConfigRule as the caller gave it, without ARN and id.
        created_by: The service that created it; None for a rule of the account's own.
        runs: How many evaluations wait or run.
        requested: When StartConfigRulesEvaluation last took it.
    """

    place: Place
    name: str
    rule_id: str
    definition: dict[str, Any]
    status: RunStatus
    created_by: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    results: dict[tuple[str, str], Result] = field(default_factory=dict)
    runs: int = 0
    requested: datetime | None = None

    @property
    def arn(self) -> str:
        """The rule's ARN; a service-linked rule has its service in it.

        https://docs.aws.amazon.com/config/latest/developerguide/service-linked-awsconfig-rules.html
        """
        prefix = f"aws-service-rule/{self.created_by}/" if self.created_by else ""
        return self.place.arn(f"config-rule/{prefix}{self.rule_id}")

    @property
    def key(self) -> Key:
        """What sorts rules."""
        return (self.name,)

    @property
    def identifiers(self) -> dict[str, str]:
        """Everything that PutConfigRule lets a caller name the rule by."""
        return {"ConfigRuleName": self.name, "ConfigRuleArn": self.arn, "ConfigRuleId": self.rule_id}

    @property
    def function_arn(self) -> str | None:
        """The function that judges, None for a rule that AWS evaluates itself."""
        source = self.definition["Source"]
        return str(source["SourceIdentifier"]) if source["Owner"] == "CUSTOM_LAMBDA" else None

    @property
    def is_process_check(self) -> bool:
        """Whether a person judges, through PutExternalEvaluation."""
        return bool(self.definition["Source"].get("SourceIdentifier") == PROCESS_CHECK)

    def describe(self) -> dict[str, Any]:
        """The rule as DescribeConfigRules shows it."""
        described = {
            **self.definition,
            **self.identifiers,
            "InputParameters": self.definition.get("InputParameters", "{}"),
            "ConfigRuleState": "EVALUATING" if self.runs else "ACTIVE",
            "EvaluationModes": self.definition.get("EvaluationModes", [{"Mode": "DETECTIVE"}]),
        }
        if self.created_by:
            described["CreatedBy"] = self.created_by
        return described


@dataclass
class Rules:
    """The rules of one place, by name, in the order of their creation."""

    by_name: dict[str, Rule] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


def rules_of(place: Place) -> Rules:
    """The store of a place."""
    return state(Rules, place.account_id, place.region)


def existing(place: Place, name: str) -> Rule:
    """The rule of that name.

    Raises:
        AwsError: NoSuchConfigRuleException.
    """
    rule = rules_of(place).by_name.get(name)
    if rule is None:
        raise no_such_rule(name)
    return rule


def no_such_rule(name: str) -> AwsError:
    """The refusal of a name that no rule has."""
    return AwsError(
        "NoSuchConfigRuleException",
        f"The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name.",
    )


def selected(place: Place, names: list[str] | None) -> list[Rule]:
    """The named rules, or all rules by name.

    Raises:
        AwsError: NoSuchConfigRuleException for the first name that no rule has.
    """
    if names:
        return [existing(place, name) for name in dict.fromkeys(names)]
    store = rules_of(place)
    with store.lock:
        return [store.by_name[name] for name in sorted(store.by_name)]


def put_rule(place: Place, definition: dict[str, Any], tags: dict[str, str], created_by: str | None = None) -> Rule:
    """Create the rule that `definition` names, or update it; tags count at creation only.

    Args:
        place: Where.
        definition: ConfigRule as PutConfigRule takes it, with a ConfigRuleName.
        tags: Tags of a new rule.
        created_by: The service that asks, for a service-linked rule.

    Raises:
        AwsError: As PutConfigRule documents
            (https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html).
    """
    store, name = rules_of(place), definition["ConfigRuleName"]
    with store.lock:
        rule = store.by_name.get(name)
        if rule is None:
            check_room(place, 1, name)
        elif rule.created_by != created_by:
            raise service_owned()
        check_rule(place, definition, rule.arn if rule else None)
        if rule is None:
            rule = Rule(
                place, name, f"config-rule-{random_id(6)}", {}, RunStatus(datetime.now(UTC)), created_by, dict(tags)
            )
            store.by_name[name] = rule
        rule.definition = {key: value for key, value in definition.items() if key in _KEPT}
        rule.definition["Source"] = _with_frequency(definition["Source"])
    return rule


def _with_frequency(source: dict[str, Any]) -> dict[str, Any]:
    """The source as AWS Config shows it: "By default, rules with a periodic trigger are evaluated every 24 hours"."""
    if not source.get("SourceDetails"):
        return source
    details = [{"MaximumExecutionFrequency": "TwentyFour_Hours", **detail} for detail in source["SourceDetails"]]
    return {**source, "SourceDetails": details}


_KEPT = {
    "ConfigRuleName",
    "Description",
    "Scope",
    "Source",
    "InputParameters",
    "MaximumExecutionFrequency",
    "EvaluationModes",
}


def check_room(place: Place, more: int, name: str) -> None:
    """Refuse more rules than an account may have.

    Raises:
        AwsError: MaxNumberOfConfigRulesExceededException.
    """
    if len(rules_of(place).by_name) + more > MAXIMUM_RULES:
        raise AwsError(
            "MaxNumberOfConfigRulesExceededException",
            f"Failed to put config rule '{name}' because the maximum number of config rules: {MAXIMUM_RULES} is "
            "reached.",
        )


def delete_rule(rule: Rule) -> None:
    """Delete a rule and its results.

    AWS shows the state DELETING for a while; here the rule is gone at once.
    """
    store = rules_of(rule.place)
    with store.lock:
        store.by_name.pop(rule.name, None)


def check_own(rule: Rule) -> None:
    """Refuse to change a service-linked rule.

    https://docs.aws.amazon.com/config/latest/developerguide/service-linked-awsconfig-rules.html

    Raises:
        AwsError: AccessDeniedException.
    """
    if rule.created_by:
        raise service_owned()


def service_owned() -> AwsError:
    """The refusal of a change to a service-linked rule."""
    return AwsError(
        "AccessDeniedException",
        "An AWS service owns ServiceLinkedConfigRule. You do not have permissions to take action on this rule.",
    )
