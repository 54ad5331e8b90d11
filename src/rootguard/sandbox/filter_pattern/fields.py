"""The fields of a space-delimited log event, and which of a pattern's fields each of them is.

"Characters between brackets and double quotation marks are considered single fields"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). Tabs divide fields as spaces do.
"""

import re
from dataclasses import dataclass

from rootguard.sandbox.filter_pattern.pattern import DelimitedPattern, Ellipsis_, Field

_WORD = re.compile(r'"(?P<quoted>[^"]*)"|\[(?P<bracketed>[^\]]*)\]|(?P<plain>\S+)')


@dataclass(frozen=True, slots=True)
class Word:
    """One field as it stands in the event: its text without its quotes or brackets, and where it begins."""

    text: str
    start: int


def words(message: str) -> tuple[Word, ...]:
    """The fields of a log event."""
    return tuple(Word(match[match.lastgroup or 0], match.start()) for match in _WORD.finditer(message))


def assigned(pattern: DelimitedPattern, message: str) -> tuple[tuple[Field, str], ...] | None:
    """The pattern's field for each field of the event, in the event's order; None when there are too few."""
    found = words(message)
    fields = _spread(pattern, len(found))
    if fields is None:
        return None
    texts = [word.text for word in found[: len(fields)]]
    if len(found) > len(fields):
        texts[-1] = message[found[len(fields) - 1].start :].rstrip()
    return tuple(zip(fields, texts, strict=True))


def _spread(pattern: DelimitedPattern, count: int) -> tuple[Field, ...] | None:
    named = tuple(field for field in pattern.fields if isinstance(field, Field))
    missing = count - len(named)
    if missing < 0:
        return None
    if len(named) == len(pattern.fields):
        return named
    gap = pattern.fields.index(Ellipsis_.FIELDS)
    return named[:gap] + (Field(),) * missing + named[gap:]
