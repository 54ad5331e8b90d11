"""Answer: a member is there and of its type, or the evidence is unavailable; nothing is guessed."""

from collections.abc import Callable
from typing import Any

import pytest

from rootguard.kit.answer import Answer
from rootguard.kit.errors import EvidenceUnavailable

PLACE = "iam:GetAccountSummary in account 111122223333 (us-east-1): "


def answer(**members: Any) -> Answer:
    return Answer(members, "iam:GetAccountSummary", "111122223333", "us-east-1")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(lambda: answer(Name="a").text("Name"), "a", id="text"),
        pytest.param(lambda: answer(Name="").text("Name"), "", id="text that is empty"),
        pytest.param(lambda: answer().text("Name", ""), "", id="text by default"),
        pytest.param(lambda: answer(On=False).flag("On"), False, id="flag"),
        pytest.param(lambda: answer().flag("On", default=True), True, id="flag by default"),
        pytest.param(lambda: answer(Users=0).number("Users"), 0, id="number"),
        pytest.param(lambda: answer(Threshold=1.5).number("Threshold"), 1.5, id="number with a fraction"),
        pytest.param(lambda: answer().number("Users", 2), 2, id="number by default"),
        pytest.param(lambda: answer(Content=b"x").raw("Content"), b"x", id="raw"),
        pytest.param(lambda: answer(Map={"Users": 3}).structure("Map").number("Users"), 3, id="structure"),
        pytest.param(
            lambda: [item.text("Arn") for item in answer(L=[{"Arn": "a"}, {"Arn": "b"}]).structures("L")],
            ["a", "b"],
            id="structures",
        ),
        pytest.param(lambda: answer().structures("L", []), (), id="structures by default"),
        pytest.param(lambda: answer(L=["a", "b"]).texts("L"), ("a", "b"), id="texts"),
        pytest.param(lambda: answer().texts("L", []), (), id="texts by default"),
        pytest.param(lambda: answer(A=1, B=1).merged(answer(B=2)).number("B"), 2, id="merged: the other wins"),
        pytest.param(lambda: answer(A=1).merged(answer(B=2)).number("A"), 1, id="merged: both are there"),
        pytest.param(lambda: "A" in answer(A=None), True, id="contains"),
        pytest.param(lambda: "B" in answer(A=None), False, id="does not contain"),
    ],
)
def test_a_member_that_is_there(read: Callable[[], object], value: object) -> None:
    assert read() == value


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        pytest.param(lambda: answer().text("Name"), "the answer has no Name", id="missing text"),
        pytest.param(
            lambda: answer(Name=None).text("Name", ""), "the answer has no Name", id="null in spite of a default"
        ),
        pytest.param(lambda: answer(Name=5).text("Name"), "Name has int 5", id="a number for text"),
        pytest.param(lambda: answer().flag("On"), "the answer has no On", id="missing flag"),
        pytest.param(lambda: answer(On="false").flag("On"), "On has str 'false'", id="a word for a flag"),
        pytest.param(lambda: answer().number("Users"), "the answer has no Users", id="missing number"),
        pytest.param(lambda: answer(Users="1").number("Users"), "Users has str '1'", id="digits for a number"),
        pytest.param(lambda: answer().raw("Content"), "the answer has no Content", id="missing raw"),
        pytest.param(lambda: answer(Map=[]).structure("Map"), "Map has list []", id="a list for a structure"),
        pytest.param(lambda: answer(L={}).structures("L"), "L has dict {}", id="a structure for a list"),
        pytest.param(lambda: answer(L=["a"]).structures("L"), "L has str 'a'", id="a word among structures"),
        pytest.param(lambda: answer(L=["a", 1]).texts("L"), "L has int 1", id="a number among texts"),
        pytest.param(lambda: answer(Map={}).structure("Map").text("X"), "the answer has no X", id="missing deep down"),
        pytest.param(lambda: answer(A=1).merged(answer(B=2)).text("C"), "the answer has no C", id="missing in both"),
        pytest.param(
            lambda: answer(Name=["x" * 200]).text("Name"), f"Name has list ['{'x' * 58}", id="a long value is cut"
        ),
    ],
)
def test_a_member_that_is_missing_or_of_another_type(read: Callable[[], object], problem: str) -> None:
    with pytest.raises(EvidenceUnavailable) as raised:
        read()
    assert str(raised.value) == PLACE + problem
    assert raised.value.code == ""
    assert raised.value.denied is False
