"""The words of JSON and space-delimited filter patterns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rootguard.sandbox.filter_pattern.pattern import InvalidFilterPatternError

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*")
    | (?P<regex>%[^%]*%)
    | (?P<selector>\$(?:\.\['[^']+'\] | \.\* | \.[A-Za-z0-9_-]+ | \[[0-9]+\] | \[\*\])+)
    | (?P<logic>&&|\|\|)
    | (?P<operator>!=|<=|>=|[=<>])
    | (?P<mark>[(),])
    | (?P<word>[A-Za-z0-9_.*+-]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\])')


class Kind(StrEnum):
    """What a token is."""

    STRING = "string"
    REGEX = "regex"
    SELECTOR = "selector"
    LOGIC = "logic"
    OPERATOR = "operator"
    MARK = "mark"
    WORD = "word"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a pattern, as it stands there."""

    kind: Kind
    text: str


class Tokens:
    """The words of a pattern, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = tuple(_tokens(text))
        self._position = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        """The word that comes next; of kind END when there is none."""
        return self._tokens[self._position]

    @property
    def after_next(self) -> Token:
        """The word after the next one."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self, kind: Kind, *texts: str) -> str | None:
        """Step over the next word if it is of the kind and, where `texts` are given, one of them."""
        token = self.next
        if token.kind is not kind or (texts and token.text not in texts):
            return None
        self._position += 1
        return token.text

    def expect(self, kind: Kind, *texts: str) -> str:
        """Step over the next word, which has to be such a one.

        Raises:
            InvalidFilterPatternError: It is another.
        """
        text = self.take(kind, *texts)
        if text is None:
            wanted = " or ".join(map(repr, texts)) or f"a {kind}"
            raise InvalidFilterPatternError(f"{wanted} should stand where {self.next.text or 'the end'!r} stands")
        return text


def _tokens(text: str) -> Iterator[Token]:
    position = _space(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidFilterPatternError(f"invalid character in term {text[position]!r}")
        yield Token(Kind(match.lastgroup or ""), match[0])
        position = _space(text, match.end())
    yield Token(Kind.END, "")


def _space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def unquoted(string: str) -> str:
    r"""What stands between the quotation marks, `\"` and `\\` resolved; any other backslash is a character."""
    return _ESCAPE.sub(r"\1", string[1:-1])
