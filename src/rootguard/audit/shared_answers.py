"""Asks each thing once, whichever rule asks first: the rules of an account share what AWS says.

A refusal is shared as well. What AWS is still working on is not kept, nor are credentials that are about to expire.
"""

import copy
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from rootguard.kit.connection import Connection, Keys, Reply
from rootguard.kit.readers.credential_report import COMPLETE, GENERATE, NOT_YET

_VALIDITY = timedelta(minutes=5)
"""That credentials must have left to be handed out again."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A call or, for a list, the calls for all of its pages; the parameters as text."""

    action: str
    region: str
    parameters: str

    @classmethod
    def of(cls, action: str, region: str, parameters: Mapping[str, Any]) -> "_Request":
        return cls(action, region, json.dumps(parameters, sort_keys=True, default=str))


@dataclass(frozen=True, slots=True)
class _Said:
    """The replies and, if the last request was refused, why."""

    action: str
    replies: tuple[Reply, ...]
    refusal: Exception | None = None

    def again(self) -> Iterator[Reply]:
        """The same once more."""
        yield from self.replies
        if self.refusal:
            raise _bare(self.refusal)

    @property
    def may_be_kept(self) -> bool:
        if isinstance(self.refusal, ClientError):
            return self.refusal.response.get("Error", {}).get("Code") not in NOT_YET
        if self.action == GENERATE:
            return all(reply.members.get("State") == COMPLETE for reply in self.replies)
        return all(_lasts(reply.members) for reply in self.replies)


class SharedAnswers:
    """A connection that remembers; see rootguard.kit.connection.Connection. Any thread may ask.

    Args:
        connection: What it asks.
        most: How many answers it remembers; of more, those are forgotten that were asked for longest ago.
    """

    def __init__(self, connection: Connection, most: int = 256) -> None:
        self._connection, self._most = connection, most
        self._said = OrderedDict[_Request, Future[_Said]]()
        self._signed = OrderedDict[str, SharedAnswers]()
        self._lock = threading.Lock()

    def call(self, action: str, region: str, parameters: Mapping[str, Any]) -> Reply:
        """As Connection says."""

        def ask() -> Iterator[Reply]:
            yield self._connection.call(action, region, parameters)

        return next(self._once(_Request.of(action, region, parameters), ask))

    def pages(self, action: str, region: str, parameters: Mapping[str, Any]) -> Iterator[Reply]:
        """As Connection says, all pages asked for at the first."""
        return self._once(
            _Request.of(action, region, parameters), lambda: self._connection.pages(action, region, parameters)
        )

    def signed_by(self, keys: Keys, region: str) -> "SharedAnswers":
        """As Connection says; the same keys share their answers."""
        with self._lock:
            if keys.access_key_id not in self._signed:
                self._signed[keys.access_key_id] = SharedAnswers(self._connection.signed_by(keys, region), self._most)
            return _kept(self._signed, keys.access_key_id, self._most)

    def configured(self, config: Config) -> "SharedAnswers":
        """As Connection says, its answers apart."""
        return SharedAnswers(self._connection.configured(config), self._most)

    def _once(self, request: _Request, ask: Callable[[], Iterator[Reply]]) -> Iterator[Reply]:
        with self._lock:
            known, mine = self._said.get(request), None
            if known is None or (known.done() and not known.result().may_be_kept):
                mine = self._said[request] = Future[_Said]()
            known = _kept(self._said, request, self._most)
        if mine is None:
            return known.result().again()
        said = _told(request.action, ask)
        mine.set_result(said)
        return said.again()


def _told(action: str, ask: Callable[[], Iterator[Reply]]) -> _Said:
    replies = list[Reply]()
    try:
        replies.extend(ask())
    except Exception as refusal:  # noqa: BLE001 - whatever it is, the next who asks hears it, too
        return _Said(action, tuple(replies), _bare(refusal))
    return _Said(action, tuple(replies))


def _bare[Refusal: Exception](refusal: Refusal) -> Refusal:
    """The same without its traceback, in whose frames everything stays alive that it passed: here, all answers."""
    try:
        return copy.copy(refusal)
    except Exception:  # noqa: BLE001 - not every exception can be copied
        return refusal.with_traceback(None)


def _lasts(members: Mapping[str, Any]) -> bool:
    if "Credentials" in members:
        expiration: datetime = members["Credentials"].get("Expiration", datetime.max.replace(tzinfo=UTC))
        return expiration - datetime.now(UTC) > _VALIDITY
    return True


def _kept[Key, Value](values: OrderedDict[Key, Value], key: Key, most: int) -> Value:
    """The value, which is now the last to be forgotten; of more than so many, the first are."""
    values.move_to_end(key)
    while len(values) > most:
        values.popitem(last=False)
    return values[key]
