"""What came back from AWS, as far as it may be told: the facts that were read, and how much else there was."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rootguard.explain.explanation import FactSeen, RequestMade
from rootguard.explain.glimpse import Discretion
from rootguard.explain.recording import Request
from rootguard.kit.facts import ERROR_CODE, Fact, timestamp
from rootguard.kit.verdict import shortened

_METADATA = "ResponseMetadata"
_ERROR_LENGTH = 400


def requests_made(requests: Sequence[Request], facts: Iterable[Fact], discretion: Discretion) -> list[RequestMade]:
    """Every request with the facts that were read of its answer."""
    read = defaultdict[tuple[str, str, str, datetime], list[Fact]](list)
    for fact in facts:
        if fact.member != ERROR_CODE:
            read[fact.action, fact.account_id, fact.region, fact.answered].append(fact)
    return [_made(request, read, discretion) for request in requests]


def withheld_texts(requests: Iterable[Request]) -> Iterator[str]:
    """Every text in the answers, and every text within those that are JSON, as policies and patterns are."""
    for request in requests:
        if request.reply:
            for _, value in _leaves(request.reply.members):
                if isinstance(value, str):
                    yield value
                    yield from _texts_within(_parsed(value))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _texts_within(document: object) -> Iterator[str]:
    match document:
        case str():
            yield document
        case Mapping():
            yield from map(str, document)
            yield from (text for value in document.values() for text in _texts_within(value))
        case list():
            yield from (text for value in document for text in _texts_within(value))


def _made(
    request: Request, read: Mapping[tuple[str, str, str, datetime], Sequence[Fact]], discretion: Discretion
) -> RequestMade:
    answered = request.reply.answered if request.reply else request.began
    facts = read.get((request.action, request.asked_as.account_id, request.region, answered), ())
    known = {fact.member for fact in facts}
    unread = {path for path, _ in _leaves(request.reply.members)} - known if request.reply else set[str]()
    code, problem = _problem(request.error)
    return RequestMade(
        number=request.number,
        action=request.action,
        account_id=request.asked_as.account_id,
        region=request.region,
        parameters={name: discretion.clean(value) for name, value in request.parameters.items()},
        page=request.page,
        asked_as=request.asked_as.name,
        time=timestamp(request.began),
        milliseconds=round(request.seconds * 1000),
        facts=[FactSeen(fact.member, discretion.clean(fact.text)) for fact in facts],
        members_not_shown=len(unread),
        error_code=code,
        error=discretion.clean(problem),
    )


def _problem(error: Exception | None) -> tuple[str, str]:
    """AWS's error code, "" where it was not AWS that refused, and what the error says."""
    if error is None:
        return "", ""
    told = getattr(error, "response", {}).get("Error", {})
    said = told.get("Message") or f"{type(error).__name__}: {error}"
    return str(told.get("Code", "")), shortened(" ".join(str(said).split()), _ERROR_LENGTH)


def _leaves(members: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """The members that have none themselves, by their path; of a list of texts each text by the path of the list."""
    for name, value in members.items():
        if path or name != _METADATA:
            yield from _leaves_of(value, f"{path}{name}")


def _leaves_of(value: object, path: str) -> Iterator[tuple[str, object]]:
    match value:
        case Mapping():
            yield from _leaves(value, f"{path}.")
        case list():
            for number, item in enumerate(value):
                if isinstance(item, Mapping | list):
                    yield from _leaves_of(item, f"{path}[{number}]")
                else:
                    yield path, item
        case _:
            yield path, value
