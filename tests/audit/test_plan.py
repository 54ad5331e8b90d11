"""Which rules an audit evaluates, and with which parameters."""

import pytest
from tests.audit.conftest import Ground

from rootguard.audit.operator import Operator
from rootguard.audit.plan import OWN_CREDENTIALS, Plan, Wish, make_plan
from rootguard.catalog import by_severity, load_process_checks, load_rules
from rootguard.errors import RootguardError
from rootguard.kit.rule import Severity

RULES = tuple(rule.name for rule in by_severity(load_rules()))
ALARM, HARDWARE, SCP = "root-alarm-present", "hardware-mfa-for-root", "root-denied-by-scp"
READER = "arn:aws:iam::123456789012:role/reader"
OTHER = "arn:aws:iam::123456789012:role/other"


@pytest.fixture
def asker(ground: Ground) -> Operator:
    return ground.operator()


def plan(asker: Operator, wish: Wish, *, managing: bool = True) -> Plan:
    return make_plan(load_rules(), wish, asker, in_management_account=managing)


def names(made: Plan) -> tuple[str, ...]:
    return tuple(rule.name for rule in made.rules)


def test_without_a_wish_all_rules_are_evaluated_the_gravest_first(asker: Operator) -> None:
    assert names(plan(asker, Wish())) == RULES


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        pytest.param(Wish(rules=(ALARM,)), (ALARM,), id="one"),
        pytest.param(Wish(rules=(ALARM, HARDWARE, ALARM)), (HARDWARE, ALARM), id="each once, the gravest first"),
        pytest.param(Wish(severity=Severity.CRITICAL), RULES[:3], id="critical ones"),
        pytest.param(Wish(severity=Severity.HIGH), RULES[:6], id="high ones and graver"),
        pytest.param(Wish(severity=Severity.LOW), RULES, id="all are low or graver"),
        pytest.param(Wish((ALARM, HARDWARE, SCP), Severity.HIGH), (HARDWARE, ALARM), id="both"),
    ],
)
def test_rules_are_chosen(asker: Operator, wish: Wish, expected: tuple[str, ...]) -> None:
    assert names(plan(asker, wish)) == expected


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        pytest.param(
            Wish(rules=("root-mfa-enable",)),
            "--rule root-mfa-enable: there is no such rule that AWS can answer; did you mean root-mfa-enabled",
            id="misspelt",
        ),
        pytest.param(Wish(rules=("zzz",)), "--rule zzz: .*`rootguard rules` lists them", id="unlike any"),
        pytest.param(Wish(rules=("",)), "--rule : there is no such rule", id="empty"),
        *(
            pytest.param(Wish(rules=(check.name,)), "no such rule that AWS can answer", id=check.name)
            for check in load_process_checks()
        ),
        pytest.param(
            Wish(rules=(SCP,), severity=Severity.CRITICAL), "no rule is critical or graver: choose others", id="none"
        ),
        pytest.param(
            Wish(parameters=("ExemptAccount=1",)),
            "--parameter ExemptAccount: there is none of this name; there is ExemptAccounts",
            id="parameter misspelt",
        ),
        pytest.param(Wish(parameters=("zzz=1",)), "there is ExemptAccounts, Hard.+", id="parameter unlike any"),
        pytest.param(Wish(parameters=("ExemptAccounts",)), "--parameter ExemptAccounts: write NAME=VALUE", id="no ="),
        pytest.param(Wish(parameters=("ExemptAccounts=", "ExemptAccounts=")), "is given twice", id="twice"),
        pytest.param(
            Wish(parameters=("ExemptAccounts=me",)), "ExemptAccounts is 'me'; expected: Accounts that", id="malformed"
        ),
        pytest.param(Wish(reader_role_arn="reader"), "ReaderRoleArn is 'reader'; expected: ", id="no ARN"),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(asker: Operator, wish: Wish, said: str) -> None:
    with pytest.raises(RootguardError, match=said):
        plan(asker, wish)


