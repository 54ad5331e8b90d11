r"""The regular expressions that CloudWatch Logs knows, translated into Python's.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions: letters, digits,
the symbols `: _ # = @ / ; , -`, and the operators `^ $ ? [ ] { } | \ * + .`. No parentheses, no multi-byte characters.
The list lacks the space, but one of the page's examples has it (`^shutting down`), so it is taken for supported.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from rootguard.sandbox.filter_pattern.pattern import InvalidFilterPatternError

_SYMBOLS = ":_#=@/;,- "
_OPERATORS = "^$?[]{}|\\*+."
_CLASSES = "dDsSwW"
_TOKEN = re.compile(
    r"""\\x(?P<hex>[0-9A-Fa-f]{2})
    | \\(?P<escaped>.)
    | \{(?P<repeat>[^{}]*)\}
    | \[(?P<class>\^?\]?(?:\\.|[^\]\\])*)\]
    | (?P<operator>[\^$?|*+.])
    | (?P<literal>[A-Za-z0-9:_#=@/;,\- ])""",
    re.VERBOSE,
)
_REPEAT = re.compile(r" *(?P<least>\d*) *(?:(?P<comma>,) *(?P<most>\d*))? *")
_ATOM = r"\\x[0-9A-Fa-f]{2}|\\.|[^\\]"
_ITEM = re.compile(rf"(?P<first>{_ATOM})(?:-(?P<last>{_ATOM}))?")


@lru_cache(maxsize=1024)
def compiled(source: str) -> re.Pattern[str]:
    """The expression, ready to `search` with.

    Raises:
        InvalidFilterPatternError: It has a character or a construct outside the subset.
    """
    if not source:
        raise InvalidFilterPatternError("an empty regular expression")
    tokens = list(_tokens(source))
    if any(after[0] == "+" and _repeats(before) for before, after in pairwise(tokens)):
        raise InvalidFilterPatternError("a repetition cannot be repeated")  # Python takes it for a possessive one
    try:
        return re.compile("".join(map(_translation, tokens)), re.ASCII | re.DOTALL)
    except (re.error, OverflowError) as error:
        raise InvalidFilterPatternError(f"regular expression %{source}%: {error}") from None


def _tokens(source: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            raise InvalidFilterPatternError(f"{source[position]!r} is not supported in a regular expression")
        yield token
        position = token.end()


def _repeats(token: re.Match[str]) -> bool:
    return token.lastgroup == "repeat" or token[0] in ("?", "*", "+")


def _translation(token: re.Match[str]) -> str:
    text = token[token.lastgroup or 0]
    match token.lastgroup:
        case "hex":
            return _ascii(text)
        case "escaped":
            return _escaped(text)
        case "repeat":
            return _repeat(text)
        case "class":
            return _character_class(text)
        case "operator":
            return r"\Z" if text == "$" else text  # Python's $ matches before a last newline as well
        case _:
            return re.escape(text)


def _ascii(digits: str) -> str:
    character = chr(int(digits, 16))
    if not character.isascii():
        raise InvalidFilterPatternError(f"\\x{digits} is not in the ASCII table")
    return re.escape(character)


def _escaped(character: str) -> str:
    if character in _CLASSES:
        return "\\" + character
    if character in _OPERATORS or character in _SYMBOLS:
        return re.escape(character)
    raise InvalidFilterPatternError(f"\\{character} is not supported in a regular expression")


def _repeat(text: str) -> str:
    bounds = _REPEAT.fullmatch(text)
    if bounds is None or not (bounds["least"] or bounds["most"]):
        raise InvalidFilterPatternError(f"{{{text}}} is no number of repetitions")
    if bounds["comma"] is None:
        return f"{{{bounds['least']}}}"
    return f"{{{bounds['least'] or 0},{bounds['most']}}}"


def _character_class(text: str) -> str:
    negation, items = ("^", text[1:]) if text.startswith("^") else ("", text)
    return f"[{negation}{''.join(_class_item(item) for item in _ITEM.finditer(items))}]"


def _class_item(item: re.Match[str]) -> str:
    first = _atom(item["first"])
    return first if item["last"] is None else f"{first}-{_atom(item['last'])}"


def _atom(text: str) -> str:
    if len(text) == len(r"\xhh"):
        return _ascii(text[2:])
    if text.startswith("\\"):
        return _escaped(text[1:])
    if text.isascii() and (text.isalnum() or text in _OPERATORS or text in _SYMBOLS):
        return re.escape(text)
    raise InvalidFilterPatternError(f"{text!r} is not supported in a regular expression")
