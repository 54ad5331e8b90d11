"""Rules that act upon findings on their way in.

https://docs.aws.amazon.com/securityhub/latest/userguide/automation-rules.html
"""

from collections.abc import Callable
from typing import Any

import pytest

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.security_hub.automation_rules import rules_of

LATER = "2026-02-01T00:00:00Z"
PROVIDER = {"Severity": {"Label": "LOW"}, "Types": ["Effects"]}


def text(comparison: str, *values: str) -> list[dict[str, str]]:
    return [{"Comparison": comparison, "Value": value} for value in values]


def make(account: Any, criteria: dict[str, Any] | None = None, client: Any = None, **members: Any) -> str:
    """A rule, for every finding unless it has criteria; its ARN."""
    update = members.pop("update", {"Workflow": {"Status": "SUPPRESSED"}})
    request = {
        "RuleName": "rule",
        "RuleOrder": 1,
        "Description": "A rule.",
        "Criteria": criteria or {"Title": text("NOT_EQUALS", "-")},
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": update}],
        **members,
    }
    return str((client or account.hub).create_automation_rule(**request)["RuleArn"])


@pytest.mark.parametrize(
    ("criteria", "acts"),
    [
        pytest.param({"Title": text("PREFIX", "The root user")}, True, id="title"),
        pytest.param({"Title": text("PREFIX", "the root user")}, False, id="title in another case"),
        pytest.param({"Title": text("CONTAINS", "MFA"), "ProductName": text("EQUALS", "Default")}, True, id="product"),
        pytest.param({"ProductName": text("EQUALS", "Config")}, False, id="another product"),
        pytest.param({"ProductName": text("EQUALS", "Config", "Default")}, True, id="one of two products"),
        pytest.param({"SeverityLabel": text("EQUALS", "LOW")}, True, id="severity"),
        pytest.param(
            {"RecordState": text("EQUALS", "ACTIVE"), "WorkflowStatus": text("EQUALS", "NEW")}, True, id="new"
        ),
        pytest.param({"ResourceType": text("EQUALS", "AwsAccount")}, True, id="resource"),
        pytest.param({"NoteText": text("EQUALS", "x")}, False, id="note"),
        pytest.param(
            {"ResourceDetailsOther": [{"Comparison": "CONTAINS", "Key": "a", "Value": "b"}]}, True, id="map contains"
        ),
        pytest.param(
            {"ResourceDetailsOther": [{"Comparison": "NOT_CONTAINS", "Key": "a", "Value": "b"}]}, False, id="map lacks"
        ),
    ],
)
def test_a_rule_acts_upon_what_its_criteria_say(
    account: Any,
    criteria: dict[str, Any],
    acts: bool,  # noqa: FBT001 - a column of the table
) -> None:
    make(account, criteria)
    resource = {"Type": "AwsAccount", "Id": "x", "Details": {"Other": {"a": "abc"}}}
    found = account.put(Resources=[resource], FindingProviderFields=PROVIDER)
    assert found["Workflow"]["Status"] == ("SUPPRESSED" if acts else "NEW")


def test_a_rule_sets_everything_that_it_can(account: Any) -> None:
    fields = {
        "Confidence": 1,
        "Criticality": 2,
        "RelatedFindings": [{"ProductArn": account.product, "Id": "other"}],
        "Types": ["TTPs"],
        "UserDefinedFields": {"a": "b"},
        "VerificationState": "BENIGN_POSITIVE",
        "Workflow": {"Status": "RESOLVED"},
    }
    note = {"Text": "See our finding.", "UpdatedBy": "rootguard"}
    make(account, update={**fields, "Severity": {"Label": "CRITICAL"}, "Note": note})
    found = account.put(FindingProviderFields=PROVIDER)
    assert found.items() >= fields.items()
    assert found["Severity"] == {"Label": "CRITICAL", "Normalized": 90}
    assert found["Note"].items() >= note.items()
    assert found["FindingProviderFields"] == PROVIDER