def roles(made: Plan, own: str) -> dict[str, str]:
    """The roles that rules are given, by rule; `own` for the operator's stand-in."""
    return {
        rule: OWN_CREDENTIALS if value == own else value
        for rule, given in made.parameters.items()
        for name, value in given.items()
        if name.endswith("RoleArn")
    }


@pytest.mark.parametrize(
    ("wish", "managing", "expected"),
    [
        pytest.param(
            Wish(), True, {HARDWARE: "", ALARM: OWN_CREDENTIALS, SCP: OWN_CREDENTIALS}, id="management account"
        ),
        pytest.param(Wish(), False, {HARDWARE: "", ALARM: ""}, id="elsewhere the rule that needs one is left out"),
        pytest.param(
            Wish(reader_role_arn=READER), True, {HARDWARE: "", ALARM: READER, SCP: READER}, id="--reader-role-arn"
        ),
        pytest.param(
            Wish(reader_role_arn=READER), False, {HARDWARE: "", ALARM: READER, SCP: READER}, id="and elsewhere"
        ),
        pytest.param(Wish(assume_root=True, rules=(HARDWARE,)), False, {HARDWARE: OWN_CREDENTIALS}, id="--assume-root"),
        pytest.param(
            Wish(parameters=("RootAlarmPresentAlarmReaderRoleArn=", f"RootDeniedByScpReaderRoleArn={OTHER}")),
            True,
            {HARDWARE: "", ALARM: "", SCP: OTHER},
            id="--parameter before all, also an empty one",
        ),
        pytest.param(
            Wish(parameters=(f"RootDeniedByScpReaderRoleArn={OTHER}",), reader_role_arn=READER),
            False,
            {HARDWARE: "", ALARM: READER, SCP: OTHER},
            id="--parameter before --reader-role-arn",
        ),
    ],
)
def test_who_looks_elsewhere(asker: Operator, wish: Wish, expected: dict[str, str], *, managing: bool) -> None:
    assert roles(plan(asker, wish, managing=managing), asker.own_role_arn) == expected


def test_what_is_left_out_is_noted_with_what_is_lacking(asker: Operator) -> None:
    made = plan(asker, Wish(), managing=False)
    assert made.notes == (f"{SCP} is left out: give --reader-role-arn for RootDeniedByScpReaderRoleArn",)
    assert set(names(made)) == {*RULES} - {SCP}
    assert plan(asker, Wish()).notes == ()


def test_a_rule_that_would_be_left_out_is_not_all_that_may_be_asked_for(asker: Operator) -> None:
    with pytest.raises(RootguardError, match=f"^{SCP} is left out: give --reader-role-arn"):
        plan(asker, Wish(rules=(SCP,)), managing=False)


def test_parameters_reach_their_rules_and_are_told(asker: Operator) -> None:
    wish = Wish(parameters=("ExemptAccounts=123456789012:2027-01-31", "HardwareMfaForRootMinimumDevices=2"))
    made = plan(asker, wish)
    assert {given["ExemptAccounts"] for given in made.parameters.values()} == {"123456789012:2027-01-31"}
    assert made.parameters[HARDWARE]["MinimumDevices"] == "2"
    assert dict(made.told) == {
        "ExemptAccounts": "123456789012:2027-01-31",
        "HardwareMfaForRootMinimumDevices": "2",
        "RootAlarmPresentAlarmReaderRoleArn": OWN_CREDENTIALS,
        "RootDeniedByScpReaderRoleArn": OWN_CREDENTIALS,
    }


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        pytest.param(Wish(rules=("root-mfa-enabled",)), {}, id="of rules that are not chosen"),
        pytest.param(
            Wish(rules=("root-not-used",), parameters=("RootNotUsedMaxDaysSinceLastUse=30",)), {}, id="the default"
        ),
        pytest.param(
            Wish(rules=("root-not-used",), parameters=("RootNotUsedMaxDaysSinceLastUse= 7 ",)),
            {"RootNotUsedMaxDaysSinceLastUse": "7"},
            id="but what the rule reads",
        ),
    ],
)
def test_parameters_are_told_if_they_make_a_difference(asker: Operator, wish: Wish, told: dict[str, str]) -> None:
    assert dict(plan(asker, wish).told) == told
