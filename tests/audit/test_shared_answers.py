"""Rules share what AWS says: each thing is asked once, whoever asks first, and what does not last is asked again."""

import contextlib
import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from tests.patience import LONGEST_WAIT

from rootguard.audit.shared_answers import SharedAnswers
from rootguard.kit.connection import Keys, Reply

SUMMARY, REGION = "iam:GetAccountSummary", "us-east-1"
ACCESS_KEY = Keys("ASIAONE", "secret", "token")

type Answering = Callable[[int], Mapping[str, Any]]
"""The answer to the first, the second, ... request, from 1; or it raises."""


@dataclass
class Scripted:
    """A connection that counts what it is asked, and answers as a test says."""

    answer: Answering
    asked: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    pages_each: int = 1

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        self.asked.append((action, region, parameters))
        return Reply(self.answer(len(self.asked)), datetime.now(UTC))

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        for _ in range(self.pages_each):
            yield self.call(action, region, parameters)

    def signed_by(self, keys: Keys, region: str) -> "Scripted":
        del keys, region
        return Scripted(self.answer)

    def configured(self, config: Config) -> "Scripted":
        del config
        return Scripted(self.answer)


def numbered(number: int) -> Mapping[str, Any]:
    return {"Number": number}


def refused(code: str) -> Answering:
    def answer(_: int) -> Mapping[str, Any]:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetAccountSummary")

    return answer


def timed_out(_: int) -> Mapping[str, Any]:
    raise ReadTimeoutError(endpoint_url="https://iam.amazonaws.com")


def broken(_: int) -> Mapping[str, Any]:
    raise KeyError("a mistake of ours")


def said(members: Mapping[str, Any]) -> Answering:
    return lambda _: members


def credentials(left: timedelta | None) -> Answering:
    """What is left counts from the first request: minutes lie between a table of tests and the last of them."""

    @cache
    def given() -> Mapping[str, Any]:
        expiration = {} if left is None else {"Expiration": datetime.now(UTC) + left}
        return {"Credentials": {"AccessKeyId": "ASIA", **expiration}}

    return lambda _: given()


def ask(shared: SharedAnswers, action: str = SUMMARY, **parameters: object) -> Mapping[str, Any]:
    return shared.call(action, REGION, parameters).members


@pytest.mark.parametrize(
    ("action", "answer", "asked"),
    [
        pytest.param(SUMMARY, numbered, 1, id="an answer is shared"),
        pytest.param(SUMMARY, refused("AccessDenied"), 1, id="a refusal is shared"),
        pytest.param(SUMMARY, refused("Throttling"), 1, id="so is throttling, after its retries"),
        pytest.param(SUMMARY, timed_out, 1, id="so is a timeout, after its retries"),
        pytest.param(SUMMARY, broken, 1, id="so is what nobody expects"),
        pytest.param("iam:GetCredentialReport", refused("ReportInProgress"), 3, id="a report in progress is not"),
        pytest.param("iam:GetCredentialReport", refused("ReportNotPresent"), 3, id="nor one that is not there"),
        pytest.param("iam:GetCredentialReport", refused("ReportExpired"), 3, id="nor one that has expired"),
        pytest.param("iam:GetCredentialReport", refused("AccessDenied"), 1, id="a refused report is shared"),
        pytest.param("iam:GetCredentialReport", said({"Content": b"x"}), 1, id="a report is shared"),
        pytest.param("iam:GenerateCredentialReport", said({"State": "STARTED"}), 3, id="one that is begun is not"),
        pytest.param("iam:GenerateCredentialReport", said({"State": "INPROGRESS"}), 3, id="nor one being made"),
        pytest.param("iam:GenerateCredentialReport", said({}), 3, id="nor one of which AWS says nothing"),
        pytest.param("iam:GenerateCredentialReport", said({"State": "COMPLETE"}), 1, id="that one is there is shared"),
        pytest.param("sts:AssumeRole", credentials(timedelta(minutes=15)), 1, id="fresh credentials are shared"),
        pytest.param("sts:AssumeRole", credentials(timedelta(minutes=4)), 3, id="about to expire they are not"),
        pytest.param("sts:AssumeRole", credentials(timedelta(minutes=-4)), 3, id="expired they are not"),
        pytest.param("sts:AssumeRole", credentials(None), 1, id="without an end they are shared"),
    ],
)
def test_what_is_asked_again(action: str, answer: Answering, asked: int) -> None:
    connection = Scripted(answer)
    shared = SharedAnswers(connection)
    outcomes = [outcome(lambda: ask(shared, action)) for _ in range(3)]
    assert len(connection.asked) == asked
    assert len({repr(each) for each in outcomes}) == 1


def outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except (ClientError, ReadTimeoutError, KeyError) as error:
        return error