def test_a_rule_acts_upon_what_comes_after_it(account: Any) -> None:
    account.put()
    arn = make(account)
    assert account.read()["Workflow"]["Status"] == "NEW"
    assert account.put(UpdatedAt=LATER)["Workflow"]["Status"] == "SUPPRESSED"
    account.hub.batch_delete_automation_rules(AutomationRulesArns=[arn])
    assert account.put(Id="two")["Workflow"]["Status"] == "NEW"


def test_a_customer_s_update_calls_no_rule(account: Any) -> None:
    account.put()
    make(account)
    account.update(Confidence=1)
    assert account.read()["Workflow"]["Status"] == "NEW"


def test_a_rule_sees_the_finding_as_its_provider_sent_it(account: Any) -> None:
    """The example of the user guide: NOTIFIED by a customer, NEW to the rule, SUPPRESSED in the end."""
    account.put()
    account.update(Workflow={"Status": "NOTIFIED"}, Severity={"Label": "CRITICAL"})
    make(account, {"WorkflowStatus": text("EQUALS", "NEW"), "SeverityLabel": text("EQUALS", "HIGH")})
    found = account.put(UpdatedAt=LATER)
    assert (found["Workflow"]["Status"], found["Severity"]["Label"]) == ("SUPPRESSED", "CRITICAL")


@pytest.mark.parametrize(
    ("orders", "terminal", "severity", "confidence"),
    [
        pytest.param((1, 2), False, "HIGH", 1, id="the higher number has the last word"),
        pytest.param((2, 1), False, "LOW", 1, id="the higher number has it, whenever it was made"),
        pytest.param((1, 1), False, "HIGH", 1, id="of two equal ones the later edited has it"),
        pytest.param((1, 2), True, "LOW", 1, id="nothing comes after a terminal rule"),
    ],
)
def test_rules_act_in_order(
    account: Any,
    orders: tuple[int, int],
    severity: str,
    confidence: int,
    terminal: bool,  # noqa: FBT001 - a column of the table
) -> None:
    first, second = orders
    low = {"Severity": {"Label": "LOW"}, "Confidence": 1}
    make(account, RuleOrder=first, IsTerminal=terminal, update=low)
    make(account, RuleOrder=second, update={"Severity": {"Label": "HIGH"}})
    found = account.put(FindingProviderFields={**PROVIDER, "Severity": {"Label": "MEDIUM"}})
    assert (found["Severity"]["Label"], found["Confidence"]) == (severity, confidence)


def test_a_rule_does_not_see_what_another_one_did(account: Any) -> None:
    make(account, RuleOrder=1, update={"Severity": {"Label": "CRITICAL"}})
    make(account, {"SeverityLabel": text("EQUALS", "CRITICAL")}, RuleOrder=2)
    assert account.put(FindingProviderFields=PROVIDER)["Workflow"]["Status"] == "NEW"


def test_a_terminal_rule_that_does_not_match_ends_nothing(account: Any) -> None:
    make(account, {"Title": text("EQUALS", "-")}, RuleOrder=1, IsTerminal=True)
    make(account, RuleOrder=2)
    assert account.put()["Workflow"]["Status"] == "SUPPRESSED"


def test_a_rule_can_be_switched_off_and_changed(account: Any) -> None:
    arn = make(account, RuleStatus="DISABLED")
    assert account.put()["Workflow"]["Status"] == "NEW"
    items = [{"RuleArn": arn, "RuleStatus": "ENABLED", "RuleName": "new name"}, {"RuleArn": f"{arn}x"}]
    answer = account.hub.batch_update_automation_rules(UpdateAutomationRulesRequestItems=items)
    assert answer["ProcessedAutomationRules"] == [arn]
    assert [(each["RuleArn"], each["ErrorCode"]) for each in answer["UnprocessedAutomationRules"]] == [(f"{arn}x", 404)]
    assert account.put(UpdatedAt=LATER)["Workflow"]["Status"] == "SUPPRESSED"
    [rule] = account.hub.batch_get_automation_rules(AutomationRulesArns=[arn])["Rules"]
    assert (rule["RuleName"], rule["RuleOrder"], rule["RuleStatus"]) == ("new name", 1, "ENABLED")
    assert rule["UpdatedAt"] > rule["CreatedAt"]


