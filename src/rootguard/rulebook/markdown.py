"""Markdown as GitHub reads it (https://github.github.com/gfm/), from texts that may hold its signs."""

import re
from collections.abc import Iterable, Sequence
from string import Formatter

from rootguard.printable import printable

_KEPT_OR_SIGN = re.compile(r"`[^`|]+`|(?P<sign>[\\`*_\[\]<|~$]|&(?=#?\w+;))")
_SIGN = re.compile(r"[\\`*_\[\]<>|~$&@#]|:(?=\S)|(?<=\bwww)\.", re.IGNORECASE)
"""What makes Markdown, HTML, tables, links without brackets, formulas, emoji and references."""
_INERT = {"$": r"\$", "@": "&#64;\u200b"}
_BLOCK = re.compile(r"^(\d*)([-+.)](?=\s|$)|[#>])")
_TICKS = re.compile(r"`+")


def escaped(text: str) -> str:
    """A text that shows as it is, in a paragraph, a list or a table's cell; what stands between backticks is code."""
    return _BLOCK.sub(r"\1\\\2", _KEPT_OR_SIGN.sub(_kept_or_escaped, " ".join(text.split())))


def inert(text: str) -> str:
    """Anybody's words, which show as they are, within a line: no Markdown, HTML, link or mention comes of them.

    GitHub looks for mentions in the text that is shown, so only a zero width space keeps `@somebody` from being told.
    """
    return _SIGN.sub(lambda found: _INERT.get(found[0], f"&#{ord(found[0])};"), " ".join(printable(text).split()))


def pattern(reason: str) -> str:
    """A reason as `str.format` takes it, its details shown as `<detail>`."""
    parts = ((literal, detail) for literal, detail, _, _ in Formatter().parse(reason))
    return escaped(
        "".join(f"{literal}<{detail.replace('_', ' ')}>" if detail else literal for literal, detail in parts)
    )


def code(text: str) -> str:
    """A text of one line as code, whatever backticks it has."""
    ticks = "`" * (1 + _longest_run(text))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def code_block(lines: Iterable[str], language: str = "sh") -> str:
    """Lines of code, fenced by more backticks than they have."""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language}\n{text}\n{fence}\n"


def bullets(items: Iterable[str]) -> str:
    """A list, of items that are Markdown already."""
    return "".join(f"- {item}\n" for item in items)


def steps(items: Iterable[str]) -> str:
    """A numbered list, of items that are Markdown already."""
    return "".join(f"{number}. {item}\n" for number, item in enumerate(items, start=1))


def table(heading: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table, of cells that are Markdown already; a pipe within code must be escaped even so."""
    head, *body = (f"| {' | '.join(line)} |\n" for line in (heading, *rows))
    return f"{head}{'|---' * len(heading)}|\n{''.join(body)}"


def _kept_or_escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found["sign"] else found[0]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