@pytest.mark.parametrize("answer", [numbered, refused("AccessDenied")], ids=["answered", "refused"])
@pytest.mark.parametrize("paged", [False, True], ids=["call", "pages"])
def test_many_who_ask_at_once_share_one_request(answer: Answering, *, paged: bool) -> None:
    together = threading.Barrier(8, timeout=LONGEST_WAIT)
    connection = Scripted(lambda number: (threading.Event().wait(0.05), answer(number))[1], pages_each=1)
    shared = SharedAnswers(connection)

    def work(_: int) -> object:
        together.wait()
        if paged:
            return outcome(lambda: [page.members for page in shared.pages(SUMMARY, REGION, {})])
        return outcome(lambda: ask(shared))

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(8)))
    assert len(connection.asked) == 1
    assert len({repr(each) for each in outcomes}) == 1


def test_the_time_of_an_answer_is_when_it_came() -> None:
    shared = SharedAnswers(Scripted(numbered))
    assert shared.call(SUMMARY, REGION, {}).answered == shared.call(SUMMARY, REGION, {}).answered


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("iam:ListUsers", REGION, {"One": 1, "Two": [{"b": 2}]}), id="action"),
        pytest.param((SUMMARY, "eu-west-1", {"One": 1, "Two": [{"b": 2}]}), id="Region"),
        pytest.param((SUMMARY, REGION, {"One": "1", "Two": [{"b": 2}]}), id="a parameter's type"),
        pytest.param((SUMMARY, REGION, {"One": 1, "Two": [{"b": 3}]}), id="a parameter deep inside"),
        pytest.param((SUMMARY, REGION, {}), id="no parameters"),
    ],
)
def test_another_question_has_another_answer(other: tuple[str, str, Mapping[str, Any]]) -> None:
    shared = SharedAnswers(Scripted(numbered))
    first = shared.call(SUMMARY, REGION, {"One": 1, "Two": [{"b": 2}]})
    assert first.members != shared.call(*other).members
    assert first == shared.call(SUMMARY, REGION, {"Two": [{"b": 2}], "One": 1})


def test_all_pages_are_shared_and_so_is_the_refusal_of_one() -> None:
    def answer(number: int) -> Mapping[str, Any]:
        return numbered(number) if number < 3 else refused("AccessDenied")(number)

    connection = Scripted(answer, pages_each=4)
    shared = SharedAnswers(connection)
    for _ in range(2):
        pages = shared.pages("iam:ListUsers", REGION, {})
        assert [next(pages).members, next(pages).members] == [{"Number": 1}, {"Number": 2}]
        with pytest.raises(ClientError, match="AccessDenied"):
            next(pages)
    assert len(connection.asked) == 3


def test_the_same_keys_share_their_answers_and_others_do_not() -> None:
    shared = SharedAnswers(Scripted(numbered))
    assert shared.signed_by(ACCESS_KEY, REGION) is shared.signed_by(ACCESS_KEY, REGION)
    assert shared.signed_by(ACCESS_KEY, REGION) is not shared.signed_by(Keys("ASIATWO", "secret", "token"), REGION)
    assert shared.signed_by(ACCESS_KEY, REGION) is not shared


def test_another_configuration_has_answers_of_its_own() -> None:
    connection = Scripted(numbered)
    shared = SharedAnswers(connection)
    ask(shared)
    ask(shared.configured(Config(read_timeout=1)))
    assert len(connection.asked) == 1  # by the one as configured before


def test_what_was_asked_longest_ago_is_forgotten_first() -> None:
    connection = Scripted(numbered)
    shared = SharedAnswers(connection, most=3)
    for name in ("policy", "one", "policy", "two", "policy", "three", "policy", "four", "policy"):
        ask(shared, Of=name)
    assert [parameters["Of"] for _, _, parameters in connection.asked] == ["policy", "one", "two", "three", "four"]
    ask(shared, Of="one")
    assert len(connection.asked) == 6


def test_whose_keys_were_used_longest_ago_is_forgotten_first() -> None:
    shared = SharedAnswers(Scripted(numbered), most=2)
    reader = shared.signed_by(ACCESS_KEY, REGION)
    for number in range(4):
        other = Keys(f"ASIA{number}", "secret", "token")
        assert shared.signed_by(other, REGION) is shared.signed_by(other, REGION)
        assert shared.signed_by(ACCESS_KEY, REGION) is reader


class Huge(dict[str, Any]):
    """An answer whose end can be seen."""


@pytest.mark.parametrize(
    "answer", [refused("AccessDenied"), timed_out, broken], ids=["refused", "no answer", "mistake"]
)
def test_a_refusal_does_not_keep_the_other_answers_alive(answer: Answering) -> None:
    """A collector that may never run had to find them, for each account that has refused anything."""
    huge = Huge()
    alive = weakref.ref(huge)
    answers = [huge]
    shared = SharedAnswers(Scripted(lambda number: answers.pop() if number == 1 else answer(number)))
    ask(shared)
    for _ in range(2):
        with contextlib.suppress(ClientError, ReadTimeoutError, KeyError):
            ask(shared, Of="something else")
    gc.disable()
    try:
        del shared, huge
        assert alive() is None
    finally:
        gc.enable()
