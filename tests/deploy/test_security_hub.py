"""deploy --security-hub: whose findings are in Security Hub, and where the stack that sees to it stands."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.catalog import load_catalog, templates_directory
from rootguard.deploy import names
from rootguard.deploy.delegation import PACKS_PRINCIPAL, STACK_SETS_PRINCIPAL
from rootguard.deploy.execution import Execution
from rootguard.deploy.pace import Pace
from rootguard.deploy.parameters import parse
from rootguard.deploy.screen import Screen
from rootguard.deploy.security_hub import SecurityHub, say_elsewhere
from rootguard.deploy.standing import find_standing
from rootguard.deploy.template import Template, read_template
from rootguard.errors import RootguardError
from rootguard.sandbox import background
from rootguard.sandbox.dispatch import failing

pytestmark = pytest.mark.slow

RULE = "root-no-access-keys"
PACE = Pace(first=0.05, longest=0.2)


class Place:
    """An organization of two accounts, and who deploys there."""

    def __init__(self, world: Any, zips: Path) -> None:
        self.world, self.zips = world, zips
        self.organization = world.organization()
        self.management: str = self.organization.management_id
        self.member: str = self.organization.member()
        self.account = self.management
        self.first = ""
        """What the first deployment has said."""

    @property
    def operator(self) -> Any:
        return self.world.operator(self.account)

    def enable(self, *accounts: str) -> None:
        for account in accounts or (self.account,):
            self.hub(account).enable_security_hub(EnableDefaultStandards=False)

    def administer(self, account: str) -> None:
        self.hub(self.management).enable_organization_admin_account(AdminAccountId=account)

    def delegate(self) -> None:
        """Let the member deploy."""
        self.organization.delegate(self.member, STACK_SETS_PRINCIPAL, PACKS_PRINCIPAL)
        self.account = self.member

    def hub(self, account: str) -> Any:
        return self.organization.client("securityhub", account)

    def deploy(self, choice: str | None = None, *parameters: str) -> str:
        said = self.operator.deploy(build_directory=self.zips, security_hub=choice, parameters=parameters)
        return str(said)

    def functions(self) -> dict[str, str]:
        """What a function's environment says of Security Hub, by account; empty where it says nothing."""
        return {account: self._switch(account) for account in (self.management, self.member)}

    def _switch(self, account: str) -> str:
        functions = self.organization.client("lambda", account)
        found = functions.get_function_configuration(FunctionName=f"rootguard-{RULE}")
        return str(found.get("Environment", {}).get("Variables", {}).get("ROOTGUARD_SECURITY_HUB", ""))

    def allowed(self) -> set[str]:
        """The actions of Security Hub that a function's role has."""
        role = f"rootguard-{RULE}"
        policy = self.organization.client("iam", self.member).get_role_policy(RoleName=role, PolicyName="evidence")
        actions = {action for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]}
        return {action for action in actions if action.startswith("securityhub:")}

    def built_in(self) -> str | None:
        """What becomes of built-in findings, None without a stack."""
        stack = self.operator.stack(names.SECURITY_HUB_STACK)
        return stack.parameters["BuiltInFindings"] if stack else None


@pytest.fixture(scope="module")
def new_place(world: Any, zips: Path) -> Callable[[], Place]:
    return lambda: Place(world, zips)


@pytest.fixture(scope="module")
def administrator(new_place: Callable[[], Place]) -> Place:
    """The management account administers Security Hub as well, and has deployed without saying a word about it."""
    place = new_place()
    place.enable()
    place.administer(place.management)
    place.first = place.deploy()
    return place


def test_where_security_hub_is_on_a_first_deployment_uses_it(administrator: Place) -> None:
    assert (
        "Security Hub is on: the functions import findings of their own; --security-hub off for none\n"
        in administrator.first
    )
    assert set(administrator.functions().values()) == {"on"}
    assert administrator.allowed() == {"securityhub:BatchImportFindings", "securityhub:GetFindings"}
    assert administrator.built_in() == "suppress"
    listed = administrator.hub(administrator.management).list_automation_rules()["AutomationRulesMetadata"]
    assert len(listed) == len(load_catalog())


def test_automation_rules_are_there_before_the_findings_that_they_act_on(administrator: Place) -> None:
    formation = administrator.organization.client("cloudformation", administrator.management)
    stacks = (names.SECURITY_HUB_STACK, names.RULES_STACK, names.ORGANIZATION_STACK)
    made = [formation.describe_stacks(StackName=name)["Stacks"][0]["CreationTime"] for name in stacks]
    assert made == sorted(made)


