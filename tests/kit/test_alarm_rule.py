"""The rule expression of a composite alarm: what it says, and when it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.kit.alerting.alarm_rule import (
    AlarmRuleError,
    And,
    AtLeast,
    Expression,
    Not,
    Or,
    State,
    holds,
    parse_alarm_rule,
)

CPU, DISK = State("ALARM", "CPUUtilizationTooHigh"), State("ALARM", "DiskReadOpsTooHigh")
A, B, C = (State("ALARM", name) for name in "abc")


@pytest.mark.parametrize(
    ("rule", "expression"),
    [
        pytest.param(
            "ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)", And(CPU, DISK), id="documentation: both"
        ),
        pytest.param(
            "ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DeploymentInProgress)",
            And(CPU, Not(State("ALARM", "DeploymentInProgress"))),
            id="documentation: not while deploying",
        ),
        pytest.param(
            "(ALARM(CPUUtilizationTooHigh) OR ALARM(DiskReadOpsTooHigh)) AND OK(NetworkOutTooHigh)",
            And(Or(CPU, DISK), State("OK", "NetworkOutTooHigh")),
            id="documentation: grouped",
        ),
        pytest.param("ALARM(a) OR ALARM(b) AND ALARM(c)", Or(A, And(B, C)), id="AND binds closer than OR"),
        pytest.param("NOT ALARM(a) AND ALARM(b)", And(Not(A), B), id="NOT binds closest"),
        pytest.param("NOT NOT ALARM(a)", Not(Not(A)), id="NOT twice"),
        pytest.param("ALARM(a) OR ALARM(b) OR ALARM(c)", Or(Or(A, B), C), id="from left to right"),
        pytest.param('ALARM("root (all) alarms")', State("ALARM", "root (all) alarms"), id="quoted name"),
        pytest.param(r'ALARM("say \"root\"")', State("ALARM", 'say "root"'), id="quotes in a quoted name"),
        pytest.param(
            "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:a)",
            State("ALARM", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"),
            id="ARN",
        ),
        pytest.param("INSUFFICIENT_DATA(a)", State("INSUFFICIENT_DATA", "a"), id="insufficient data"),
        pytest.param("\n ALARM ( a )\tOR\n ALARM( b ) ", Or(A, B), id="spaces and new lines"),
        pytest.param("TRUE", True, id="TRUE"),
        pytest.param("NOT(FALSE)", Not(operand=False), id="FALSE"),
        pytest.param(
            'AT_LEAST(2, NOT OK, (a, "b, c", d))',
            AtLeast(2, percent=False, negated=True, state="OK", alarms=("a", "b, c", "d")),
            id="a number of alarms not in a state",
        ),
        pytest.param(
            "NOT AT_LEAST(50%, ALARM, (a))",
            Not(AtLeast(50, percent=True, negated=False, state="ALARM", alarms=("a",))),
            id="a share of alarms",
        ),
        pytest.param("ALARM(OR)", State("ALARM", "OR"), id="an alarm called OR"),
    ],
)
def test_an_expression_is_read_as_documented(rule: str, expression: Expression) -> None:
    assert parse_alarm_rule(rule) == expression


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param("", "missing before None", id="empty"),
        pytest.param("  ", "missing before None", id="blank"),
        pytest.param("ALARM(a) ALARM(b)", "unexpected", id="no operator"),
        pytest.param("ALARM(a) AND", "missing before None", id="nothing after AND"),
        pytest.param("AND ALARM(a)", "missing before 'AND'", id="nothing before AND"),
        pytest.param("(ALARM(a)", "not closed", id="open parenthesis"),
        pytest.param("ALARM(a))", r"unexpected '\)'", id="parenthesis too many"),
        pytest.param("ALARM()", "cannot read", id="no name"),
        pytest.param('ALARM("a)', "cannot read", id="open quote"),
        pytest.param("ALARM(a b)", "cannot read", id="space in an unquoted name"),
        pytest.param("ALARM(a) XOR ALARM(b)", "cannot read the alarm rule at 'XOR", id="unknown operator"),
        pytest.param("ALARM(a) ANDALARM(b)", "cannot read", id="operators are whole words"),
        pytest.param(f"AT_LEAST({'9' * 5000}, ALARM, (a))", "cannot read", id="a number beyond all numbers"),
        pytest.param("MAYBE(a)", "cannot read", id="unknown state"),
        pytest.param("(" * 500 + "ALARM(a)" + ")" * 500, "nested too deeply", id="deeper than can be followed"),
        pytest.param("NOT " * 2000 + "ALARM(a)", "nested too deeply", id="denied more often than can be followed"),
    ],
)
def test_an_expression_outside_the_grammar_is_refused(rule: str, message: str) -> None:
    with pytest.raises(AlarmRuleError, match=message):
        parse_alarm_rule(rule)


@pytest.mark.parametrize(
    ("rule", "alarmed", "held"),
    [
        ("ALARM(a)", "a", True),
        ("ALARM(a)", "b", False),
        ("OK(a)", "b", True),
        ("OK(a)", "a", False),
        ("INSUFFICIENT_DATA(a)", "", False),
        ("INSUFFICIENT_DATA(a)", "a", False),
        ("NOT ALARM(a)", "", True),
        ("ALARM(a) AND ALARM(b)", "a", False),
        ("ALARM(a) AND ALARM(b)", "ab", True),
        ("ALARM(a) OR ALARM(b)", "b", True),
        ("ALARM(a) OR ALARM(b)", "c", False),
        ("ALARM(a) AND NOT ALARM(b)", "a", True),
        ("ALARM(a) AND NOT ALARM(b)", "ab", False),
        ("AT_LEAST(1, ALARM, (a, b))", "b", True),
        ("AT_LEAST(2, ALARM, (a, b))", "b", False),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", "b", True),
        ("AT_LEAST(50%, ALARM, (a, b))", "b", True),
        ("AT_LEAST(51%, ALARM, (a, b))", "b", False),
        ("TRUE", "", True),
        ("FALSE OR ALARM(a)", "a", True),
        ("FALSE AND ALARM(a)", "a", False),
    ],
)
def test_an_expression_holds_while_alarms_ring(rule: str, alarmed: str, *, held: bool) -> None:
    assert holds(parse_alarm_rule(rule), set(alarmed)) is held


names = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=255)
states = st.builds(State, st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"]), names)
counts = st.builds(
    AtLeast,
    least=st.integers(0, 100),
    percent=st.booleans(),
    negated=st.booleans(),
    state=st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"]),
    alarms=st.lists(names, min_size=1, max_size=4).map(tuple),
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    states | counts | st.booleans(),
    lambda inner: st.builds(Not, inner) | st.builds(And, inner, inner) | st.builds(Or, inner, inner),
    max_leaves=12,
)


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written(expression: Expression) -> str:
    match expression:
        case State(state, alarm):
            return f"{state}({quoted(alarm)})"
        case AtLeast():
            share = "%" if expression.percent else ""
            state = f"{'NOT ' if expression.negated else ''}{expression.state}"
            return f"AT_LEAST({expression.least}{share}, {state}, ({', '.join(map(quoted, expression.alarms))}))"
        case Not(operand):
            return f"NOT ({written(operand)})"
        case And(left, right):
            return f"({written(left)}) AND ({written(right)})"
        case Or(left, right):
            return f"({written(left)}) OR ({written(right)})"
        case constant:
            return str(constant).upper()


@given(expressions)
def test_every_written_expression_is_read_back(expression: Expression) -> None:
    assert parse_alarm_rule(written(expression)) == expression


@given(st.text(max_size=60) | st.text('ALARMOKNDT ()"a\\', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = parse_alarm_rule(text)
    except AlarmRuleError:
        return
    assert parse_alarm_rule(written(expression)) == expression
