import pytest

from rootguard.sandbox.alarm_rule import AlarmState
from rootguard.sandbox.alarm_rule_syntax import AlarmRuleError, parse

STATES = {
    "firing": AlarmState.ALARM,
    "well": AlarmState.OK,
    "silent": AlarmState.INSUFFICIENT_DATA,
    "with space": AlarmState.ALARM,
    'with "quotes"': AlarmState.ALARM,
    "arn:aws:cloudwatch:us-east-1:111111111111:alarm:firing": AlarmState.ALARM,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        pytest.param("ALARM(firing)", True, id="unquoted"),
        pytest.param('ALARM("firing")', True, id="quoted"),
        pytest.param('ALARM ( "firing" )', True, id="spaces"),
        pytest.param('ALARM("with space")', True, id="space-in-quotes"),
        pytest.param(r'ALARM("with \"quotes\"")', True, id="escaped-quotes"),
        pytest.param("ALARM(arn:aws:cloudwatch:us-east-1:111111111111:alarm:firing)", True, id="arn"),
        pytest.param("OK(firing)", False, id="other-state"),
        pytest.param("OK(well)", True, id="ok"),
        pytest.param("INSUFFICIENT_DATA(silent)", True, id="insufficient-data"),
        pytest.param("TRUE", True, id="true"),
        pytest.param("FALSE", False, id="false"),
        pytest.param("false", False, id="false-as-PutCompositeAlarm-writes-it"),
        pytest.param("ALARM(firing) AND NOT ALARM(well)", True, id="and-not"),
        pytest.param("NOT NOT ALARM(firing)", True, id="not-not"),
        pytest.param("NOT OK(firing) AND FALSE", False, id="not-binds-closest"),
        pytest.param("TRUE OR FALSE AND FALSE", True, id="and-binds-closer-than-or"),
        pytest.param("(TRUE OR FALSE) AND FALSE", False, id="parentheses"),
        pytest.param("NOT (OK(firing) OR OK(silent))", True, id="not-group"),
        pytest.param("AT_LEAST(2, ALARM, (firing, well, silent))", False, id="too-few"),
        pytest.param("AT_LEAST(2, NOT ALARM, (firing, well, silent))", True, id="enough-not-in-state"),
        pytest.param("AT_LEAST(50%, OK, (firing, well))", True, id="percent"),
        pytest.param("AT_LEAST(51%, OK, (firing, well))", False, id="percent-missed"),
        pytest.param("AT_LEAST(1, ALARM, (firing, well)) AND NOT ALARM(silent)", True, id="at-least-combined"),
        pytest.param("(" * 400 + "ALARM(firing)" + ")" * 400, True, id="deep"),
    ],
)
def test_rule(text: str, *, holds: bool) -> None:
    assert parse(text).holds(STATES.__getitem__) is holds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("()", "Error in AlarmRule [Unsupported token ')' at char 1]", id="empty-group"),
        pytest.param(
            "ALARM(SampleQueue Oldest Age)",
            "Error in AlarmRule [Unsupported token 'Oldest' at char 18, must be: ')']",
            id="space-without-quotes",
        ),
        pytest.param("(ALARM(a)", "[Unsupported token '' at char 9, must be: ')']", id="open-group"),
        pytest.param("ALARM(a))", "[Unsupported token ')' at char 8]", id="closed-twice"),
        pytest.param("ALARM(a) ALARM(b)", "[Unsupported token 'ALARM' at char 9]", id="no-operator"),
        pytest.param("ALARM(a) AND", "[Unsupported token '' at char 12]", id="no-right-side"),
        pytest.param("ALARM(a) and ALARM(b)", "[Unsupported token 'and' at char 9]", id="small-operator"),
        pytest.param("ALARM()", "[Unsupported token ')' at char 6]", id="no-name"),
        pytest.param('ALARM("")', "[Unsupported token '' at char 7]", id="empty-name"),
        pytest.param('ALARM("a)', "[Unsupported token '\"a)' at char 6]", id="open-quote"),
        pytest.param('"ALARM"(a)', "[Unsupported token 'ALARM' at char 1]", id="quoted-function"),
        pytest.param('ALARM(a) "AND" ALARM(b)', "[Unsupported token 'AND' at char 10]", id="quoted-operator"),
        pytest.param("FIRING(a)", "[Unsupported token 'FIRING' at char 0]", id="unknown-function"),
        pytest.param("AT_LEAST(most, OK, (a))", "[Unsupported token 'most' at char 9]", id="no-threshold"),
        pytest.param("AT_LEAST(1, FINE, (a))", "[Unsupported token 'FINE' at char 12]", id="no-state"),
        pytest.param("AT_LEAST(1, OK, ())", "[Unsupported token ')' at char 17]", id="at-least-of-none"),
        pytest.param("AT_LEAST(1, OK, a)", "[Unsupported token 'a' at char 16, must be: '(']", id="no-list"),
        pytest.param(" TRUE", "must not contain leading or trailing whitespace", id="leading-space"),
        pytest.param("TRUE\n", "must not contain leading or trailing whitespace", id="trailing-newline"),
        pytest.param(
            " OR ".join(f"ALARM(a{number})" for number in range(101)), "more than 100 alarms", id="101-children"
        ),
        pytest.param(" OR ".join(["ALARM(a)"] * 501), "more than 500 elements", id="501-elements"),
        pytest.param("(" * 500 + "TRUE" + ")" * 500, "more than 500 elements", id="500-groups-and-a-constant"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(AlarmRuleError) as refused:
        parse(text)
    assert message in str(refused.value)


def test_largest_rules_are_read() -> None:
    assert len(parse(" OR ".join(f"ALARM(a{number})" for number in range(100))).references) == 100
    assert parse(" OR ".join(["ALARM(a)"] * 500)).references == ("a",)


def test_references_come_once_and_in_order() -> None:
    rule = parse("ALARM(b) OR OK(a) OR NOT ALARM(b) OR AT_LEAST(1, OK, (c, a))")
    assert rule.references == ("b", "a", "c")