def test_rules_are_listed_without_what_they_do(account: Any) -> None:
    arns = {make(account, RuleOrder=order, Tags={"a": "b"}) for order in (1, 2, 3)}
    first = account.hub.list_automation_rules(MaxResults=2)
    second = account.hub.list_automation_rules(NextToken=first["NextToken"])
    listed = [*first["AutomationRulesMetadata"], *second["AutomationRulesMetadata"]]
    assert {each["RuleArn"] for each in listed} == arns
    assert all(each.keys().isdisjoint({"Criteria", "Actions"}) for each in listed)
    assert account.hub.list_tags_for_resource(ResourceArn=min(arns))["Tags"] == {"a": "b"}


def test_the_administrator_s_rules_act_upon_its_members_findings(organization: Any, refusal: Any) -> None:
    administrator, member = organization.administrator, organization.new_account()
    member.hub.enable_security_hub()
    make(member, update={"Confidence": 1})
    administrator.hub.create_members(AccountDetails=[{"AccountId": member.id}])
    arn = make(administrator, {"AwsAccountId": text("EQUALS", member.id)})
    found = member.put()
    assert (found["Workflow"]["Status"], "Confidence" in found) == ("SUPPRESSED", False)
    assert refusal(lambda: make(member))[0] == "AccessDeniedException"
    assert organization.new_member().put()["Workflow"]["Status"] == "NEW"
    administrator.hub.batch_delete_automation_rules(AutomationRulesArns=[arn])


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param({"RuleOrder": 1001}, "less than or equal to 1000", id="order"),
        pytest.param({"RuleName": "x" * 257}, "RuleName", id="name"),
        pytest.param({"Description": "x" * 1025}, "Description", id="description"),
        pytest.param({"Actions": [{"Type": "FINDING_FIELDS_UPDATE"}]}, "'FindingFieldsUpdate'", id="no action"),
        pytest.param({"update": {"Types": ["x"]}}, "data[0].FindingFieldsUpdate.Types[0]", id="a bad type"),
        pytest.param({"update": {"Note": {"Text": "x" * 513, "UpdatedBy": "me"}}}, "Note.Text", id="a long note"),
        pytest.param({"update": {"Workflow": {"Status": "DONE"}}}, "enum value set", id="a workflow that is none"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(account: Any, refusal: Any, members: dict[str, Any], words: str) -> None:
    code, message, _ = refusal(lambda: make(account, **members))
    assert (code, words in message) == ("InvalidInputException", True)


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        pytest.param({"Title": text("EQUALS", *map(str, range(100)))}, "", id="100 titles"),
        pytest.param({"Title": text("EQUALS", *map(str, range(101)))}, "more than 100 items", id="101 titles"),
        pytest.param({"ProductName": text("EQUALS", *map(str, range(21)))}, "more than 20 items", id="21 products"),
        pytest.param({"Title": [*text("EQUALS", "a"), *text("NOT_EQUALS", "b")]}, "EQUALS and NOT_EQUALS", id="mixed"),
        pytest.param({"Title": text("CONTAINS_WORD", "a")}, "Comparison should be equal", id="V2 only"),
    ],
)
def test_criteria_are_checked(account: Any, refusal: Any, criteria: dict[str, Any], words: str) -> None:
    if not words:
        assert make(account, criteria)
        return
    code, message, _ = refusal(lambda: make(account, criteria))
    assert (code, words in message) == ("InvalidInputException", True)


def test_criteria_are_needed(account: Any, refusal: Callable[..., tuple[str, str, int]]) -> None:
    request = {"RuleName": "a", "RuleOrder": 1, "Description": "a", "Criteria": {}}
    action = {"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Confidence": 1}}
    code, *_ = refusal(lambda: account.hub.create_automation_rule(**request, Actions=[action]))
    assert code == "InvalidInputException"


def test_a_hundred_rules_are_enough(account: Any, refusal: Any) -> None:
    make(account)
    rules = rules_of(Place(account.id, "us-east-1")).by_arn
    [one] = rules.values()
    rules.update({f"arn:{number}": one for number in range(98)})
    make(account)
    assert refusal(lambda: make(account, client=account.impatient_hub))[0] == "LimitExceededException"
