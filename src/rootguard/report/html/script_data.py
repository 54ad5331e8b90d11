"""What the page's script reads: JSON in two data blocks, the second of which it unpacks when somebody wants detail.

Texts stand once, in a list, and are known by their places in it: a thousand accounts say the same things. What is left
of reasons and evidence is the most of the page, and a fifth of itself when deflated.
"""

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Hashable, Iterable, Mapping, Sequence

from markupsafe import Markup

from rootguard.audit.results import Audit, Observation, Result, Unseen
from rootguard.kit.links import page_url
from rootguard.kit.rule import AnyRule
from rootguard.printable import printable
from rootguard.report.html.matrix import EVERY, Row
from rootguard.report.report import Report

_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_NO_UNSEEN = -1
_OWN = -1


class Numbered[T: Hashable]:
    """Things by number: the same thing has the same number."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}

    def __call__(self, thing: T) -> int:
        """The thing's number, from 0."""
        return self._numbers.setdefault(thing, len(self._numbers))

    @property
    def things(self) -> list[T]:
        """In the order of their numbers."""
        return list(self._numbers)


def json_block(value: object) -> Markup:
    """JSON that may stand in a script element: nothing in it ends the element or begins a comment."""
    return Markup(_json(value).translate(_UNSAFE))  # noqa: S704 - no sign in it that HTML knows


def deflated_block(value: object) -> Markup:
    """JSON as DecompressionStream("deflate") unpacks it (RFC 1950), in base64."""
    packed = b64encode(zlib.compress(_json(value).encode())).decode()
    return Markup(packed)  # noqa: S704 - letters, digits, + / =


def matrix_data(report: Report, rows: Iterable[Row]) -> Mapping[str, object]:
    """What the matrix needs.

    Returns:
        `marks`: code -> [sign, word], the worst first. `rules`: with their fixes. `accounts`, as the rows: [id, name,
        standing, its code, the codes of the rules' marks]. `management`: the management account's id.
    """
    audit = report.audit
    return {
        "marks": {mark.code: [mark.sign, mark.word] for mark in EVERY},
        "management": audit.scope.management_account_id,
        "rules": [_rule(report.rules[name], audit) for name in audit.scope.rules],
        "accounts": [
            [row.account.id, printable(row.account.name), printable(row.standing), row.code, row.codes] for row in rows
        ],
    }


def detail_data(audit: Audit, rows: Sequence[Row]) -> Mapping[str, object]:
    """Reasons and evidence.

    Returns:
        `words`: texts; all that follows names them by number. `places`: [action, account, region, member] of
        observations, where account is -1 if it is the judged one, so that all accounts share them. `unseen`: [kind,
        action, account, region, code, problem, advice]. `accounts`, as the rows: [observations, results], where
        observations are [place, value, time] one after another, and a result, in the order of the columns, is [reason,
        unseen or -1, number of an observation…], or 0 where there is none.
    """
    words = Numbered[str]()
    places, unseen = Numbered[tuple[int, ...]](), Numbered[Unseen]()
    accounts = [_account(audit, row, words, places, unseen) for row in rows]
    return {
        "accounts": accounts,
        "places": places.things,
        "unseen": [_unseen(each, words) for each in unseen.things],
        "words": [printable(word) for word in words.things],
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rule(rule: AnyRule, audit: Audit) -> Mapping[str, object]:
    fix = rule.remediation
    return {
        "name": rule.name,
        "title": rule.title,
        "finding": rule.finding_title,
        "severity": rule.severity.value,
        "page": page_url(rule.name),
        "fix": fix.text,
        "console": fix.console,
        "commands": [_command(command, audit) for command in fix.commands],
        "organization": fix.organization,
    }


def _command(command: str, audit: Audit) -> str:
    """The command in the audit's Region and partition; the script fills in the account."""
    return re.sub(r"\bREGION\b", audit.scope.region, command).replace("arn:aws:", f"arn:{audit.caller.partition}:")


def _account(
    audit: Audit, row: Row, words: Numbered[str], places: Numbered[tuple[int, ...]], unseen: Numbered[Unseen]
) -> object:
    found = {result.rule: result for result in audit.by_account.get(row.account.id, ())}
    seen = Numbered[tuple[int, ...]]()

    def observed(each: Observation) -> int:
        asked = _OWN if each.account_id == row.account.id else words(each.account_id)
        place = places((words(each.action), asked, words(each.region), words(each.member)))
        return seen((place, words(each.value), words(each.time)))

    def told(result: Result | None) -> object:
        if result is None:
            return 0
        why = unseen(result.unseen) if result.unseen else _NO_UNSEEN
        return [words(result.reason), why, *map(observed, result.evidence)]

    results = [told(found.get(rule)) for rule in audit.scope.rules] if found else []
    return [[number for observation in seen.things for number in observation], results]


def _unseen(unseen: Unseen, words: Numbered[str]) -> list[int]:
    told = (unseen.kind, unseen.action, unseen.account_id, unseen.region, unseen.code, unseen.problem, unseen.advice)
    return [words(text) for text in told]
