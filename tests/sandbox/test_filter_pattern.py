"""Filter patterns against the examples of the CloudWatch Logs User Guide and against what people recorded from AWS."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rootguard.sandbox.filter_pattern import InvalidFilterPatternError, extracted, matches, parse
from rootguard.sandbox.filter_pattern import pattern as ast
from rootguard.sandbox.wildcards import fits

CIS = '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
SIGN_IN: dict[str, Any] = {
    "eventVersion": "1.08",
    "userIdentity": {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"},
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "awsRegion": "us-east-1",
    "responseElements": {"ConsoleLogin": "Success"},
    "additionalEventData": {"MobileVersion": "No", "MFAUsed": "No"},
    "readOnly": False,
    "eventType": "AwsConsoleSignIn",
    "recipientAccountId": "111122223333",
}
ROOT_SIGN_IN = json.dumps(SIGN_IN)
SERVICE_EVENT = json.dumps(SIGN_IN | {"eventType": "AwsServiceEvent", "eventName": "RotateKey"})
ON_BEHALF = json.dumps(SIGN_IN | {"userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}})
BY_USER = json.dumps(SIGN_IN | {"userIdentity": {"type": "IAMUser", "userName": "root"}})


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(CIS, id="as the benchmark prints it"),
        pytest.param(CIS.replace("{", "{ ").replace("}", " }").replace("=", " = ").replace("! =", "!="), id="spaced"),
        pytest.param(CIS.replace(" && ", "&&"), id="no space around &&"),
        pytest.param(f"\n  {CIS}\n", id="surrounded by space, as from a heredoc"),
        pytest.param(CIS.replace(" && ", "\n  &&\n\t"), id="over several lines"),
        pytest.param(CIS.replace('"', ""), id="without quotation marks"),
        pytest.param(
            '{($.userIdentity.type="Root")&&($.userIdentity.invokedBy NOT EXISTS)&&($.eventType!="AwsServiceEvent")}',
            id="each condition in parentheses",
        ),
        pytest.param(
            '{($.eventType!="AwsServiceEvent" && ($.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type=Root))}',
            id="another order, nested",
        ),
        pytest.param(
            "{ $.['userIdentity'].['type'] = \"Root\" && $.userIdentity.['invokedBy'] NOT EXISTS"
            ' && $.eventType != "AwsServiceEvent" }',
            id="bracketed names",
        ),
        pytest.param(
            "{ $.userIdentity.type = %^Root$% && $.userIdentity.invokedBy NOT EXISTS && $.eventType != %vice.vent$% }",
            id="regular expressions",
        ),
        pytest.param(
            '{ $.userIdentity.arn = "arn:aws:iam::*:root" && $.userIdentity.invokedBy NOT EXISTS'
            ' && ($.eventType = "AwsApiCall" || $.eventType = "AwsConsole*") }',
            id="by other fields",
        ),
    ],
)
def test_the_cis_pattern_in_many_spellings(spelling: str) -> None:
    found = [matches(spelling, event) for event in (ROOT_SIGN_IN, SERVICE_EVENT, ON_BEHALF, BY_USER)]
    assert found == [True, False, False, False]


def test_a_condition_too_many_makes_the_pattern_deaf() -> None:
    pattern = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy != "x" && $.eventType != "AwsServiceEvent" }'
    assert not matches(pattern, ROOT_SIGN_IN), "!= does not hold for a missing property"


EXAMPLE = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "ThisFlag": True,
        "ThatFlag": False,
        "text": "",
        "number": 123,
        "decimal": 12.34,
        "whole": 12.0,
        "kilo": 1e3,
        "empty": {},
        "quote": 'error "message"',
        "detail-type": "x",
        "digits": "123",
    }
)
COMPOUND = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('$.eventType = "UpdateTrail"', True),
        ("$.eventType = UpdateTrail", True),
        ("$.eventType = updatetrail", False),
        ("$.eventType = %Trail%", True),
        ("$.eventType != %Trail%", False),
        ("$.sourceIPAddress != 123.123.*", True),
        ("$.sourceIPAddress != 111.111.*", False),
        ("$.sourceIPAddress = *.111", True),
        ("$.sourceIPAddress = *11.11*", True),
        ("$.sourceIPAddress = 111.*.111", True),
        ('$.arrayKey[0] = "value"', True),
        ('$.arrayKey[1] = "value"', False),
        ('$.arrayKey[2] != "value"', False),
        ("$.eventType[0] = UpdateTrail", False),
        ("$.arrayKey[*] = %val.{2}%", True),
        ('$.arrayKey[*] = "another value"', True),
        (r"$.* = %111\.111\.111\.1[0-9]{1,2}%", True),
        ("$.objectList[*].id = 2", True),
        ("$.objectList[*].id > 2", False),
        ("$.objectList[*].size NOT EXISTS", True),
        ("$.objectList[*].id NOT EXISTS", False),
        ("$.objectList[1].id = 2", True),
        ("$.objectList[1].number = 2", False),
        ("$.['cluster.name'] = \"c\"", True),
        ("$.cluster.name = c", False),
        ("$.detail-type = x", True),
        ("$.SomeObject IS NULL", True),
        ("$.Missing IS NULL", False),
        ("$.text IS NULL", False),
        ("$.SomeObject NOT EXISTS", False),
        ("$.SomeOtherObject NOT EXISTS", True),
        ("$.empty NOT EXISTS", False),
        ("$.eventType.deeper NOT EXISTS", True),
        ("$.ThisFlag IS TRUE", True),
        ("$.ThisFlag IS FALSE", False),
        ("$.ThatFlag IS FALSE", True),
        ("$.number IS TRUE", False),
        ("$.ThisFlag = true", False),
        ("$.ThisFlag != true", False),
        ("$.ThisFlag = *", False),
        ("$.SomeObject != x", False),
        ("$.empty != x", False),
        ("$.arrayKey = 1", False),
        ("$.arrayKey != 1", False),
        ("$.missing = x", False),
        ("$.missing != x", False),
        ("$.missing != 1", False),
        ("$.number = 123", True),
        ("$.number = 123.0", True),
        ("$.number = 1.23e2", True),
        ("$.number = +123", True),
        ("$.number != 123.0", False),
        ('$.number = "123"', True),
        ('$.number != "123.0"', True),
        ("$.whole = 12", True),
        ('$.whole != "12"', True),
        ("$.number = 1*", True),
        ('$.number = "*23"', True),
        ("$.number != 3*", True),
        ("$.number = *", True),
        ('$.text = "*"', True),
        ("$.decimal = *.34", True),
        ("$.decimal < 12.35", True),
        ("$.decimal <= 12.34", True),
        ("$.decimal > 12.34", False),
        ("$.decimal >= 1e1", True),
        ("$.decimal > -5", True),
        ("$.kilo = 1e+3", True),
        ("$.kilo != 1e-3", True),
        ("$.eventType >= 123", False),
        ("$.digits > 1", False),
        ("$.digits = 123", True),
        ("$.sourceIPAddress != 111", True),
        (r'$.quote = "error \"message\""', True),
        ("$.number = %^1%", True),
    ],
)
def test_single_conditions(condition: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches(f"{{ {condition} }}", EXAMPLE) is found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('($.user.id = 1) && ($.users[0].email = "John.Doe@example.com")', True),
        (
            '$.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch"',
            True,
        ),
        (
            '($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "no"',
            False,
        ),
        ('($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET"', False),
        ("$.coordinates[1][2] = 6", True),
        ("((($.user.id = 1)))", True),
    ],
)
def test_compound_conditions(condition: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches(f"{{ {condition} }}", COMPOUND) is found


@pytest.mark.parametrize(
    "message",
    ["", "plain text", "{", '{"a": 1,}', '{"a": NaN}', "[1]", '"a"', "1", "null", 'prefix {"a": 1}', "[" * 5000],
    ids=repr,
)
def test_what_is_no_json_object_matches_no_json_pattern(message: str) -> None:
    assert not matches("{ $.a = 1 || $.a != 1 || $.a NOT EXISTS }", message)


BAD, UNAUTHORIZED, MISSING, INVALID = (
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
)
FAILED = "[INFO] REQUEST FAILED"
EVERY_LINE = (BAD, UNAUTHORIZED, MISSING, INVALID, FAILED, "")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("ERROR", (BAD, UNAUTHORIZED, MISSING, INVALID), id="one term"),
        pytest.param("error", (), id="case matters"),
        pytest.param("AUTHORIZED", (UNAUTHORIZED,), id="part of a word"),
        pytest.param("ERROR ARGUMENTS", (MISSING, INVALID), id="all terms"),
        pytest.param("?FAILED ?ARGUMENTS", (MISSING, INVALID, FAILED), id="any optional term"),
        pytest.param("?ERROR ?ARGUMENTS REQUEST", (BAD, UNAUTHORIZED, FAILED), id="optional beside others is ignored"),
        pytest.param("?ERROR -REQUEST", (MISSING, INVALID, ""), id="optional beside an exclusion is ignored"),
        pytest.param('"BAD REQUEST"', (BAD,), id="exact phrase"),
        pytest.param('?"BAD REQUEST" ?"[INFO]"', (BAD, FAILED), id="optional phrases"),
        pytest.param("ERROR -ARGUMENTS", (BAD, UNAUTHORIZED), id="include and exclude"),
        pytest.param('-"BAD REQUEST" ERROR', (UNAUTHORIZED, MISSING, INVALID), id="exclude a phrase"),
        pytest.param("-ERROR", (FAILED, ""), id="exclude only"),
        pytest.param('" "', EVERY_LINE, id="match everything"),
        pytest.param("", EVERY_LINE, id="empty pattern"),
        pytest.param("  \n", EVERY_LINE, id="blank pattern"),
        pytest.param("%AUTHORIZED%", (UNAUTHORIZED,), id="regular expression"),
        pytest.param(" %4[12][09]\\]% ", (MISSING, INVALID), id="regular expression with a class"),
    ],
)
def test_terms(pattern: str, found: tuple[str, ...]) -> None:
    assert tuple(line for line in EVERY_LINE if matches(pattern, line)) == found


@pytest.mark.parametrize(
    ("regex", "found", "missed"),
    [
        ("^[hc]at", "hat trick", "a cat"),
        ("[hc]at$", "a cat", "cats"),
        ("[hc]at$", "a cat", "a cat\n"),
        ("colou?r", "color", "colouur"),
        ("[abcx-z]", "y", "w"),
        ("[^0-9]", "a", "7"),
        ("[a-]", "-", "b"),
        ("^a{3,5}$", "aaaa", "aa"),
        ("^a{3, 5}$", "aaaaa", "aaaaaa"),
        ("^a{2}$", "aa", "a"),
        ("^a{2,}$", "aaaa", "a"),
        ("^a{,2}$", "", "aaa"),
        ("gra|ey", "gray", "grow"),
        ("^starting|^initializing|^shutting down", "shutting down", "skipping initializing"),
        ("abcc|ab[^c]$", "aba", "aac"),
        (r"\[.\]", "[7]", "77"),
        (r"10\.10\.0\.1", "10.10.0.1", "10010,051"),
        ("10.10.0.1", "10010,051", "10.10"),
        ("ab*c", "ac", "ab"),
        ("ab+c", "abbc", "ac"),
        (".at", " at", "at"),
        (r"\d\D", "1a", "11"),
        (r"\s\S", "\ta", "a "),
        (r"^\w\W$", "a-", "aa"),
        (r"\x3A\x28", ":(", ":)"),
        (r"[\x21-\x23]", "#", "$"),
        (r"\d", "1", "\u0661"),
        ("AUTH:_#=@/;,-", "AUTH:_#=@/;,-", "AUTH"),
    ],
)
def test_regular_expressions(regex: str, found: str, missed: str) -> None:
    assert (matches(f"%{regex}%", found), matches(f"%{regex}%", missed)) == (True, False)


APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
APACHE_VALUES = ("127.0.0.1", "Prod", "frank", "10/Oct/2000:13:25:15 -0700", "GET /index.html HTTP/1.0", "404", "1534")
LINES = (
    "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
    "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
    "WARNING 09/25/2014 12:00:02 Invalid user request",
    "ERROR 09/25/2014 12:00:02 Failed to process request",
)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (
            r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
            "ip user username timestamp request status_code bytes",
        ),
        ("[..., request =*.html*, status_code = 4*, bytes]", "1 2 3 4 request status_code bytes"),
        ("[..., request=*.html*, status_code=4*,]", "1 2 3 4 request status_code 7"),
        (
            "[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]",
            "ip user username timestamp request status_code bytes",
        ),
        (
            "[ip, server, username, timestamp, request, status_code, bytes > 1000]",
            "ip server username timestamp request status_code bytes",
        ),
        ("[ip, user, ..., code=4* && code!=403, bytes]", "ip user 3 4 5 code bytes"),
        ("[ip, user, ...]", "ip user 3 4 5 6 7"),
        ("[..., size]", "1 2 3 4 5 6 size"),
        ("[]", "1 2 3 4 5 6 7"),
        ("[...]", "1 2 3 4 5 6 7"),
        ("[ , , , , , , ]", "1 2 3 4 5 6 7"),
        ("[ip, ..., user, name, time, request, code, bytes]", "ip user name time request code bytes"),
        ('[a="127.0.0.1", b, c, d, e, code="404", g]', "a b c d e code g"),
        ("[..., code=404.0, size>=1534]", "1 2 3 4 5 code size"),
    ],
)
def test_space_delimited_patterns_extract(pattern: str, names: str) -> None:
    assert extracted(pattern, APACHE) == {
        f"${name}": value for name, value in zip(names.split(), APACHE_VALUES, strict=True)
    }


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user, username, timestamp, request, status_code, bytes > 1534]",
        "[ip, user, username, timestamp, request, status_code = 200, bytes]",
        "[ip, user, username, timestamp, request, status_code, bytes, more]",
        "[..., user > 1, username, timestamp, request, status_code, bytes]",
        "[..., a, b, c, d, e, f, g, h]",
        "[ip < 1000, ...]",
    ],
)
def test_space_delimited_patterns_miss(pattern: str) -> None:
    assert not matches(pattern, APACHE)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[w1=ERROR, w2]", (3,)),
        ("[w1=ERROR || w1=WARNING, w2]", (2, 3)),
        ("[w1=ERROR || w1=%WARN%, w2]", (2, 3)),
        ("[w1!=ERROR && w1!=WARNING, w2]", (0, 1)),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", (0,)),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", (1,)),
        ("[w1, w2=*request]", (2, 3)),
    ],
)
def test_space_delimited_patterns_match_in_order(pattern: str, found: tuple[int, ...]) -> None:
    assert tuple(number for number, line in enumerate(LINES) if matches(pattern, line)) == found


def test_a_field_is_a_number_only_as_json_writes_one() -> None:
    found = [text for text in ("1000", "1e3", "1_000", "Infinity", "\u0661000") if matches("[n >= 1000]", text)]
    assert found == ["1000", "1e3"]


def test_the_last_field_takes_the_rest() -> None:
    assert extracted("[w1=ERROR, w2]", LINES[3] + "\n") == {
        "$w1": "ERROR",
        "$w2": "09/25/2014 12:00:02 Failed to process request",
    }


@pytest.mark.parametrize(
    "pattern",
    [
        "{",
        "}",
        "{}",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1",
        "{ $.a = 1 } }",
        "{ ($.a = 1 }",
        "{ $.a = 1) }",
        "{ $.a = 1 && }",
        "{ $.a = 1 & $.b = 1 }",
        "{ $.a = 1 and $.b = 1 }",
        "{ $.a = 1, $.b = 1 }",
        "{ $.a == 1 }",
        "{ $.a =! 1 }",
        "{ !($.a = 1) }",
        "{ a = 1 }",
        "{ $a = 1 }",
        "{ $ = 1 }",
        "{ $[0] = 1 }",
        '{ $."a" = 1 }',
        "{ $.a[x] = 1 }",
        "{ $.a[\u0661] = 1 }",
        "{ $.a EXISTS }",
        "{ $.a IS NOT NULL }",
        "{ $.a IS NOT TRUE }",
        "{ $.a IS x }",
        "{ $.a not exists }",
        "{ $.a is true }",
        "{ $.a NOT EXIST }",
        "{ $.a > x }",
        '{ $.a >= "123" }',
        "{ $.a < 1* }",
        "{ $.a > %1% }",
        "{ $.a = us-east-1 }",
        "{ $.a = a@b }",
        "{ $.a = 'Root' }",
        '{ $.a = "open }',
        "{ $.a = \u201cRoot\u201d }",
        "{ $.*.* = 1 }",
        "{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }",
        "{ $.a = %1% && $.b = %2% && $.c = %3% }",
        "[",
        "[a",
        "a]",
        "[a b]",
        "[a, ..., b, ...]",
        "[a=]",
        "[a=1 && b=1, b]",
        "[a-b]",
        "[(a=1)]",
        "[a=%1%, b=%2%, c=%3%]",
        "a:b",
        "a.b",
        "term*",
        "(a)",
        "?",
        "-",
        '"open',
        '"a""b"',
        "level=error",
        "%something!%",
        "%(ab)%",
        "%\u00e9%",
        '%"%',
        "%%",
        "%a",
        "%a% b",
        "a %b%",
        r"%\b%",
        r"%\1%",
        r"%\x4%",
        r"%\xE9%",
        "%[a%",
        "%[]%",
        "%[z-a]%",
        "%[!]%",
        "%a**%",
        "%a++%",
        "%*%",
        "%a{,}%",
        "%a{x}%",
        "%a{2%",
        "%a{3,2}%",
        "%a\\%",
        "a" * 1025,
        "{ " + "(" * 101 + "$.a = 1" + ")" * 101 + " }",
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidFilterPatternError):
        parse(pattern)


def test_a_pattern_of_the_greatest_length() -> None:
    assert matches("a" * 1024, "a" * 1024)


QUICKLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.text(max_size=6)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True)
VALUES = st.one_of(
    st.builds(ast.Text, TEXTS),
    st.builds(ast.Numeral, st.from_regex(r"[+-]?[0-9]{1,3}(\.[0-9]{1,2})?(e[+-]?[0-9]{1,2})?", fullmatch=True)),
    st.builds(ast.Regex, st.sampled_from(("a", "[a-z]+", r"\d{2,3}$", "^x|y"))),
)
STEPS = st.one_of(
    st.builds(ast.Property, NAMES),
    st.builds(ast.Property, st.from_regex(r"[^'\n]{1,4}", fullmatch=True), st.just(value=True)),
    st.builds(ast.Element, st.integers(0, 99)),
    st.sampled_from(ast.Every),
)


def selectors() -> st.SearchStrategy[ast.Selector]:
    first = st.one_of(st.builds(ast.Property, NAMES), st.just(ast.Every.FIELD))
    steps = st.builds(lambda head, tail: (head, *tail), first, st.lists(STEPS, max_size=2))
    return st.builds(ast.Selector, steps).filter(lambda selector: selector.wildcards <= 1)


def comparisons(subjects: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(ast.Comparison, subjects, st.sampled_from(ast.EQUALITY), VALUES),
        st.builds(ast.Comparison, subjects, st.sampled_from(ast.Operator), st.just(ast.Numeral("1"))),
    )


def expressions(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(ast.And, operands), st.builds(ast.Or, operands))

    return st.recursive(leaf, compound, max_leaves=4)


CONDITIONS = st.one_of(
    comparisons(selectors()),
    st.builds(ast.Is, selectors(), st.sampled_from(ast.Constant)),
    st.builds(ast.NotExists, selectors()),
)


@st.composite
def delimited_patterns(draw: st.DrawFn) -> ast.DelimitedPattern:
    fields: list[ast.Field | ast.Ellipsis_] = []
    for name in draw(st.lists(st.from_regex(r"[A-Za-z0-9_]{1,4}", fullmatch=True), min_size=1, max_size=3)):
        leaf = st.builds(ast.Comparison, st.just(name), st.sampled_from(ast.EQUALITY), VALUES)
        condition = draw(st.one_of(st.none(), leaf, st.lists(leaf, min_size=2, max_size=2).map(tuple).map(ast.Or)))
        fields.append(ast.Field(name, condition))
    if draw(st.booleans()):
        fields.insert(draw(st.integers(0, len(fields))), ast.Ellipsis_.FIELDS)
    return ast.DelimitedPattern(tuple(fields))


TERMS = st.lists(TEXTS, max_size=3).map(tuple)
PATTERNS = st.one_of(
    st.builds(ast.JsonPattern, expressions(CONDITIONS)),
    delimited_patterns(),
    st.builds(ast.Terms, TERMS, TERMS, TERMS),
    st.just(ast.Regex(r"^[a-z]\d{2,}$")),
)


def within_quotas(pattern: ast.FilterPattern) -> bool:
    printed = str(pattern)
    return printed.count("%") <= 4 and printed.count("*") <= 3 and len(printed) <= 1024


@QUICKLY
@given(PATTERNS.filter(within_quotas))
def test_a_printed_pattern_parses_back_to_itself(pattern: ast.FilterPattern) -> None:
    assert parse(str(pattern)) == pattern


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@QUICKLY
@given(PATTERNS, st.one_of(st.text(), JSON_VALUES.map(json.dumps), st.just('{"a": 1e999999999999999999999}')))
def test_evaluation_never_raises(pattern: ast.FilterPattern, message: str) -> None:
    assert matches(pattern, message) in (True, False)


@QUICKLY
@given(st.text(alphabet="{}[]()$.%\"'*?-|&=!<> \\aIS01,", max_size=30))
def test_parsing_understands_or_refuses(text: str) -> None:
    try:
        pattern = parse(text)
    except InvalidFilterPatternError:
        return
    assert parse(str(pattern)) == pattern


@QUICKLY
@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=8))
def test_wildcards_fit_as_a_recursive_definition_says(pattern: str, text: str) -> None:
    def glob(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return glob(pattern[1:], text) or (bool(text) and glob(pattern, text[1:]))
        return text[:1] == pattern[0] and glob(pattern[1:], text[1:])

    assert fits(pattern.split("*"), text) == glob(pattern, text)
