"""Security Hub switched on and off."""

from collections.abc import Callable
from typing import Any

import pytest

from rootguard.sandbox.config_rules.place import Place
from rootguard.sandbox.security_hub.hub import hub_of
from rootguard.sandbox.security_hub.settings import Settings
from rootguard.sandbox.state import state

OFF = ("InvalidAccessException", "Account {} is not subscribed to AWS Security Hub", 401)


def test_a_hub_tells_of_itself(account: Any) -> None:
    hub = account.hub.describe_hub()
    assert hub["HubArn"] == f"arn:aws:securityhub:us-east-1:{account.id}:hub/default"
    assert (hub["AutoEnableControls"], hub["ControlFindingGenerator"]) == (True, "SECURITY_CONTROL")
    account.hub.update_security_hub_configuration(AutoEnableControls=False)
    assert account.hub.describe_hub(HubArn=hub["HubArn"])["AutoEnableControls"] is False


def test_a_hub_is_of_one_region(account: Any, world: Any, refusal: Any) -> None:
    elsewhere = world.client("securityhub", account.id, "eu-west-1")
    assert refusal(elsewhere.describe_hub)[0] == "InvalidAccessException"


def test_no_hub_has_another_arn(account: Any, refusal: Any) -> None:
    arn = "arn:aws:securityhub:us-east-1:999999999999:hub/default"
    assert refusal(lambda: account.hub.describe_hub(HubArn=arn))[0] == "ResourceNotFoundException"


def test_security_hub_is_switched_on_once(account: Any, refusal: Any) -> None:
    expected = ("ResourceConflictException", "Account is already subscribed to Security Hub", 409)
    assert refusal(account.hub.enable_security_hub) == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda account: account.hub.describe_hub(),
        lambda account: account.hub.disable_security_hub(),
        lambda account: account.hub.get_findings(),
        lambda account: account.hub.batch_import_findings(Findings=[account.finding()]),
        lambda account: account.update(Confidence=1),
        lambda account: account.hub.get_insights(),
        lambda account: account.hub.list_automation_rules(),
        lambda account: account.hub.get_administrator_account(),
    ],
)
def test_nothing_is_answered_where_it_is_off(
    world: Any, account_of: Callable[[str], Any], refusal: Any, call: Callable[[Any], object]
) -> None:
    account = account_of(world.standalone_account())
    code, message, status = OFF
    assert refusal(lambda: call(account)) == (code, message.format(account.id), status)


def test_imports_may_fail_one_by_one_where_it_is_off(
    world: Any, account_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state(Settings), "off_fails_findings", True)
    account = account_of(world.standalone_account())
    assert account.refused() == ("InvalidAccess", OFF[1].format(account.id))


def test_findings_outlive_a_short_time_off(account: Any) -> None:
    account.put()
    account.hub.disable_security_hub()
    account.hub.enable_security_hub()
    assert [each["Id"] for each in account.list()] == ["one"]


def test_findings_are_gone_after_a_long_time_off(account: Any) -> None:
    account.put()
    account.hub.disable_security_hub()
    hub = hub_of(Place(account.id, "us-east-1"))
    assert hub.disabled is not None
    hub.disabled -= state(Settings).disabled_retention
    account.hub.enable_security_hub()
    assert account.list() == []


def test_a_hub_has_tags(account: Any, refusal: Any) -> None:
    arn = account.hub.describe_hub()["HubArn"]
    account.hub.tag_resource(ResourceArn=arn, Tags={"team": "x", "stage": "test"})
    account.hub.untag_resource(ResourceArn=arn, TagKeys=["stage"])
    assert account.hub.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "x"}
    code, *_ = refusal(lambda: account.hub.list_tags_for_resource(ResourceArn=f"{arn}s"))
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        pytest.param("BatchImportFindings", "product/ACCOUNT/default", True, id="its product"),
        pytest.param("BatchImportFindings", "product/aws/config", False, id="another product"),
        pytest.param("BatchImportFindings", "hub/default", False, id="the hub does not do for importing"),
        pytest.param("GetFindings", "hub/default", True, id="the hub"),
        pytest.param("BatchGetAutomationRules", "automation-rule/*", True, id="its rules"),
        pytest.param("BatchGetAutomationRules", "hub/default", False, id="the hub does not do for a rule"),
        pytest.param("ListAutomationRules", "automation-rule/*", False, id="lists are of everything or nothing"),
        pytest.param("GetFindings", "product/ACCOUNT/default", False, id="a product does not do for reading"),
    ],
)
def test_a_role_may_what_its_policy_names(
    account: Any, world: Any, refusal: Any, *, action: str, resource: str, allowed: bool
) -> None:
    arn = f"arn:aws:securityhub:us-east-1:{account.id}:{resource.replace('ACCOUNT', account.id)}"
    statement = {"Effect": "Allow", "Action": f"securityhub:{action}", "Resource": arn}
    keys = world.assume(account.id, world.role(account.id, permissions=(statement,)))
    hub, rule_arn = world.client("securityhub", keys), f"arn:aws:securityhub:us-east-1:{account.id}:automation-rule/1"
    calls = {
        "BatchImportFindings": lambda: hub.batch_import_findings(Findings=[account.finding()]),
        "GetFindings": hub.get_findings,
        "BatchGetAutomationRules": lambda: hub.batch_get_automation_rules(AutomationRulesArns=[rule_arn]),
        "ListAutomationRules": hub.list_automation_rules,
    }
    if allowed:
        assert calls[action]()["ResponseMetadata"]["HTTPStatusCode"] == 200
    else:
        assert refusal(calls[action])[0] == "AccessDeniedException"