def test_functions_import_findings_and_built_in_ones_are_out_of_the_way(administrator: Place) -> None:
    background.idle(LONGEST_WAIT)
    pages = administrator.hub(administrator.management).get_paginator("get_findings").paginate()
    findings = [finding for page in pages for finding in page["Findings"]]
    of_config = {each["Title"]: each["Workflow"]["Status"] for each in findings if each["ProductName"] == "Config"}
    own = {each["GeneratorId"] for each in findings if each["GeneratorId"].startswith("rootguard/")}
    assert f"rootguard/{RULE}" in own
    assert set(of_config.values()) == {"SUPPRESSED"}
    assert any(title.startswith(f"{RULE}-conformance-pack-") for title in of_config)


@pytest.mark.parametrize(
    ("choice", "switch", "built_in"),
    [
        pytest.param(None, "on", "suppress", id="not told: as before"),
        pytest.param("both", "on", "raise", id="both"),
        pytest.param("builtin", "", "raise", id="built-in ones"),
        pytest.param(None, "", "raise", id="not told: as before, built-in ones"),
        pytest.param("off", "", None, id="none"),
        pytest.param(None, "", None, id="not told: still none"),
        pytest.param("own", "on", "suppress", id="our own"),
    ],
)
def test_one_choice_after_the_other(
    administrator: Place, choice: str | None, switch: str, built_in: str | None
) -> None:
    said = administrator.deploy(choice)
    assert set(administrator.functions().values()) == {switch}
    assert (administrator.allowed() != set()) == (switch == "on")
    assert administrator.built_in() == built_in
    assert "Security Hub is on" not in said
    if choice is None:
        stacks = 4 if built_in else 3
        assert said.count(": nothing changed\n") == stacks


def test_its_parameters_are_given_like_the_others(administrator: Place) -> None:
    administrator.deploy(None, "FindingsEmail=security@example.com", "AutomationRuleOrder=7")
    listed = administrator.hub(administrator.management).list_automation_rules()["AutomationRulesMetadata"]
    assert {rule["RuleOrder"] for rule in listed} == {7}


def test_destroy_takes_the_stack_as_well(administrator: Place) -> None:
    administrator.deploy("own")
    said = administrator.operator.destroy()
    assert (
        "to be deleted: rootguard-security-hub, the automation rules, saved searches and topic of Security Hub" in said
    )
    assert "nothing is left\n" in said
    assert "run there" not in said
    assert administrator.built_in() is None


def read(place: Place) -> tuple[SecurityHub, Any]:
    """Security Hub's part of a deployment alone, and who deploys."""
    operator = place.operator
    session = operator.session
    execution = Execution(session, operator.screen, PACE)
    template = read_template(templates_directory(), names.SECURITY_HUB_TEMPLATE)
    return SecurityHub(session, find_standing(session), operator.screen, execution, template), operator


@pytest.mark.parametrize(
    ("wanted", "is_new", "chosen", "said"),
    [
        pytest.param(None, True, "off", "to have them: {enable}, then give --security-hub own\n", id="first, not told"),
        pytest.param("own", True, "own", "no findings there; to have them: {enable}\n", id="first, our own"),
        pytest.param("builtin", False, "builtin", "no findings there; to have them: {enable}\n", id="later, built-in"),
        pytest.param("off", True, "off", None, id="first, none"),
        pytest.param(None, False, None, None, id="later, not told"),
    ],
)
def test_where_security_hub_is_off_one_is_told(
    new_place: Callable[[], Place], wanted: Any, said: str | None, chosen: str | None, *, is_new: bool
) -> None:
    hub, operator = read(new_place())
    assert hub.choose(wanted, is_new=is_new) == chosen
    enable = "aws securityhub enable-security-hub --region us-east-1"
    shown = operator.shown.getvalue()
    assert shown.endswith(said.format(enable=enable)) if said else not shown


@pytest.mark.parametrize(
    ("wanted", "chosen", "end"),
    [
        pytest.param(None, "off", "): no findings, until you give --security-hub own\n", id="not told"),
        pytest.param("both", "both", ")\n", id="told"),
    ],
)
def test_whether_it_is_on_may_not_be_seen(new_place: Callable[[], Place], wanted: Any, chosen: str, end: str) -> None:
    place = new_place()
    place.enable()
    hub, operator = read(place)
    with failing("securityhub:DescribeHub", "AccessDeniedException", "not authorized"):
        assert hub.choose(wanted, is_new=True) == chosen
    said = operator.shown.getvalue()
    assert said.startswith(
        f"whether Security Hub is on in account {place.management} (us-east-1) cannot be seen (AccessDenied"
    )
    assert said.endswith(end)


