from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.derive.template_text import NO_VALUE, Call, attribute, either, is_given, ref, sub, template_text
from rootguard.sandbox.template.text import load


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(ref("Name"), "!Ref Name", id="Ref"),
        pytest.param(attribute("Role", "Arn"), "!GetAtt Role.Arn", id="GetAtt"),
        pytest.param(sub("arn:${AWS::Partition}:x"), "!Sub arn:${AWS::Partition}:x", id="Sub, unquoted"),
        pytest.param(is_given("Name"), "!Not [!Equals [!Ref Name, '']]", id="nested, on one line"),
        pytest.param(either("Given", ["x"]), "!If [Given, [x], !Ref 'AWS::NoValue']", id="NoValue"),
        pytest.param("yes", "'yes'", id="a boolean of YAML as text"),
        pytest.param("2012-10-17", "'2012-10-17'", id="a date as text"),
        pytest.param([1, True], "[1, true]", id="numbers and booleans"),
    ],
)
def test_values_as_people_write_them(value: Any, text: str) -> None:
    assert template_text({"Key": value}) == f"Key: {text}\n"


def test_what_is_long_stands_on_lines_of_its_own() -> None:
    long = sub("${Prefix}" + "x" * 90)
    assert template_text({"Key": either("Given", long)}) == (
        f"Key: !If\n  - Given\n  - !Sub {long.argument}\n  - !Ref AWS::NoValue\n"
    )


SHORT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\u2028\u2029\x85"), max_size=40
)
VALUES = st.recursive(
    SHORT | st.integers() | st.booleans() | st.builds(sub, SHORT.filter(bool)) | st.just(NO_VALUE),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True), inner, max_size=5)
        | st.builds(either, st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True), inner)
    ),
    max_leaves=20,
)


def expanded(value: Any) -> Any:
    """A value as CloudFormation reads it."""
    match value:
        case Call(function="Ref", argument=argument):
            return {"Ref": argument}
        case Call(function=function, argument=argument):
            return {f"Fn::{function}": expanded(argument)}
        case dict():
            return {key: expanded(each) for key, each in value.items()}
        case list():
            return [expanded(each) for each in value]
        case _:
            return value


@settings(max_examples=50)
@given(VALUES)
def test_every_value_arrives_as_it_is(value: Any) -> None:
    assert load(template_text({"Resources": value})) == {"Resources": expanded(value)}
