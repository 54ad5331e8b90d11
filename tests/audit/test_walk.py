"""Every rule in every account: what one cell does not see, or gets wrong, costs no other cell anything."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from tests.audit.conftest import Ground
from tests.sample_rule import FINE, WRONG, sample_rule

from rootguard.audit.operator import Role
from rootguard.audit.plan import Plan, Wish, make_plan
from rootguard.audit.results import AuditedAccount, Compliance, Result, Unseen
from rootguard.audit.walk import Walk
from rootguard.catalog import load_rules
from rootguard.kit.account import Account
from rootguard.kit.errors import InvalidParameters
from rootguard.kit.readers.account_summary import read_account_summary
from rootguard.kit.rule import AnyRule
from rootguard.kit.verdict import Verdict
from rootguard.sandbox import dispatch
from rootguard.sandbox.root_user import Password, root_user

type Found = dict[str, tuple[Result, ...]]

DEFAULT = Role("OrganizationAccountAccessRole")


def walked(ground: Ground, plan: Plan, accounts: list[str], role: Role = DEFAULT, jobs: int = 4) -> Found:
    audited = [AuditedAccount(id_, f"account {id_}") for id_ in accounts]
    walk = Walk(ground.operator(), plan, role, jobs)
    return {account.id: results for account, results in walk.over(audited)}


def plan_of(*rules: AnyRule, **parameters: str) -> Plan:
    return Plan(rules, {rule.name: parameters for rule in rules})


def every_rule(ground: Ground) -> Plan:
    return make_plan(load_rules(), Wish(), ground.operator(), in_management_account=True)


def asked_once(account: Account, _: Mapping[str, str]) -> object:
    return read_account_summary(account).mfa_enabled


def mistaken(*_: object) -> Verdict:
    raise KeyError("no such thing")


def without_end(*arguments: object) -> Verdict:
    return without_end(*arguments)


@pytest.mark.parametrize("jobs", [1, 16])
@pytest.mark.parametrize(
    ("mistake", "kind"), [(mistaken, "KeyError"), (without_end, "RecursionError")], ids=["mistake", "no end"]
)
@pytest.mark.parametrize("where", ["gather", "decide"])
def test_a_mistake_in_a_rule_is_an_error_of_that_cell_and_nothing_more(
    ground: Ground, where: str, mistake: Any, kind: str, jobs: int
) -> None:
    good, bad = sample_rule(name="root-good"), sample_rule(name="root-bad", **{where: mistake})
    found = walked(ground, plan_of(bad, good), [ground.management], jobs=jobs)[ground.management]
    assert [(each.rule, each.compliance) for each in found] == [("root-bad", "ERROR"), ("root-good", "COMPLIANT")]
    assert found[0].unseen is not None
    assert (found[0].unseen.kind, found[0].unseen.account_id) == (kind, ground.management)
    assert found[0].reason.startswith(f"unexpected {kind}: ")
    assert found[0].reason.endswith("(a fault of rootguard)")


def test_a_parameter_that_a_rule_refuses_late_is_an_error_with_its_words(ground: Ground) -> None:
    def decide(*_: object) -> Verdict:
        raise InvalidParameters("Days is '0'; expected: a day at least")

    (result,) = walked(ground, plan_of(sample_rule(decide=decide)), [ground.management])[ground.management]
    assert (result.compliance, result.reason) == (Compliance.ERROR, "Days is '0'; expected: a day at least")
    assert result.unseen == Unseen("InvalidParameters", ground.management, result.reason)


def test_what_rules_have_in_common_is_asked_once_even_if_it_is_refused(ground: Ground) -> None:
    rules = [sample_rule(name=f"root-{name}", gather=asked_once) for name in ("one", "two", "three")]
    with dispatch.failing("iam:GetAccountSummary", "AccessDenied"), dispatch.recording() as requests:
        found = walked(ground, plan_of(*rules), [ground.management], jobs=16)[ground.management]
    assert Counter(each.action for each in requests)["iam:GetAccountSummary"] == 1
    (unseen,) = {each.unseen for each in found}
    assert unseen is not None
    assert (unseen.action, unseen.code) == ("iam:GetAccountSummary", "AccessDenied")
    assert unseen.advice == "grant iam:GetAccountSummary to the role that evaluates the rule"
    assert [[each.member for each in result.evidence] for result in found] == [["Error.Code"]] * 3


def test_each_result_has_the_evidence_of_its_own_rule(ground: Ground) -> None:
    looks, looks_not = sample_rule(name="root-looks", gather=asked_once), sample_rule(name="root-looks-not")
    found = walked(ground, plan_of(looks, looks_not), [ground.management])[ground.management]
    assert [[each.member for each in result.evidence] for result in found] == [["SummaryMap.AccountMFAEnabled"], []]


def test_a_verdict_is_reported_with_the_account_and_the_rule(ground: Ground) -> None:
    rule = sample_rule(decide=lambda *_: WRONG(what="a mole"))
    (result,) = walked(ground, plan_of(rule), [ground.management])[ground.management]
    assert (result.place, result.account_name) == ((ground.management, rule.name), f"account {ground.management}")
    assert (result.compliance, result.reason, result.severity) == ("NON_COMPLIANT", "root has a mole", rule.severity)
    assert result.unseen is None


def test_an_account_that_cannot_be_entered_is_an_error_of_each_of_its_rules(ground: Ground) -> None:
    good, bad = ground.organization("good", "bad")
    ground.client("iam", bad).detach_role_policy(
        RoleName=DEFAULT.name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    ground.client("iam", bad).delete_role(RoleName=DEFAULT.name)
    found = walked(ground, every_rule(ground), [good, bad, ground.management])
    assert {each.compliance for each in found[bad]} == {"ERROR"}
    assert len({each.unseen for each in found[bad]}) == 1
    assert f"see that arn:aws:iam::{bad}:role/{DEFAULT.name} is there" in found[bad][0].reason
    assert len(found[bad]) == len(found[good]) == len(load_rules())
    for account in (good, ground.management):
        assert "ERROR" not in {each.compliance for each in found[account]}


@pytest.mark.parametrize("jobs", [1, 3, 64])
def test_results_are_in_the_order_of_the_rules_however_many_work(ground: Ground, jobs: int) -> None:
    members = ground.organization("one", "two")
    plan = every_rule(ground)
    found = walked(ground, plan, members, jobs=jobs)
    assert {tuple(each.rule for each in results) for results in found.values()} == {
        tuple(rule.name for rule in plan.rules)
    }
    assert found.keys() == {*members}


def test_accounts_come_as_they_are_done(ground: Ground) -> None:
    members = ground.organization("one", "two", "three")
    audited = [AuditedAccount(member, "") for member in members]
    over = Walk(ground.operator(), plan_of(sample_rule()), DEFAULT, 1).over(audited)
    with dispatch.recording() as requests:
        next(iter(over))
    assert [each.action for each in requests] == ["sts:AssumeRole"]


def test_the_operator_s_stand_in_is_told_as_himself(ground: Ground) -> None:
    (member,) = ground.organization("one")
    operator = ground.operator()
    with dispatch.failing("organizations:ListRoots", "AccessDenied", f"{operator.own_role_arn} may not"):
        found = walked(ground, every_rule(ground), [member])[member]
    (result,) = (each for each in found if each.compliance == "ERROR")
    assert operator.own_role_arn not in f"{result}"
    assert f"{operator.caller.arn} may not" in result.reason
    assert result.unseen is not None
    assert result.unseen.account_id == ground.management


def test_the_report_is_begun_before_it_is_needed_and_only_if_it_is(ground: Ground) -> None:
    root_user(ground.management).password = Password()
    rules = [rule for rule in load_rules() if rule.name in {"root-not-used", "root-mfa-enabled"}]
    with dispatch.recording() as requests:
        walked(ground, plan_of(*rules), [ground.management])
    asked = [each.action for each in requests if each.action.startswith("iam:")]
    assert asked[:2] == ["iam:GetAccountSummary", "iam:GenerateCredentialReport"]
    with dispatch.recording() as requests:
        walked(ground, plan_of(*(rule for rule in rules if rule.name == "root-mfa-enabled")), [ground.management])
    assert [each.action for each in requests if each.action.startswith("iam:")] == ["iam:GetAccountSummary"]


def test_a_fault_of_what_comes_before_the_rules_is_an_error_of_each(ground: Ground) -> None:
    class Broken:
        """An operator who knows nobody."""

        caller, own_role_arn = ground.operator().caller, "arn:aws:iam::111111111111:role/stand-in"

        def enter(self, *_: object) -> None:
            raise RuntimeError("a mistake")

    rules = [sample_rule(name="root-one"), sample_rule(name="root-two", decide=lambda *_: FINE())]
    broken: Any = Broken()
    over = Walk(broken, plan_of(*rules), DEFAULT, 1).over([AuditedAccount("111111111111", "")])
    ((_, results),) = over
    assert [(each.compliance, each.reason) for each in results] == [
        (Compliance.ERROR, "unexpected RuntimeError: a mistake (a fault of rootguard)")
    ] * 2