def elsewhere(place: Place) -> str:
    """A member administers, and the management account deploys."""
    place.enable()
    place.administer(place.member)
    return f"account {place.member} administers Security Hub; with its credentials"


def elsewhere_for_a_member(place: Place) -> str:
    """Another member administers, and a member deploys."""
    other = place.organization.member()
    place.administer(other)
    place.delegate()
    place.hub(other).create_members(AccountDetails=[{"AccountId": place.member}])
    return f"account {other} administers Security Hub; with its credentials"


def unseen(place: Place) -> str:
    """A member deploys, in which Security Hub is off."""
    place.delegate()
    problem = f"InvalidAccessException: Account {place.member} is not subscribed to AWS Security Hub"
    return f"which account administers Security Hub cannot be seen ({problem}); with that account's credentials"


@pytest.mark.parametrize("set_up", [elsewhere, elsewhere_for_a_member, unseen], ids=lambda each: each.__name__)
def test_the_stack_for_another_account_is_a_command(
    new_place: Callable[[], Place], set_up: Callable[[Place], str]
) -> None:
    place = new_place()
    expected = set_up(place)
    hub, operator = read(place)
    hub.deploy("both", {"FindingsEmail": "security@example.com", "Alarms": "enabled"}, "own")
    head, _, command = operator.shown.getvalue().partition(", run: ")
    assert head == expected
    file = str(templates_directory() / "security-hub.yaml")
    stack = ["--stack-name", "rootguard-security-hub", "--template-file", file]
    given = ["--parameter-overrides", "FindingsEmail=security@example.com", "BuiltInFindings=raise"]
    assert shlex.split(command) == ["aws", "cloudformation", "deploy", *stack, *given, "--region", "us-east-1"]
    assert place.built_in() is None
    operator.forget()
    say_elsewhere(hub.session, hub.standing, operator.screen)
    delete = "delete-stack --stack-name rootguard-security-hub --region us-east-1"
    assert (
        f"has the stack rootguard-security-hub, run there: aws cloudformation {delete}\n" in operator.shown.getvalue()
    )


@pytest.mark.parametrize("delegated", [False, True], ids=["the management account deploys", "a member deploys"])
def test_without_an_administrator_one_is_to_be_designated(new_place: Callable[[], Place], *, delegated: bool) -> None:
    place = new_place()
    if delegated:
        place.delegate()
    place.enable()
    hub, operator = read(place)
    hub.deploy("own", {}, "own")
    designate = "aws securityhub enable-organization-admin-account --region us-east-1 --admin-account-id <account>"
    assert f"in the management account, run: {designate}, then this again\n" in operator.shown.getvalue()
    assert place.built_in() is None
    operator.forget()
    say_elsewhere(hub.session, hub.standing, operator.screen)
    assert not operator.shown.getvalue()


def test_what_the_stack_is_not_there_for_is_said(new_place: Callable[[], Place]) -> None:
    hub, operator = read(new_place())
    hub.deploy("off", {"FindingsEmail": "security@example.com"}, "none")
    assert operator.shown.getvalue() == (
        "not used: FindingsEmail, of rootguard-security-hub, which --security-hub own, builtin or both makes\n"
    )


def test_a_member_that_administers_has_the_stack(new_place: Callable[[], Place]) -> None:
    place = new_place()
    place.administer(place.member)
    place.delegate()
    read(place)[0].deploy("builtin", {"AutomationRuleOrder": "7"}, "none")
    assert place.built_in() == "raise"
    listed = place.hub(place.member).list_automation_rules()["AutomationRulesMetadata"]
    assert {rule["RuleOrder"] for rule in listed} == {7}


def test_without_consent_the_stack_stays(new_place: Callable[[], Place]) -> None:
    place = new_place()
    place.enable()
    place.administer(place.management)
    hub, operator = read(place)
    hub.deploy(None, {}, "own")
    assert place.built_in() == "suppress"
    asked = replace(hub, screen=Screen(console=operator.screen.console))
    with pytest.raises(RootguardError, match=r"Delete rootguard-security-hub, .* give --yes to agree beforehand"):
        asked.deploy("off", {}, "none")
    assert place.built_in() == "suppress"
    hub.deploy("off", {}, "none")
    assert place.built_in() is None


@pytest.mark.parametrize("name", ["SecurityHubFindings", "BuiltInFindings"])
def test_its_choices_have_an_option(name: str) -> None:
    with pytest.raises(RootguardError, match=f"--parameter {name}: use --security-hub"):
        parse([f"{name}=own"], [Template("rules.yaml", "", {name: "none"})])
