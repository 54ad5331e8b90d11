"""What is written down of requests: who, what, and of texts no more than may be told."""

from typing import Any

import pytest
from tests.explain.scripted import ACCOUNT_ID, Scripted, refusal

from rootguard.explain.answers import requests_made
from rootguard.explain.explanation import RequestMade
from rootguard.explain.glimpse import Discretion
from rootguard.explain.recording import Principal, Record, RecordingConnection
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable, attempt

ROLE = "arn:aws-us-gov:iam::444455556666:role/reader"
KEYS = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "hush", "SessionToken": "token"}


def account(answers: dict[str, Any]) -> tuple[Account, Record]:
    record = Record()
    connection = RecordingConnection(Scripted(answers), record, Principal("arn:aws:iam::1:user/me", ACCOUNT_ID))
    return Account(ACCOUNT_ID, "aws", "us-east-1", connection), record


def told(seen: Account, record: Record) -> list[RequestMade]:
    return requests_made(record.requests, seen.facts, Discretion((), (), (), record.secrets, ""))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        pytest.param("RoleArn", ROLE, ROLE, id="an ARN"),
        pytest.param("MaxRecords", 100, "100", id="a number"),
        pytest.param("filterPattern", "{ $.a = 1 }", "(a text of 11 characters, not shown)", id="a pattern"),
        pytest.param("ExternalId", "hush", "(a text of 4 characters, not shown)", id="a shared secret, though an id"),
        pytest.param("ActionNames", ["a:B", "a:C", "a:D", "a:E"], "a:B, a:C, a:D, … (4 in all)", id="many names"),
        pytest.param("AlarmTypes", ["MetricAlarm"], "MetricAlarm", id="one name"),
        pytest.param("PolicyInputList", ["{}"], "(one item, not shown)", id="a policy"),
        pytest.param("logEventMessages", ["a", "b"], "(2 items, not shown)", id="messages"),
        pytest.param("TaskPolicyArn", {"arn": ROLE}, f"arn={ROLE}", id="a structure"),
        pytest.param("Content", b"hush", "(bytes, not shown)", id="bytes"),
        pytest.param("Name", "x" * 200, f"{'x' * 80}…{'x' * 79}", id="a long name"),
    ],
)
def test_parameters(name: str, value: Any, shown: str) -> None:
    seen, record = account({"iam:Do": {}})
    seen.call("iam:Do", **{name: value})
    assert record.requests[0].parameters == {name: shown}


def test_every_page_is_a_request_and_the_one_that_fails_too() -> None:
    pages = [{"Roots": [{"Id": "r-1"}]}, {"Roots": []}, refusal("ThrottlingException", "slow\n down")]
    seen, record = account({"organizations:ListRoots": pages})
    attempt(lambda: [page.structures("Roots") for page in seen.pages("organizations:ListRoots")])

    assert [(each.number, each.page, each.error_code, each.error) for each in told(seen, record)] == [
        (1, 1, "", ""),
        (2, 2, "", ""),
        (3, 3, "ThrottlingException", "slow down"),
    ]


def test_facts_are_those_of_the_answer_that_they_were_read_from() -> None:
    answers = [{"State": "STARTED", "Description": "hush"}, {"State": "COMPLETE"}]
    seen, record = account({"iam:GenerateCredentialReport": answers})
    for page in seen.pages("iam:GenerateCredentialReport"):
        page.text("State")
    assert [
        ([(fact.member, fact.value) for fact in each.facts], each.members_not_shown) for each in told(seen, record)
    ] == [
        ([("State", "STARTED")], 1),
        ([("State", "COMPLETE")], 0),
    ]


@pytest.mark.parametrize(
    ("members", "unread"),
    [
        pytest.param({}, 0, id="nothing"),
        pytest.param({"A": 1, "ResponseMetadata": {"RequestId": "x"}}, 1, id="metadata do not count"),
        pytest.param({"A": {"B": 1, "C": [{"D": 1}, {"D": 2, "E": []}]}, "F": ["x", "y"]}, 4, id="a tree"),
    ],
)
def test_members_that_nobody_read_are_counted(members: dict[str, object], unread: int) -> None:
    seen, record = account({"iam:Do": members})
    seen.call("iam:Do")
    assert told(seen, record)[0].members_not_shown == unread


def test_credentials_are_nowhere() -> None:
    echo = refusal("Confused", "the token hush of ASIAEXAMPLE is unknown")
    seen, record = account({"sts:AssumeRole": {"Credentials": KEYS}, "sts:AssumeRoot": echo})
    assumed = seen.assume(ROLE)
    with pytest.raises(EvidenceUnavailable):
        assumed.assume_root(ACCOUNT_ID, "Task")

    first, second = told(seen, record)
    assert (first.facts, first.members_not_shown) == ([], 3)
    assert (second.asked_as, second.account_id) == (ROLE, "444455556666")
    assert second.error == "the (text, not shown) (text, not shown) of (text, not shown) is unknown"
